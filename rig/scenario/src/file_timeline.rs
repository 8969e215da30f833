//! `[[timeline]]` exactly as TOML writes it: what happens, once or again and again.

use super::choices::{BARICITIES, DRUGS, POSTURES, PUNCTURES};
use super::file_packets::{ForgeFile, ReadLogFile, ReplayFile};
use super::file_therapy::TherapyFile;
use super::file_values::{CONCENTRATION, DURATION, LENGTH, MASS, RESERVOIR};
use thecal_plan::CatheterWork;
use thecal_text::range::{Limits, QuantityRange};
use thecal_text::reader::{Fields, Record, Table, Text, Value, Written, words_of};
use thecal_text::table;
use thecal_text::unit::Kind;
use toml::Spanned;

/// The keys of an entry that say when and what for; every other one is an action.
pub(super) const TIMES: [&str; 6] = ["at", "every", "from", "until", "jitter", "control"];

/// Remotes are numbered from 1.
pub(super) const REMOTES: Value = Value::integer(1, 4);

/// Altitudes of cabins and mountains. Source: ours; cabins stay below 2438 m (pump.md 4.2).
const ALTITUDE: Value = LENGTH.within(QuantityRange::new("1 m", "6000 m"));
/// Depths of sea water. Source: ours, to 6 ATA; a pump's limit is 2 ATA (pump.md 1.2, S27), and beyond
/// 3 ATA pumps have lost capacity.
const DEPTH: Value = LENGTH.within(QuantityRange::new("1 m", "50 m"));
/// Absolute pressures of dives and chambers. Source: as the depths.
const ABSOLUTE: Value =
    Value::quantity(Kind::Pressure).within(QuantityRange::new("1 ATA", "6 ATA"));
/// Body temperatures. Source: ours, from mild hypothermia to the highest fever survived.
const BODY: Value = Value::quantity(Kind::Temperature).within(QuantityRange::new("34 C", "42 C"));
const SPAN: Value = DURATION.above_zero();
/// What a syringe moves at a catheter. Source: ours, a syringe of 60 mL is the largest.
const PORT: Value = Value::quantity(Kind::Volume).within(QuantityRange::new("0.1 mL", "60 mL"));
/// Some of a volume, or all of it.
const AMOUNT: Value = Value::WordOrQuantity(ALL, Kind::Volume, Limits::AboveZero);
/// The word for all of a volume.
pub(super) const ALL: &str = "all";

