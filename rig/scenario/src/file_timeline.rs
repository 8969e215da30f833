//! `[[timeline]]` exactly as TOML writes it: what happens, once or again and again.

use super::file::{CONCENTRATION, DURATION, Kind, LENGTH, MASS, Text, TherapyFile, VOLUME};
use super::resolve_place;
use thecal_text::reader::{Fields, Record, Table, Value, Written, words_of};
use thecal_text::table;
use toml::Spanned;

/// The keys of an entry that say when; every other one is an action.
pub(super) const TIMES: [&str; 5] = ["at", "every", "from", "until", "jitter"];

/// Remotes are numbered from 1.
pub(super) const REMOTES: Value = Value::integer(1, 4);

table! {
    /// `[[timeline]]`
    EntryFile "`[[timeline]]`" {
        /// Once, at this time.
        at: Text = DURATION, "\"2 h\"";
        /// Again and again, at this interval.
        every: Text = DURATION, "\"20 s\"";
        /// First repetition.
        from: Text = DURATION, "\"1 h\"";
        /// No repetition starts at or after this.
        until: Text = DURATION, "\"13 h\"";
        /// Random displacement of the repetitions.
        jitter: Spanned<JitterFile>, "{ normal = \"5 s\" }";
        /// The clinician programs a new therapy.
        program: Spanned<TherapyFile>, "{ dose = \"1 mg/day\" }";
        /// The clinician opens an update session, and may walk away.
        open_update: Spanned<OpenUpdateFile>, "{ hold = true }";
        /// Within a session, the clinician sends a therapy that is not in force yet.
        stage: Spanned<TherapyFile>, "{ dose = \"1 mg/day\" }";
        /// The clinician puts in force what was sent last, which ends the session.
        commit: Spanned<NothingFile>, "{}";
        /// The clinician gives the session up.
        close_update: Spanned<NothingFile>, "{}";
        /// The clinician has tubing and catheter of a stopped pump filled.
        priming_bolus: Spanned<NothingFile>, "{}";
        /// The clinician starts the infusion.
        start: Spanned<NothingFile>, "{}";
        /// The clinician stops the infusion.
        stop: Spanned<NothingFile>, "{}";
        /// The clinician gives a single bolus.
        clinician_bolus: Spanned<ClinicianBolusFile>, "{ dose = \"50 µg\", duration = \"2 min\" }";
        /// A patient presses the remote once.
        press: Spanned<PressFile>, "{ remote = 1 }";
        /// A nurse refills the reservoir and enters what they believe.
        refill: Spanned<RefillFile>, "{ volume = \"20 mL\", concentration = \"10 mg/mL\" }";
        /// The clinician reads the pump's status.
        interrogate: Spanned<NothingFile>, "{}";
        /// The clinician reads the prescription in force.
        read_prescription: Spanned<NothingFile>, "{}";
        /// The clinician reads the alarms one by one.
        read_alarms: Spanned<NothingFile>, "{}";
        /// The clinician reads the pump's own state of health.
        read_health: Spanned<NothingFile>, "{}";
        /// The clinician silences the sounding alarms.
        silence: Spanned<NothingFile>, "{}";
        /// Somebody sends the last accepted telemetry packet again, byte for byte.
        replay: Spanned<NothingFile>, "{}";
        /// The patient is in the field of a scanner.
        mri: Spanned<MriFile>, "{ duration = \"40 min\", recovery = \"3 h\" }";
        /// The patient is near a magnet.
        magnet: Spanned<MagnetFile>, "{ duration = \"10 min\" }";
        /// The ambient pressure falls to that of the standard atmosphere.
        flight: Spanned<FlightFile>, "{ altitude = \"2438 m\", duration = \"6 h\", climb = \"30 min\" }";
        /// The ambient pressure rises: a dive, or a chamber.
        dive: Spanned<DiveFile>, "{ depth = \"10 m\", duration = \"40 min\", descent = \"2 min\" }";
        /// The body's temperature changes.
        fever: Spanned<FeverFile>, "{ temperature = \"40 C\", duration = \"12 h\", onset = \"2 h\" }";
        /// The pressure of the fluid at the tip follows. Everybody lies at the start.
        posture: Text = Value::Word(|| words_of(&resolve_place::POSTURES)), "\"sitting\"";
        /// Somebody resets the flow-activated valve by hand.
        reset_flow_valve: Spanned<NothingFile>, "{}";
    }
}

