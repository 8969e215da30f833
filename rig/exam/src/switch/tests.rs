//! Each test compiles in its head: what is compared is the text, without blanks.

use super::*;
use crate::bug::Origin;

const SOURCE: &str = "
    fn denial(&self, now: u64) -> bool {
        if now < self.at + LOCKOUT && self.is_old(now) {
            self.count += 1;
            self.log(now);
        }
        let today = self.today(now);
        self.note(today);
        match today {
            0 => false,
            _ => { self.room() }
        }
    }
    const LIMIT: u64 = 5;
    const fn ready(&self) -> bool { self.left == 0 }
";

fn bug(name: &str, edits: &[(&str, &str, &str)]) -> Bug {
    let edit = |&(after, from, to): &(&str, &str, &str)| Edit {
        file: "a.rs".to_owned(),
        after: after.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        unconst: false,
    };
    Bug {
        name: name.to_owned(),
        what: String::new(),
        file: String::new(),
        origin: Origin::Drawn {
            kind: crate::bug::Kind::Operator,
        },
        edits: edits.iter().map(edit).collect(),
        equivalent: None,
        hangs_in: None,
    }
}

fn in_impl(source: &str) -> String {
    format!("impl A {{{source}}}")
}

fn switch_all(bugs: &[Bug]) -> Result<Switched, ExamError> {
    let numbered: BTreeMap<Number, &Bug> = (1..).zip(bugs).collect();
    switch("a.rs", &in_impl(SOURCE), &numbered)
}

/// Blanks are of no matter.
fn dense(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_whitespace()).collect()
}

#[track_caller]
fn becomes(bugs: &[Bug], changes: &[(&str, &str)]) {
    let switched = switch_all(bugs).unwrap();
    syn::parse_file(&switched.text).unwrap();
    let mut expected = dense(&in_impl(SOURCE));
    for (from, to) in changes {
        assert_eq!(expected.matches(&dense(from)).count(), 1, "{from}");
        expected = expected.replace(&dense(from), &dense(to));
    }
    assert_eq!(dense(&switched.text), expected);
}

#[track_caller]
fn refused(bugs: &[Bug], words: &str) {
    let error = switch_all(bugs).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
    assert!(error.contains("a.rs"), "{error}");
    let last = &bugs[bugs.len() - 1].name;
    assert!(error.starts_with(&format!("bug `{last}`:")), "{error}");
}

#[test]
fn the_switch_stands_for_the_expression_around_the_text() {
    // Neither `self.at`, which is a place, nor the text `now < self.at`, which is no expression.
    becomes(
        &[bug("one", &[("if ", "now < self.at", "now <= self.at")])],
        &[(
            "now < self.at + LOCKOUT",
            "(match crate::switched(&[1]) { 1 => { now <= self.at + LOCKOUT }
              _ => { now < self.at + LOCKOUT } })",
        )],
    );
}

#[test]
fn the_switch_of_a_statement_has_no_parentheses_and_may_be_empty() {
    becomes(
        &[bug("one", &[("", "self.log(now);", "")])],
        &[(
            "self.log(now);",
            "match crate::switched(&[1]) { 1 => {} _ => { self.log(now); } }",
        )],
    );
    becomes(
        &[bug("one", &[("", "self.log(now)", "()")])],
        &[(
            "self.log(now)",
            "(match crate::switched(&[1]) { 1 => { () } _ => { self.log(now) } })",
        )],
    );
}

#[test]
fn the_name_that_a_statement_gives_stays_visible() {
    let rest = "let today = self.today(now); self.note(today);
                match today { 0 => false, _ => { self.room() } }";
    let block = format!(
        "if now < self.at + LOCKOUT && self.is_old(now) {{
            self.count += 1; self.log(now); }} {rest}"
    );
    let edited = block.replace("let today = self.today(now);", "let today = 0;");
    becomes(
        &[bug(
            "one",
            &[("", "let today = self.today(now);", "let today = 0;")],
        )],
        &[(
            &block,
            &format!("match crate::switched(&[1]) {{ 1 => {{ {edited} }} _ => {{ {block} }} }}"),
        )],
    );
}

#[test]
fn a_pattern_is_changed_with_its_match() {
    let whole = "match today { 0 => false, _ => { self.room() } }";
    let edited = whole.replace('0', "1");
    becomes(
        &[bug("one", &[("", "0 => false", "1 => false")])],
        &[(
            whole,
            &format!(
                "{{ match crate::switched(&[1]) {{ 1 => {{ {edited} }} _ => {{ {whole} }} }} }}"
            ),
        )],
    );
}

