//! The severity of a fault of the plant as TOML writes it: the keys of each fault are made of its row.

use super::file_values::DURATION;
use thecal_sim::PlantFault;
use thecal_sim::fault_row::{Course, Measure, Severity};
use thecal_text::reader::{Default, Fields, Key, Need, Record, Table, Text, Value, Written};
use thecal_text::unit::Kind;
use toml::Spanned;

/// The key of a severity without limit.
pub(super) const COMPLETE: &str = "complete";
/// The key of the ramp time.
pub(super) const OVER: &str = "over";
/// The key of the value at the start of the ramp.
pub(super) const FROM: &str = "from";

/// What is written of a severity and its course. Which of its keys there are, is in [`SEVERITIES`].
#[derive(Debug, std::default::Default)]
pub(super) struct SeverityFile {
    /// Whether it has no limit.
    pub(super) complete: Option<Spanned<bool>>,
    /// The severity, by the key that its row names.
    pub(super) value: Option<Text>,
    /// Ramp time.
    pub(super) over: Option<Text>,
    /// Value at the start of the ramp.
    pub(super) from: Option<Text>,
    /// The keys that could be read.
    written: Vec<Written>,
}

impl Record for SeverityFile {
    const TABLE: &'static Table = &NOTHING;

    fn read(fields: &mut Fields<'_, '_>) -> Self {
        let mut file = <Self as std::default::Default>::default();
        while let Some(row) = fields.next_row() {
            let place = match row.name {
                COMPLETE => {
                    file.complete = fields.take();
                    file.complete.as_ref().map(Spanned::span)
                }
                name => {
                    let text: Option<Text> = fields.take();
                    let place = text.as_ref().map(Text::span);
                    match name {
                        OVER => file.over = text,
                        FROM => file.from = text,
                        _ => file.value = text,
                    }
                    place
                }
            };
            file.written.extend(place.map(|at| (row.name, at.into())));
        }
        file.written.sort_by_key(|(_, place)| place.offset());
        file
    }

    fn written(&self) -> Vec<Written> {
        self.written.clone()
    }
}

/// The table of a fault that is there or not.
const NOTHING: Table = Table {
    name: "a severity",
    keys: &[],
    others: None,
    example: "{}",
};

/// The table of each fault of the plant, by its place in [`PlantFault::ALL`].
pub(super) const SEVERITIES: &[Table; PlantFault::ALL.len()] = &{
    let mut tables = [NOTHING; _];
    let mut nth = 0;
    while nth < PlantFault::ALL.len() {
        let (keys, count) = &KEYS[nth];
        tables[nth] = Table {
            name: PlantFault::ALL[nth].row().name,
            keys: keys.split_at(*count).0,
            ..NOTHING
        };
        nth += 1;
    }
    tables
};

/// The keys of each fault, and how many it has.
const KEYS: &[(Keys, usize); PlantFault::ALL.len()] = &{
    let mut keys = [([BLANK; _], 0); _];
    let mut nth = 0;
    while nth < PlantFault::ALL.len() {
        if let Some(severity) = &PlantFault::ALL[nth].row().severity {
            keys[nth] = keys_of(severity);
        }
        nth += 1;
    }
    keys
};

/// As many keys as a severity can have.
type Keys = [Key; 4];

const BLANK: Key = Key {
    name: "",
    value: Value::Bool,
    example: "",
    doc: &[],
    need: Need::Optional,
    default: Default::None,
};

const fn keys_of(severity: &'static Severity) -> (Keys, usize) {
    let mut keys = [BLANK; _];
    let mut count = 0;
    if severity.complete_is.is_some() {
        keys[count] = Key {
            name: COMPLETE,
            example: "true",
            doc: &["Nothing passes."],
            ..BLANK
        };
        count += 1;
    }
    let value = Key {
        name: severity.key,
        value: Value::quantity(kind_of(severity.measure)),
        example: severity.example,
        doc: severity.meaning,
        need: match severity.complete_is {
            Some(_) => Need::Optional,
            None => Need::Required,
        },
        default: Default::None,
    };
    keys[count] = value;
    count += 1;
    if let Course::Evenly { from } | Course::ByFactors { from } = severity.course {
        keys[count] = Key {
            name: OVER,
            value: DURATION.above_zero(),
            example: "\"3 d\"",
            doc: &["Ramp time."],
            ..BLANK
        };
        keys[count + 1] = Key {
            name: FROM,
            example: from,
            doc: &["Value at the start of the ramp."],
            need: Need::Optional,
            ..value
        };
        count += 2;
    }
    (keys, count)
}

/// The kind of quantity that writes it.
const fn kind_of(measure: Measure) -> Kind {
    match measure {
        Measure::Share => Kind::Fraction,
        Measure::Factor => Kind::Factor,
        Measure::Resistance => Kind::Resistance,
        Measure::FlowResistance => Kind::FlowResistance,
        Measure::Volume => Kind::Volume,
        Measure::Current => Kind::Current,
    }
}
