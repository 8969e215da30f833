//! Studies of the plant itself: its agreement with published data, and its delivery accuracy with
//! an ideal driver.

pub mod accuracy;
pub mod accuracy_page;
mod accuracy_plots;
pub mod validate;
