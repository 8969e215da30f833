//! The rule on a library `low` with one source, and a crate `high` above it.

use super::super::metadata::Dependency;
use super::*;

/// A crate in the folder `rig/<name>`, with its dependencies.
fn made(name: &str, dependencies: &[&str]) -> Crate {
    let dependencies = dependencies.iter().map(|name| Dependency {
        name: (*name).to_owned(),
        is_dev: false,
    });
    Crate {
        name: name.to_owned(),
        manifest: format!("rig/{name}/Cargo.toml"),
        text: String::new(),
        dependencies: dependencies.collect(),
    }
}

/// Violations where `low` has this library, and these other files exist.
fn check(library: &str, others: &[(&str, &str)], excuses: Excuses) -> Vec<Violation> {
    let crates = [made("low", &[]), made("high", &["low"]), made("apart", &[])];
    let files = [("rig/low/src/lib.rs", library)];
    let sources = files.iter().chain(others).map(|(file, text)| Source {
        file: (*file).to_owned(),
        text: (*text).to_owned(),
    });
    unexcused(excuses, &crates, &sources.collect::<Vec<_>>())
}

/// Names of items of `low` that are reported.
fn unused(library: &str, others: &[(&str, &str)]) -> Vec<String> {
    let found = check(library, others, &[]).into_iter();
    let names = found.map(|one| one.found.split('`').nth(1).unwrap_or("").to_owned());
    names.collect()
}

#[test]
fn an_item_that_only_its_own_library_names_is_found_on_its_line() {
    let inside = (
        "rig/low/src/a.rs",
        "use crate::f; #[cfg(test)] mod tests { fn t() { low::f(); } }",
    );
    let found = check("fn g() {}\npub fn f() {}", &[inside], &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].file.as_str(), found[0].line),
        ("rig/low/src/lib.rs", 2)
    );
    assert_eq!(
        found[0].found,
        "`f` is public and nobody outside rig/low/src uses it"
    );
}

#[test]
fn every_source_outside_that_sees_the_library_can_use_it() {
    for file in [
        "rig/high/src/lib.rs",
        "rig/low/tests/t.rs",
        "rig/low/benches/b.rs",
        "rig/low/build.rs",
        "rig/low/src/main.rs",
        "rig/low/src/bin/b/main.rs",
        "fuzz/fuzz_targets/f.rs",
    ] {
        let use_it = [(file, "use low::f;")];
        assert!(unused("pub fn f() {}", &use_it).is_empty(), "{file}");
    }
    for file in ["rig/apart/src/lib.rs", "rig/low/src/binary.rs"] {
        let not_seen = [(file, "use low::f;")];
        assert_eq!(unused("pub fn f() {}", &not_seen), ["f"], "{file}");
    }
}

#[test]
fn an_example_in_the_documentation_uses_what_it_names() {
    let built = "//! ```\n//! low::f();\n//! ```\npub fn f() {}";
    assert!(unused(built, &[]).is_empty());
    let shown = "//! ```text\n//! low::f();\n//! ```\npub fn f() {}";
    assert_eq!(unused(shown, &[]), ["f"]);
}

#[test]
fn what_a_used_signature_needs_is_used_and_nothing_else() {
    let library = "pub fn f() -> A { } pub struct A { pub b: B, c: C } pub struct B; pub struct C; \
                   impl Iterator for B { type Item = D; } pub struct D; pub const N: u8 = 1; \
                   pub fn g(n: [u8; N]) {}";
    let user = [("rig/high/src/lib.rs", "fn x() { low::f(); }")];
    assert_eq!(unused(library, &user), ["C", "N", "g"]);
}

#[test]
fn methods_are_used_by_a_call_and_what_a_type_owns_by_its_path() {
    let library = "pub struct A { pub length: u8 } impl A { pub fn new() -> A {} pub fn old() -> A {} pub fn length(&self) {} pub fn width(&self) {} }";
    let text = "use low::A; fn x() { let a = A::new(); Vec::old(); a.length; a.width(); }";
    let user = [("rig/high/src/lib.rs", text)];
    assert_eq!(unused(library, &user), ["A::old", "A::length"]);
}

#[test]
fn a_macro_that_is_used_uses_what_it_writes() {
    let library =
        "#[macro_export] macro_rules! m { () => { $crate::f() } } pub fn f() {} pub fn g() {}";
    let user = [("rig/high/src/lib.rs", "fn x() { low::m!(); }")];
    assert_eq!(unused(library, &user), ["g"]);
    assert_eq!(unused(library, &[]), ["m", "f", "g"]);
}

#[test]
fn a_reason_excuses_one_item_and_is_not_kept_longer_than_needed() {
    let excuses: Excuses = &[("rig/low", "A::new", "made up")];
    let library = "pub fn f() {} impl A { pub fn new() {} }";
    let found = check(library, &[], excuses);
    assert_eq!(found.len(), 1);
    assert!(found[0].found.contains("`f`"), "{}", found[0].found);
    let gone = stale("public/mod.rs#EXCEPTIONS", "rig/low, A::new");
    assert_eq!(check("", &[], excuses), [gone]);
}
