//! Whole runs of pumps in this process, and how they are judged, each subject in a module.
//!
//! `cargo test -p thecal-cli --test runs power_cuts` runs one module. They share nothing and start no
//! program.

mod claims;
mod core_faults;
mod entered_and_true;
mod hang;
mod live;
mod monitors;
mod patient_lines;
mod plant_faults;
mod power_cuts;
mod profiles;
mod syringes;
mod verdict_lockstep;
mod verdict_oracle;
mod verdict_suite;
