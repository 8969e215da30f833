//! What can go wrong with a bench. Each names what was awaited, for how long, and what to do.

use std::path::PathBuf;
use std::time::Duration;
use thecal_link::limits::CONTRACT_VERSION;

/// The bench failed. The verdict is `error`, never `fail`.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A program that the bench needs is not installed.
    #[error("{program} is not installed (looked for it on PATH); {fix}")]
    MissingProgram {
        /// Its name.
        program: &'static str,
        /// How to get it.
        fix: &'static str,
    },
    /// The firmware image is not there.
    #[error("no firmware image at {}; build it with `cargo xtask firmware`, or name one with --elf", path.display())]
    MissingImage {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The firmware image cannot be used.
    #[error("{} is not a usable firmware image: {reason}", path.display())]
    BadImage {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The pump that answers is not the one the rig believes it started.
    #[error(
        "the pump that answers runs build {found}, but {} is build {expected}: \
         flash that file, or name the one that is running with --elf", path.display()
    )]
    OtherBuild {
        /// The file.
        path: PathBuf,
        /// Its build id.
        expected: String,
        /// The build id in Hello.
        found: String,
    },
    /// The pump speaks another version of the contract.
    #[error(
        "the pump speaks contract version {found}, this rig version {CONTRACT_VERSION}; use matching releases"
    )]
    OtherContract {
        /// The version in Hello.
        found: u16,
    },
    /// A bench process could not be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// Its name.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The bench's process is gone.
    #[error("{program} ended in mid-run ({how}){detail}")]
    ProcessGone {
        /// Its name.
        program: &'static str,
        /// Exit status.
        how: String,
        /// Its last words, or nothing.
        detail: String,
    },
    /// The port cannot be opened.
    #[error("cannot open serial port {port}: {reason}")]
    OpenPort {
        /// Its path.
        port: String,
        /// Why.
        reason: String,
    },
    /// The port was closed or unplugged.
    #[error("serial port {port} closed in mid-run: {source}")]
    PortClosed {
        /// Its path.
        port: String,
        /// Why.
        source: std::io::Error,
    },
    /// Something other than a pump talks on the port.
    #[error(
        "{bytes} bytes of garbage on {port} while waiting for {awaited}: something else talks on this line"
    )]
    Garbage {
        /// The port.
        port: String,
        /// How many.
        bytes: u64,
        /// For what.
        awaited: &'static str,
    },
    /// The port takes no more bytes.
    #[error(
        "serial port {port} took no bytes for {:.1} s: something else fills this line, \
         or flow control holds it",
        waited.as_secs_f64()
    )]
    Blocked {
        /// Its path.
        port: String,
        /// How long.
        waited: Duration,
    },
    /// The pump is alive but cannot read what arrives.
    #[error(
        "no {awaited}: the pump on {port} says that {frames} frames reached it broken; \
         something else talks on this line, or its cable is bad"
    )]
    Noise {
        /// The port.
        port: String,
        /// How many.
        frames: u64,
        /// For what.
        awaited: &'static str,
    },
    /// No answer in time, and the bench cannot tell whether the core runs.
    #[error("no {awaited} from {port} within {:.1} s, sent {attempts} times", waited.as_secs_f64())]
    Silent {
        /// The port.
        port: String,
        /// For what.
        awaited: &'static str,
        /// How long.
        waited: Duration,
        /// How often the frame was sent.
        attempts: u32,
    },
    /// The pump's link layer refused a frame.
    #[error("the pump refused {what}: {refusal:?}")]
    Refused {
        /// The frame.
        what: &'static str,
        /// Why.
        refusal: thecal_link::Refusal,
    },
    /// The frame to send is longer than the contract allows: a bug in the rig.
    #[error("a frame passed the contract's limits: {0}")]
    Frame(#[from] thecal_link::DecodeError),
    /// The pump does not come up after a reset, although the bench is alive.
    #[error(
        "the pump does not boot: no {awaited} within {:.1} s although the core runs", waited.as_secs_f64()
    )]
    NoBoot {
        /// For what.
        awaited: &'static str,
        /// How long.
        waited: Duration,
    },
    /// A frame arrived whole, but its body is not of the contract.
    #[error(
        "{port} answered with a whole frame in place of {awaited}, but {source}; use matching releases"
    )]
    BadAnswer {
        /// The port.
        port: String,
        /// What was awaited.
        awaited: &'static str,
        /// What is wrong with it.
        source: thecal_link::DecodeError,
    },
    /// The pump answered with another message than the contract says.
    #[error("the pump on {port} answered with {found}; awaited was the answer to {awaited}")]
    OtherAnswer {
        /// The port.
        port: String,
        /// What was awaited.
        awaited: &'static str,
        /// What came.
        found: &'static str,
    },
    /// The bench's process is there but does not answer.
    #[error("no answer from {program} to {asked} within {:.1} s: {source}", waited.as_secs_f64())]
    Unresponsive {
        /// Its name.
        program: &'static str,
        /// The question.
        asked: &'static str,
        /// How long.
        waited: Duration,
        /// Why.
        source: std::io::Error,
    },
    /// The bench's process is there but its core is halted.
    #[error("{program} does not run its core: its state is {state:?}")]
    Halted {
        /// Its name.
        program: &'static str,
        /// Its own word for it.
        state: String,
    },
    /// Nothing answers at an address of the target's.
    #[error("bus fault: nothing is at {len} bytes from {address:#010x}")]
    BusFault {
        /// The first of them.
        address: u32,
        /// How many.
        len: usize,
    },
    /// Something was asked of a running core that only a halted one can do.
    #[error("{wanted} can be had only of a halted core, and it runs")]
    NotHalted {
        /// What was asked for.
        wanted: &'static str,
    },
    /// The bench cannot be tied to a core.
    #[error("cannot run on core {core}: {source}; name another core, or none")]
    Core {
        /// Which.
        core: usize,
        /// Why.
        source: std::io::Error,
    },
}
