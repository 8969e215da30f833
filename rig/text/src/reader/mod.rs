//! One reader for all TOML files: it compares the spanned tree of a text with tables of keys, and
//! reports every mistake in the order of the file.
//!
//! ```text
//! syntax    text                       -> valid TOML, syntax mistakes (scan.rs, broken.rs)
//! read      TOML, tables of keys       -> typed tables, every mistake, what could not be read
//!                                         (walk.rs, record.rs, value.rs)
//! ```
//!
//! A kind of file declares each of its tables once, with [`table!`](crate::table). Its rows
//! generate the typed struct, the check of keys and types, and the text of every mistake. The
//! messages of the TOML parser are ignored; only the place where it stopped is used. Nothing here
//! opens a file or knows what a key means.

mod broken;
pub mod examples;
mod read;
mod record;
pub mod reference;
mod scan;
mod schema;
mod shape;
mod syntax;
mod table;
mod unknown;
mod unread;
mod value;
mod walk;
mod wanted;

pub use read::{Document, read};
pub use record::{Fields, Read, Record, Text, Written};
pub use schema::{Default, FileKind, Key, Need, Table, Value, words_of};
pub use table::kebab;
pub use unread::Unread;
pub use value::{Named, Texts};
pub use walk::{Slot, Walk};
pub use wanted::missing;

#[cfg(test)]
mod tests;
