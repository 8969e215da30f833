//! What a profile may name, which is handed in: protocols are of crates above.

/// What a profile may name.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The built-in protocols.
    pub protocols: &'a [&'a str],
}
