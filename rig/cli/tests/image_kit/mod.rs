//! Shared by the test and the bench of the image: the image, its symbols, its stack, and a scenario
//! with every request a pump can receive.

pub(crate) use crate::reference_image::image;
use object::{Object as _, ObjectSymbol as _};
use thecal_bench::virtual_probe::VirtualTarget;
use thecal_plan::Scenario;
use thecal_scenario::parse;

/// Fill pattern of the stack in the start-up code of `cortex-m-rt`.
const PAINT: u32 = 0xcccc_cccc;

/// The first interrogation is the first packet after a quiet half hour, the press is the next one.
const SCENARIO: &str = r#"title = "all that a pump is asked"
seed = 1
duration = "8 h"
starts = "fri 06:00"
[patient]
tolerance = "chronic"
[pump]
drug = "morphine"
concentration = "2 mg/mL"
reservoir = "18 mL"
[therapy]
dose = "1 mg/day"
patient-bolus = { dose = "100 µg", duration = "5 min", lockout = "1 h", daily-maximum = 3 }
[[timeline]]
at = "30 min"
interrogate = {}
[[timeline]]
at = "60 min"
press = { remote = 1 }
[[timeline]]
at = "65 min"
press = { remote = 1 }
[[timeline]]
at = "80 min"
clinician-bolus = { dose = "50 µg", duration = "10 min" }
[[timeline]]
at = "100 min"
refill = { volume = "20 mL", concentration = "4 mg/mL", bridge = true }
[[timeline]]
at = "110 min"
stop = {}
[[timeline]]
at = "112 min"
priming-bolus = {}
[[timeline]]
at = "120 min"
start = {}
[[fault]]
start = "130 min"
duration = "45 min"
motor-stall = {}
[[timeline]]
at = "160 min"
silence = {}
[[timeline]]
at = "200 min"
program = { schedule = [{ days = "daily", at = "07:00", dose = "1.2 mg/day" }, { days = "sat,sun", at = "09:00", dose = "1 mg/day" }], limits = { hour = "300 µg", day = "2 mg" }, patient-bolus = { dose = "50 µg", duration = "5 min", lockout = "1 h", daily-maximum = 3 } }
[[timeline]]
at = "210 min"
press = { remote = 1 }
[[timeline]]
at = "220 min"
open-update = { hold = true }
[[timeline]]
at = "221 min"
stage = { minimum-rate = true }
[[timeline]]
at = "230 min"
read-prescription = {}
[[timeline]]
at = "231 min"
read-alarms = {}
[[timeline]]
at = "232 min"
read-health = {}
[[expect]]
name = "any"
always = "true.reservoir >= 0 mL"
"#;

/// The scenario, with `more` lines.
pub(crate) fn history(more: &str) -> Scenario {
    parse("image/all", "image.toml", &format!("{SCENARIO}{more}"))
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

/// The address of a symbol, also of the linker script, without the Thumb bit.
pub(crate) fn symbol(name: &str) -> u32 {
    let bytes = std::fs::read(image()).unwrap();
    let file = object::File::parse(bytes.as_slice()).unwrap();
    let fits =
        |found: &str| found == name || format!("{:#}", rustc_demangle::demangle(found)) == name;
    let found = file
        .symbols()
        .find(|symbol| symbol.name().is_ok_and(fits))
        .unwrap_or_else(|| panic!("no symbol {name}"));
    let thumb = u64::from(found.kind() == object::SymbolKind::Text);
    u32::try_from(found.address() & !thumb).unwrap()
}

/// Words of the target's memory.
pub(crate) fn words(target: &VirtualTarget, address: u32, count: u32) -> Vec<u32> {
    let mut bytes = vec![0; 4 * usize::try_from(count).unwrap()];
    target.read_memory(address, &mut bytes).unwrap();
    let words = bytes.as_chunks().0.iter();
    words.map(|word| u32::from_le_bytes(*word)).collect()
}

/// Maximum stack used since the last start, and space reserved for it. Unit: byte.
pub(crate) fn stack(target: &VirtualTarget) -> (u32, u32) {
    let (end, start) = (symbol("_stack_end"), symbol("_stack_start"));
    let untouched = words(target, end, (start - end) / 4)
        .iter()
        .take_while(|&&word| word == PAINT)
        .count();
    let untouched = 4 * u32::try_from(untouched).unwrap();
    (start - end - untouched, start - end)
}
