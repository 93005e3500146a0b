//! The code of a chapter.

/// The fenced blocks of a language, in order.
#[must_use]
pub fn code(chapter: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = chapter.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let body: String =
                lines.by_ref().take_while(|line| !line.starts_with("```")).map(|l| format!("{l}\n")).collect();
            if info == language {
                blocks.push(body);
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_one_language_are_found_and_those_of_others_skipped() {
        let chapter = "a\n```python\nx = 1\n\ny = 2\n```\n```answer\nfaster = \"```\"\n```\nb\n```python\nz\n```\n";
        assert_eq!(code(chapter, "python"), ["x = 1\n\ny = 2\n", "z\n"]);
        assert_eq!(code(chapter, "rust"), [""; 0]);
    }
}
