//! Golden pages: what a reader sees of the recorded run, as text.

#[test]
fn smoke() {
    let fixture = crate::fixture::Fixture::new();
    let out = std::path::PathBuf::from("/tmp/site/out");
    let _ = std::fs::remove_dir_all(&out);
    println!("{:#?}", report::render(&fixture.input(), &out).unwrap());
}
