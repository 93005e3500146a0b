//! Colours, markers and dashes: the same for a variant in every chart of its chapter.
//!
//! Eight hues that stay apart for every kind of colour vision and on light and dark paper, beside marker and dash, so
//! that no chart is read by colour alone. The page's theme may set the variables; the values here are the fallback.

use catalog::Definition;

/// Hues that can be told apart.
pub(super) const HUES: usize = 8;

/// The hues as hex colours for light and dark paper: blue, amber, green, red, purple, navy/sky, brown, grey.
/// Page style sheets set them as `--series-1` to `--series-8`.
const SERIES: [(&str, &str); HUES] = [
    ("#1679e5", "#0079ea"),
    ("#d77f12", "#f8d432"),
    ("#10a95a", "#b2f9bd"),
    ("#ae2b0e", "#ed461e"),
    ("#a55baa", "#96689e"),
    ("#044962", "#5bc4fd"),
    ("#722824", "#cb7a67"),
    ("#909198", "#b8bbc2"),
];

/// Other variables of the theme with their fallbacks, and the short name that the rules below use.
const THEME: [(&str, &str, &str, &str); 6] = [
    ("--ci", "--ink", "#1c1d21", "#e9eaee"),
    ("--cm", "--ink-soft", "#5c5f66", "#a5a8b0"),
    ("--cg", "--rule", "#dcdde2", "#383b43"),
    ("--cp", "--paper", "#ffffff", "#16181d"),
    ("--cf", "--faster", "#0b62c4", "#4fa3ff"),
    ("--cs", "--slower", "#ae2b0e", "#ff7a52"),
];

/// Rules of the marks; the classes are one or two letters because a chart has hundreds of them.
const RULES: &str = "\
.bb-chart{display:block;width:100%;height:auto;color:var(--ci)}\
.bb-chart path{fill:none;stroke-linejoin:round}\
.bb-chart text{fill:var(--ci);paint-order:stroke;stroke:var(--cp);stroke-width:3px;stroke-linejoin:round}\
.bb-chart .t{font:13px/1 var(--text,system-ui,sans-serif)}\
.bb-chart .k{font-size:12px}.bb-chart .k text{fill:var(--cm)}.bb-chart .u{font-weight:600}\
.bb-chart .am{text-anchor:middle}.bb-chart .ae{text-anchor:end}\
.bb-chart .b{fill:currentColor}\
.bb-chart .n{fill:currentColor;fill-opacity:.16}\
.bb-chart .l{stroke:currentColor;stroke-width:2}\
.bb-chart .o{stroke:currentColor;stroke-width:1.3}\
.bb-chart .m{fill:currentColor;stroke:var(--cp);stroke-width:.8}\
.bb-chart .h{fill:var(--cp);stroke:currentColor;stroke-width:1.5}\
.bb-chart .j{stroke:currentColor;stroke-width:1}\
.bb-chart .y{stroke:var(--cm);stroke-width:.7}\
.bb-chart .w{stroke:var(--ci);stroke-width:1.3}\
.bb-chart .z{stroke:var(--cp);stroke-width:3;stroke-opacity:.7}\
.bb-chart .g{stroke:var(--cg);stroke-width:1}\
.bb-chart .x{stroke:var(--cm);stroke-width:1}\
.bb-chart .e{stroke:var(--cm);stroke-width:1;stroke-dasharray:1 3}\
.bb-chart .c{stroke:var(--ci);stroke-width:1.3;stroke-dasharray:7 4}\
.bb-chart .f{stroke:var(--cm);stroke-width:1.5;stroke-opacity:.6}\
.bb-chart .q{fill:var(--cm);fill-opacity:.15}\
.bb-chart .mi{color:var(--cm)}.bb-chart .vf{color:var(--cf)}.bb-chart .vs{color:var(--cs)}\
.bb-chart .d1{stroke-dasharray:8 3}.bb-chart .d2{stroke-dasharray:2.5 3}.bb-chart .d3{stroke-dasharray:9 3 2 3}";

/// On a page one layout is shown: the narrow one on a small screen, the wide one elsewhere and on paper.
const SWITCH: &str = "\
.bb-chart.wide{max-width:900px}.bb-chart.narrow{display:none;max-width:440px}\
@media screen and (max-width:640px){.bb-chart.wide{display:none}.bb-chart.narrow{display:block}}";

/// A file of its own brings its paper along.
const PAPER: &str = ".bb-chart{background:var(--cp)}";

/// Where a chart is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Inlined in a page, both layouts beside each other.
    Page,
    /// In a file of its own.
    File,
}

/// The style sheet of a chart: it stands in the SVG, so that a chart also reads well outside of a page.
pub(super) fn style_sheet(place: Place) -> String {
    let own = if place == Place::Page { SWITCH } else { PAPER };
    let theme = |dark: bool| -> String {
        let side = |light: &'static str, other: &'static str| if dark { other } else { light };
        let plain = THEME.map(|(short, name, light, other)| format!("{short}:var({name},{})", side(light, other)));
        plain.join(";")
    };
    let series = |dark: bool| -> String {
        let rule = |(i, (light, other)): (usize, &(&str, &str))| {
            let n = i + 1;
            let fallback = if dark { other } else { light };
            // A viewer that knows no variables takes the first colour.
            let plain = if dark { String::new() } else { format!("color:{light};") };
            format!(".bb-chart .s{n}{{{plain}color:var(--series-{n},{fallback})}}")
        };
        SERIES.iter().enumerate().map(rule).collect()
    };
    format!(
        ".bb-chart{{{}}}{RULES}{own}{}@media(prefers-color-scheme:dark){{.bb-chart{{{}}}{}}}",
        theme(false),
        series(false),
        theme(true),
        series(true)
    )
}

