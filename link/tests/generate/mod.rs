//! Generators of messages within the contract's bounds.

use proptest::collection::vec;
use proptest::prelude::*;
use thecal_link::buffer::Bytes;
use thecal_link::limits::{NVM_BYTES_MAX, NVM_LEN, NVM_WRITES_MAX, TELEMETRY_MAX};
use thecal_link::{
    Arm, Boot, Hello, MotorCommand, Reaction, Refusal, ResetCause, Stimulus, Tone, WakeReasons,
};
use thecal_units::{Millis, PumpTime, Volume};

pub(crate) fn boot() -> impl Strategy<Value = Boot> {
    let cause = prop_oneof![
        Just(ResetCause::PowerOn),
        Just(ResetCause::Pin),
        Just(ResetCause::Watchdog),
        Just(ResetCause::BrownOut),
    ];
    (any::<u16>(), cause, any::<u64>(), any::<u32>()).prop_map(
        |(contract, cause, clock, image_crc)| Boot {
            contract,
            cause,
            clock: PumpTime::from_millis(clock),
            image_crc,
        },
    )
}

pub(crate) fn hello() -> impl Strategy<Value = Hello> {
    let numbers = (any::<u16>(), any::<u32>(), any::<u64>());
    let texts = (
        any::<[u8; 20]>(),
        any::<[u8; 16]>(),
        any::<[u8; 12]>(),
        any::<[u8; 16]>(),
    );
    (numbers, texts).prop_map(
        |((contract, capabilities, volume), (build_id, firmware, version, board))| Hello {
            contract,
            capabilities,
            step_volume: Volume::from_picoliters(volume),
            build_id,
            firmware,
            version,
            board,
        },
    )
}

pub(crate) fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        Just(Refusal::NotBooted),
        Just(Refusal::AlreadyBooted),
        Just(Refusal::ContractVersion),
        Just(Refusal::ImageChecksum),
        Just(Refusal::ImageRange),
        Just(Refusal::Malformed),
    ]
}

fn packet() -> impl Strategy<Value = Bytes<TELEMETRY_MAX>> {
    vec(any::<u8>(), 0..=TELEMETRY_MAX).prop_map(|bytes| {
        let mut packet = Bytes::new();
        packet.extend(&bytes).expect("within the limit");
        packet
    })
}

fn wake() -> impl Strategy<Value = WakeReasons> {
    let reasons = vec![
        WakeReasons::BOOT,
        WakeReasons::TIMER,
        WakeReasons::TELEMETRY,
        WakeReasons::MISSED_PULSE,
        WakeReasons::MAGNET,
        WakeReasons::SUPPLY,
    ];
    proptest::sample::subsequence(reasons, 0..=6).prop_map(|reasons| {
        reasons
            .into_iter()
            .fold(WakeReasons::none(), WakeReasons::and)
    })
}

pub(crate) fn stimulus() -> impl Strategy<Value = Stimulus> {
    let pins = (
        wake(),
        any::<bool>(),
        any::<u64>(),
        any::<[u16; 2]>(),
        any::<i16>(),
    );
    let counts = (any::<[u32; 2]>(), 0..=8u8, packet());
    (pins, counts).prop_map(|(pins, counts)| {
        let (wake, magnet, clock, [supply_mv, supply_min_mv], temperature_centi_c) = pins;
        let ([steps_driven, steps_sensed], nvm_durable, telemetry) = counts;
        Stimulus {
            wake,
            magnet,
            clock: PumpTime::from_millis(clock),
            supply_mv,
            supply_min_mv,
            temperature_centi_c,
            steps_driven,
            steps_sensed,
            nvm_durable,
            telemetry,
        }
    })
}

fn motor() -> impl Strategy<Value = MotorCommand> {
    prop_oneof![
        Just(MotorCommand::Keep),
        (any::<[u32; 3]>(), any::<u16>()).prop_map(|(train, pulse_energy_uj)| {
            let [pulses, first_delay_us, period_us] = train;
            MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                pulse_energy_uj,
            }
        }),
        Just(MotorCommand::StopNow),
        Just(MotorCommand::StopAfterStroke),
    ]
}

fn arm() -> impl Strategy<Value = Arm> {
    (any::<[bool; 3]>(), any::<u16>()).prop_map(|(armed, supply_below_mv)| {
        let [telemetry, missed_pulse, magnet] = armed;
        Arm {
            telemetry,
            missed_pulse,
            magnet,
            supply_below_mv,
        }
    })
}

/// Writes that fit the memory; the caller leaves out those beyond a limit of the Reaction.
pub(crate) fn writes() -> impl Strategy<Value = Vec<(u16, Vec<u8>)>> {
    let longest = NVM_BYTES_MAX / 2;
    let write = (0..=NVM_LEN - longest, vec(any::<u8>(), 0..=longest))
        .prop_map(|(offset, bytes)| (u16::try_from(offset).expect("15 bits"), bytes));
    vec(write, 0..=NVM_WRITES_MAX)
}

pub(crate) fn reaction() -> impl Strategy<Value = Reaction> {
    let tone = prop_oneof![Just(Tone::Silent), Just(Tone::Single), Just(Tone::TwoTone)];
    let pins = (motor(), tone, arm(), packet());
    (pins, any::<u32>(), any::<u64>(), writes()).prop_map(
        |((motor, tone, arm, telemetry), watchdog, wake_at, writes)| {
            let mut reaction = Reaction::new();
            reaction.motor = motor;
            reaction.tone = tone;
            reaction.arm = arm;
            reaction.telemetry = telemetry;
            reaction.watchdog = Millis::from_millis(watchdog.into());
            reaction.wake_at = PumpTime::from_millis(wake_at);
            for (offset, bytes) in writes {
                if reaction.nvm.push(offset, &bytes).is_err() {
                    break;
                }
            }
            reaction
        },
    )
}
