//! Rows of faults: `docs/faults.md` is made of them, their examples and ranges are read as printed.
//!
//! `THECAL_ACCEPT=1` writes the page anew.

use super::file_fault::{FaultFile, TIMES};
use super::file_severity::{FROM, OVER};
use super::parse;
use super::resolve_plant::{in_words, range_in_words};
use std::fmt::Write as _;
use std::path::Path;
use thecal_plan::{Capability, FaultKind, FaultRow, Lasts, RIG_FAULTS, Scenario, Visibility};
use thecal_sim::fault_row::{Course, Part, Severity};
use thecal_sim::{Drive, PlantFault};
use thecal_text::reader::reference::value_in_words;
use thecal_text::reader::{Key, Need, Record, Value};

const HEAD: &str = "# Faults

Made from the rows in `sim/src/plant_fault.rs` and `rig/plan/src/rig_fault.rs` by
`rig/scenario/src/fault_page_tests.rs`; a test compares. `THECAL_ACCEPT=1 cargo test -p
thecal-scenario fault_page` writes the page anew.

A scenario declares a fault in `[[fault]]` with a start and, unless its row says otherwise, a duration
([scenarios.md](scenarios.md#fault)).

- **Severity.** It changes at once, or within `over`: linearly (equal differences in equal times) or
  logarithmically (equal ratios in equal times, for what falls or rises by decades). The ramp starts at
  `from`; without it, at the value of a sound pump and catheter.
- **Whether the pump can sense it.** V0: no; it is not counted against the pump, and the report says that
  it was hidden. V1: through its motor. V2: in its processor, memory or supply. V3: at its receiver
  ([domain/pump.md](domain/pump.md)).
- **Evidence that it took effect.** Each fault counts what it changed, in the unit given; `times` is how
  often it took effect, and a flip is read back. `record.json` holds the count; reports print kPa for Pa,
  µL for nL and % for per mille. If the count is 0 at the end of the run, the fault did not fire and the verdict
  is `error`.
- **Bench.** A fault that needs more of the bench than its pins names the capability (`needs` in
  [scenarios.md](scenarios.md#head)). Where the bench lacks it, the scenario is not run.
- **Source.** Numbers are those of the fault catalog in [domain/pump.md](domain/pump.md), section 5.

";

const TAIL: &str = "## Where a power cut falls

A power cut may fall between any two effects of a reaction of the pump, or after any byte of a
memory write.

| `power-cut` | Meaning |
| --- | --- |
| `{}` | At `start`. |
| `{ at-write = 3 }` | Before the first byte of the third memory write, counted from `start`. |
| `{ at-write = 3, after-bytes = 7 }` | After 7 bytes of it; after all of its bytes is before the effect that follows. |
| `{ during = \"commit\" }` | Before the first memory write of the exchange that answers the next `commit` from `start` on. Of a pump that takes a therapy as one command, that is this command. |
| `{ during = \"commit\", write = 4, after-bytes = 7 }` | After 7 bytes of the fourth write of that exchange. |
| `{ before = \"motor\" }` | When all writes of a reaction are done, before the first command to the motor from `start` on. |
| `{ before = \"sounder\" }` | After the command to the motor, before the first tone from `start` on. |
| `{ before = \"telemetry\" }` | When all is done, before the first answer from `start` on is on the air. |

Effects before the cut have happened, effects after it have not: the sender of a packet gets no answer. If
the power fails while the pump obeys a command, it is not known whether it has obeyed; until the next
command of that kind, the pump passes if it acts by the old order or by the new one. `duration` counts from the cut. A cut
whose point is never reached has not fired, nor has a halt in which nothing was due.
";

/// Each fault with what it needs of the bench, in the order of the rows.
fn rows() -> Vec<(&'static FaultRow, Option<Capability>)> {
    let plant = PlantFault::ALL.iter().map(|fault| (fault.row(), None));
    let rig = RIG_FAULTS.iter().map(|of_rig| (&of_rig.row, of_rig.needs));
    plant.chain(rig).collect()
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for part in Part::ALL {
        let of_part: Vec<_> = rows()
            .into_iter()
            .filter(|(row, _)| row.part == part)
            .collect();
        let links = of_part
            .iter()
            .map(|(row, _)| format!("[`{0}`](#{0})", row.name));
        let links: Vec<String> = links.collect();
        writeln!(page, "- {}: {}", part.title(), links.join(", ")).unwrap();
    }
    for part in Part::ALL {
        write!(page, "\n## {}\n", part.title()).unwrap();
        for (row, needs) in rows().into_iter().filter(|(row, _)| row.part == part) {
            page += &section(row, needs);
        }
    }
    page + "\n" + TAIL
}

fn section(row: &FaultRow, needs: Option<Capability>) -> String {
    let key = FaultFile::TABLE.key(row.name).unwrap();
    let mut section = format!("\n### {}\n\n{}\n\n", row.name, key.meaning());
    let keys = key.value.table().unwrap().keys;
    if !keys.is_empty() {
        section += "| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |\n";
        for key in keys {
            section += &key_row(key, row.severity.as_ref());
        }
        section += "\n";
    }
    let mut line = |what: &str, is: &str| writeln!(section, "- {what}: {is}").unwrap();
    line("Example", &format!("`{} = {}`", row.name, row.example));
    if let Some(severity) = &row.severity {
        line("Ramp", grows(severity));
    }
    line("Lasts", lasts(row.lasts));
    if let Some(drive) = row.only_drive {
        line("Drive", &format!("`{}` only", drive_in_words(drive)));
    }
    line("The pump can sense it", senses(row.visibility));
    if let Some(needs) = needs {
        line("Bench needs", &format!("`{}`", needs.name()));
    }
    line("Evidence that it took effect", row.counts);
    line("Source", row.source);
    section
}

fn key_row(key: &Key, severity: Option<&Severity>) -> String {
    let of_severity = severity.filter(|severity| [severity.key, FROM].contains(&key.name));
    let value = match (of_severity, &key.value) {
        (Some(severity), _) => range_in_words(severity),
        (None, Value::Bool) => "`true`".to_owned(),
        (None, Value::Text) => "text".to_owned(),
        (None, Value::Word(words)) => {
            let words = words();
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        (None, Value::Integer { least, most, .. }) if *most < i128::from(u32::MAX) => {
            format!("{least} to {most}")
        }
        (None, Value::Integer { least, .. }) => format!("whole number from {least}"),
        (None, Value::Quantity(..)) => value_in_words(key),
        (None, other) => panic!("`{}` is {other:?}", key.name),
    };
    let default = match (severity, key.name, key.need) {
        (Some(_), OVER, _) => "at once".to_owned(),
        (Some(severity), FROM, _) => in_words(severity, severity.sound),
        (Some(_), _, Need::Optional) => "one of the two is required".to_owned(),
        (_, _, Need::Required) => "required".to_owned(),
        (_, _, Need::Optional | Need::RequiredElsewhere) => "optional".to_owned(),
    };
    format!(
        "| `{}` | {value} | {default} | {} |\n",
        key.name,
        key.meaning()
    )
}

const fn grows(severity: &Severity) -> &'static str {
    match severity.course {
        Course::AtOnce => "at once",
        Course::Evenly { .. } => "at once, or linearly",
        Course::ByFactors { .. } => "at once, or logarithmically",
    }
}

const fn lasts(lasts: Lasts) -> &'static str {
    match lasts {
        Lasts::Optional => "for its duration; without one, to the end of the run",
        Lasts::Required => "for its duration, which is required",
        Lasts::AtOnce => "for its duration; without one, it is over at once",
        Lasts::Never => "an instant; it has no duration",
    }
}

const fn senses(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Hidden => "no (V0)",
        Visibility::HiddenUntilStall => "not before the motor stalls (V0, then V1)",
        Visibility::Motor => "through its motor (V1)",
        Visibility::Electronics => "in its processor, memory or supply (V2)",
        Visibility::Telemetry => "at its receiver (V3)",
    }
}

const fn drive_in_words(drive: Drive) -> &'static str {
    match drive {
        Drive::Peristaltic => "peristaltic",
        Drive::ValveGated => "valve-gated",
        Drive::ConstantFlow => "constant-flow",
    }
}

#[test]
fn the_page_of_faults_is_the_rows() {
    let page = page();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    if std::env::var_os("THECAL_ACCEPT").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "{}", path.display());
}

