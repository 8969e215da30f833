//! The plots of a page: the curves, their panels, and the same points as data for the script.

use super::page_lanes;
use super::record::Event;
use super::svg::{Figure, LEFT, Name, Panel, RIGHT};
use serde::Serialize;
use thecal_engine::programmer::Answer;
use thecal_engine::run::{Bucket, Channel, RunHistory};
use thecal_sim::{EFFECT_THRESHOLDS, WITHDRAWAL_THRESHOLDS};
use thecal_units::{Millis, real};

/// Number of rates per run. Rates are means over more than a bucket, because the pump's rollers
/// make the flow pulse about every quarter of an hour.
const RATES: u64 = 96;
/// Longest span of a rate below one day; if it would be longer, rates are daily.
const RATE_OVER_MAX: Millis = Millis::from_millis(6 * 3_600_000);

/// Points of a sparkline.
const SPARK: usize = 75;

/// The drawing and its data.
#[derive(Debug)]
pub(super) struct Plotted {
    pub(super) svg: String,
    /// JSON.
    pub(super) data: String,
}

/// A curve: values in equal intervals of time, the first starting at zero.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    every_s: f64,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Serialize)]
struct Data {
    left: f64,
    right: f64,
    bottom: f64,
    until: f64,
    curves: Vec<CurveData>,
}

/// A curve for the script: values at the end of each interval, where it is drawn, its number
/// format.
#[derive(Debug, Serialize)]
struct CurveData {
    class: &'static str,
    every: f64,
    digits: usize,
    panel: [f64; 4],
    values: Vec<f64>,
}

/// How a curve is drawn and named.
struct Style {
    class: &'static str,
    name: &'static str,
    digits: usize,
    /// Whether the value is constant through an interval, as a mean is.
    steps: bool,
}

const fn style(class: &'static str, name: &'static str, digits: usize) -> Style {
    Style {
        class,
        name,
        digits,
        steps: false,
    }
}

const fn rate_style(class: &'static str, name: &'static str) -> Style {
    Style {
        class,
        name,
        digits: 1,
        steps: true,
    }
}

struct Drawing<'a> {
    history: &'a RunHistory,
    figure: Figure,
    curves: Vec<CurveData>,
}

/// Draws a run with its events.
pub(super) fn draw(history: &RunHistory, events: &[Event]) -> Plotted {
    let mut drawing = Drawing {
        history,
        figure: Figure::new(history.simulated),
        curves: Vec::new(),
    };
    drawing.dose();
    drawing.effect();
    drawing.harm();
    drawing.concentrations();
    drawing.reservoir();
    drawing.outlet();
    drawing.supply();
    page_lanes::draw(&mut drawing.figure, history, events);
    let data = Data {
        left: LEFT,
        right: RIGHT,
        bottom: drawing.figure.height(),
        until: history.simulated.as_secs_f64(),
        curves: drawing.curves,
    };
    Plotted {
        svg: drawing
            .figure
            .finish("Dose, effect, concentrations, reservoir and events over time"),
        // Only numbers and our own names: this cannot fail, nor end the script element.
        data: serde_json::to_string(&data).unwrap_or_default(),
    }
}