table! {
    /// `[[timeline]]`
    EntryFile "`[[timeline]]`" {
        /// The action happens once, at this time.
        at: Text = Value::INSTANT, "\"2 h\"" else "one of `at` and `every` is required";
        /// The action is repeated at this interval.
        every: Text = SPAN, "\"20 s\"";
        /// Time of the first repetition. Needs `every`.
        from: Text = Value::INSTANT, "\"1 h\"" or "0 s";
        /// Time after `from`. No repetition starts at or after it. Needs `every`.
        until: Text = Value::INSTANT, "\"13 h\"" else "end of the run";
        /// Random displacement of the repetitions, see below. Needs `every`.
        jitter: Spanned<JitterFile>, "{ normal = \"5 s\" }";
        /// Why the run may pass without this entry: it is there as a control. Otherwise
        /// `thecal lint --without-faults` refuses a scenario that passes without it.
        control: Text, "\"the pump is read out; nothing hangs on the answer\"";
        /// The clinician pairs programmer and remotes with a pump without keys. The rig does it at implant.
        provision: Spanned<NothingFile>, "{}";
        /// The clinician programs a new therapy: opens an update session, fills it and commits it.
        program: Spanned<TherapyFile>, "{ dose = \"1 mg/day\" }";
        /// The clinician opens an update session. It stays open until it is committed or closed, or
        /// times out.
        open_update: Spanned<OpenUpdateFile>, "{ hold = true }";
        /// The clinician sends a therapy within an update session. It is not in force yet.
        stage: Spanned<TherapyFile>, "{ dose = \"1 mg/day\" }";
        /// The clinician puts the therapy that was sent last in force. This ends the session.
        commit: Spanned<NothingFile>, "{}";
        /// The clinician ends the session without putting anything in force.
        close_update: Spanned<NothingFile>, "{}";
        /// The clinician has a stopped pump fill its tubing and catheter. This volume is no dose.
        priming_bolus: Spanned<NothingFile>, "{}";
        /// The clinician tells the pump that somebody has worked on the catheter. The pump then fills
        /// the catheter, without its own tubing, once more. Nothing happens to the catheter by this.
        catheter_work: Text = Value::Word(|| words_of(&CatheterWork::ALL)), "\"replaced\"";
        /// The clinician starts the infusion.
        start: Spanned<NothingFile>, "{}";
        /// The clinician stops the infusion.
        stop: Spanned<NothingFile>, "{}";
        /// The clinician gives a single bolus. The pump gives at most 24 mL/day: a faster bolus takes
        /// longer.
        clinician_bolus: Spanned<ClinicianBolusFile>, "{ dose = \"50 µg\", duration = \"2 min\" }";
        /// A patient presses the remote once.
        press: Spanned<PressFile>, "{ remote = 1 }";
        /// A nurse refills the reservoir and enters the fill, see below.
        refill: Spanned<RefillFile>, "{ volume = \"20 mL\", concentration = \"10 mg/mL\" }";
        /// The clinician reads the pump's status.
        interrogate: Spanned<NothingFile>, "{}";
        /// The clinician reads the prescription in force. The report shows the answer.
        read_prescription: Spanned<NothingFile>, "{}";
        /// The clinician reads the alarms one by one. The report shows the answers.
        read_alarms: Spanned<NothingFile>, "{}";
        /// The clinician reads the pump's state of health. The report shows the answer.
        read_health: Spanned<NothingFile>, "{}";
        /// The clinician silences the sounding alarms.
        silence: Spanned<NothingFile>, "{}";
        /// The clinician reads a page of the event log.
        read_log: Spanned<ReadLogFile>, "{ first = 12 }";
        /// The programmer asks the pump for its challenge, as if it were to be paired.
        ask_challenge: Spanned<NothingFile>, "{}";
        /// Somebody sends the last accepted telemetry packet again, byte for byte, or all of them, or the
        /// pump's own answer.
        replay: Spanned<ReplayFile>, "{ all = true }";
        /// Somebody sends a packet that the instrument of its sender would not send: sealed with another
        /// key, used up, spoiled, or a command that the sender may not give.
        forge: Spanned<ForgeFile>, "{ request = \"stop\", from = \"remote-2\" }";
        /// The patient is in the magnetic field of an MRI scanner: the rotor is driven backwards and
        /// held, the magnet switch closes, both valves open (valve-gated pump).
        mri: Spanned<MriFile>, "{ duration = \"40 min\", recovery = \"3 h\" }";
        /// The patient is near a magnet: the magnet switch closes. A strong one holds the rotor too.
        magnet: Spanned<MagnetFile>, "{ duration = \"10 min\" }";
        /// The patient flies: the ambient pressure falls to that of the standard atmosphere.
        flight: Spanned<FlightFile>, "{ altitude = \"2438 m\", duration = \"6 h\", climb = \"30 min\" }";
        /// The patient dives or is in a pressure chamber: the ambient pressure rises.
        dive: Spanned<DiveFile>, "{ depth = \"10 m\", duration = \"40 min\", descent = \"2 min\" }";
        /// The patient's body temperature changes.
        fever: Spanned<FeverFile>, "{ temperature = \"40 C\", duration = \"12 h\", onset = \"2 h\" }";
        /// The patient changes posture, and the fluid pressure at the catheter tip follows. The
        /// patient lies at the start.
        posture: Text = Value::Word(|| words_of(&POSTURES)), "\"sitting\"";
        /// Somebody works with a syringe at the catheter's access port, behind the pump's tubing: aspirates,
        /// then injects. The pump is not told.
        access_port: Spanned<AccessPortFile>, "{ aspirate = \"2 mL\" }";
        /// Somebody draws fluid from the reservoir or fills it, and the pump is not told: a withdrawal
        /// only, or a fill that is never entered.
        access_reservoir: Spanned<AccessReservoirFile>, "{ withdraw = \"all\" }";
        /// Somebody gives a dose by hand through a needle into the spinal fluid, at once. The pump is not
        /// told.
        lumbar_injection: Spanned<LumbarInjectionFile>, "{ level = \"L3\", volume = \"2 mL\", concentration = \"50 µg/mL\" }";
        /// The flow-activated valve is reset by hand. Needs a valve-gated pump.
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
        hold: Spanned<bool>, "true" or "false";
    }
}

