//! What reading a scenario can end in: one mistake of the whole file, or the list of all of them.

use thecal_text::files::FileMistake;
use thecal_text::lines::SourceText;
use thecal_text::mistake::Mistake;
use thecal_text::wording::mistakes_in_words;

use crate::parameters::ParametersError;
use miette::{Diagnostic, SourceSpan};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// A scenario file that is not a scenario.
#[derive(Debug, Error, Diagnostic)]
pub enum ScenarioError {
    /// No file of text that could be a scenario.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileMistake),
    /// The file that `[patient]` names cannot be used.
    #[error("scenario `{file}` names a file of parameters that cannot be used")]
    #[diagnostic(
        code(scenario::parameters),
        help(
            "`file` is relative to the folder of the scenario; docs/parameters.md has the grammar"
        )
    )]
    Parameters {
        /// As given.
        file: String,
        /// The whole text.
        #[source_code]
        text: Arc<SourceText>,
        /// Where it is named.
        #[label("named here")]
        at: SourceSpan,
        /// What is wrong with it.
        #[related]
        mistakes: Vec<ParametersError>,
    },
    /// Mistakes in the text.
    #[error("scenario `{file}` has {}", mistakes_in_words(mistakes.len()))]
    #[diagnostic(code(scenario::invalid))]
    Invalid {
        /// As given.
        file: String,
        /// The whole text.
        #[source_code]
        text: Arc<SourceText>,
        /// Each of them, in the order of the file.
        #[related]
        mistakes: Vec<Mistake>,
    },
}

/// Scenario files that cannot be found.
#[derive(Debug, Error, Diagnostic)]
pub enum DiscoverError {
    /// No such file or folder.
    #[error("there is no `{}`", path.display())]
    #[diagnostic(code(scenario::no_such_path), help("{hint}"))]
    Missing {
        /// As given.
        path: PathBuf,
        /// The nearest name that exists.
        hint: String,
    },
    /// A folder that the operating system did not list.
    #[error("cannot list folder `{}`", path.display())]
    #[diagnostic(code(scenario::unreadable_folder))]
    Unreadable {
        /// As given, or a folder below.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file directly in the scenarios folder.
    #[error("scenario `{}` has no family", path.display())]
    #[diagnostic(
        code(scenario::no_family),
        help(
            "move it into a folder that names its family, such as `bolus/`; its id is then `bolus/<name>`"
        )
    )]
    NoFamily {
        /// The file.
        path: PathBuf,
    },
}
