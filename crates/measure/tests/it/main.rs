//! The protocol end to end: plans, points on the fake clock, and real processes that misbehave.

#[cfg(unix)]
mod aside;
mod plans;
mod points;
mod processes;
mod scratch;

use catalog::Definition;

/// An experiment with three variants on two axes.
pub(crate) fn definition() -> Definition {
    Definition::parse(
        "demo",
        r#"
        title = "Demo"
        question = "Which?"
        part = "Test"
        order = 1
        baseline = "a"
        headline = "b"
        axis = [
            { name = "size", label = "size", values = [{ id = "s", label = "small", number = 1 }, { id = "l", label = "large", number = 9 }] },
            { name = "cache", label = "cache", values = [{ id = "warm", label = "warm" }, { id = "cold", label = "cold" }] },
        ]
        variant = [
            { id = "a", label = "A" },
            { id = "b", label = "B", threads = 1 },
            { id = "c", label = "C", needs = ["numpy"] },
        ]
        finding = [{ name = "b", of = { variant = "b", point = { size = "s" } } }]
        except = [{ variants = ["b"], point = { size = "l", cache = "cold" }, reason = "B has no cold." }]
        preset = { quick = { variants = ["a", "b"], axes = { cache = ["warm"] } } }
        "#,
    )
    .expect("a good definition")
}
