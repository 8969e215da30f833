//! The page of a short run with a fault, a bolus and a denied press.

use super::*;
use crate::output::Ended;
use crate::record::Attempt;
use maud::html;
use std::path::Path;
use std::sync::Arc;
use thecal_engine::run;
use thecal_engine::run::Progress;
use thecal_engine::verdict::judge;
use thecal_plan::Profile;
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_scenario::load;
use thecal_scenario::profile::{Known, parse};

const SCENARIO: &str = r#"
title    = "A <short> run & its faults"
seed     = 5
duration = "6 h"

[patient]
tip       = "T10"
mixing    = "typical"
tolerance = "chronic"

[pump]
drug          = "morphine"
concentration = "2 mg/mL"
reservoir     = "18 mL"
catheter      = "90 cm"

[therapy]
dose = "1 mg/day"
patient-bolus = { dose = "50 ug", duration = "5 min", lockout = "2 h", daily-maximum = 6 }

[[timeline]]
every = "20 min"
from  = "1 h"
until = "2 h"
press = { remote = 1 }

[[fault]]
start       = "3 h"
duration    = "1 h"
motor-stall = {}

[[expect]]
name  = "no-alarm"
never = "alarm.critical"
"#;

/// The profile of the reference pump.
fn reference() -> Arc<Profile> {
    let known = Known {
        protocols: &["reference"],
    };
    let text = include_str!("../../../pumps/reference.toml");
    Arc::new(parse(Path::new("pumps/reference.toml"), text, known).unwrap())
}

fn a_run() -> (Scenario, RunHistory, Record) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("short.toml");
    std::fs::write(&file, SCENARIO).unwrap();
    let scenario = load(&file, folder.path()).unwrap();
    let mut bench = Native::hang_at(Vec::new());
    let programmer = Box::new(Reference::new());
    let progress = Progress::default();
    let mut history = run::run(&scenario, &mut bench, programmer, None, &progress).unwrap();
    let judgement = judge(&scenario, &history, &reference());
    let mut record = Record::new(&scenario, "native");
    record.finish(&scenario, &mut history, judgement);
    (scenario, history, record)
}

fn page(scenario: &Scenario, history: &RunHistory, record: &Record) -> String {
    render(&Ended {
        scenario,
        record,
        body: None,
        history: Some(history),
    })
}

/// The elements left open at the end or closed in the wrong order; a minimal check that ignores
/// scripts and styles.
fn unbalanced(page: &str) -> Vec<String> {
    const VOID: [&str; 3] = ["meta", "br", "!DOCTYPE"];
    let (mut open, mut wrong, mut rest) = (Vec::new(), Vec::new(), page);
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, next) = after.split_once('>').unwrap_or((after, ""));
        rest = next;
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if let Some(name) = name.strip_prefix('/') {
            if open.pop() != Some(name) {
                wrong.push(format!("</{name}>"));
            }
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
            if ["script", "style"].contains(&name) {
                rest = rest
                    .find(&format!("</{name}>"))
                    .map_or("", |end| &rest[end..]);
            }
        }
    }
    wrong.extend(open.into_iter().map(|name| format!("<{name}>")));
    wrong
}

#[test]
fn a_page_fetches_nothing_is_balanced_and_always_the_same() {
    let (scenario, history, record) = a_run();
    let page_of = page;
    let page = page_of(&scenario, &history, &record);
    assert_eq!(record.verdict, Verdict::Fail);
    for reference in ["http://", "https://", "src=", "@import", "url(//"] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert_eq!(unbalanced(&page), Vec::<String>::new());
    assert!(page.contains("A &lt;short&gt; run &amp; its faults"));
    assert!(page.contains("motor-stall"));
    assert!(!page.contains("NaN") && !page.contains("inf "));
    let (scenario, history, record) = a_run();
    assert!(page == page_of(&scenario, &history, &record));
}

#[test]
fn the_data_of_the_script_is_json_with_a_value_for_each_stretch() {
    let (_, history, record) = a_run();
    let plotted = page_plots::draw(&history, &record.run.unwrap().events);
    let data: serde_json::Value = serde_json::from_str(&plotted.data).unwrap();
    let curves = data["curves"].as_array().unwrap();
    assert_eq!(curves.len(), 10);
    for curve in curves {
        let count = curve["values"].as_array().unwrap().len();
        let count = f64::from(u32::try_from(count).unwrap());
        let covered = count * curve["every"].as_f64().unwrap();
        assert!(covered >= 21_600.0, "{covered}");
    }
}

#[test]
fn what_failed_is_told_first() {
    let (_, _, record) = a_run();
    let run = record.run.unwrap();
    assert_eq!(ranked(&run)[0].1.name, "no-alarm");
    assert!(page_findings::worst(&run).starts_with("no-alarm: 1 at 3 h "));
}

#[test]
fn an_attempt_without_a_run_has_a_page_too() {
    let (scenario, ..) = a_run();
    let mut record = Record::new(&scenario, "native");
    let mut attempt = Attempt::new("native", None);
    attempt.reached_ms = 90_000;
    record.attempts.push(attempt);
    record.fail("the bench <broke>".to_owned());
    let page = render(&Ended {
        scenario: &scenario,
        record: &record,
        body: None,
        history: None,
    });
    assert_eq!(unbalanced(&page), Vec::<String>::new());
    assert!(page.contains("the bench &lt;broke&gt;") && page.contains("1 min 30 s"));
}

#[test]
fn the_balance_check_sees_what_is_wrong() {
    assert_eq!(
        unbalanced(&html! { p { b { "x" } br; } }.into_string()),
        [""; 0]
    );
    assert_eq!(unbalanced("<p><b></p>"), ["</p>", "<p>"]);
}
