//! A parameter file exactly as TOML writes it: every key optional, every value with its place. Each
//! table is declared once; reader, messages and documentation have its keys from here.

use thecal_sim::parameter::Basis;
use thecal_text::reader::{
    Default, Fields, FileKind, Key, Named, Need, Read, Record, Table, Value, Written,
};
use thecal_text::table;
use toml::Spanned;

pub(super) use thecal_text::reader::Text;

/// Numbers by name, each with its place.
pub(super) type Numbers = Vec<(Text, Spanned<NumberFile>)>;

/// What a parameter file is.
pub(crate) const PARAMETERS: FileKind = FileKind {
    area: "parameters",
    is: "a parameter file",
    head: ParametersFile::TABLE,
};

/// The words for how a number is known.
fn bases() -> Vec<&'static str> {
    Basis::ALL.map(Basis::word).to_vec()
}

table! {
    /// The whole file.
    ParametersFile "the head of the file" {
        /// Numbers of the pump.
        pump: Spanned<SetFile>, "{ torque = { value = 3.0, unit = \"1\", basis = \"assumed\", source = \"…\" } }";
        /// Numbers of the catheter.
        catheter: Spanned<SetFile>, "{ length = { value = 60.0, unit = \"cm\", basis = \"assumed\", source = \"…\" } }";
        /// Numbers of the person.
        person: Spanned<SetFile>, "{ based-on = \"adult\" }";
        /// Numbers of drugs, in a table for each drug and each part of it.
        drug: Spanned<Drugs>, "{ morphine = {} }";
    }
}

/// `[pump]`, `[catheter]`, `[person]`: the set that is changed, and numbers.
#[derive(Debug)]
pub(super) struct SetFile {
    pub(super) based_on: Option<Text>,
    pub(super) numbers: Numbers,
}

impl Record for SetFile {
    const TABLE: &'static Table = &Table {
        name: "a set",
        keys: &[Key {
            name: "based-on",
            value: Value::Text,
            example: "\"adult\"",
            doc: &["Name of the built-in set that the table changes."],
            need: Need::Optional,
            default: Default::Words("`generic-pump`, `generic-catheter`, `adult`"),
        }],
        others: NUMBERS.others,
        example: "{}",
    };

    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            based_on: fields.take(),
            numbers: fields.others(),
        }
    }

    fn written(&self) -> Vec<Written> {
        let place = self.based_on.as_ref().and_then(Read::place);
        place
            .map(|place| ("based-on", place.into()))
            .into_iter()
            .collect()
    }
}

/// A table of numbers by name.
const NUMBERS: &Table = <Named<NumberFile> as Record>::TABLE;

/// `[drug.morphine]`: parts, each with its numbers.
pub(super) type DrugFile = Named<Named<NumberFile>>;

/// `[drug]`: drugs by name.
#[derive(Debug)]
pub(super) struct Drugs(pub(super) Vec<(Text, Spanned<DrugFile>)>);

impl Record for Drugs {
    const TABLE: &'static Table = &Table {
        name: "drug.morphine",
        ..*<Named<DrugFile> as Record>::TABLE
    };

    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self(fields.others())
    }

    fn written(&self) -> Vec<Written> {
        Vec::new()
    }
}

table! {
    /// One number.
    NumberFile "a number" as "{ value = 36.0, unit = \"mL\", basis = \"assumed\", source = \"…\" }" {
        /// The number, within the range of the parameter.
        value: Spanned<f64>, "36.0", required_elsewhere;
        /// Unit of the parameter. Nothing is converted, so a wrong unit is refused.
        unit: Text, "\"mL\"", required_elsewhere;
        /// Range of the parameter. It cannot be changed.
        range: Spanned<[f64; 2]>, "[1.0, 100.0]" else "that of the model";
        /// How the number is known.
        basis: Text = Value::Word(bases), "\"published\"" else "as built in; required where the value is changed";
        /// One line: the paper, measurement or assumption that the number is from. A changed value
        /// needs another source than the built-in one.
        source: Text, "\"Edsbagge 2011, table 2\"" else "as built in; required where the value is changed";
        /// How people differ in the number.
        spread: Spanned<SpreadFile>, "{ cv = 0.3, basis = \"assumed\", source = \"…\" }" else "as built in";
    }
}

table! {
    /// `spread`
    SpreadFile "`spread`" {
        /// Coefficient of variation, 0 to 2.
        cv: Spanned<f64>, "0.3", required_elsewhere;
        /// How the spread is known.
        basis: Text = Value::Word(bases), "\"assumed\"" else "as built in; required where the spread is changed";
        /// One line: where the spread is from.
        source: Text, "\"Edsbagge 2011, table 2\"" else "as built in; required where the spread is changed";
    }
}
