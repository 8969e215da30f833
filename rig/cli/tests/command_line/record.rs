//! `record.json` against docs/record.md: every field is in the table, nothing in the table is
//! missing from a record, and unknown fields are refused.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use thecal_engine::bench::LinkStatistics;
use thecal_engine::verdict::{Finding, Observed, Verdict};
use thecal_plan::Dimension;
use thecal_report::Approval;
use thecal_report::record::{
    AboveRecord, Attempt, ClaimFacts, CourseRecord, Delivery, EnteredRecord, Event, Exposed,
    FaultRecord, Firmware, Hang, HarmRecord, Levels, Limit, LimitKind, NumberRecord,
    ParametersRecord, PresetRecord, ProfileRecord, ProgrammedRecord, PumpSays, Record, Reset, Run,
    ScenarioFacts, Schema, SecondDrug, TrueDoseRecord, TrueWindowRecord, UnclaimedRecord,
};
use thecal_sim::{HarmClass, Mixing, Sensitivity};
use thecal_units::{Millis, SimTime};

const PAGE: &str = include_str!("../../../../docs/record.md");

fn text(text: &str) -> String {
    text.to_owned()
}

fn finding(name: &str, observed: Observed, limit: Observed, margin: Observed) -> Finding {
    Finding {
        name: text(name),
        requirement: Some(text("REQ-BOL-012")),
        rule: text("what must be true"),
        verdict: Verdict::Fail,
        observed,
        at: Some(SimTime::from_millis(90_000)),
        limit,
        margin: Some(margin),
        note: Some(text("a remark")),
        why: Some(text("a reason")),
    }
}

fn harm() -> HarmRecord {
    HarmRecord {
        class: HarmClass::S2,
        added: HarmClass::S1,
        prescribed: HarmClass::S0,
        max_toxicity: 0.1,
        overdose_h: 1.0 / 3.0,
        toxicity_above_0_2_at_ms: Some(1),
        toxicity_above_0_5_at_ms: Some(2),
        added_toxicity: 0.05,
        prescribed_toxicity: 0.05,
        prescribed_withdrawal: 0.01,
        effect_lost: 1e-12,
        established_at_ms: Some(4),
        least_effect: Some(0.6),
        least_effect_of: Some(0.7),
        max_withdrawal: 0.2,
        added_withdrawal: 0.15,
        withdrawal_h: 0.3,
        withdrawal_above_0_3_at_ms: Some(3),
    }
}

fn facts() -> ScenarioFacts {
    ScenarioFacts {
        id: text("family/name"),
        title: text("One line"),
        reenacts: Some(text("a recall")),
        verifies: vec![ClaimFacts {
            requirement: text("REQ-BOL-002"),
            findings: vec![text("one-bolus")],
        }],
        known_anomaly: Some(text("ANOM-1")),
        needs: vec!["power".into()],
        seed: u64::MAX,
        duration_ms: 86_400_000,
        parameters: ParametersRecord {
            file: Some(text("my.toml")),
            by_command: true,
            individual: Some(17),
            population_seed: Some(1),
            numbers: vec![NumberRecord {
                path: text("person.lumbar-volume"),
                set: "adult".into(),
                value: 10.6,
                unit: "mL".into(),
                range: [1.0, 100.0],
                basis: "published".into(),
                source: text("a paper"),
                built_in: Some(36.0),
                median: Some(35.8),
            }],
        },
    }
}

fn attempt() -> Attempt {
    Attempt {
        bench: text("pump-a"),
        reached_by: Some(text("/dev/ttyACM0")),
        firmware: Some(Firmware {
            name: text("thecal-pump"),
            version: text("0.1.0"),
            board: text("stm32f405"),
            build_id: Some("09".repeat(20)),
            contract: 1,
        }),
        reached_ms: 7,
        exchanges: 8,
        wall_s: 0.123_456_789,
        link: LinkStatistics {
            repeated: 1,
            broken: 2,
            stale: 3,
            unreadable: 4,
            garbage_bytes: 5,
            slowest_us: 6,
        },
        error: Some(text("no Reaction")),
        bench_broke: true,
        interrupted: true,
        not_safe: Some(text("no answer")),
    }
}

fn limits() -> Vec<Limit> {
    let limit = |what, exposed| Limit {
        drug: "morphine".into(),
        what,
        exposed,
        limit: 15_000.0,
        basis: "published".into(),
        source: text("a consensus"),
        exceeded: true,
    };
    let dose = Exposed::DailyDose {
        dose_ug: 16_000.1,
        until_ms: 86_400_000,
    };
    let strength = Exposed::Concentration {
        ug_per_ml: 25_000.0,
    };
    vec![
        limit(LimitKind::DailyDose, dose),
        limit(LimitKind::Concentration, strength),
    ]
}

