//! Reported mistakes of texts, one by one, with a small kind of file.

use super::{FileKind, Record, Text, Value, read};
use crate::correction::Correction;
use crate::mistake::Mistake;
use crate::range::QuantityRange;
use crate::table;
use crate::trial::Corrected;
use crate::unit::Kind;
use miette::{Diagnostic, SourceSpan};
use proptest::prelude::*;
use toml::Spanned;

const KIND: FileKind = FileKind {
    area: "sample",
    is: "a run",
    head: Head::TABLE,
};

table! {
    /// The whole file.
    Head "the head of the file" {
        title: Text, "\"A run\"", required;
        seed: Spanned<u64>, "7";
        tags: Vec<Text>, "[\"night\"]";
        pump: Spanned<Pump>, "{ dose = \"1 mg/day\" }";
        event: Vec<Spanned<Event>>, "[{ at = \"1 h\" }]";
    }
}

table! {
    /// `[pump]`
    Pump "`[pump]`" {
        dose: Text = Value::quantity(Kind::DoseRate), "\"1 mg/day\"";
        share: Text = Value::quantity(Kind::Fraction), "\"10 %\"";
        mode: Text = Value::Word(|| vec!["slow", "fast"]), "\"slow\"";
        silent: Spanned<bool>, "true";
        load: Spanned<f64>, "0.5";
    }
}

table! {
    /// `[[event]]`
    Event "`[[event]]`" {
        at: Text = Value::quantity(Kind::Duration), "\"1 h\"";
        at_least: Spanned<u32>, "1";
        at_most: Spanned<u32>, "6";
        press: Spanned<Press>, "{ remote = 1 }";
        steps: Spanned<Vec<Spanned<Press>>>, "[{ remote = 1 }]";
    }
}

table! {
    /// `press`
    Press "a step of `steps`" {
        remote: Spanned<u8> = Value::integer(1, 4), "1", required;
    }
}

fn mistakes(text: &str) -> Vec<Mistake> {
    let mut document = read::<Head>(text, &KIND);
    document.take_mistakes(Vec::new())
}

/// Each mistake: its message, what it points at, and its help.
fn messages(text: &str) -> Vec<String> {
    let messages = mistakes(text).into_iter().map(|mistake| {
        let places = mistake.places();
        let place = places.first().expect("a place");
        let at = &text[place.offset()..place.offset() + place.len()];
        let help = mistake.help().map(|help| help.to_string());
        format!("{mistake} @ {at} @ {}", help.unwrap_or_default())
    });
    messages.collect()
}

/// Checks the mistakes of the lines below a title.
#[track_caller]
fn assert_messages(lines: &str, expected: &[&str]) {
    assert_eq!(
        messages(&format!("title = \"t\"\n{lines}")),
        expected,
        "{lines}"
    );
}

#[test]
fn values_without_quotes_are_read_as_they_are_meant() {
    let text = "title = A run\n[pump]\ndose = 1 mg/day # slow\nmode = “fast”\n";
    let document = read::<Head>(text, &KIND);
    let pump = document.file.pump.as_ref().unwrap().get_ref();
    assert_eq!(document.file.title.as_ref().unwrap().get_ref(), "A run");
    assert_eq!(pump.dose.as_ref().unwrap().get_ref(), "1 mg/day");
    assert_eq!(pump.mode.as_ref().unwrap().get_ref(), "fast");
    assert_eq!(
        messages(text),
        [
            "`title` has no quotes @ A run @ text and quantities are quoted: `title = \"A run\"`",
            "`dose` has no quotes @ 1 mg/day @ text and quantities are quoted: `dose = \"1 mg/day\"`",
            "`mode` has typographic quotes @ “fast” @ write straight quotes: `mode = \"fast\"`",
        ]
    );
}

