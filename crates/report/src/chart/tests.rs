//! What every chart has to be, whatever it shows: checked on the whole gallery, on what the browser would get.

use analysis::{CaseAnalysis, ColdProof};
use catalog::{ChartKind, Metric};
use results::Point;
use roxmltree::{Document, Node};
use stats::Verdict;

use super::fixture::{around, axis, chart, definition, measured, missing, with_speedup};
use super::gallery::{Piece, guide, hostile, pieces};
use super::labels::Box;
use super::{svg, text};

/// A text as it stands in a chart: what it says, where, and its tooltip.
struct Label {
    text: String,
    full: String,
    space: Box,
}

fn document(markup: &str) -> Document<'_> {
    Document::parse(markup).expect("well-formed XML")
}

fn charts<'a, 'input>(document: &'a Document<'input>) -> Vec<Node<'a, 'input>> {
    document.descendants().filter(|node| node.has_tag_name("svg")).collect()
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).and_then(|value| value.parse().ok()).expect("a number")
}

fn labels(chart: Node<'_, '_>) -> Vec<Label> {
    let texts = chart.descendants().filter(|node| node.has_tag_name("text"));
    texts
        .map(|node| {
            let shown = node.children().filter(Node::is_text).filter_map(|child| child.text()).collect::<String>();
            let title = node.children().find(|child| child.has_tag_name("title")).and_then(|child| child.text());
            let class = node.parent().and_then(|group| group.attribute("class")).unwrap_or_default().to_owned();
            let has = |name: &str| class.split(' ').any(|part| part == name);
            let size = if has("k") { text::SMALL } else { text::BODY };
            let width = text::width(&shown, if has("u") { text::STRONG } else { size });
            let (x, y) = (number(node, "x"), number(node, "y"));
            let left = if has("ae") {
                x - width
            } else if has("am") {
                x - width / 2.0
            } else {
                x
            };
            // From the top of a capital to the base line.
            let space = Box { left, top: y - 0.72 * size, right: left + width, bottom: y };
            Label { full: title.unwrap_or(&shown).to_owned(), text: shown, space }
        })
        .collect()
}

fn drawn() -> Vec<(Piece, String)> {
    let draw = |piece: Piece| {
        let markup = piece.draw().unwrap_or_else(|no| panic!("{}: {no}", piece.name)).markup;
        (piece, markup)
    };
    pieces().into_iter().chain(guide()).map(draw).collect()
}

#[test]
fn every_chart_is_well_formed_and_named() {
    for (piece, markup) in drawn() {
        let document = document(&markup);
        let charts = charts(&document);
        assert_eq!(charts.len(), 2, "{}: one for each layout", piece.name);
        for chart in charts {
            assert_eq!(chart.attribute("role"), Some("img"));
            let named = chart.attribute("aria-labelledby").expect("a name");
            for (id, tag) in named.split(' ').zip(["title", "desc"]) {
                assert!(id.starts_with(&piece.name), "{id} is unique on its page");
                let node = document.descendants().find(|node| node.attribute("id") == Some(id)).expect("a name");
                assert!(node.has_tag_name(tag) && node.text().is_some_and(|text| !text.is_empty()), "{id}");
            }
            let bytes = chart.range().len();
            assert!(bytes < 40_000, "{}: {bytes} bytes", piece.name);
        }
        assert!(!markup.contains("NaN") && !markup.contains("inf"), "{}", piece.name);
    }
}

#[test]
fn every_text_lies_in_its_chart_and_covers_no_other() {
    for (piece, markup) in drawn() {
        for chart in charts(&document(&markup)) {
            let class = chart.attribute("class").unwrap_or_default();
            let name = format!("{} {class}", piece.name);
            let size: Vec<f64> = chart
                .attribute("viewBox")
                .expect("a view box")
                .split(' ')
                .map(|value| value.parse().expect("a number"))
                .collect();
            let labels = labels(chart);
            for (i, a) in labels.iter().enumerate() {
                let Box { left, top, right, bottom } = a.space;
                let inside = left >= -1.0 && top >= -1.0 && right <= size[2] + 1.0 && bottom <= size[3] + 1.0;
                assert!(inside, "{name}: {:?} leaves the chart: {:?}", a.text, a.space);
                for b in &labels[i + 1..] {
                    assert!(a.space.overlap(&b.space) < 1.0, "{name}: {:?} covers {:?}", a.text, b.text);
                }
            }
        }
    }
}

