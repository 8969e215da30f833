//! From a path to what a product promises.

use super::file::{PROFILE, ProfileFile};
use super::known::Known;
use super::mistake::ProfileError;
use super::resolve::resolve;
use std::path::Path;
use thecal_plan::Profile;
use thecal_text::files::{FileWords, named, read_text, says_something};
use thecal_text::reader;

const WORDS: FileWords = FileWords {
    area: PROFILE.area,
    what: "profile",
    unreadable: "check the path in --pump; pumps/template.toml is a file to begin with",
    huge: "a profile is some tables of promises; is this another file?",
    not_utf8: "save the file as UTF-8",
    empty: Some("pumps/template.toml is a file to begin with"),
};

/// Reads a profile.
///
/// # Errors
///
/// [`ProfileError`]; it lists every mistake.
pub fn load(path: &Path, known: Known<'_>) -> Result<Profile, ProfileError> {
    let text = read_text(path, &path.display().to_string(), &WORDS)?;
    parse(path, &text, known)
}

/// Checks the text of a profile; a protocol runs in the folder of `path`.
///
/// # Errors
///
/// [`ProfileError`]; it lists every mistake.
pub fn parse(path: &Path, text: &str, known: Known<'_>) -> Result<Profile, ProfileError> {
    let name = path.display().to_string();
    says_something(text, &name, &WORDS)?;
    let mut document = reader::read::<ProfileFile>(text, &PROFILE);
    let (profile, mistakes) = resolve(path, &document, known);
    let mistakes = document.take_mistakes(mistakes);
    match profile {
        Some(profile) if mistakes.is_empty() => Ok(profile),
        _ => Err(ProfileError::Invalid {
            text: named(&name, text),
            file: name,
            mistakes,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::{PROFILE, ProfileFile};
    use super::super::known::Known;
    use super::parse;
    use std::path::Path;
    use std::{env, fs};
    use thecal_plan::Profile;
    use thecal_text::reader::examples::wrong_example;
    use thecal_text::reader::reference::{entries, filled, table_of};
    use thecal_text::reader::{Default, Key, Value};

    const KNOWN: Known<'_> = Known {
        protocols: &["reference"],
    };
    const LEAST: &str = "name = \"a\"\ncan = []\nprotocol.built-in = \"reference\"\n";

    fn read(text: &str) -> Profile {
        let read = parse(Path::new("pumps/a.toml"), text, KNOWN);
        read.unwrap_or_else(|error| panic!("{error:?}\n{text}"))
    }

    #[test]
    fn every_example_is_read() {
        let wrong = wrong_example::<ProfileFile>(&PROFILE);
        assert!(wrong.is_none(), "{wrong:#?}");
    }

    /// Tables of the file with keys that have defaults.
    fn tables() -> impl Iterator<Item = &'static Key> {
        let keys = PROFILE.head.keys.iter();
        keys.filter(|key| matches!(key.value, Value::Table(_)) && key.name != "protocol")
    }

    #[test]
    fn a_default_that_is_written_changes_nothing() {
        let mut tried = 0;
        for table in tables() {
            for row in table.value.table().unwrap().keys {
                let Default::Value(default) = row.default else {
                    panic!("{} of {} has no default", row.name, table.name);
                };
                let quote = match row.value {
                    Value::Bool | Value::Integer { .. } | Value::List(_) => "",
                    _ => "\"",
                };
                let line = format!("{}.{} = {quote}{default}{quote}\n", table.name, row.name);
                assert_eq!(read(&format!("{LEAST}{line}")), read(LEAST), "{line}");
                tried += 1;
            }
        }
        assert!(tried > 20, "{tried}");
    }

    #[test]
    fn the_table_of_the_page_is_made_of_the_rows() {
        let parts = [("keys of a profile", table_of(&entries(PROFILE.head, &[])))];
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/profile.md");
        let found = fs::read_to_string(path).unwrap();
        let wanted = filled(&found, &parts).unwrap();
        if env::var_os("THECAL_ACCEPT").is_some_and(|value| value == "1") {
            fs::write(path, &wanted).unwrap();
        } else {
            assert!(found == wanted, "{path} differs from\n{}", parts[0].1);
        }
    }
}
