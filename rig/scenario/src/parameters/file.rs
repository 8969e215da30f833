//! A parameter file exactly as TOML writes it: every key optional, every value with its place.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use thecal_text::shape::Grammar;
use toml::Spanned;

/// Text with its place.
pub(super) type Text = Spanned<String>;

/// Numbers by name, each with its place.
pub(super) type Numbers = Vec<(Text, Spanned<NumberFile>)>;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParametersFile {
    pub(super) pump: Option<Spanned<SetFile>>,
    pub(super) catheter: Option<Spanned<SetFile>>,
    pub(super) person: Option<Spanned<SetFile>>,
    pub(super) drug: Option<BTreeMap<Text, DrugFile>>,
}

/// `[pump]`, `[catheter]`, `[person]`: the set that is changed, and numbers.
#[derive(Debug)]
pub(super) struct SetFile {
    pub(super) based_on: Option<Text>,
    pub(super) numbers: Numbers,
}

/// `[drug.morphine]`: groups of numbers.
pub(super) type DrugFile = BTreeMap<Text, BTreeMap<Text, Spanned<NumberFile>>>;

/// One number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct NumberFile {
    pub(super) value: Option<Spanned<f64>>,
    pub(super) unit: Option<Text>,
    pub(super) range: Option<Spanned<[f64; 2]>>,
    pub(super) basis: Option<Text>,
    pub(super) source: Option<Text>,
    pub(super) spread: Option<Spanned<SpreadFile>>,
}

/// `spread`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpreadFile {
    pub(super) cv: Option<Spanned<f64>>,
    pub(super) basis: Option<Text>,
    pub(super) source: Option<Text>,
}

impl<'de> Deserialize<'de> for SetFile {
    /// By hand: `flatten` would lose the place of every value.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SetVisitor;

        impl<'de> Visitor<'de> for SetVisitor {
            type Value = SetFile;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("struct SetFile")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SetFile, A::Error> {
                let mut set = SetFile {
                    based_on: None,
                    numbers: Vec::new(),
                };
                while let Some(key) = map.next_key::<Text>()? {
                    if key.get_ref() == "based-on" {
                        set.based_on = Some(map.next_value()?);
                    } else {
                        set.numbers.push((key, map.next_value()?));
                    }
                }
                Ok(set)
            }
        }

        deserializer.deserialize_map(SetVisitor)
    }
}

/// The words for mistakes in a parameter file.
pub(super) const PARAMETERS: Grammar = Grammar {
    is: "a parameter file",
    homes: &[],
    examples: &[
        ("value", "36.0"),
        ("unit", "\"mL\""),
        ("range", "[1.0, 100.0]"),
        ("basis", "\"published\""),
        ("source", "\"Edsbagge 2011, table 2\""),
        (
            "spread",
            "{ cv = 0.3, basis = \"assumed\", source = \"…\" }",
        ),
        ("cv", "0.3"),
        ("based-on", "\"adult\""),
    ],
    tables: &[
        ("pump", "[pump]"),
        ("catheter", "[catheter]"),
        ("person", "[person]"),
        ("drug", "[drug.morphine]"),
    ],
    lists: &[],
    bare_numbers: true,
    details: "{ value = 36.0, unit = \"mL\", basis = \"assumed\", source = \"…\" }",
};
