//! A story with one disturbance more.

use crate::kind::Kind;
use crate::moments::moments;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use thecal_engine::run::RunHistory;
use thecal_plan::{Action, CutPlace, Entry, Fault, FaultKind, Request, Scenario, Schedule};
use thecal_units::{Millis, SimTime};

/// A story that is disturbed.
#[derive(Clone, Debug)]
pub struct Disturbed {
    /// The story, without its expectations: they speak of the undisturbed one.
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
}

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
    random.set_stream(kind.number());
    let (at, amid) = instant(undisturbed, &mut random)?;
    let mut story = Story {
        scenario: Scenario {
            expectations: Vec::new(),
            ..scenario.clone()
        },
        at,
    };
    let (what, lasts) = story.disturb(undisturbed, kind, &mut random)?;
    Some(Disturbed {
        scenario: story.scenario,
        kind,
        seed,
        at,
        amid,
        what,
        over: at + lasts,
    })
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

struct Story {
    scenario: Scenario,
    at: SimTime,
}

impl Story {
    /// Adds the disturbance: what it is in words, and how long it matters.
    fn disturb(
        &mut self,
        undisturbed: &RunHistory,
        kind: Kind,
        random: &mut ChaCha8Rng,
    ) -> Option<(String, Millis)> {
        match kind {
            Kind::Reset => {
                self.breaks(FaultKind::Reset, None);
                Some(("the pump is reset".to_owned(), Millis::ZERO))
            }
            Kind::PowerCut => Some(self.cut_power(random)),
            Kind::StopStart => {
                let minutes = random.random_range(0..=20);
                if !runs_untouched(undisturbed, self.at, Millis::MINUTE.times(minutes)) {
                    return None;
                }
                self.happens(Action::Ask(Request::Stop));
                let pause = Millis::MINUTE.times(minutes);
                self.happens_at(self.at + pause, Action::Ask(Request::Start));
                Some((format!("stopped and started after {minutes} min"), pause))
            }
            Kind::Replay => {
                let all = random.random_bool(0.5);
                self.happens(Action::Replay { all });
                let what = if all {
                    "all packets so far are sent again"
                } else {
                    "the last packet is sent again"
                };
                Some((what.to_owned(), Millis::ZERO))
            }
            Kind::ClockJump => {
                let longest = [1_000_i64, 60_000, 3_600_000, 86_400_000, 31_536_000_000];
                let longest = longest[random.random_range(0..longest.len())];
                let by_ms =
                    random.random_range(1..=longest) * if random.random_bool(0.5) { 1 } else { -1 };
                // A clock does not show less than zero: there it would stand still.
                let shown = i64::try_from(self.at.as_millis()).unwrap_or(i64::MAX);
                let by_ms = by_ms.max(-shown);
                self.breaks(FaultKind::ClockJump { by_ms }, None);
                Some((format!("the clock jumps by {by_ms} ms"), Millis::ZERO))
            }
            Kind::Press => {
                let times = [1, 2, 5, 40][random.random_range(0..4)];
                let apart = [100_u64, 1_000, 60_000][random.random_range(0..3)];
                let remote = random.random_range(1..=2);
                for nth in 0..times {
                    let at = self.at + Millis::from_millis(nth * apart);
                    self.happens_at(at, Action::Press { remote });
                }
                let what = format!("remote {remote} is pressed {times} times, {apart} ms apart");
                Some((what, Millis::from_millis(times * apart)))
            }
            Kind::ReadOut => {
                for request in [
                    Request::Interrogate,
                    Request::ReadPrescription,
                    Request::ReadAlarms,
                    Request::ReadHealth,
                    Request::ReadLog { first: 0 },
                ] {
                    self.happens(Action::Ask(request));
                }
                Some(("all is read".to_owned(), Millis::ZERO))
            }
        }
    }

    fn cut_power(&mut self, random: &mut ChaCha8Rng) -> (String, Millis) {
        let off = [0_u64, 10, 60, 600][random.random_range(0..4)];
        let off = Millis::from_secs(off);
        let place = if random.random_bool(0.5) {
            CutPlace::Write {
                write: random.random_range(1..=4),
                after_bytes: random.random_range(0..=40),
            }
        } else {
            CutPlace::Start
        };
        let what = match place {
            CutPlace::Write { write, after_bytes } => format!(
                "power fails after byte {after_bytes} of write {write}, for {}",
                off.spelled()
            ),
            _ => format!("power fails for {}", off.spelled()),
        };
        let lasts = (off > Millis::ZERO).then_some(off);
        self.breaks(FaultKind::PowerCut { place }, lasts);
        (what, off)
    }

    fn breaks(&mut self, kind: FaultKind, duration: Option<Millis>) {
        if let Some(need) = kind.needs()
            && !self.scenario.needs.contains(&need)
        {
            self.scenario.needs.push(need);
        }
        self.scenario.faults.push(Fault {
            kind,
            start: self.at,
            duration,
            repeats: None,
            posture: None,
            control: None,
            line: 0,
        });
    }

    fn happens(&mut self, action: Action) {
        self.happens_at(self.at, action);
    }

    fn happens_at(&mut self, at: SimTime, action: Action) {
        self.scenario.timeline.push(Entry {
            schedule: Schedule::Once(at),
            action,
            control: None,
            line: 0,
        });
    }
}

/// Whether the infusion runs from `at` on for `pause`, and nobody changes anything of it meanwhile.
fn runs_untouched(undisturbed: &RunHistory, at: SimTime, pause: Millis) -> bool {
    let prescribed = &undisturbed.prescribed;
    let behind = prescribed.partition_point(|it| it.from <= at);
    let runs = behind.checked_sub(1).and_then(|nth| prescribed.get(nth));
    let last = at + pause + Millis::SECOND;
    let ends = undisturbed.simulated.as_millis() <= last.as_millis();
    let changed = prescribed.get(behind).is_some_and(|it| it.from <= last);
    let mut orders = undisturbed.commands.iter();
    let busy = orders.any(|it| at.before(Millis::MINUTE) <= it.at && it.at <= last);
    runs.is_some_and(|it| it.running && !it.running_in_doubt) && !changed && !busy && !ends
}
