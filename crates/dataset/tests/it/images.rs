//! The reader's images: which files they are, and what is said of the rest.

use dataset::{Images, images};

use super::*;

/// Arguments as they are typed.
fn found(arguments: &[&Path]) -> (Option<Images>, Vec<String>) {
    images(&arguments.iter().map(|path| path.to_str().unwrap().to_owned()).collect::<Vec<_>>()).unwrap()
}

/// Names of the files, below a folder.
fn names(images: &Images, folder: &Folder) -> Vec<String> {
    let root = folder.path("").canonicalize().unwrap();
    let name = |file: &PathBuf| file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
    images.files.iter().map(name).collect()
}

#[cfg(unix)] // which allows such names
#[test]
fn a_folder_of_images_is_every_jpeg_below_it_whatever_its_name() {
    let folder = Folder::new();
    for name in [
        "b.jpg",
        "a.JPEG",
        "deep/er/c.Jpe",
        "deep/d.jfif",
        "our \"own\" é 'images', 100 %/e [1] *.jpg",
        "日本.jpg",
        "deep/line\nbreak.jpg",
    ] {
        folder.file(name, b"bytes");
    }
    // Hidden files and folders, and what is no image.
    for name in
        [".f.jpg", "_g.jpg", ".hidden/h.jpg", ".jpg.jpg/l.jpg", "_temporary/i.jpg", "jpg", "k.jpg.txt", "Thumbs.db"]
    {
        folder.file(name, b"bytes");
    }
    fs::create_dir(folder.path("folder.jpg")).unwrap();
    let (images, tables) = found(&[&folder.path("")]);
    let images = images.unwrap();
    assert_eq!(
        names(&images, &folder),
        [
            "a.JPEG",
            "b.jpg",
            "deep/d.jfif",
            "deep/er/c.Jpe",
            "deep/line\nbreak.jpg",
            "our \"own\" é 'images', 100 %/e [1] *.jpg",
            "日本.jpg"
        ]
    );
    assert_eq!((images.bytes, images.left_out.as_deref()), (7 * 5, None));
    assert_eq!(tables, [""; 0], "there is no table");
}

#[test]
fn other_formats_are_counted_and_named() {
    let folder = Folder::new();
    folder.file("a.jpg", b"x");
    for name in ["b.png", "c.PNG", "deep/d.webp", "e.heic"] {
        folder.file(name, b"x");
    }
    let images = found(&[&folder.path("")]).0.unwrap();
    assert_eq!(images.left_out.as_deref(), Some("Left out: 4 images of another format than JPEG."));
    let note = images.note();
    assert!(note.contains("1 JPEG file of ") && note.contains("4 images of another format"), "{note}");
    assert!(Images::is_note(&note) && !Images::is_note("Rows: 3"));
}

/// Whether the bytes are an image is found out where they are decoded: a name is all that is looked at here.
#[test]
fn empty_and_corrupt_files_are_files_like_any_other() {
    let folder = Folder::new();
    folder.file("empty.jpg", b"");
    folder.file("text.jpg", b"this is no image");
    let images = found(&[&folder.path("")]).0.unwrap();
    assert_eq!((names(&images, &folder), images.bytes), (vec!["empty.jpg".to_owned(), "text.jpg".to_owned()], 16));
}

#[test]
fn a_folder_without_images_is_left_to_whoever_reads_tables() {
    let folder = Folder::new();
    fs::create_dir(folder.path("empty")).unwrap();
    folder.file("others/a.png", b"x");
    folder.file("others/notes.txt", b"x");
    for name in ["empty", "others"] {
        let path = folder.path(name);
        let (images, tables) = found(&[&path]);
        assert_eq!((images, tables), (None, vec![path.to_str().unwrap().to_owned()]), "{name}");
        // Which says that there is nothing.
        assert!(folder.wrong(name).contains(name));
    }
    assert_eq!(
        images(&["tpch:1".to_owned(), String::new()]).unwrap(),
        (None, vec!["tpch:1".to_owned(), String::new()])
    );
    assert_eq!(images(&[]).unwrap(), (None, Vec::new()));
}

