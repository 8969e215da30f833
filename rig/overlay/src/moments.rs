//! The critical instants of a run: where a pump has something to lose.

use thecal_engine::run::RunHistory;
use thecal_plan::{Infusion, Request, WEEK, starts};
use thecal_units::{Millis, SimTime};

/// A kind of instant, and all of a run.
#[derive(Debug)]
pub(crate) struct Moments {
    /// What is going on there, in words.
    pub(crate) what: &'static str,
    pub(crate) at: Vec<SimTime>,
}

/// An instant later than another by this much is in what the other began.
const MOMENT: Millis = Millis::from_millis(1);

/// All critical instants, by kind; kinds without any are left out.
pub(crate) fn moments(history: &RunHistory) -> Vec<Moments> {
    let end = SimTime::ZERO + history.simulated;
    let mut kinds = Vec::new();
    let mut add = |what, at: Vec<SimTime>| {
        let mut at: Vec<SimTime> = at
            .into_iter()
            .filter(|at| SimTime::ZERO < *at && *at < end)
            .collect();
        at.sort_unstable();
        at.dedup();
        if !at.is_empty() {
            kinds.push(Moments { what, at });
        }
    };
    let (during, after, window) = boluses(history);
    add("in a bolus", during);
    add("at the end of a bolus", after);
    add("where a lockout or a day of boluses ends", window);
    let commands = history.commands.iter();
    let late = commands.filter(|it| it.at > SimTime::ZERO);
    add(
        "at a command",
        late.flat_map(|it| [it.at, it.at + MOMENT]).collect(),
    );
    let tones = history.pins.tones.iter();
    add(
        "at an alarm",
        tones.flat_map(|&(at, _)| [at, at + MOMENT]).collect(),
    );
    add("at midnight", midnights(history));
    add("at a step of the schedule", steps(history));
    let resets = history.resets.iter();
    add(
        "after a reset",
        resets
            .flat_map(|it| [it.at + MOMENT, it.at + Millis::SECOND])
            .collect(),
    );
    let missed = history.pins.missed.iter();
    add(
        "while the motor sticks",
        missed.map(|&(at, _)| at + MOMENT).collect(),
    );
    kinds
}

/// In, at the end of, and long after each bolus.
fn boluses(history: &RunHistory) -> (Vec<SimTime>, Vec<SimTime>, Vec<SimTime>) {
    let (mut during, mut after, mut window) = (Vec::new(), Vec::new(), Vec::new());
    for record in history.commands.iter().filter(|record| record.obeyed()) {
        let prescribed = record.prescribed.checked_sub(1);
        let prescribed = prescribed.and_then(|nth| history.prescribed.get(nth));
        let (duration, lockout) = match record.request {
            Request::ClinicianBolus { duration, .. } => (duration, None),
            Request::PatientBolus { .. } => {
                let Some(bolus) = prescribed.and_then(|it| it.therapy.patient_bolus) else {
                    continue;
                };
                (bolus.duration, Some(bolus.lockout))
            }
            _ => continue,
        };
        let half = Millis::from_millis(duration.as_millis() / 2);
        let end = record.at + duration;
        during.extend([record.at + MOMENT, record.at + half, end.before(MOMENT)]);
        after.extend([end, end + MOMENT]);
        if let Some(lockout) = lockout {
            let free = record.at + lockout;
            let day = record.at + Millis::DAY;
            window.extend([free.before(MOMENT), free, free + MOMENT]);
            window.extend([day.before(MOMENT), day, day + MOMENT]);
        }
    }
    (during, after, window)
}

fn midnights(history: &RunHistory) -> Vec<SimTime> {
    let day = Millis::DAY.as_millis();
    let first = day - history.starts.as_millis() % day;
    let days = history.simulated.as_millis() / day + 1;
    (0..days)
        .map(|nth| SimTime::from_millis(first + nth * day))
        .flat_map(|at| [at.before(MOMENT), at, at + MOMENT])
        .collect()
}

fn steps(history: &RunHistory) -> Vec<SimTime> {
    let mut at = Vec::new();
    let weeks = history.simulated.as_millis() / WEEK.as_millis() + 1;
    for prescribed in &history.prescribed {
        let Infusion::Flex(week) = &prescribed.therapy.infusion else {
            continue;
        };
        for (step, _) in starts(week) {
            let begins = (step.as_millis() + WEEK.as_millis()
                - history.starts.as_millis() % WEEK.as_millis())
                % WEEK.as_millis();
            for nth in 0..weeks {
                let begins = SimTime::from_millis(begins + nth * WEEK.as_millis());
                at.extend([begins.before(MOMENT), begins, begins + MOMENT]);
            }
        }
    }
    at
}
