//! Whatever is said, whenever it is said, and however often power fails: the dose stays within
//! what the prescription allows.
#![allow(missing_docs, clippy::allow_attributes, reason = "a test binary")]

mod bench;

use bench::{Bench, DAY, HOUR, MINUTE, prescription};
use proptest::prelude::*;
use thecal_link::ResetCause;
use thecal_link::telemetry::{Command, Role};

#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    Press(u8, u16),
    Replay,
    Start,
    Stop,
    Silence,
    Reset(ResetCause),
    Tear(usize),
    Jam(bool),
    Jump(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..3 * HOUR).prop_map(Act::Wait),
        4 => (0..2 * MINUTE).prop_map(Act::Wait),
        8 => (1..=2_u8, 0..2_000_u16).prop_map(|(remote, press)| Act::Press(remote, press)),
        1 => Just(Act::Replay),
        2 => Just(Act::Start),
        1 => Just(Act::Stop),
        1 => Just(Act::Silence),
        1 => prop_oneof![
            Just(Act::Reset(ResetCause::PowerOn)),
            Just(Act::Reset(ResetCause::Watchdog)),
        ],
        1 => (0..400_usize).prop_map(Act::Tear),
        1 => any::<bool>().prop_map(Act::Jam),
        1 => (1..2 * DAY).prop_map(Act::Jump),
    ]
}

/// Most steps in `window`: a full window of continuous infusion, the boluses that may start in it
/// or run into it, and a step of rounding for each.
fn limit(window: u64) -> u64 {
    let prescription = prescription();
    let basal = 100_000 * window / DAY + 1;
    let lockout = prescription.lockout.as_millis();
    let starts = (window / lockout + 2).min(u64::from(prescription.daily_maximum) + 1);
    basal + starts * (4_000 + 2)
}

fn worst(bench: &Bench, window: u64) -> u64 {
    let pulses = &bench.moved_us;
    let mut first = 0;
    let mut worst = 0;
    for (last, &at) in pulses.iter().enumerate() {
        while pulses[first] + window * 1_000 <= at {
            first += 1;
        }
        worst = worst.max(last - first + 1);
    }
    worst as u64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Verifies REQ-BOL-012, REQ-RES-003.
    #[test]
    fn req_bol_012_no_window_holds_more_than_its_limit(acts in prop::collection::vec(act(), 1..120)) {
        let mut bench = Bench::infusing(prescription());
        let mut recorded = bench.packet(Role::Remote(1), &Command::PatientBolus { press: 9_999 });
        for act in acts {
            match act {
                Act::Wait(span) => bench.run_for(span),
                Act::Press(remote, press) => {
                    let packet = bench.packet(Role::Remote(remote), &Command::PatientBolus { press });
                    bench.send(Role::Remote(remote), &packet);
                    recorded = packet;
                }
                Act::Replay => {
                    bench.exchange(thecal_link::WakeReasons::TELEMETRY, &recorded);
                }
                Act::Start => { bench.clinician(Command::Start); }
                Act::Stop => { bench.clinician(Command::Stop); }
                Act::Silence => { bench.clinician(Command::Silence); }
                Act::Reset(cause) => bench.reset(cause),
                Act::Tear(bytes) => {
                    let packet = bench.packet(Role::Remote(1), &Command::PatientBolus { press: 3_000 });
                    bench.tear(&packet, bytes);
                }
                Act::Jam(jammed) => bench.jammed = jammed,
                Act::Jump(by) => bench.jump(by),
            }
        }
        // A jump is no time that passed: it makes windows shorter on the pump's own clock only
        // where it lies inside; the pulses are stamped with that clock.
        for window in [HOUR, 4 * HOUR, DAY] {
            let worst = worst(&bench, window);
            prop_assert!(worst <= limit(window), "{worst} steps in {window} ms");
        }
        let status = bench.status();
        let truth = 20_000_000 - bench.moved_us.len() as u64 * 5;
        prop_assert!(status.reservoir.as_nanoliters_round_down() <= truth);
    }
}