#[test]
fn every_planned_case_is_drawn_listed_or_counted_with_its_reason() {
    for (piece, markup) in drawn() {
        let document = document(&markup);
        let description = document.descendants().find(|node| node.has_tag_name("desc")).and_then(|node| node.text());
        let description = description.expect("a description").replace('\u{fffd}', "");
        for chart in charts(&document) {
            let all = labels(chart);
            let shown = |text: &str| all.iter().any(|label| label.full == text);
            let notes = all.iter().map(|label| label.text.as_str()).collect::<Vec<_>>().join(" ");
            let only = &piece.chart.variants;
            let planned = |case: &&CaseAnalysis| {
                case.point.matches(&piece.chart.point) && (only.is_empty() || only.contains(&case.variant))
            };
            for case in piece.cases.iter().filter(planned) {
                let label = &piece.definition.variant(&case.variant).expect("a known variant").label;
                let baseline = piece.chart.kind == ChartKind::Speedups && case.variant == piece.definition.baseline;
                let plain: String = label.chars().filter(|c| !c.is_control() && *c != '\u{202e}').collect();
                let found = all.iter().any(|l| l.full.replace('\u{fffd}', "") == plain) || notes.contains(&plain);
                // Where a reason concerns very many, the chart counts them, and the chapter lists them.
                let counted = case.missing.as_ref().is_some_and(|reason| {
                    let reason = reason.trim_end_matches('.');
                    notes.contains(&format!("cases, listed at the end of the chapter ({reason})"))
                });
                assert!(found || baseline || counted, "{}: {label:?} is not there\n{notes}", piece.name);
                if let Some(reason) = &case.missing {
                    let reason = reason.trim_end_matches('.');
                    assert!(shown(reason) || notes.contains(reason), "{}: {reason:?} is not there", piece.name);
                    assert!(description.contains(reason), "{}: {reason:?} is not described", piece.name);
                }
            }
        }
    }
}

#[test]
fn bars_are_ordered_with_the_best_on_top_and_the_missing_last() {
    let pieces = pieces();
    let piece = pieces.iter().find(|piece| piece.name == "bars").expect("the bars");
    let markup = piece.draw().expect("a chart").markup;
    let document = document(&markup);
    let order: Vec<String> = labels(charts(&document)[0])
        .into_iter()
        .filter(|label| piece.definition.variant.iter().any(|variant| variant.label == label.full))
        .map(|label| label.full)
        .collect();
    assert_eq!(order.len(), 17);
    assert_eq!(order[0], "Arrow IPC, none");
    assert_eq!(order[15..], ["JSON Lines", "DuckDB on Parquet"]);
}

#[test]
fn more_is_better_turns_the_order_around() {
    let case = |id: &str, value: f64| measured(id, Point::new(), &[(Metric::RowsPerSecond, around(value, 0.1))]);
    let piece = Piece {
        name: "rate".to_owned(),
        chart: chart(ChartKind::Bars, Metric::RowsPerSecond),
        definition: definition(&["slow", "fast"]),
        cases: vec![case("slow", 1e6), case("fast", 5e6)],
        recorded: Vec::new(),
    };
    let drawn = piece.draw().expect("a chart");
    assert!(drawn.description.contains("best is fast"), "{}", drawn.description);
    let order: Vec<String> = labels(charts(&document(&drawn.markup))[0]).into_iter().map(|label| label.text).collect();
    let place = |text: &str| order.iter().position(|other| other == text).expect("the label");
    assert!(place("fast") < place("slow"));
}

#[test]
fn a_missing_case_is_never_a_bar_of_no_length() {
    let piece = Piece {
        name: "missing".to_owned(),
        chart: chart(ChartKind::Bars, Metric::Time),
        definition: definition(&["there", "gone"]),
        cases: vec![
            measured("there", Point::new(), &[(Metric::Time, around(1.0, 0.1))]),
            missing("gone", Point::new(), "needs numpy"),
        ],
        recorded: Vec::new(),
    };
    let markup = piece.draw().expect("a chart").markup;
    let document = document(&markup);
    let wide = charts(&document)[0];
    let paths = |class: &str| wide.descendants().filter(|node| node.attribute("class") == Some(class)).count();
    assert_eq!((paths("b s1"), paths("b s2"), paths("h mi")), (1, 0, 1));
}