impl Drawing<'_> {
    fn dose(&mut self) {
        let plots = &self.history.plots;
        let commanded = rate(&channel(self.history, Channel::CommandedDose));
        let infused = rate(&channel(self.history, Channel::InfusedDose));
        let mut note = format!(
            "\u{b5}g/h, mean of {}",
            in_words(Millis::from_secs(whole_seconds(commanded.every_s)))
        );
        if commanded.every_s > plots.bucket().as_secs_f64() && plots.bucket() >= Millis::MINUTE {
            let fine = in_words(plots.bucket());
            note.push_str(&format!("; light band: extremes of the {fine} mean"));
        }
        let mut panel = self.figure.panel("Dose rate", &note, 150.0);
        let most = greatest(&[&commanded, &infused], |bucket| bucket.max);
        self.figure.scale(&mut panel, 0.0, most.max(1.0), 4.0);
        self.curves_of(
            &panel,
            &[
                (rate_style("commanded", "commanded"), commanded),
                (rate_style("true", "delivered"), infused),
            ],
        );
    }

    fn effect(&mut self) {
        let mut panel = self.figure.panel("Therapeutic effect", "0 to 1", 80.0);
        self.figure.scale(&mut panel, 0.0, 1.0, 2.0);
        let effect = channel(self.history, Channel::Effect);
        let prescribed = channel(self.history, Channel::PrescribedEffect);
        self.curves_of(
            &panel,
            &[
                (style("prescribed", "of what was prescribed", 3), prescribed),
                (style("effect", "effect", 3), effect),
            ],
        );
    }

    fn harm(&mut self) {
        let mut panel = self.figure.panel(
            "Harm",
            "0 to 1; shaded: toxicity above the assumed thresholds",
            100.0,
        );
        let [some, high] = EFFECT_THRESHOLDS;
        self.figure.zone("harm-some", &panel, some, high);
        self.figure.zone("harm-severe", &panel, high, 1.0);
        self.figure.scale(&mut panel, 0.0, 1.0, 2.0);
        let severe = format!("toxicity {high}: severe");
        let moderate = format!("toxicity {some}: moderate");
        self.figure.limit("toxicity", &panel, high, &severe);
        self.figure.limit("toxicity", &panel, some, &moderate);
        let toxicity = channel(self.history, Channel::Toxicity);
        let withdrawal = channel(self.history, Channel::Withdrawal);
        if greatest(&[&withdrawal], |bucket| bucket.max) > 0.005 {
            let [_, severe] = WITHDRAWAL_THRESHOLDS;
            let text = format!("withdrawal {severe}: severe");
            self.figure.limit_right("withdrawal", &panel, severe, &text);
        }
        self.curves_of(
            &panel,
            &[
                (style("withdrawal", "withdrawal", 3), withdrawal),
                (style("toxicity", "toxicity", 3), toxicity),
            ],
        );
    }

    fn concentrations(&mut self) {
        let mut panel = self
            .figure
            .panel("Drug in the spinal fluid", "\u{b5}g/mL", 110.0);
        let tip = channel(self.history, Channel::Tip);
        let cisterna = channel(self.history, Channel::Cisterna);
        let most = greatest(&[&tip, &cisterna], |bucket| bucket.max);
        self.figure.scale(&mut panel, 0.0, most.max(0.01), 4.0);
        self.curves_of(
            &panel,
            &[
                (style("cisterna", "cisterna", 4), cisterna),
                (style("tip", "at the catheter tip", 4), tip),
            ],
        );
    }

    fn reservoir(&mut self) {
        let readings = readings(self.history);
        let note = if readings.is_empty() {
            "mL"
        } else {
            "mL; dots: as the pump reported it"
        };
        let mut panel = self.figure.panel("Reservoir", note, 100.0);
        let truly = channel(self.history, Channel::Reservoir);
        let counted = channel(self.history, Channel::Counted);
        let read = readings.iter().map(|&(_, volume)| volume);
        let curves = [&truly, &counted];
        let high = read.clone().fold(greatest(&curves, |b| b.max), f64::max);
        let low = -read.fold(greatest(&curves, |b| -b.min), |most, v| most.max(-v));
        let middle = f64::midpoint(low, high);
        let low = low.min(middle - 0.5).max(low.min(0.0));
        self.figure
            .scale(&mut panel, low, high.max(middle + 0.5), 3.0);
        self.curves_of(
            &panel,
            &[
                (style("commanded", "counted by steps", 3), counted),
                (style("true", "actual", 3), truly),
            ],
        );
        self.figure.begin_moving();
        self.figure.dots("commanded", &panel, &readings);
        self.figure.end_moving();
    }

    /// The outlet pressure, if something obstructed the flow.
    fn outlet(&mut self) {
        let outlet = channel(self.history, Channel::Outlet);
        let (title, note) = ("Outlet pressure", "kPa above ambient");
        self.where_it_moved(title, note, 5.0, &[(style("tip", "outlet", 1), outlet)]);
    }

    /// The supply, if something pulled it down.
    fn supply(&mut self) {
        let rest = channel(self.history, Channel::Supply);
        let mut lowest = rest.clone();
        for bucket in &mut lowest.buckets {
            (bucket.max, bucket.last) = (bucket.min, bucket.min);
        }
        let curves = [
            (style("toxicity", "lowest pulse", 2), lowest),
            (style("commanded", "at rest", 2), rest),
        ];
        self.where_it_moved("Supply", "V", 0.3, &curves);
    }

    /// A panel for these curves, if they changed by at least this much.
    fn where_it_moved(
        &mut self,
        title: &str,
        note: &str,
        at_least: f64,
        curves: &[(Style, Curve)],
    ) {
        let all: Vec<&Curve> = curves.iter().map(|(_, curve)| curve).collect();
        let (high, low) = (greatest(&all, |b| b.max), -greatest(&all, |b| -b.min));
        if high - low < at_least {
            return;
        }
        let mut panel = self.figure.panel(title, note, 80.0);
        self.figure.scale(&mut panel, low, high, 3.0);
        self.curves_of(&panel, curves);
    }

    fn curves_of(&mut self, panel: &Panel, curves: &[(Style, Curve)]) {
        self.figure.begin_moving();
        for (style, curve) in curves {
            let band: Vec<_> = curve.points(|b| (b.min, b.max), style.steps).collect();
            let band: Vec<_> = band
                .into_iter()
                .map(|(at, (low, high))| (at, low, high))
                .collect();
            self.figure.band(style.class, panel, &band);
        }
        for (style, curve) in curves {
            let line: Vec<_> = curve.points(|b| b.last, style.steps).collect();
            self.figure.line(style.class, panel, &line);
        }
        self.figure.end_moving();
        let mut names = Vec::new();
        for (style, curve) in curves {
            let last = curve.buckets.last().map_or(0.0, |bucket| bucket.last);
            names.push(Name {
                class: style.class,
                text: style.name.into(),
                curve: self.curves.len(),
                y: panel.y(last),
            });
            self.curves.push(CurveData {
                class: style.class,
                every: curve.every_s,
                digits: style.digits,
                panel: [panel.top, panel.height, panel.low, panel.high],
                values: curve.buckets.iter().map(|b| rounded(b.last)).collect(),
            });
        }
        self.figure.names(panel, names);
    }
}

