//! Bench failures. Each names what was awaited, for how long, and what to do.

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
    /// The firmware image does not exist.
    #[error("no firmware image at {}; build it with `cargo xtask firmware`, or name one with --elf", path.display())]
    MissingImage {
        /// Path searched.
        path: PathBuf,
    },
    /// The firmware image cannot be used.
    #[error("{} is not a usable firmware image: {reason}", path.display())]
    BadImage {
        /// The file.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// The pump that answers is not the one the rig started.
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
    /// The pump uses another contract version.
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
        /// Cause.
        source: std::io::Error,
    },
    /// The bench's process has ended.
    #[error("{program} ended in mid-run ({how}){detail}")]
    ProcessGone {
        /// Its name.
        program: &'static str,
        /// Exit status.
        how: String,
        /// Its last output, or empty.
        detail: String,
    },
    /// The port cannot be opened.
    #[error("cannot open serial port {port}: {reason}")]
    OpenPort {
        /// Its path.
        port: String,
        /// Reason.
        reason: String,
    },
    /// A serial port does not exist.
    #[error("there is no serial port {port}, awaited for {:.1} s; {there}", waited.as_secs_f64())]
    Unplugged {
        /// Its path.
        port: String,
        /// Time waited.
        waited: Duration,
        /// The ports that exist.
        there: String,
    },
    /// A port server cannot be reached, or refuses a request.
    #[error("cannot use port server {address}: {reason}")]
    PortServer {
        /// Its address.
        address: String,
        /// Reason.
        reason: String,
    },
    /// A command that switches the board's power failed.
    #[error("cannot switch power {to}: `{command}` {how}{said}")]
    Power {
        /// `on` or `off`.
        to: &'static str,
        /// The command.
        command: String,
        /// How it ended: exit status or signal.
        how: String,
        /// Its output, or empty.
        said: String,
    },
    /// The port was closed or unplugged.
    #[error("port {port} closed in mid-run: {source}")]
    PortClosed {
        /// Its path.
        port: String,
        /// Cause.
        source: std::io::Error,
    },
    /// Another device uses the port.
    #[error(
        "{bytes} bytes of garbage on {port} while waiting for {awaited}: something else talks on this line"
    )]
    Garbage {
        /// The port.
        port: String,
        /// Number of bytes.
        bytes: u64,
        /// What was awaited.
        awaited: &'static str,
    },
    /// The port accepts no more bytes.
    #[error(
        "port {port} took no bytes for {:.1} s: something else fills this line, \
         or flow control holds it",
        waited.as_secs_f64()
    )]
    Blocked {
        /// Its path.
        port: String,
        /// Time waited.
        waited: Duration,
    },
    /// The pump is alive but the frames it receives are corrupt.
    #[error(
        "no {awaited}: the pump on {port} says that {frames} frames reached it broken; \
         something else talks on this line, or its cable is bad"
    )]
    Noise {
        /// The port.
        port: String,
        /// Number of frames.
        frames: u64,
        /// What was awaited.
        awaited: &'static str,
    },
    /// No answer in time, and the bench cannot tell whether the core runs.
    #[error("no {awaited} from {port} within {:.1} s, sent {attempts} times", waited.as_secs_f64())]
    Silent {
        /// The port.
        port: String,
        /// What was awaited.
        awaited: &'static str,
        /// Time waited.
        waited: Duration,
        /// How often the frame was sent.
        attempts: u32,
    },
    /// The pump's link layer refused a frame.
    #[error("the pump refused {what}: {refusal:?}")]
    Refused {
        /// The frame.
        what: &'static str,
        /// Reason.
        refusal: thecal_link::Refusal,
    },
    /// The frame to send is longer than the contract allows: a bug in the rig.
    #[error("a frame passed the contract's limits: {0}")]
    Frame(#[from] thecal_link::DecodeError),
    /// The pump does not boot after a reset, although the bench is alive.
    #[error(
        "the pump does not boot: no {awaited} within {:.1} s although the core runs", waited.as_secs_f64()
    )]
    NoBoot {
        /// What was awaited.
        awaited: &'static str,
        /// Time waited.
        waited: Duration,
    },
    /// A check fails in the pump while it boots, in a bench that runs it in the rig's own process.
    #[error("the pump does not boot: a check in line {line} of its firmware fails")]
    CrashesAtBoot {
        /// The line.
        line: u32,
    },
    /// A frame arrived intact, but its body does not follow the contract.
    #[error(
        "{port} answered with a whole frame in place of {awaited}, but {source}; use matching releases"
    )]
    BadAnswer {
        /// The port.
        port: String,
        /// What was awaited.
        awaited: &'static str,
        /// Decoding error.
        source: thecal_link::DecodeError,
    },
    /// The pump sent another message than the contract requires.
    #[error("the pump on {port} answered with {found}; awaited was the answer to {awaited}")]
    OtherAnswer {
        /// The port.
        port: String,
        /// What was awaited.
        awaited: &'static str,
        /// What arrived.
        found: &'static str,
    },
    /// The bench's process runs but does not answer.
    #[error("no answer from {program} to {asked} within {:.1} s: {source}", waited.as_secs_f64())]
    Unresponsive {
        /// Its name.
        program: &'static str,
        /// The request.
        asked: &'static str,
        /// Time waited.
        waited: Duration,
        /// Cause.
        source: std::io::Error,
    },
    /// The bench's process runs but its core is halted.
    #[error("{program} does not run its core: its state is {state:?}")]
    Halted {
        /// Name of the process or of the probe.
        program: String,
        /// State as the bench reports it.
        state: String,
    },
    /// The probe cannot be opened.
    #[error("cannot open debug probe {selector}: {reason}; probes that are here: {}",
        if found.is_empty() { "none".to_owned() } else { found.join(", ") })]
    OpenProbe {
        /// Selector as written.
        selector: String,
        /// Reason.
        reason: String,
        /// Probes that are plugged in.
        found: Vec<String>,
    },
    /// The probe does not support the board's debug protocol.
    #[error(
        "cannot select {protocol} on probe {probe}: {reason}; `protocol` in bench.toml says what it \
         is to speak, `swd` or `jtag`"
    )]
    SelectProtocol {
        /// Its name.
        probe: String,
        /// The protocol requested.
        protocol: String,
        /// Reason.
        reason: String,
    },
    /// The probe works but cannot attach to the core.
    #[error(
        "probe {probe} cannot attach to a {chip}: {running}; and while its reset line is held: \
         {under_reset}; is the board powered, are SWDIO, SWCLK, GND and NRST wired?"
    )]
    Attach {
        /// Its name.
        probe: String,
        /// The chip's name.
        chip: String,
        /// Error of the first try, with the core running.
        running: String,
        /// Error of the second try, with the reset line held.
        under_reset: String,
    },
    /// The probe failed during a run.
    #[error("{probe} failed to {what}: {reason}")]
    Probe {
        /// Its name.
        probe: String,
        /// The operation requested.
        what: &'static str,
        /// Error as the probe reports it.
        reason: String,
    },
    /// The image has no memory channels for a probe (RTT).
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
        /// Expected address of the control block.
        address: u64,
        /// What was found.
        reason: String,
        /// Time waited.
        waited: Duration,
    },
    /// The board holds another image, which may not be replaced.
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
        /// The build id in flash.
        found: String,
    },
    /// The core locked up: a fault occurred in a fault handler.
    #[error("the target behind {bench} locked up: a fault in a fault handler")]
    LockedUp {
        /// The probe or program.
        bench: String,
    },
    /// A disturbance names a place that the image does not contain.
    #[error("no place {symbol} + {offset} in {}: {reason}", path.display())]
    NoSuchPlace {
        /// The symbol as written.
        symbol: String,
        /// Unit: byte.
        offset: u32,
        /// The image.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// A disturbance names a field that the pump does not have.
    #[error("no bit {bit} of field {field}: {reason}")]
    NoSuchField {
        /// Symbol and field, as written.
        field: String,
        /// The bit.
        bit: u8,
        /// Reason.
        reason: String,
    },
    /// The bench cannot apply a disturbance.
    #[error("this bench cannot do what needs {:?}", needs.name())]
    Incapable {
        /// The missing capability.
        needs: Capability,
    },
    /// The debug-probe server cannot start.
    #[error(
        "cannot serve a debug probe on {address}: {source}; name another port with --port, \
         or none for one that is free"
    )]
    Serve {
        /// Address to listen on.
        address: std::net::SocketAddr,
        /// Cause.
        source: std::io::Error,
    },
    /// No memory responds at a target address.
    #[error("bus fault: nothing is at {len} bytes from {address:#010x}")]
    BusFault {
        /// The first address.
        address: u32,
        /// Number of bytes.
        len: usize,
    },
    /// An operation that needs a halted core was requested of a running one.
    #[error("{wanted} can be had only of a halted core, and it runs")]
    NotHalted {
        /// The operation requested.
        wanted: &'static str,
    },
    /// The bench cannot be pinned to a core.
    #[error("cannot pin to core {core}: {source}; choose another, or leave it out")]
    Core {
        /// Number of the core.
        core: usize,
        /// Cause.
        source: std::io::Error,
    },
}

impl BenchError {
    /// Whether the connection itself failed: a symptom, whose cause the owner may know.
    #[must_use]
    pub const fn is_of_the_wire(&self) -> bool {
        matches!(self, Self::PortClosed { .. } | Self::Probe { .. })
    }

    /// Whether the bench is alive, and the pump alone does not start.
    pub(crate) const fn blames_the_pump(&self) -> bool {
        matches!(self, Self::NoBoot { .. } | Self::CrashesAtBoot { .. })
    }

    /// Whether the board or its connection is to blame, so that another board may succeed. Never
    /// true where the pump may be to blame: the content of an intact frame is the pump's own.
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
            | Self::NoSuchField { .. }
            | Self::Serve { .. }
            | Self::NotHalted { .. }
            | Self::Frame(_)
            | Self::NoBoot { .. }
            | Self::CrashesAtBoot { .. }
            | Self::BadAnswer { .. }
            | Self::OtherAnswer { .. }
            | Self::Incapable { .. }
            | Self::Core { .. } => false,
        }
    }
}
