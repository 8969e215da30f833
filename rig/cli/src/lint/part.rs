//! What a story can be run without: each fault, each act of its timeline, and its therapy.

use std::sync::Arc;
use thecal_plan::{Action, Request, Scenario, Schedule, StayPlace};

/// One thing that a story can be run without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The fault with this index.
    Fault(usize),
    /// The entry of the timeline with this index, with all its repetitions.
    Act(usize),
    /// What is programmed at implant. Only claims are held against it: a story may show what a pump
    /// does that nobody has programmed.
    Therapy,
}

impl Part {
    /// Every part of a story, in the order of its lists.
    pub(super) fn all(scenario: &Scenario) -> Vec<Self> {
        let faults = (0..scenario.faults.len()).map(Self::Fault);
        let acts = (0..scenario.timeline.len()).map(Self::Act);
        let therapy = scenario.therapy.is_some().then_some(Self::Therapy);
        faults.chain(acts).chain(therapy).collect()
    }

    /// The story without it.
    pub(super) fn left_out_of(self, scenario: &Scenario) -> Scenario {
        let mut without = scenario.clone();
        match self {
            Self::Fault(index) => {
                let kind = without.faults.remove(index).kind;
                let needed = kind.needs();
                let others = || without.faults.iter().map(|fault| fault.kind.needs());
                if !others().any(|need| need == needed) {
                    without.needs.retain(|need| Some(*need) != needed);
                }
            }
            Self::Act(index) => {
                without.timeline.remove(index);
            }
            Self::Therapy => without.therapy = None,
        }
        without
    }

    /// How it is written, and when it comes: "`tip-occlusion` at 2 h".
    pub(super) fn called(self, scenario: &Scenario) -> String {
        match self {
            Self::Fault(index) => scenario
                .faults
                .get(index)
                .map_or_else(String::new, |fault| {
                    format!("`{}` at {}", fault.kind.name(), fault.start.spelled())
                }),
            Self::Act(index) => scenario
                .timeline
                .get(index)
                .map_or_else(String::new, |entry| {
                    let when = match entry.schedule {
                        Schedule::Once(at) => format!("at {}", at.spelled()),
                        Schedule::Repeated { every, .. } => format!("every {}", every.spelled()),
                    };
                    format!("`{}` {when}", key_of(&entry.action))
                }),
            Self::Therapy => "`[therapy]`".to_owned(),
        }
    }

    /// The line of its header in the file.
    pub(super) fn line(self, scenario: &Scenario) -> Option<usize> {
        match self {
            Self::Fault(index) => scenario.faults.get(index).map(|fault| fault.line),
            Self::Act(index) => scenario.timeline.get(index).map(|entry| entry.line),
            Self::Therapy => None,
        }
    }

    /// Whether it only reads: the report shows the answer, and nothing is provoked by it.
    pub(super) fn only_reads(self, scenario: &Scenario) -> bool {
        let Self::Act(index) = self else { return false };
        let entry = scenario.timeline.get(index);
        let asked = entry.and_then(|entry| entry.action.asks());
        matches!(
            asked,
            Some(
                Request::Interrogate
                    | Request::ReadPrescription
                    | Request::ReadAlarms
                    | Request::ReadHealth
                    | Request::ReadLog { .. }
            )
        )
    }

    /// Why the story may pass without it, in the words of its file.
    pub(super) fn control(self, scenario: &Scenario) -> Option<&str> {
        match self {
            Self::Fault(index) => scenario.faults.get(index)?.control.as_deref(),
            Self::Act(index) => scenario.timeline.get(index)?.control.as_deref(),
            Self::Therapy => None,
        }
    }
}

/// The key of an action in scenario files.
fn key_of(action: &Action) -> &'static str {
    match action {
        Action::Press { .. } => "press",
        Action::Replay(_) => "replay",
        Action::Forge(_) => "forge",
        Action::Posture(_) => "posture",
        Action::ResetFlowValve => "reset-flow-valve",
        Action::AccessPort(_) => "access-port",
        Action::AccessReservoir(_) => "access-reservoir",
        Action::LumbarInjection(_) => "lumbar-injection",
        Action::Stay(stay) => match stay.place {
            StayPlace::Scanner { .. } => "mri",
            StayPlace::Magnet { .. } => "magnet",
            StayPlace::Flight { .. } => "flight",
            StayPlace::Dive { .. } => "dive",
            StayPlace::Fever { .. } => "fever",
        },
        Action::Ask(_) | Action::Refill(_) => action
            .asks()
            .as_ref()
            .map_or("refill", |request| Request::row(request).key),
    }
}

/// A story and the parts it can be run without.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// As it is written.
    pub(super) scenario: Arc<Scenario>,
    /// What it is run without, one at a time.
    pub(super) parts: Vec<Part>,
}

impl Story {
    pub(super) fn new(scenario: Arc<Scenario>) -> Self {
        let parts = Part::all(&scenario);
        Self { scenario, parts }
    }
}