/// A scenario with this fault in a pump that can have it.
fn with(row: &FaultRow, details: &str) -> Scenario {
    let drive = row.only_drive.unwrap_or(Drive::Peristaltic);
    let duration = match row.lasts {
        Lasts::Required => "duration = \"1 h\"\n",
        Lasts::Optional | Lasts::AtOnce | Lasts::Never => "",
    };
    let text = format!(
        "title = \"A fault\"\nseed = 1\nduration = \"3 d\"\n\
         [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
         drive = \"{}\"\n\
         [[fault]]\nstart = \"30 h\"\n{duration}{} = {details}\n\
         [[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n",
        drive_in_words(drive),
        row.name,
    );
    let parsed = parse("test/fault", "fault.toml", &text);
    parsed.unwrap_or_else(|error| panic!("{details}: {:?}", miette::Report::new(error)))
}

#[test]
fn every_row_is_a_key_and_its_example_is_read_as_that_fault() {
    let keys = FaultFile::TABLE.keys.iter().skip(TIMES.len());
    let names: Vec<&str> = keys.map(|key| key.name).collect();
    let rows = rows();
    assert_eq!(
        names,
        rows.iter().map(|(row, _)| row.name).collect::<Vec<_>>()
    );
    for (row, needs) in rows {
        let scenario = with(row, row.example);
        let [fault] = scenario.faults.as_slice() else {
            panic!("{}: {:?}", row.name, scenario.faults);
        };
        assert_eq!(fault.kind.row(), row);
        assert_eq!(
            scenario.needs,
            needs.into_iter().collect::<Vec<_>>(),
            "{}",
            row.name
        );
    }
}

