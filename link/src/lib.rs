//! The wire contract between the rig and a pump.
//!
//! The boundary is the pump's *pins*, not its functions: what a timer, a comparator, a radio or a
//! serial memory would see. The normative text is `docs/wire.md`; this crate implements it without
//! allocation, floats or panics while decoding.
//!
//! ```text
//!   rig ── NvmChunk… ──► pump        hand over the memory image      ◄── Ack ──
//!   rig ── Boot ───────► pump        reset with a cause              ◄── Hello ──
//!   rig ── Stimulus ───► pump        what the pins show now          ◄── Reaction ──
//!   rig ── Reset ──────► pump        the reset line                  ◄── Ack ──
//!
//!   frame = COBS( type:u8 | seq:u16 | body | crc32:u32 ) 0x00        little-endian throughout
//! ```
//!
//! One exchange is in progress at a time. A frame with the sequence number of the last answered one
//! is a repetition: the cached answer is sent again and nothing is executed twice.
//!
//! Telemetry packets are opaque bytes here: the clinical protocol belongs to the pump under test.
//!
//! Versioning: [`limits::CONTRACT_VERSION`] changes with any change of layout or meaning; values
//! of enums on the wire are pinned by tests and never reused.
#![no_std]
#![forbid(unsafe_code)]

pub mod boot;
pub mod buffer;
pub mod endpoint;
mod error;
pub mod frame;
pub mod limits;
pub mod message;
pub mod reaction;
pub mod stimulus;

pub use boot::{Boot, Hello, Refusal, ResetCause};
pub use buffer::Bytes;
pub use error::DecodeError;
pub use reaction::{Arm, MotorCommand, Reaction, Tone};
pub use stimulus::{Stimulus, WakeReasons};