#[test]
fn a_folder_with_both_serves_as_both() {
    let folder = Folder::new();
    folder.file("both/a.jpg", b"x");
    folder.file("both/table.csv", "x\n1\n");
    folder.file("images/b.jpg", b"xx");
    folder.file("vectors/v.npy", b"x");
    folder.file("vectors/c.jpg", b"xxx");
    let (both, images, vectors) = (folder.path("both"), folder.path("images"), folder.path("vectors"));
    let (found, tables) = found(&[&both, &images, &vectors]);
    let found = found.unwrap();
    assert_eq!(names(&found, &folder), ["both/a.jpg", "images/b.jpg", "vectors/c.jpg"]);
    assert_eq!(tables, [both.to_str().unwrap(), vectors.to_str().unwrap()]);
    assert!(found.name.ends_with("both and 2 more"), "{}", found.name);
}

#[test]
fn a_file_that_is_named_twice_is_one_and_a_pattern_finds_its_own() {
    let folder = Folder::new();
    for name in ["a.jpg", "b.jpg", "c.jpeg", "deep/d.jpg"] {
        folder.file(name, b"x");
    }
    let pattern = folder.path("*.jpg");
    let images = found(&[&pattern]).0.unwrap();
    assert_eq!(names(&images, &folder), ["a.jpg", "b.jpg"]);
    let images = found(&[&folder.path("a.jpg"), &pattern, &folder.path("")]).0.unwrap();
    assert_eq!((names(&images, &folder).len(), images.bytes), (4, 4));
}

#[test]
fn the_identity_is_that_of_paths_sizes_and_times() {
    let folder = Folder::new();
    folder.file("a.jpg", b"one");
    folder.file("b.jpg", b"two");
    let id = || found(&[&folder.path("")]).0.unwrap().id;
    let before = id();
    assert_eq!(id(), before);
    folder.file("b.jpg", b"three");
    let changed = id();
    assert_ne!(changed, before, "another size");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(7);
    fs::File::options().write(true).open(folder.path("b.jpg")).unwrap().set_modified(later).unwrap();
    assert_ne!(id(), changed, "another time");
    fs::rename(folder.path("a.jpg"), folder.path("c.jpg")).unwrap();
    assert!(![before, changed].contains(&id()), "another name");
}

#[test]
fn what_is_not_there_is_an_error_that_names_it() {
    let folder = Folder::new();
    let wrong = |name: &str| images(&[folder.path(name).to_str().unwrap().to_owned()]).unwrap_err().to_string();
    assert!(wrong("nowhere").contains("nowhere: no such file or folder"));
    assert!(wrong("*.jpg").contains("no file matches"));
    assert!(wrong("[.jpg").contains("pattern is wrong"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_and_broken_ones_are_no_reason_to_stop() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder.file("elsewhere/a.jpg", b"x");
    fs::create_dir(folder.path("images")).unwrap();
    symlink(folder.path("elsewhere"), folder.path("images/linked")).unwrap();
    symlink(folder.path("images"), folder.path("images/loop")).unwrap();
    symlink(folder.path("gone.jpg"), folder.path("images/broken.jpg")).unwrap();
    symlink(folder.path("elsewhere/a.jpg"), folder.path("images/again.jpg")).unwrap();
    let images = found(&[&folder.path("images")]).0.unwrap();
    assert_eq!(names(&images, &folder), ["elsewhere/a.jpg"], "one file, by whatever ways");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_counted() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    folder.file("a.jpg", b"x");
    fs::write(folder.path("").join(std::ffi::OsStr::from_bytes(b"\xff\xfe.jpg")), b"x").unwrap();
    let images = found(&[&folder.path("")]).0.unwrap();
    assert_eq!(
        (names(&images, &folder), images.left_out.unwrap()),
        (vec!["a.jpg".to_owned()], "Left out: 1 file whose name is not text.".to_owned())
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_read_is_an_error_that_names_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.file("images/a.jpg", b"x");
    folder.file("images/locked/b.jpg", b"x");
    let locked = folder.path("images/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&locked).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let wrong = images(&[folder.path("images").to_str().unwrap().to_owned()]).unwrap_err().to_string();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(wrong.contains("locked") && wrong.to_lowercase().contains("permission"), "{wrong}");
}
