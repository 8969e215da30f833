//! What happened to the patient, in words: the class of harm, what it was, from when to when.
//!
//! *Ordered* is what was programmed, entered and commanded, right or wrong: the reference patient of
//! `thecal_sim::harm` gets exactly that. Nobody treats a patient in a run; each outcome says so.

use super::presets;
use super::record::{AboveRecord, CourseRecord, HarmRecord, Run};
use core::cmp::Ordering;
use thecal_engine::run::Index;
use thecal_plan::number::fixed;
use thecal_sim::{EFFECT_THRESHOLDS, HarmClass, LASTING_LOSS, TICK, WITHDRAWAL_THRESHOLDS};
use thecal_units::{Millis, SimTime};

pub(super) const fn class_in_words(class: HarmClass) -> &'static str {
    match class {
        HarmClass::S0 => "S0 none",
        HarmClass::S1 => "S1 slight",
        HarmClass::S2 => "S2 moderate",
        HarmClass::S3 => "S3 severe",
        HarmClass::S4 => "S4 life-threatening",
    }
}

/// Added toxicity or withdrawal that is more than rounding of ticks. Source: ours.
const ADDED_AT_LEAST: f64 = 0.01;

fn adds(harm: &HarmRecord) -> bool {
    harm.added_toxicity.max(harm.added_withdrawal) >= ADDED_AT_LEAST
}

/// How much of the harm comes from what was ordered. What pump or handling caused is the difference of the
/// two outcomes: what they added may pass no threshold by itself.
pub(super) fn added_in_words(harm: &HarmRecord) -> String {
    let (added, prescribed, class) = (harm.added, harm.prescribed, harm.class);
    if class == HarmClass::S0 && prescribed == HarmClass::S0 {
        return "S0 as ordered".into();
    }
    let outcomes = format!("{prescribed:?} as ordered, {class:?} as given");
    match class.cmp(&prescribed) {
        Ordering::Less => outcomes,
        Ordering::Greater => format!("{outcomes}: caused by pump or handling"),
        Ordering::Equal if added > HarmClass::S0 => {
            format!("{outcomes}; what pump or handling added is {added:?} by itself")
        }
        Ordering::Equal if adds(harm) => {
            format!("{outcomes}; what pump or handling added passes no threshold by itself")
        }
        Ordering::Equal => {
            "all of it from what was programmed and entered, right or wrong; the pump added none"
                .into()
        }
    }
}

/// The line of the class: the patient of the run, what was ordered, and other patients.
pub(super) fn harm_line(run: &Run) -> String {
    let (class, added) = (class_in_words(run.harm.class), added_in_words(&run.harm));
    let others = presets::range(run).map_or(String::new(), |range| format!("; {range}"));
    format!("{class}; {added} (thresholds are assumptions of this rig){others}")
}

fn course(run: &Run, index: Index) -> Option<&CourseRecord> {
    run.course.iter().find(|of| of.index == index.name())
}

fn at(ms: u64) -> String {
    SimTime::from_millis(ms).spelled().to_string()
}

/// Whether it lasted up to the last tick of the run.
fn is_still(run: &Run, until_ms: u64) -> bool {
    until_ms + TICK.as_millis() > run.simulated_ms
}

/// An outcome as one line; none where the index stayed low.
fn spell(run: &Run, what: &str, course: &CourseRecord) -> Option<(u64, String)> {
    let [low, high] = course.above.as_slice() else {
        return None;
    };
    let (from_ms, until_ms) = (low.from_ms?, low.until_ms?);
    // The last tick above the threshold lasts until the next.
    let over_ms = until_ms + TICK.as_millis();
    let lower = match (low.episodes, is_still(run, until_ms)) {
        (0 | 1, true) => format!("from {}, still at the end of the run", at(from_ms)),
        (0 | 1, false) => format!("from {} to {}", at(from_ms), at(over_ms)),
        (_, true) => format!("{}, still at the end of the run", since(low, from_ms)),
        (_, false) => format!("{}, last until {}", since(low, from_ms), at(over_ms)),
    };
    let higher = high.from_ms.map_or(String::new(), |from_ms| {
        format!("; above {} {}", threshold(high), since(high, from_ms))
    });
    let (peak, peak_at) = (fixed(course.peak, 3), at(course.peak_at_ms));
    let text = format!(
        "{what}: above {} {lower}{higher}; peak {peak} at {peak_at}; untreated",
        threshold(low)
    );
    Some((from_ms, text))
}

