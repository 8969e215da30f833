//! Numbers on the wire, repeated here: a change would break pumps in the field.

use thecal_link::frame::{Decoder, Encoded};
use thecal_link::limits;
use thecal_link::message::ToPump;
use thecal_link::{Boot, Hello, Reaction, Refusal, ResetCause, Stimulus, WakeReasons};
use thecal_telemetry::{
    ALARMS, Alarms, Denial, DuringBolus, Infusion, LogCode, Mode, Prescription, Rejection, Schedule,
};
use thecal_units::{PumpTime, Volume};

#[test]
fn limits_are_pinned() {
    let found = [
        usize::from(limits::CONTRACT_VERSION),
        limits::NVM_LEN,
        limits::NVM_CHUNK_MAX,
        limits::NVM_WRITES_MAX,
        limits::NVM_BYTES_MAX,
        limits::TELEMETRY_MAX,
        limits::FRAME_MAX,
        limits::ENCODED_MAX,
    ];
    assert_eq!(found, [1, 32_768, 192, 8, 384, 240, 768, 773]);
}

#[test]
fn message_types_are_pinned() {
    let boot = Boot {
        contract: 1,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: 0,
    };
    let hello = Hello {
        contract: 1,
        capabilities: 0,
        step_volume: Volume::ZERO,
        build_id: [0; 20],
        firmware: [0; 16],
        version: [0; 12],
        board: [0; 16],
    };
    let mut out = Encoded::new();
    let mut kinds = Vec::new();
    for message in [
        ToPump::Reset,
        ToPump::NvmChunk {
            offset: 0,
            bytes: &[],
        },
        ToPump::Boot(boot),
        ToPump::Stimulus(Stimulus::default()),
    ] {
        out.to_pump(1, &message).expect("fits");
        kinds.push(kind(&out));
    }
    out.ack(1).expect("fits");
    kinds.push(kind(&out));
    out.hello(1, &hello).expect("fits");
    kinds.push(kind(&out));
    out.reaction(1, &Reaction::new()).expect("fits");
    kinds.push(kind(&out));
    out.refused(1, Refusal::Malformed).expect("fits");
    kinds.push(kind(&out));
    assert_eq!(kinds, [0x01, 0x02, 0x03, 0x04, 0x81, 0x83, 0x84, 0xff]);
}

fn kind(frame: &Encoded) -> u8 {
    let mut decoder = Decoder::new();
    let mut kind = None;
    for &byte in frame.as_slice() {
        if let Some(frame) = decoder.push(byte) {
            kind = Some(frame.expect("a good frame").kind);
        }
    }
    kind.expect("a frame")
}

#[test]
fn numbers_of_the_contract_are_pinned() {
    let causes = [
        (ResetCause::PowerOn, 1),
        (ResetCause::Pin, 2),
        (ResetCause::Watchdog, 3),
        (ResetCause::BrownOut, 4),
    ];
    assert!(causes.iter().all(|&(cause, number)| cause as u8 == number));
    let refusals = [
        (Refusal::NotBooted, 1),
        (Refusal::AlreadyBooted, 2),
        (Refusal::ContractVersion, 3),
        (Refusal::ImageChecksum, 4),
        (Refusal::ImageRange, 5),
        (Refusal::Malformed, 6),
    ];
    assert!(refusals.iter().all(|&(why, number)| why as u8 == number));
    let wakes = [
        (WakeReasons::BOOT, 1),
        (WakeReasons::TIMER, 2),
        (WakeReasons::TELEMETRY, 4),
        (WakeReasons::MISSED_PULSE, 8),
        (WakeReasons::MAGNET, 16),
        (WakeReasons::SUPPLY, 32),
    ];
    assert!(wakes.iter().all(|&(wake, bit)| wake.bits() == bit));
    // Motor commands, tones and armed events have no number in Rust: the golden vectors pin them.
}

