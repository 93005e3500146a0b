//! The values that prose may name, formatted.

use analysis::{Finding, NamedValue};
use catalog::{Definition, Scale};
use stats::Interval;

use crate::format;
use crate::reading::{self, MISSING, ZERO};
use crate::words;

/// Names and texts for Tera. The texts are safe in Markdown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    context: tera::Context,
}

impl Values {
    /// Adds a text of ours; what comes from outside goes through [`escape`] first.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.context.insert(name, text);
    }

    /// Adds `name` and `name_interval`.
    pub(crate) fn named(&mut self, name: &str, value: &NamedValue, definition: &Definition) {
        let found = reading::texts(value.metric, &value.reading, definition);
        let (text, interval) = found.unwrap_or_else(|| (MISSING.to_owned(), MISSING.to_owned()));
        self.context.insert(name, &text);
        self.context.insert(format!("{name}_interval"), &interval);
    }

    /// The same values and those of a finding: `factor`, `interval`, `slowdown`, `slowdown_interval`, `difference`,
    /// `difference_interval`, `reason`, and `margin` where the finding has one of its own.
    pub(crate) fn with_finding(&self, finding: &Finding, reason: &str) -> Self {
        let mut values = self.clone();
        let missing = if finding.difference.is_some() { ZERO } else { MISSING };
        let mut set = |name: &str, text: Option<String>| values.text(name, text.as_deref().unwrap_or(missing));
        let factor = finding.factor;
        let slowdown = factor.map(Interval::reciprocal);
        set("factor", factor.map(|f| format::factor(f.estimate)));
        set("interval", factor.map(|f| format::factor_interval(&f)));
        set("slowdown", slowdown.map(|f| format::factor(f.estimate)));
        set("slowdown_interval", slowdown.map(|f| format::factor_interval(&f)));
        let metric = finding.contrast.metric;
        match (finding.scale, finding.difference) {
            (Scale::Difference, found) => {
                // In the direction of the estimate: how much better if it is better, how much worse if it is worse.
                let found = found.map(|found| found.scaled(if found.estimate < 0.0 { -1.0 } else { 1.0 }));
                set("difference", found.map(|found| format::amount(metric, found.estimate)));
                set("difference_interval", found.map(|found| format::difference_interval(metric, &found)));
                set("margin", Some(format::margin(metric, finding.margin)));
            }
            (Scale::Ratio, _) => {
                let apart =
                    factor.map(|f| Interval { estimate: f.estimate - 1.0, low: f.low - 1.0, high: f.high - 1.0 });
                let apart = apart.map(|apart| apart.scaled(if apart.estimate < 0.0 { -1.0 } else { 1.0 }));
                set("difference", apart.map(|apart| format::share(apart.estimate)));
                set("difference_interval", apart.map(|apart| format::share_interval(&apart)));
                set("margin", Some(words::margin(finding.margin)));
            }
        }
        set("reason", Some(clause(reason)));
        values
    }

    /// Whether a name stands for something that was not measured.
    pub(super) fn is_missing(&self, name: &str) -> bool {
        self.context.get(name).is_some_and(|text| text == MISSING)
    }

    /// For Tera.
    pub(super) fn context(&self) -> &tera::Context {
        &self.context
    }
}

/// A reason as Markdown: literal text, and code where it has backticks around a command.
fn clause(reason: &str) -> String {
    let parts: Vec<&str> = reason.split('`').collect();
    // Backticks that are not pairs around words belong to a name.
    let paired = parts.len() % 2 == 1 && parts[1..].iter().rev().skip(1).all(|part| !part.trim().is_empty());
    if !paired {
        return escape(reason);
    }
    let part = |(i, part): (usize, &&str)| match i % 2 {
        0 => escape(part),
        _ => format!("`{}`", part.replace(char::is_control, " ")),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Text that came from outside as literal text in Markdown: every ASCII punctuation mark is escaped, lines are joined.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if c.is_ascii_punctuation() => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_a_reason_are_code_and_the_rest_is_literal() {
        let table = [
            ("no *driver*", r"no \*driver\*"),
            ("run `a_b --c`, then <d>", r"run `a_b --c`\, then \<d\>"),
            ("the column a`b", r"the column a\`b"),
            ("`` and `c`", r"\`\` and \`c\`"),
            ("`first` and `last`", "`first` and `last`"),
        ];
        for (reason, markdown) in table {
            assert_eq!(clause(reason), markdown, "{reason}");
        }
    }
}
