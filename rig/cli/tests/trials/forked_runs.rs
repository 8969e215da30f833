//! A run is a value: cut at any instant and continued twice, both copies give the record, the
//! report and the trace of the uncut run, byte for byte; and an act from outside equals a line of
//! the timeline.
//!
//! One trial for each scenario of the library that bench native can run.

use libtest_mimic::{Failed, Trial};
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::Arc;
use thecal_cli::registry::reference;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_engine::run::{Run, RunError, RunFailure, RunHistory, RunHooks};
use thecal_engine::verdict::judge;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, ResetCause, Stimulus};
use thecal_plan::expand;
use thecal_plan::{Action, FaultKind, Scenario};
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_report::{CsvTrace, Record, render};
use thecal_scenario::{discover, load};
use thecal_units::{Millis, SimTime};

const MOMENT: Millis = Millis::from_millis(1);

pub(crate) fn trials() -> io::Result<Vec<Trial>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let found = discover(&[root]).expect("the scenario library is there");
    let able = thecal_reference::native::ROW.capabilities;
    let mut trials = vec![
        Trial::test("a_run_holds_nothing_of_its_surroundings", || {
            owns_everything::<Run>();
            Ok(())
        }),
        Trial::test("an_act_comes_now_or_later", acts_come_now_or_later),
        Trial::test("a_bench_says_why_it_cannot_be_copied", unlike_native),
    ];
    for (file, root) in found {
        let scenario = Arc::new(load(&file, &root).expect("a valid scenario"));
        if scenario.needs.iter().any(|need| !able.contains(need)) {
            continue;
        }
        let (forked, acted) = (Arc::clone(&scenario), scenario);
        let id = forked.id.clone();
        trials.push(Trial::test(format!("forked::{id}"), move || {
            forked_runs_agree(&forked)
        }));
        if !acted.timeline.is_empty() {
            trials.push(Trial::test(format!("acts::{id}"), move || {
                acts_from_outside_are_lines_of_the_timeline(&acted)
            }));
        }
    }
    Ok(trials)
}

/// No borrows, and nothing bound to a thread.
const fn owns_everything<T: Send + 'static>() {}

/// All output of a run, as text.
#[derive(PartialEq, Eq)]
struct Left {
    history: String,
    report: String,
    record: String,
    trace: String,
}

impl Left {
    fn new(scenario: &Scenario, history: &RunHistory, trace: Vec<u8>) -> Result<Self, Failed> {
        let judgement = judge(scenario, history, &reference());
        let mut text = String::new();
        write!(text, "{history:?}")?;
        let mut record = Record::new(scenario, "native");
        record.finish(scenario, &mut history.clone(), judgement);
        Ok(Self {
            history: text,
            report: render(scenario, &record).ok_or("a run that ended has a report")?,
            record: String::from_utf8(record.to_json()?)?,
            trace: String::from_utf8(trace)?,
        })
    }

    fn compare(&self, other: &Self, what: &str) -> Result<(), Failed> {
        let mut wrong = Vec::new();
        for (name, one, other) in [
            ("reports", &self.report, &other.report),
            ("records", &self.record, &other.record),
            ("traces", &self.trace, &other.trace),
            ("histories", &self.history, &other.history),
        ] {
            if one != other {
                let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b);
                let at = same.count().saturating_sub(60);
                let around = |text: &str| text.chars().skip(at).take(160).collect::<String>();
                wrong.push(format!(
                    "the {name} differ:\n  uncut: …{}…\n  other: …{}…",
                    around(one),
                    around(other)
                ));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("{what}\n{}", wrong.join("\n")).into())
        }
    }
}

