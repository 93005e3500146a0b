//! Small matters of wording that every page shares.

/// With a capital letter, unless the first word is a name of code like `python3` or `user_id`.
pub(crate) fn capital(text: &str) -> String {
    let first = text.split([' ', ',', ';', ':', '.']).next().unwrap_or_default();
    if !first.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'') {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A clause as a sentence: a capital letter at its start, a full stop at its end.
pub(crate) fn sentence(clause: &str) -> String {
    capital(&stopped(clause))
}

/// A clause with a full stop at its end, for prose that ends with it.
pub(crate) fn stopped(clause: &str) -> String {
    let clause = clause.trim();
    if clause.ends_with(['.', '!', '?', '…']) { clause.to_owned() } else { format!("{clause}.") }
}

/// A sentence as a clause: without its full stop, so that prose can go on behind it.
pub(crate) fn clause(sentence: &str) -> &str {
    let trimmed = sentence.trim();
    trimmed.strip_suffix('.').unwrap_or(trimmed)
}

/// An RFC 3339 time for people: `2026-11-22 10:15 UTC`; anything else stays as it is.
pub(crate) fn date(time: &str) -> String {
    let minute = time.get(..16).filter(|_| time.ends_with('Z'));
    match minute.and_then(|minute| minute.split_once('T')) {
        Some((day, minute)) => format!("{day} {minute} UTC"),
        None => time.to_owned(),
    }
}

/// The margin of equivalence: `5 %`, `2.5 %`.
pub(crate) fn margin(fraction: f64) -> String {
    format!("{}{}%", crate::format::plain(fraction * 100.0, 2), crate::format::GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_become_sentences() {
        assert_eq!(sentence("no answer within 30 s"), "No answer within 30 s.");
        assert_eq!(sentence("élan."), "Élan.");
        assert_eq!(sentence("python3 was not found"), "python3 was not found.");
        assert_eq!(clause("python3 was not found."), "python3 was not found");
    }

    #[test]
    fn dates_and_margins_are_short() {
        assert_eq!(date("2026-11-22T10:15:00Z"), "2026-11-22 10:15 UTC");
        assert_eq!(date("yesterday"), "yesterday");
        assert_eq!(margin(0.05), "5\u{a0}%");
        assert_eq!(margin(0.025), "2.5\u{a0}%");
    }
}
