//! Golden pages: what a reader sees of the recorded run, as text.
//!
//! `UPDATE_GOLDEN=1 cargo test -p report golden` writes them anew; read the difference before you commit it.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::fixture::Fixture;

/// The text of the main part, one line for each block, without charts (which have tests of their own).
fn text(page: &str) -> String {
    let main = page.split_once("<main").and_then(|(_, rest)| rest.split_once("</main>")).map_or(page, |(main, _)| main);
    let main = main.split_once('>').map_or(main, |(_, rest)| rest);
    let replace = |text: &str, pattern: &str, by: &str| Regex::new(pattern).unwrap().replace_all(text, by).into_owned();
    let text = replace(main, r#"(?s)<div class="bb-figure">.*?</div>"#, "\n[chart]\n");
    let text = replace(&text, r"(?s)<h(\d)[^>]*>\s*", "\n\n#$1 ");
    // In tables that are no template's, cells have no end tags.
    let text = replace(&text, r"<tr><t[hd](?: [^>]*)?>", "<tr>");
    let text = replace(&text, r"([^>\s]|</span>|</small>|</bdi>)<t[hd](?: [^>]*)?>", "$1 | ");
    let text = replace(&text, r"</t[hd]>", " | ");
    let text =
        replace(&text, r"</(?:p|li|tr|h\d|div|dt|dd|caption|summary|pre|figcaption|section|ol|ul|dl)>|<br>", "\n");
    let text = replace(&text, r"(?s)<[^>]*>", "");
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    let lines =
        text.lines().map(|line| line.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
    let mut out = String::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            out.push('\n');
        }
        out.push_str(line.trim_end_matches([' ', '|']));
        out.push('\n');
    }
    out
}

fn golden_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(name)
}

#[test]
fn pages_say_what_they_said() {
    let out = Fixture::new().render();
    let mut wrong = Vec::new();
    for page in ["index", "formats", "kernels", "claims", "machine", "data", "method", "formats-cases"] {
        let now = text(&fs::read_to_string(out.path().join(format!("{page}.html"))).unwrap());
        check(&format!("{page}.txt"), &now, &mut wrong);
    }
    for data in ["formats-time.csv", "formats-time.json"] {
        check(data, &fs::read_to_string(out.path().join("data").join(data)).unwrap(), &mut wrong);
    }
    let out = crate::fixture::schemes::fixture().render();
    for page in ["schemes", "schemes-cases"] {
        let now = text(&fs::read_to_string(out.path().join(format!("{page}.html"))).unwrap());
        check(&format!("{page}.txt"), &now, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_GOLDEN=1 writes the golden files anew", wrong.join("\n"));
}

fn check(name: &str, now: &str, wrong: &mut Vec<String>) {
    let path = golden_file(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, now).unwrap();
        return;
    }
    let before = fs::read_to_string(&path).unwrap_or_default();
    if let Some((line, (old, new))) = before.lines().zip(now.lines()).enumerate().find(|(_, (old, new))| old != new) {
        wrong.push(format!("{}:{}\n  was: {old}\n  is:  {new}", path.display(), line + 1));
    } else if before != now {
        wrong.push(format!("{}: {} lines were {}", path.display(), now.lines().count(), before.lines().count()));
    }
}

/// Leaves the recorded run's site in `BENCHBOOK_SITE`, for the browser checks and for a look.
#[test]
fn site_for_a_look() {
    let Some(folder) = std::env::var_os("BENCHBOOK_SITE").map(PathBuf::from) else { return };
    report::render(&crate::fixture::large::fixture().input(), &folder.join("large")).unwrap();
    report::render(&crate::fixture::guide::fixture(|_| true).input(), &folder.join("guide")).unwrap();
    report::render(&crate::fixture::schemes::fixture().input(), &folder.join("own")).unwrap();
    report::render(&crate::references::fixture().input(), &folder.join("reference")).unwrap();
    let fixture = Fixture::new();
    report::render(&fixture.input(), &folder.join("site")).unwrap();
    let mut other = crate::fixture::run();
    other.machine.cpu.model = "Example CPU 9000".to_owned();
    for sample in other.cases.iter_mut().flat_map(|case| &mut case.launches).flat_map(|launch| &mut launch.samples) {
        sample.wall_ns = sample.wall_ns * 2 / 3;
    }
    let comparison = analysis::compare(&fixture.run, &other);
    let memo = report::Memo {
        comparison: &comparison,
        folders: &fixture.folders,
        assumptions: &fixture.assumptions,
        settings: &fixture.settings,
        version: "0.1.0",
    };
    memo.write(&folder.join("memo")).unwrap();
}
