//! Definitions and claims: what they mean, and that what is named and not there is said.

use catalog::{Advice, Claims, Definition, Metric, Scale};
use results::Point;

const GOOD: &str = r#"
title = "Demo"
question = "Which?"
part = "Test"
order = 1
baseline = "a"
headline = "recall"
metric = [
    { id = "recall", label = "recall@10", unit = "%", better = "more" },
    { id = "files", label = "files opened", unit = "files", better = "less", from = "opened" },
]
axis = [
    { name = "kind", label = "kind", values = [{ id = "sweep", label = "sweep" }, { id = "one", label = "day of {time}" }] },
    { name = "size", label = "size", only = { kind = ["sweep"] }, values = [{ id = "s", label = "small", number = 1 }, { id = "l", label = "large", number = 9 }] },
]
variant = [{ id = "a", label = "A" }, { id = "b", label = "by {time} and {key} {" }]
finding = [{ name = "recall", of = { variant = "b", metric = "recall" }, margin = 0.01, scale = "difference" }]
value = [{ name = "cross", kind = "crossing", axis = "size", at = 2.0, of = { variant = "b", point = { kind = "sweep" } } }]
chart = [{ id = "c", kind = "scatter", title = "t", metric = "recall", x_metric = "files" }]
advice = { action = "Take {variant}", variants = ["b"], current = "a", unless = "Never.", gain = "files", workload = [], require = [{ metric = "recall", at_least = 0.9 }] }
"#;

fn good() -> Definition {
    Definition::parse("demo", GOOD).expect("a good definition")
}

#[test]
fn own_metrics_stand_wherever_a_metric_is_named() {
    let definition = good();
    let [recall, files] =
        ["recall", "files"].map(|id| definition.metrics().find(|m| m.id() == id).expect("it is there"));
    assert_eq!((definition.finding[0].of.metric, definition.finding[0].scale), (recall, Scale::Difference));
    assert_eq!((definition.chart[0].metric, definition.chart[0].x_metric), (Some(recall), Some(files)));
    let advice = definition.advice.as_ref().expect("it has advice");
    assert_eq!((advice.gain, advice.require[0].metric), (files, recall));
    let Metric::Own(own) = files else { panic!("{files:?} is its own") };
    assert_eq!((own.source(), files.unit(), files.lower_is_better()), ("opened", "files", true));
}

