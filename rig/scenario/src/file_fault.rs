//! `[[fault]]` exactly as TOML writes it: what breaks, when, and how badly.

use super::file::{DURATION, Kind, Text, VOLUME};
use super::file_timeline::{NothingFile, REMOTES};
use super::resolve_core::EFFECTS;
use thecal_plan::REGISTERS;
use thecal_text::reader::{Value, words_of};
use thecal_text::table;
use toml::Spanned;

/// The keys of a fault that say when; every other one is a kind.
pub(super) const TIMES: [&str; 2] = ["start", "duration"];

const SHARE: Value = Value::Quantity(Kind::Fraction);
const FACTOR: Value = Value::Quantity(Kind::Factor);

table! {
    /// `[[fault]]`
    FaultFile "`[[fault]]`" {
        /// When it begins.
        start: Text = DURATION, "\"6 h\"", required;
        /// How long it lasts; without it, to the end of the run.
        duration: Text = DURATION, "\"45 min\"";
        /// The rotor is held: no pulse moves it.
        motor_stall: Spanned<NothingFile>, "{}";
        /// A foreign particle jams the gear at one angle.
        motor_jam: Spanned<NothingFile>, "{}";
        /// This share of the steps is lost at random.
        missed_steps: Spanned<ShareFile>, "{ share = \"2 %\" }";
        /// The gear corrodes or the shaft wears: friction as many times that of a new pump.
        gear_friction: Spanned<TimesFile>, "{ times = \"2\", over = \"3 d\" }";
        /// Moisture shunts the motor's coil.
        coil_shunt: Spanned<ShuntFile>, "{ resistance = \"500 ohm\" }";
        /// A roller does not close the tube.
        roller_leak: Spanned<LeakFile>, "{ resistance = \"3e16 Pa s/m3\" }";
        /// The tube has set: a step loses this share of its volume.
        tube_wear: Spanned<ShareFile>, "{ share = \"10 %\" }";
        /// Both valves stand open.
        open_valves: Spanned<NothingFile>, "{}";
        /// This share of the gauge pressure is lost.
        propellant_loss: Spanned<ShareFile>, "{ share = \"100 %\" }";
        /// Precipitate: filter and restrictor resist as many times as much.
        filter_clog: Spanned<TimesFile>, "{ times = \"1000\" }";
        /// A film adds this to the battery's resistance.
        battery_film: Spanned<FilmFile>, "{ resistance = \"1200 ohm\" }";
        /// The catheter is blocked at its tip.
        tip_occlusion: Spanned<OcclusionFile>, "{ complete = true }";
        /// The connector is misaligned: only the pump's tubing stretches before it.
        connector_occlusion: Spanned<OcclusionFile>, "{ complete = true }";
        /// The catheter is kinked over 5 mm.
        catheter_kink: Spanned<KinkFile>, "{ open-bore = \"2 %\" }";
        /// This share of the flow leaves at the connector into the tissue.
        catheter_leak: Spanned<ShareFile>, "{ share = \"100 %\" }";
        /// A bubble comes out of the reservoir.
        air_bubble: Spanned<BubbleFile>, "{ volume = \"20 µL\" }";
        /// A remote's button is stuck: it repeats the same press.
        stuck_button: Spanned<StuckButtonFile>, "{ remote = 1, every = \"2 s\" }";
        /// The pump's pins see a reset.
        reset: Spanned<NothingFile>, "{}";
        /// The pump's clock shows another time from now on.
        clock_jump: Spanned<ClockJumpFile>, "{ by = \"-24 h\" }";
        /// The supply is gone for a while.
        power_cut: Spanned<PowerCutFile>, "{ at-write = 3, after-bytes = 7 }";
        /// The supply dips to this level.
        brown_out: Spanned<BrownOutFile>, "{ level = \"1.6 V\" }";
        /// The core stops: no reaction, while its motor train runs on and its watchdog counts.
        core_halt: Spanned<NothingFile>, "{}";
        /// A bit of RAM flips while the pump runs.
        ram_flip: Spanned<BitFlipFile>, "{ symbol = \"PUMP\", offset = 40, bit = 3 }";
        /// A bit of flash flips, until the bench starts the image anew.
        flash_flip: Spanned<BitFlipFile>, "{ symbol = \"main\", offset = 4, bit = 3 }";
        /// Bits of a core register flip.
        register_flip: Spanned<RegisterFlipFile>, "{ register = \"pc\", mask = \"0x10\" }";
    }
}

table! {
    /// `missed-steps`, `tube-wear`, `propellant-loss`, `catheter-leak`
    ShareFile "a share" {
        /// The share that is lost.
        share: Text = SHARE, "\"10 %\"", required;
        /// How long it takes to come.
        over: Text = DURATION, "\"3 d\"";
        /// What it starts from.
        from: Text = SHARE, "\"0 %\"";
    }
}

