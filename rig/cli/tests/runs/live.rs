//! A run paced by a wall clock: people act while it runs, and never in the past.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::Duration;
use thecal_engine::run::{Event, Live, Moment, Pace, Progress, RunHistory, run, run_live};
use thecal_plan::{Action, Scenario};
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_scenario::load;
use thecal_sim::Truth;
use thecal_units::{Millis, SimTime};

fn scenario() -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    load(
        &root.join("bolus/presses-at-the-edges-of-the-lockout.toml"),
        &root,
    )
    .unwrap()
}

/// A person who acts at fixed instants, on a clock that never waits.
struct Operator {
    deeds: Vec<(SimTime, Action)>,
    shown: Vec<Event>,
    seen: Vec<SimTime>,
}

impl Operator {
    fn new(deeds: &[(SimTime, Action)]) -> Self {
        Self {
            deeds: deeds.to_vec(),
            shown: Vec::new(),
            seen: Vec::new(),
        }
    }
}

impl Live for Operator {
    fn wait(&mut self, due: SimTime) -> Moment {
        match self.deeds.first() {
            Some(&(at, _)) if at < due => {
                let (at, action) = self.deeds.remove(0);
                Moment::Person(at, action)
            }
            _ => Moment::Due,
        }
    }

    fn show(&mut self, truth: &Truth, news: &[Event]) {
        self.seen.push(truth.at);
        self.shown.extend_from_slice(news);
    }
}

fn native_live(scenario: &Scenario, live: &mut impl Live) -> RunHistory {
    let (mut bench, progress) = (Native::new(), Progress::default());
    let programmer = Box::new(Reference::new());
    run_live(
        scenario,
        &mut bench,
        programmer,
        None,
        &progress,
        Some(live),
    )
    .unwrap()
}

fn run_native(scenario: &Scenario) -> RunHistory {
    let (mut bench, progress) = (Native::new(), Progress::default());
    run(
        scenario,
        &mut bench,
        Box::new(Reference::new()),
        None,
        &progress,
    )
    .unwrap()
}

#[test]
fn what_a_hand_does_is_what_a_timeline_does() {
    let written = scenario();
    let mut bare = written.clone();
    bare.timeline.clear();
    let deeds: Vec<(SimTime, Action)> = thecal_plan::expand(&written)
        .into_iter()
        .map(|(at, entry)| (at, written.timeline[entry].action.clone()))
        .collect();
    assert!(deeds.len() > 3);
    let mut hand = Operator::new(&deeds);
    let by_hand = native_live(&bare, &mut hand);
    let by_file = run_native(&written);
    assert_eq!(by_hand.events, by_file.events);
    assert_eq!(by_hand.truth, by_file.truth);
    assert!(hand.deeds.is_empty());
    assert!(hand.seen.is_sorted() && !hand.shown.is_empty());
}

#[test]
fn a_deed_from_the_past_happens_now() {
    let mut bare = scenario();
    bare.timeline.clear();
    let press = Action::Press { remote: 1 };
    let late = [
        (SimTime::from_millis(3_600_000), press.clone()),
        (SimTime::from_millis(5), press),
    ];
    let history = native_live(&bare, &mut Operator::new(&late));
    assert_eq!(
        history
            .commands
            .iter()
            .filter(|one| one.answer.is_some())
            .count(),
        history.commands.len()
    );
    let times: Vec<SimTime> = history.events.iter().map(|one| one.at).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_pace_changes_nothing_in_the_run() {
    let scenario = scenario();
    let mut pace = Pace::new(1e12);
    let paced = native_live(&scenario, &mut pace);
    let free = run_native(&scenario);
    assert_eq!(paced.events, free.events);
    assert_eq!(paced.truth, free.truth);
}

#[test]
fn a_pace_does_not_count_postponed_time() {
    let mut pace = Pace::new(1e6);
    std::thread::sleep(Duration::from_millis(20));
    assert!(pace.now() >= SimTime::from_millis(20_000_000));
    pace.postpone(Duration::from_secs(3600));
    assert_eq!(pace.now(), SimTime::ZERO);
}

#[test]
fn a_pace_waits_for_what_is_not_due_yet() {
    let pace = Pace::new(1.0);
    let far = SimTime::ZERO + Millis::DAY;
    assert!(!pace.until(far).is_zero());
    assert!(pace.until(SimTime::ZERO).is_zero());
}
