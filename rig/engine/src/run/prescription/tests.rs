//! What the reference patient was to receive, order by order.

use super::*;
use crate::bench::NotForkable;
use crate::programmer::{Answer, AnswerError, Packet, Programmer, ProgrammerError};
use crate::silent::uneventful;
use thecal_plan::{DoseLimits, ScheduleStep, WeekSchedule};
use thecal_sim::{Agent, Drug, PlantConfig, Tolerance};
use thecal_units::DoseRate;

/// A programmer that hears what it is told to hear.
struct Hears(Answer);

impl Programmer for Hears {
    fn packet(&mut self, _: Sender, _: &Request, _: Millis) -> Result<Packet, ProgrammerError> {
        Ok(Packet::new())
    }

    fn answer(&mut self, _: &Packet, _: &[u8]) -> Result<Answer, AnswerError> {
        Ok(self.0.clone())
    }

    fn fork(&self) -> Result<Box<dyn Programmer>, NotForkable> {
        Ok(Box::new(Self(self.0.clone())))
    }
}

/// What becomes of an order.
#[derive(Clone, Copy)]
enum Fate {
    Obeyed,
    Refused,
    /// A fault loses the answer.
    Lost,
    /// It does not reach the pump.
    Unheard,
}

/// A day of orders: 240 ug/day, 10 ug an hour.
struct Day {
    plant: Plant,
    people: People,
    prescription: Prescription,
    press: u16,
}

const MINUTES_OF_A_DAY: u64 = 1_440;

fn at(minutes: u64) -> SimTime {
    SimTime::ZERO + Millis::MINUTE.times(minutes)
}

fn mass(micrograms: u64) -> Mass {
    Mass::from_nanograms(micrograms * 1_000)
}

fn therapy() -> Therapy {
    Therapy {
        concentration: Concentration::from_ng_per_ml(2_000_000),
        infusion: Infusion::Simple(DoseRate::from_ng_per_day(240_000)),
        patient_bolus: Some(PatientBolus {
            dose: mass(30),
            duration: Millis::MINUTE.times(30),
            lockout: Millis::HOUR,
            daily_maximum: 6,
        }),
        during_bolus: DuringBolus::Add,
        limits: DoseLimits::NONE,
        catheter: Volume::from_nanoliters(200_000),
        low_reservoir: Volume::ZERO,
        critical_interval: Millis::HOUR,
        non_critical_interval: Millis::HOUR,
    }
}

impl Day {
    /// The therapy is programmed and started at midnight.
    fn of(therapy: Therapy) -> Self {
        let pump = uneventful().pump;
        let strength = real::Concentration::from_ug_per_ml(2_000.0);
        let agent = Agent::new(Drug::Morphine, Tolerance::Naive, strength);
        let config = PlantConfig::new(agent);
        let starts = Millis::ZERO;
        let mut day = Self {
            plant: Plant::new(&config).unwrap(),
            people: People::new(&pump, starts),
            prescription: Prescription::new(&pump, starts),
            press: 0,
        };
        day.orders(0, Request::Program(therapy));
        day.orders(0, Request::Start);
        day
    }

    fn goes_on_to(&mut self, to: SimTime) {
        self.prescription.until(to, &mut self.plant);
        self.plant.advance(to, &mut ());
    }

    fn says(&mut self, minute: u64, (sender, request): (Sender, Request), fate: Fate) {
        self.goes_on_to(at(minute));
        let mut programmer = Hears(match fate {
            Fate::Refused => Answer::Rejected("no"),
            _ => Answer::Done,
        });
        self.people.ask(sender, request);
        let now = self.plant.now();
        let sent = self.people.next_packet(&mut programmer, now);
        let sent = sent.unwrap().expect("it waits for its turn");
        let (answer, lost): (Option<&[u8]>, bool) = match fate {
            Fate::Obeyed | Fate::Refused => (Some(&[0]), false),
            Fate::Lost => (Some(&[]), true),
            Fate::Unheard => (None, true),
        };
        let people = &mut self.people;
        let heard = people.heard(&mut programmer, now, sent, answer, lost);
        let (record, _) = heard.unwrap();
        self.prescription
            .heard(&record, &self.people, &mut self.plant);
    }

    fn orders(&mut self, minute: u64, request: Request) {
        self.says(minute, (Sender::Clinician, request), Fate::Obeyed);
    }

    fn presses(&mut self, minute: u64) {
        self.press += 1;
        let request = Request::PatientBolus { press: self.press };
        self.says(minute, (Sender::Remote(1), request), Fate::Unheard);
    }

    fn is_reset(&mut self, minute: u64) {
        self.goes_on_to(at(minute));
        self.prescription.session_ends(&mut self.plant);
    }