impl Curve {
    /// Points of (second, value): the end of each interval, or both ends for a constant value.
    fn points<T: Copy>(
        &self,
        value: impl Fn(&Bucket) -> T,
        steps: bool,
    ) -> impl Iterator<Item = (f64, T)> {
        let start = if steps { None } else { self.buckets.first() }.map(|b| (0.0, value(b)));
        let rest = (0_u32..).zip(&self.buckets).flat_map(move |(index, b)| {
            let value = value(b);
            let (from, to) = (f64::from(index), f64::from(index) + 1.0);
            let begin = steps.then_some((from * self.every_s, value));
            begin.into_iter().chain([(to * self.every_s, value)])
        });
        start.into_iter().chain(rest)
    }
}

/// A channel as a curve.
pub(super) fn channel(history: &RunHistory, channel: Channel) -> Curve {
    Curve {
        every_s: history.plots.bucket().as_secs_f64(),
        buckets: history.plots.channel(channel).collect(),
    }
}

/// The rate of a growing total, per hour: the mean of some buckets, and the extremes of each.
fn rate(total: &Curve) -> Curve {
    let length = Millis::from_secs(whole_seconds(total.every_s)).as_millis();
    let buckets = u64::try_from(total.buckets.len()).unwrap_or(u64::MAX);
    let over = match (length.saturating_mul(buckets) / RATES).max(Millis::MINUTE.as_millis()) {
        long if long > RATE_OVER_MAX.as_millis() => Millis::DAY.as_millis(),
        over => over,
    };
    let group = usize::try_from(over.div_ceil(length)).unwrap_or(1).max(1);
    // Below 1 min a bucket may contain no plant tick.
    let fine = length >= Millis::MINUTE.as_millis();
    let hours = total.every_s / 3_600.0;
    let mut before = 0.0;
    let groups = total.buckets.chunks(group).map(|chunk| {
        let start = before;
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for bucket in chunk {
            let rate = (bucket.last - before) / hours;
            (min, max) = (min.min(rate), max.max(rate));
            before = bucket.last;
        }
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let mean = (before - start) / (hours * chunk.len() as f64);
        Bucket {
            min: if fine { min } else { mean },
            max: if fine { max } else { mean },
            last: mean,
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let every_s = total.every_s * group as f64;
    Curve {
        every_s,
        buckets: groups.collect(),
    }
}

/// The reservoir volume that the pump reported, at each status reading.
fn readings(history: &RunHistory) -> Vec<(f64, f64)> {
    let volume = |volume| real::Volume::from(volume).as_milliliters();
    let read = history.commands.iter().filter_map(|record| {
        let Some(Answer::Status(status)) = &record.answer else {
            return None;
        };
        let at = record.at.since_origin().as_secs_f64();
        Some((at, volume(status.reservoir)))
    });
    let end = history.status.as_ref();
    let end = end.map(|status| (history.simulated.as_secs_f64(), volume(status.reservoir)));
    read.chain(end).collect()
}

fn greatest(curves: &[&Curve], value: impl Fn(&Bucket) -> f64) -> f64 {
    let all = curves.iter().flat_map(|curve| &curve.buckets);
    all.map(value).fold(f64::NEG_INFINITY, f64::max)
}

/// Rounds to four digits, more than a plot can show.
fn rounded(value: f64) -> f64 {
    let text = format!("{value:.3e}");
    text.parse().unwrap_or(value)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "buckets are whole seconds of a run, far below 2^53"
)]
const fn whole_seconds(secs: f64) -> u64 {
    secs.round() as u64
}

/// A round span as text.
#[must_use]
pub fn in_words(span: Millis) -> String {
    let secs = span.as_millis() / 1_000;
    match secs {
        86_400.. if secs.is_multiple_of(86_400) => format!("{} d", secs / 86_400),
        3_600.. if secs.is_multiple_of(3_600) => format!("{} h", secs / 3_600),
        60.. if secs.is_multiple_of(60) => format!("{} min", secs / 60),
        _ => format!("{secs} s"),
    }
}

/// Minimum and maximum concentration at the catheter tip, in equal parts of the run, for a
/// sparkline. Unit: ug/mL.
#[must_use]
pub fn tip_curve(history: &RunHistory) -> Vec<(f64, f64)> {
    summary(history, Channel::Tip, SPARK)
}

/// The minimum and maximum of a curve in `parts` equal parts of the run.
fn summary(history: &RunHistory, which: Channel, parts: usize) -> Vec<(f64, f64)> {
    let buckets: Vec<Bucket> = history.plots.channel(which).collect();
    let size = buckets.len().div_ceil(parts.max(1)).max(1);
    buckets
        .chunks(size)
        .map(|chunk| {
            chunk.iter().fold((f64::INFINITY, 0.0), |(low, high), b| {
                (f64::min(low, b.min), f64::max(high, b.max))
            })
        })
        .collect()
}
