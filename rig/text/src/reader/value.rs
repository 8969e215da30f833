//! How each type is read from its value.

use super::record::{Fields, Read, Record, Text, Written};
use super::schema::{Default, Key, Need, Table, Value};
use super::shape::ShapeMistake;
use super::walk::{Slot, Walk};
use super::wanted;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// One text, or a list of them.
#[derive(Debug)]
pub struct Texts(pub Vec<Text>);

/// Tables by names that no row knows, each name with its place.
#[derive(Debug)]
pub struct Named<T>(pub Vec<(Text, Spanned<T>)>);

/// Notes a value of the wrong type.
fn wrong<T>(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<T> {
    let mistake = wanted::wrong_type(value, slot, walk);
    walk.report(mistake);
    None
}

impl Read for Text {
    const VALUE: Value = Value::Text;

    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        let span = value.span();
        if let Some(raw) = walk.bare(&span) {
            let (mistake, text) = wanted::without_quotes(raw, span.clone(), slot);
            walk.report(mistake);
            return Some(Self::new(text, span, slot.row));
        }
        match value.get_ref() {
            DeValue::String(text) => Some(Self::new(text.to_string(), span, slot.row)),
            _ => wrong(value, slot, walk),
        }
    }

    fn place(&self) -> Option<Range<usize>> {
        Some(self.span())
    }
}

impl Read for Spanned<bool> {
    const VALUE: Value = Value::Bool;

    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Boolean(yes) => Some(Spanned::new(value.span(), *yes)),
            _ => wrong(value, slot, walk),
        }
    }

    fn place(&self) -> Option<Range<usize>> {
        Some(self.span())
    }
}

/// A whole number in the range of its row.
fn integer(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<i128> {
    let number = match value.get_ref() {
        DeValue::Integer(number) if walk.bare(&value.span()).is_none() => number,
        _ => return wrong(value, slot, walk),
    };
    let (least, most, of) = match *slot.value {
        Value::Integer { least, most, of } => (least, most, of),
        _ => (i128::MIN, i128::MAX, ""),
    };
    let read = i128::from_str_radix(number.as_str(), number.radix()).ok();
    if let Some(number) = read.filter(|number| (least..=most).contains(number)) {
        return Some(number);
    }
    let Some(range) = wanted::whole_range(least, most, of) else {
        return wrong(value, slot, walk);
    };
    let written = walk.written(value.span()).to_owned();
    walk.report(ShapeMistake::OutOfRange {
        key: slot.key.to_owned(),
        written,
        range,
        example: wanted::example_of(of, slot),
        at: value.span().into(),
    });
    None
}

macro_rules! whole_number {
    ($number:ty) => {
        impl Read for Spanned<$number> {
            const VALUE: Value = Value::integer(<$number>::MIN as i128, <$number>::MAX as i128);

            fn read(
                value: &Spanned<DeValue<'_>>,
                slot: &Slot<'_>,
                walk: &mut Walk<'_>,
            ) -> Option<Self> {
                let number = integer(value, slot, walk)?;
                Some(Spanned::new(value.span(), number.try_into().ok()?))
            }

            fn place(&self) -> Option<Range<usize>> {
                Some(self.span())
            }
        }
    };
}

whole_number!(u8);
whole_number!(u32);
whole_number!(i64);
whole_number!(u64);

/// A number with or without a decimal point.
fn number(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<f64> {
    let plain = match value.get_ref() {
        _ if walk.bare(&value.span()).is_some() => None,
        DeValue::Float(number) => number.as_str().parse().ok(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
        _ => None,
    };
    plain.or_else(|| wrong(value, slot, walk))
}

impl Read for Spanned<f64> {
    const VALUE: Value = Value::Number;

    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        let number = number(value, slot, walk)?;
        Some(Spanned::new(value.span(), number))
    }

    fn place(&self) -> Option<Range<usize>> {
        Some(self.span())
    }
}

impl<const N: usize> Read for Spanned<[f64; N]> {
    const VALUE: Value = Value::Numbers(N);

    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        let list = match value.get_ref() {
            DeValue::Array(list) if list.len() == N => list,
            _ => return wrong(value, slot, walk),
        };
        let of = Slot {
            value: &Value::Number,
            is_item: true,
            ..*slot
        };
        let numbers: Vec<Option<f64>> = list.iter().map(|item| number(item, &of, walk)).collect();
        let numbers: Vec<f64> = numbers.into_iter().collect::<Option<_>>()?;
        Some(Spanned::new(value.span(), numbers.try_into().ok()?))
    }

    fn place(&self) -> Option<Range<usize>> {
        Some(self.span())
    }
}

impl<T: Record> Read for Spanned<T> {
    const VALUE: Value = Value::Table(T::TABLE);

    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            return wrong(value, slot, walk);
        };
        let span = value.span();
        Some(Spanned::new(span.clone(), walk.table(table, span, slot)))
    }

    fn place(&self) -> Option<Range<usize>> {
        Some(self.span())
    }
}

impl<T: Read> Read for Vec<T> {
    const VALUE: Value = match T::VALUE {
        Value::Table(table) => Value::Tables(table),
        _ => Value::List(&T::VALUE),
    };

    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        let table;
        let of = match slot.value {
            Value::List(of) => *of,
            Value::Tables(of) => {
                table = Value::Table(of);
                &table
            }
            _ => &T::VALUE,
        };
        let of = Slot {
            value: of,
            is_item: true,
            ..*slot
        };
        let mut items = Vec::new();
        match value.get_ref() {
            DeValue::Array(list) => {
                for item in list {
                    items.extend(T::read(item, &of, walk));
                }
                (!items.is_empty() || list.is_empty()).then_some(items)
            }
            // A list of tables with single brackets: its keys are worth a look all the same.
            DeValue::Table(_) if matches!(of.value, Value::Table(_)) => {
                let mistake = wanted::wrong_type(value, slot, walk);
                walk.report(mistake);
                items.extend(T::read(value, &of, walk));
                Some(items)
            }
            _ => wrong(value, slot, walk),
        }
    }

    fn place(&self) -> Option<Range<usize>> {
        self.first().and_then(T::place)
    }
}

impl<T: Read> Read for Spanned<Vec<T>> {
    const VALUE: Value = <Vec<T>>::VALUE;

    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        let list = <Vec<T>>::read(value, slot, walk)?;
        Some(Self::new(value.span(), list))
    }

    fn place(&self) -> Option<Range<usize>> {
        Some(self.span())
    }
}

impl Read for Texts {
    const VALUE: Value = Value::Texts;

    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self> {
        if !matches!(value.get_ref(), DeValue::Array(_)) {
            return Text::read(value, slot, walk).map(|text| Self(vec![text]));
        }
        let list = Slot {
            value: &Value::List(&Value::Text),
            ..*slot
        };
        <Vec<Text>>::read(value, &list, walk).map(Self)
    }

    fn place(&self) -> Option<Range<usize>> {
        self.0.first().map(Text::span)
    }
}

impl<T: Record> Record for Named<T> {
    const TABLE: &'static Table = &Table {
        name: T::TABLE.name,
        keys: &[],
        others: Some(&Key {
            name: "",
            value: Value::Table(T::TABLE),
            example: T::TABLE.example,
            doc: &[],
            need: Need::Optional,
            default: Default::None,
        }),
        example: "{}",
    };

    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self(fields.others())
    }

    fn written(&self) -> Vec<Written> {
        Vec::new()
    }
}
