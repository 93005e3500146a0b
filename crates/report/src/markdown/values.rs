//! The values that prose may name, formatted.

use analysis::{Finding, NamedValue};

use crate::format;

/// What stands where a value was not measured.
const MISSING: &str = "— (not measured here)";

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
    pub(crate) fn named(&mut self, name: &str, value: &NamedValue) {
        let (text, interval) = match &value.value {
            None => (MISSING.to_owned(), MISSING.to_owned()),
            Some(found) if value.is_factor => (format::factor(found.estimate), format::factor_interval(found)),
            Some(found) => (format::metric(value.metric, found.estimate), format::interval(value.metric, found)),
        };
        self.context.insert(name, &text);
        self.context.insert(format!("{name}_interval"), &interval);
    }

    /// The same values and those of a finding: `factor`, `interval`, `slowdown`, `slowdown_interval`, `difference`,
    /// `reason`.
    pub(crate) fn with_finding(&self, finding: &Finding, reason: &str) -> Self {
        let mut values = self.clone();
        let mut set = |name: &str, text: Option<String>| values.text(name, text.as_deref().unwrap_or(MISSING));
        let factor = finding.factor;
        let slowdown = factor.map(stats::Interval::reciprocal);
        set("factor", factor.map(|f| format::factor(f.estimate)));
        set("interval", factor.map(|f| format::factor_interval(&f)));
        set("slowdown", slowdown.map(|f| format::factor(f.estimate)));
        set("slowdown_interval", slowdown.map(|f| format::factor_interval(&f)));
        set("difference", factor.map(|f| format::share((f.estimate - 1.0).abs())));
        set("reason", Some(escape(reason)));
        values
    }

    /// For Tera.
    pub(super) fn context(&self) -> &tera::Context {
        &self.context
    }
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
