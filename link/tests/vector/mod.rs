//! Reads golden vectors: `key = value` lines, `#` for comments, in the folder `link/vectors`.

use std::fs;
use std::path::Path;
use thecal_link::DecodeError;

/// One file of the folder.
pub(crate) struct Vector {
    /// Name of the file, without its extension.
    pub name: String,
    lines: Vec<(String, String)>,
}

impl Vector {
    /// The value of a key that occurs once.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.find(key)
            .unwrap_or_else(|| panic!("{}: no `{key}`", self.name))
    }

    /// The value of an optional key.
    pub(crate) fn find(&self, key: &str) -> Option<&str> {
        let found = self.all(key);
        assert!(found.len() <= 1, "{}: `{key}` twice", self.name);
        found.first().copied()
    }

    /// The values of a key that may occur many times, in order.
    pub(crate) fn all(&self, key: &str) -> Vec<&str> {
        self.lines
            .iter()
            .filter(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// A number, decimal or `0x…`.
    pub(crate) fn number<T: TryFrom<i128>>(&self, key: &str) -> T {
        self.parse(self.text(key))
    }

    /// Parses a number from its text.
    pub(crate) fn parse<T: TryFrom<i128>>(&self, text: &str) -> T {
        let number = match text.strip_prefix("0x") {
            Some(hex) => i128::from_str_radix(hex, 16),
            None => text.parse(),
        };
        number
            .ok()
            .and_then(|number| T::try_from(number).ok())
            .unwrap_or_else(|| panic!("{}: `{text}` does not fit its field", self.name))
    }

    /// Bytes in hexadecimal.
    pub(crate) fn bytes(&self, key: &str) -> Vec<u8> {
        unhex(self.text(key))
    }

    /// Bytes of a fixed number.
    pub(crate) fn array<const N: usize>(&self, key: &str) -> [u8; N] {
        self.bytes(key)
            .try_into()
            .unwrap_or_else(|_| panic!("{}: `{key}` is not {N} bytes", self.name))
    }
}

/// Bytes from hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "half a byte in `{text}`");
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits"))
        .collect()
}

/// All vectors of the folder, in order of name. Files that start with `telemetry-` are packets, the
/// others frames.
pub(crate) fn all() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../link/vectors");
    let mut vectors: Vec<Vector> = fs::read_dir(folder)
        .expect("the folder of vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| read(&path))
        .collect();
    vectors.sort_by(|a, b| a.name.cmp(&b.name));
    vectors
}

fn read(path: &Path) -> Vector {
    let name = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .expect("a plain name")
        .to_owned();
    let lines = fs::read_to_string(path)
        .expect("a text file")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (key, value) = line
                .split_once(" =")
                .unwrap_or_else(|| panic!("{name}: `{line}` is no `key = value`"));
            (key.to_owned(), value.trim().to_owned())
        })
        .collect();
    let vector = Vector { name, lines };
    assert_eq!(
        vector.text("name"),
        vector.name,
        "a file is named for its vector"
    );
    vector
}

/// The variant's name, as the vectors give it.
pub(crate) const fn error_name(error: DecodeError) -> &'static str {
    match error {
        DecodeError::TooShort { .. } => "TooShort",
        DecodeError::TooLong { .. } => "TooLong",
        DecodeError::LengthOutOfRange { .. } => "LengthOutOfRange",
        DecodeError::UnknownValue { .. } => "UnknownValue",
        DecodeError::NotCobs => "NotCobs",
        DecodeError::BadChecksum { .. } => "BadChecksum",
        DecodeError::BadTag => "BadTag",
    }
}
