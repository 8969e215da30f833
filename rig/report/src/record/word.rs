//! Words of a record.

use std::borrow::Cow;

/// Text that is usually one of the rig's own words.
pub type Word = Cow<'static, str>;
