//! A clinical protocol that is a process of its own: JSON lines over its standard input and output
//! (docs/protocol.md). A team speaks its pump's protocol in any language, without a change of the rig.
//!
//! ```text
//! process      lines to and from a child that never outlives the rig      (process.rs)
//! message      what a line says                                           (message.rs, request.rs)
//! programmer   the engine's seam; copies itself by replaying its calls    (programmer.rs)
//! conformance  whether a process keeps to all this, in plain words        (conformance.rs)
//! ```
//!
//! A process that dies, keeps silent or writes what is no answer is an error of the rig, never the
//! pump's fail.

pub mod conformance;
mod message;
mod process;
mod programmer;
mod request;
mod says;
mod words;

pub use programmer::ProtocolProgrammer;
