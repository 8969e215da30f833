//! Runs made by hand, for tests: a pump in service that infuses as prescribed unless a test says
//! otherwise.

use crate::boundary::{
    Absence, Answer, Boot, Boundary, Cause, Crystal, Drive, Entry, Injury, Log, Packet, Sender,
    Status, Steps, Tone,
};
use crate::number::as_f64;
use crate::rule::{Opinion, Rule};
use crate::told::Told;
use std::path::Path;
use thecal_plan::{
    DoseLimits, DuringBolus, HeldValue, Infusion, LogDetail, LogKind, Origin, PatientBolus,
    Profile, Request, Therapy,
};
use thecal_scenario::profile::{self, Known};
use thecal_units::{Concentration, DoseRate, Mass, Millis, PumpTime, SimTime, Volume};

/// Steps of a pump that infuses 1 mg a day of 2 mg/mL, 5 nL a step.
pub(crate) const A_DAY: f64 = 100_000.0;

/// Points between which the motor moves evenly.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moves(pub(crate) Vec<(SimTime, f64)>);

impl Steps for Moves {
    fn at(&self, at: SimTime) -> f64 {
        let behind = self.0.partition_point(|&(then, _)| then <= at);
        let before = behind.checked_sub(1).and_then(|nth| self.0.get(nth));
        match (before, self.0.get(behind)) {
            (None, _) => 0.0,
            (Some(&(_, steps)), None) => steps,
            (Some(&(from, low)), Some(&(until, high))) => {
                let part =
                    as_f64(at.since(from).as_millis()) / as_f64(until.since(from).as_millis());
                low + (high - low) * part
            }
        }
    }

    fn samples(&self) -> Box<dyn Iterator<Item = (SimTime, f64)> + '_> {
        Box::new(self.0.iter().copied())
    }
}

/// What an infusing pump answers of itself, with all counts at zero.
pub(crate) fn status(at: SimTime, alarms: &'static [&'static str]) -> Status<'static> {
    Status {
        at,
        clock: PumpTime::from_millis(at.as_millis()),
        mode: "infusing",
        alarms,
        reservoir: Volume::ZERO,
        steps: 0,
        granted: 0,
        denied: 0,
        unauthentic: 0,
        log_entries: 0,
    }
}

/// The profile of the reference pump.
pub(crate) fn reference() -> Profile {
    let (file, text) = (
        "pumps/reference.toml",
        include_str!("../../../pumps/reference.toml"),
    );
    let known = Known {
        protocols: &["reference"],
    };
    profile::parse(Path::new(file), text, known).expect("a valid profile")
}

/// A run.
pub(crate) struct Case {
    pub(crate) end: SimTime,
    pub(crate) said: Vec<(SimTime, Sender, Request, Option<Answer<'static>>)>,
    pub(crate) moves: Moves,
    pub(crate) missed: Vec<(SimTime, u64)>,
    pub(crate) tones: Vec<(SimTime, Tone)>,
    pub(crate) boots: Vec<Boot>,
    pub(crate) absences: Vec<Absence>,
    pub(crate) injuries: Vec<Injury>,
    pub(crate) supply: Vec<(SimTime, u16)>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) status: Option<Status<'static>>,
    pub(crate) drives: Vec<Drive>,
    pub(crate) writes: Vec<SimTime>,
    pub(crate) lost_writes: Vec<SimTime>,
    pub(crate) overruns: Vec<(SimTime, Millis)>,
    pub(crate) unarmed: Vec<(SimTime, bool)>,
    pub(crate) damaged: Vec<(SimTime, u64)>,
    pub(crate) magnet: Vec<(SimTime, bool)>,
    pub(crate) crystal: Crystal,
    /// Instants of packets that were recorded and sent again, that no receiver heard, and that a fault
    /// took.
    pub(crate) replayed: Vec<SimTime>,
    /// How those are forged, if they are.
    pub(crate) forged: Option<Origin>,
    pub(crate) flips: Vec<(SimTime, HeldValue)>,
    pub(crate) unheard: Vec<SimTime>,
    pub(crate) lost: Vec<SimTime>,
}