table! {
    /// `gear-friction`, `filter-clog`
    TimesFile "a factor" {
        /// As many times that of a sound pump.
        times: Text = FACTOR, "\"100\"", required;
        /// How long it takes to come.
        over: Text = DURATION, "\"3 d\"";
        /// What it starts from.
        from: Text = FACTOR, "\"1\"";
    }
}

table! {
    /// `coil-shunt`
    ShuntFile "`coil-shunt`" {
        /// The resistance beside the coil.
        resistance: Text = Value::Quantity(Kind::Resistance), "\"500 ohm\"", required;
        /// How long it takes to come.
        over: Text = DURATION, "\"3 d\"";
        /// What it starts from.
        from: Text = Value::Quantity(Kind::Resistance), "\"1000 kohm\"";
    }
}

table! {
    /// `roller-leak`
    LeakFile "`roller-leak`" {
        /// The resistance of the leak; zero is free flow.
        resistance: Text = Value::Quantity(Kind::FlowResistance), "\"3e16 Pa s/m3\"", required;
        /// How long it takes to come.
        over: Text = DURATION, "\"3 d\"";
        /// What it starts from.
        from: Text = Value::Quantity(Kind::FlowResistance), "\"1e18 Pa s/m3\"";
    }
}

table! {
    /// `battery-film`
    FilmFile "`battery-film`" {
        /// The resistance of the film.
        resistance: Text = Value::Quantity(Kind::Resistance), "\"1200 ohm\"", required;
        /// How long it takes to come.
        over: Text = DURATION, "\"3 d\"";
        /// What it starts from.
        from: Text = Value::Quantity(Kind::Resistance), "\"0 ohm\"";
    }
}

table! {
    /// `tip-occlusion`, `connector-occlusion`
    OcclusionFile "an occlusion" {
        /// Nothing comes through.
        complete: Spanned<bool>, "true";
        /// As many times the resistance of the free catheter.
        resistance_times: Text = FACTOR, "\"1000\"";
        /// How long it takes to come.
        over: Text = DURATION, "\"3 d\"";
        /// What it starts from.
        from: Text = FACTOR, "\"1\"";
    }
}

table! {
    /// `catheter-kink`
    KinkFile "`catheter-kink`" {
        /// The share of the bore's diameter that is open.
        open_bore: Text = SHARE, "\"2 %\"", required;
        /// How long it takes to come.
        over: Text = DURATION, "\"3 d\"";
        /// What it starts from.
        from: Text = SHARE, "\"100 %\"";
    }
}

table! {
    /// `air-bubble`
    BubbleFile "`air-bubble`" {
        /// Its volume at ambient pressure.
        volume: Text = VOLUME, "\"20 µL\"", required;
    }
}

table! {
    /// `stuck-button`
    StuckButtonFile "`stuck-button`" {
        /// Whose remote it is.
        remote: Spanned<u8> = REMOTES, "1", required;
        /// The interval of the presses.
        every: Text = DURATION, "\"2 s\"", required;
    }
}

table! {
    /// `clock-jump`
    ClockJumpFile "`clock-jump`" {
        /// How far; with a minus, back.
        by: Text = DURATION, "\"-24 h\"", required;
    }
}

table! {
    /// `power-cut`
    PowerCutFile "`power-cut`" {
        /// The memory write that it falls into, counted from `start`.
        at_write: Spanned<u32> = Value::integer(1, 1_000_000), "3";
        /// Bytes of that write that still happen.
        after_bytes: Spanned<u8>, "7";
        /// The effect before which it falls.
        before: Text = Value::Word(|| words_of(&EFFECTS)), "\"motor\"";
    }
}

table! {
    /// `brown-out`
    BrownOutFile "`brown-out`" {
        /// What the supply dips to.
        level: Text = Value::Quantity(Kind::Potential), "\"1.6 V\"", required;
    }
}

table! {
    /// `ram-flip`, `flash-flip`
    BitFlipFile "a flip" {
        /// A symbol of the firmware's image.
        symbol: Text, "\"PUMP\"", required;
        /// Bytes behind its beginning.
        offset: Spanned<u32>, "40";
        /// The bit of that byte.
        bit: Spanned<u8> = Value::integer(0, 7), "3", required;
    }
}

table! {
    /// `register-flip`
    RegisterFlipFile "`register-flip`" {
        /// A register of the core.
        register: Text = Value::Word(|| REGISTERS.to_vec()), "\"pc\"", required;
        /// The bits that flip, in hexadecimal.
        mask: Text, "\"0x10\"", required;
    }
}
