//! A profile exactly as TOML writes it: every key optional, every value with its place. Each table is
//! declared once; reader, messages and documentation have its keys from here, and the defaults that
//! the profile has where a key is left out.

use thecal_plan::{Ability, Condition, LockoutFrom, LogKind};
use thecal_text::range::QuantityRange;
use thecal_text::reader::{FileKind, Record, Value, words_of};
use thecal_text::table;
use thecal_text::unit::Kind;
use toml::Spanned;

pub(super) use thecal_text::reader::Text;

/// What a profile is.
pub(super) const PROFILE: FileKind = FileKind {
    area: "profile",
    is: "a profile of a pump",
    head: ProfileFile::TABLE,
};

const SPAN: Value = Value::quantity(Kind::Duration);
/// Spans that a pump needs to notice something, or to tell it.
const SHORT: Value = SPAN.within(QuantityRange::new("0 s", "1 h"));
/// A deadline of a process on the same machine.
const DEADLINE: Value = SPAN.within(QuantityRange::new("10 ms", "1 min"));
const VOLUME: Value = Value::quantity(Kind::Volume);
const FLOW: Value = Value::quantity(Kind::FlowRate).above_zero();
const CONCENTRATION: Value = Value::quantity(Kind::Concentration).above_zero();
const POTENTIAL: Value = Value::quantity(Kind::Potential).within(QuantityRange::new("0 V", "10 V"));
const PULSES: Value = Value::Integer {
    least: 1,
    most: 1_000,
    of: "pulses",
};
const STEPS: Value = Value::Integer {
    least: 0,
    most: 1_000,
    of: "steps",
};
const KIND: Value = Value::Word(|| words_of(LogKind::ALL));
const ABILITY: Value = Value::Word(|| words_of(Ability::ALL));

table! {
    /// The whole file.
    ProfileFile "the head of the file" {
        /// Name of the pump in reports.
        name: Text, "\"my-pump\"", required;
        /// The name that the firmware gives in Hello. Such a pump gets this profile, and no other does.
        firmware: Text, "\"my-pump\"" else "any name, with `--pump`";
        /// What the pump can do. A scenario that needs more is not run.
        can: Vec<Text> = Value::List(&ABILITY), "[\"session\", \"status\", \"log\"]", required;
        /// Who speaks to the pump.
        protocol: Spanned<ProtocolFile>, "{ command = [\"python3\", \"protocol.py\"] }", required;
        /// The pump's clock.
        clock: Spanned<ClockFile>, "{ unnoticed = \"130 s\" }";
        /// Update sessions.
        session: Spanned<SessionFile>, "{ times-out = \"3 min\" }";
        /// What the pump moves.
        flow: Spanned<FlowFile>, "{ tubing = \"140 µL\" }";
        /// What the pump does about a motor that does not turn.
        stall: Spanned<StallFile>, "{ retries = false }";
        /// Boluses.
        bolus: Spanned<BolusFile>, "{ lockout-from = \"end\" }";
        /// The counted reservoir.
        reservoir: Spanned<ReservoirFile>, "{ made-with = \"20 mL\" }";
        /// The state after resets in close succession.
        safe_state: Spanned<SafeStateFile>, "{ resets = 5 }";
        /// The battery.
        battery: Spanned<BatteryFile>, "{ replacement = \"2500 mV\" }";
        /// The event log.
        log: Spanned<LogFile>, "{ entries = 1200 }";
        /// Ranges of what may be programmed.
        range: Spanned<RangeFile>, "{ daily-maximum = 50 }";
        /// The alarms. A profile without any is judged by no rule of alarms.
        alarm: Vec<Spanned<AlarmFile>>, "[{ name = \"motor stall\", when = \"stall\", critical = true }]";
        /// Rules that the pump does not claim. Rules of safety cannot be among them.
        unclaimed: Vec<Spanned<UnclaimedFile>>, "[{ rule = \"denial-names-its-reason\", why = \"it gives none\" }]";
    }
}

