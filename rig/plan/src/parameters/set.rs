//! A set of parameters as a table, whatever struct of the plant it comes from.

use std::borrow::Cow;
use std::fmt;
use thecal_sim::parameter::{Basis, Field, Origin, Parameters, Sourced, Spread};

/// What a set describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The pump.
    Pump,
    /// Its catheter.
    Catheter,
    /// Who carries it.
    Person,
    /// A drug in it, and what the person makes of it.
    Drug,
}

impl Kind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Pump, Self::Catheter, Self::Person, Self::Drug];

    /// Its table in parameter files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pump => "pump",
            Self::Catheter => "catheter",
            Self::Person => "person",
            Self::Drug => "drug",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// How people (or pumps) differ in a value: its logarithm is normal, the value is the median.
#[derive(Clone, Debug, PartialEq)]
pub struct Spreading {
    /// Coefficient of variation. Unit: fraction. Range: 0 to 2.
    pub cv: f64,
    /// How the spread is known.
    pub basis: Basis,
    /// Where it is from.
    pub source: Cow<'static, str>,
}

impl Spreading {
    /// The largest coefficient of variation. Source: the plant's own range.
    pub const CV_MAX: f64 = 2.0;

    const fn of(spread: Spread) -> Option<Self> {
        match spread {
            Spread::None => None,
            Spread::LogNormal { cv, basis, source } => Some(Self {
                cv,
                basis,
                source: Cow::Borrowed(source),
            }),
        }
    }
}

/// One number of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Name, unit, range and meaning.
    pub field: Field,
    /// Its place in the struct of the plant.
    index: usize,
    /// The value.
    pub value: f64,
    /// How it is known.
    pub basis: Basis,
    /// Where it is from.
    pub source: Cow<'static, str>,
    /// How people differ in it, as far as the model goes.
    pub spread: Option<Spreading>,
    /// The built-in value, if it was changed.
    pub was: Option<f64>,
    /// The median, where the value was drawn for an individual.
    pub median: Option<f64>,
}

impl Row {
    fn new(field: Field, index: usize, value: f64, origin: &Origin) -> Self {
        Self {
            field,
            index,
            value,
            basis: origin.basis,
            source: Cow::Borrowed(origin.source),
            spread: Spreading::of(origin.spread),
            was: None,
            median: None,
        }
    }
}

/// Numbers that belong together in one struct of the plant.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its table in parameter files; empty where the set has one group only.
    pub name: &'static str,
    /// The numbers that mean something, in the order of the struct.
    pub rows: Vec<Row>,
}

impl Group {
    /// Every number of a struct of the plant.
    pub(crate) fn of<T: Parameters>(name: &'static str, sourced: &Sourced<T>) -> Self {
        let rows = T::FIELDS.iter().zip(sourced.origins).enumerate();
        Self {
            name,
            rows: rows
                .map(|(index, (field, origin))| {
                    Row::new(*field, index, sourced.values.value(index), origin)
                })
                .collect(),
        }
    }

    /// Writes the values into the struct that the group was made of.
    pub fn write_into<T: Parameters>(&self, values: &mut T) {
        for row in &self.rows {
            debug_assert_eq!(T::FIELDS.get(row.index), Some(&row.field), "of this struct");
            values.set(row.index, row.value);
        }
    }

    /// The number of this name.
    pub fn row_mut(&mut self, name: &str) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.field.name == name)
    }
}

/// One thing with all of its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// What it describes.
    pub kind: Kind,
    /// Its name among the built-in sets.
    pub name: &'static str,
    /// One line for people.
    pub about: String,
    /// The numbers.
    pub groups: Vec<Group>,
}

impl Set {
    /// Its table in parameter files: `pump`, `drug.morphine`.
    #[must_use]
    pub fn header(&self) -> String {
        match self.kind {
            Kind::Drug => format!("{}.{}", self.kind, self.name),
            Kind::Pump | Kind::Catheter | Kind::Person => self.kind.to_string(),
        }
    }

    /// The table of one number in parameter files: `pump.torque`, `drug.morphine.kinetics.loss`.
    #[must_use]
    pub fn path(&self, group: &Group, row: &Row) -> String {
        let (header, name) = (self.header(), row.field.name);
        if group.name.is_empty() {
            format!("{header}.{name}")
        } else {
            format!("{header}.{}.{name}", group.name)
        }
    }

    /// Every number with its table in parameter files.
    pub fn rows(&self) -> impl Iterator<Item = (String, &Row)> {
        let groups = self.groups.iter();
        groups.flat_map(|group| group.rows.iter().map(|row| (self.path(group, row), row)))
    }

    /// The group of this name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }
}