#[test]
fn what_is_not_shown_to_be_cold_claims_nothing() {
    let case = |id: &str, proven: bool| CaseAnalysis {
        cold_proof: Some(ColdProof { proven, evidence: "the device delivered nothing".to_owned() }),
        ..measured(id, Point::new(), &[(Metric::Time, around(1.0, 0.1)), (Metric::DiskBytes, around(1e6, 0.0))])
    };
    let piece = |metric| Piece {
        name: "cold".to_owned(),
        chart: chart(ChartKind::Bars, metric),
        definition: definition(&["a", "b"]),
        cases: vec![case("a", true), case("b", false)],
        recorded: Vec::new(),
    };
    let reason = "the read is not shown to be cold: the device delivered nothing";
    assert!(piece(Metric::Time).draw().expect("a chart").description.contains(reason));
    assert!(!piece(Metric::DiskBytes).draw().expect("a chart").description.contains(reason));
}

#[test]
fn without_a_cold_read_no_speedup_has_the_reason_of_another() {
    let case = |id: &str, delivered: u32, proven: bool| CaseAnalysis {
        cold_proof: Some(ColdProof { proven, evidence: format!("the device delivered {delivered} B") }),
        ..measured(id, Point::new(), &[(Metric::Time, around(1.0, 0.1))])
    };
    let compared = |case: CaseAnalysis| {
        let reason = format!("{}: the read is not shown to be cold", case.variant);
        let mut case = with_speedup(case, around(2.0, 0.1), Verdict::Faster);
        if let Some(finding) = &mut case.against_baseline {
            (finding.factor, finding.verdict, finding.missing) = (None, None, Some(reason));
        }
        case
    };
    let piece = |cases: Vec<CaseAnalysis>| Piece {
        name: "cold".to_owned(),
        chart: chart(ChartKind::Speedups, Metric::Time),
        definition: definition(&["a", "b", "c"]),
        cases,
        recorded: Vec::new(),
    };
    let baseline = || case("a", 9, true);
    let cold = "the read is not shown to be cold: the device delivered";
    let none = piece(vec![baseline(), compared(case("b", 0, false)), compared(case("c", 1, false))]);
    let reason = none.draw().expect_err("nothing is proven").reason;
    assert_eq!(
        reason,
        format!("Nothing was measured for this chart. b: {cold} 0 B (each case has a reason of its own).")
    );
    let alike = piece(vec![baseline(), compared(case("b", 0, false)), compared(case("c", 0, false))]);
    let reason = alike.draw().expect_err("nothing is proven").reason;
    assert_eq!(reason, format!("Nothing was measured for this chart. {} 0 B.", cold.replace("the read", "The read")));
    let one = with_speedup(case("b", 9, true), around(2.0, 0.1), Verdict::Faster);
    let some = piece(vec![baseline(), one, compared(case("c", 1, false))]).draw().expect("one is proven");
    assert!(some.description.contains(&format!("Not measured: c ({cold} 1 B)")), "{}", some.description);
}

#[test]
fn many_that_miss_for_one_reason_become_a_note() {
    let ids = ["here", "a", "b", "c", "d"];
    let skipped = |id: &&str| missing(id, Point::new(), "The quick budget leaves it out.");
    let there = measured("here", Point::new(), &[(Metric::Time, around(1.0, 0.1))]);
    let piece = Piece {
        name: "crowd".to_owned(),
        chart: chart(ChartKind::Bars, Metric::Time),
        definition: definition(&ids),
        cases: std::iter::once(there).chain(ids[1..].iter().map(skipped)).collect(),
        recorded: Vec::new(),
    };
    let markup = piece.draw().expect("a chart").markup;
    assert!(markup.contains("Not measured: a, b, c, d (The quick budget leaves it out)"), "{markup}");
    assert!(!markup.contains("class=\"h mi\""));
}

#[test]
fn hostile_labels_are_only_text() {
    let markup = hostile().draw().expect("a chart").markup;
    let document = document(&markup);
    assert!(document.descendants().all(|node| !node.has_tag_name("script") && !node.has_tag_name("img")));
    assert!(labels(charts(&document)[0]).iter().any(|label| label.full == "<script>alert(\"1\")</script>"));
    assert!(!markup.contains('\u{202e}'));
}

#[test]
fn nothing_measured_is_a_reason_and_no_chart() {
    let mut piece = Piece {
        name: "none".to_owned(),
        chart: chart(ChartKind::Lines, Metric::Time),
        definition: definition(&["a", "b"]),
        cases: Vec::new(),
        recorded: Vec::new(),
    };
    piece.definition.axis = vec![axis("size", &[("s", Some(1.0))], None)];
    piece.chart.x = Some("size".to_owned());
    assert_eq!(piece.draw().expect_err("no case").reason, "No case of this chart was planned.");
    for kind in [ChartKind::Bars, ChartKind::Lines, ChartKind::Scatter, ChartKind::Speedups] {
        piece.chart.kind = kind;
        piece.cases = ["a", "b"].map(|id| missing(id, Point::new().with("size", "s"), "The run was stopped.")).to_vec();
        let reason = piece.draw().expect_err("nothing measured").reason;
        assert_eq!(reason, "Nothing was measured for this chart. The run was stopped.", "{kind:?}");
    }
    // Only the baseline: there is nothing to compare.
    piece.chart.kind = ChartKind::Speedups;
    piece.cases = vec![measured("a", Point::new(), &[(Metric::Time, around(1.0, 0.1))])];
    assert!(piece.draw().is_err());
}

