//! For tests of this crate: a pump that does nothing and receives nothing, and an uneventful
//! scenario.

use crate::bench::{Bench, BenchError, Exchange, NotForkable};
use crate::programmer::{Answer, AnswerError, Packet, Programmer, ProgrammerError, Sender};
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::parameters::PatientSource;
use thecal_plan::{Drive, Drug, Mixing, Patient, Pump, Request, Scenario, TipLevel, Tolerance};
use thecal_units::{Concentration, Millis, Volume, real};

/// A pump whose pins never change.
pub(crate) struct SilentPump;

impl Bench for SilentPump {
    fn boot(&mut self, _boot: &Boot, _nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        Ok(Hello {
            contract: CONTRACT_VERSION,
            capabilities: 0,
            step_volume: Volume::from_nanoliters(10),
            build_id: [0; 20],
            firmware: Hello::text("silent"),
            version: Hello::text("0"),
            board: Hello::text("none"),
        })
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        *reaction = Reaction::new();
        reaction.wake_at = stimulus.clock + Millis::HOUR;
        Ok(Exchange::Reacted)
    }
}

/// The programmer of a pump that never answers.
pub(crate) struct Unheard;

impl Programmer for Unheard {
    fn packet(
        &mut self,
        _sender: Sender,
        _request: &Request,
        _time_of_week: Millis,
    ) -> Result<Packet, ProgrammerError> {
        Ok(Packet::new())
    }

    fn answer(&mut self, _sent: &Packet, _answer: &[u8]) -> Result<Answer, AnswerError> {
        Ok(Answer::Done)
    }

    fn fork(&self) -> Result<Box<dyn Programmer>, NotForkable> {
        Ok(Box::new(Self))
    }
}

/// A run of 1 s in which nothing is programmed and nothing happens.
pub(crate) fn uneventful() -> Scenario {
    Scenario {
        id: "test/uneventful".into(),
        title: "Nothing happens".into(),
        verifies: Vec::new(),
        reenacts: None,
        known_anomaly: None,
        seed: 1,
        duration: Millis::SECOND,
        // Wednesday 21:17: no schedule step coincides with the first power-on.
        starts: Millis::DAY.times(2) + Millis::HOUR.times(21) + Millis::MINUTE.times(17),
        needs: Vec::new(),
        needs_of_pump: Vec::new(),
        patient: Patient {
            mixing: Mixing::Typical,
            tip: TipLevel::T10,
            tolerance: Tolerance::Naive,
        },
        source: PatientSource::default(),
        pump: Pump {
            drug: Drug::Morphine,
            concentration: Concentration::from_ng_per_ml(2_000_000),
            reservoir: Volume::from_nanoliters(18_000_000),
            catheter: real::Length::from_centimeters(90.0),
            primed: true,
            drive: Drive::Peristaltic,
            second: None,
        },
        therapy: None,
        timeline: Vec::new(),
        faults: Vec::new(),
        expectations: Vec::new(),
    }
}