fn monitor() -> Finding {
    finding(
        "of-an-instant",
        Observed::At(SimTime::from_millis(5)),
        Observed::Never,
        Observed::Span(Millis::from_millis(2)),
    )
}

fn profile() -> ProfileRecord {
    ProfileRecord {
        name: text("pump-a"),
        rules_judged: 60,
        unclaimed: vec![UnclaimedRecord {
            rule: text("denial-names-its-reason"),
            why: text("it gives none"),
        }],
    }
}

fn run() -> Run {
    let mass = |ug| Observed::Value(ug, Dimension::Mass);
    let span = |ms| Observed::Span(Millis::from_millis(ms));
    Run {
        simulated_ms: 86_400_000,
        expectations: vec![
            finding("of-a-mass", mass(1.0), mass(2.0), mass(1.0)),
            finding(
                "of-a-span",
                span(5),
                span(4),
                Observed::Late(Millis::from_millis(1)),
            ),
        ],
        monitors: vec![monitor()],
        profile: profile(),
        true_dose: true_dose(),
        doubts: vec![text("a doubt")],
        hidden: vec!["a leak".into()],
        entered: vec![EnteredRecord {
            at_ms: 3,
            act: "refill".into(),
            what: "concentration".into(),
            entered: Observed::Value(2.0, Dimension::Concentration),
            truth: Observed::Value(4.0, Dimension::Concentration),
            true_drug: Some("hydromorphone".into()),
        }],
        programmed: vec![ProgrammedRecord {
            at_ms: 3,
            act: "program".into(),
            changed: vec![text("no patient bolus")],
        }],
        faults: vec![FaultRecord {
            kind: "ram-flip".into(),
            details: text("of bit 3"),
            from_ms: 1,
            until_ms: Some(2),
            times: 1,
            effect: 1,
            back: 0,
            peak: false,
            effect_unit: "times".into(),
            before: Some(1),
            after: Some(9),
        }],
        resets: vec![Reset {
            at_ms: 4,
            cause: "watchdog".into(),
            because: Some("core-halt".into()),
            cut_short: true,
        }],
        hangs: vec![hang()],
        delivery: delivery(),
        levels: levels(),
        harm: harm(),
        course: vec![course()],
        presets: vec![PresetRecord {
            mixing: Mixing::Typical,
            sensitivity: Sensitivity::High,
            harm: harm(),
        }],
        limits: limits(),
        pump: Some(pump()),
        events: vec![Event {
            at_ms: 1,
            who: "patient".into(),
            what: text("presses"),
        }],
    }
}

fn hang() -> Hang {
    Hang {
        at_ms: 5,
        because: Some("ram-flip".into()),
    }
}

fn course() -> CourseRecord {
    CourseRecord {
        index: "toxicity".into(),
        drug: "morphine".into(),
        what: text("respiratory depression"),
        peak: 0.1,
        peak_at_ms: 60_000,
        above: vec![AboveRecord {
            threshold: 0.2,
            from_ms: Some(60_000),
            until_ms: Some(120_000),
            total_ms: 120_000,
            episodes: 1,
        }],
    }
}

fn true_dose() -> TrueDoseRecord {
    TrueDoseRecord {
        limited: true,
        not_judged: vec![text("a leak")],
        largest: vec![TrueWindowRecord {
            window_ms: 3_600_000,
            limit_ug: Some(200.0),
            tolerance_ug: Some(50.0),
            dose_ug: 3_402.0,
            clinician_ug: 20.0,
            commanded_ug: 180.0,
            until_ms: 8_760_000,
        }],
    }
}

fn levels() -> Levels {
    Levels {
        tip_ug_per_ml: 0.1,
        cisterna_ug_per_ml: 0.2,
        plasma_ug_per_ml: 0.3,
    }
}

fn pump() -> PumpSays {
    PumpSays {
        mode: "infusing".into(),
        alarms: vec!["motor stall".into()],
        recovery_proven_ms: Some(7),
        steps: 1,
        reservoir_ml: 0.1,
        granted: 2,
        denied: 3,
        packets_dropped: 4,
        log_entries: 5,
        log_first: 6,
    }
}

fn delivery() -> Delivery {
    Delivery {
        programmed_continuous_ug: 0.1,
        programmed_boluses_ug: 0.2,
        steps_driven: 1,
        steps_moved: 2,
        steps_missed: 3,
        commanded_ml: 0.3,
        commanded_ug: 0.4,
        primed_ml: 0.1,
        primed_ug: 0.2,
        drawn_ml: 0.5,
        port_aspirated_ml: 0.55,
        port_injected_ml: 0.56,
        infused_ml: 0.6,
        infused_ug: 0.7,
        in_catheter_ug: 0.8,
        second: Some(SecondDrug {
            drug: "bupivacaine".into(),
            infused_ug: 0.9,
            in_catheter_ug: 0.95,
            levels: levels(),
        }),
        reservoir_ml: 1.0,
        mass_error_relative: 1e-17,
    }
}

