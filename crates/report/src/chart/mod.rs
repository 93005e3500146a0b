//! Charts: from an analysed chapter to SVG that a page shows as it is.
//!
//! Place in the flow: `analyse → ` **render**. [`svg`] selects the cases that a chart of the definition shows, draws them
//! with plotters on a canvas of our own, in a wide and in a narrow layout, and describes them in words. One file for each
//! kind of chart: `bars`, `lines`, `scatter`, `speedups`, `stacked`, `series`.
//!
//! A chart brings its own style sheet. A page may set these variables for its theme: `--ink`, `--ink-soft`, `--rule`,
//! `--paper`, `--faster`, `--slower`, `--series-1` … `--series-8` and `--text` (fonts); without them a chart follows the
//! system's light or dark scheme.

mod bars;
mod canvas;
mod ceilings;
mod curves;
mod describe;
#[cfg(test)]
mod fixture;
mod frame;
#[cfg(test)]
mod gallery;
mod labels;
mod lines;
mod marks;
mod palette;
mod rows;
mod scale;
mod scatter;
mod select;
pub(crate) mod series;
mod speedups;
pub(crate) mod stacked;
#[cfg(test)]
mod tests;
mod text;

use analysis::ChapterAnalysis;
use catalog::{Chart, ChartKind, Definition, Metric};
use results::{Case, Ceiling, Machine};

use canvas::Canvas;
use frame::Layout;
use palette::Place;
use select::Shown;
use text::escape;

/// What a chart is made from.
#[derive(Clone, Copy, Debug)]
pub struct ChartRequest<'a> {
    /// The chart to draw.
    pub chart: &'a Chart,
    /// The experiment: labels, units, order.
    pub definition: &'a Definition,
    /// What was measured.
    pub chapter: &'a ChapterAnalysis,
    /// What was recorded, for charts of tables.
    pub cases: &'a [Case],
    /// What the machine can do at most, for charts that show it.
    pub ceilings: &'a [Ceiling],
    /// The machine, for its cache sizes.
    pub machine: &'a Machine,
    /// Margin of practical equivalence as a fraction, for charts of speedups.
    pub margin: f64,
    /// Prefix of the ids in the markup; unique on its page.
    pub id_prefix: &'a str,
}

impl ChartRequest<'_> {
    /// The metric on the value axis.
    fn metric(&self) -> Result<Metric, NoChart> {
        let reason = || format!("The chart {:?} names no metric.", self.chart.id);
        self.chart.metric.ok_or_else(|| NoChart { reason: reason() })
    }
}

/// A drawn chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg {
    /// For a page: the wide and the narrow layout in one `<div>`; a style sheet in it shows one of them.
    pub markup: String,
    /// For a file of its own: the wide layout alone.
    pub file: String,
    /// The chart's title.
    pub title: String,
    /// What it shows, in sentences; it is also in the markup, for screen readers.
    pub description: String,
}

/// Why there is no chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NoChart {
    /// A sentence for the page.
    pub reason: String,
}

/// Draws a chart.
///
/// # Errors
/// If nothing was planned or nothing measured of what it shows; the page gives the reason in its place.
pub fn svg(request: &ChartRequest<'_>) -> Result<Svg, NoChart> {
    let shown = shown(request)?;
    let description = describe::describe(request, &shown);
    let wide = draw(request, &shown, Layout::Wide)?;
    let narrow = draw(request, &shown, Layout::Narrow)?;
    let id = escape(request.id_prefix);
    let names = format!(
        "<title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
        escape(&request.chart.title),
        escape(&description)
    );
    let element = |layout: Layout, canvas: &Canvas, head: &str| {
        let ((width, height), class) = (canvas.size(), layout.class());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"bb-chart {class}\" viewBox=\"0 0 {width} {}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\">{head}{}</svg>",
            height.ceil(),
            canvas.markup()
        )
    };
    let style = |place| format!("<style>{}</style>", palette::style_sheet(place));
    let markup = format!(
        "<div class=\"bb-figure\">{}{}</div>",
        element(Layout::Wide, &wide, &format!("{names}{}", style(Place::Page))),
        // Named by the other layout: a name may stand in what is not shown.
        element(Layout::Narrow, &narrow, "")
    );
    let file = element(Layout::Wide, &wide, &format!("{names}{}", style(Place::File)));
    Ok(Svg { markup, file, title: request.chart.title.clone(), description })
}

/// What the chart shows: the panels in which something was measured.
fn shown<'a>(request: &ChartRequest<'a>) -> Result<Shown<'a>, NoChart> {
    let panels = select::panels(request)?;
    match request.chart.kind {
        ChartKind::Bars | ChartKind::Lines => {
            let metric = request.metric()?;
            select::shown(panels, |entry| entry.value(metric))
        }
        ChartKind::Scatter => select::shown(panels, |entry| scatter::place(request, entry).map(|(_, y)| y)),
        ChartKind::Speedups => select::shown(speedups::others(panels), speedups::factor),
        ChartKind::Stacked => select::shown(panels, |entry| stacked::parts(request, entry)),
        ChartKind::Series => select::shown(panels, |entry| series::recorded(request, entry)),
    }
}

/// Draws one layout.
fn draw(request: &ChartRequest<'_>, shown: &Shown<'_>, layout: Layout) -> Result<Canvas, NoChart> {
    match request.chart.kind {
        ChartKind::Bars => bars::draw(request, shown, layout),
        ChartKind::Lines => lines::draw(request, shown, layout),
        ChartKind::Scatter => scatter::draw(request, shown, layout),
        ChartKind::Speedups => speedups::draw(request, shown, layout),
        ChartKind::Stacked => stacked::draw(request, shown, layout),
        ChartKind::Series => series::draw(request, shown, layout),
    }
}
