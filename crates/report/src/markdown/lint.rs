//! Finds measured figures that were typed by hand.
//!
//! A number in prose was true on the author's machine. So prose may hold none that looks measured: a figure with a unit, a
//! price, a factor, a percentage, "ten times faster". Free are code blocks, inline code, named values (`{{ name }}`) and
//! constants that hold everywhere, which the author marks: `{{ constant(is="64 bytes") }}`.

use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use regex::Regex;

use super::blocks::{fences, line_of, options};

/// A figure that looks measured and was typed by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedFigure {
    /// The line of the chapter, from 1.
    pub line: usize,
    /// The figure.
    pub text: String,
}

/// What Tera replaces: values, constants, tags, comments.
static TERA: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"));

/// Inline code inside the text of an outcome.
static INLINE_CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"`[^`\n]*`"));

static FIGURES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    let number = r"\d[\d,.\u{2009}\u{202f}\u{a0}]*";
    let word =
        "one|two|three|four|five|six|seven|eight|nine|ten|a dozen|twenty|fifty|a hundred|hundred|a thousand|thousand";
    let better = r"(?:faster|slower|quicker|cheaper|dearer|smaller|larger|bigger|less|more|better|worse|as (?:fast|slow|quick|cheap|small|large|big|much|good|bad))";
    let units = "ns|µs|us|ms|sec|secs|seconds?|minutes?|mins?|hours?|days?|bytes?|B|[kKMGT]i?B(?:/s)?|rows/s|rows per second|[kMGT]?(?:FLOPS?|flops?|op)(?:/s)?|GHz|MHz|percent|per cent|times|fold|dollars?|USD|cents?";
    [
        // 12 ms, 1.5-fold, 3x, 30 %
        pattern(&format!(r"(?:~|≈)?\b{number}(?:(?:\s|-)?(?:{units})\b|\s?[x×%](?:\b|[\s.,;:)]|$)|\s?×|\s?%)")),
        // 3 s and 1.5 s, but not the 1980s
        pattern(r"\b(?:\d{1,3}(?:\.\d+)?|\d+\.\d+)\s?s\b"),
        // $5
        pattern(r"[$€£]\s?\d[\d,.]*"),
        // ten times faster, twice as fast, half as big, an order of magnitude
        pattern(&format!(
            r"(?i)\b(?:(?:{word})(?:\s|-)times (?:the|{better})|(?:twice|half|thrice) {better}|orders? of magnitude)"
        )),
    ]
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern, compiled by the tests")
}

/// Every measured figure typed by hand in a chapter, in order.
#[must_use]
pub fn lint_chapter(text: &str) -> Vec<TypedFigure> {
    let mut found = Vec::new();
    // What Tera replaces is blanked at equal length, so that places stay places.
    let blanked = blank(text, &TERA);
    let mut code = false;
    let mut prose = vec![b' '; blanked.len()];
    for (event, range) in Parser::new_ext(&blanked, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            // Only text is prose: not code, not the address of a link. Lines of a text are joined where they touch.
            Event::Text(_) if !code => prose[range.clone()].copy_from_slice(&blanked.as_bytes()[range]),
            _ => {}
        }
    }
    let prose = String::from_utf8_lossy(&prose);
    scan(&prose, |at| line_of(text, at), &mut found);

    // The paragraphs of outcomes and the text of exercises are prose too.
    for fence in fences(text) {
        if matches!(fence.language.as_str(), "answer" | "verdict" | "try") {
            let body = blank(&text[fence.range.clone()], &TERA);
            let body = blank(&body, &INLINE_CODE);
            scan(&body, |at| line_of(text, fence.range.start + at), &mut found);
        } else if fence.language == "table" {
            // Of a table only the caption is: the ids of a place may look like figures.
            for (i, line) in fence.body.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("caption"))
            {
                scan(line, |_| line_of(text, fence.range.start) + 1 + i, &mut found);
            }
        }
    }
    found.sort_by_key(|figure| figure.line);
    found
}

fn scan(prose: &str, line: impl Fn(usize) -> usize, found: &mut Vec<TypedFigure>) {
    for figure in FIGURES.iter() {
        for hit in figure.find_iter(prose) {
            let text = hit.as_str().trim().trim_end_matches(['.', ',', ';', ':', ')']).to_owned();
            found.push(TypedFigure { line: line(hit.start()), text });
        }
    }
}

/// The text with every match turned into spaces of the same length in bytes; line breaks stay.
fn blank(text: &str, what: &Regex) -> String {
    what.replace_all(text, |hit: &regex::Captures<'_>| {
        hit[0].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect::<String>()
    })
    .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_figures_are_found() {
        let cases = [
            "It takes 12 ms.",
            "It takes 1.5 s here.",
            "It takes 3 seconds.",
            "We saw 4x.",
            "We saw a 4.2× gain",
            "A 30 % gain",
            "A 30% gain.",
            "It costs $5 a day.",
            "It is ten times faster.",
            "It is twice as fast.",
            "It reads 1,200 rows/s.",
            "It moves 12 GB/s.",
            "The file has 2.5 GiB.",
            "An order of magnitude less.",
            "A 3-fold gain.",
            "**50 times** the speed",
            "| a | b |\n|---|---|\n| x | 12 ms |",
            "```verdict\nfinding = 'x'\nfaster = 'It is 3x as fast.'\n```",
            "```try\nGet it under 2 s.\n```",
        ];
        for text in cases {
            assert_eq!(lint_chapter(text).len(), 1, "{text}: {:?}", lint_chapter(text));
        }
    }

    #[test]
    fn what_is_no_measurement_passes() {
        let cases = [
            "{{ speed }} and {{ speed_interval }}.",
            "A line holds {{ constant(is=\"64 bytes\") }}.",
            "Set `chunk = 64 KB`, not more.",
            "```python\nx = '12 ms'\n```",
            "    indented 12 ms",
            "In the 1980s, AVX2 and float32 with 64-bit keys; L1, f64, O(n).",
            "[a link](https://example.org/12ms)",
            "It takes twice the care, and three more lines.",
            "Chapter 3 says so.",
            "```answer\nfaster = '{{ factor }} as fast'\nsame = 'use `4 KB`'\n```",
        ];
        for text in cases {
            assert_eq!(lint_chapter(text), [], "{text}");
        }
    }

    #[test]
    fn the_line_is_the_line_of_the_chapter() {
        let text = "# a\n\ntext {{ x }}\n\n```answer\nfaster = 'a'\nsame = 'takes 3 ms'\n```\n\nand 4 GB\n";
        let lines: Vec<_> = lint_chapter(text).into_iter().map(|figure| (figure.line, figure.text)).collect();
        assert_eq!(lines, [(7, "3 ms".to_owned()), (10, "4 GB".to_owned())]);
    }
}
