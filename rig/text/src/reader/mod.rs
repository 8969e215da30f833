//! One reader for every TOML file: it walks the spanned tree of a text against tables of keys, and
//! reports every mistake in the order of the file.
//!
//! ```text
//! syntax    text                       -> TOML that parses, what was broken in it (scan.rs, broken.rs)
//! read      TOML, tables of keys       -> typed tables, every mistake, what could not be read
//! ```
//!
//! A kind of file declares each of its tables once, with [`table!`](crate::table). From its rows
//! come the typed struct, the check of keys and types, and the words of every mistake. The messages
//! of the TOML parser are never looked at, only where it stopped. Nothing here opens a file or knows
//! what a key means.

mod broken;
pub mod examples;
mod read;
pub mod reference;
mod scan;
mod schema;
mod shape;
mod syntax;
mod table;
mod unknown;
mod unread;
mod value;
mod wanted;

pub use read::{Document, Fields, Record, Slot, Walk, read};
pub use schema::{Default, FileKind, Key, Need, Table, Value, words_of};
pub use table::{Written, kebab};
pub use unread::Unread;
pub use value::{Named, Read, Text};
pub use wanted::missing;

#[cfg(test)]
mod tests;
