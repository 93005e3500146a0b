//! Copies the wanted fields of records out, so that only they are turned into values.

use memchr::{memchr, memchr2};

/// The wanted fields of CSV records, as CSV records. `wanted` are their positions, rising.
pub(super) fn csv(records: &[u8], wanted: &[usize]) -> Vec<u8> {
    let mut out = Vec::with_capacity(records.len() * wanted.len() / 16 + 64);
    let mut at = 0;
    while at < records.len() {
        let mut wanted_here = wanted.iter().copied().peekable();
        for field in 0.. {
            let end = csv_field(records, at);
            if wanted_here.next_if_eq(&field).is_some() {
                out.extend_from_slice(&records[at..end]);
                out.push(if wanted_here.peek().is_some() { b',' } else { b'\n' });
            }
            at = end + 1;
            if records.get(end).is_none_or(|&byte| byte == b'\n') {
                break;
            }
            if wanted_here.peek().is_none() {
                at = csv_record_end(records, at);
                break;
            }
        }
    }
    out
}

/// Where the field at `start` ends: the position of the separator or line end behind it, or the end of the text.
fn csv_field(records: &[u8], start: usize) -> usize {
    let mut at = start;
    if records.get(at) == Some(&b'"') {
        // A doubled quote closes and opens again.
        while records.get(at) == Some(&b'"') {
            at = memchr(b'"', &records[at + 1..]).map_or(records.len(), |offset| at + offset + 2);
        }
        return at;
    }
    memchr2(b',', b'\n', &records[at..]).map_or(records.len(), |offset| start + offset)
}

/// Where the record ends that goes on at `at`, outside quotes: behind its line end.
fn csv_record_end(records: &[u8], mut at: usize) -> usize {
    while let Some(offset) = memchr2(b'"', b'\n', records.get(at..).unwrap_or_default()) {
        at += offset + 1;
        if records[at - 1] == b'\n' {
            return at;
        }
        at = memchr(b'"', &records[at..]).map_or(records.len(), |offset| at + offset + 1);
    }
    records.len()
}

/// The wanted members of flat JSON objects, one a line, as JSON objects. `wanted` are keys as JSON writes them, with quotes, in
/// the order of the members.
///
/// `None` if a line is not a flat object, or its wanted members come in another order or spelling: then all of it must be
/// parsed.
pub(super) fn json(lines: &[u8], wanted: &[String]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(lines.len() * wanted.len() / 16 + 64);
    let mut at = 0;
    while at < lines.len() {
        if lines[at] != b'{' {
            return None;
        }
        at += 1;
        let mut missing = wanted.iter().peekable();
        loop {
            let key = json_string(lines, at)?;
            let value = key + 1;
            let end = match (lines.get(key)?, lines.get(value)?) {
                (b':', b'"') => json_string(lines, value)?,
                (b':', b'{' | b'[') => return None,
                (b':', _) => value + memchr2(b',', b'}', &lines[value..])?,
                _ => return None,
            };
            if missing.next_if(|name| name.as_bytes() == &lines[at..key]).is_some() {
                out.push(if missing.len() + 1 == wanted.len() { b'{' } else { b',' });
                out.extend_from_slice(&lines[at..end]);
            }
            at = end + 1;
            match lines.get(end)? {
                b',' if missing.len() == 0 => {
                    // Texts escape line ends, so the next one ends the record.
                    at = memchr(b'\n', &lines[at..]).map_or(lines.len(), |offset| at + offset);
                    break;
                }
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        if missing.len() > 0 {
            return None;
        }
        out.extend_from_slice(b"}\n");
        match lines.get(at) {
            Some(b'\n') => at += 1,
            None => break,
            Some(_) => return None,
        }
    }
    Some(out)
}

/// Where the string at `start` ends: behind its closing quote.
fn json_string(lines: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    if lines.get(start) != Some(&b'"') {
        return None;
    }
    loop {
        at += memchr2(b'"', b'\\', lines.get(at..)?)?;
        if lines[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields_are_copied_as_they_are() {
        let records = b"1,\"a\nb\"\"\",3,x\n,,,\"\"\n\"\",5\" pipe,\"q,\"\"\",\"last\"";
        let table: [(&[usize], &str); 5] = [
            (&[0], "1\n\n\"\"\n"),
            (&[1], "\"a\nb\"\"\"\n\n5\" pipe\n"),
            (&[0, 2], "1,3\n,\n\"\",\"q,\"\"\"\n"),
            (&[3], "x\n\"\"\n\"last\"\n"),
            (&[1, 2, 3], "\"a\nb\"\"\",3,x\n,,\"\"\n5\" pipe,\"q,\"\"\",\"last\"\n"),
        ];
        for (wanted, expected) in table {
            assert_eq!(String::from_utf8(csv(records, wanted)).unwrap(), expected, "{wanted:?}");
        }
    }

    #[test]
    fn json_members_are_copied_as_they_are() {
        let lines = br#"{"a":1,"b":"x\"},\\","c":null}
{"a":-2.5e3,"b":"","c":true}
"#;
        let wanted = |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
        let table: [(&[&str], &str); 4] = [
            (&["a"], "{\"a\":1}\n{\"a\":-2.5e3}\n"),
            (&["b"], "{\"b\":\"x\\\"},\\\\\"}\n{\"b\":\"\"}\n"),
            (&["a", "c"], "{\"a\":1,\"c\":null}\n{\"a\":-2.5e3,\"c\":true}\n"),
            (&["a", "b", "c"], std::str::from_utf8(lines).unwrap()),
        ];
        for (names, expected) in table {
            assert_eq!(String::from_utf8(json(lines, &wanted(names)).unwrap()).unwrap(), expected, "{names:?}");
        }
    }

    #[test]
    fn json_that_is_not_flat_or_lacks_a_key_is_left_to_the_parser() {
        let wanted = ["\"a\"".to_owned()];
        for lines in [
            "{\"a\":{}}\n",
            "{\"b\":1}\n",
            "{\"a\": 1 }\n ",
            "[1]\n",
            "{\"a\":1",
            "{}\n",
            "{\"\\u0061\":1}\n",
            "{\"a\"",
        ] {
            assert_eq!(json(lines.as_bytes(), &wanted), None, "{lines}");
        }
        assert_eq!(json(b"{\"b\":1,\"a\":2}\n", &["\"a\"".to_owned(), "\"b\"".to_owned()]), None);
        assert_eq!(json(b"{\"a\":1}", &wanted).unwrap(), b"{\"a\":1}\n");
    }
}
