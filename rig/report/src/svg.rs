//! An SVG writer for stacked plots over one axis, of time or of a few named places.
//!
//! Deterministic: the same points give the same bytes. Colors come from the page's style sheet by
//! class, so that one drawing serves light, dark and paper. What moves on zooming is in groups of
//! class `zoom`; the rest does not move.

use super::page_axis::{decimals, nice_step, tick_text, time_step};
use super::page_path::path;
use std::fmt::Write as _;
use thecal_units::Millis;

/// Width of a figure. Unit: px, as are all lengths here.
const WIDTH: f64 = 1_100.0;
/// Where the time axis begins.
pub(crate) const LEFT: f64 = 58.0;
/// Where it ends; curve names are to the right.
pub(crate) const RIGHT: f64 = 908.0;
/// Height of a panel's heading.
const HEADING: f64 = 42.0;
/// Smallest distance of two names.
const NAME_STEP: f64 = 15.0;
/// Smallest distance of two labels of the time axis.
const TICK_SPACE: f64 = 78.0;

/// Position and scale of one panel.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    /// Its upper edge. Unit: px.
    pub top: f64,
    /// Unit: px.
    pub height: f64,
    /// Value at its lower edge.
    pub low: f64,
    /// Value at its upper edge.
    pub high: f64,
}

impl Panel {
    /// The position of a value. Unit: px.
    #[must_use]
    pub fn y(&self, value: f64) -> f64 {
        let part = (value - self.low) / (self.high - self.low);
        self.top + self.height * (1.0 - part.clamp(0.0, 1.0))
    }
}

/// The name of a curve, written beside its end.
#[derive(Clone, Debug)]
pub struct Name {
    /// Class in the style sheet.
    pub class: &'static str,
    /// Its text.
    pub text: String,
    /// Index of the curve in the page's data.
    pub curve: usize,
    /// Where the curve ends. Unit: px.
    pub y: f64,
}

/// A drawing in progress.
#[derive(Debug)]
pub struct Figure {
    /// Suffix of its ids, for a page with several figures.
    name: &'static str,
    until_s: f64,
    /// Places from 0 to 1 with their labels, instead of a time axis.
    places: Vec<(f64, String)>,
    height: f64,
    shades: String,
    body: String,
}

impl Figure {
    /// An empty drawing over this span of time.
    #[must_use]
    pub fn new(until: Millis) -> Self {
        Self {
            name: "",
            until_s: until.as_secs_f64().max(1.0),
            places: Vec::new(),
            height: 0.0,
            shades: String::new(),
            body: String::new(),
        }
    }

    /// One of several figures on a page.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Uses an axis from 0 to 1 with labels at some places.
    #[must_use]
    pub fn over_places(places: Vec<(f64, String)>) -> Self {
        Self {
            places,
            ..Self::new(Millis::SECOND)
        }
    }

    /// Height of the drawing so far. Unit: px.
    pub(crate) const fn height(&self) -> f64 {
        self.height
    }

    /// The position of an instant. Unit: px.
    pub(crate) fn x(&self, at_s: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (at_s / self.until_s).clamp(0.0, 1.0)
    }

    /// Begins a panel below the last one.
    pub fn panel(&mut self, title: &str, note: &str, height: f64) -> Panel {
        let top = self.height + HEADING;
        self.height = top + height;
        let (x, y) = (LEFT, top - 9.0);
        self.add(format_args!(
            "<text class=\"title\" x=\"{x}\" y=\"{y:.1}\">{}<tspan class=\"note\" dx=\"10\">{}</tspan></text>\n",
            escaped(title),
            escaped(note),
        ));
        Panel {
            top,
            height,
            low: 0.0,
            high: 1.0,
        }
    }

    /// Gives a panel a scale with about `count` steps that includes `low` and `high`.
    pub fn scale(&mut self, panel: &mut Panel, low: f64, high: f64, count: f64) {
        let step = nice_step((high - low).max(1e-12) / count);
        panel.low = (low / step + 1e-9).floor() * step;
        panel.high = ((high / step - 1e-9).ceil() * step).max(panel.low + step);
        let digits = decimals(step);
        let mut number = 0.0;
        while panel.low + number * step <= panel.high + step * 0.01 {
            let value = panel.low + number * step;
            let y = panel.y(value);
            let text = thecal_plan::number::fixed(value, digits);
            self.add(format_args!(
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/><text class=\"tick\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{text}</text>\n",
                LEFT - 8.0,
                y + 4.0,
            ));
            number += 1.0;
        }
    }