#[test]
fn a_suggestion_keeps_what_is_written() {
    assert_messages(
        "seed = 007\n",
        &["`seed` is `007`, expected a whole number from 0 @ 007 @ write `seed = 7`"],
    );
    assert_messages(
        "seed = \"12\"\n",
        &[
            "`seed` is the text `\"12\"`, expected a whole number from 0 @ \"12\" @ write `seed = 12`",
        ],
    );
    assert_messages(
        "seed = -7\n",
        &[
            "`seed` is the number `-7`, expected a whole number from 0 @ -7 @ write a whole number from 0 without quotes, for example `seed = 7`",
        ],
    );
    assert_messages(
        "tags = \"day\"\n",
        &[
            "`tags` is the text `\"day\"`, expected a list in `[ ]` @ \"day\" @ write `tags = [\"day\"]`",
        ],
    );
    assert_messages(
        "[pump]\nshare = 0.5\n",
        &["`share` is the number `0.5`, expected text in quotes @ 0.5 @ write `share = \"0.5\"`"],
    );
    assert_messages(
        "[pump]\ndose = 500\n",
        &[
            "`dose` is the number `500`, expected text in quotes @ 500 @ write 500 with its unit, in quotes; units of a dose rate: `ng/day`, `µg/day`, `mg/day`, `ng/h`, `µg/h` or `mg/h`",
        ],
    );
    assert_messages(
        "[pump]\nsilent = yes\n",
        &["`silent` is `yes`, expected `true` @ yes @ write `silent = true`"],
    );
    assert_messages(
        "[pump]\nload = 3,5\n",
        &[
            "`load` is `3,5`, expected a number @ 3,5 @ write a decimal point, not a comma: `load = 3.5`",
        ],
    );
    assert_messages(
        "[pump]\nload = 1,500\n",
        &[
            "`load` is `1,500`, expected a number @ 1,500 @ the comma is ambiguous: write `load = 1.500` or `load = 1500`",
        ],
    );
    assert_messages(
        "[pump]\nload = 36 mL\n",
        &[
            "`load` is `36 mL`, expected a number @ 36 mL @ write a number without its unit: `load = 36`",
        ],
    );
    assert_messages(
        "[pump]\nmode = 1\n",
        &[
            "`mode` is the number `1`, expected text in quotes @ 1 @ write one of `slow` or `fast`, in quotes",
        ],
    );
    assert_messages(
        "[[event]]\npress = { remote = 5 }\n",
        &["`remote` is 5, which is out of range @ 5 @ write a value from 1 to 4"],
    );
}

#[test]
fn a_key_is_looked_for_here_and_then_elsewhere() {
    assert_messages(
        "[pump]\ndoes = \"1 mg/day\"\n",
        &[
            "unknown key `does` in `[pump]` @ does @ did you mean `dose`? Keys here: `dose`, `share`, `mode`, `silent` and `load`",
        ],
    );
    assert_messages(
        "[pump]\nseed = 7\n",
        &[
            "`seed` is in `[pump]`, but belongs to the head of the file @ seed @ move it above the first `[table]`, to the other keys of the head; a key belongs to the last `[table]` line above it",
        ],
    );
    assert_messages(
        "[[event]]\nremote = 1\n",
        &[
            "`remote` is in `[[event]]`, but belongs to `press` or `steps` @ remote @ move it into `press` or into `steps`; a key belongs to the last `[table]` line above it",
        ],
    );
    assert_messages(
        "[[events]]\nat = \"1 h\"\n",
        &[
            "unknown table `[[events]]` @ events @ did you mean `[[event]]`? Tables: `[pump]` and `[[event]]`",
        ],
    );
}

#[test]
fn keys_that_are_near_are_all_named_and_one_that_is_there_is_not() {
    assert_messages(
        "[[event]]\nat-lest = 1\n",
        &[
            "unknown key `at-lest` in `[[event]]` @ at-lest @ did you mean `at-least` or `at-most`? Keys here: `at`, `at-least`, `at-most`, `press` and `steps`",
        ],
    );
    assert_messages(
        "[[event]]\nat-lest = 1\nat-least = 1\n",
        &[
            "unknown key `at-lest` in `[[event]]` @ at-lest @ keys here: `at`, `at-least`, `at-most`, `press` and `steps`",
        ],
    );
}