table! {
    /// `[protocol]`
    ProtocolFile "`[protocol]`" {
        /// A programmer that every rig has.
        built_in: Text, "\"reference\"" else "one of `built-in` and `command` is required";
        /// The program that speaks the clinical protocol, and its arguments. It runs in the folder of
        /// this file, without a shell.
        command: Spanned<Vec<Text>>, "[\"python3\", \"protocol.py\"]";
        /// Longest time that one of its answers may take.
        deadline: Text = DEADLINE, "\"10 s\"" or "10 s";
    }
}

table! {
    /// `[clock]`
    ClockFile "`[clock]`" {
        /// Longest jump of its clock that the pump may take for sleep.
        unnoticed: Text = SHORT, "\"130 s\"" or "130 s";
        /// Therapy time is recorded this often at least.
        recorded_within: Text = SPAN, "\"1 h\"" or "1 h";
        /// First record of the time after a reset.
        first_record: Text = SHORT, "\"1 min\"" or "1 min";
    }
}

table! {
    /// `[session]`
    SessionFile "`[session]`" {
        /// A session ends after this long without a packet of the clinician.
        times_out: Text = SPAN, "\"3 min\"" or "3 min";
    }
}

table! {
    /// `[flow]`
    FlowFile "`[flow]`" {
        /// Highest flow of infusion and boluses together.
        highest: Text = FLOW, "\"24 mL/day\"" or "24 mL/day";
        /// Steps that the pump may save up, to measure its battery under load.
        saved_up: Spanned<u32> = STEPS, "8" or "8";
        /// What the tubing inside the pump holds.
        tubing: Text = VOLUME, "\"140 µL\"" or "140 µL";
    }
}

table! {
    /// `[stall]`
    StallFile "`[stall]`" {
        /// Missed pulses that are a stall.
        missed: Spanned<u32> = PULSES, "8" or "8";
        /// Among so many pulses.
        of: Spanned<u32> = PULSES, "16" or "16";
        /// Whether the pump tries the motor again by itself; otherwise a start or a reset does.
        retries: Spanned<bool>, "true" or "true";
        /// From the stall to its alarm: the time that tries take.
        alarm_after: Text = SHORT, "\"30 s\"" or "30 s";
    }
}

table! {
    /// `[bolus]`
    BolusFile "`[bolus]`" {
        /// From where the lockout counts.
        lockout_from: Text = Value::Word(|| words_of(LockoutFrom::ALL)), "\"start\"" or "start";
        /// Whether a bolus that was cut short counts in lockout, daily maximum and limits.
        cut_counts: Spanned<bool>, "true" or "true";
        /// A press that follows the last packet of its remote sooner is the press before.
        bounce: Text = SHORT, "\"50 ms\"" or "50 ms";
        /// Boluses that the pump remembers.
        remembered: Spanned<u32> = Value::integer(1, 100_000), "64" or "64";
    }
}

table! {
    /// `[reservoir]`
    ReservoirFile "`[reservoir]`" {
        /// The volume that the pump counts from before the first refill is entered.
        made_with: Text = VOLUME, "\"20 mL\"" or "20 mL";
        /// Most volume of the count that a reset loses.
        lost_at_reset: Text = VOLUME, "\"15 µL\"" or "15 µL";
    }
}

table! {
    /// `[safe-state]`
    SafeStateFile "`[safe-state]`" {
        /// Resets by watchdog or low supply in a row that end in the safe state; 0: none does.
        resets: Spanned<u32> = Value::integer(0, 1_000), "5" or "5";
        /// How close in time to the one before each of them has to be.
        within: Text = SPAN, "\"10 min\"" or "10 min";
    }
}

table! {
    /// `[battery]`
    BatteryFile "`[battery]`" {
        /// Loaded supply below which the battery's end comes into sight.
        replacement: Text = POTENTIAL, "\"2500 mV\"" or "2500 mV";
    }
}

