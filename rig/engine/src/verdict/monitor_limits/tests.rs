//! The incremental computation agrees with the plain definition applied to each window alone.

use super::super::beyond_limits::{as_moved, clinician_reach};
use super::*;
use crate::run::{Progress, run};
use crate::silent::{SilentPump, Unheard, uneventful};
use proptest::prelude::*;
use std::sync::LazyLock;
use thecal_plan::{
    Basal, DuringBolus, Infusion, PatientBolus, ScheduleStep, Therapy, WeekSchedule,
};
use thecal_units::{Concentration, DoseRate, Millis, Volume};

/// A run of 1 s; the tests add events to its record.
static BARE: LazyLock<RunHistory> = LazyLock::new(|| {
    let (scenario, people) = (uneventful(), Box::new(Unheard));
    run(
        &scenario,
        &mut SilentPump,
        people,
        None,
        &Progress::default(),
    )
    .expect("a run")
});

/// Therapies that differ in everything that windows depend on.
static THERAPIES: LazyLock<Vec<Therapy>> = LazyLock::new(|| {
    let once =
        |mg_per_day: u32| Infusion::Simple(DoseRate::from_ng_per_day(mg_per_day * 1_000_000));
    let mut nights = WeekSchedule::EMPTY;
    for (hour, mg_per_day) in [(6, 1), (22, 3)] {
        let dose = DoseRate::from_ng_per_day(mg_per_day * 1_000_000);
        let (days, minute) = (0b111_1111, hour * 60);
        assert!(nights.push(ScheduleStep { days, minute, dose }));
    }
    let nights = Infusion::Flex(nights);
    let bolus = |duration, lockout, daily_maximum| PatientBolus {
        dose: Mass::from_nanograms(20_000),
        duration: minutes(duration),
        lockout: Millis::HOUR.times(lockout),
        daily_maximum,
    };
    let (often, seldom) = (bolus(5, 1, 6), bolus(30, 7, 2));
    let limits = DoseLimits {
        hour: Mass::from_nanograms(120_000),
        four_hours: Mass::from_nanograms(300_000),
        day: Mass::from_nanograms(1_500_000),
    };
    [
        (once(1), None, DoseLimits::NONE),
        (once(1), Some(often), DoseLimits::NONE),
        (once(2), Some(seldom), limits),
        (nights, Some(seldom), DoseLimits::NONE),
        (nights, None, limits),
        (Infusion::MinimumRate, Some(often), limits),
    ]
    .map(|(infusion, patient_bolus, limits)| Therapy {
        concentration: Concentration::from_ng_per_ml(2_000_000),
        infusion,
        patient_bolus,
        during_bolus: DuringBolus::Add,
        limits,
        catheter: Volume::from_nanoliters(200_000),
        low_reservoir: Volume::from_nanoliters(2_000_000),
        critical_interval: minutes(10),
        non_critical_interval: Millis::HOUR,
    })
    .to_vec()
});

const fn minutes(minutes: u64) -> Millis {
    Millis::MINUTE.times(minutes)
}

/// An event: minutes until it happens, and what.
#[derive(Clone, Debug)]
enum Act {
    Prescribe {
        therapy: usize,
        running: bool,
        bridged: bool,
        clinician: Option<(u32, u64)>,
    },
    Doubt(u64),
}

fn acts() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let clinician = prop::option::weighted(0.3, (1_u32..200_000, 1_u64..90));
    let prescribe = (
        0_usize..6,
        prop::bool::weighted(0.8),
        any::<bool>(),
        clinician,
    );
    let prescribe = prescribe.prop_map(|(therapy, running, bridged, clinician)| Act::Prescribe {
        therapy,
        running,
        bridged,
        clinician,
    });
    let act = prop_oneof![9 => prescribe, 1 => (1_u64..40).prop_map(Act::Doubt)];
    let distance = prop_oneof![1 => Just(0_u64), 6 => 1_u64..300, 1 => 1_000_u64..3_000];
    prop::collection::vec((distance, act), 0..40)
}

fn history(acts: &[(u64, Act)]) -> RunHistory {
    let mut history = BARE.clone();
    history.prescribed.clear();
    let mut now = SimTime::ZERO;
    for (distance, act) in acts {
        now = now + minutes(*distance);
        match act {
            Act::Prescribe {
                therapy,
                running,
                bridged,
                clinician,
            } => history.prescribed.push(Prescribed {
                from: now,
                running: *running,
                running_in_doubt: false,
                therapy: THERAPIES.get(*therapy).copied().expect("one of six"),
                bridged: bridged.then(|| Concentration::from_ng_per_ml(20_000_000)),
                clinician_bolus: clinician
                    .map(|(dose, lasts)| (Mass::from_nanograms(dose.into()), minutes(lasts))),
            }),
            Act::Doubt(by) => history.clock_doubts.push((now, minutes(*by))),
        }
    }
    history
}

