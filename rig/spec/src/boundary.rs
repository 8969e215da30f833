//! What crossed the boundary of a pump during a run: all that the specification may look at.
//!
//! Histories only: each list is in order of time and holds changes, so a quiet year adds nothing but
//! the steps themselves. All instants are of the simulation; the pump counts its own time by
//! [`Crystal`].

pub use thecal_plan::Sender;
use thecal_plan::{Forgery, HeldValue, LogDetail, LogKind, Origin, Request, Therapy};
use thecal_units::{Millis, PumpTime, SimTime, Volume};

/// A run as it showed at the pump's boundary.
#[derive(Clone, Debug)]
pub struct Boundary<'a> {
    /// When the run ended.
    pub end: SimTime,
    /// Time of the week at the first power-on, since Monday 0:00.
    pub starts: Millis,
    /// Nominal volume of a step, as the pump reports it at boot.
    pub step: Volume,
    /// The pump's crystal.
    pub crystal: Crystal,
    /// Every packet that was sent to the pump.
    pub packets: Vec<Packet<'a>>,
    /// Each alarm tone at its start.
    pub tones: &'a [(SimTime, Tone)],
    /// Each boot, the first power-on included.
    pub boots: Vec<Boot>,
    /// Spans in which the pump could not react through no fault of its own (no power, core halted),
    /// or did not (it hung).
    pub absences: Vec<Absence>,
    /// What was done to the pump that no specification foresees the effects of.
    pub injuries: Vec<Injury>,
    /// Bits that flipped in values which the pump compares with a second copy: they change nothing, but that
    /// it logs them and ends a bolus of which the rest is unknown.
    pub flips: &'a [(SimTime, HeldValue)],
    /// The steps that the motor moved in total.
    pub moved: &'a dyn Steps,
    /// Pulses driven that moved nothing, in total, at each change.
    pub missed: &'a [(SimTime, u64)],
    /// Commands to the motor driver: every stop, and every train that differs in period or energy from the
    /// command before it.
    pub drives: &'a [Drive],
    /// Reactions that wrote to the non-volatile memory.
    pub writes: &'a [SimTime],
    /// Those of which writes were lost. The pump is told at its next exchange.
    pub lost_writes: &'a [SimTime],
    /// Reactions after which the driver has pulses left past the wake-up that they ask for, and by how
    /// much.
    pub overruns: &'a [(SimTime, Millis)],
    /// Reactions that arm no wake-up by a packet or by the magnet switch, or that command a train and arm none
    /// by a missed pulse; whether only the magnet's is missing.
    pub unarmed: &'a [(SimTime, bool)],
    /// Bytes of the non-volatile memory that were damaged, and how many.
    pub damaged: &'a [(SimTime, u64)],
    /// The magnet switch, at each change; open before the first.
    pub magnet: &'a [(SimTime, bool)],
    /// The lowest supply that the pins showed since the exchange before, at exchanges at which it
    /// differs from the last listed by 5 mV or more. Unit: mV.
    pub supply: &'a [(SimTime, u16)],
    /// The status at the end of the run; `None`: no answer.
    pub status: Option<Status<'a>>,
    /// The event log at the end of the run.
    pub log: Log<'a>,
}

impl Boundary<'_> {
    /// Whether the log at the end of the run could be read and goes back to an instant.
    pub(crate) fn log_reaches(&self, at: SimTime) -> bool {
        let oldest = self.log.entries.first();
        let oldest = oldest.filter(|_| self.log.first > 0);
        self.status.is_some() && oldest.is_none_or(|oldest| oldest.at <= at)
    }

    /// When rate or remainder of a bolus was damaged: the pump ends it as it finds that (REQ-INT-003).
    pub(crate) fn bolus_flips(&self) -> impl Iterator<Item = SimTime> {
        let flips = self.flips.iter();
        flips.filter_map(|&(at, value)| (value == HeldValue::Bolus).then_some(at))
    }

    /// Whether writes of the exchange of an instant were lost: a bolus that it granted may not be given
    /// (REQ-BOL-032).
    pub(crate) fn lost_writes_of(&self, at: SimTime) -> bool {
        self.lost_writes.binary_search(&at).is_ok()
    }

    /// The pulses missed by an instant.
    pub(crate) fn missed_by(&self, at: SimTime) -> u64 {
        total_by(self.missed, at)
    }

    /// The whole steps that moved between two instants.
    pub(crate) fn steps_between(&self, from: SimTime, until: SimTime) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "totals of steps, which only grow"
        )]
        let steps = (self.moved.at(until) - self.moved.at(from))
            .round()
            .max(0.0) as u64;
        steps
    }
}