    /// What was to be received by then, in ug.
    #[track_caller]
    fn has_given(&mut self, minute: u64, micrograms: f64) {
        self.goes_on_to(at(minute));
        let [ordered, _] = self.plant.ordered_so_far();
        let ordered = ordered.as_micrograms();
        assert!((ordered - micrograms).abs() < 1e-6, "{ordered}");
    }
}

#[test]
fn nothing_is_received_while_the_pump_is_told_to_stand_still() {
    let mut day = Day::of(therapy());
    day.orders(60, Request::Stop);
    day.presses(70);
    day.has_given(120, 10.0);
    day.orders(120, Request::Start);
    day.presses(130);
    day.has_given(180, 20.0 + 30.0);
}

#[test]
fn a_stop_ends_boluses_too_and_a_start_does_not_bring_them_back() {
    let mut day = Day::of(therapy());
    let (dose, duration) = (mass(120), Millis::HOUR.times(2));
    day.orders(60, Request::ClinicianBolus { dose, duration });
    day.orders(90, Request::Stop);
    day.has_given(95, 15.0 + 30.0);
    day.orders(100, Request::Start);
    day.has_given(160, 25.0 + 30.0);
    day.presses(160);
    day.orders(175, Request::Stop);
    day.has_given(MINUTES_OF_A_DAY, 27.5 + 30.0 + 15.0);
}

#[test]
fn a_bolus_that_was_cut_counts_for_the_lockout() {
    let mut day = Day::of(therapy());
    day.presses(60);
    day.orders(70, Request::Stop);
    day.orders(75, Request::Start);
    day.presses(119);
    // 114 minutes of the infusion.
    day.has_given(119, 19.0 + 10.0);
    day.presses(120);
    day.has_given(180, 175.0 / 6.0 + 10.0 + 30.0);
}

#[test]
fn an_order_that_was_not_obeyed_changes_nothing_and_one_whose_answer_is_lost_does() {
    let clinician = |request| (Sender::Clinician, request);
    let mut day = Day::of(therapy());
    day.says(60, clinician(Request::Stop), Fate::Refused);
    day.says(60, clinician(Request::Stop), Fate::Unheard);
    day.has_given(120, 20.0);
    day.says(120, clinician(Request::Stop), Fate::Lost);
    day.has_given(180, 20.0);
    day.says(180, clinician(Request::Start), Fate::Lost);
    let twice = Therapy {
        infusion: Infusion::Simple(DoseRate::from_ng_per_day(120_000)),
        ..therapy()
    };
    day.has_given(240, 30.0);
    // Not the higher of the two, which nobody wrote.
    day.says(240, clinician(Request::Program(twice)), Fate::Lost);
    day.has_given(300, 35.0);
}

#[test]
fn a_session_that_holds_pauses_everything_until_it_ends_however_it_ends() {
    let hold = Request::OpenUpdate { hold: true };
    for end in [
        Request::OpenUpdate { hold: false },
        Request::CloseUpdate,
        Request::Commit,
    ] {
        let mut day = Day::of(therapy());
        day.orders(0, Request::Stage(therapy()));
        day.presses(45);
        day.orders(60, hold);
        day.orders(61, Request::Interrogate);
        day.presses(62);
        day.orders(63, end);
        day.has_given(120, 10.0 + 15.0 + 9.5);
    }
    let mut abandoned = Day::of(therapy());
    abandoned.orders(60, hold);
    let refused = (Sender::Clinician, Request::Commit);
    abandoned.says(62, refused, Fate::Refused);
    abandoned.presses(64);
    // 180 s after the last packet of the clinician.
    abandoned.has_given(65, 10.0);
    abandoned.has_given(125, 20.0);
    let mut cut = Day::of(therapy());
    cut.orders(60, hold);
    cut.is_reset(61);
    cut.has_given(121, 20.0);
    let mut stopped = Day::of(therapy());
    stopped.orders(60, hold);
    stopped.orders(61, Request::Stop);
    stopped.orders(62, Request::CloseUpdate);
    stopped.has_given(120, 10.0);
}

#[test]
fn a_session_that_does_not_hold_pauses_nothing() {
    let mut day = Day::of(therapy());
    day.presses(45);
    day.orders(60, Request::OpenUpdate { hold: false });
    day.orders(61, Request::Stage(therapy()));
    day.has_given(120, 20.0 + 30.0);
}