pub(crate) fn minutes(minutes: u64) -> SimTime {
    SimTime::ZERO + Millis::MINUTE.times(minutes)
}

pub(crate) const THERAPY: Therapy = Therapy {
    concentration: Concentration::from_ng_per_ml(2_000_000),
    infusion: Infusion::Simple(DoseRate::from_ng_per_day(1_000_000)),
    patient_bolus: Some(PatientBolus {
        dose: Mass::from_nanograms(100_000),
        duration: Millis::MINUTE.times(10),
        lockout: Millis::HOUR,
        daily_maximum: 4,
    }),
    during_bolus: DuringBolus::Add,
    limits: DoseLimits::NONE,
    catheter: Volume::from_nanoliters(200_000),
    low_reservoir: Volume::from_nanoliters(2_000_000),
    critical_interval: Millis::MINUTE.times(10),
    non_critical_interval: Millis::HOUR,
};

impl Case {
    /// With keys, programmed, filled with 18 mL and started at zero, for so many hours; its motor has not
    /// moved.
    pub(crate) fn hours(hours: u64) -> Self {
        let mut case = Self::new(hours);
        case.asks(0, Request::AskChallenge);
        case.asks(0, Request::TakeKeys);
        case.asks(0, Request::Program(THERAPY));
        case.asks(
            0,
            Request::Refill {
                volume: Volume::from_nanoliters(18_000_000),
                concentration: THERAPY.concentration,
                bridge: false,
                drawn: None,
            },
        );
        case.asks(0, Request::Start);
        case
    }

