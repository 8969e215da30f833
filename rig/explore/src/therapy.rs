//! Prescriptions with ragged numbers: mostly ones that a pump must take, some that it must refuse.

use crate::draw::Draw;
use thecal_units::Millis;

/// A step of the motor. Unit: nL. Source: docs/wire.md, Hello of the reference pump.
const STEP_NL: u64 = 5;
/// Least and most flow of an infusion. Unit: nL/day. Source: docs/telemetry.md, Prescription.
const FLOWS: (u64, u64) = (6_000, 24_000_000);

/// A prescription: the keys of `[therapy]`, and what stories hang on.
#[derive(Clone, Debug)]
pub(crate) struct Therapy {
    /// Unit: ng/mL.
    pub(crate) concentration: u64,
    /// From one patient bolus to the next; `None`: the remotes are disabled.
    pub(crate) lockout: Option<Millis>,
    /// Over which a patient bolus is given.
    pub(crate) duration: Millis,
    /// When steps of its schedule begin, as times of the day.
    pub(crate) begins: Vec<Millis>,
    keys: Vec<(&'static str, String)>,
}

/// How a prescription is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// One that a sound pump takes.
    Sound,
    /// Perhaps one that it must refuse.
    Any,
}

impl Therapy {
    /// One for a drug of this concentration.
    pub(crate) fn draw(draw: &mut Draw, concentration: u64, of: Of) -> Self {
        let mut therapy = Self {
            concentration,
            lockout: None,
            duration: Millis::MINUTE,
            begins: Vec::new(),
            keys: vec![("concentration", nanograms_per_ml(concentration))],
        };
        let highest = therapy.infusion(draw);
        let bolus = if draw.chance(75) {
            therapy.patient_bolus(draw, of)
        } else {
            0
        };
        if draw.chance(50) {
            therapy.limits(draw, highest, bolus, of);
        }
        therapy.rest(draw, of);
        therapy
    }

    /// As the lines of a table.
    pub(crate) fn lines(&self) -> String {
        let lines = self.keys.iter();
        lines
            .map(|(key, value)| format!("{key} = {value}\n"))
            .collect()
    }

    /// As a table in braces.
    pub(crate) fn in_braces(&self) -> String {
        let keys = self.keys.iter();
        let keys: Vec<String> = keys
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        format!("{{ {} }}", keys.join(", "))
    }

    fn has(&mut self, key: &'static str, value: String) {
        self.keys.push((key, value));
    }

    /// A dose a day of a flow. Unit: ng/day.
    fn dose(&self, draw: &mut Draw, slowest: u64, fastest: u64) -> u64 {
        let least = (slowest * self.concentration).div_ceil(1_000_000).max(1);
        let most = (fastest * self.concentration / 1_000_000).max(least);
        if draw.chance(4) {
            return draw.among(&[least, most]);
        }
        draw.spread(least, most)
    }

    /// Most flows are those of patients, some any that the pump can give.
    fn flow_range(draw: &mut Draw) -> (u64, u64) {
        if draw.chance(80) {
            (30_000, 2_000_000)
        } else {
            FLOWS
        }
    }

    /// The continuous infusion; its highest dose a day.
    fn infusion(&mut self, draw: &mut Draw) -> u64 {
        let (slowest, fastest) = Self::flow_range(draw);
        match draw.within(0, 99) {
            0..=4 => {
                self.has("dose", "\"0 ng/day\"".to_owned());
                0
            }
            5..=14 => {
                self.has("minimum-rate", "true".to_owned());
                FLOWS.0 * self.concentration / 1_000_000
            }
            15..=44 => self.schedule(draw, slowest, fastest),
            _ => {
                let dose = self.dose(draw, slowest, fastest);
                self.has("dose", format!("\"{dose} ng/day\""));
                dose
            }
        }
    }

