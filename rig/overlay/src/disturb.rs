//! A story with one disturbance more.

use crate::kind::Kind;
use crate::moments::moments;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use thecal_engine::run::{Prescribed, RunHistory};
use thecal_plan::{Action, Entry, Fault, FaultKind, Scenario, Schedule};
use thecal_units::{Millis, SimTime};

/// A story that is disturbed.
#[derive(Clone, Debug)]
pub struct Disturbed {
    /// The story, without its expectations and claims: they speak of the undisturbed one.
    pub scenario: Scenario,
    /// By what.
    pub kind: Kind,
    /// The seed that the disturbance was drawn with.
    pub seed: u64,
    /// When it is disturbed.
    pub at: SimTime,
    /// What is going on then, in words.
    pub amid: &'static str,
    /// What is done, in words.
    pub what: String,
    /// From when on the pump must do again as if nothing had been.
    pub over: SimTime,
    /// How many faults the story has of its own; those behind them disturb it.
    own_faults: usize,
}

impl Disturbed {
    /// Whether the disturbance happened in this run of it: a power cut within a write that the pump does not
    /// make, or a reset of a pump without power, changes nothing.
    #[must_use]
    pub fn has_acted(&self, history: &RunHistory) -> bool {
        let mut added = history.faults.iter().skip(self.own_faults).peekable();
        added.peek().is_none() || added.any(|fault| fault.effect > 0)
    }
}

/// The story goes on for at least this long after the disturbance: a pump that is away at the end cannot be
/// asked for its log.
const AFTERWARDS: Millis = Millis::from_secs(900);

/// The story, disturbed at an instant that `seed` chooses among the critical ones of its undisturbed
/// run; `None` where this disturbance means nothing to it.
#[must_use]
pub fn disturb(
    scenario: &Scenario,
    undisturbed: &RunHistory,
    kind: Kind,
    seed: u64,
) -> Option<Disturbed> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream(&scenario.id, kind));
    let (at, amid) = instant(undisturbed, &mut random)?;
    let mut story = Story {
        scenario: Scenario {
            expectations: Vec::new(),
            verifies: Vec::new(),
            ..scenario.clone()
        },
        at,
        undisturbed,
    };
    let (what, lasts) = story.disturb(kind, &mut random)?;
    let own_faults = scenario.faults.len();
    if !kind.is_compared() {
        let later = (at + lasts + AFTERWARDS).since(SimTime::ZERO);
        story.scenario.duration = story.scenario.duration.max(later);
    }
    Some(Disturbed {
        scenario: story.scenario,
        kind,
        seed,
        at,
        amid,
        what,
        over: at + lasts,
        own_faults,
    })
}

/// The stream of random numbers of a story and an overlay: no two stories get the same disturbance.
fn stream(id: &str, kind: Kind) -> u64 {
    let of_story = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(id.as_bytes());
    u64::from(of_story) << 32 | kind.number()
}

/// One instant of a kind, any kind as likely as another; or any instant at all.
fn instant(undisturbed: &RunHistory, random: &mut ChaCha8Rng) -> Option<(SimTime, &'static str)> {
    let kinds = moments(undisturbed);
    let chosen = random.random_range(0..=kinds.len());
    match kinds.get(chosen) {
        Some(moments) => {
            let nth = random.random_range(0..moments.at.len());
            moments.at.get(nth).map(|at| (*at, moments.what))
        }
        None => {
            let last = undisturbed.simulated.as_millis().checked_sub(1)?;
            let at = SimTime::from_millis(random.random_range(1..=last.max(1)));
            Some((at, "at any instant"))
        }
    }
}

/// A story to which a disturbance is added.
pub(crate) struct Story<'h> {
    pub(crate) scenario: Scenario,
    /// When.
    pub(crate) at: SimTime,
    /// Its undisturbed run.
    pub(crate) undisturbed: &'h RunHistory,
}

impl Story<'_> {
    /// Adds the disturbance: what it is in words, and how long it matters; `None` where it means
    /// nothing to this story.
    fn disturb(&mut self, kind: Kind, random: &mut ChaCha8Rng) -> Option<(String, Millis)> {
        match kind {
            Kind::Reset => Some(self.reset()),
            Kind::PowerCut => Some(self.cut_power(random)),
            Kind::StopStart => self.stop_and_start(random),
            Kind::Replay => Some(self.replay(random)),
            Kind::ClockJump => Some(self.jump(random)),
            Kind::Press => Some(self.press(random)),
            Kind::ReadOut => Some(self.read_out()),
            Kind::Orders => self.orders(random),
            Kind::Reprogram => self.reprogram(random),
            Kind::Refill => self.refill(random),
            Kind::Magnet => self.magnet(random),
            Kind::BrownOut => Some(self.brown_out(random)),
            Kind::Stall => self.stall(random),
            Kind::Damage => Some(self.damage(random)),
            Kind::LostWrites => self.lose_writes(random),
            Kind::Forge => Some(self.forge(random)),
        }
    }

    /// What was programmed at that instant; `None`: nothing yet.
    pub(crate) fn prescribed(&self) -> Option<&Prescribed> {
        let prescribed = &self.undisturbed.prescribed;
        let behind = prescribed.partition_point(|it| it.from <= self.at);
        behind.checked_sub(1).and_then(|nth| prescribed.get(nth))
    }

    pub(crate) fn breaks(&mut self, start: SimTime, kind: FaultKind, duration: Option<Millis>) {
        if let Some(need) = kind.needs()
            && !self.scenario.needs.contains(&need)
        {
            self.scenario.needs.push(need);
        }
        self.scenario.faults.push(Fault {
            kind,
            start,
            duration,
            repeats: None,
            posture: None,
            control: None,
            line: 0,
        });
    }

    pub(crate) fn happens(&mut self, action: Action) {
        self.happens_at(self.at, action);
    }

    pub(crate) fn happens_at(&mut self, at: SimTime, action: Action) {
        self.scenario.timeline.push(Entry {
            schedule: Schedule::Once(at),
            action,
            control: None,
            line: 0,
        });
    }
}