/// When an index first passed a threshold, and for how long in all: episodes are not one span.
fn since(above: &AboveRecord, from_ms: u64) -> String {
    let total = Millis::from_millis(above.total_ms).spelled();
    match above.episodes {
        0 | 1 => format!("from {}, {total} in all", at(from_ms)),
        episodes => format!(
            "first from {}, {total} in all, in {episodes} episodes",
            at(from_ms)
        ),
    }
}

fn threshold(above: &AboveRecord) -> String {
    fixed(above.threshold, 1)
}

/// The outcomes in order of their beginning; one line that says so where there was none.
pub(super) fn outcomes(run: &Run) -> Vec<String> {
    let toxic = course(run, Index::Toxicity).and_then(|course| {
        let what = format!("toxic effect of {} ({})", course.drug, course.what);
        spell(run, &what, course)
    });
    let withdrawn = course(run, Index::Withdrawal)
        .and_then(|course| spell(run, &format!("withdrawal of {}", course.drug), course));
    let lost = course(run, Index::Loss).filter(|course| {
        let [low, high] = course.above.as_slice() else {
            return false;
        };
        low.total_ms > LASTING_LOSS.as_millis() || high.from_ms.is_some()
    });
    let lost = lost.and_then(|course| {
        let what = format!("loss of effect ({}), share lost", course.what);
        spell(run, &what, course)
    });
    let mut found: Vec<(u64, String)> = [toxic, withdrawn, lost].into_iter().flatten().collect();
    found.sort_by_key(|(from_ms, _)| *from_ms);
    let mut lines: Vec<String> = found.into_iter().map(|(_, text)| text).collect();
    if lines.is_empty() {
        let [[toxic, _], [withdrawn, _]] = [EFFECT_THRESHOLDS, WITHDRAWAL_THRESHOLDS];
        lines.push(format!(
            "no toxic effect above {toxic}, no withdrawal above {withdrawn}, no lasting loss of effect beyond what was \
             ordered"
        ));
    }
    lines.extend(as_ordered(run));
    lines.extend(ordered_away(run));
    lines
}

/// Why what was ordered has the class that it has, where the patient fares otherwise or worse than by that.
fn as_ordered(run: &Run) -> Option<String> {
    let harm = &run.harm;
    let is_the_same = harm.class == harm.prescribed && harm.added == HarmClass::S0 && !adds(harm);
    if harm.prescribed == HarmClass::S0 || is_the_same {
        return None;
    }
    let peak = |index: Index, what: &str, [low, _]: [f64; 2], peak: f64| {
        let course = course(run, index).filter(|_| peak > low)?;
        let (drug, peak) = (&course.drug, fixed(peak, 3));
        Some(format!("{what} of {drug} above {low}, peak {peak}"))
    };
    let toxic = peak(
        Index::Toxicity,
        "toxic effect",
        EFFECT_THRESHOLDS,
        harm.prescribed_toxicity,
    );
    let withdrawn = peak(
        Index::Withdrawal,
        "withdrawal",
        WITHDRAWAL_THRESHOLDS,
        harm.prescribed_withdrawal,
    );
    let parts: Vec<String> = [toxic, withdrawn].into_iter().flatten().collect();
    let class = harm.prescribed;
    (!parts.is_empty()).then(|| format!("as ordered {class:?}: {}", parts.join("; ")))
}

/// Effect below this, where what was ordered gives no more either, is told: no loss counts it.
const LITTLE_EFFECT: f64 = EFFECT_THRESHOLDS[0];

/// An effect that went with what was ordered: a stop, a reduction, a minimum rate.
fn ordered_away(run: &Run) -> Option<String> {
    let (least, of) = run.harm.least_effect.zip(run.harm.least_effect_of)?;
    let what = &course(run, Index::Effect)?.what;
    (least < LITTLE_EFFECT && of < LITTLE_EFFECT).then(|| {
        let (least, of) = (fixed(least, 3), fixed(of, 3));
        format!("effect ({what}): down to {least}, as ordered to {of}")
    })
}

