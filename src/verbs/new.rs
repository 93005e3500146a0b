//! `new SLUG`: the folder of an experiment that builds, runs and renders at once.

use std::fs;
use std::path::Path;

use crate::cli::NewArgs;
use crate::failure::{Failure, OK, system, usage};

/// File in the new folder, and its text with `{{slug}}` and `{{title}}` to fill in.
const FILES: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("new/Cargo.toml.txt")),
    ("experiment.toml", include_str!("new/experiment.toml.txt")),
    ("chapter.md", include_str!("new/chapter.md.txt")),
    ("claims.toml", include_str!("new/claims.toml.txt")),
    ("src/lib.rs", include_str!("new/lib.rs.txt")),
];

/// `benchbook new`.
pub(super) fn new(args: &NewArgs) -> Result<u8, Failure> {
    let slug = &args.slug;
    let good = !slug.is_empty()
        && slug
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
        && slug.starts_with(|c: char| c.is_ascii_lowercase());
    if !good {
        return Err(usage(format_args!(
            "{slug:?} is no slug: use lower-case words joined by hyphens, like row-vs-columnar"
        )));
    }
    let registry = args.root.join("crates/registry/Cargo.toml");
    let lines = fs::read_to_string(&registry).map_err(|e| {
        usage(format_args!(
            "{}: {e}\nrun this in the root of the Benchbook sources, or name it with --root",
            registry.display()
        ))
    })?;
    let folder = args.root.join("experiments").join(slug);
    if folder.exists() || lines.lines().any(|line| line.starts_with(&format!("{slug} ="))) {
        return Err(usage(format_args!("there is an experiment {slug} already: {}", folder.display())));
    }
    let registered = register(&lines, slug).ok_or_else(|| {
        usage(format_args!("{}: there is no [build-dependencies] below the registry", registry.display()))
    })?;

    let title = slug.replace('-', " ");
    let title = title[..1].to_uppercase() + &title[1..];
    for (name, text) in FILES {
        write(&folder.join(name), &text.replace("{{slug}}", slug).replace("{{title}}", &title))?;
    }
    write(&registry, &registered)?;
    println!("made {}", folder.display());
    println!("try it: cargo run --release -- report --experiments {slug} --budget quick");
    Ok(OK)
}

/// The registry's manifest with a line for `slug`, in alphabetical order.
fn register(manifest: &str, slug: &str) -> Option<String> {
    let line = format!("{slug} = {{ path = \"../../experiments/{slug}\" }}");
    let mut lines: Vec<&str> = manifest.lines().collect();
    let entry = |l: &str| l.contains("\"../../experiments/");
    let after = lines.iter().rposition(|l| entry(l) && **l < *line);
    let at = after
        .map(|i| i + 1)
        .or_else(|| lines.iter().position(|l| entry(l) || l.starts_with("[build-dependencies]")))?;
    lines.insert(at, &line);
    Some(lines.join("\n") + "\n")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(path, text))
        .map_err(|e| system(format_args!("{}: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::register;

    #[test]
    fn the_line_goes_where_the_alphabet_puts_it() {
        let before = "[dependencies]\nb = { path = \"../../experiments/b\" }\nd = { path = \"../../experiments/d\" }\n\n[build-dependencies]\n";
        for (slug, at) in [("a", 1), ("c", 2), ("e", 3)] {
            let after = register(before, slug).expect("a registry");
            assert_eq!(after.lines().nth(at), Some(&*format!("{slug} = {{ path = \"../../experiments/{slug}\" }}")));
            assert_eq!(after.lines().count(), before.lines().count() + 1);
        }
        assert!(register("[package]\n", "a").is_none());
    }
}
