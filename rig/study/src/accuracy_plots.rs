//! The drawings of a study of accuracy: trumpet, start-up, pressure behind a closed tip.

use crate::accuracy::protocol::{SAMPLE_INTERVAL, rate_in_words};
use crate::accuracy::{Cell, Study};
use thecal_report::in_words;
use thecal_report::svg::{Figure, Name, Panel};
use thecal_units::Millis;

/// Classes that distinguish the curves, one per rate.
const CLASSES: [&str; 6] = [
    "true",
    "effect",
    "withdrawal",
    "toxicity",
    "cisterna",
    "commanded",
];
/// Labels of a logarithmic axis of time. Unit: min.
const TIMES_MIN: [(f64, &str); 10] = [
    (1.0, "1 min"),
    (3.0, "3 min"),
    (10.0, "10 min"),
    (30.0, "30 min"),
    (60.0, "1 h"),
    (180.0, "3 h"),
    (600.0, "10 h"),
    (1_440.0, "1 d"),
    (4_320.0, "3 d"),
    (10_080.0, "7 d"),
];

/// Ep(min) and Ep(max) over the window, one panel per rate; windows are spaced by their logarithm.
pub(super) fn trumpet(study: &Study) -> String {
    let windows = study.plan.windows();
    let minutes: Vec<f64> = windows.iter().map(|&window| minutes(window)).collect();
    let least = minutes.first().copied().unwrap_or(1.0);
    let most = minutes.last().copied().unwrap_or(least);
    let place = |minutes: f64| (minutes / least).ln() / (most / least).ln().max(1e-9);
    let labels = minutes.iter().zip(&windows);
    let labels = labels.map(|(&at, &window)| (place(at), in_words(window)));
    let mut figure = Figure::over_places(labels.collect()).named("-trumpet");
    for (index, &rate) in study.plan.rates.iter().enumerate() {
        let cells = cells(study, index);
        let curves: Vec<Vec<(f64, f64, f64)>> = cells
            .iter()
            .map(|cell| {
                let points = cell.trial.trumpet(&windows).into_iter();
                let points = points.map(|at| (place(self::minutes(at.window)), at.min, at.max));
                points.collect()
            })
            .collect();
        let mut panel = figure.panel(&rate_in_words(rate), "% of the set rate", 120.0);
        let all = curves.iter().flatten();
        let extremes = all.flat_map(|&(_, min, max)| [min, max]);
        scale(&mut figure, &mut panel, extremes.chain([0.0]));
        for curve in curves.iter().skip(1) {
            edges(&mut figure, "quiet", &panel, curve);
        }
        if let Some((curve, cell)) = curves.first().zip(cells.first()) {
            figure.band("true", &panel, curve);
            edges(&mut figure, "true", &panel, curve);
            let mean = cell.trial.mean_error_b();
            figure.limit("true", &panel, mean, "");
            names(&mut figure, &panel, curve);
        }
    }
    figure.finish("Trumpet curves: extremes of the mean flow over the length of the window")
}

fn edges(figure: &mut Figure, class: &str, panel: &Panel, curve: &[(f64, f64, f64)]) {
    let edge = |value: fn(&(f64, f64, f64)) -> f64| {
        let points = curve.iter().map(|point| (point.0, value(point)));
        points.collect::<Vec<_>>()
    };
    figure.line(class, panel, &edge(|point| point.1));
    figure.line(class, panel, &edge(|point| point.2));
}

fn names(figure: &mut Figure, panel: &Panel, curve: &[(f64, f64, f64)]) {
    let name = |text: &str, value: f64| Name {
        class: "true",
        text: text.into(),
        curve: 0,
        y: panel.y(value),
    };
    if let Some(&(_, min, max)) = curve.last() {
        figure.names(panel, vec![name("Ep(max)", max), name("Ep(min)", min)]);
    }
}

/// Flow from the start on, one panel per rate.
pub(super) fn start_up(study: &Study) -> String {
    let mut figure = Figure::new(study.plan.spans.start_up).named("-start-up");
    let step = SAMPLE_INTERVAL.as_secs_f64();
    for (index, &rate) in study.plan.rates.iter().enumerate() {
        let cells = cells(study, index);
        let curves: Vec<Vec<(f64, f64)>> = cells
            .iter()
            .map(|cell| {
                let set = cell.trial.set_ml_per_day();
                let flows = (0_u32..).zip(cell.trial.start_up());
                let steps = flows.flat_map(|(sample, flow)| {
                    let (from, share) = (f64::from(sample) * step, 100.0 * flow / set);
                    [(from, share), (from + step, share)]
                });
                steps.collect()
            })
            .collect();
        let mut panel = figure.panel(&rate_in_words(rate), "% of the set rate", 100.0);
        let all = curves.iter().flatten().map(|&(_, share)| share);
        scale(&mut figure, &mut panel, all.chain([100.0]));
        for curve in curves.iter().skip(1) {
            figure.line("quiet", &panel, curve);
        }
        if let Some(curve) = curves.first() {
            figure.line("true", &panel, curve);
        }
        figure.limit("true", &panel, 100.0, "");
    }
    figure.finish("Start-up curves: flow in each sample interval from the start on")
}

/// Outlet pressure from closing the tip on, one curve per rate, under the first condition.
pub(super) fn occlusion(study: &Study) -> String {
    let row = study.row(0);
    let longest = row.iter().filter_map(|cell| cell.occlusion.curve.last());
    let longest = longest.fold(3.0_f64, |most, &(at, _)| most.max(at));
    let place = |minutes: f64| minutes.max(1.0).ln() / longest.ln();
    let labels = TIMES_MIN.iter().filter(|(at, _)| *at <= longest);
    let labels = labels.map(|&(at, text)| (place(at), text.to_owned()));
    let mut figure = Figure::over_places(labels.collect()).named("-occlusion");
    let note = "kPa above ambient, until the drive is cut; at each curve its rate in mL/day";
    let mut panel = figure.panel("At the outlet, tip closed", note, 200.0);
    let curves: Vec<Vec<(f64, f64)>> = row
        .iter()
        .map(|cell| {
            let points = cell.occlusion.curve.iter().skip(1);
            points
                .map(|&(at, pressure)| (place(at), pressure))
                .collect()
        })
        .collect();
    let all = curves.iter().flatten().map(|&(_, pressure)| pressure);
    scale(&mut figure, &mut panel, all.chain([0.0]));
    for (index, (curve, cell)) in curves.iter().zip(row).enumerate() {
        let class = CLASSES[index % CLASSES.len()];
        figure.line(class, &panel, curve);
        // At half height, where curves that end together are apart.
        let half = curve.last().map_or(0.0, |&(_, last)| 0.5 * last);
        let there = curve.iter().find(|(_, pressure)| *pressure >= half);
        if let Some(&(at, pressure)) = there {
            let rate = cell.trial.set_ml_per_day();
            figure.label(class, &panel, (at, pressure), &rate.to_string());
        }
    }
    figure.finish("Pressure at the outlet after the tip was closed")
}

fn cells(study: &Study, rate: usize) -> Vec<&Cell> {
    let conditions = 0..study.plan.conditions.len();
    let cells = conditions.filter_map(|condition| study.cell(condition, rate));
    cells.collect()
}

fn scale(figure: &mut Figure, panel: &mut Panel, values: impl Iterator<Item = f64>) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    figure.scale(panel, low, high, 4.0);
}

fn minutes(window: Millis) -> f64 {
    window.as_secs_f64() / 60.0
}
