//! Spans and instants in clock notation: `14:20`, `1:30:00`, `2 pm`, `PT1H30M`.

use super::correction::Correction;
use super::unit::Kind;
use thecal_units::Millis;

const DAY_MIN: u64 = 1_440;
const FROM_POWER_ON: &str = " Times count from the first power-on, not by the clock";

/// The possible meanings of a text that looks like a clock; `None` if it does not.
///
/// An instant counts from the first power-on; `starts` is the time of the week then, if it is
/// known.
pub(crate) fn correction(
    text: &str,
    is_instant: bool,
    starts: Option<Millis>,
) -> Option<Correction> {
    let none = Correction::of_quantity(Kind::Duration).of_the_number(true);
    if let Some(span) = iso(text) {
        return Some(none.or(span.spelled().to_string()));
    }
    let (day, time) = day_of(text);
    // `14h20` is a time of day in French, and can be a span as well.
    let french = time.replacen('h', ":", 1);
    let is_french = french.split_once(':').is_some_and(|(hour, minute)| {
        let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        is_instant && time.contains('h') && digits(hour) && digits(minute) && minute.len() == 2
    });
    let (figures, suffix) = split_suffix(if is_french { &french } else { time });
    if let Some(minute) = half_day(figures, suffix) {
        return Some(by_the_clock(none, (text, is_instant), day, minute, starts));
    }
    let groups: Vec<u64> = figures
        .split(':')
        .map(|group| group.parse().ok().filter(|_| group.len() <= 3))
        .collect::<Option<_>>()?;
    let is_small = groups.iter().skip(1).all(|group| *group < 60);
    if !is_small || !(2..=3).contains(&groups.len()) {
        return None;
    }
    let seconds = |all: &[u64]| all.iter().fold(0, |sum, group| sum * 60 + group);
    let span = |seconds| Millis::from_secs(seconds).spelled().to_string();
    let short = seconds(&groups);
    let long = short * 60;
    match (groups.len(), suffix.to_lowercase().as_str()) {
        _ if day.is_some() => {
            let minute = groups[0] * 60 + groups[1];
            Some(by_the_clock(none, (text, is_instant), day, minute, starts))
        }
        (3, "" | "h" | "hr" | "hrs" | "hours") => {
            let note = if is_instant { FROM_POWER_ON } else { "" };
            Some(none.or(span(short)).noting(note))
        }
        (2, "h" | "hr" | "hrs" | "hour" | "hours") => Some(none.or(span(long))),
        (2, "min" | "mins" | "minutes") => Some(none.or(span(short))),
        (2, "") if is_instant => Some(instant(none, text, Millis::from_secs(long), starts)),
        (2, "") => Some(none.or(span(long)).or(span(short)).asking(format!(
            "`{text}` is hours and minutes or minutes and seconds"
        ))),
        _ => None,
    }
}

/// An instant such as `14:20`: that long after power-on, or the time of day.
fn instant(none: Correction, text: &str, span: Millis, starts: Option<Millis>) -> Correction {
    let minute = span.as_millis() / 60_000;
    let Some(starts) = starts else {
        return none.or(span.spelled().to_string()).asking(format!(
            "times count from the first power-on; if `{text}` is that long after it"
        ));
    };
    let by_clock = minute_after(minute, starts);
    if minute >= DAY_MIN || by_clock == span {
        return none.or(span.spelled().to_string()).noting(FROM_POWER_ON);
    }
    none.or(span.spelled().to_string()).or(by_clock.spelled().to_string()).asking(format!(
        "times count from the first power-on: `{text}` is that long after it, or that time on the clock, which `starts` sets"
    ))
}

/// The instant for a time of day; the writer has to be asked.
fn by_the_clock(
    none: Correction,
    (text, is_instant): (&str, bool),
    day: Option<u64>,
    minute: u64,
    starts: Option<Millis>,
) -> Correction {
    let Some(starts) = starts.filter(|_| is_instant) else {
        return none.because(if is_instant {
            "times count from the first power-on, not by the clock"
        } else {
            "write how long it takes: a time of day is no span"
        });
    };
    let span = match day {
        None => minute_after(minute, starts),
        Some(day) => {
            let week = 7 * DAY_MIN;
            let begins = starts.as_millis() / 60_000;
            Millis::MINUTE.times((day * DAY_MIN + minute + week - begins % week) % week)
        }
    };
    none.or(span.spelled().to_string()).asking(format!(
        "times count from the first power-on, not by the clock; for the first {text} of the run"
    ))
}

/// Time from power-on until this minute of the day first comes.
fn minute_after(minute: u64, starts: Millis) -> Millis {
    let begins = starts.as_millis() / 60_000 % DAY_MIN;
    Millis::MINUTE.times((minute + DAY_MIN - begins) % DAY_MIN)
}