#[test]
fn a_bolus_instead_of_the_infusion_pauses_it_and_goes_with_it() {
    let instead = Therapy {
        during_bolus: DuringBolus::Replace,
        ..therapy()
    };
    let mut day = Day::of(instead);
    day.presses(60);
    day.has_given(90, 10.0 + 30.0);
    day.has_given(120, 15.0 + 30.0);
    let (dose, duration) = (mass(40), Millis::HOUR);
    day.orders(120, Request::ClinicianBolus { dose, duration });
    day.has_given(180, 15.0 + 30.0 + 40.0);
    // Less than the infusion that it takes the place of.
    let dose = mass(4);
    day.orders(180, Request::ClinicianBolus { dose, duration });
    day.has_given(240, 85.0 + 4.0);
    day.orders(240, Request::ClinicianBolus { dose, duration });
    day.orders(270, Request::Stop);
    day.orders(300, Request::Start);
    day.has_given(360, 89.0 + 2.0 + 10.0);
}

#[test]
fn a_bolus_that_the_pump_cannot_give_in_its_time_takes_longer() {
    let mut day = Day::of(therapy());
    // 24 mL/day of 2 mg/mL are 2000 ug/h, of which 10 are the infusion's.
    let (dose, duration) = (mass(3_980), Millis::HOUR);
    day.orders(60, Request::ClinicianBolus { dose, duration });
    day.has_given(120, 20.0 + 1_990.0);
    day.has_given(180, 30.0 + 3_980.0);
    day.has_given(240, 40.0 + 3_980.0);
}

#[test]
fn no_bolus_is_given_beside_another_or_beside_a_bridge() {
    let mut day = Day::of(therapy());
    let (dose, duration) = (mass(20), Millis::HOUR);
    day.orders(60, Request::ClinicianBolus { dose, duration });
    day.presses(90);
    day.has_given(120, 20.0 + 20.0);
    day.presses(120);
    day.has_given(180, 30.0 + 20.0 + 30.0);
    day.orders(
        180,
        Request::Refill {
            volume: Volume::from_nanoliters(18_000_000),
            concentration: Concentration::from_ng_per_ml(1_000_000),
            bridge: true,
            drawn: None,
        },
    );
    // 0.34 mL of 2 mg/mL are 680 ug: 68 h, and as long as it stands still.
    day.presses(240);
    day.orders(240, Request::Stop);
    day.orders(300, Request::Start);
    day.presses(180 + 69 * 60 - 1);
    day.has_given(180 + 69 * 60, 80.0 + 680.0);
    day.presses(180 + 69 * 60);
    day.has_given(180 + 70 * 60, 80.0 + 690.0 + 30.0);
}

#[test]
fn the_minimum_rate_moves_the_old_drug_of_a_bridge_and_a_prime_moves_it_out() {
    let refill = Request::Refill {
        volume: Volume::from_nanoliters(18_000_000),
        concentration: Concentration::from_ng_per_ml(1_000_000),
        bridge: true,
        drawn: None,
    };
    let least = Therapy {
        infusion: Infusion::MinimumRate,
        ..therapy()
    };
    let mut day = Day::of(least);
    // 0.006 mL/day of 2 mg/mL are 12 ug/day.
    day.orders(MINUTES_OF_A_DAY, refill);
    day.has_given(3 * MINUTES_OF_A_DAY, 36.0);
    day.orders(3 * MINUTES_OF_A_DAY, Request::Stop);
    day.orders(3 * MINUTES_OF_A_DAY, Request::PrimingBolus);
    day.has_given(4 * MINUTES_OF_A_DAY, 36.0);
    day.orders(4 * MINUTES_OF_A_DAY, Request::Start);
    day.has_given(6 * MINUTES_OF_A_DAY, 36.0 + 12.0);
}

#[test]
fn a_schedule_goes_on_by_the_clock_while_nothing_is_received() {
    let mut week = WeekSchedule::EMPTY;
    for (hour, ng_per_day) in [(0, 240_000), (2, 720_000)] {
        let dose = DoseRate::from_ng_per_day(ng_per_day);
        let (days, minute) = (0b111_1111, hour * 60);
        assert!(week.push(ScheduleStep { days, minute, dose }));
    }
    let mut day = Day::of(Therapy {
        infusion: Infusion::Flex(week),
        ..therapy()
    });
    day.orders(60, Request::Stop);
    day.orders(150, Request::Start);
    day.has_given(180, 10.0 + 15.0);
}

#[test]
fn limits_and_the_daily_maximum_bound_what_a_patient_is_entitled_to() {
    let mut day = Day::of(Therapy {
        limits: DoseLimits {
            hour: mass(45),
            ..DoseLimits::NONE
        },
        ..therapy()
    });
    let (dose, duration) = (mass(10), Millis::MINUTE.times(10));
    day.orders(60, Request::ClinicianBolus { dose, duration });
    day.presses(90);
    day.has_given(120, 20.0 + 10.0);
    day.presses(121);
    day.has_given(180, 30.0 + 10.0 + 30.0);
    let mut day = Day::of(therapy());
    for hour in 1..=9 {
        day.presses(hour * 60);
    }
    day.has_given(600, 100.0 + 6.0 * 30.0);
}
