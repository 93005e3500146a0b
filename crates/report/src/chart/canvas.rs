//! What a chart is drawn on: a plotters backend that writes small, themed SVG.
//!
//! Three things differ from the backend that comes with plotters. Colours are CSS classes, so that the page's theme
//! decides; plotters knows a colour only as three bytes, so a class travels through it as a number. Coordinates are
//! tenths of a px, since plotters counts whole units. And shapes of one class that follow each other become one path,
//! which halves the file.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::rc::Rc;

use plotters::style::{RGBAColor, ShapeStyle};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

use super::text::{self, escape};

/// Backend units in a px of the view box.
pub(super) const TENTHS: f64 = 10.0;

/// How a piece of text looks; sizes are in [`text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A label.
    Body,
    /// A heading or the baseline's label.
    Strong,
    /// A tick or note.
    Small,
}

impl Type {
    /// The size that [`text::width`] needs; bold text runs wider.
    fn width_size(self) -> f64 {
        if self == Self::Strong { text::STRONG } else { self.size() }
    }

    /// Font size in px.
    pub(super) fn size(self) -> f64 {
        if self == Self::Small { text::SMALL } else { text::BODY }
    }
}

/// Which point of a text its x is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// A surface that plotters draws on and that labels are set on. Clones share the surface.
#[derive(Clone)]
pub(super) struct Canvas(Rc<RefCell<Sheet>>);

struct Sheet {
    width: f64,
    height: f64,
    /// Class attributes by number.
    classes: Vec<String>,
    items: Vec<Item>,
}

enum Item {
    Path { class: usize, data: String },
    Text { kind: Type, anchor: Anchor, x: f64, y: f64, text: String, full: Option<String> },
}

impl Canvas {
    /// An empty surface of this size in px.
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self(Rc::new(RefCell::new(Sheet { width, height, classes: Vec::new(), items: Vec::new() })))
    }

    /// A plotters style that stands for a class attribute.
    pub(super) fn style(&self, class: &str) -> ShapeStyle {
        let classes = &mut self.0.borrow_mut().classes;
        let number = classes.iter().position(|known| known == class).unwrap_or_else(|| {
            classes.push(class.to_owned());
            classes.len() - 1
        });
        let [high, low] = u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes();
        ShapeStyle { color: RGBAColor(high, low, 0, 1.0), filled: true, stroke_width: 1 }
    }

    /// Sets a text whose middle line is at `y`, cut to `room` px; the whole text is then its tooltip.
    pub(super) fn label(&self, kind: Type, anchor: Anchor, (x, y): (f64, f64), room: f64, text: &str) {
        let cut = text::fit(text, kind.width_size(), room);
        let full = (cut != text).then(|| text.to_owned());
        // 0.36 em is half the height of a capital: it takes the middle line to the base line, which is sharpest and
        // shortest on a whole px.
        let y = (y + 0.36 * kind.size()).round();
        self.0.borrow_mut().items.push(Item::Text { kind, anchor, x, y, text: cut, full });
    }

    /// Sets a text that has the room that it needs.
    pub(super) fn text(&self, kind: Type, anchor: Anchor, at: (f64, f64), text: &str) {
        self.label(kind, anchor, at, f64::INFINITY, text);
    }

    /// Makes the surface as high as what was drawn turned out to need.
    pub(super) fn set_height(&self, height: f64) {
        self.0.borrow_mut().height = height;
    }

    /// Width and height in px.
    pub(super) fn size(&self) -> (f64, f64) {
        let sheet = self.0.borrow();
        (sheet.width, sheet.height)
    }

    /// The content as SVG elements.
    pub(super) fn markup(&self) -> String {
        let sheet = self.0.borrow();
        let mut out = String::new();
        let mut open: Option<(Type, Anchor)> = None;
        for item in &sheet.items {
            let wanted = match item {
                Item::Text { kind, anchor, .. } => Some((*kind, *anchor)),
                Item::Path { .. } => None,
            };
            if open != wanted {
                if open.is_some() {
                    out.push_str("</g>");
                }
                if let Some((kind, anchor)) = wanted {
                    let _ = write!(out, "<g class=\"{}\">", text_class(kind, anchor));
                }
                open = wanted;
            }
            match item {
                Item::Path { class, data, .. } => {
                    let class = sheet.classes.get(*class).map_or("", String::as_str);
                    let _ = write!(out, "<path class=\"{class}\" d=\"{data}\"/>");
                }
                Item::Text { x, y, text, full, .. } => {
                    let title = full.as_ref().map(|full| format!("<title>{}</title>", escape(full)));
                    let (x, y) = (tenths(*x), tenths(*y));
                    let _ = write!(
                        out,
                        "<text x=\"{}\" y=\"{}\">{}{}</text>",
                        number(x),
                        number(y),
                        title.unwrap_or_default(),
                        escape(text)
                    );
                }
            }
        }
        if open.is_some() {
            out.push_str("</g>");
        }
        out
    }

    /// Adds a shape to the path before it if the class is the same, else as a new path.
    fn shape(&self, color: BackendColor, points: impl IntoIterator<Item = BackendCoord>, close: bool) {
        let mut sheet = self.0.borrow_mut();
        let class = usize::from(u16::from_be_bytes([color.rgb.0, color.rgb.1]));
        if !matches!(sheet.items.last(), Some(Item::Path { class: last, .. }) if *last == class) {
            sheet.items.push(Item::Path { class, data: String::new() });
        }
        let Some(Item::Path { data, .. }) = sheet.items.last_mut() else { return };
        let mut points = points.into_iter();
        let Some(first) = points.next() else { return };
        data.push('M');
        pair(data, first.0, first.1);
        let (mut at, mut verb) = (first, 'M');
        for next in points {
            let (dx, dy) = (next.0 - at.0, next.1 - at.1);
            let step = match (dx, dy) {
                (0, 0) => continue,
                (_, 0) => 'h',
                (0, _) => 'v',
                _ => 'l',
            };
            if step != verb {
                data.push(step);
            }
            match step {
                'h' => single(data, dx, step != verb),
                'v' => single(data, dy, step != verb),
                _ => {
                    single(data, dx, step != verb);
                    single(data, dy, false);
                }
            }
            (at, verb) = (next, step);
        }
        if close {
            data.push('z');
        }
    }
}

