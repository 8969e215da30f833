//! A study as text: the device, then one table per question.

use super::occlusion::Occlusion;
use super::protocol::{BOLUSES, OCCLUSION_LIMIT, SAMPLE_INTERVAL, rate_in_words, revolution};
use super::stand::config;
use super::study::{Cell, Study};
use super::trumpet::Point;
use std::fmt::Write as _;
use thecal_plan::number::fixed;
use thecal_report::in_words;
use thecal_sim::Drive;
use thecal_units::real::Volume;
use thecal_units::{FlowRate, Millis};

/// The device and the figures, for every form of a study.
pub(crate) const WHAT: &str = "The device is the plant: simulated pump, catheter and spinal fluid. No firmware is involved: an \
                        ideal driver commands exact trains at the set rate, an ideal balance at the tip weighs.";
/// Origin of the method.
pub(crate) const METHOD: &str =
    "Method borrowed from IEC 60601-2-24, which excludes implantable pumps.";

/// Width of the row labels, and of one figure.
const LEFT: usize = 30;
const FIGURE: usize = 17;

/// The name of a drive, as on the command line.
pub(crate) const fn drive_name(drive: Drive) -> &'static str {
    match drive {
        Drive::Peristaltic => "peristaltic",
        Drive::ValveGated => "valve-gated",
        Drive::ConstantFlow => "constant-flow",
    }
}

/// The whole study.
#[must_use]
pub fn render(study: &Study) -> String {
    let mut text = String::new();
    head(&mut text, study);
    trumpet(&mut text, study);
    conditions(&mut text, study);
    occlusion(&mut text, study);
    boluses(&mut text, study);
    text
}

fn head(text: &mut String, study: &Study) {
    let plan = &study.plan;
    line(text, &format!("Accuracy, {} drive", drive_name(plan.drive)));
    line(text, "");
    for part in wrapped(WHAT).into_iter().chain([METHOD.to_owned()]) {
        line(text, &part);
    }
    line(text, "");
    fact(text, "sample interval", &in_words(SAMPLE_INTERVAL));
    fact(text, "start-up", &in_words(plan.spans.start_up));
    fact(text, "analysis", &in_words(plan.spans.analysis));
    if let Some(first) = plan.conditions.first() {
        fact(text, first.name().as_str(), &first.in_full());
    }
    if plan.drive == Drive::ConstantFlow {
        fact(
            text,
            "restrictor",
            "chosen for each rate, to give it at reference",
        );
    }
}

fn trumpet(text: &mut String, study: &Study) {
    let Some(first) = study.plan.conditions.first() else {
        return;
    };
    let (row, windows) = (study.row(0), study.plan.windows());
    title(
        text,
        &format!(
            "Trumpet curve, {}: Ep(min) and Ep(max), % of the set rate",
            first.name()
        ),
    );
    rates(text, "window", &study.plan.rates);
    let curves: Vec<Vec<Point>> = row
        .iter()
        .map(|cell| cell.trial.trumpet(&windows))
        .collect();
    for (index, &window) in windows.iter().enumerate() {
        let cells = curves.iter().filter_map(|curve| curve.get(index));
        figures(text, &in_words(window), cells.map(extremes));
    }
    let mean = |name, value: fn(&Cell) -> f64, text: &mut String| {
        figures(text, name, row.iter().map(|cell| percent(value(cell))));
    };
    mean(
        "mean, second hour (A)",
        |cell| cell.trial.mean_error_a(),
        text,
    );
    mean("mean, analysis (B)", |cell| cell.trial.mean_error_b(), text);
    if study.plan.drive == Drive::Peristaltic {
        let step = config(study.plan.drive, first).pump.step_nl;
        let step = Volume::from_milliliters(step * 1e-6);
        let turns = study
            .plan
            .rates
            .iter()
            .map(|&rate| span(revolution(step, rate)));
        figures(text, "one revolution (2 rollers)", turns);
    }
    let apart = row
        .iter()
        .map(|cell| fixed(cell.trial.dose_apart(&windows), 2));
    figures(text, "dose (C x Q) differs by", apart);
}

fn conditions(text: &mut String, study: &Study) {
    title(text, "Mean error over the analysis (B), % of the set rate");
    matrix(text, study, |cell| percent(cell.trial.mean_error_b()));
}

