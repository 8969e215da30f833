//! Enums whose numbers are pinned: they are on the air, and in logs of years ago.

macro_rules! pinned {
    ($(#[$doc:meta])* $name:ident, $field:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $value:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $value,)*
        }

        impl $name {
            /// Every value, in order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Reads the number used on the wire and in the pump's memory.
            ///
            /// # Errors
            ///
            /// [`DecodeError::UnknownValue`] if the number is not defined.
            pub const fn from_number(value: u8) -> Result<Self, DecodeError> {
                match value {
                    $($value => Ok(Self::$variant),)*
                    _ => Err(DecodeError::UnknownValue { field: $field, value: value as u32 }),
                }
            }
        }
    };
}
pub(super) use pinned;