fn text_class(kind: Type, anchor: Anchor) -> String {
    let kind = match kind {
        Type::Body => "t",
        Type::Strong => "t u",
        Type::Small => "t k",
    };
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " am",
        Anchor::End => " ae",
    };
    format!("{kind}{anchor}")
}

/// Px as backend units.
pub(super) fn tenths(px: f64) -> i32 {
    (px * TENTHS).round() as i32
}

/// Backend units as px, in the fewest characters.
fn number(tenths: i32) -> String {
    let (sign, whole, part) = (if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10);
    match (whole, part) {
        (whole, 0) => format!("{}{whole}", if whole == 0 { "" } else { sign }),
        (0, part) => format!("{sign}.{part}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

/// A number of a path; a sign separates it from the number before as well as a space does.
fn single(data: &mut String, tenths: i32, first: bool) {
    if !first && tenths >= 0 {
        data.push(' ');
    }
    data.push_str(&number(tenths));
}

fn pair(data: &mut String, x: i32, y: i32) {
    single(data, x, true);
    single(data, y, false);
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Canvas {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        // Without end: plotters cuts shapes to the size, and the height is known only when all is drawn.
        (1 << 24, 1 << 24)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.shape(color, [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], true);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.shape(style.color(), [from, to], false);
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, _fill: bool) -> Drawn {
        self.shape(style.color(), [a, (b.0, a.1), b, (a.0, b.1)], true);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.shape(style.color(), path, false);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.shape(style.color(), path, true);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, _fill: bool) -> Drawn {
        // Two half circles; written here since a path has no other way to say "circle".
        let radius = i32::try_from(radius).unwrap_or(i32::MAX / 4);
        self.shape(style.color(), [(center.0 - radius, center.1)], false);
        let mut sheet = self.0.borrow_mut();
        if let Some(Item::Path { data, .. }) = sheet.items.last_mut() {
            let (r, d) = (number(radius), number(2 * radius));
            let _ = write!(data, "a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z");
        }
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, _style: &T, (x, y): BackendCoord) -> Drawn {
        self.text(Type::Small, Anchor::Start, (f64::from(x) / TENTHS, f64::from(y) / TENTHS), text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plotters::drawing::IntoDrawingArea;
    use plotters::element::{Circle, PathElement, Rectangle};

    use super::*;

    #[test]
    fn numbers_are_short() {
        for (tenths, text) in [(0, "0"), (5, ".5"), (-5, "-.5"), (120, "12"), (123, "12.3"), (-120, "-12")] {
            assert_eq!(number(tenths), text);
        }
    }

    #[test]
    fn shapes_of_one_class_become_one_path() {
        let canvas = Canvas::new(100.0, 100.0);
        let area = canvas.clone().into_drawing_area();
        let bar = canvas.style("b s1");
        area.draw(&Rectangle::new([(0, 0), (55, 100)], bar)).expect("a canvas takes everything");
        area.draw(&Rectangle::new([(0, 200), (30, 300)], bar)).expect("a canvas takes everything");
        area.draw(&PathElement::new([(0, 0), (10, 5), (20, 5)], canvas.style("w"))).expect("a canvas takes everything");
        area.draw(&Circle::new((50, 50), 30, canvas.style("m"))).expect("a canvas takes everything");
        assert_eq!(
            canvas.markup(),
            "<path class=\"b s1\" d=\"M0 0h5.5v10h-5.5zM0 20h3v10h-3z\"/>\
             <path class=\"w\" d=\"M0 0l1 .5h1\"/>\
             <path class=\"m\" d=\"M2 5a3 3 0 1 0 6 0a3 3 0 1 0-6 0z\"/>"
        );
    }

    #[test]
    fn a_cut_label_keeps_its_text_as_a_tooltip() {
        let canvas = Canvas::new(100.0, 100.0);
        canvas.label(Type::Body, Anchor::End, (50.0, 10.0), 40.0, "Parquet <zstd>");
        let markup = canvas.markup();
        assert!(markup.starts_with("<g class=\"t ae\"><text x=\"50\" y=\"15\"><title>Parquet &lt;zstd&gt;</title>Pa"));
        assert!(markup.ends_with("…</text></g>"), "{markup}");
    }
}
