//! The templates: embedded ones, each of which a file of the same name in the reader's folder replaces.
//!
//! A template sees one typed view and nothing else. What is HTML already ends in `_html` and passes with `| safe`;
//! everything else is text and is escaped.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::Error;
use crate::escape::escape_html;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../templates/", $name)))),*]
    };
}

/// Every template by name.
pub(crate) const TEMPLATES: &[(&str, &str)] = embedded![
    "advice.html",
    "base.html",
    "cases.html",
    "chapter.html",
    "claims.html",
    "data.html",
    "figure.html",
    "index.html",
    "ledger.html",
    "machine.html",
    "macros.html",
    "memo.html",
    "method.html",
    "missing.html",
    "reference-page.html",
    "reference.html",
    "try.html",
    "verdict.html",
];

/// The compiled templates.
#[derive(Debug)]
pub(crate) struct Engine {
    tera: tera::Tera,
}

impl Engine {
    /// Compiles the embedded templates, with those of `folder` in place of the ones whose names they have.
    ///
    /// # Errors
    /// If a template does not compile, or the folder holds a name that replaces nothing.
    pub(crate) fn new(folder: Option<&Path>) -> Result<Self, Error> {
        let mut sources: Vec<(&str, String)> =
            TEMPLATES.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        for (name, text) in folder.map(overrides).transpose()?.unwrap_or_default() {
            match sources.iter_mut().find(|(known, _)| *known == name) {
                Some((_, source)) => *source = text,
                None => {
                    let known: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
                    let why = format!("it replaces no template; there are: {}", known.join(", "));
                    return Err(Error::Template { name, why });
                }
            }
        }
        let mut tera = tera::Tera::default();
        tera.set_escape_fn(escape_html);
        // One by one would fail on the first that extends a later one, so all at once; the message names the file.
        tera.add_raw_templates(sources).map_err(|e| Error::template("(compiling)", &e))?;
        Ok(Self { tera })
    }

    /// Fills a template with its view.
    ///
    /// # Errors
    /// If the template uses something that the view does not have.
    pub(crate) fn render(&self, name: &str, view: &impl Serialize) -> Result<String, Error> {
        let context = tera::Context::from_serialize(view).map_err(|e| Error::template(name, &e))?;
        self.tera.render(name, &context).map_err(|e| Error::template(name, &e))
    }
}

/// The reader's own templates: every `.html` file directly in the folder.
fn overrides(folder: &Path) -> Result<Vec<(String, String)>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
        let path = entry.map_err(Error::io(folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|ext| ext == "html") {
            found.push((name, fs::read_to_string(&path).map_err(Error::io(&path))?));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    #[test]
    fn embedded_templates_compile_and_trust_only_html() {
        Engine::new(None).unwrap();
        let safe = Regex::new(r"([\w.]+)\s*\|\s*safe").unwrap();
        for (name, text) in TEMPLATES {
            for hit in safe.captures_iter(text) {
                assert!(hit[1].ends_with("_html"), "{name}: `{}` is passed unescaped", &hit[1]);
            }
        }
    }

    #[test]
    fn every_template_file_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name.ends_with(".html"));
        names.sort();
        assert_eq!(names, TEMPLATES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn a_folder_replaces_by_name_and_its_mistakes_are_named() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("try.html"), "mine: {{ body_html | safe }}").unwrap();
        let engine = Engine::new(Some(temp.path())).unwrap();
        assert_eq!(engine.render("try.html", &serde_json::json!({"body_html": "<p>"})).unwrap(), "mine: <p>");
        let error = engine.render("try.html", &serde_json::json!({})).unwrap_err().to_string();
        assert!(error.starts_with("template try.html: ") && error.contains("body_html"), "{error}");

        fs::write(temp.path().join("try.html"), "{% if %}").unwrap();
        let error = Engine::new(Some(temp.path())).unwrap_err().to_string();
        assert!(error.contains("try.html"), "{error}");
        fs::remove_file(temp.path().join("try.html")).unwrap();
        fs::write(temp.path().join("tri.html"), "x").unwrap();
        let error = Engine::new(Some(temp.path())).unwrap_err().to_string();
        assert!(error.contains("template tri.html: it replaces no template"), "{error}");
    }
}
