//! A scenario file exactly as TOML writes it: every key optional, every value with its place.
//!
//! Nothing here knows what a key means. Plain optional keys keep every span and let one reading
//! report all that is missing; enums, `flatten` and `untagged` would lose the place.

use serde::Deserialize;
use toml::Spanned;

/// Text with its place.
pub(super) type Text = Spanned<String>;

macro_rules! table {
    ($(#[doc = $doc:literal])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(super) struct $name {
            $(pub(super) $field: Option<$type>,)*
        }
    };
}

table! {
    /// The whole file.
    ScenarioFile {
        title: Text,
        verifies: Vec<Text>,
        reenacts: Text,
        known_anomaly: Text,
        seed: Spanned<u64>,
        duration: Text,
        starts: Text,
        needs: Vec<Text>,
        patient: Spanned<PatientFile>,
        pump: Spanned<PumpFile>,
        therapy: Spanned<TherapyFile>,
        timeline: Vec<Spanned<EntryFile>>,
        fault: Vec<Spanned<FaultFile>>,
        expect: Vec<Spanned<ExpectFile>>,
    }
}

table! {
    /// `[patient]`
    PatientFile {
        mixing: Text,
        tip: Text,
        tolerance: Text,
        file: Text,
        individual: Spanned<u64>,
        population_seed: Spanned<u64>,
    }
}

table! {
    /// `[pump]`
    PumpFile {
        drug: Text,
        concentration: Text,
        reservoir: Text,
        catheter: Text,
        catheter_starts: Text,
        drive: Text,
        second_drug: Spanned<SecondDrugFile>,
    }
}

table! {
    /// `second-drug`
    SecondDrugFile {
        drug: Text,
        concentration: Text,
    }
}

table! {
    /// `[therapy]`, and `program` and `stage` in the timeline.
    TherapyFile {
        dose: Text,
        minimum_rate: Spanned<bool>,
        schedule: Spanned<Vec<Spanned<ScheduleStepFile>>>,
        concentration: Text,
        patient_bolus: Spanned<PatientBolusFile>,
        during_bolus: Text,
        limits: Spanned<LimitsFile>,
        programmed_catheter: Text,
        low_reservoir: Text,
        critical_interval: Text,
        non_critical_interval: Text,
    }
}

table! {
    /// One step of `schedule`
    ScheduleStepFile {
        days: Text,
        at: Text,
        dose: Text,
    }
}

table! {
    /// `limits`
    LimitsFile {
        hour: Text,
        four_hours: Text,
        day: Text,
    }
}

table! {
    /// `patient-bolus`
    PatientBolusFile {
        dose: Text,
        duration: Text,
        lockout: Text,
        daily_maximum: Spanned<i64>,
    }
}

table! {
    /// `[[timeline]]`
    EntryFile {
        at: Text,
        every: Text,
        from: Text,
        until: Text,
        jitter: Spanned<JitterFile>,
        program: Spanned<TherapyFile>,
        open_update: Spanned<OpenUpdateFile>,
        stage: Spanned<TherapyFile>,
        commit: Spanned<NothingFile>,
        close_update: Spanned<NothingFile>,
        priming_bolus: Spanned<NothingFile>,
        start: Spanned<NothingFile>,
        stop: Spanned<NothingFile>,
        clinician_bolus: Spanned<ClinicianBolusFile>,
        press: Spanned<PressFile>,
        refill: Spanned<RefillFile>,
        interrogate: Spanned<NothingFile>,
        read_prescription: Spanned<NothingFile>,
        read_alarms: Spanned<NothingFile>,
        read_health: Spanned<NothingFile>,
        silence: Spanned<NothingFile>,
        replay: Spanned<NothingFile>,
        mri: Spanned<MriFile>,
        magnet: Spanned<MagnetFile>,
        flight: Spanned<FlightFile>,
        dive: Spanned<DiveFile>,
        fever: Spanned<FeverFile>,
        posture: Text,
        reset_flow_valve: Spanned<NothingFile>,
    }
}

table! {
    /// `open-update`
    OpenUpdateFile {
        hold: Spanned<bool>,
    }
}

table! {
    /// `magnet`
    MagnetFile {
        duration: Text,
    }
}

table! {
    /// `mri`
    MriFile {
        duration: Text,
        recovery: Text,
    }
}

table! {
    /// `flight`
    FlightFile {
        altitude: Text,
        duration: Text,
        climb: Text,
    }
}