    /// As it comes from its maker, for so many hours.
    pub(crate) fn new(hours: u64) -> Self {
        Self {
            end: minutes(hours * 60),
            said: Vec::new(),
            moves: Moves::default(),
            missed: Vec::new(),
            tones: Vec::new(),
            boots: vec![boot(SimTime::ZERO, Cause::PowerOn)],
            absences: Vec::new(),
            injuries: Vec::new(),
            supply: Vec::new(),
            entries: Vec::new(),
            status: None,
            drives: Vec::new(),
            writes: Vec::new(),
            lost_writes: Vec::new(),
            overruns: Vec::new(),
            unarmed: Vec::new(),
            damaged: Vec::new(),
            magnet: Vec::new(),
            crystal: Crystal::default(),
            replayed: Vec::new(),
            forged: None,
            flips: Vec::new(),
            unheard: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// The clinician asks, and is answered. Unit: min.
    pub(crate) fn is_answered(&mut self, minute: u64, request: Request, answer: Answer<'static>) {
        let asked = (minutes(minute), Sender::Clinician, request, Some(answer));
        self.said.push(asked);
    }

    /// Somebody sends a packet of the clinician again, and the pump keeps silent. Unit: min.
    pub(crate) fn replays(&mut self, minute: u64) {
        let again = (minutes(minute), Sender::Clinician, Request::Stop, None);
        self.said.push(again);
        self.replayed.push(minutes(minute));
    }

    /// The clinician asks, and is obeyed. Unit: min.
    pub(crate) fn asks(&mut self, at: u64, request: Request) {
        let done = Some(Answer::Done);
        self.said
            .push((minutes(at), Sender::Clinician, request, done));
    }

    /// A patient asks, and is granted. Unit: min.
    pub(crate) fn granted(&mut self, at: u64) {
        let press = u16::try_from(self.said.len()).unwrap_or(u16::MAX);
        let request = Request::PatientBolus { press };
        let granted = Some(Answer::Granted);
        self.said
            .push((minutes(at), Sender::Remote(1), request, granted));
    }

    /// The motor moves at these multiples of the prescribed rate, each until a minute.
    pub(crate) fn moves(&mut self, rates: &[(f64, u64)]) {
        let (mut steps, mut from) = (0.0, 0);
        let mut points = vec![(SimTime::ZERO, 0.0)];
        for &(rate, until) in rates {
            for minute in from + 1..=until {
                steps += rate * A_DAY / 1_440.0;
                points.push((minutes(minute), steps));
            }
            from = until;
        }
        self.moves = Moves(points);
    }

    /// The names of the rules of a group that this run breaks.
    pub(crate) fn broken(
        &self,
        judge: fn(&Boundary<'_>, &Told, &Profile, &mut Opinion),
    ) -> Vec<&'static str> {
        let opinion = self.opinion(judge);
        let mut names: Vec<&str> = opinion.differences.iter().map(|it| it.rule.name).collect();
        names.dedup();
        names
    }

    pub(crate) fn opinion(
        &self,
        judge: fn(&Boundary<'_>, &Told, &Profile, &mut Opinion),
    ) -> Opinion {
        let mut opinion = Opinion::default();
        self.with_boundary(|boundary| {
            let profile = reference();
            let told = Told::of(boundary, &profile);
            judge(boundary, &told, &profile, &mut opinion);
        });
        opinion
    }

    /// What crosses the boundary in it.
    pub(crate) fn with_boundary(&self, with: impl FnOnce(&Boundary<'_>)) {
        let mut said: Vec<&(SimTime, Sender, Request, Option<Answer<'static>>)> =
            self.said.iter().collect();
        said.sort_by_key(|&&(at, ..)| at);
        let packets = said.iter().map(|&(at, from, request, answer)| Packet {
            at: *at,
            from: *from,
            request,
            origin: match (self.replayed.contains(at), &self.forged) {
                (false, _) => &Origin::Genuine,
                (true, None) => &Origin::Replayed,
                (true, Some(forged)) => forged,
            },
            reached: !self.unheard.contains(at),
            lost: self.lost.contains(at),
            answer: *answer,
        });
        let packets: Vec<Packet<'_>> = packets.collect();
        let mut boots = self.boots.clone();
        for boot in boots.iter_mut().skip(1) {
            // Before a packet of its instant, unless a test says otherwise.
            let before = packets.partition_point(|packet| packet.at < boot.at);
            boot.packets = boot.packets.max(before);
        }
        let boundary = Boundary {
            end: self.end,
            starts: Millis::ZERO,
            step: Volume::from_nanoliters(5),
            crystal: self.crystal.clone(),
            packets,
            tones: &self.tones,
            boots,
            absences: self.absences.clone(),
            injuries: self.injuries.clone(),
            flips: &self.flips,
            moved: &self.moves,
            missed: &self.missed,
            drives: &self.drives,
            writes: &self.writes,
            lost_writes: &self.lost_writes,
            overruns: &self.overruns,
            unarmed: &self.unarmed,
            damaged: &self.damaged,
            magnet: &self.magnet,
            supply: &self.supply,
            status: self.status,
            log: Log {
                first: 0,
                entries: &self.entries,
            },
        };
        with(&boundary);
    }
}

/// A boot for a reason outside the pump.
pub(crate) const fn boot(at: SimTime, cause: Cause) -> Boot {
    Boot {
        at,
        cause,
        explained: true,
        cut_short: false,
        packets: 0,
    }
}

/// An entry of the log.
pub(crate) fn entry(index: u32, at: SimTime, (kind, says): (LogKind, LogDetail)) -> Entry {
    Entry {
        at,
        clock: PumpTime::from_millis(at.as_millis()),
        index,
        kind,
        code: 0,
        text: "",
        argument: 0,
        says,
        left_out: None,
    }
}

/// Each rule of a group has a test that breaks it.
pub(crate) fn all_tested(rules: &[&Rule], tested: &[&str]) {
    for rule in rules {
        assert!(tested.contains(&rule.name), "{} is not tested", rule.name);
    }
}