table! {
    /// `[log]`
    LogFile "`[log]`" {
        /// Entries that the log holds before the oldest is overwritten.
        entries: Spanned<u32> = Value::integer(1, 1_000_000), "1200" or "1200";
        /// Kinds of entries that the log has. No other is asked for.
        kinds: Vec<Text> = Value::List(&KIND), "[\"power-on\", \"programmed\"]" or "[\"power-on\", \"pin-reset\", \"watchdog-reset\", \"brown-out-reset\", \"provisioned\", \"programmed\", \"concentration\", \"catheter-volume\", \"daily-dose\", \"patient-bolus-dose\", \"prescription-checksum\", \"started\", \"stopped\", \"clinician-bolus\", \"bolus-granted\", \"bolus-denied\", \"bolus-ended\", \"motor-stall\", \"stall-recovery\", \"low-reservoir\", \"empty-reservoir\", \"counted-before\", \"drawn-before\", \"refilled\", \"silenced\", \"unauthentic\", \"memory-fault\", \"stuck-button\", \"clock-jump\", \"crashed\", \"update-abandoned\", \"ram-fault\", \"priming-bolus\", \"elective-replacement\", \"end-of-service\", \"service-ended\", \"magnet-closed\", \"magnet-opened\", \"bridge-began\", \"bridge-ended\", \"stopped-long\", \"catheter-work\", \"refused\", \"left-out\", \"other\"]";
        /// Kinds that are counted instead of logged where they repeat.
        limited: Vec<Text> = Value::List(&KIND), "[]" or "[\"power-on\", \"pin-reset\", \"watchdog-reset\", \"brown-out-reset\", \"low-reservoir\", \"empty-reservoir\", \"unauthentic\", \"memory-fault\", \"stuck-button\", \"clock-jump\", \"crashed\", \"update-abandoned\", \"ram-fault\", \"magnet-closed\", \"magnet-opened\", \"stopped-long\", \"refused\"]";
    }
}

table! {
    /// `[range]`: the least and the most, both included.
    RangeFile "`[range]`" {
        /// Concentration.
        concentration: Spanned<Vec<Text>> = Value::List(&CONCENTRATION), "[\"1 µg/mL\", \"50 mg/mL\"]" or "[\"1 µg/mL\", \"50 mg/mL\"]";
        /// Flow of a continuous infusion other than zero.
        flow: Spanned<Vec<Text>> = Value::List(&FLOW), "[\"6 µL/day\", \"24 mL/day\"]" or "[\"6 µL/day\", \"24 mL/day\"]";
        /// Duration of a bolus.
        bolus_duration: Spanned<Vec<Text>> = Value::List(&SPAN), "[\"1 min\", \"24 h\"]" or "[\"1 min\", \"24 h\"]";
        /// Lockout.
        lockout: Spanned<Vec<Text>> = Value::List(&SPAN), "[\"1 min\", \"24 h\"]" or "[\"1 min\", \"24 h\"]";
        /// Repeat interval of an alarm.
        alarm_interval: Spanned<Vec<Text>> = Value::List(&SPAN), "[\"1 min\", \"24 h\"]" or "[\"1 min\", \"24 h\"]";
        /// Most that a daily maximum may be.
        daily_maximum: Spanned<u8> = Value::integer(1, 255), "50" or "50";
        /// What the reservoir holds.
        reservoir: Text = VOLUME.above_zero(), "\"40 mL\"" or "40 mL";
        /// Most that a catheter may hold.
        catheter: Text = VOLUME.above_zero(), "\"1 mL\"" or "1 mL";
    }
}

table! {
    /// `[[alarm]]`
    AlarmFile "`[[alarm]]`" {
        /// Its name in the pump's status.
        name: Text, "\"motor stall\"", required;
        /// What raises it.
        when: Text = Value::Word(|| words_of(Condition::ALL)), "\"stall\"", required;
        /// Whether it sounds the critical tone.
        critical: Spanned<bool>, "true", required;
    }
}

table! {
    /// `[[unclaimed]]`
    UnclaimedFile "`[[unclaimed]]`" {
        /// Name of the rule (docs/specification.md).
        rule: Text, "\"denial-names-its-reason\"", required;
        /// Why the pump does not claim it: one line for the report.
        why: Text, "\"it gives no reasons\"", required;
    }
}