/// The leading day of the week, counted from Monday, and the rest.
fn day_of(text: &str) -> (Option<u64>, &str) {
    let Some((word, rest)) = text.split_once([' ', ',']) else {
        return (None, text);
    };
    let day = day_number(word.trim_end_matches('.'));
    match day {
        Some(day) => (Some(day), rest.trim_start_matches([' ', ','])),
        None => (None, text),
    }
}

/// The number of a day of the week, from Monday: `Mon`, `tues` or `Wednesday`.
#[must_use]
pub fn day_number(word: &str) -> Option<u64> {
    const LONG: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let lower = word.to_lowercase();
    let day = LONG
        .iter()
        .position(|long| lower.len() >= 3 && is_cut(&lower, long));
    day.and_then(|day| u64::try_from(day).ok())
}

/// Whether a word abbreviates a day: `tues`, `weds`, `thurs`.
fn is_cut(word: &str, day: &str) -> bool {
    day.starts_with(word) || (word == "weds" && day == "wednesday")
}

fn split_suffix(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != ':')
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

/// The minute of the day of `2 pm` and `2:20 pm`. Twelve is ambiguous and not read.
#[must_use]
pub fn half_day(figures: &str, suffix: &str) -> Option<u64> {
    let afternoon = match suffix.to_lowercase().replace('.', "").as_str() {
        "am" => false,
        "pm" => true,
        _ => return None,
    };
    let (hour, minute) = figures.split_once(':').unwrap_or((figures, "0"));
    let hour: u64 = hour.parse().ok().filter(|hour| (1..12).contains(hour))?;
    let minute: u64 = minute.parse().ok().filter(|minute| *minute < 60)?;
    Some((hour + if afternoon { 12 } else { 0 }) * 60 + minute)
}

/// A span of ISO 8601, without years and months, which have no fixed length.
fn iso(text: &str) -> Option<Millis> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let mut sum = Millis::ZERO;
    let mut parts = 0;
    for (part, units) in [
        (date, &[('W', 7 * 86_400), ('D', 86_400)][..]),
        (time, &[('H', 3_600), ('M', 60), ('S', 1)][..]),
    ] {
        let mut rest = part;
        let mut units = units.iter();
        while let Some(end) = rest.find(|c: char| !c.is_ascii_digit()) {
            let unit = rest[end..].chars().next()?;
            let (_, size) = units.find(|(known, _)| *known == unit)?;
            let count: u64 = rest[..end].parse().ok().filter(|_| end <= 6)?;
            sum += Millis::from_secs(count * size);
            rest = &rest[end + 1..];
            parts += 1;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    (parts > 0).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, starts: Option<Millis>) -> Option<String> {
        correction(text, true, starts).map(|correction| correction.to_string())
    }

    #[test]
    fn an_instant_counts_from_power_on() {
        let midnight = Some(Millis::ZERO);
        assert_eq!(
            said("14:20", midnight).unwrap(),
            "did you mean `14 h 20 min`? Times count from the first power-on, not by the clock"
        );
        let morning = Some(Millis::HOUR.times(8));
        let both = correction("14:20", true, morning).unwrap();
        assert_eq!(both.certain(), None);
        assert!(
            both.to_string()
                .ends_with("write `14 h 20 min` or `6 h 20 min`")
        );
        let unknown = correction("14:20", true, None).unwrap();
        assert_eq!(unknown.certain(), None);
        assert!(unknown.to_string().ends_with("write `14 h 20 min`"));
        let early = correction("06:00", true, morning).unwrap().to_string();
        assert!(early.ends_with("write `6 h` or `22 h`"), "{early}");
    }

    #[test]
    fn a_span_with_one_colon_is_asked_for() {
        let both = correction("1:30", false, None).unwrap();
        assert_eq!(both.certain(), None);
        assert!(
            both.to_string()
                .ends_with("write `1 h 30 min` or `1 min 30 s`")
        );
        let whole = correction("1:30:05", false, None).unwrap();
        assert_eq!(whole.certain(), Some("1 h 30 min 5 s"));
        assert_eq!(
            correction("1:30 h", false, None).unwrap().certain(),
            Some("1 h 30 min")
        );
        assert_eq!(
            correction("PT1H30M", false, None).unwrap().certain(),
            Some("1 h 30 min")
        );
        assert_eq!(
            correction("P2D", false, None).unwrap().certain(),
            Some("2 d")
        );
        assert_eq!(correction("1:75", false, None), None);
        assert_eq!(correction("P1M", false, None), None);
    }

    #[test]
    fn a_time_of_day_is_never_put_in_place_unasked() {
        let afternoon = correction("2 pm", true, Some(Millis::ZERO));
        assert_eq!(afternoon.unwrap().certain(), None);
        let tuesday = correction("Tue 14:20", true, Some(Millis::ZERO)).unwrap();
        assert!(
            tuesday.to_string().ends_with("write `38 h 20 min`"),
            "{tuesday}"
        );
    }
}