#[test]
fn bugs_at_one_place_share_a_switch() {
    becomes(
        &[
            bug("one", &[("now < self.at ", "+", "-")]),
            bug("two", &[("now < ", "self.at + LOCKOUT", "LOCKOUT")]),
        ],
        &[(
            "self.at + LOCKOUT",
            "(match crate::switched(&[1, 2]) { 1 => { self.at - LOCKOUT } 2 => { LOCKOUT }
              _ => { self.at + LOCKOUT } })",
        )],
    );
}

#[test]
fn a_bug_within_another_is_in_the_branch_without_it() {
    becomes(
        &[
            bug("outer", &[("if ", "now <", "now >")]),
            bug("inner", &[("now < self.at ", "+", "-")]),
        ],
        &[(
            "now < self.at + LOCKOUT",
            "(match crate::switched(&[1]) { 1 => { now > self.at + LOCKOUT }
              _ => { now < (match crate::switched(&[2]) { 2 => { self.at - LOCKOUT }
              _ => { self.at + LOCKOUT } }) } })",
        )],
    );
}

#[test]
fn a_bug_of_two_edits_has_both_wherever_it_is_on() {
    let sum = "(match crate::switched(&[1]) { 1 => { self.at - LOCKOUT }
               _ => { self.at + LOCKOUT } })";
    becomes(
        &[bug(
            "one",
            &[("if ", "now <", "now >"), ("now < self.at ", "+", "-")],
        )],
        &[(
            "now < self.at + LOCKOUT",
            &format!(
                "(match crate::switched(&[1]) {{ 1 => {{ now > self.at - LOCKOUT }}
                  _ => {{ now < {sum} }} }})"
            ),
        )],
    );
}

#[test]
fn the_bytes_of_an_arm_hold_the_text_of_its_bug() {
    let switched = switch_all(&[
        bug("outer", &[("if ", "now <", "now >")]),
        bug("inner", &[("now < self.at ", "+", "-")]),
    ])
    .unwrap();
    let arms = switched.arms.iter();
    let arms: Vec<_> = arms
        .map(|(bytes, bug)| (*bug, dense(&switched.text[bytes.clone()])))
        .collect();
    let arm = |bug: Number, text: &str| (bug, dense(text));
    assert_eq!(
        arms,
        [
            arm(1, "1 => { now > self.at + LOCKOUT }"),
            arm(2, "2 => { self.at - LOCKOUT }")
        ]
    );
}

#[test]
fn a_text_that_is_missing_or_there_twice_is_refused() {
    refused(&[bug("gone", &[("", "self.away()", "")])], "is not in");
    refused(&[bug("twice", &[("", "now", "0")])], "times in");
    refused(
        &[bug("after", &[("while ", "now < self.at", "true")])],
        "is not in",
    );
}

#[test]
fn an_overlap_in_part_is_refused() {
    let two = "self.count += 1;\n            self.log(now);\n        }\n        ";
    refused(
        &[
            bug(
                "one",
                &[("", "self.count += 1;\n            self.log(now);", "")],
            ),
            bug("same", &[("", "self.log(now);", "()"), ("", two, "}")]),
        ],
        "overlap",
    );
    let more = in_impl("fn f(&self) { self.a(); self.b(); self.c(); }");
    let (one, two) = (
        bug("one", &[("", "self.a(); self.b();", "")]),
        bug("two", &[("", "self.b(); self.c();", "")]),
    );
    let both = BTreeMap::from([(1, &one), (2, &two)]);
    let error = switch("a.rs", &more, &both).unwrap_err().to_string();
    assert!(
        error.starts_with("bug `two`: what it changes in a.rs"),
        "{error}"
    );
    assert!(error.contains("`one`"), "{error}");
}

#[test]
fn constants_and_constant_functions_cannot_be_switched() {
    refused(&[bug("five", &[("u64 = ", "5", "6")])], "is in a constant");
    let mut left = bug("left", &[("self.left ", "==", "!=")]);
    refused(std::slice::from_ref(&left), "unconst = true");
    left.edits[0].unconst = true;
    becomes(
        &[left],
        &[
            ("const fn ready", "fn ready"),
            (
                "self.left == 0",
                "(match crate::switched(&[1]) { 1 => { self.left != 0 } _ => { self.left == 0 } })",
            ),
        ],
    );
}
