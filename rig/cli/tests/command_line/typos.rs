//! Five typos in one file are reported in one run, in the order of the file, for every kind of
//! file.

use miette::Diagnostic;
use std::path::Path;
use thecal_bench::inventory::{self, InventoryError};
use thecal_cli::registry::BENCHES;
use thecal_scenario::parameters::{self, ParametersError};
use thecal_scenario::{self as scenario, ScenarioError};
use thecal_text::mistake::Mistake;

/// The code of each mistake, without its area, after a check of their order.
fn codes(mistakes: &[Mistake]) -> Vec<String> {
    assert!(mistakes.is_sorted_by_key(Mistake::offset), "{mistakes:#?}");
    let codes = mistakes.iter().map(|mistake| {
        let code = mistake.code().expect("every mistake has a code");
        code.to_string()
            .rsplit("::")
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    codes.collect()
}

/// The codes of five typos, in the order of a scenario and of an inventory.
const FIVE: [&str; 5] = [
    "unknown_key",
    "wrong_type",
    "missing_quotes",
    "unknown_unit",
    "unknown_choice",
];

#[test]
fn five_typos_in_a_scenario_are_reported_at_once() {
    let path = Path::new("tests/bad_scenarios/five-typos.toml");
    let Err(ScenarioError::Invalid { mistakes, .. }) = scenario::load(path, Path::new("tests"))
    else {
        panic!("the file has mistakes")
    };
    assert_eq!(codes(&mistakes), FIVE);
}

#[test]
fn five_typos_in_an_inventory_are_reported_at_once() {
    let path = Path::new("tests/bad_inventories/five-typos.toml");
    let Err(InventoryError::Invalid { mistakes, .. }) = inventory::load(path, BENCHES) else {
        panic!("the file has mistakes")
    };
    assert_eq!(codes(&mistakes), FIVE);
}

#[test]
fn five_typos_in_a_parameter_file_are_reported_at_once() {
    let path = Path::new("tests/bad_parameters/five-typos.toml");
    let Err(ParametersError::Invalid { mistakes, .. }) = parameters::load(path) else {
        panic!("the file has mistakes")
    };
    let expected = [
        "unknown_key",
        "wrong_type",
        "missing_quotes",
        "unit",
        "unknown",
    ];
    assert_eq!(codes(&mistakes), expected);
}
