//! Conversion snippets: templates of the experiment's folder, filled for the reader's table.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::Error;

/// What a snippet template sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SnippetContext {
    /// Id of the advised variant.
    pub variant: String,
    /// Its parameters.
    pub params: BTreeMap<String, String>,
    /// Name of the file to convert: a placeholder on the page, a path in a test.
    pub input: String,
    /// Name of the file to write.
    pub output: String,
    /// Format of the file to convert: `csv`, `jsonl`, `parquet` …
    pub input_format: String,
    /// Chosen column by purpose.
    pub columns: BTreeMap<String, String>,
}

/// Fills a snippet template; `name` is for messages. The filters `py`, `sql` and `sql_text` quote names.
///
/// # Errors
/// If the template is malformed or uses a name that is not there.
pub fn render(name: &str, template: &str, context: &SnippetContext) -> Result<String, Error> {
    let error = |e: tera::Error| Error::template(name, &e);
    let mut tera = tera::Tera::default();
    // Snippets are code: quoting is the filters' work, not HTML escaping.
    tera.autoescape_on(Vec::new());
    tera.register_filter("py", quote(python));
    tera.register_filter("sql", quote(|text| format!("\"{}\"", text.replace('"', "\"\""))));
    tera.register_filter("sql_text", quote(|text| format!("'{}'", text.replace('\'', "''"))));
    tera.add_raw_template(name, template).map_err(error)?;
    let context = tera::Context::from_serialize(context).map_err(error)?;
    tera.render(name, &context).map_err(error)
}

fn quote(how: impl Fn(&str) -> String + Send + Sync) -> impl tera::Filter {
    move |value: &tera::Value, _: &HashMap<String, tera::Value>| match value {
        tera::Value::String(text) => Ok(tera::Value::String(how(text))),
        other => Err(tera::Error::msg(format!("only text can be quoted, not {other}"))),
    }
}

/// A Python string literal.
fn python(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_their_language() {
        let context = SnippetContext {
            input: "a\"b\\c'd\n.csv".to_owned(),
            params: BTreeMap::from([("codec".to_owned(), "zstd".to_owned())]),
            ..SnippetContext::default()
        };
        let text = "{{ input | py }} {{ input | sql }} {{ input | sql_text }} {{ params.codec }} <";
        assert_eq!(
            render("Polars.py", text, &context).unwrap(),
            "\"a\\\"b\\\\c'd\\n.csv\" \"a\"\"b\\c'd\n.csv\" 'a\"b\\c''d\n.csv' zstd <"
        );
    }

    #[test]
    fn an_unknown_parameter_names_file_and_key() {
        let error =
            render("snippets/Polars.py", "{{ params.level }}", &SnippetContext::default()).unwrap_err().to_string();
        assert!(error.contains("snippets/Polars.py") && error.contains("params.level"), "{error}");
    }
}