#[test]
fn advice_that_is_said_instead_is_held_to_the_same() {
    const INSTEAD: &str = r#"instead = { action = "Stay", variants = ["a"], current = "b", unless = "Never.", gain = "recall", workload = [] }, gain = "files", workload"#;
    let with = |text: &str| Definition::parse("demo", &GOOD.replace(r#"gain = "files", workload"#, text));
    let definition = with(INSTEAD).expect("a good definition");
    let gains: Vec<&str> = definition.advice.iter().flat_map(Advice::each).map(|advice| advice.gain.id()).collect();
    assert_eq!(gains, ["files", "recall"]);
    let recorded = serde_json::to_value(&definition).expect("written");
    assert_eq!(serde_json::from_value::<Definition>(recorded).expect("read"), definition);
    for (from, to, says) in [
        (r#"current = "b""#, r#"current = "c""#, "[advice] names the variant \"c\""),
        (r#"gain = "recall""#, r#"gain = "hits""#, "[advice] names the metric \"hits\""),
    ] {
        let error = with(&INSTEAD.replace(from, to)).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_definition_is_the_same_after_a_results_file() {
    let definition = good();
    let recorded = serde_json::to_value(&definition).expect("written");
    assert_eq!(recorded["finding"][0]["of"]["metric"], "recall", "by its id");
    assert_eq!(serde_json::from_value::<Definition>(recorded).expect("read"), definition);
}

#[test]
fn what_is_named_and_not_there_is_said() {
    for (from, to, says) in [
        (
            r#"metric = "recall" }, margin"#,
            r#"metric = "recal" }, margin"#,
            "finding \"recall\" names the metric \"recal\"",
        ),
        (r#"metric = "recall", x_metric"#, r#"metric = "hits", x_metric"#, "chart \"c\" names the metric \"hits\""),
        (r#"gain = "files""#, r#"gain = "file""#, "[advice] names the metric \"file\""),
        (
            r#"{ metric = "recall", at_least"#,
            r#"{ metric = "r", at_least"#,
            "[[advice.require]] names the metric \"r\"",
        ),
        (", at_least = 0.9", "", "needs `at_most` or `at_least`"),
        (r#"id = "recall", label"#, r#"id = "time", label"#, "taken by a built-in metric"),
        (r#"id = "files", label"#, r#"id = "recall", label"#, "stands twice"),
        (r#"unit = "files""#, r#"unit = "file""#, "unknown variant `file`"),
        ("margin = 0.01, ", "", "needs a margin"),
        ("margin = 0.01", "margin = 0.0", "a margin is above zero"),
        (r#"kind = "crossing", axis = "size", "#, r#"kind = "crossing", "#, "names no axis"),
        (r#"axis = "size", at"#, r#"axis = "sizes", at"#, "no such axis"),
        (r#"axis = "size", at"#, r#"axis = "kind", at"#, "no two values with a `number`"),
        ("at = 2.0", "at = 0.0", "a factor above zero"),
        (r#"kind = "crossing""#, r#"kind = "factor""#, "belong to kind = \"crossing\""),
        (r#"point = { kind = "sweep" } } }]"#, r#"point = { size = "s" } } }]"#, "fixes the axis \"size\""),
        (r#"only = { kind = ["sweep"] }"#, r#"only = { kind = ["sweeps"] }"#, "sweeps"),
        (r#"only = { kind = ["sweep"] }"#, r#"only = { size = ["s"] }"#, "size"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = Definition::parse("demo", &GOOD.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(error.starts_with("experiments/demo/experiment.toml: ") && error.contains(says), "{to}: {error}");
    }
}

#[test]
fn every_kind_of_chart_has_its_own_keys() {
    let chart = |keys: &str| {
        let from = r#"kind = "scatter", title = "t", metric = "recall", x_metric = "files""#;
        assert!(GOOD.contains(from));
        let read = Definition::parse("demo", &GOOD.replacen(from, &format!("title = \"t\", {keys}"), 1));
        read.map(|mut definition| definition.chart.remove(0)).map_err(|e| e.to_string())
    };
    let stacked = chart(r#"kind = "stacked", parts = ["time", "cpu"]"#).expect("a good chart");
    assert_eq!(stacked.metrics().collect::<Vec<_>>(), [Metric::Time, Metric::Cpu]);
    let series = r#"kind = "series", table = "loss", x_column = "step", y_columns = ["loss"]"#;
    let series = chart(&format!("{series}, x_log = true, log = true")).expect("a good chart");
    assert_eq!((series.metrics().count(), series.table.as_deref(), series.x_log()), (0, Some("loss"), true));
    let busy = r#"{ id = "busy", title = "t", kind = "series", table = "time", x_column = "s", y_columns = ["busy"] }"#;
    let both = GOOD.replacen("chart = [", &format!("chart = [{busy}, {},", busy.replace("busy", "queue")), 1);
    let tables = Definition::parse("demo", &both).expect("good").drawn_tables();
    assert_eq!(tables["time"], ["s", "busy", "queue"]);
    for (keys, says) in [
        (r#"kind = "bars""#, "of kind \"bars\" and needs `metric`"),
        (r#"kind = "lines", metric = "time""#, "needs `x`"),
        (r#"kind = "bars", metric = "time", parts = ["cpu"]"#, "takes no `parts`"),
        (r#"kind = "speedups", metric = "time", x_log = true"#, "takes no `x_log`"),
        (r#"kind = "stacked", parts = ["time", "cpu"], metric = "time""#, "takes no `metric`"),
        (r#"kind = "stacked""#, "needs `parts`"),
        (r#"kind = "stacked", parts = ["time", "reccall"]"#, "names the metric \"reccall\""),
        (r#"kind = "stacked", parts = ["time", "recall"]"#, "adds up \"time\" in \"s\" and \"recall\" in \"%\""),
        (r#"kind = "stacked", parts = ["time"]"#, "has 1 of the 2 to 8 parts"),
        (r#"kind = "stacked", parts = ["time", "time"]"#, "chart \"c\": the part \"time\" stands twice"),
        (r#"kind = "series", x_column = "step", y_columns = ["loss"]"#, "needs `table`"),
        (r#"kind = "series", table = "loss", x_column = "step""#, "needs `y_columns`"),
        (
            r#"kind = "series", table = "loss", x_column = "step", y_columns = ["a", "step"]"#,
            "column \"step\" stands twice",
        ),
        (r#"kind = "series", table = "loss", x_column = "step", y_columns = ["a"], x = "size""#, "takes no `x`"),
    ] {
        let error = chart(keys).expect_err(keys);
        assert!(error.contains("chart \"c\"") && error.contains(says), "{keys}: {error}");
    }
}

#[test]
fn an_axis_may_vary_at_some_places_only() {
    let points: Vec<String> = good().points().iter().map(Point::to_string).collect();
    assert_eq!(points, ["kind=sweep,size=s", "kind=sweep,size=l", "kind=one"]);
}

#[test]
fn labels_name_the_chosen_columns() {
    let mut definition = good();
    definition.fill_labels(|purpose| (purpose == "time").then(|| "created_at".to_owned()));
    assert_eq!(definition.variant[1].label, "by created_at and key {", "without a choice the purpose stands there");
    assert_eq!(definition.axis[0].values[1].label, "day of created_at");
}

#[test]
fn metrics_of_another_version_are_taken_over_where_they_mean_the_same() {
    let mut recorded = good();
    let text =
        GOOD.replace("recall@10", "share found").replace(r#"unit = "files", better = "less""#, r#"better = "less""#);
    recorded.adopt_metrics(&Definition::parse("demo", &text).expect("good"));
    assert_eq!(recorded.finding[0].of.metric.label(), "share found");
    assert_eq!(recorded.chart[0].x_metric.map(Metric::unit), Some("files"), "another unit is another metric");
}

fn claim(rest: &str) -> Result<Vec<catalog::Claim>, String> {
    let text = format!("[[claim]]\nid = \"c\"\nstatement = \"s\"\nsource = \"x\"\n{rest}\n");
    Claims::parse("demo", &text, &good()).map_err(|e| e.to_string())
}

#[test]
fn claims_are_tests_or_crossings_or_say_why_not() {
    let test = r#"test = { variant = "b", metric = "recall" }"#;
    let crossing = r#"crossing = { axis = "size", variant = "b", point = { kind = "sweep" } }"#;
    let found = claim(&format!("low = 2.0\n{test}")).expect("a good claim").remove(0);
    assert_eq!(found.test.map(|test| test.metric.label()), Some("recall@10"));
    let found = claim(&format!("high = 5.0\n{crossing}")).expect("a good claim").remove(0);
    assert_eq!(found.crossing.map(|crossing| crossing.at), Some(1.0));
    for (rest, says) in [
        (test.to_owned(), "needs one of"),
        (crossing.to_owned(), "needs one of"),
        (format!("low = 1.0\n{test}\n{crossing}"), "needs one of"),
        (format!("low = 1.0\n{test}\nuntestable = \"no\""), "needs one of"),
        (format!("low = 1.0\n{}", test.replace("\"b\"", "\"z\"")), "no such variant"),
        (format!("low = 1.0\n{}", test.replace("recall", "recal")), "names the metric \"recal\""),
        (format!("low = 1.0\n{}", crossing.replace("size", "kind")), "no two values"),
    ] {
        let error = claim(&rest).expect_err(&rest);
        assert!(
            error.starts_with("experiments/demo/claims.toml: claim \"c\"") && error.contains(says),
            "{rest}: {error}"
        );
    }
}
