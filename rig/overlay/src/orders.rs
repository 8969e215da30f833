//! What a clinician may ask for, with the numbers at which pumps go wrong.

use crate::disturb::Story;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use thecal_plan::{
    CatheterWork, DuringBolus, Infusion, PatientBolus, Request, ScheduleStep, Therapy, WeekSchedule,
};
use thecal_units::{DoseRate, Mass, Millis, Volume};

/// Minutes in a day.
const DAY_MINUTES: u16 = 1_440;

impl Story<'_> {
    /// One order; `None` before anything is programmed.
    pub(crate) fn order(&self, random: &mut ChaCha8Rng) -> Option<Request> {
        Some(match random.random_range(0..16) {
            0..=3 => self.clinician_bolus(random)?,
            4 => Request::PrimingBolus,
            5 => Request::DeclareWork(CatheterWork::ALL[random.random_range(0..3)].1),
            6 => Request::Start,
            7 => Request::Stop,
            8 | 9 => Request::Silence,
            10 => Request::OpenUpdate {
                hold: random.random_bool(0.5),
            },
            11 => Request::Stage(self.another_therapy(random)?),
            12 => Request::Commit,
            13 => Request::CloseUpdate,
            14 => Request::AskChallenge,
            _ => Request::TakeKeys,
        })
    }

    /// Doses from less than a step to half a day's, over no time to more than a day.
    fn clinician_bolus(&self, random: &mut ChaCha8Rng) -> Option<Request> {
        let daily = self.prescribed()?.therapy.highest_rate().as_ng_per_day();
        let dose = match random.random_range(0..6) {
            0 => 1,
            1 => u64::from(daily) / 2,
            _ => random.random_range(1..=u64::from(daily) / 24 + 1),
        };
        let duration = match random.random_range(0..8) {
            0 => Millis::ZERO,
            1 => Millis::DAY,
            2 => Millis::DAY + Millis::from_millis(1),
            _ => Millis::from_secs(random.random_range(1..=3_600)),
        };
        Some(Request::ClinicianBolus {
            dose: Mass::from_nanograms(dose),
            duration,
        })
    }

    /// The prescription in force with one to three changes; `None` if there is none.
    pub(crate) fn another_therapy(&self, random: &mut ChaCha8Rng) -> Option<Therapy> {
        let mut therapy = self.prescribed()?.therapy;
        for _ in 0..random.random_range(1..=3) {
            change(&mut therapy, random);
        }
        Some(therapy)
    }
}

fn change(therapy: &mut Therapy, random: &mut ChaCha8Rng) {
    match random.random_range(0..12) {
        0..=2 => {
            let rate = ragged(therapy.highest_rate(), random);
            therapy.infusion = Infusion::Simple(rate);
        }
        3 | 4 => therapy.infusion = Infusion::Flex(schedule(therapy.highest_rate(), random)),
        5 => therapy.infusion = Infusion::MinimumRate,
        6 => {
            therapy.during_bolus = match therapy.during_bolus {
                DuringBolus::Add => DuringBolus::Replace,
                DuringBolus::Replace => DuringBolus::Add,
            }
        }
        7 => {
            let microliters = random.random_range(0..=5_000);
            therapy.low_reservoir = Volume::from_nanoliters(microliters * 1_000);
        }
        8 => {
            therapy.critical_interval = Millis::MINUTE.times(random.random_range(0..=70));
            therapy.non_critical_interval = Millis::MINUTE.times(random.random_range(0..=200));
        }
        9 => limit(therapy, random),
        _ => therapy.patient_bolus = patient_bolus(therapy, random),
    }
}

/// From a third to one and three quarters of a dose, never a round number.
fn ragged(dose: DoseRate, random: &mut ChaCha8Rng) -> DoseRate {
    let share = random.random_range(333..=1_750_u64);
    let ng = u64::from(dose.as_ng_per_day()) * share / 1_000 + 1;
    DoseRate::from_ng_per_day(u32::try_from(ng).unwrap_or(u32::MAX))
}

/// Steps at odd minutes, and often at midnight; now and then two at one instant.
fn schedule(dose: DoseRate, random: &mut ChaCha8Rng) -> WeekSchedule {
    let mut schedule = WeekSchedule::EMPTY;
    for _ in 0..random.random_range(1..=4) {
        let minute = match random.random_range(0..4) {
            0 => 0,
            1 => DAY_MINUTES - 1,
            _ => random.random_range(0..DAY_MINUTES),
        };
        let days = if random.random_bool(0.5) {
            0x7f
        } else {
            random.random_range(1..=0x7f)
        };
        schedule.push(ScheduleStep {
            days,
            minute,
            dose: ragged(dose, random),
        });
    }
    schedule
}

/// A limit near what infusion and a bolus need.
fn limit(therapy: &mut Therapy, random: &mut ChaCha8Rng) {
    let daily = u64::from(therapy.highest_rate().as_ng_per_day());
    let share = random.random_range(900..=2_500_u64);
    let limit = |part: u64| Mass::from_nanograms(daily * share / 1_000 / part);
    match random.random_range(0..3) {
        0 => therapy.limits.hour = limit(24),
        1 => therapy.limits.four_hours = limit(6),
        _ => therapy.limits.day = limit(1),
    }
}

/// `None`: no remote may ask for a bolus.
fn patient_bolus(therapy: &Therapy, random: &mut ChaCha8Rng) -> Option<PatientBolus> {
    if random.random_bool(0.2) {
        return None;
    }
    let daily = u64::from(therapy.highest_rate().as_ng_per_day());
    let dose = Mass::from_nanograms(random.random_range(1..=daily / 20 + 1));
    Some(PatientBolus {
        dose,
        duration: Millis::from_secs(random.random_range(0..=1_800)),
        lockout: Millis::from_secs(random.random_range(0..=20_000)),
        daily_maximum: random.random_range(0..=24),
    })
}
