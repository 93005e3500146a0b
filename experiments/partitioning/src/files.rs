//! Folders of partitions, named as Hive names them.

/// The folder that stands for a missing value.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// Longest name of a folder that the common file systems take, in bytes.
const LONGEST: usize = 255;

/// The folder of a partition, `key=value`, with every character that a path, Hive or a pattern would take for its own
/// percent-encoded, as Hive does. Letters of any script stay as they are.
///
/// # Errors
/// Why no folder can be named after it and read back: a sentence without the value itself, which is the reader's.
pub(crate) fn folder(key: &str, value: Option<&str>) -> Result<String, String> {
    if key.is_empty() || key.chars().any(reserved) {
        return Err("the name of the partition's column has characters that no engine reads back from a folder's name"
            .to_owned());
    }
    let value = match value {
        None => MISSING.to_owned(),
        Some("") => {
            return Err("it has empty texts, which Hive's folders cannot tell from missing values".to_owned());
        }
        Some(MISSING) => return Err("one of its values is the name that Hive gives to missing values".to_owned()),
        Some(value) => encode(value),
    };
    let name = format!("{key}={value}");
    if name.len() > LONGEST {
        return Err(format!("one of its values is too long for the name of a folder ({LONGEST} bytes)"));
    }
    Ok(name)
}

fn reserved(c: char) -> bool {
    c.is_control() || "\"#%'*/:=?\\{}[]^".contains(c)
}

fn encode(value: &str) -> String {
    let mut name = String::with_capacity(value.len());
    for c in value.chars() {
        if reserved(c) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                name.push_str(&format!("%{byte:02X}"));
            }
        } else {
            name.push(c);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_folders_that_every_engine_can_read() {
        for (value, name) in [
            (Some("DE"), "k=DE"),
            (Some("a/b"), "k=a%2Fb"),
            (Some("50%"), "k=50%25"),
            (Some("x=y"), "k=x%3Dy"),
            (Some("Côte d'Ivoire 🦀"), "k=Côte d%27Ivoire 🦀"),
            (Some("*[a]?"), "k=%2A%5Ba%5D%3F"),
            (Some("tab\tend\u{85}"), "k=tab%09end%C2%85"),
            (Some(" "), "k= "),
            (None, "k=__HIVE_DEFAULT_PARTITION__"),
        ] {
            assert_eq!(folder("k", value).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_cannot_be_read_back_is_refused_without_showing_it() {
        let long = "secret".repeat(50);
        for (key, value) in [("k", ""), ("k", MISSING), ("k", long.as_str()), ("a/b", "x"), ("", "x"), ("a=b", "x")] {
            let why = folder(key, Some(value)).unwrap_err();
            assert!(why.contains(' ') && !why.contains("secret"), "{why}");
        }
    }
}