/// A total at an instant, of the instants at which it grew.
pub(crate) fn total_by(totals: &[(SimTime, u64)], at: SimTime) -> u64 {
    let behind = totals.partition_point(|&(then, _)| then <= at);
    let last = behind.checked_sub(1).and_then(|nth| totals.get(nth));
    last.map_or(0, |&(_, total)| total)
}

/// The pump's clock: it runs by a crystal that is off by some parts per million, and it may be made to
/// jump.
#[derive(Clone, Debug, Default)]
pub struct Crystal {
    /// How much faster than true time it runs. Unit: parts per million.
    pub ppm: i32,
    /// Jumps of what it shows, which no time that has passed explains. Unit: ms.
    pub jumps: Vec<(SimTime, i64)>,
    /// Wake-ups that came later than asked for, by how much.
    pub late: Vec<(SimTime, Millis)>,
}

/// A command to the motor driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drive {
    /// When.
    pub at: SimTime,
    /// What is to be driven.
    pub pulses: Pulses,
    /// The lowest supply that the exchange after it showed; `None`: there was none. Unit: mV.
    pub loaded_mv: Option<u16>,
}

/// What a motor driver is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulses {
    /// A train.
    Train {
        /// Number of pulses.
        count: u32,
        /// From pulse to pulse. Unit: microsecond of the pump's crystal.
        period_us: u32,
        /// Electrical energy of each. Unit: microjoule.
        energy_uj: u16,
    },
    /// None, and the stroke in progress is cut.
    Cut,
    /// None after the stroke in progress.
    Stop,
}

/// An alarm tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// That of non-critical alarms.
    Single,
    /// That of critical alarms.
    TwoTone,
}

/// A packet on its way to the pump, and the answer.
#[derive(Clone, Debug)]
pub struct Packet<'a> {
    /// When it was sent.
    pub at: SimTime,
    /// By whom.
    pub from: Sender,
    /// What it asks for.
    pub request: &'a Request,
    /// Whether its sender has sent it, or somebody else.
    pub origin: &'a Origin,
    /// Whether the pump's receiver was on and took it.
    pub reached: bool,
    /// Whether a fault of the run lost the packet or the answer: whether it was obeyed is unknown.
    pub lost: bool,
    /// The answer; `None`: none came.
    pub answer: Option<Answer<'a>>,
}

impl<'a> Packet<'a> {
    /// Whether its sender has sent it, now and for the first time.
    pub(crate) const fn is_genuine(&self) -> bool {
        self.origin.is_genuine()
    }

    /// How it is forged, if it is.
    pub(crate) fn forgery(&self) -> Option<&'a Forgery> {
        match self.origin {
            Origin::Forged(forgery) => Some(forgery),
            Origin::Genuine | Origin::Replayed => None,
        }
    }

    /// The remote whose press it is, and the number of the press, if it reached the pump and is nobody's
    /// recording.
    pub(crate) const fn press(&self) -> Option<(u8, u16)> {
        match (self.from, self.request) {
            (Sender::Remote(remote), &Request::PatientBolus { press })
                if self.reached && self.is_genuine() =>
            {
                Some((remote, press))
            }
            _ => None,
        }
    }
}

