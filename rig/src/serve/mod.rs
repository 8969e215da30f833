//! Front ends for other programs: what the rig has in its hands, they may look at while it runs.

pub mod black_magic;
