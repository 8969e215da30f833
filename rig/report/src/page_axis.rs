//! The steps and labels of axes.

/// Readable steps of a time axis. Unit: second.
const STEPS_S: [f64; 22] = [
    1.0,
    5.0,
    10.0,
    30.0,
    60.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    432_000.0,
    864_000.0,
    1_728_000.0,
    2_592_000.0,
    5_184_000.0,
    8_640_000.0,
];

/// The smallest readable step that gives a time axis at most `count` steps.
pub(crate) fn time_step(until_s: f64, count: f64) -> f64 {
    STEPS_S
        .into_iter()
        .find(|step| until_s / step <= count)
        .unwrap_or_else(|| nice_step(until_s / count / 86_400.0) * 86_400.0)
}

/// Hours up to three days, then days; minutes if the step is that fine. The page's script has the
/// same rule.
pub(crate) fn tick_text(at_s: f64, step_s: f64, until_s: f64) -> String {
    let clock = |secs: f64| {
        let (hours, rest) = ((secs / 3_600.0).floor(), secs % 3_600.0);
        if step_s >= 60.0 {
            format!("{hours:02.0}:{:02.0}", rest / 60.0)
        } else {
            let minutes = (rest / 60.0).floor();
            format!("{hours:02.0}:{minutes:02.0}:{:02.0}", rest % 60.0)
        }
    };
    let days = (at_s / 86_400.0).floor();
    if step_s >= 86_400.0 && until_s > 259_200.0 {
        format!("{days:.0} d")
    } else if until_s > 259_200.0 {
        format!("{days:.0} d {}", clock(at_s % 86_400.0))
    } else if step_s >= 3_600.0 {
        format!("{:.0} h", at_s / 3_600.0)
    } else {
        clock(at_s)
    }
}

/// The next larger of 1, 2, 5 times a power of ten.
pub(crate) fn nice_step(least: f64) -> f64 {
    let mut power = 1.0;
    while power > least {
        power /= 10.0;
    }
    while power * 10.0 <= least {
        power *= 10.0;
    }
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|times| times * power)
        .find(|&step| step >= least)
        .unwrap_or(power * 10.0)
}

/// Decimals that a step of 1, 2 or 5 times a power of ten needs.
pub(crate) fn decimals(step: f64) -> usize {
    let (mut digits, mut step) = (0, step);
    while step < 0.99 && digits < 9 {
        step *= 10.0;
        digits += 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_written_in_the_unit_of_the_axis() {
        assert_eq!(tick_text(21_600.0, 21_600.0, 86_400.0), "6 h");
        assert_eq!(tick_text(5_400.0, 1_800.0, 7_200.0), "01:30");
        assert_eq!(tick_text(1_728_000.0, 864_000.0, 15_552_000.0), "20 d");
        assert_eq!(nice_step(0.03).to_bits(), 0.05_f64.to_bits());
        assert_eq!((decimals(0.05), decimals(20.0)), (2, 0));
    }
}
