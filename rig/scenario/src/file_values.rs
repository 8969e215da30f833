//! Kinds of values that several tables of a scenario have.

use thecal_text::range::QuantityRange;
use thecal_text::reader::Value;
use thecal_text::unit::Kind;

/// What messages call the file.
pub(super) const AREA: &str = "scenario";

pub(super) const DURATION: Value = Value::quantity(Kind::Duration);
pub(super) const VOLUME: Value = Value::quantity(Kind::Volume);
pub(super) const MASS: Value = Value::quantity(Kind::Mass);
pub(super) const CONCENTRATION: Value = Value::quantity(Kind::Concentration);
pub(super) const LENGTH: Value = Value::quantity(Kind::Length);

/// A volume that a reservoir can hold.
pub(super) const RESERVOIR: Value = VOLUME.within(QuantityRange::new("0.1 mL", "40 mL"));
/// Length of a catheter.
pub(super) const CATHETER: Value = LENGTH.within(QuantityRange::new("10 cm", "140 cm"));