table! {
    /// `magnet`
    MagnetFile "`magnet`" {
        /// How long the patient stays near the magnet.
        duration: Text = SPAN, "\"10 min\"", required;
        /// Whether it is strong and near enough to hold the rotor, as a telephone on the pump may.
        stalls: Spanned<bool>, "true" or "false";
    }
}

table! {
    /// `mri`
    MriFile "`mri`" {
        /// How long the patient stays in the magnetic field.
        duration: Text = SPAN, "\"40 min\"", required;
        /// How long the rotor stays held after the patient leaves.
        recovery: Text = DURATION, "\"3 h\"", required;
    }
}

table! {
    /// `flight`
    FlightFile "`flight`" {
        /// Altitude that the cabin pressure corresponds to.
        altitude: Text = ALTITUDE, "\"2438 m\"", required;
        /// From the start of the climb to the start of the descent. At least `climb`.
        duration: Text = SPAN, "\"6 h\"", required;
        /// Duration of the climb, and of the descent.
        climb: Text = SPAN, "\"30 min\"", required;
    }
}

table! {
    /// `dive`
    DiveFile "`dive`" {
        /// Depth of sea water.
        depth: Text = DEPTH, "\"10 m\"" else "one of `depth` and `pressure` is required";
        /// Absolute pressure in a chamber.
        pressure: Text = ABSOLUTE, "\"2 ATA\"" else "one of `depth` and `pressure` is required";
        /// From the start of the descent to the start of the ascent. At least `descent`.
        duration: Text = SPAN, "\"40 min\"", required;
        /// Duration of the descent, and of the ascent.
        descent: Text = SPAN, "\"2 min\"", required;
    }
}

table! {
    /// `fever`
    FeverFile "`fever`" {
        /// Highest body temperature.
        temperature: Text = BODY, "\"40 C\"", required;
        /// From the start of the rise to the start of the fall. At least `onset`.
        duration: Text = SPAN, "\"12 h\"", required;
        /// Duration of the rise, and of the fall.
        onset: Text = SPAN, "\"2 h\"", required;
    }
}

table! {
    /// `jitter`
    JitterFile "`jitter`" {
        /// Each repetition is moved by up to this, earlier or later, uniformly distributed.
        uniform: Text = DURATION, "\"5 s\"" else "one of the three is required";
        /// Each repetition is moved by a normal deviate with this standard deviation.
        normal: Text = DURATION, "\"5 s\"" else "one of the three is required";
        /// The intervals are exponentially distributed with mean `every`: a Poisson process.
        exponential: Spanned<bool>, "true" else "one of the three is required";
    }
}

table! {
    /// `clinician-bolus`
    ClinicianBolusFile "`clinician-bolus`" {
        /// Dose of the bolus.
        dose: Text = MASS.above_zero(), "\"50 µg\"", required;
        /// Time over which it is given.
        duration: Text = SPAN, "\"2 min\"", required;
    }
}

table! {
    /// `press`
    PressFile "`press`" {
        /// Number of the remote.
        remote: Spanned<u8> = REMOTES, "1", required;
    }
}

