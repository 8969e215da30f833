//! The findings of a page: ordered by importance, as sentences and as a table.

use super::body_rules::is_idle;
use super::record::Run;
use crate::{observed, sentence};
use maud::{Markup, html};
use thecal_engine::verdict::{Finding, Observed, Verdict};

/// All findings: the worst verdicts first, then the scenario's expectations before the monitors,
/// and among these the smallest margin relative to its limit first.
pub(super) fn ranked(run: &Run) -> Vec<(Source, &Finding)> {
    let expectations = run.expectations.iter();
    let expectations = expectations.map(|finding| (Source::Expectation, finding));
    let monitors = run.monitors.iter();
    let monitors = monitors.map(|finding| (Source::Monitor, finding));
    let mut findings: Vec<(Source, &Finding)> = expectations.chain(monitors).collect();
    findings.sort_by(|(one_source, one), (two_source, two)| {
        two.verdict
            .cmp(&one.verdict)
            .then(one_source.cmp(two_source))
            .then(closeness(one).total_cmp(&closeness(two)))
    });
    findings
}

/// Origin of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Expectation,
    Monitor,
}

/// The margin divided by the limit; infinite if either is missing or the limit is zero.
fn closeness(finding: &Finding) -> f64 {
    let size = |observed: &Observed| match *observed {
        Observed::Value(value, _) => Some(value),
        Observed::Span(span) => Some(span.as_secs_f64()),
        Observed::Late(span) => Some(-span.as_secs_f64()),
        Observed::At(at) => Some(at.since_origin().as_secs_f64()),
        Observed::Never | Observed::Nothing => None,
    };
    match (finding.margin.as_ref().and_then(size), size(&finding.limit)) {
        (Some(margin), Some(limit)) if limit.abs() > 0.0 => margin / limit.abs(),
        _ => f64::INFINITY,
    }
}

/// The finding that decides the verdict, or has the smallest margin, in brief.
pub(super) fn worst(run: &Run) -> String {
    let Some((_, finding)) = ranked(run).into_iter().next() else {
        return "no findings".into();
    };
    match (&finding.margin, finding.verdict) {
        (Some(margin), Verdict::Pass) => format!("{}: margin {}", finding.name, observed(margin)),
        _ => format!("{}: {}", finding.name, sentence(finding)),
    }
}

/// All findings as a table.
pub(super) fn table(run: &Run) -> Markup {
    html! {
        h2 { "Findings" }
        table {
            thead {
                tr {
                    th { "Verdict" } th { "Name" } th { "Rule" } th.number { "Observed" }
                    th { "At" } th.number { "Limit" } th.number { "Margin" }
                }
            }
            tbody {
                @for (source, finding) in ranked(run) {
                    tr {
                        td {
                            @if is_idle(finding) { span.note { "not exercised" } }
                            @else { (badge(finding.verdict)) }
                        }
                        td {
                            (finding.name)
                            @if source == Source::Monitor { span.note { "rule of the pump" } }
                            @if let Some(requirement) = &finding.requirement { span.note { (requirement) } }
                        }
                        td {
                            (finding.rule)
                            @if let Some(note) = &finding.note { span.note { (note) } }
                            @if let Some(why) = &finding.why { span.note { "why: " (why) } }
                        }
                        td.number { (observed(&finding.observed)) }
                        td.time { @if let Some(at) = finding.at { (at.spelled()) } @else { "-" } }
                        td.number { (observed(&finding.limit)) }
                        td.number { @if let Some(margin) = &finding.margin { (observed(margin)) } @else { "-" } }
                    }
                }
            }
        }
        p {
            "Judged by the profile " (run.profile.name) ": " (run.profile.rules_judged)
            " rules of the specification had something to judge."
        }
        @for unclaimed in &run.profile.unclaimed {
            p { "Not claimed by the profile: " (unclaimed.rule) ", " (unclaimed.why) }
        }
    }
}

/// A verdict as a colored word.
pub(super) fn badge(verdict: Verdict) -> Markup {
    let class = match verdict {
        Verdict::Pass => "pass",
        Verdict::NotRun => "not-run",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
        Verdict::Error => "error",
    };
    html! { span class={ "badge " (class) } { (verdict.name()) } }
}
