//! Lifts fenced blocks out of a chapter before Tera sees it.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use results::Point;
use serde::Deserialize;

use super::Outcomes;
use crate::Error;

/// The language of the fence that stands in the prose for a lifted block; its body is the block's number.
pub(super) const PLACEHOLDER: &str = "benchbook-block";

/// A fenced block of a chapter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    /// The answer to the chapter's question, by outcome.
    Answer(Outcomes),
    /// A conclusion, by outcome.
    Verdict(Outcomes),
    /// A figure: the id of a chart.
    Chart(String),
    /// A table that a variant recorded.
    Table(TableBlock),
    /// The recommendation.
    Advice,
    /// The claims beside what was measured.
    Claims,
    /// What was not measured, by reason.
    Missing,
    /// An exercise, in Markdown.
    Try(String),
    /// Code in a language.
    Code {
        /// The fence's language; empty if it names none.
        language: String,
        /// The code.
        text: String,
    },
}

/// The body of a `table` block.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableBlock {
    /// Name under which the table was recorded.
    pub(crate) name: String,
    /// The variant that recorded it.
    pub(crate) variant: String,
    /// Where: every axis named must match.
    #[serde(default)]
    pub(crate) point: Point,
    /// What it shows.
    pub(crate) caption: String,
}

/// A chapter without its blocks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    /// The file, for messages.
    pub(crate) file: String,
    /// The prose with a placeholder where a block was.
    pub(crate) prose: String,
    /// The lifted blocks in order, with the line (from 1) where each begins.
    pub(crate) blocks: Vec<(usize, Block)>,
}

/// The Markdown that a chapter may use.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_SMART_PUNCTUATION
}

/// Reads the blocks of a chapter.
///
/// # Errors
/// If a block of ours is malformed, names file, line and key.
pub(crate) fn parse(file: &str, text: &str) -> Result<Parsed, Error> {
    let mut prose = String::with_capacity(text.len());
    let mut blocks = Vec::new();
    let mut done = 0;
    for fence in fences(text) {
        let line = line_of(text, fence.range.start);
        let block = read(&fence).map_err(|why| Error::Prose { file: file.to_owned(), line: Some(line), why })?;
        prose.push_str(&text[done..fence.range.start]);
        // Inside a list or a quotation every line of the placeholder needs the prefix that the fence's line has.
        let prefix = continuation(text, fence.range.start);
        prose.push_str(&format!("```{PLACEHOLDER}\n{prefix}{}\n{prefix}```", blocks.len()));
        blocks.push((line, block));
        done = fence.range.end;
    }
    prose.push_str(&text[done..]);
    Ok(Parsed { file: file.to_owned(), prose, blocks })
}

/// A fenced block as it stands in the text.
pub(super) struct Fence {
    /// From the opening fence to the end of the closing one.
    pub(super) range: Range<usize>,
    /// First word after the fence.
    pub(super) language: String,
    /// What is inside.
    pub(super) body: String,
}

/// Every fenced block in order.
pub(super) fn fences(text: &str) -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let mut open = false;
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let language = info.split_whitespace().next().unwrap_or_default().to_owned();
                // The range may take in the line break behind the fence.
                let end = range.start + text[range.clone()].trim_end().len();
                fences.push(Fence { range: range.start..end, language, body: String::new() });
                open = true;
            }
            Event::End(TagEnd::CodeBlock) => open = false,
            Event::Text(inside) if open => {
                if let Some(fence) = fences.last_mut() {
                    fence.body.push_str(&inside);
                }
            }
            _ => {}
        }
    }
    fences
}