#[test]
fn axes_that_a_chart_leaves_open_join_the_labels() {
    let case =
        |id: &str, cache: &str| measured(id, Point::new().with("cache", cache), &[(Metric::Time, around(1.0, 0.1))]);
    let mut piece = Piece {
        name: "open".to_owned(),
        chart: chart(ChartKind::Bars, Metric::Time),
        definition: definition(&["a", "b"]),
        cases: vec![case("a", "cold"), case("b", "cold"), case("a", "warm"), case("b", "warm")],
        recorded: Vec::new(),
    };
    piece.definition.axis = vec![axis("cache", &[("cold", None), ("warm", None)], None)];
    let markup = piece.draw().expect("a chart").markup;
    let document = document(&markup);
    let all = labels(charts(&document)[0]);
    for label in ["a, cold", "b, cold", "a, warm", "b, warm"] {
        assert!(all.iter().any(|found| found.full == label), "{label}");
    }
}

#[test]
fn lines_work_without_numbers_and_with_absurd_ones() {
    let values = [("one", None), ("two", None)];
    for (log, numbers, factor) in [(false, false, 1.0), (true, true, 1e-300), (true, true, 1e300), (false, true, 0.0)] {
        let number = |n: f64| numbers.then_some(n);
        let values = if numbers { [("one", number(1.0)), ("two", number(2.0))] } else { values };
        let mut piece = Piece {
            name: "odd".to_owned(),
            chart: chart(ChartKind::Lines, Metric::Time),
            definition: definition(&["a"]),
            cases: ["one", "two"]
                .map(|id| measured("a", Point::new().with("size", id), &[(Metric::Time, around(factor, 0.5))]))
                .to_vec(),
            recorded: Vec::new(),
        };
        piece.definition.axis = vec![axis("size", &values, None)];
        piece.chart = catalog::Chart { x: Some("size".to_owned()), log, ..piece.chart };
        let markup = piece.draw().expect("a chart").markup;
        document(&markup);
        assert!(!markup.contains("NaN") && !markup.contains("inf"), "{markup}");
    }
}

#[test]
fn a_line_passes_over_a_place_where_nothing_was_measured_and_breaks_at_its_own_gap() {
    let numbers = [("one", Some(1.0)), ("two", Some(2.0)), ("three", Some(3.0))];
    let bands = |gaps: &[&str]| {
        let case = |variant: &'static str| {
            numbers.map(|(id, _)| {
                let point = Point::new().with("size", id);
                if id == "two" && gaps.contains(&variant) {
                    missing(variant, point, "not part of the budget")
                } else {
                    measured(variant, point, &[(Metric::Time, around(1.0, 0.5))])
                }
            })
        };
        let mut piece = Piece {
            name: "gaps".to_owned(),
            chart: catalog::Chart { x: Some("size".to_owned()), ..chart(ChartKind::Lines, Metric::Time) },
            definition: definition(&["a", "b"]),
            cases: [case("a"), case("b")].concat(),
            recorded: Vec::new(),
        };
        piece.definition.axis = vec![axis("size", &numbers, None)];
        let markup = piece.draw().expect("a chart").markup;
        let band = |node: &Node<'_, '_>| node.attribute("class").is_some_and(|class| class.starts_with("n s"));
        document(&markup).descendants().filter(band).count()
    };
    assert!(bands(&[]) > 0);
    assert_eq!(bands(&["a", "b"]), bands(&[]), "one band for each line, over the place that the run left out");
    assert_eq!(bands(&["b"]) * 2, bands(&[]), "the band of b is broken, since a was measured there");
}

#[test]
fn a_chart_is_the_same_every_time() {
    for (first, second) in drawn().into_iter().zip(drawn()) {
        assert_eq!(first.1, second.1);
    }
}