    /// Begins the group that moves with the time axis.
    pub(crate) fn begin_moving(&mut self) {
        let name = self.name;
        self.add(format_args!(
            "<g clip-path=\"url(#clip{name})\"><g class=\"zoom\">\n"
        ));
    }

    /// Ends it.
    pub(crate) fn end_moving(&mut self) {
        self.body.push_str("</g></g>\n");
    }

    /// A line through points of (second, value).
    pub fn line(&mut self, class: &str, panel: &Panel, points: &[(f64, f64)]) {
        let path = path(
            points
                .iter()
                .map(|&(at, value)| (self.x(at), panel.y(value))),
        );
        self.add(format_args!(
            "<path class=\"line {class}\" d=\"{path}\"/>\n"
        ));
    }

    /// The area between two values at each instant: (second, low, high). Nothing is drawn if it is
    /// nowhere wider than a line.
    pub fn band(&mut self, class: &str, panel: &Panel, points: &[(f64, f64, f64)]) {
        let wide = |&(_, low, high): &(f64, f64, f64)| panel.y(low) - panel.y(high) > 1.0;
        if !points.iter().any(wide) {
            return;
        }
        let upper = path(
            points
                .iter()
                .map(|&(at, _, high)| (self.x(at), panel.y(high))),
        );
        let lower = path(
            points
                .iter()
                .rev()
                .map(|&(at, low, _)| (self.x(at), panel.y(low))),
        );
        let lower = lower.replacen('M', "L", 1);
        self.add(format_args!(
            "<path class=\"band {class}\" d=\"{upper}{lower}Z\"/>\n"
        ));
    }

    /// A limit across a panel, with its name at the left.
    pub fn limit(&mut self, class: &str, panel: &Panel, value: f64, name: &str) {
        self.limit_named(("start", LEFT + 6.0, -4.0), class, panel, value, name);
    }

    /// A limit across a panel, with its name at the right and below the line.
    pub(crate) fn limit_right(&mut self, class: &str, panel: &Panel, value: f64, name: &str) {
        self.limit_named(("end", RIGHT - 6.0, 13.0), class, panel, value, name);
    }

    fn limit_named(
        &mut self,
        (anchor, x, below): (&str, f64, f64),
        class: &str,
        panel: &Panel,
        value: f64,
        name: &str,
    ) {
        let y = panel.y(value);
        self.add(format_args!(
            "<path class=\"limit {class}\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/><text class=\"limit-name {class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>\n",
            y + below,
            escaped(name),
        ));
    }

    /// The background of a lane.
    pub(crate) fn rail(&mut self, panel: &Panel) {
        let (y, width, height) = (panel.top, RIGHT - LEFT, panel.height);
        self.add(format_args!(
            "<rect class=\"rail\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>\n"
        ));
    }

    /// Shades everything above a value.
    pub(crate) fn zone(&mut self, class: &str, panel: &Panel, from: f64, to: f64) {
        let (y, height) = (panel.y(to), panel.y(from) - panel.y(to));
        self.add(format_args!(
            "<rect class=\"zone {class}\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>\n",
            RIGHT - LEFT,
        ));
    }

    /// A filled interval of time in a lane; at least as wide as a line.
    pub(crate) fn block(
        &mut self,
        class: &str,
        panel: &Panel,
        from_s: f64,
        to_s: f64,
        opacity: f64,
    ) {
        let (x, end) = (self.x(from_s), self.x(to_s));
        let (y, width, height) = (panel.top, (end - x).max(0.8), panel.height);
        self.add(format_args!(
            "<rect class=\"block {class}\" x=\"{x:.2}\" y=\"{y:.1}\" width=\"{width:.2}\" height=\"{height:.1}\" opacity=\"{opacity:.2}\"/>\n"
        ));
    }

    /// Vertical marks in a lane, one path for all; marks at the same position are drawn once.
    pub(crate) fn marks(&mut self, class: &str, panel: &Panel, at_s: impl Iterator<Item = f64>) {
        let mut marks = String::new();
        for at in at_s {
            let mark = format!("M{:.1} {:.1}v{:.1}", self.x(at), panel.top, panel.height);
            if !marks.ends_with(&mark) {
                marks.push_str(&mark);
            }
        }
        if !marks.is_empty() {
            self.add(format_args!(
                "<path class=\"marks {class}\" d=\"{marks}\"/>\n"
            ));
        }
    }

