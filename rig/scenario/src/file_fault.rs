//! `[[fault]]` exactly as TOML writes it: what breaks, when, and how badly.
//!
//! The keys of a fault of the plant are made of its row in `sim`; other faults have a table of keys
//! each, and the rest from their row in `plan`. A test compares `docs/faults.md` with both.

use super::choices::{EFFECTS, POSTURES};
use super::file_severity::{SEVERITIES, SeverityFile};
use super::file_timeline::{NothingFile, REMOTES};
use super::file_values::DURATION;
use thecal_plan::{ANSWERED, FaultRow, HeldValue, REGISTERS, RIG_FAULTS};
use thecal_sim::PlantFault;
use thecal_text::reader::{
    Default, Fields, Key, Need, Read, Record, Table, Text, Value, Written, words_of,
};
use thecal_text::table;
use thecal_text::unit::Kind;
use toml::Spanned;

/// `[[fault]]`
#[derive(Debug)]
pub(super) struct FaultFile {
    /// When it begins and how long it lasts.
    pub(super) times: TimesFile,
    /// What it is, with its key and place: one, unless the file is wrong.
    pub(super) kinds: Vec<(Written, KindFile)>,
}

table! {
    /// The keys of a fault that say when; every other one is a kind.
    TimesFile "the times of a fault" {
        /// When it begins.
        start: Text = Value::INSTANT, "\"6 h\"", required;
        /// How long it lasts. Some kinds require it, some have none.
        duration: Text = DURATION.above_zero(), "\"45 min\"" else "to the end of the run, or over at once, as its kind says";
        /// It comes again at this interval, which is longer than `duration`. For faults of the plant,
        /// and for a reset.
        every: Text = DURATION.above_zero(), "\"1 d\"";
        /// It does not come again at or after this time. Needs `every`.
        until: Text = Value::INSTANT, "\"20 d\"" else "end of the run";
        /// It acts only while the patient is in this posture, as a kink may. For faults of the plant;
        /// not together with `every`.
        posture: Text = Value::Word(|| words_of(&POSTURES)), "\"sitting\"";
        /// Why the run may pass without this fault: it is there as a control. Otherwise
        /// `thecal lint --without-faults` refuses a scenario that passes without it.
        control: Text, "\"a sound pump does not notice it\"";
    }
}

/// Declares how each fault is written that is no fault of the plant, in the order of [`RIG_FAULTS`].
macro_rules! kinds {
    ($($kind:ident $(($file:ident))?,)*) => {
        /// What a fault is, as written.
        #[derive(Debug)]
        pub(super) enum KindFile {
            Plant(PlantFault, Spanned<SeverityFile>),
            $($kind $((Spanned<$file>))?,)*
        }

        const RIG_TABLES: [&Table; RIG_FAULTS.len()] = [$(kinds!(@table $($file)?)),*];

        /// The kinds that are written in a fault, in the order of the rows.
        fn kinds(fields: &mut Fields<'_, '_>) -> Vec<(Written, KindFile)> {
            let mut kinds = Vec::new();
            for fault in PlantFault::ALL {
                kinds.extend(next(fields, |file| KindFile::Plant(fault, file)));
            }
            $(kinds.extend(next(fields, kinds!(@read $kind $($file)?)));)*
            kinds
        }
    };
    (@table) => { NothingFile::TABLE };
    (@table $file:ident) => { $file::TABLE };
    (@read $kind:ident) => { |_: Spanned<NothingFile>| KindFile::$kind };
    (@read $kind:ident $file:ident) => { KindFile::$kind };
}

kinds! {
    StuckButton(StuckButtonFile),
    Reset,
    ClockJump(ClockJumpFile),
    PowerCut(PowerCutFile),
    BrownOut(BrownOutFile),
    CoreHalt,
    RamFlip(RamFlipFile),
    FlashFlip(BitFlipFile),
    RegisterFlip(RegisterFlipFile),
    NvmDamage(NvmDamageFile),
    LostWrites(LostWritesFile),
}

/// The kind of the next row, if it is written and could be read.
fn next<T: Read>(
    fields: &mut Fields<'_, '_>,
    kind: impl Fn(T) -> KindFile,
) -> Option<(Written, KindFile)> {
    let name = fields.next_row()?.name;
    let file: T = fields.take()?;
    Some(((name, file.place()?.into()), kind(file)))
}

impl FaultFile {
    /// The kinds that are written and could be read, in the order of the file.
    pub(super) fn written_kinds(&self) -> Vec<Written> {
        let mut written: Vec<Written> = self.kinds.iter().map(|(written, _)| *written).collect();
        written.sort_by_key(|(_, place)| place.offset());
        written
    }
}

impl Record for FaultFile {
    const TABLE: &'static Table = &Table {
        name: "`[[fault]]`",
        keys: &KEYS,
        others: None,
        example: "{}",
    };

    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            times: TimesFile::read(fields),
            kinds: kinds(fields),
        }
    }

    fn written(&self) -> Vec<Written> {
        let mut written = self.times.written();
        written.extend(self.written_kinds());
        written.sort_by_key(|(_, place)| place.offset());
        written
    }
}

