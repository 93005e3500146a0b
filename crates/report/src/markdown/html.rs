//! Runs the prose through Tera and Markdown and puts the blocks back as HTML.

use std::collections::HashMap;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html};
use regex::Regex;

use super::blocks::{PLACEHOLDER, options};
use super::{Block, Parsed, Values};
use crate::Error;
use crate::error::chain;
use crate::escape::escape_html;

/// A heading of the page, for its table of contents.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Entry {
    /// Anchor.
    pub(crate) id: String,
    /// Text without markup.
    pub(crate) title: String,
}

/// Prose as HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// The HTML.
    pub(crate) html: String,
    /// Its headings of level 2.
    pub(crate) contents: Vec<Entry>,
}

/// Renders a parsed chapter; `block` makes the HTML of a lifted block.
///
/// # Errors
/// If a value is unknown, raw HTML or an image stands in the text, or `block` fails.
pub(crate) fn render(
    parsed: &Parsed,
    values: &Values,
    block: &mut dyn FnMut(usize, &Block) -> Result<String, Error>,
) -> Result<Rendered, Error> {
    // All of it is filled, so that a mistake in a paragraph that this machine does not need is found here too.
    let mut text = fill(&parsed.file, &parsed.prose, values)?;
    let prose = with_figures(&parsed.prose, values);
    if prose != parsed.prose {
        text = fill(&parsed.file, &prose, values)?;
    }
    let mut writer = Writer {
        parsed,
        events: Vec::new(),
        contents: Vec::new(),
        ids: HashMap::new(),
        section: String::new(),
        tables: 0,
    };
    let mut events = Parser::new_ext(&text, options());
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => writer.code(&kind, &mut events, block)?,
            Event::Start(Tag::Heading { level, .. }) => writer.heading(level, &mut events)?,
            Event::Start(Tag::Table(_)) => {
                writer.open_table();
                writer.events.push(event);
            }
            Event::End(TagEnd::Table) => {
                writer.events.push(event);
                writer.html("</div>");
            }
            Event::Html(raw) | Event::InlineHtml(raw) => writer.raw(&raw)?,
            Event::Start(Tag::Image { .. }) => {
                return Err(writer.error("images cannot be used; a figure is a `chart` block"));
            }
            event => writer.events.push(event),
        }
    }
    let mut html = String::with_capacity(text.len() * 2);
    html::push_html(&mut html, writer.events.into_iter());
    Ok(Rendered { html, contents: writer.contents })
}

/// One paragraph of inline Markdown with values, as HTML without the `<p>`.
///
/// # Errors
/// As [`render`], and if there is more than one paragraph.
pub(crate) fn paragraph(file: &str, text: &str, values: &Values) -> Result<String, Error> {
    let error = |why: &str| Error::Prose { file: file.to_owned(), line: None, why: why.to_owned() };
    let filled = fill(file, text.trim(), values)?;
    let events: Vec<Event<'_>> = Parser::new_ext(&filled, options()).collect();
    let [Event::Start(Tag::Paragraph), inner @ .., Event::End(TagEnd::Paragraph)] = events.as_slice() else {
        return Err(error("an outcome is one paragraph of text"));
    };
    for event in inner {
        match event {
            Event::Html(_) | Event::InlineHtml(_) => return Err(error("raw HTML cannot be used")),
            Event::Start(Tag::Image { .. }) => return Err(error("images cannot be used")),
            Event::End(TagEnd::Paragraph) => return Err(error("an outcome is one paragraph of text")),
            _ => {}
        }
    }
    let mut html = String::new();
    html::push_html(&mut html, inner.iter().cloned());
    Ok(html)
}