    /// A schedule of one to eight steps, each at its own minute of the day.
    fn schedule(&mut self, draw: &mut Draw, slowest: u64, fastest: u64) -> u64 {
        const DAYS: [&str; 6] = [
            "daily",
            "mon-fri",
            "sat,sun",
            "mon,wed,fri",
            "tue",
            "sun-mon",
        ];
        let mut minutes: Vec<u64> = Vec::new();
        let mut steps = Vec::new();
        let mut highest = 0;
        for _ in 0..draw.within(1, 8) {
            let edge = draw.chance(15);
            let minute = if edge { 0 } else { draw.within(0, 1_439) };
            if minutes.contains(&minute) {
                continue;
            }
            minutes.push(minute);
            let dose = match draw.chance(15) {
                true => 0,
                false => self.dose(draw, slowest, fastest),
            };
            highest = highest.max(dose);
            let days = draw.among(&DAYS);
            let (hour, minute) = (minute / 60, minute % 60);
            steps.push(format!(
                "{{ days = \"{days}\", at = \"{hour:02}:{minute:02}\", dose = \"{dose} ng/day\" }}"
            ));
        }
        self.begins = minutes
            .iter()
            .map(|&minute| Millis::MINUTE.times(minute))
            .collect();
        self.has("schedule", format!("[{}]", steps.join(", ")));
        highest
    }

    /// The patient's remote; the dose of a bolus.
    fn patient_bolus(&mut self, draw: &mut Draw, of: Of) -> u64 {
        let nanoliters = draw.spread(STEP_NL, 200_000);
        let dose = (nanoliters * self.concentration).div_ceil(1_000_000).max(1);
        // What the largest flow takes, so that the lockout is long enough beside most infusions.
        let fastest = Millis::DAY.as_millis() * nanoliters / (FLOWS.1 / 3);
        let shortest = match of {
            Of::Any if draw.chance(5) => Millis::SECOND,
            _ => Millis::MINUTE,
        };
        let duration = draw.span(shortest, Millis::HOUR);
        let needed = duration.as_millis().max(fastest).max(60_000);
        let lockout = match of {
            Of::Any if draw.chance(5) => duration,
            _ if draw.chance(10) => Millis::from_millis(needed),
            _ => draw.span(Millis::from_millis(needed), Millis::HOUR.times(12)),
        };
        let maximum = match draw.chance(85) {
            true => draw.within(1, 12),
            false => draw.within(0, 50),
        };
        self.has(
            "patient-bolus",
            format!(
                "{{ dose = \"{dose} ng\", duration = \"{}\", lockout = \"{}\", daily-maximum = {maximum} }}",
                duration.spelled(),
                lockout.spelled(),
            ),
        );
        (self.lockout, self.duration) = (Some(lockout), duration);
        if draw.chance(30) {
            self.has("during-bolus", "\"replace\"".to_owned());
        }
        dose
    }

    /// Limits that leave room for the infusion and a few boluses.
    fn limits(&mut self, draw: &mut Draw, highest: u64, bolus: u64, of: Of) {
        let mut limits = Vec::new();
        for (name, hours) in [("hour", 1), ("four-hours", 4), ("day", 24)] {
            if draw.chance(50) {
                continue;
            }
            let continuous = (highest * hours).div_ceil(24) + 1;
            let boluses = match of {
                Of::Any if draw.chance(10) => bolus / 2,
                _ => bolus.max(1) * draw.within(1, 5),
            };
            let limit = continuous + boluses + draw.within(0, bolus / 2);
            limits.push(format!("{name} = \"{limit} ng\""));
        }
        if !limits.is_empty() {
            self.has("limits", format!("{{ {} }}", limits.join(", ")));
        }
    }

    /// What few prescriptions change.
    fn rest(&mut self, draw: &mut Draw, of: Of) {
        if draw.chance(25) {
            let microliters = draw.spread(100, 19_000);
            self.has("low-reservoir", format!("\"{microliters} µL\""));
        }
        if draw.chance(25) {
            let millimeters = draw.within(100, 1_400);
            self.has("programmed-catheter", format!("\"{millimeters} mm\""));
        }
        for key in ["critical-interval", "non-critical-interval"] {
            if draw.chance(30) {
                let shortest = match of {
                    Of::Any if draw.chance(10) => Millis::SECOND,
                    _ => Millis::MINUTE,
                };
                let interval = draw.span(shortest, Millis::HOUR.times(6));
                self.has(key, format!("\"{}\"", interval.spelled()));
            }
        }
    }
}

/// A concentration in quotes.
pub(crate) fn nanograms_per_ml(concentration: u64) -> String {
    format!("\"{concentration} ng/mL\"")
}
