//! Where a field of a symbol lies, by an image's debug information (DWARF).
//!
//! A path is written as a debugger writes it: names of fields with points between, `[n]` behind an array, the
//! name of a variant of an enum like that of a field, `__0` for the first part of a tuple.

use gimli::{
    AttributeValue, DebuggingInformationEntry, Dwarf, EndianSlice, Expression, LittleEndian,
    Operation, Reader as _, Unit, UnitOffset, constants,
};
use object::{Object, ObjectSection};

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Entry<'a> = DebuggingInformationEntry<Slice<'a>>;

/// A field: from the start of its symbol, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Unit: byte.
    pub(crate) offset: u64,
    /// Unit: byte.
    pub(crate) size: u64,
}

/// Finds the field at `path` of the variable at `address`; the reason in words where there is none.
pub(crate) fn field_of(file: &object::File<'_>, address: u64, path: &str) -> Result<Field, String> {
    let section = |id: gimli::SectionId| -> Result<Slice<'_>, gimli::Error> {
        let section = file.section_by_name(id.name());
        let data = section.and_then(|section| section.data().ok());
        Ok(EndianSlice::new(data.unwrap_or_default(), LittleEndian))
    };
    let dwarf = Dwarf::load(section).map_err(|error| unreadable(&error))?;
    find(&dwarf, address, path).map_err(|error| unreadable(&error))?
}

fn unreadable(error: &gimli::Error) -> String {
    format!("its debug information cannot be read: {error}")
}

/// A type: its unit's place among the units, and where in it.
type Type = (usize, UnitOffset);

fn find(
    dwarf: &Dwarf<Slice<'_>>,
    address: u64,
    path: &str,
) -> Result<Result<Field, String>, gimli::Error> {
    let mut units = Vec::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        units.push(dwarf.unit(header)?);
    }
    let walk = Walk { dwarf, units };
    for (nth, unit) in walk.units.iter().enumerate() {
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs()? {
            if entry.tag() == constants::DW_TAG_variable
                && lies_at(unit, entry, address)?
                && let Some(of) = walk.type_of(nth, entry)
            {
                return walk.along(of, path);
            }
        }
    }
    Ok(Err("it has no debug information of this symbol".to_owned()))
}

fn lies_at(unit: &Unit<Slice<'_>>, entry: &Entry<'_>, address: u64) -> Result<bool, gimli::Error> {
    let Some(AttributeValue::Exprloc(Expression(mut bytes))) =
        entry.attr_value(constants::DW_AT_location)
    else {
        return Ok(false);
    };
    if bytes.is_empty() {
        return Ok(false);
    }
    let operation = Operation::parse(&mut bytes, unit.encoding())?;
    Ok(matches!(operation, Operation::Address { address: found } if found == address))
}

/// Ways from type to type, over all units: a type may be told in another than its variable.
struct Walk<'w, 'a> {
    dwarf: &'w Dwarf<Slice<'a>>,
    units: Vec<Unit<Slice<'a>>>,
}

impl<'a> Walk<'_, 'a> {
    fn type_of(&self, unit: usize, entry: &Entry<'_>) -> Option<Type> {
        match entry.attr_value(constants::DW_AT_type)? {
            AttributeValue::UnitRef(offset) => Some((unit, offset)),
            AttributeValue::DebugInfoRef(offset) => {
                let mut units = self.units.iter().enumerate();
                units.find_map(|(nth, unit)| Some((nth, offset.to_unit_offset(&unit.header)?)))
            }
            _ => None,
        }
    }

    fn unit(&self, of: Type) -> Result<&Unit<Slice<'a>>, gimli::Error> {
        self.units
            .get(of.0)
            .ok_or(gimli::Error::NoEntryAtGivenOffset(0))
    }

    fn along(&self, mut of: Type, path: &str) -> Result<Result<Field, String>, gimli::Error> {
        let mut offset = 0;
        for step in path.split('.') {
            let (name, index) = match step.split_once('[') {
                Some((name, index)) => (name, Some(index.trim_end_matches(']'))),
                None => (step, None),
            };
            let Some((member, at)) = self.member(of, name)? else {
                return Ok(Err(format!("there is no `{name}` on the way `{path}`")));
            };
            (of, offset) = (member, offset + at);
            if let Some(index) = index {
                let element = self.element(of, index)?;
                let Some((element, at)) = element else {
                    return Ok(Err(format!("`{name}` has no element {index}")));
                };
                (of, offset) = (element, offset + at);
            }
        }
        let size = self.size(of)?;
        Ok(Ok(Field { offset, size }))
    }

    /// Type and offset of a member, also of one that only a variant has.
    fn member(&self, of: Type, name: &str) -> Result<Option<(Type, u64)>, gimli::Error> {
        let unit = self.unit(of)?;
        let mut entries = unit.entries_at_offset(of.1)?;
        let Some(depth) = entries.next_dfs()?.map(DebuggingInformationEntry::depth) else {
            return Ok(None);
        };
        while let Some(entry) = entries.next_dfs()? {
            if entry.depth() <= depth {
                break;
            }
            if entry.tag() != constants::DW_TAG_member {
                continue;
            }
            let Some(found) = entry.attr_value(constants::DW_AT_name) else {
                continue;
            };
            if self.dwarf.attr_string(unit, found)?.to_slice()? != name.as_bytes() {
                continue;
            }
            let at = entry.attr_value(constants::DW_AT_data_member_location);
            let at = at.and_then(|at| at.udata_value()).unwrap_or(0);
            return Ok(self.type_of(of.0, entry).map(|of| (of, at)));
        }
        Ok(None)
    }

    fn element(&self, of: Type, index: &str) -> Result<Option<(Type, u64)>, gimli::Error> {
        let mut entries = self.unit(of)?.entries_at_offset(of.1)?;
        let element = match entries.next_dfs()? {
            Some(array) => self.type_of(of.0, array),
            None => None,
        };
        let (Some(element), Ok(index)) = (element, index.parse::<u64>()) else {
            return Ok(None);
        };
        let count = match entries.next_dfs()? {
            Some(range) => range.attr_value(constants::DW_AT_count),
            None => None,
        };
        let count = count.and_then(|count| count.udata_value()).unwrap_or(0);
        let size = self.size(element)?;
        Ok((index < count).then_some((element, index * size)))
    }

    fn size(&self, of: Type) -> Result<u64, gimli::Error> {
        let entry = self.unit(of)?.entry(of.1)?;
        let size = entry.attr_value(constants::DW_AT_byte_size);
        Ok(size.and_then(|size| size.udata_value()).unwrap_or(0))
    }
}