fn read(fence: &Fence) -> Result<Block, String> {
    let body = fence.body.trim();
    let empty = |block: Block| match body {
        "" => Ok(block),
        _ => Err(format!("a `{}` block takes no body", fence.language)),
    };
    match fence.language.as_str() {
        "answer" => Outcomes::parse(body).map(Block::Answer).map_err(|e| format!("`answer` block: {e}")),
        "verdict" => {
            let outcomes = Outcomes::parse(body).map_err(|e| format!("`verdict` block: {e}"))?;
            match outcomes.finding {
                Some(_) => Ok(Block::Verdict(outcomes)),
                None => Err("`verdict` block: missing field `finding`".to_owned()),
            }
        }
        "chart" if body.is_empty() || body.contains(char::is_whitespace) => {
            Err("the body of a `chart` block is the id of one [[chart]]".to_owned())
        }
        "chart" => Ok(Block::Chart(body.to_owned())),
        "table" => match toml::from_str(body) {
            Ok(table) => Ok(Block::Table(table)),
            Err(e) => Err(format!("`table` block: {}", e.to_string().trim())),
        },
        "advice" => empty(Block::Advice),
        "claims" => empty(Block::Claims),
        "missing" => empty(Block::Missing),
        "try" if body.is_empty() => Err("a `try` block needs an exercise".to_owned()),
        "try" => Ok(Block::Try(body.to_owned())),
        PLACEHOLDER => Err(format!("`{PLACEHOLDER}` is reserved")),
        language => Ok(Block::Code { language: language.to_owned(), text: fence.body.clone() }),
    }
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// What must stand before the next lines of a block that starts at `at`: quotation marks stay, list marks become room.
fn continuation(text: &str, at: usize) -> String {
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    text[start..at].chars().map(|c| if c == '>' { '>' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: &str = "faster = 'f'\nsame = 's'\nslower = 'l'\ncannot-tell = 'c'\nnot-measured = 'n'\n";

    #[test]
    fn blocks_are_lifted_and_code_is_left_alone() {
        let text = "# no\n\n```chart\nspeed\n```\n\ntext {{ x }}\n\n```python\nf'{{a}}'\n```\n";
        let parsed = parse("c.md", text).unwrap();
        assert_eq!(parsed.blocks[0], (3, Block::Chart("speed".to_owned())));
        let code = Block::Code { language: "python".to_owned(), text: "f'{{a}}'\n".to_owned() };
        assert_eq!(parsed.blocks[1], (9, code));
        assert_eq!(parsed.prose, "# no\n\n```benchbook-block\n0\n```\n\ntext {{ x }}\n\n```benchbook-block\n1\n```\n");
    }

    #[test]
    fn a_table_is_named_with_its_variant_and_place() {
        let text = "```table\nname = 'columns'\nvariant = 'v'\npoint = { size = 's' }\ncaption = 'What each column takes'\n```\n";
        let table = TableBlock {
            name: "columns".to_owned(),
            variant: "v".to_owned(),
            point: Point::new().with("size", "s"),
            caption: "What each column takes".to_owned(),
        };
        assert_eq!(parse("c.md", text).unwrap().blocks, [(1, Block::Table(table))]);
    }

    #[test]
    fn a_block_in_a_list_stays_in_the_list() {
        let parsed = parse("c.md", "1. do\n\n   ```sql\n   SELECT 1\n   ```\n2. then\n").unwrap();
        assert_eq!(parsed.blocks[0].1, Block::Code { language: "sql".to_owned(), text: "SELECT 1\n".to_owned() });
        assert_eq!(fences(&parsed.prose)[0].body, "0\n");
        assert_eq!(parsed.prose, "1. do\n\n   ```benchbook-block\n   0\n   ```\n2. then\n");
    }

    #[test]
    fn mistakes_name_file_line_and_key() {
        let cases = [
            ("```chart\n```", "id of one [[chart]]"),
            ("```chart\na b\n```", "id of one [[chart]]"),
            ("```table\nname = 'x'\n```", "missing field"),
            ("```table\nname = 'x'\nvariant = 'v'\ncaption = 'c'\nrows = 3\n```", "rows"),
            ("```advice\nx\n```", "takes no body"),
            ("```try\n```", "needs an exercise"),
            ("```verdict\nfaster = 'f'\n```", "missing field"),
            (&format!("```verdict\n{FIVE}```"), "`finding`"),
            (&format!("```verdict\nfinding = 'x'\n{}```", FIVE.replace("same", "equal")), "equal"),
            ("```benchbook-block\n0\n```", "reserved"),
        ];
        for (text, says) in cases {
            let error = parse("experiments/x/chapter.md", &format!("para\n\n{text}\n")).unwrap_err().to_string();
            assert!(error.starts_with("experiments/x/chapter.md, line 3: "), "{error}");
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