#[test]
fn a_key_that_is_misread_is_not_missing() {
    assert_eq!(messages("titel = \"t\"\n").len(), 1);
    assert_eq!(messages("title = 5\n").len(), 1);
    assert_eq!(messages("title \"t\"\n").len(), 1);
    assert_eq!(messages("[pump]\ntitle = \"t\"\n").len(), 1);
    assert_messages(
        "[[event]]\npress = { remot = 1 }\n",
        &["unknown key `remot` in `press` @ remot @ did you mean `remote`? Keys here: `remote`"],
    );
    let lacks = ["`title` is missing in the head of the file @ seed = 7 @ add `title = \"A run\"`"];
    assert_eq!(messages("# a comment\nseed = 7\n"), lacks);
    assert_messages(
        "[[event]]\nsteps = [{ }]\n",
        &["`remote` is missing in a step of `steps` @ { } @ add `remote`, a whole number"],
    );
}

/// Lines below the broken ones, and their mistakes.
const REST: &str = "\n[pump]\nlaod = 1.0\n";
const OF_REST: &str = "unknown key `laod` in `[pump]` @ laod @ did you mean `load`? Keys here: `dose`, `share`, `mode`, `silent` and `load`";

#[test]
fn a_broken_line_is_told_and_the_rest_is_read() {
    let cases = [
        ("seed 7", "`seed` has no `=` @ seed @ write `seed = 7`"),
        ("seed: 7", "`seed` has no `=` @ seed @ write `seed = 7`"),
        (
            "seed",
            "`seed` has no value @ seed @ write `seed =` and a value, for example `seed = 7`",
        ),
        (
            "seed =",
            "`seed` has no value @ seed = @ write a value after `seed =`, for example `seed = 7`",
        ),
        ("seed == 7", "`=` is written twice @ = @ write one `=`"),
        (
            "= 7",
            "there is no key before `=` @ = 7 @ a line is `key = value`, a comment begins with `#`",
        ),
        (
            "// later",
            "`// later` is not a line of TOML @ // later @ a line is `key = value`, a comment begins with `#`",
        ),
        (
            "tags = [\"a\" \"b\"]",
            "a comma is missing @ \"b\"] @ write `,` between two values of a list, and between two keys in braces",
        ),
        (
            "tags = [\"a\"",
            "the list of `tags` is not closed @ [ @ write `]` after its last value, for example `tags = [\"night\"]`",
        ),
        (
            "tags = [\"a]",
            "the quotes of `tags` are not closed @ \"a] @ close the quotes at the end of the text",
        ),
        (
            "seed = ]",
            "`]` closes nothing @ ] @ write a value, for example `seed = 7`",
        ),
        (
            "seed = 7\nseed = 8",
            "`seed` is written twice @ seed @ keep one of the two lines",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(
            messages(&format!("title = \"t\"\n{line}{REST}")),
            [expected, OF_REST],
            "{line}"
        );
    }
}

#[test]
fn broken_quotes_are_told_and_the_rest_is_read() {
    let cases = [
        (
            "title = \"t",
            "the quotes of `title` are not closed @ \"t @ close the quotes at the end of the text: `title = \"t\"`",
        ),
        (
            "title = \"\"\"t",
            "the quotes of `title` are not closed @ \"\"\" @ close the text with `\"\"\"`",
        ),
        (
            "title = 'it's'",
            "something follows the value of `title` @ s' @ text ends at the next quote; write `\\\"` for a quote inside it; a comment begins with `#`",
        ),
        (
            "title = \"a\\qb\"",
            "`\\q` stands for no character @ \\q @ write `\\\\` for a backslash",
        ),
        (
            "the title = \"t\"",
            "`the title` is not a key @ the title @ a key is made of letters, digits, `-` and `_`",
        ),
    ];
    for (line, expected) in cases {
        let messages = messages(&format!("{line}{REST}"));
        assert!(
            messages.contains(&expected.to_owned()) && messages.contains(&OF_REST.to_owned()),
            "{messages:#?}"
        );
    }
}

#[test]
fn a_broken_header_takes_its_keys_with_it() {
    let lost = "remote = 5\n[pump]\nlaod = 1.0\n";
    for (line, message) in [
        (
            "[[event]",
            "the brackets of `[[event]` do not match @ [[event] @ close as many brackets as you open: `[[event]]`",
        ),
        (
            "[event]]",
            "the brackets of `[event]]` do not match @ [event]] @ close as many brackets as you open: `[[event]]`",
        ),
        (
            "[[event]] at = 1",
            "something follows `[[event]]` on its line @ [[event]] at = 1 @ write the keys of a table on the lines below its header",
        ),
        (
            "[an event]",
            "`[an event]` is not the header of a table @ [an event] @ the name of a table is made of letters, digits, `-` and `_`",
        ),
    ] {
        let messages = messages(&format!("title = \"t\"\n{line}\n{lost}"));
        assert_eq!(messages.len(), 2, "{messages:#?}");
        assert_eq!(messages[0], message);
    }
}

#[test]
fn a_table_that_is_written_twice_is_told_once() {
    assert_messages(
        "[pump]\nload = 1.0\nsilent = true\n[pump]\nload = 2.0\nsilent = false\n",
        &["`pump` is written twice @ pump @ keep one `[pump]`, with all of its keys below"],
    );
}

#[test]
fn braces_stay_on_their_line() {
    assert_messages(
        "[[event]]\npress = {\n  remote = 1\n}\n[pump]\nsilent = 1\n",
        &[
            "this inline table goes on past its line @ { @ write it on one line; TOML 1.0, which other readers and editors follow, has no longer ones",
            "`silent` is the number `1`, expected `true` @ 1 @ write `true` or `false`",
        ],
    );
    assert_messages(
        "[[event]]\npress = {\n  remote = 1\n\n[pump]\nsilent = 1\n",
        &[
            "the braces of `press` are not closed @ { @ close them on the same line, for example `press = { remote = 1 }`",
            "`silent` is the number `1`, expected `true` @ 1 @ write `true` or `false`",
        ],
    );
    assert_messages(
        "[[event]]\npress = { remote 1 }\n",
        &[
            "braces hold only `key = value` pairs, with commas between @ 1 } @ write such as `press = { remote = 1 }`",
        ],
    );
}

#[test]
fn a_text_that_is_no_toml_is_refused_in_a_word() {
    let prose = "Dear reader,\nthis is a letter.\nIt has no keys.\n".repeat(40);
    assert_eq!(messages(&prose).len(), 1);
}

/// A mistake of a checker that knows what keys mean.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error("wrong")]
struct Meant(#[label("here")] SourceSpan);

impl Corrected for Meant {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}

#[test]
fn mistakes_of_meaning_are_left_out_on_broken_lines() {
    let text = "title = \"t\"\ntags = [\n  \"a\" \"b\",\n]\nseed = 7\n";
    let mut document = read::<Head>(text, &KIND);
    let at = |what: &str| {
        let start = text.find(what).unwrap();
        Mistake::new("sample", Meant((start, what.len()).into()))
    };
    let mistakes = document.take_mistakes(vec![at("seed = 7"), at("[\n  \"a\" \"b\",\n]")]);
    let messages: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["a comma is missing", "wrong"]);
}

#[test]
fn a_range_names_the_ends_that_it_has() {
    let range = QuantityRange::new("1 h", "2 d");
    assert!(range.contains(&thecal_units::Millis::DAY) && range.to_string() == "1 h to 2 d");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Any text is read, and every place is within it.
    #[test]
    fn any_text_is_read(text in "(\\PC|[\\n\"'\\[\\]{}=,#\\\\ ]){0,80}") {
        for mistake in mistakes(&text) {
            for place in mistake.places() {
                prop_assert!(text.get(place.offset()..place.offset() + place.len()).is_some());
            }
        }
    }

    /// A text has mistakes of syntax exactly if the parser refuses it.
    #[test]
    fn only_what_the_parser_refuses_is_no_toml(
        text in "((title|seed|tags|pump|event|\\[pump\\]|\\[\\[event\\]\\]|=|\"a\"|7|1 h|\\{|\\}|\\[|\\]|,|#|\\n| ){0,3}){0,20}",
    ) {
        let is_toml = toml::de::DeTable::parse(&text).is_ok();
        let of_syntax = |mistake: &Mistake| {
            let code = mistake.code().map(|code| code.to_string()).unwrap_or_default();
            ["sample::syntax", "sample::duplicate_key", "sample::missing_quotes"].contains(&&*code)
        };
        let is_told = mistakes(&text).iter().any(of_syntax);
        // A bare word where none is allowed has a wrong type, or is under an unknown key.
        prop_assert!(!is_toml || !is_told, "{:#?}", mistakes(&text));
        prop_assert!(is_toml || !mistakes(&text).is_empty());
    }
}