table! {
    /// `access-port`
    AccessPortFile "`access-port`" {
        /// Volume aspirated: what the catheter holds, then spinal fluid.
        aspirate: Text = PORT, "\"2 mL\"" else "nothing";
        /// Volume injected after that.
        inject: Text = PORT, "\"1 mL\"" else "nothing";
        /// Concentration of the drug injected.
        concentration: Text = CONCENTRATION, "\"10 mg/mL\"" else "none: saline, or contrast medium";
        /// Concentration of the second drug injected. Needs `second-drug` in `[pump]`.
        second_concentration: Text = CONCENTRATION, "\"5 mg/mL\"" else "none";
    }
}

table! {
    /// `lumbar-injection`
    LumbarInjectionFile "`lumbar-injection`" {
        /// Vertebra at which the needle lies.
        level: Text = Value::Word(|| words_of(&PUNCTURES)), "\"L3\"", required;
        /// Volume injected.
        volume: Text = PORT, "\"2 mL\"", required;
        /// Concentration of the drug.
        concentration: Text = CONCENTRATION, "\"50 µg/mL\"", required;
        /// Concentration of the second drug. Needs `second-drug` in `[pump]`.
        second_concentration: Text = CONCENTRATION, "\"5 mg/mL\"" else "none";
        /// Time that the hand takes for it.
        over: Text = SPAN, "\"20 s\"" or "10 s";
        /// How heavy the solution is. In somebody upright a heavy one sinks, a light one rises.
        baricity: Text = Value::Word(|| words_of(&BARICITIES)), "\"hyperbaric\"" or "isobaric";
    }
}

table! {
    /// `access-reservoir`
    AccessReservoirFile "`access-reservoir`" {
        /// Volume withdrawn.
        withdraw: Text = AMOUNT, "\"all\"" else "nothing";
        /// Volume filled after that.
        fill: Text = RESERVOIR, "\"20 mL\"" else "nothing";
        /// Concentration of the drug filled.
        concentration: Text = CONCENTRATION, "\"10 mg/mL\"" else "that of `[pump]`";
        /// Concentration of the second drug filled. Needs `second-drug` in `[pump]`.
        second_concentration: Text = CONCENTRATION, "\"5 mg/mL\"" else "that of `second-drug` in `[pump]`";
    }
}

table! {
    /// `refill`
    RefillFile "`refill`" {
        /// Volume entered.
        volume: Text = RESERVOIR, "\"20 mL\"", required;
        /// Concentration entered.
        concentration: Text = CONCENTRATION.above_zero(), "\"10 mg/mL\"", required;
        /// Volume injected.
        true_volume: Text = RESERVOIR, "\"15 mL\"" else "`volume`";
        /// Concentration injected.
        true_concentration: Text = CONCENTRATION, "\"10 mg/mL\"" else "`concentration`";
        /// Concentration of the second drug injected. Needs `second-drug` in `[pump]`.
        true_second_concentration: Text = CONCENTRATION, "\"5 mg/mL\"" else "that of `second-drug` in `[pump]`";
        /// The drug injected, if it is another than the one entered, as in a mix-up of bottles. The
        /// concentrations are then its own; not together with another `second-drug` in `[pump]`.
        true_drug: Text = Value::Word(|| words_of(&DRUGS)), "\"hydromorphone\"" else "the drug of `[pump]`";
        /// Volume drawn out of the reservoir before the refill.
        withdrawn: Text = AMOUNT, "\"all\"" or "all";
        /// Volume that is injected into the tissue around the pump instead of the reservoir. At most
        /// the volume injected. The tissue absorbs the drug.
        pocket: Text = AMOUNT, "\"5 mL\"" else "nothing";
        /// Volume that is injected through the catheter's access port instead of the septum, straight
        /// into the spinal fluid. At most the volume injected.
        catheter_port: Text = AMOUNT, "\"all\"" else "nothing";
        /// Whether the pump gives a bridge bolus: the old drug in tubing and catheter is infused at its
        /// own rate until the new drug reaches the tip.
        bridge: Spanned<bool>, "true" or "false";
    }
}
