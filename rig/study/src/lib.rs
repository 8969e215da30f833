//! What is learnt of the plant itself: how it compares with published data, and how accurately it
//! delivers behind an ideal driver.

pub mod accuracy;
pub mod accuracy_page;
mod accuracy_plots;
pub mod validate;
