//! What can go wrong with a bench. Each names what was awaited, for how long, and what to do.

use std::path::PathBuf;
use std::time::Duration;
use thecal_link::limits::CONTRACT_VERSION;
use thecal_plan::Capability;

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
    /// A serial port is not there.
    #[error("there is no serial port {port}, awaited for {:.1} s; {there}", waited.as_secs_f64())]
    Unplugged {
        /// Its path.
        port: String,
        /// How long.
        waited: Duration,
        /// The ports that are there.
        there: String,
    },
    /// A port server cannot be reached, or does not do what it is asked.
    #[error("cannot use port server {address}: {reason}")]
    PortServer {
        /// Its address.
        address: String,
        /// Why not.
        reason: String,
    },
    /// A command that switches a board's power failed.
    #[error("cannot switch power {to}: `{command}` {how}{said}")]
    Power {
        /// `on` or `off`.
        to: &'static str,
        /// The command.
        command: String,
        /// How it ended.
        how: String,
        /// What it printed, or nothing.
        said: String,
    },
    /// The port was closed or unplugged.
    #[error("port {port} closed in mid-run: {source}")]
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
        "port {port} took no bytes for {:.1} s: something else fills this line, \
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
        /// Its name, or the probe's.
        program: String,
        /// Its own word for it.
        state: String,
    },
    /// The probe cannot be opened.
    #[error("cannot open debug probe {selector}: {reason}; probes that are here: {}",
        if found.is_empty() { "none".to_owned() } else { found.join(", ") })]
    OpenProbe {
        /// As written.
        selector: String,
        /// Why.
        reason: String,
        /// What is plugged in.
        found: Vec<String>,
    },
    /// The probe does not speak what the board is to be reached by.
    #[error(
        "cannot select {protocol} on probe {probe}: {reason}; `protocol` in bench.toml says what it \
         is to speak, `swd` or `jtag`"
    )]
    SelectProtocol {
        /// Its name.
        probe: String,
        /// What it was asked to speak.
        protocol: String,
        /// Why it does not.
        reason: String,
    },
    /// The probe is there but does not come to the core.
    #[error(
        "probe {probe} cannot attach to a {chip}: {running}; and while its reset line is held: \
         {under_reset}; is the board powered, are SWDIO, SWCLK, GND and NRST wired?"
    )]
    Attach {
        /// Its name.
        probe: String,
        /// The chip's name.
        chip: String,
        /// What the first try said.
        running: String,
        /// What the second try said.
        under_reset: String,
    },
    /// The probe failed in mid-run.
    #[error("{probe} failed to {what}: {reason}")]
    Probe {
        /// Its name.
        probe: String,
        /// What it was asked.
        what: &'static str,
        /// Its words.
        reason: String,
    },
    /// The image has no memory channels for a probe.
    #[error(
        "{} has no symbol _SEGGER_RTT: it cannot be driven over a debug probe; \
         drive it over its serial port, or give it the two channels of docs/wire.md", path.display()
    )]
    NoChannels {
        /// The image.
        path: PathBuf,
    },
    /// The channels do not appear after a reset.
    #[error("the pump on {probe} does not boot: {reason} within {:.1} s at {address:#010x}", waited.as_secs_f64())]
    NoControlBlock {
        /// The probe.
        probe: String,
        /// Where the control block should be.
        address: u64,
        /// What was found.
        reason: String,
        /// How long was waited.
        waited: Duration,
    },
    /// The image on the board is another one and may not be replaced.
    #[error(
        "the board on {probe} holds build {found}, but {} is build {expected}: \
         flash it (`flash = true` for this board in bench.toml), or name the right file with --elf",
        path.display()
    )]
    OtherFlash {
        /// The probe.
        probe: String,
        /// The file.
        path: PathBuf,
        /// Its build id.
        expected: String,
        /// What is in flash.
        found: String,
    },
    /// The core stopped for good after a fault in a fault handler.
    #[error("the target behind {bench} locked up: a fault in a fault handler")]
    LockedUp {
        /// The probe or program.
        bench: String,
    },
    /// A disturbance names a place that the image does not have.
    #[error("no place {symbol} + {offset} in {}: {reason}", path.display())]
    NoSuchPlace {
        /// The symbol as written.
        symbol: String,
        /// Unit: byte.
        offset: u32,
        /// The image.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The bench has no means for a disturbance.
    #[error("this bench cannot do what needs {:?}", needs.name())]
    Incapable {
        /// What it lacks.
        needs: Capability,
    },
    /// A debug probe cannot be served to others.
    #[error(
        "cannot serve a debug probe on {address}: {source}; name another port with --port, \
         or none for one that is free"
    )]
    Serve {
        /// Where it should listen.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
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
    #[error("cannot pin to core {core}: {source}; choose another, or leave it out")]
    Core {
        /// Which.
        core: usize,
        /// Why.
        source: std::io::Error,
    },
}

impl BenchError {
    /// Whether the wire itself broke: a symptom, of which the owner may know the cause.
    #[must_use]
    pub const fn is_of_the_wire(&self) -> bool {
        matches!(self, Self::PortClosed { .. } | Self::Probe { .. })
    }

    /// Whether the board or the way to it is to blame, so that another board may do better. Never
    /// where the pump may be: what it answers in a whole frame is its own.
    #[must_use]
    pub const fn blames_the_board(&self) -> bool {
        match self {
            Self::OtherBuild { .. }
            | Self::Start { .. }
            | Self::ProcessGone { .. }
            | Self::OpenPort { .. }
            | Self::Unplugged { .. }
            | Self::PortServer { .. }
            | Self::Power { .. }
            | Self::PortClosed { .. }
            | Self::Garbage { .. }
            | Self::Blocked { .. }
            | Self::Noise { .. }
            | Self::Silent { .. }
            | Self::Refused { .. }
            | Self::Unresponsive { .. }
            | Self::Halted { .. }
            | Self::OpenProbe { .. }
            | Self::SelectProtocol { .. }
            | Self::Attach { .. }
            | Self::Probe { .. }
            | Self::NoControlBlock { .. }
            | Self::OtherFlash { .. }
            | Self::BusFault { .. } => true,
            Self::MissingProgram { .. }
            | Self::MissingImage { .. }
            | Self::BadImage { .. }
            | Self::OtherContract { .. }
            | Self::NoChannels { .. }
            | Self::LockedUp { .. }
            | Self::NoSuchPlace { .. }
            | Self::Serve { .. }
            | Self::NotHalted { .. }
            | Self::Frame(_)
            | Self::NoBoot { .. }
            | Self::BadAnswer { .. }
            | Self::OtherAnswer { .. }
            | Self::Incapable { .. }
            | Self::Core { .. } => false,
        }
    }
}