/// How a variant is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Series {
    /// From 1 to [`HUES`].
    pub(super) hue: usize,
    /// Shape of its marks.
    pub(super) marker: Marker,
    /// 0 for a solid line, then three patterns.
    dash: usize,
}

impl Series {
    /// Class attribute of a mark: its own letter and the colour.
    pub(super) fn class(self, letter: &str) -> String {
        format!("{letter} s{}", self.hue)
    }

    /// Class attribute of its line: its own letter, the colour and the pattern.
    pub(super) fn line_class(self, letter: &str) -> String {
        if self.dash == 0 { self.class(letter) } else { format!("{} d{}", self.class(letter), self.dash) }
    }
}

/// Shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// ●
    Circle,
    /// ■
    Square,
    /// ▲
    Up,
    /// ◆
    Diamond,
    /// ▼
    Down,
    /// ▶
    Right,
    /// ◀
    Left,
}

const MARKERS: [Marker; 5] = [Marker::Circle, Marker::Square, Marker::Up, Marker::Diamond, Marker::Down];

/// The look of every variant of an experiment, in the order of its definition.
///
/// Up to eight variants get a hue each. More share one by family, which is the id up to its first dash: all of
/// `parquet-…` are blue, and marker and dash tell them apart.
pub(super) fn series(definition: &Definition) -> Vec<Series> {
    let ids = || definition.variant.iter().map(|variant| variant.id.as_str());
    let by_family = definition.variant.len() > HUES;
    let mut families: Vec<(&str, usize)> = Vec::new();
    ids()
        .map(|id| {
            let family = if by_family { id.split(['-', '_']).next().unwrap_or(id) } else { id };
            let (place, member) = match families.iter().position(|(known, _)| *known == family) {
                Some(place) => {
                    families[place].1 += 1;
                    (place, families[place].1)
                }
                None => {
                    families.push((family, 0));
                    (families.len() - 1, 0)
                }
            };
            // A ninth family takes the first hue again, with the marks of a second member.
            let round = member + place / HUES;
            Series { hue: place % HUES + 1, marker: MARKERS[(place + round) % MARKERS.len()], dash: round % 4 }
        })
        .collect()
}

/// The look of the thing at a place, from 0, in a list that is no list of variants: parts of a bar, columns of a table.
pub(super) fn nth(place: usize) -> Series {
    Series { hue: place % HUES + 1, marker: MARKERS[place % MARKERS.len()], dash: place / HUES % 4 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(hex: &str) -> [f64; 3] {
        [1, 3, 5].map(|i| {
            let c = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).expect("a hex colour")) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn mixed(matrix: [[f64; 3]; 3], c: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(c).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0))
    }

    const XYZ: [[f64; 3]; 3] = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];

    fn lab(c: [f64; 3]) -> [f64; 3] {
        let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let [x, y, z] = XYZ.map(|row| row.iter().zip(c).map(|(a, b)| a * b).sum::<f64>());
        let (x, y, z) = (f(x / 0.9505), f(y), f(z / 1.089));
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let light = |hex| XYZ[1].iter().zip(linear(hex)).map(|(a, b)| a * b).sum::<f64>() + 0.05;
        let (a, b) = (light(a), light(b));
        a.max(b) / a.min(b)
    }

    #[test]
    fn every_hue_stands_out_from_its_paper() {
        for (light, dark) in SERIES {
            assert!(contrast(light, THEME[3].2) >= 3.0, "{light}");
            assert!(contrast(dark, THEME[3].3) >= 3.0, "{dark}");
        }
        for (_, name, light, dark) in [THEME[0], THEME[1]] {
            assert!(contrast(light, THEME[3].2) >= 4.5 && contrast(dark, THEME[3].3) >= 4.5, "{name}");
        }
    }

    #[test]
    fn hues_stay_apart_for_every_kind_of_colour_vision() {
        // Machado, Oliveira and Fernandes (2009), full severity: normal, protan, deutan, tritan.
        let eyes = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
            [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
            [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
        ];
        let papers: [Vec<&str>; 2] = [SERIES.map(|s| s.0).to_vec(), SERIES.map(|s| s.1).to_vec()];
        for (eye, hues) in eyes.iter().flat_map(|eye| papers.iter().map(move |hues| (eye, hues))) {
            let seen: Vec<[f64; 3]> = hues.iter().map(|hex| lab(mixed(*eye, linear(hex)))).collect();
            for (i, a) in seen.iter().enumerate() {
                for (j, b) in seen.iter().enumerate().skip(i + 1) {
                    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > 20.0, "{} and {}: {distance:.1}", hues[i], hues[j]);
                }
            }
        }
    }

    #[test]
    fn seventeen_variants_look_different_and_families_share_a_hue() {
        let ids = [
            "csv",
            "csv-zst",
            "jsonl",
            "avro-deflate",
            "avro-zstd",
            "parquet-none",
            "parquet-snappy",
            "parquet-lz4",
            "parquet-zstd1",
            "parquet-zstd9",
            "parquet-gzip",
            "parquet-small",
            "parquet-large",
            "arrow",
            "arrow-lz4",
            "arrow-zstd",
            "duckdb",
        ];
        let looks = series(&super::super::fixture::definition(&ids));
        assert_eq!(looks[5].hue, looks[12].hue);
        assert_ne!(looks[0].hue, looks[2].hue);
        for (i, a) in looks.iter().enumerate() {
            assert!(looks[i + 1..].iter().all(|b| a != b), "{a:?} twice");
        }
        let few = series(&super::super::fixture::definition(&ids[..8]));
        assert!(few.iter().enumerate().all(|(i, look)| look.hue == i + 1));
    }
}