/// Verifies REQ-TEL-030.
#[test]
fn numbers_of_the_telemetry_are_pinned() {
    let modes: Vec<(String, u8)> = names(Mode::ALL, |&mode| mode as u8);
    assert_eq!(
        shown(&modes),
        "Unprogrammed 0, Stopped 1, Infusing 2, PatientBolus 3, ClinicianBolus 4, Stalled 5, \
         Empty 6, SafeState 7, EndOfService 8, Held 9, Priming 10, Recovering 11"
    );
    let denials = names(Denial::ALL, |&denial| denial as u8);
    assert_eq!(
        shown(&denials),
        "Disabled 1, Lockout 3, DailyMaximum 4, SamePress 5, InProgress 6, DoseLimit 7, \
         Bridging 8, Magnet 9, NotProgrammed 10, SafeState 11, Priming 12, Stopped 13, \
         EndOfService 14, Held 15, Empty 16, Stalled 17, Alarm 18"
    );
    let rejections = names(Rejection::ALL, |&rejection| rejection as u8);
    assert_eq!(
        shown(&rejections),
        "NotAllowed 1, AlreadyProvisioned 3, NotProgrammed 4, NotProvisioned 6, Unsupported \
         7, SafeState 8, Priming 9, NotStopped 10, Stopped 11, EndOfService 12, Held 13, \
         Empty 14, Stalled 15, InBolus 16, Bridging 17, AlreadyPrimed 18, NoRoom 19, \
         NoSession 20, NothingStaged 21, OtherChecksum 22, NotStored 23, ConcentrationRange \
         32, DoseRange 33, ScheduleRange 34, BolusDoseRange 35, BolusDurationRange 36, \
         LockoutRange 37, DailyMaximumRange 38, LowReservoirRange 39, CriticalIntervalRange \
         40, NonCriticalIntervalRange 41, CatheterRange 42, HourLimit 43, FourHoursLimit 44, \
         DayLimit 45, VolumeRange 46, TimeOfWeekRange 47, BridgeFlow 48"
    );
    let codes = names(LogCode::ALL, |&code| code as u8);
    assert_eq!(
        shown(&codes),
        "PowerOn 1, PinReset 2, WatchdogReset 3, BrownOutReset 4, Provisioned 5, Programmed 6, \
         Started 7, Stopped 8, ClinicianBolus 9, BolusGranted 10, BolusDenied 11, BolusEnded 12, \
         MotorStall 13, StallRecovery 14, LowReservoir 15, EmptyReservoir 16, Refilled 17, \
         Silenced 18, Unauthentic 19, MemoryFault 20, StuckButton 21, ClockJump 22, Crashed 23, \
         UpdateAbandoned 24, RamFault 25, PrimingBolus 26, ElectiveReplacement 27, \
         EndOfService 28, ServiceEnded 29, MagnetClosed 30, MagnetOpened 31, BridgeBegan 32, \
         BridgeEnded 33, StoppedLong 34, CatheterWork 35, Refused 36, \
         Concentration 37, CatheterVolume 38, DailyDose 39, PatientBolusDose 40, \
         PrescriptionChecksum 41, CountedBefore 42, DrawnBefore 43, \
         LeftOut 44"
    );
    let bits = ALARMS
        .iter()
        .map(|row| format!("{} {:#06x}", row.name, row.alarm.0));
    assert_eq!(
        bits.collect::<Vec<String>>().join(", "),
        "motor stall 0x0001, empty reservoir 0x0002, memory 0x0004, reset 0x0008, \
         end of service 0x0010, stopped for long 0x0020, safe state 0x0040, \
         infusion ended with the battery 0x0080, low reservoir 0x0100, stuck button 0x0200, \
         elective replacement 0x0400, update abandoned 0x0800, clock implausible 0x1000"
    );
    assert_eq!(Alarms::CRITICAL, 0x00ff);
    let infusions = names(Infusion::ALL, |&infusion| infusion as u8);
    assert_eq!(shown(&infusions), "Simple 0, MinimumRate 1, Flex 2");
    let settings = names(DuringBolus::ALL, |&setting| setting as u8);
    assert_eq!(shown(&settings), "Add 0, Replace 1");
    assert_eq!((Prescription::LEN, Schedule::STEPS_MAX), (112, 8));
}

fn names<T: std::fmt::Debug>(all: &[T], number: impl Fn(&T) -> u8) -> Vec<(String, u8)> {
    all.iter()
        .map(|value| (format!("{value:?}"), number(value)))
        .collect()
}

fn shown(names: &[(String, u8)]) -> String {
    let parts: Vec<String> = names
        .iter()
        .map(|(name, number)| format!("{name} {number}"))
        .collect();
    parts.join(", ")
}
