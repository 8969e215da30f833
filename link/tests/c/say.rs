//! The output of the C program `codec.c`, produced by the Rust crate.

use crate::c::hex;
use thecal_link::frame::{Decoder, Encoded};
use thecal_link::message::{FromPump, ToPump};
use thecal_link::{DecodeError, MotorCommand, Reaction, Tone};

/// The C program's expected output for a stream.
pub(crate) fn said(wire: &[u8], is_to_pump: bool) -> String {
    let mut decoder = Decoder::new();
    let mut words = Vec::new();
    for &byte in wire {
        let Some(frame) = decoder.push(byte) else {
            continue;
        };
        let told = frame.and_then(|frame| {
            let mut reaction = Reaction::new();
            let mut again = Encoded::new();
            let seq = frame.seq;
            let fields = if is_to_pump {
                let message = frame.to_pump()?;
                again.to_pump(seq, &message).expect("it came in a frame");
                fields_to_pump(&message)
            } else {
                let message = frame.from_pump(&mut reaction)?;
                match message {
                    FromPump::Ack => again.ack(seq),
                    FromPump::Hello(hello) => again.hello(seq, &hello),
                    FromPump::Reaction => again.reaction(seq, &reaction),
                    FromPump::Refused(why) => again.refused(seq, why),
                }
                .expect("it came in a frame");
                fields_from_pump(&message, &reaction)
            };
            let again = hex(again.as_slice());
            Ok(format!("seq={seq} message={fields} frame={again};"))
        });
        words.push(told.unwrap_or_else(|error| format!("error={};", name_of(error))));
    }
    words.join(" ")
}

const fn name_of(error: DecodeError) -> &'static str {
    match error {
        DecodeError::TooShort { .. } => "TooShort",
        DecodeError::TooLong { .. } => "TooLong",
        DecodeError::LengthOutOfRange { .. } => "LengthOutOfRange",
        DecodeError::UnknownValue { .. } => "UnknownValue",
        DecodeError::NotCobs => "NotCobs",
        DecodeError::BadChecksum { .. } => "BadChecksum",
        DecodeError::BadTag => "BadTag",
    }
}

fn fields_to_pump(message: &ToPump<'_>) -> String {
    match message {
        ToPump::Reset => "reset".to_owned(),
        ToPump::NvmChunk { offset, bytes } => {
            format!("nvm_chunk offset={offset} bytes={}", hex(bytes))
        }
        ToPump::Boot(boot) => format!(
            "boot contract={} cause={} clock_ms={} image_crc={}",
            boot.contract,
            boot.cause as u8,
            boot.clock.as_millis(),
            boot.image_crc
        ),
        ToPump::Stimulus(shown) => format!(
            "stimulus wake={} magnet={} clock_ms={} supply_mv={} supply_min_mv={} \
             temperature_centi_c={} steps_driven={} steps_sensed={} nvm_durable={} telemetry={}",
            shown.wake.bits(),
            u8::from(shown.magnet),
            shown.clock.as_millis(),
            shown.supply_mv,
            shown.supply_min_mv,
            shown.temperature_centi_c,
            shown.steps_driven,
            shown.steps_sensed,
            shown.nvm_durable,
            hex(shown.telemetry.as_slice())
        ),
    }
}

fn fields_from_pump(message: &FromPump, reaction: &Reaction) -> String {
    match message {
        FromPump::Ack => "ack".to_owned(),
        FromPump::Refused(why) => format!("refused refusal={}", *why as u8),
        FromPump::Hello(hello) => format!(
            "hello contract={} capabilities={} step_volume_pl={} build_id={} firmware={} \
             version={} board={}",
            hello.contract,
            hello.capabilities,
            hello.step_volume.as_picoliters(),
            hex(&hello.build_id),
            hex(&hello.firmware),
            hex(&hello.version),
            hex(&hello.board)
        ),
        FromPump::Reaction => fields_of(reaction),
    }
}

fn fields_of(reaction: &Reaction) -> String {
    let (motor, train) = match reaction.motor {
        MotorCommand::Keep => (0, String::new()),
        MotorCommand::Train {
            pulses,
            first_delay_us,
            period_us,
            pulse_energy_uj,
        } => (
            1,
            format!(
                " pulses={pulses} first_delay_us={first_delay_us} period_us={period_us} \
                 pulse_energy_uj={pulse_energy_uj}"
            ),
        ),
        MotorCommand::StopNow => (2, String::new()),
        MotorCommand::StopAfterStroke => (3, String::new()),
    };
    let tone = match reaction.tone {
        Tone::Silent => 0,
        Tone::Single => 1,
        Tone::TwoTone => 2,
    };
    let arm = u8::from(reaction.arm.telemetry)
        | u8::from(reaction.arm.missed_pulse) << 1
        | u8::from(reaction.arm.magnet) << 2;
    let writes: String = reaction
        .nvm
        .iter()
        .map(|(offset, bytes)| format!(" nvm_write={offset}:{}", hex(bytes)))
        .collect();
    format!(
        "reaction motor={motor} tone={tone} arm={arm} supply_below_mv={} wake_at_ms={} \
         watchdog_ms={}{train}{writes} telemetry={}",
        reaction.arm.supply_below_mv,
        reaction.wake_at.as_millis(),
        reaction.watchdog.as_millis(),
        hex(reaction.telemetry.as_slice())
    )
}