#[test]
fn a_file_of_its_own_has_one_chart_with_its_style() {
    let [piece, ..] = &pieces()[..] else { panic!("a gallery") };
    let chapter = super::fixture::chapter(piece.cases.clone());
    let request = super::ChartRequest {
        chart: &piece.chart,
        definition: &piece.definition,
        chapter: &chapter,
        cases: &[],
        ceilings: &[],
        machine: &super::fixture::machine(),
        margin: 0.05,
        id_prefix: "x",
    };
    let file = svg(&request).expect("a chart").file;
    let document = document(&file);
    assert!(document.root_element().has_tag_name("svg"));
    assert!(document.descendants().any(|node| node.has_tag_name("style")));
}

/// Widths in px of the rectangles of a class, in the order of drawing.
fn widths(chart: Node<'_, '_>, class: &str) -> Vec<f64> {
    let paths = chart.descendants().filter(|node| node.attribute("class") == Some(class));
    let rectangles = paths.filter_map(|node| node.attribute("d")).flat_map(|data| data.split('M').skip(1));
    // The legend's squares are the same class, and come first.
    rectangles.filter_map(|one| one.split_once('h')?.1.split('v').next()?.parse().ok()).collect()
}

#[test]
fn segments_stand_beside_each_other_in_the_order_of_the_parts() {
    let interval = |part: Metric, seconds: f64| (part, around(seconds, 0.0));
    let case = |id: &str, time: f64, cpu: Option<f64>| {
        let cpu = cpu.map(|cpu| interval(Metric::Cpu, cpu));
        let metrics: Vec<_> = [interval(Metric::Time, time)].into_iter().chain(cpu).collect();
        measured(id, Point::new(), &metrics)
    };
    let piece = Piece {
        name: "parts".to_owned(),
        chart: catalog::Chart {
            metric: None,
            parts: vec![Metric::Time, Metric::Cpu],
            ..chart(ChartKind::Stacked, Metric::Time)
        },
        definition: definition(&["long", "short", "half"]),
        cases: vec![case("long", 3.0, Some(1.0)), case("short", 1.0, Some(1.0)), case("half", 9.0, None)],
        recorded: Vec::new(),
    };
    let drawn = piece.draw().expect("a chart");
    let description = drawn.description.replace(crate::format::GAP, " ");
    assert!(description.contains("baseline long: 4.00 s, of which time 3.00 s, CPU time 1.00 s"), "{description}");
    assert!(description.contains("short: 2.00 s, of which"), "{description}");
    assert!(description.contains("Not measured: half (CPU time was not recorded)"), "{description}");
    let document = document(&drawn.markup);
    let wide = charts(&document)[0];
    let (time, cpu) = (widths(wide, "b s1"), widths(wide, "b s2"));
    let [.., short, long] = time.as_slice() else { panic!("{time:?}") };
    assert!((long / short - 3.0).abs() < 0.01, "the shortest sum on top: {time:?}");
    assert!((cpu[cpu.len() - 1] - short).abs() < 0.2 && (cpu[cpu.len() - 2] - short).abs() < 0.2, "{cpu:?}");
}

#[test]
fn a_series_has_an_area_for_each_unit_and_says_what_is_not_there() {
    let drawn = |name: &str| {
        let piece = pieces().into_iter().find(|piece| piece.name == name).expect("it is in the gallery");
        (piece.draw().expect("a chart"), piece)
    };
    let (timeline, _) = drawn("timeline");
    let timeline = document(&timeline.markup);
    let texts: Vec<String> = labels(charts(&timeline)[0]).into_iter().map(|label| label.text).collect();
    let count = |text: &str| texts.iter().filter(|other| *other == text).count();
    assert_eq!((count("default"), count("tuned"), count("consumer busy"), count("batches in the queue")), (1, 1, 2, 2));
    let end = format!("100{}%", crate::format::GAP);
    assert_eq!(count(&end), 2, "shares have the same axis in both: {texts:?}");

    let (losses, piece) = drawn("losses");
    assert!(losses.description.contains("PyTorch autocast (python3 has no torch"), "{}", losses.description);
    let reason = |change: fn(&mut Piece)| {
        let (_, mut piece) = drawn("losses");
        change(&mut piece);
        piece.draw().expect_err("nothing to draw").reason
    };
    let gone = reason(|piece| piece.recorded.clear());
    assert!(gone.contains("the table \"table\" was not recorded"), "{gone}");
    let gone = reason(|piece| piece.chart.y_columns = vec!["accuracy".to_owned()]);
    assert!(gone.contains("no column \"accuracy\"; it has: step, loss"), "{gone}");
    let gone = reason(|piece| {
        piece.recorded.iter_mut().flat_map(|case| case.tables.values_mut()).for_each(|table| table.rows.clear());
    });
    assert!(gone.contains("the column \"loss\" of the recorded table holds no number"), "{gone}");
    assert_eq!(piece.recorded.len(), 4);
}