#[test]
fn both_ends_of_a_printed_range_are_read_as_the_numbers_of_the_row() {
    for (row, _) in rows() {
        let Some(severity) = &row.severity else {
            continue;
        };
        let printed = range_in_words(severity);
        let (least, most) = printed.split_once(" to ").unwrap();
        for (text, number) in [(least, severity.writes.0), (most, severity.writes.1)] {
            let scenario = with(row, &format!("{{ {} = \"{text}\" }}", severity.key));
            let FaultKind::Plant(plant_fault) = &scenario.faults[0].kind else {
                panic!("{}", row.name)
            };
            let off = (plant_fault.severity - number).abs();
            assert!(
                off <= 1e-12 * number,
                "{} = {text}: {plant_fault:?}",
                row.name
            );
        }
    }
}

#[test]
fn what_is_beside_a_printed_range_is_refused_with_that_range() {
    let text = "title = \"A fault\"\nseed = 1\nduration = \"1 h\"\n[[fault]]\nstart = \"0 s\"\n";
    for (row, _) in rows() {
        let Some(severity) = &row.severity else {
            continue;
        };
        let (_, most) = severity.writes;
        if most <= 1.0 {
            // More than a whole is no share at all.
            continue;
        }
        let beside = in_words(severity, most * 2.0);
        let text = format!(
            "{text}{} = {{ {} = \"{beside}\" }}\n",
            row.name, severity.key
        );
        let error = parse("test/fault", "fault.toml", &text).unwrap_err();
        let message = format!("{:?}", miette::Report::new(error));
        // Lines of a message break anywhere between words.
        let message: Vec<&str> = message.split_whitespace().collect();
        let message = message.join(" ");
        let range = format!("allowed: {}", range_in_words(severity));
        assert!(
            message.contains(&range),
            "{range} of {}: {message}",
            row.name
        );
    }
}
