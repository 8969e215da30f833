//! A table is declared once: its rows and the struct that it is read into.

/// Declares a table: `name: type = kind, "example" or "default", need;` for each key, below what it
/// means.
///
/// The kind may be left out where the type tells it. The default is a value as a file writes it, or
/// `else` and words where other keys decide; without either there is none. The struct has a field `Option<type>` for each
/// key, and says which keys are written. A key is called as its field, with `-` for `_`.
#[macro_export]
macro_rules! table {
    (
        $(#[doc = $about:literal])*
        $name:ident $called:literal $(as $whole:literal)? {
            $(
                $(#[doc = $doc:literal])*
                $field:ident: $type:ty $(= $value:expr)?, $example:literal
                    $(or $default:literal)? $(else $words:literal)? $(, $need:ident)?;
            )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug)]
        pub(super) struct $name {
            $($(#[doc = $doc])* pub(super) $field: Option<$type>,)*
        }

        impl $crate::reader::Record for $name {
            const TABLE: &'static $crate::reader::Table = &$crate::reader::Table {
                name: $called,
                keys: &[$($crate::reader::Key {
                    name: {
                        const SNAKE: &str = stringify!($field);
                        const KEBAB: [u8; SNAKE.len()] = $crate::reader::kebab(SNAKE);
                        match std::str::from_utf8(&KEBAB) {
                            Ok(name) => name,
                            Err(_) => SNAKE,
                        }
                    },
                    value: $crate::table!(@value $type $(, $value)?),
                    example: $example,
                    doc: &[$($doc),*],
                    need: $crate::table!(@need $($need)?),
                    default: $crate::table!(@default $(or $default)? $(else $words)?),
                },)*],
                others: None,
                example: $crate::table!(@whole $($whole)?),
            };

            fn read(fields: &mut $crate::reader::Fields<'_, '_>) -> Self {
                Self { $($field: fields.take(),)* }
            }

            fn written(&self) -> Vec<$crate::reader::Written> {
                let rows = <Self as $crate::reader::Record>::TABLE.keys.iter();
                let places = [$(self.$field.as_ref().and_then($crate::reader::Read::place)),*];
                let mut written: Vec<$crate::reader::Written> = rows
                    .zip(places)
                    .filter_map(|(row, place)| Some((row.name, place?.into())))
                    .collect();
                written.sort_by_key(|(_, place)| place.offset());
                written
            }
        }
    };
    (@value $type:ty) => { <$type as $crate::reader::Read>::VALUE };
    (@value $type:ty, $value:expr) => { $value };
    (@whole) => { "{}" };
    (@whole $whole:literal) => { $whole };
    (@default) => { $crate::reader::Default::None };
    (@default or $value:literal) => { $crate::reader::Default::Value($value) };
    (@default else $words:literal) => { $crate::reader::Default::Words($words) };
    (@need) => { $crate::reader::Need::Optional };
    (@need required) => { $crate::reader::Need::Required };
    (@need required_elsewhere) => { $crate::reader::Need::RequiredElsewhere };
}

/// A name with `-` for each `_`.
#[must_use]
pub const fn kebab<const N: usize>(snake: &str) -> [u8; N] {
    let mut name = [0; N];
    let mut at = 0;
    while at < N {
        let byte = snake.as_bytes()[at];
        name[at] = if byte == b'_' { b'-' } else { byte };
        at += 1;
    }
    name
}