/// The prose without the paragraphs that name figures of which none was measured: they would say nothing. What was not measured,
/// and why, stands in a list of its own. Lines stay where they are.
fn with_figures(prose: &str, values: &Values) -> String {
    static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\{-?\s*(\w+)\s*[^\s\w(]").expect("a constant"));
    let says_nothing = |paragraph: &str| {
        let mut names = NAME.captures_iter(paragraph).map(|found| values.is_missing(&found[1])).peekable();
        names.peek().is_some() && names.all(|missing| missing)
    };
    let text = |paragraph: &str| match says_nothing(paragraph) {
        true => "\n".repeat(paragraph.matches('\n').count()),
        false => paragraph.to_owned(),
    };
    prose.split_inclusive("\n\n").map(text).collect()
}

/// Runs text through Tera.
fn fill(file: &str, text: &str, values: &Values) -> Result<String, Error> {
    // The name has no `.html` at its end, so nothing is escaped: the values are safe in Markdown.
    let name = format!("{file} (prose)");
    let mut tera = tera::Tera::default();
    tera.register_function("constant", Constant);
    tera.add_raw_template(&name, text).and_then(|()| tera.render(&name, values.context())).map_err(|e| Error::Prose {
        file: file.to_owned(),
        line: None,
        why: chain(&e),
    })
}

/// `constant(is="64 bytes")`: a number that holds on every machine, marked so that the lint lets it pass.
struct Constant;

impl tera::Function for Constant {
    fn call(&self, args: &HashMap<String, tera::Value>) -> tera::Result<tera::Value> {
        match args.get("is") {
            Some(value @ tera::Value::String(_)) if args.len() == 1 => Ok(value.clone()),
            _ => Err(tera::Error::msg("write constant(is=\"64 bytes\"), with the text in quotes")),
        }
    }
}

/// Code with its language and, where scripts run, a button that copies it.
pub(crate) fn code(language: &str, label: &str, text: &str) -> String {
    let class =
        if language.is_empty() { String::new() } else { format!(" class=\"language-{}\"", escape_html(language)) };
    let label = if label.is_empty() { "Text" } else { label };
    format!(
        "<figure class=\"code\"><figcaption>{}</figcaption><pre tabindex=\"0\"><code{class}>{}</code></pre></figure>\n",
        escape_html(label),
        escape_html(text.trim_end())
    )
}

/// The name of a fence's language for people.
fn language_label(language: &str) -> &str {
    match language {
        "python" | "py" => "Python",
        "sql" => "SQL",
        "rust" | "rs" => "Rust",
        "sh" | "bash" | "shell" => "Shell",
        "toml" => "TOML",
        "json" => "JSON",
        other => other,
    }
}

struct Writer<'a> {
    parsed: &'a Parsed,
    events: Vec<Event<'a>>,
    contents: Vec<Entry>,
    ids: HashMap<String, usize>,
    /// The last heading.
    section: String,
    /// Tables since then.
    tables: usize,
}

impl<'a> Writer<'a> {
    fn error(&self, why: &str) -> Error {
        Error::Prose { file: self.parsed.file.clone(), line: None, why: why.to_owned() }
    }

    fn html(&mut self, html: impl Into<CowStr<'a>>) {
        self.events.push(Event::Html(html.into()));
    }

    fn code(
        &mut self,
        kind: &CodeBlockKind<'_>,
        events: &mut Parser<'a>,
        block: &mut dyn FnMut(usize, &Block) -> Result<String, Error>,
    ) -> Result<(), Error> {
        let mut body = String::new();
        for event in events.by_ref() {
            match event {
                Event::End(TagEnd::CodeBlock) => break,
                Event::Text(text) => body.push_str(&text),
                _ => {}
            }
        }
        let lifted = match kind {
            CodeBlockKind::Fenced(language) if &**language == PLACEHOLDER => body.trim().parse::<usize>().ok(),
            _ => None,
        };
        let html = match lifted.and_then(|i| self.parsed.blocks.get(i)) {
            Some((_, Block::Code { language, text })) => code(language, language_label(language), text),
            Some((line, other)) => block(*line, other)?,
            None => code("", "", &body),
        };
        self.html(html);
        Ok(())
    }

    /// A frame in which a table scrolls; its name is unique, so that a screen reader can tell tables apart.
    fn open_table(&mut self) {
        self.tables += 1;
        let number = if self.tables > 1 { format!(" {}", self.tables) } else { String::new() };
        let name = escape_html(&format!("{}, table{number}", self.section));
        self.html(format!("<div class=\"scroll\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">"));
    }

    /// Gives a heading an anchor and notes it for the table of contents.
    fn heading(&mut self, level: HeadingLevel, events: &mut Parser<'a>) -> Result<(), Error> {
        if level == HeadingLevel::H1 {
            return Err(self.error("headings start at ##: the title comes from experiment.toml"));
        }
        let mut inner = Vec::new();
        let mut title = String::new();
        for event in events.by_ref() {
            match event {
                Event::End(TagEnd::Heading(_)) => break,
                Event::Html(_) | Event::InlineHtml(_) => return Err(self.error("raw HTML cannot stand in a heading")),
                event => {
                    if let Event::Text(text) | Event::Code(text) = &event {
                        title.push_str(text);
                    }
                    inner.push(event);
                }
            }
        }
        let id = self.id(&title);
        self.section.clone_from(&title);
        self.tables = 0;
        let level_name = level.to_string();
        self.html(format!("<{level_name} id=\"{id}\">"));
        self.events.append(&mut inner);
        self.html(format!("</{level_name}>\n"));
        if level == HeadingLevel::H2 {
            self.contents.push(Entry { id, title });
        }
        Ok(())
    }

    /// An anchor that is unique on the page and cannot collide with those of the template, which have no `s-`.
    fn id(&mut self, title: &str) -> String {
        let slug = slug(title);
        let seen = self.ids.entry(slug.clone()).and_modify(|n| *n += 1).or_insert(1);
        if *seen == 1 { format!("s-{slug}") } else { format!("s-{slug}-{seen}") }
    }

    /// Comments are dropped; any other HTML would go around the escaping of the templates.
    fn raw(&self, raw: &str) -> Result<(), Error> {
        let text = raw.trim();
        if text.is_empty() || (text.starts_with("<!--") && text.ends_with("-->")) {
            return Ok(());
        }
        Err(self.error(&format!("raw HTML cannot be used: {text}")))
    }
}

/// Lower-case letters and digits joined by hyphens.
pub(crate) fn slug(title: &str) -> String {
    let words: Vec<String> =
        title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    if words.is_empty() { "section".to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn values() -> Values {
        let mut values = Values::default();
        values.text("speed", "4.2×");
        values
    }

    fn html(text: &str) -> Result<String, Error> {
        let parsed = parse("c.md", text)?;
        render(&parsed, &values(), &mut |line, block| Ok(format!("[{line} {block:?}]"))).map(|r| r.html)
    }

    #[test]
    fn values_fill_prose_and_leave_code_alone() {
        let page =
            html("Fast: {{ speed }}, {{ constant(is=\"64 bytes\") }}.\n\n```py\n{{ speed }} < 1\n```\n").unwrap();
        assert!(page.contains("<p>Fast: 4.2×, 64 bytes.</p>"), "{page}");
        assert!(page.contains("{{ speed }} &lt; 1</code>"), "{page}");
        assert!(page.contains("<figcaption>Python</figcaption>"), "{page}");
    }

    #[test]
    fn a_paragraph_without_any_of_its_figures_is_left_out() {
        let mut values = values();
        values.text("depth", crate::reading::MISSING);
        values.text("width", crate::reading::MISSING);
        let page = |text: &str| {
            let parsed = parse("c.md", text).unwrap();
            render(&parsed, &values, &mut |_, _| Ok("[chart]".to_owned())).unwrap().html
        };
        assert_eq!(
            page("One.\n\nSo {{ depth }} by {{width}}, of {{ constant(is=\"4\") }}.\n\nTwo.\n"),
            "<p>One.</p>\n<p>Two.</p>\n"
        );
        assert!(
            page("So {{ depth }} at {{ speed }}.").contains("not measured here) at 4.2×"),
            "one of two is worth saying"
        );
        assert!(page("At {{ speed }}.\n\nSo {{ depth }}\nthen.").ends_with("4.2×.</p>\n"));
        assert!(page("Of {{ constant(is=\"4\") }}.").contains("Of 4."), "a constant is no figure");
        let parsed = parse("c.md", "So {{ depth }} and {{ deepth }}.").unwrap();
        assert!(render(&parsed, &values, &mut |_, _| Ok(String::new())).is_err(), "a wrong name is found all the same");
    }

    #[test]
    fn an_unknown_value_names_file_and_name() {
        let error = html("So {{ sped }}.").unwrap_err().to_string();
        assert!(error.starts_with("c.md: ") && error.contains("`sped`"), "{error}");
    }

    #[test]
    fn headings_get_unique_anchors() {
        let parsed = parse("c.md", "## Why `so`\n\n## Why so\n\n### Deeper\n").unwrap();
        let page = render(&parsed, &values(), &mut |_, _| Ok(String::new())).unwrap();
        let ids: Vec<_> = page.contents.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["s-why-so", "s-why-so-2"]);
        assert!(page.html.contains("<h3 id=\"s-deeper\">Deeper</h3>"), "{}", page.html);
    }

    #[test]
    fn what_goes_around_the_templates_is_refused() {
        for text in ["<script>alert(1)</script>", "a <b>c</b>", "![x](http://x/y.png)", "# Title"] {
            assert!(html(text).is_err(), "{text}");
        }
        assert_eq!(html("a\n\n<!-- note -->\n\nb").unwrap(), "<p>a</p>\n<p>b</p>\n");
    }

    #[test]
    fn an_outcome_is_one_paragraph_and_text_from_outside_is_text() {
        assert_eq!(paragraph("c.md", "**Yes**, {{ speed }}", &values()).unwrap(), "<strong>Yes</strong>, 4.2×");
        assert!(paragraph("c.md", "one\n\ntwo", &values()).is_err());
        assert!(paragraph("c.md", "<b>no</b>", &values()).is_err());
        let mut hostile = Values::default();
        hostile
            .text("reason", &super::super::values::escape("<script>alert(1)</script> [a](javascript:b) `c` *d*\n# e"));
        let shown = paragraph("c.md", "{{ reason }}", &hostile).unwrap();
        assert_eq!(shown, "&lt;script&gt;alert(1)&lt;/script&gt; [a](javascript:b) `c` *d* # e");
    }
}