/// The rows before those of the kinds.
pub(super) const TIMES: &[Key] = TimesFile::TABLE.keys;

const KEYS: [Key; TIMES.len() + PlantFault::ALL.len() + RIG_FAULTS.len()] = {
    let mut keys = [TIMES[0]; _];
    let mut next = 0;
    while next < TIMES.len() {
        keys[next] = TIMES[next];
        next += 1;
    }
    let mut nth = 0;
    while nth < PlantFault::ALL.len() {
        keys[next] = key(PlantFault::ALL[nth].row(), &SEVERITIES[nth]);
        (nth, next) = (nth + 1, next + 1);
    }
    nth = 0;
    while nth < RIG_FAULTS.len() {
        keys[next] = key(&RIG_FAULTS[nth].row, RIG_TABLES[nth]);
        (nth, next) = (nth + 1, next + 1);
    }
    keys
};

/// The key of a fault, whose value is such a table.
const fn key(row: &'static FaultRow, table: &'static Table) -> Key {
    Key {
        name: row.name,
        value: Value::Table(table),
        example: row.example,
        doc: row.text,
        need: Need::Optional,
        default: Default::None,
    }
}

table! {
    /// `stuck-button`
    StuckButtonFile "`stuck-button`" {
        /// Number of the remote.
        remote: Spanned<u8> = REMOTES, "1", required;
        /// The interval of the presses.
        every: Text = DURATION.above_zero(), "\"2 s\"", required;
    }
}

table! {
    /// `clock-jump`
    ClockJumpFile "`clock-jump`" {
        /// Size of the jump, not 0; negative: back.
        by: Text = DURATION, "\"-24 h\"", required;
    }
}

table! {
    /// `power-cut`
    PowerCutFile "`power-cut`" {
        /// The memory write that it falls into, counted from `start`.
        at_write: Spanned<u32> = Value::integer(1, 1_000_000), "3";
        /// The exchange that it falls into: the first from `start` on that answers such a packet.
        /// Not together with `at-write`.
        during: Text = Value::Word(|| ANSWERED.to_vec()), "\"commit\"";
        /// The memory write of that exchange; 1 unless given. Needs `during`.
        write: Spanned<u32> = Value::integer(1, 1_000), "4";
        /// Bytes of that write that are still written; 0 unless given.
        after_bytes: Spanned<u8>, "7";
        /// The effect before which it falls; not together with `at-write` or `during`.
        before: Text = Value::Word(|| words_of(&EFFECTS)), "\"motor\"";
    }
}

table! {
    /// `brown-out`
    BrownOutFile "`brown-out`" {
        /// Voltage to which the supply dips.
        level: Text = Value::quantity(Kind::Potential), "\"1.6 V\"", required;
    }
}

table! {
    /// `ram-flip`
    RamFlipFile "`ram-flip`" {
        /// A symbol of the firmware's image.
        symbol: Text, "\"PUMP\"", required;
        /// Byte offset from the symbol; 0 unless written. Not together with `field`.
        offset: Spanned<u32>, "40";
        /// A field of the symbol, as a debugger writes it.
        field: Text = Value::Text, "\"state.meter.bolus_left.value\"" else "the byte at `offset`";
        /// The bit of that byte, 0 to 7, or of that field.
        bit: Spanned<u8> = Value::integer(0, 63), "3", required;
        /// Which value it is of those that the pump compares with a second copy. Without it nothing is
        /// expected of the pump until its next boot.
        held: Text = Value::Word(|| words_of(&HeldValue::ALL)), "\"bolus\"" else "none of these";
    }
}

table! {
    /// `flash-flip`
    BitFlipFile "a flip" {
        /// A symbol of the firmware's image.
        symbol: Text, "\"PUMP\"", required;
        /// Byte offset from the symbol; 0 unless written.
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
        /// The bits that flip, in hexadecimal, such as `"0x10"`.
        mask: Text, "\"0x10\"", required;
    }
}

table! {
    /// `nvm-damage`
    NvmDamageFile "`nvm-damage`" {
        /// Address of the first byte.
        from: Spanned<u32> = Value::integer(0, 32_767), "256", required;
        /// How many bytes; they end within the 32 KiB of the memory.
        length: Spanned<u32> = Value::integer(1, 32_768), "256", required;
        /// Whether they are erased (`0xff`) instead of inverted.
        erased: Spanned<bool>, "true" or "false";
    }
}

table! {
    /// `lost-writes`
    LostWritesFile "`lost-writes`" {
        /// How many writes of an exchange are done all the same, the first ones; 0 unless given.
        done: Spanned<u8> = Value::integer(0, 7), "1";
        /// Only writes of exchanges that answer such a packet are lost.
        during: Text = Value::Word(|| ANSWERED.to_vec()), "\"commit\"";
    }
}