/// The plain definition of what clinicians' boluses may add that are seen so late. Unit: ug.
fn clinicians_ug(history: &RunHistory, late: Millis, start: SimTime, end: SimTime) -> f64 {
    let given = history.prescribed.iter().filter_map(|prescribed| {
        let (dose, duration) = prescribed.clinician_bolus?;
        let until = prescribed.from + clinician_reach(prescribed, dose, duration) + late;
        (prescribed.from <= end && until >= start).then(|| real::Mass::from(dose).as_micrograms())
    });
    given.sum()
}

fn slack(history: &RunHistory) -> Millis {
    let doubts = history.clock_doubts.iter();
    doubts.fold(Millis::ZERO, |sum, &(_, doubt)| sum + doubt)
}

/// The entries in force within a window, and the continuous dose of each.
fn entries(
    history: &RunHistory,
    late: Millis,
    window: Millis,
    end: SimTime,
) -> Vec<(&Prescribed, f64)> {
    let start = end.before(window);
    let next = |index: usize| history.prescribed.get(index + 1);
    let entries = history.prescribed.iter().enumerate();
    let entries = entries.filter(|(index, prescribed)| {
        prescribed.from <= end && next(*index).is_none_or(|next| next.from >= start.before(late))
    });
    let entries = entries.map(|(_, prescribed)| {
        let slack = slack(history) + Millis::SECOND + late;
        let basal = Basal::of(&as_moved(prescribed), history.starts, slack);
        let asked = match prescribed.therapy.infusion {
            Infusion::Flex(_) => basal.dose_ug(start, end),
            Infusion::Simple(_) | Infusion::MinimumRate => {
                basal.dose_ug(SimTime::ZERO, SimTime::ZERO + window)
            }
        };
        (prescribed, asked)
    });
    entries.collect()
}

/// The plain definition of a limit. Unit: ug.
fn limit_ug(
    history: &RunHistory,
    late: Millis,
    (window, limit): DoseWindow,
    end: SimTime,
) -> Option<f64> {
    let (mut most, mut basal, mut steps) = (0.0_f64, 0.0_f64, 0.0_f64);
    let mut therapies = Vec::new();
    for (prescribed, continuous) in entries(history, late, window, end) {
        if !prescribed.running && prescribed.therapy.limits == DoseLimits::NONE {
            continue;
        }
        let limit = limit(&prescribed.therapy.limits);
        if limit == Mass::ZERO {
            return None;
        }
        most = most.max(real::Mass::from(limit).as_micrograms());
        basal = basal.max(continuous);
        steps = steps.max(loose_ug(prescribed, history, late));
        therapies.push(prescribed.therapy);
    }
    let first = therapies.first()?;
    let within = if therapies.iter().any(|therapy| therapy != first) {
        most + basal
    } else {
        most.max(basal)
    };
    Some(within + steps + clinicians_ug(history, late, end.before(window), end))
}

/// Window ends, in order: at odd instants, and within 1 ms of each event and of its leaving a
/// window.
fn ends(history: &RunHistory, window: Millis, odd: &[u64]) -> Vec<SimTime> {
    let acts = history.prescribed.iter().map(|prescribed| prescribed.from);
    let around = acts.flat_map(|at| {
        let leaves = at + window;
        let ms = Millis::from_millis(1);
        [
            at.before(ms),
            at,
            at + ms,
            leaves.before(ms),
            leaves,
            leaves + ms,
        ]
    });
    let odd = odd.iter().copied().map(SimTime::from_millis);
    let mut ends: Vec<SimTime> = around.chain(odd).collect();
    ends.sort_unstable();
    ends
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_limit_is_that_of_each_window_by_itself(
        acts in acts(),
        nth in 0_usize..3,
        late in prop_oneof![Just(Millis::ZERO), Just(TICK)],
        odd in prop::collection::vec(0..500_000_000_u64, 0..40),
    ) {
        let (history, window) = (history(&acts), DoseLimits::WINDOWS[nth]);
        let beyond = BeyondLimits::of(&history, late);
        let mut limit = Limit::new(&history, &beyond, window);
        for end in ends(&history, window.0, &odd) {
            let plain = limit_ug(&history, late, window, end).map(f64::to_bits);
            prop_assert_eq!(limit.up_to(end).map(|allowed| allowed.ug.to_bits()), plain, "{}", end);
        }
    }
}