/// What a pump answered.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// Obeyed.
    Done,
    /// Not obeyed, with the reason in the pump's words.
    Rejected(&'a str),
    /// Bolus granted.
    Granted,
    /// Bolus denied, with the reason in the pump's words.
    Denied(&'a str),
    /// Its status.
    Status(Status<'a>),
    /// The prescription in force.
    Prescription(&'a Therapy),
    /// Its alarms.
    Alarms(&'a [AlarmAge]),
    /// Entries of its log.
    Log(Log<'a>),
    /// Its state of health.
    Health(Health),
    /// Something else that only its programmer reads.
    Other,
    /// Something that its programmer could not read.
    Unreadable,
}

/// An alarm in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmAge {
    /// Its name, in the pump's words.
    pub name: &'static str,
    /// Whether it is acknowledged.
    pub acknowledged: bool,
    /// Time since it was raised, in whole minutes.
    pub age: Millis,
}

/// What a pump knows of its own state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Lowest supply of the last check under load; `None`: there was none of late. Unit: mV.
    pub loaded_mv: Option<u16>,
    /// Whole days since replacement of the battery became due.
    pub replacement_days: Option<u16>,
    /// Its calendar, since Monday 0:00.
    pub time_of_week: Millis,
    /// Resets since it was made.
    pub resets: u32,
    /// Steps of old drug that a bridge still has to move.
    pub bridge_steps: u64,
    /// Whether an update session is open.
    pub in_session: bool,
    /// Whether tubing and catheter count as full.
    pub primed: bool,
    /// Whether the magnet switch is closed.
    pub magnet: bool,
}

/// What an interrogation shows.
#[derive(Clone, Copy, Debug)]
pub struct Status<'a> {
    /// When it was answered.
    pub at: SimTime,
    /// The pump's clock.
    pub clock: PumpTime,
    /// What the pump is doing, in its words.
    pub mode: &'a str,
    /// Active alarms, in the pump's words.
    pub alarms: &'a [&'static str],
    /// Reservoir volume by count.
    pub reservoir: Volume,
    /// Steps moved, by count.
    pub steps: u64,
    /// Patient boluses granted.
    pub granted: u32,
    /// Patient requests denied.
    pub denied: u32,
    /// Packets dropped as not authentic or not fresh.
    pub unauthentic: u32,
    /// Entries ever written to the event log.
    pub log_entries: u32,
}

/// The pump's event log, or a page of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log<'a> {
    /// Index of the oldest entry that is left.
    pub first: u32,
    /// Its entries, in order.
    pub entries: &'a [Entry],
}

/// An entry of the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was written, as the pump says: its time without the jumps of its clock, as an instant of
    /// the simulation.
    pub at: SimTime,
    /// The pump's own time of it.
    pub clock: PumpTime,
    /// Its index.
    pub index: u32,
    /// What the rig understands of it.
    pub kind: LogKind,
    /// The pump's own number of what happened.
    pub code: u8,
    /// The pump's words for it.
    pub text: &'static str,
    /// Its argument.
    pub argument: u32,
    /// What the rig understands of that.
    pub says: LogDetail,
    /// Entries that the pump has left out and that this one counts: their kind, and how many.
    pub left_out: Option<(LogKind, u32)>,
}

/// Why a pump boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Power came on.
    PowerOn,
    /// The reset line.
    Pin,
    /// The watchdog.
    Watchdog,
    /// The supply fell too low.
    BrownOut,
}

/// A boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot {
    /// When.
    pub at: SimTime,
    /// Why.
    pub cause: Cause,
    /// Whether something outside the pump explains it.
    pub explained: bool,
    /// Whether power failed again before the first exchange was complete.
    pub cut_short: bool,
    /// How many packets had been sent before it: at one instant the order matters.
    pub packets: usize,
}

/// A span without the pump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// From.
    pub from: SimTime,
    /// Until; the run's end if it lasts.
    pub until: SimTime,
    /// Whether something outside the pump explains it; a pump that hangs has no excuse.
    pub explained: bool,
    /// Whether it had no power, so that its motor stood; otherwise a train that it had begun goes on.
    pub dark: bool,
}

/// Something done to the pump's inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injury {
    /// When.
    pub at: SimTime,
    /// What it may have hurt.
    pub hurt: Hurt,
}

/// What an injury may have hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hurt {
    /// Bytes of its nonvolatile memory.
    Memory,
    /// What it knows until the next boot: a bit of RAM or of a register.
    Volatile,
    /// Its program.
    Image,
    /// Power failed while it was writing or acting: the exchange is done in part.
    Exchange,
    /// A reset came before the pump had made up for writes that were lost: it knows what its memory held before
    /// them.
    Owed,
}

/// The number of steps that a motor has moved.
pub trait Steps: core::fmt::Debug {
    /// In total up to this instant. Between two samples the growth is linear.
    fn at(&self, at: SimTime) -> f64;

    /// Each sample, in order.
    fn samples(&self) -> Box<dyn Iterator<Item = (SimTime, f64)> + '_>;
}