table! {
    /// `dive`
    DiveFile {
        depth: Text,
        pressure: Text,
        duration: Text,
        descent: Text,
    }
}

table! {
    /// `fever`
    FeverFile {
        temperature: Text,
        duration: Text,
        onset: Text,
    }
}

table! {
    /// `jitter`
    JitterFile {
        uniform: Text,
        normal: Text,
        exponential: Spanned<bool>,
    }
}

table! {
    /// `clinician-bolus`
    ClinicianBolusFile {
        dose: Text,
        duration: Text,
    }
}

table! {
    /// `press`
    PressFile {
        remote: Spanned<i64>,
    }
}

table! {
    /// `refill`
    RefillFile {
        volume: Text,
        concentration: Text,
        true_volume: Text,
        true_concentration: Text,
        true_second_concentration: Text,
        withdrawn: Text,
        pocket: Text,
        bridge: Spanned<bool>,
    }
}

/// `{}`: an action or fault without details.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NothingFile {}

table! {
    /// `[[fault]]`
    FaultFile {
        start: Text,
        duration: Text,
        motor_stall: Spanned<NothingFile>,
        motor_jam: Spanned<NothingFile>,
        stuck_button: Spanned<StuckButtonFile>,
        reset: Spanned<NothingFile>,
        clock_jump: Spanned<ClockJumpFile>,
        power_cut: Spanned<PowerCutFile>,
        brown_out: Spanned<BrownOutFile>,
        core_halt: Spanned<NothingFile>,
        ram_flip: Spanned<BitFlipFile>,
        flash_flip: Spanned<BitFlipFile>,
        register_flip: Spanned<RegisterFlipFile>,
        missed_steps: Spanned<ShareFile>,
        gear_friction: Spanned<TimesFile>,
        coil_shunt: Spanned<ResistanceFile>,
        roller_leak: Spanned<ResistanceFile>,
        tube_wear: Spanned<ShareFile>,
        open_valves: Spanned<NothingFile>,
        propellant_loss: Spanned<ShareFile>,
        filter_clog: Spanned<TimesFile>,
        battery_film: Spanned<ResistanceFile>,
        tip_occlusion: Spanned<OcclusionFile>,
        connector_occlusion: Spanned<OcclusionFile>,
        catheter_kink: Spanned<KinkFile>,
        catheter_leak: Spanned<ShareFile>,
        air_bubble: Spanned<BubbleFile>,
    }
}

table! {
    /// `missed-steps`, `tube-wear`, `propellant-loss`, `catheter-leak`
    ShareFile {
        share: Text,
        over: Text,
        from: Text,
    }
}

table! {
    /// `gear-friction`, `filter-clog`
    TimesFile {
        times: Text,
        over: Text,
        from: Text,
    }
}

table! {
    /// `coil-shunt`, `roller-leak`, `battery-film`
    ResistanceFile {
        resistance: Text,
        over: Text,
        from: Text,
    }
}

table! {
    /// `tip-occlusion`, `connector-occlusion`
    OcclusionFile {
        complete: Spanned<bool>,
        resistance_times: Text,
        over: Text,
        from: Text,
    }
}

table! {
    /// `catheter-kink`
    KinkFile {
        open_bore: Text,
        over: Text,
        from: Text,
    }
}

table! {
    /// `air-bubble`
    BubbleFile {
        volume: Text,
    }
}

table! {
    /// `power-cut`
    PowerCutFile {
        at_write: Spanned<i64>,
        after_bytes: Spanned<i64>,
        before: Text,
    }
}

table! {
    /// `clock-jump`
    ClockJumpFile {
        by: Text,
    }
}

table! {
    /// `brown-out`
    BrownOutFile {
        level: Text,
    }
}

table! {
    /// `ram-flip`, `flash-flip`
    BitFlipFile {
        symbol: Text,
        offset: Spanned<i64>,
        bit: Spanned<i64>,
    }
}

table! {
    /// `register-flip`
    RegisterFlipFile {
        register: Text,
        mask: Text,
    }
}

table! {
    /// `stuck-button`
    StuckButtonFile {
        remote: Spanned<i64>,
        every: Text,
    }
}

table! {
    /// `[[expect]]`
    ExpectFile {
        name: Text,
        why: Text,
        always: Text,
        never: Text,
        eventually: Text,
        hold: Text,
        until_true: Text,
        when: Text,
        then: Text,
        count: Text,
        after: Text,
        within: Text,
        until: Text,
        window: Text,
        at_least: Spanned<i64>,
        at_most: Spanned<i64>,
    }
}