/// The time above a threshold.
fn above_in_words(above: &AboveRecord) -> String {
    let threshold = threshold(above);
    match above.from_ms {
        None => format!("above {threshold}: never"),
        Some(from_ms) => {
            let total = Millis::from_millis(above.total_ms);
            let from = at(from_ms);
            let episodes = match above.episodes {
                0 | 1 => String::new(),
                episodes => format!(" in {episodes} episodes"),
            };
            format!(
                "above {threshold}: first at {from}, {} in all{episodes}",
                total.spelled()
            )
        }
    }
}

/// Peak, what of it was added, and the time above each threshold.
pub(super) fn index_in_words(run: &Run, index: Index, added: f64) -> String {
    let Some(course) = course(run, index) else {
        return "not known".into();
    };
    let above: Vec<String> = course.above.iter().map(above_in_words).collect();
    let peak_at = match course.peak {
        peak if peak > 0.0 => format!(" at {}", at(course.peak_at_ms)),
        _ => String::new(),
    };
    format!(
        "peak {} (0 to 1){peak_at}, at most {} more than as ordered; {}",
        fixed(course.peak, 3),
        fixed(added, 3),
        above.join("; ")
    )
}

/// The wanted effect beside that of what was ordered.
pub(super) fn effect_in_words(run: &Run) -> String {
    let harm = &run.harm;
    let least = harm.least_effect.zip(harm.least_effect_of);
    let (Some(established), Some((least, of))) = (harm.established_at_ms, least) else {
        let peak = course(run, Index::Effect).filter(|course| course.peak > 0.0);
        let peak = peak.map_or("peak 0".into(), |course| {
            format!(
                "peak {} at {}",
                fixed(course.peak, 3),
                at(course.peak_at_ms)
            )
        });
        return format!("{peak}; loss not judged: no steady effect was established");
    };
    let lost = fixed(harm.effect_lost * 100.0, 1);
    let lost = if least < LITTLE_EFFECT && of < LITTLE_EFFECT {
        format!("it went with what was ordered, {lost} % of the effect lost beyond that")
    } else {
        format!("{lost} % of the effect lost")
    };
    format!(
        "lowest {} (0 to 1; as ordered: {}) from {} on; {lost}",
        fixed(least, 3),
        fixed(of, 3),
        at(established),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_sim::Harm;

    fn words(added: HarmClass, prescribed: HarmClass, class: HarmClass) -> String {
        added_in_words(&HarmRecord::of(&Harm {
            class,
            added,
            prescribed,
            ..Harm::default()
        }))
    }

    #[test]
    fn the_pump_added_none_only_where_it_added_nothing() {
        let harm = |added_toxicity| {
            HarmRecord::of(&Harm {
                class: HarmClass::S4,
                prescribed: HarmClass::S4,
                added_toxicity,
                ..Harm::default()
            })
        };
        assert!(added_in_words(&harm(0.001)).ends_with("the pump added none"));
        let some =
            "S4 as ordered, S4 as given; what pump or handling added passes no threshold by itself";
        assert_eq!(added_in_words(&harm(0.095)), some);
    }

    #[test]
    fn harm_is_of_what_was_ordered_or_not() {
        use HarmClass::{S0, S2, S3, S4};
        for (added, prescribed, class, text) in [
            (S0, S0, S0, "S0 as ordered"),
            (
                S0,
                S3,
                S3,
                "all of it from what was programmed and entered, right or wrong; the pump added none",
            ),
            // No lesser class of what was added: the harm is wholly added.
            (
                S3,
                S0,
                S4,
                "S0 as ordered, S4 as given: caused by pump or handling",
            ),
            (
                S2,
                S3,
                S3,
                "S3 as ordered, S3 as given; what pump or handling added is S2 by itself",
            ),
            (
                S0,
                S2,
                S3,
                "S2 as ordered, S3 as given: caused by pump or handling",
            ),
            // Without it the patient would have come to no harm, whatever it is by itself.
            (
                S0,
                S0,
                S2,
                "S0 as ordered, S2 as given: caused by pump or handling",
            ),
            (S2, S3, S2, "S3 as ordered, S2 as given"),
        ] {
            assert_eq!(words(added, prescribed, class), text);
        }
    }
}