/// `{}`: an action or fault without details.
#[derive(Debug)]
pub(super) struct NothingFile;

impl Record for NothingFile {
    const TABLE: &'static Table = &Table {
        name: "a table without keys",
        keys: &[],
        others: None,
        example: "{}",
    };

    fn read(_: &mut Fields<'_, '_>) -> Self {
        Self
    }

    fn written(&self) -> Vec<Written> {
        Vec::new()
    }
}

table! {
    /// `open-update`
    OpenUpdateFile "`open-update`" {
        /// Whether the infusion pauses until the session ends.
        hold: Spanned<bool>, "true";
    }
}

table! {
    /// `magnet`
    MagnetFile "`magnet`" {
        /// How long the patient stays.
        duration: Text = DURATION, "\"10 min\"", required;
    }
}

table! {
    /// `mri`
    MriFile "`mri`" {
        /// How long the patient stays.
        duration: Text = DURATION, "\"40 min\"", required;
        /// How long the rotor stays held after the exit.
        recovery: Text = DURATION, "\"3 h\"", required;
    }
}

table! {
    /// `flight`
    FlightFile "`flight`" {
        /// Altitude of the cabin.
        altitude: Text = LENGTH, "\"2438 m\"", required;
        /// From the beginning of the climb to that of the descent.
        duration: Text = DURATION, "\"6 h\"", required;
        /// How long the climb takes, and the descent.
        climb: Text = DURATION, "\"30 min\"", required;
    }
}

table! {
    /// `dive`
    DiveFile "`dive`" {
        /// Depth of sea water.
        depth: Text = LENGTH, "\"10 m\"";
        /// Absolute pressure, of a chamber.
        pressure: Text = Value::Quantity(Kind::Pressure), "\"2 ATA\"";
        /// From the beginning of the descent to that of the ascent.
        duration: Text = DURATION, "\"40 min\"", required;
        /// How long the descent takes, and the ascent.
        descent: Text = DURATION, "\"2 min\"", required;
    }
}

table! {
    /// `fever`
    FeverFile "`fever`" {
        /// Temperature of the body.
        temperature: Text = Value::Quantity(Kind::Temperature), "\"40 C\"", required;
        /// From the beginning of the rise to that of the fall.
        duration: Text = DURATION, "\"12 h\"", required;
        /// How long the rise takes, and the fall.
        onset: Text = DURATION, "\"2 h\"", required;
    }
}

table! {
    /// `jitter`
    JitterFile "`jitter`" {
        /// Each repetition is moved by up to this, earlier or later.
        uniform: Text = DURATION, "\"5 s\"";
        /// Each is moved by a normal deviate with this standard deviation.
        normal: Text = DURATION, "\"5 s\"";
        /// The intervals are exponential with mean `every`: a Poisson process.
        exponential: Spanned<bool>, "true";
    }
}

table! {
    /// `clinician-bolus`
    ClinicianBolusFile "`clinician-bolus`" {
        /// Drug of the bolus.
        dose: Text = MASS, "\"50 µg\"", required;
        /// Time over which it is given.
        duration: Text = DURATION, "\"2 min\"", required;
    }
}

table! {
    /// `press`
    PressFile "`press`" {
        /// Whose remote it is.
        remote: Spanned<u8> = REMOTES, "1", required;
    }
}

table! {
    /// `refill`
    RefillFile "`refill`" {
        /// Volume entered.
        volume: Text = VOLUME, "\"20 mL\"", required;
        /// Concentration entered.
        concentration: Text = CONCENTRATION, "\"10 mg/mL\"", required;
        /// Volume truly injected.
        true_volume: Text = VOLUME, "\"15 mL\"";
        /// Concentration truly injected.
        true_concentration: Text = CONCENTRATION, "\"10 mg/mL\"";
        /// Concentration of the second drug truly injected.
        true_second_concentration: Text = CONCENTRATION, "\"5 mg/mL\"";
        /// What is drawn out of the reservoir before: a volume, or `all`.
        withdrawn: Text, "\"all\"";
        /// How much of what is injected goes into the tissue around the pump: a volume, or `all`.
        pocket: Text, "\"5 mL\"";
        /// Whether the pump is told to bridge: the old drug in the catheter goes on at its own rate.
        bridge: Spanned<bool>, "true";
    }
}
