//! How sharp the specification is over many runs: what it judged, where it had to allow either, how wide
//! the band is in which it lets the dose lie, and which rules never had anything to say.

use std::collections::BTreeMap;
use std::io;
use thecal_spec::{Opinion, is_of_requests, rules};

/// Figures of one rule.
#[derive(Clone, Copy, Default)]
struct Figures {
    judged: u64,
    either: u64,
    differences: u64,
}

/// Figures over many runs.
#[derive(Default)]
pub(crate) struct Sharpness {
    runs: u64,
    of_rules: BTreeMap<&'static str, Figures>,
    /// The widest band of dose of all runs, and where. Unit: steps.
    widest: Option<(f64, String)>,
    /// Runs in which the band is no wider than rounding makes it.
    narrow: u64,
}

impl Sharpness {
    /// One run more.
    pub(crate) fn add(&mut self, id: &str, opinion: &Opinion) {
        self.runs += 1;
        for line in &opinion.judged {
            let figures = self.of_rules.entry(line.rule.name).or_default();
            figures.judged += line.times;
            figures.either += line.either;
        }
        for difference in &opinion.differences {
            self.of_rules
                .entry(difference.rule.name)
                .or_default()
                .differences += 1;
        }
        let band = opinion.band;
        self.narrow += u64::from(band.hidden < 1.0);
        if self
            .widest
            .as_ref()
            .is_none_or(|(widest, _)| *widest < band.steps())
        {
            self.widest = Some((band.steps(), id.to_owned()));
        }
    }

    /// Prints the figures: of each rule, or only the sums.
    pub(crate) fn show(&self, out: &mut impl io::Write, each: bool) -> io::Result<()> {
        let of = |name: &str| self.of_rules.get(name).copied().unwrap_or_default();
        if each {
            writeln!(
                out,
                "{:>12} {:>9} {:>9} {:>9}",
                "Sharpness", "judged", "either", "differs"
            )?;
            for rule in rules() {
                let Figures {
                    judged,
                    either,
                    differences,
                } = of(rule.name);
                let name = rule.name;
                writeln!(
                    out,
                    "{:>12} {judged:>9} {either:>9} {differences:>9}  {name}",
                    ""
                )?;
            }
        }
        let requests = rules().filter(|rule| is_of_requests(rule));
        let requests = requests.map(|rule| of(rule.name));
        let (judged, either) = requests.fold((0, 0), |(judged, either), of| {
            (judged + of.judged, either + of.either)
        });
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let share = 100.0 * either as f64 / (judged + either).max(1) as f64;
        writeln!(
            out,
            "{:>12} {either} of {} judgements of requests and orders allow either: {share:.2} %",
            "Sharpness",
            judged + either,
        )?;
        if let Some((steps, id)) = &self.widest {
            writeln!(
                out,
                "{:>12} dose: rounding alone in {} of {} runs; widest band {steps:.0} steps, in {id}",
                "", self.narrow, self.runs
            )?;
        }
        let silent = rules().filter(|rule| of(rule.name).judged == 0);
        let silent: Vec<&str> = silent.map(|rule| rule.name).collect();
        if !silent.is_empty() {
            writeln!(out, "{:>12} never judged: {}", "", silent.join(", "))?;
        }
        Ok(())
    }
}