/// One call with its own trace writer: a trace file may be closed between any two calls.
fn traced<T>(
    trace: &mut Vec<u8>,
    call: impl FnOnce(&mut RunHooks<'_>) -> Result<T, RunFailure>,
) -> Result<T, Failed> {
    let header = CsvTrace::new(Vec::new()).finish()?.len();
    let mut piece = CsvTrace::new(Vec::new());
    let mut hooks = RunHooks {
        trace: Some(&mut piece),
        ..RunHooks::default()
    };
    let outcome = call(&mut hooks)?;
    let skipped = if trace.is_empty() { 0 } else { header };
    trace.extend(piece.finish()?.into_iter().skip(skipped));
    Ok(outcome)
}

/// A run in progress, its bench, and its trace so far.
struct UnderWay {
    run: Run,
    bench: Box<dyn Bench>,
    trace: Vec<u8>,
}

impl UnderWay {
    fn start(scenario: &Arc<Scenario>) -> Result<Self, Failed> {
        let (mut bench, mut trace) = (Box::new(Native::new()), Vec::new());
        let run = traced(&mut trace, |hooks| {
            let people = Box::new(Reference::new());
            Run::start(Arc::clone(scenario), people, bench.as_mut(), hooks)
        })?;
        Ok(Self { run, bench, trace })
    }

    fn advance_to(&mut self, until: SimTime) -> Result<(), Failed> {
        let (run, bench) = (&mut self.run, self.bench.as_mut());
        traced(&mut self.trace, |hooks| run.advance_to(until, bench, hooks))
    }

    fn fork(&self) -> Result<Self, Failed> {
        Ok(Self {
            run: self.run.fork()?,
            bench: self.bench.fork()?,
            trace: self.trace.clone(),
        })
    }

    fn finish(mut self) -> Result<(RunHistory, Vec<u8>), Failed> {
        let (run, bench) = (self.run, self.bench.as_mut());
        let history = traced(&mut self.trace, |hooks| run.finish(bench, hooks))?;
        Ok((history, self.trace))
    }
}

fn forked_runs_agree(scenario: &Arc<Scenario>) -> Result<(), Failed> {
    let (history, trace) = UnderWay::start(scenario)?.finish()?;
    let cuts = cuts(scenario, &history);
    let uncut = Left::new(scenario, &history, trace)?;
    let mut first = UnderWay::start(scenario)?;
    let mut copies = Vec::new();
    for &cut in &cuts {
        first.advance_to(cut)?;
        if first.run.now() != cut || first.run.truth().at != cut {
            return Err(format!("advanced to {cut}, arrived at {}", first.run.now()).into());
        }
        copies.push((cut, first.fork()?));
    }
    // The first run ends before any copy does: they must not share anything.
    let (history, trace) = first.finish()?;
    let what = format!("cut {} times", cuts.len());
    uncut.compare(&Left::new(scenario, &history, trace)?, &what)?;
    for (cut, copy) in copies {
        let (history, trace) = copy.finish()?;
        let what = format!("copied at {cut}");
        uncut.compare(&Left::new(scenario, &history, trace)?, &what)?;
    }
    Ok(())
}

/// A third, a half, the middle of each kind of outage, and the instant of a fault.
fn cuts(scenario: &Scenario, history: &RunHistory) -> Vec<SimTime> {
    let part = |parts: u64| SimTime::from_millis(scenario.duration.as_millis() / parts);
    let mut cuts = vec![part(3), part(2)];
    for is_outage in [
        (|kind| matches!(kind, FaultKind::PowerCut { .. })) as fn(&FaultKind) -> bool,
        |kind| matches!(kind, FaultKind::BrownOut { .. }),
        |kind| matches!(kind, FaultKind::CoreHalt),
    ] {
        let fault = history.faults.iter().find(|fault| is_outage(&fault.kind));
        if let Some((from, until)) = fault.and_then(|fault| Some((fault.from, fault.until?))) {
            cuts.push(from + Millis::from_millis(until.since(from).as_millis() / 2));
        }
    }
    // A pump whose battery fails is held in reset for 1 s.
    let by_itself = |cause| cause == ResetCause::BrownOut;
    let reset = history.resets.iter().find(|reset| by_itself(reset.cause));
    cuts.extend(reset.map(|reset| reset.at.before(Millis::from_millis(500))));
    cuts.extend(history.faults.first().map(|fault| fault.from));
    cuts.retain(|&cut| cut <= SimTime::ZERO + scenario.duration);
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn acts_from_outside_are_lines_of_the_timeline(scenario: &Arc<Scenario>) -> Result<(), Failed> {
    let (history, trace) = UnderWay::start(scenario)?.finish()?;
    let written = Left::new(scenario, &history, trace)?;
    let mut bare = Scenario::clone(scenario);
    bare.timeline.clear();
    let mut under_way = UnderWay::start(&Arc::new(bare))?;
    for (at, entry) in expand(scenario) {
        under_way.advance_to(at.before(MOMENT))?;
        let action = &scenario.timeline[entry].action;
        under_way.run.act(at, action)?;
    }
    let (history, trace) = under_way.finish()?;
    let given = Left::new(scenario, &history, trace)?;
    written.compare(&given, "with the acts given from outside")
}

fn any_scenario() -> Arc<Scenario> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let file = root.join("bolus/presses-at-the-edges-of-the-lockout.toml");
    Arc::new(load(&file, &root).expect("a valid scenario"))
}

fn acts_come_now_or_later() -> Result<(), Failed> {
    let mut under_way = UnderWay::start(&any_scenario())?;
    let hour = SimTime::ZERO + Millis::HOUR;
    under_way.advance_to(hour)?;
    let press = Action::Press { remote: 1 };
    match under_way.run.act(hour.before(MOMENT), &press) {
        Err(RunError::PastAct { at, now }) if at.before(MOMENT) < at && now == hour => {}
        other => return Err(format!("an act in the past: {other:?}").into()),
    }
    // An act at this instant still comes at this instant, although all others of it are done.
    under_way.run.act(hour, &press)?;
    under_way.advance_to(hour)?;
    let (history, _) = under_way.finish()?;
    let pressed = |at| history.commands.iter().any(|command| command.at == at);
    if pressed(hour) {
        Ok(())
    } else {
        Err("nobody pressed at that hour".into())
    }
}

/// A bench with the default [`Bench::fork`].
struct Elsewhere(Native);

impl Bench for Elsewhere {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.0.boot(boot, nvm)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.0.exchange(stimulus, reaction)
    }
}

fn unlike_native() -> Result<(), Failed> {
    match Elsewhere(Native::new()).fork() {
        Err(refusal) if refusal.to_string().contains("outside this process") => Ok(()),
        Err(refusal) => Err(refusal.into()),
        Ok(_) => Err("a copy of a bench that cannot be copied".into()),
    }
}
