//! Files given by the user: regular text files, read with a size limit, refused with a reason.
//!
//! A folder, a pipe or a device is named as such and not opened; an oversized file is not read to
//! its end.

use crate::lines::SourceText;
use miette::{Diagnostic, LabeledSpan, SourceCode, SourceSpan};
use std::error::Error;
use std::fmt::{self, Display};
use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

/// Largest file that is read, in bytes.
pub(crate) const MAX_BYTES: u64 = 1 << 20;

/// The words for a kind of file.
#[derive(Clone, Copy, Debug)]
pub struct FileWords {
    /// Prefix before `::` in the codes of its mistakes.
    pub area: &'static str,
    /// What the file is, without an article.
    pub what: &'static str,
    /// What to do if the file does not exist or may not be read.
    pub unreadable: &'static str,
    /// What to do if it is too large.
    pub huge: &'static str,
    /// What to do if it is not UTF-8.
    pub not_utf8: &'static str,
    /// What to do if it is empty; `None` if it may be.
    pub empty: Option<&'static str>,
}

/// A file that cannot be read as text of its kind.
#[derive(Debug)]
pub struct FileMistake {
    /// The code, without its area.
    code: &'static str,
    message: String,
    words: &'static FileWords,
    help: &'static str,
    cause: Option<io::Error>,
    /// The file with invalid bytes replaced, and the place of the first one.
    text: Option<Box<(SourceText, SourceSpan)>>,
}

/// The text of a regular file of at most 1 MiB (`MAX_BYTES`); `name` is its name in messages.
///
/// # Errors
///
/// [`FileMistake`] if the file does not exist, is not a regular file, is too large, is not UTF-8,
/// or is empty but must not be.
pub fn read_text(
    path: &Path,
    name: &str,
    words: &'static FileWords,
) -> Result<String, FileMistake> {
    let what = words.what;
    let unreadable = |cause| FileMistake {
        cause: Some(cause),
        ..FileMistake::new(
            "unreadable",
            format!("cannot read {what} `{name}`"),
            words,
            words.unreadable,
        )
    };
    // Checked before opening: opening a pipe would wait for a writer.
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if !kind.is_file() {
        let message = format!("cannot read {what} `{name}`: it is {}", kind_in_words(kind));
        return Err(FileMistake::new(
            "not_a_file",
            message,
            words,
            words.unreadable,
        ));
    }
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(unreadable)?.take(MAX_BYTES + 1);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("{what} `{name}` is larger than {MAX_BYTES} bytes");
        return Err(FileMistake::new("huge", message, words, words.huge));
    }
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(&error, name, words))?;
    says_something(&text, name, words)?;
    Ok(text)
}

/// Checks that the text has more than blanks and comments, if required.
///
/// # Errors
///
/// [`FileMistake`] if it has not.
pub fn says_something(
    text: &str,
    name: &str,
    words: &'static FileWords,
) -> Result<(), FileMistake> {
    let says_nothing = |line: &str| line.trim().is_empty() || line.trim().starts_with('#');
    match words.empty {
        Some(help) if text.lines().all(says_nothing) => {
            let message = format!("{} `{name}` is empty", words.what);
            Err(FileMistake::new("empty", message, words, help))
        }
        _ => Ok(()),
    }
}

fn not_utf8(
    error: &std::string::FromUtf8Error,
    name: &str,
    words: &'static FileWords,
) -> FileMistake {
    let offset = error.utf8_error().valid_up_to();
    let above = error.as_bytes().iter().take(offset);
    let line = above.filter(|byte| **byte == b'\n').count() + 1;
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    let at = (offset, char::REPLACEMENT_CHARACTER.len_utf8()).into();
    let what = words.what;
    FileMistake {
        text: Some(Box::new((SourceText::new(name, text), at))),
        ..FileMistake::new(
            "not_utf8",
            format!("{what} `{name}` is not UTF-8 text: byte {offset}, on line {line}"),
            words,
            words.not_utf8,
        )
    }
}

#[cfg(unix)]
fn kind_in_words(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind_in_words(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else {
        "a device"
    }
}

/// The text with its name for messages.
#[must_use]
pub fn named(name: &str, text: &str) -> Arc<SourceText> {
    Arc::new(SourceText::new(name, text.to_owned()))
}

impl FileMistake {
    fn new(
        code: &'static str,
        message: String,
        words: &'static FileWords,
        help: &'static str,
    ) -> Self {
        Self {
            code,
            message,
            words,
            help,
            cause: None,
            text: None,
        }
    }
}

impl Display for FileMistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl Error for FileMistake {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &dyn Error)
    }
}

impl Diagnostic for FileMistake {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(format!("{}::{}", self.words.area, self.code)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let text = &self.text.as_ref()?.0;
        Some(text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let at = self.text.as_ref()?.1;
        let label = LabeledSpan::at(at, "not UTF-8 from here");
        Some(Box::new(std::iter::once(label)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: FileWords = FileWords {
        area: "sample",
        what: "sample",
        unreadable: "check the path",
        huge: "write a shorter one",
        not_utf8: "save it as UTF-8",
        empty: Some("write a line"),
    };

    fn refused(path: &Path) -> (String, String) {
        let mistake = read_text(path, "here", &WORDS).expect_err("it must be refused");
        let code = mistake.code().map(|code| code.to_string());
        (code.unwrap_or_default(), mistake.to_string())
    }

    #[test]
    fn a_file_is_read_up_to_the_limit_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let most = usize::try_from(MAX_BYTES).unwrap();
        fs::write(&path, "x".repeat(most)).unwrap();
        assert_eq!(read_text(&path, "a", &WORDS).unwrap().len(), most);
        fs::write(&path, "x".repeat(most + 1)).unwrap();
        let (code, message) = refused(&path);
        assert_eq!(code, "sample::huge");
        assert_eq!(message, "sample `here` is larger than 1048576 bytes");
    }

    #[test]
    fn what_is_no_file_of_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let is_folder = "cannot read sample `here`: it is a folder";
        assert_eq!(
            refused(folder.path()),
            ("sample::not_a_file".into(), is_folder.into())
        );
        let (code, _) = refused(&folder.path().join("nothing"));
        assert_eq!(code, "sample::unreadable");
        let path = folder.path().join("a");
        fs::write(&path, " \n# a comment\n").unwrap();
        assert_eq!(refused(&path).0, "sample::empty");
        fs::write(&path, b"a\nb\xff").unwrap();
        let is_not_text = "sample `here` is not UTF-8 text: byte 3, on line 2";
        assert_eq!(
            refused(&path),
            ("sample::not_utf8".into(), is_not_text.into())
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_and_a_device_are_refused_without_being_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let is_pipe = "cannot read sample `here`: it is a pipe";
        assert_eq!(
            refused(&pipe),
            ("sample::not_a_file".into(), is_pipe.into())
        );
        let is_device = "cannot read sample `here`: it is a device";
        assert_eq!(
            refused(Path::new("/dev/zero")),
            ("sample::not_a_file".into(), is_device.into())
        );
    }
}