/// A record with all fields. A new field does not compile until it is added here.
fn fullest() -> Record {
    Record {
        schema: Schema::V8,
        tool: "thecal 0.1.0".into(),
        scenario: facts(),
        bench: text("pump-a"),
        verdict: Verdict::Fail,
        reasons: vec![text("too much")],
        approval: Some(Approval::Differs),
        attempts: vec![attempt()],
        run: Some(run()),
    }
}

/// Every field as a path, such as `run.events[].at_ms`; items of an array share one path.
fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if at.is_empty() { "" } else { "." };
                paths(value, &format!("{at}{dot}{name}"), found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for item in items {
                paths(item, &format!("{at}[]"), found);
            }
        }
        _ => {
            found.insert(at.to_owned());
        }
    }
}

/// Fields that the page documents once for several places.
fn shared(path: &str) -> Vec<String> {
    let path = path.replace("run.expectations[]", "FINDING");
    let path = path.replace("run.monitors[]", "FINDING");
    let path = path.replace("run.presets[].harm", "HARM");
    let path = path.replace("run.harm", "HARM");
    for of in [
        "FINDING.observed",
        "FINDING.limit",
        "FINDING.margin",
        "run.entered[].entered",
        "run.entered[].truth",
    ] {
        let of = of.to_owned();
        if let Some(part) = path.strip_prefix(&format!("{of}.")) {
            return vec![of, format!("FIGURE.{part}")];
        }
    }
    vec![path]
}

#[test]
fn the_page_has_every_field_and_no_other() {
    let value: Value = serde_json::from_slice(&fullest().to_json().unwrap()).unwrap();
    let mut found = BTreeSet::new();
    paths(&value, "", &mut found);
    let found: BTreeSet<String> = found.iter().flat_map(|path| shared(path)).collect();
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    let mut listed = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [field, type_and_unit, meaning] = cells.as_slice() else {
            panic!("a row has a field, its type and unit, and its meaning: {row}");
        };
        assert!(!type_and_unit.is_empty() && !meaning.is_empty(), "{row}");
        let field = field.trim_matches('`').to_owned();
        assert!(listed.insert(field), "it is there twice: {row}");
    }
    let missing: Vec<_> = found.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&found).collect();
    assert_eq!((missing, unknown), (vec![], vec![]));
    assert!(PAGE.contains("thecal-record/8"));
}

#[test]
fn every_digit_is_written_and_read_back() {
    let mut record = fullest();
    let text = record.to_json().unwrap();
    assert_eq!(Record::from_json(&text).unwrap(), record);
    record.run = None;
    record.approval = None;
    record.attempts[0].firmware = None;
    let text = record.to_json().unwrap();
    assert_eq!(Record::from_json(&text).unwrap(), record);
}

/// Adds an unknown field to each object in turn.
fn with_one_more(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(fields) => {
            let mut more = fields.clone();
            more.insert(text("nobody-knows"), Value::Null);
            all.push(Value::Object(more));
            for (name, value) in fields {
                all.extend(with_one_more(value).into_iter().map(|value| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), value);
                    Value::Object(fields)
                }));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                all.extend(with_one_more(item).into_iter().map(|value| {
                    let mut items = items.clone();
                    items[index] = value;
                    Value::Array(items)
                }));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn a_field_that_nobody_knows_is_refused_wherever_it_is() {
    let value: Value = serde_json::from_slice(&fullest().to_json().unwrap()).unwrap();
    let changed = with_one_more(&value);
    assert!(changed.len() > 30, "{}", changed.len());
    for value in changed {
        let text = serde_json::to_vec(&value).unwrap();
        assert!(Record::from_json(&text).is_err(), "{value}");
    }
}

#[test]
fn another_version_is_refused_by_its_name() {
    let text = String::from_utf8(fullest().to_json().unwrap()).unwrap();
    // As version 3 wrote it, and with the fields in any order.
    let older = text
        .replace("thecal-record/8", "thecal-record/7")
        .replace("\"exceeded\"", "\"passed\"");
    let sorted: BTreeMap<String, Value> = serde_json::from_str(&older).unwrap();
    let sorted = serde_json::to_string(&sorted).unwrap();
    for other in [older, sorted] {
        let error = Record::from_json(other.as_bytes()).unwrap_err().to_string();
        let said = "its format is `thecal-record/7`, which another version of thecal wrote; \
                    expected `thecal-record/8`";
        assert!(error.contains(said), "{error}");
    }
}