fn occlusion(text: &mut String, study: &Study) {
    title(text, "Closed at the tip: time to the first missed pulse");
    if study.stalls() {
        matrix(text, study, |cell| {
            let after = cell.occlusion.stalled_after;
            after.map_or("no stall".into(), span)
        });
    } else {
        line(text, &format!("  {}", no_stall()));
    }
    title(text, pressure_title(study));
    matrix(text, study, |cell| {
        fixed(cell.occlusion.pressure.as_kilopascals(), 1)
    });
    title(text, "What comes out when the tip is opened again, \u{b5}L");
    matrix(text, study, |cell| microliters(cell.occlusion.bolus));
    let Some(first) = study.plan.conditions.first() else {
        return;
    };
    title(text, &format!("Against closed forms, {}", first.name()));
    rates(text, "", &study.plan.rates);
    let row = study.row(0);
    let mut of = |name: &str, value: &dyn Fn(&Occlusion) -> String| {
        figures(text, name, row.iter().map(|cell| value(&cell.occlusion)));
    };
    of("rise, first turn, kPa/min", &|seen| {
        fixed(seen.rise_kpa_per_min, 3)
    });
    of("  Q / C", &|seen| {
        fixed(seen.calculated.rise_kpa_per_min, 3)
    });
    if study.plan.drive == Drive::Peristaltic {
        of("time to stall, min", &|seen| {
            let minutes = seen.stalled_after.map(|after| after.as_secs_f64() / 60.0);
            minutes.map_or("-".into(), |minutes| fixed(minutes, 1))
        });
        of("  -C ln(1 - k D) / (k Q)", &|seen| {
            let minutes = seen.calculated.minutes;
            minutes.map_or("-".into(), |minutes| fixed(minutes, 1))
        });
    }
    of("post-occlusion volume, \u{b5}L", &|seen| {
        microliters(seen.bolus)
    });
    of("  C (P - P fluid)", &|seen| {
        microliters(seen.calculated.bolus)
    });
}

fn boluses(text: &mut String, study: &Study) {
    if study.boluses.is_empty() {
        return;
    }
    title(text, &format!("{BOLUSES} boluses in a row: deviations, %"));
    let settings: Vec<_> = study.boluses.iter().take(2).collect();
    let names = settings.iter().map(|some| {
        let volume = Volume::from(some.setting).as_milliliters();
        format!("{} \u{b5}L", volume * 1e3)
    });
    figures(text, "condition", names);
    for pair in study.boluses.chunks(2) {
        let cells = pair.iter().map(|some| {
            let (min, max) = some.extremes();
            format!("{} {:>6}", percent(min), percent(max))
        });
        let name = pair
            .first()
            .map_or(String::new(), |some| some.condition.name());
        figures(text, &name, cells);
    }
}

/// When the pressure behind a closed tip is read.
pub(crate) fn pressure_title(study: &Study) -> &'static str {
    if study.stalls() {
        "Pressure at the outlet when the drive is cut, kPa above ambient"
    } else {
        "Pressure at the outlet before the tip is opened again, kPa above ambient"
    }
}

/// Text for a drive that does not stall.
pub(crate) fn no_stall() -> String {
    let limit = in_words(OCCLUSION_LIMIT);
    format!("none within {limit}: the pressure ends at that of the gas, and nothing notices")
}

/// Conditions as rows, rates as columns.
fn matrix(text: &mut String, study: &Study, figure: impl Fn(&Cell) -> String) {
    rates(text, "condition", &study.plan.rates);
    for (index, condition) in study.plan.conditions.iter().enumerate() {
        figures(
            text,
            &condition.name(),
            study.row(index).iter().map(&figure),
        );
    }
}

fn rates(text: &mut String, left: &str, rates: &[FlowRate]) {
    figures(text, left, rates.iter().map(|&rate| rate_in_words(rate)));
}

fn figures(text: &mut String, left: &str, figures: impl Iterator<Item = String>) {
    let mut whole = format!("  {left:<LEFT$}");
    for figure in figures {
        let _infallible = write!(whole, "{figure:>FIGURE$}");
    }
    line(text, &whole);
}

fn title(text: &mut String, title: &str) {
    line(text, "");
    line(text, title);
}

fn fact(text: &mut String, name: &str, value: &str) {
    line(text, &format!("  {name:<LEFT$}  {value}"));
}

fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn extremes(point: &Point) -> String {
    format!("{} {:>6}", percent(point.min), percent(point.max))
}

/// A signed percentage; zero after rounding has no sign.
pub(crate) fn percent(value: f64) -> String {
    let text = fixed(value, 1);
    if value > 0.0 && text != "0.0" {
        format!("+{text}")
    } else {
        text
    }
}

pub(crate) fn microliters(volume: Volume) -> String {
    fixed(volume.as_milliliters() * 1e3, 1)
}

/// A span in its two largest units.
pub(crate) fn span(span: Millis) -> String {
    let secs = (span.as_millis() + 500) / 1_000;
    let (days, hours, minutes) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60);
    match secs {
        86_400.. => format!("{days} d {hours} h"),
        3_600.. => format!("{hours} h {minutes} min"),
        60.. => format!("{minutes} min {} s", secs % 60),
        _ => format!("{} s", fixed(span.as_secs_f64(), 1)),
    }
}

/// Lines of at most 100 characters.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(last) if last.len() + word.len() < 100 => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