    /// Dots at (second, value).
    pub(crate) fn dots(&mut self, class: &str, panel: &Panel, points: &[(f64, f64)]) {
        let mut dots = String::new();
        for &(at, value) in points {
            let _infallible = write!(dots, "M{:.1} {:.1}h0", self.x(at), panel.y(value));
        }
        if !dots.is_empty() {
            self.add(format_args!(
                "<path class=\"dots {class}\" d=\"{dots}\"/>\n"
            ));
        }
    }

    /// Shades an interval behind all panels, above and below; an instant becomes a line.
    pub(crate) fn shade(&mut self, from_s: f64, to_s: f64) {
        let (x, end) = (self.x(from_s), self.x(to_s));
        let (class, width) = if from_s < to_s {
            ("shade", (end - x).max(0.8))
        } else {
            ("shade instant", 1.0)
        };
        let _infallible = writeln!(
            self.shades,
            "<rect class=\"{class}\" x=\"{x:.2}\" y=\"{HEADING}\" width=\"{width:.2}\" height=\"HEIGHT\"/>",
        );
    }

    /// Text beside a lane.
    pub(crate) fn lane_name(&mut self, class: &str, panel: &Panel, text: &str) {
        let y = panel.top + panel.height - 1.5;
        self.add(format_args!(
            "<text class=\"name {class}\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>\n",
            RIGHT + 10.0,
            escaped(text),
        ));
    }

    /// The names of a panel's curves, moved apart where they would overlap.
    pub fn names(&mut self, panel: &Panel, mut names: Vec<Name>) {
        names.sort_by(|one, two| one.y.total_cmp(&two.y));
        let mut least = panel.top + 6.0;
        for name in &mut names {
            name.y = name.y.max(least);
            least = name.y + NAME_STEP;
        }
        let mut most = panel.top + panel.height;
        for name in names.iter_mut().rev() {
            name.y = name.y.min(most);
            most = name.y - NAME_STEP;
        }
        for Name {
            class,
            text,
            curve,
            y,
        } in names
        {
            self.add(format_args!(
                "<text class=\"name {class}\" x=\"{:.1}\" y=\"{:.1}\">{}<tspan class=\"value\" data-curve=\"{curve}\"></tspan></text>\n",
                RIGHT + 10.0,
                y + 4.0,
                escaped(&text),
            ));
        }
    }

    /// A name left of a point of a curve.
    pub fn label(&mut self, class: &str, panel: &Panel, (at, value): (f64, f64), text: &str) {
        let (x, y) = (self.x(at) - 8.0, panel.y(value).max(panel.top + 8.0) + 4.0);
        self.add(format_args!(
            "<text class=\"name {class}\" text-anchor=\"end\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n",
            escaped(text),
        ));
    }

    /// Leaves vertical space.
    pub(crate) const fn space(&mut self, height: f64) {
        self.height += height;
    }

    /// The whole figure.
    #[must_use]
    pub fn finish(self, label: &str) -> String {
        let (bottom, height) = (self.height, self.height + 30.0);
        let shades = self
            .shades
            .replace("HEIGHT", &format!("{:.1}", bottom - HEADING));
        let axis = self.axis(bottom);
        let (name, label, body) = (self.name, escaped(label), self.body);
        format!(
            "<svg id=\"plots{name}\" viewBox=\"0 0 {WIDTH} {height:.1}\" role=\"img\" aria-label=\"{label}\">\n\
             <clipPath id=\"clip{name}\"><rect x=\"{:.1}\" y=\"0\" width=\"{:.1}\" height=\"{height:.1}\"/></clipPath>\n\
             <g clip-path=\"url(#clip{name})\"><g class=\"zoom\">\n{shades}</g></g>\n\
             <g id=\"axis{name}\">{axis}</g>\n{body}</svg>\n",
            LEFT - 1.0,
            RIGHT - LEFT + 3.0,
        )
    }

    fn axis(&self, bottom: f64) -> String {
        let mut axis = String::new();
        let mut tick = |at: f64, label: &str| {
            let x = self.x(at);
            let _infallible = write!(
                axis,
                "<path class=\"grid\" d=\"M{x:.1} {HEADING}V{:.1}\"/><text class=\"tick\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{label}</text>",
                bottom + 5.0,
                bottom + 20.0,
            );
        };
        for (at, label) in &self.places {
            tick(*at, label);
        }
        if self.places.is_empty() {
            let step = time_step(self.until_s, (RIGHT - LEFT) / TICK_SPACE);
            let mut number = 0.0;
            while number * step <= self.until_s {
                let at = number * step;
                tick(at, &tick_text(at, step, self.until_s));
                number += 1.0;
            }
        }
        axis
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        let _infallible = self.body.write_fmt(text);
    }
}

/// Text escaped for SVG.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
