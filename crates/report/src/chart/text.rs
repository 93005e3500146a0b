//! Text in charts: how wide it will be, cut to fit, wrapped.
//!
//! An SVG cannot ask the browser how wide a label is, so it is estimated. The widths are those of DejaVu Sans, the
//! widest of the usual interface fonts: where the page has another one, labels only get more room.

/// Font size of labels in px of the view box.
pub(super) const BODY: f64 = 13.0;
/// What bold text takes, as the font size of ordinary text.
pub(super) const STRONG: f64 = 14.2;
/// Font size of ticks and notes.
pub(super) const SMALL: f64 = 12.0;
/// Distance between the lines of a note.
pub(super) const LEADING: f64 = 17.0;

/// Advance widths of the printable ASCII characters in hundredths of an em.
const ASCII: [u8; 95] = [
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69,
    61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63,
    59, 82, 59, 59, 52, 64, 34, 64, 84,
];

/// Estimated width in px.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

fn advance(c: char) -> f64 {
    let hundredths = match c {
        ' '..='~' => ASCII[c as usize - 32],
        '\u{a0}' | '·' => 32,
        '–' => 50,
        // Joiners and combining marks take no room of their own.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{80}'..='\u{24f}' => 64,
        '\u{250}'..='\u{10ff}' => 80,
        _ => 108,
    };
    f64::from(hundredths) / 100.0
}

/// The text cut to `max` px, with an ellipsis if anything is missing.
pub(super) fn fit(text: &str, size: f64, max: f64) -> String {
    if width(text, size) <= max {
        return text.to_owned();
    }
    let room = max - size; // the ellipsis is one em wide
    let mut used = 0.0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += advance(*c) * size;
            used <= room
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// The text in lines of at most `max` px; a word that is longer than a line is cut.
pub(super) fn wrap(text: &str, size: f64, max: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(word, size) + 0.32 * size <= max => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, size, max)),
        }
    }
    lines
}

/// Text for XML: markup escaped, characters that XML forbids replaced.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            // Controls of the reading direction would turn around what follows them.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_cut_to_its_room() {
        assert_eq!(fit("CSV", BODY, 100.0), "CSV");
        let cut = fit("a label that is far too long for its column", BODY, 100.0);
        assert!(cut.ends_with('…') && width(&cut, BODY) <= 100.0, "{cut}");
        assert_eq!(fit("abc", BODY, 1.0), "…");
    }

    #[test]
    fn a_note_is_wrapped_without_losing_a_word() {
        let note = "Not measured: NumPy (needs numpy, which this Python does not have)";
        let lines = wrap(note, SMALL, 160.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line, SMALL) <= 160.0), "{lines:?}");
        assert_eq!(lines.join(" "), note);
        assert!(wrap("  ", SMALL, 160.0).is_empty());
    }

    #[test]
    fn hostile_text_is_only_text() {
        assert_eq!(
            escape("<b a='1' c=\"2\">&\u{1}\u{202e}\n"),
            "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\u{fffd} "
        );
    }
}
