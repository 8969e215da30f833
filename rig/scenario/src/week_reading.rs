//! Times of the day, times of the week and days as people write them.

use thecal_plan::DAYS;
use thecal_text::clock_reading::{day_number, half_day};
use thecal_text::correction::Correction;
use thecal_text::number_reading::plain;

/// What may stand in place of a time of day.
pub(super) fn time_of_day(text: &str) -> Correction {
    let none = Correction::said("write hours and minutes with a colon, from 00:00 to 23:59");
    match minute(&plain(text)) {
        Some(minute) => none.or(clock(minute)),
        None => none,
    }
}

/// What may stand in place of a time of the week.
pub(super) fn time_of_week(text: &str) -> Correction {
    let none = Correction::said(
        "write a day from `Mon` to `Sun`, a blank, and hours and minutes with a colon",
    );
    let text = plain(text);
    let both = text.split_once([' ', ',']).and_then(|(first, rest)| {
        let rest = rest.trim_start_matches([' ', ',']);
        let day_first = day_number(first.trim_end_matches('.')).zip(minute(rest));
        day_first.or_else(|| {
            let (time, day) = text.rsplit_once(' ')?;
            day_number(day).zip(minute(time.trim_end_matches(',')))
        })
    });
    match both {
        Some((day, minute)) => {
            let day = usize::try_from(day).ok().and_then(|day| DAYS.get(day));
            day.map_or(none.clone(), |day| {
                none.or(format!("{day} {}", clock(minute)))
            })
        }
        None => none,
    }
}

/// What may stand in place of days of the week.
pub(super) fn days(text: &str) -> Correction {
    let names: Vec<String> = DAYS.iter().map(|day| day.to_lowercase()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["daily"]).collect();
    let none = Correction::of_names(&names);
    let lower = plain(text).to_lowercase();
    let whole = match lower.as_str() {
        "weekdays" | "weekday" | "working days" | "workdays" => Some("mon-fri".to_owned()),
        "weekend" | "weekends" => Some("sat,sun".to_owned()),
        "every day" | "everyday" | "all" | "all days" | "each day" => Some("daily".to_owned()),
        _ => list(&lower),
    };
    match whole {
        Some(whole) => none.or(whole),
        None => none,
    }
}

/// Days and spans of days, whatever is between.
fn list(text: &str) -> Option<String> {
    let text = text
        .replace(" to ", "-")
        .replace("..", "-")
        .replace(" and ", ",")
        .replace(" - ", "-");
    let parts = text.split([',', ';', '/', '&', '+', ' ']);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let short = |word: &str| {
        let day = usize::try_from(day_number(word.trim_end_matches('.'))?).ok()?;
        Some(DAYS.get(day)?.to_lowercase())
    };
    let written = parts.iter().map(|part| match part.split_once('-') {
        Some((first, last)) => Some(format!("{}-{}", short(first)?, short(last)?)),
        None => short(part),
    });
    let written: Vec<String> = written.collect::<Option<_>>()?;
    (!written.is_empty()).then(|| written.join(","))
}

/// The minute of the day of `7:00`, `0700`, `07.00`, `07h00`, `7 am`, `noon`.
fn minute(text: &str) -> Option<u64> {
    let text = text.trim();
    if matches!(text, "noon" | "midday") {
        return Some(720);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':');
    let (figures, suffix) = text.split_at(end.unwrap_or(text.len()));
    if let Some(minute) = half_day(figures, suffix.trim()) {
        return Some(minute);
    }
    let text = text.trim_end_matches(['h', ' ']);
    let groups: Vec<&str> = text.split([':', '.', 'h']).map(str::trim).collect();
    let (hour, minute) = match groups.as_slice() {
        [both] if both.len() == 4 && both.is_ascii() => both.split_at(2),
        [hour, minute] | [hour, minute, "00"] if (1..=2).contains(&hour.len()) => (*hour, *minute),
        _ => return None,
    };
    let number = |digits: &str, below: u64| {
        let is_plain = digits.bytes().all(|digit| digit.is_ascii_digit());
        let number: u64 = digits.parse().ok().filter(|_| is_plain)?;
        (number < below).then_some(number)
    };
    let two = minute.len() == 2;
    Some(number(hour, 24)? * 60 + number(minute, 60).filter(|_| two)?)
}

/// As the language writes it.
fn clock(minute: u64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_as_people_write_them() {
        for (written, right) in [
            ("7:00", "07:00"),
            ("0700", "07:00"),
            ("7.30", "07:30"),
            ("7h30", "07:30"),
            ("19:00 h", "19:00"),
            ("8 am", "08:00"),
            ("8:15 p.m.", "20:15"),
            ("08:00:00", "08:00"),
            ("noon", "12:00"),
        ] {
            assert_eq!(time_of_day(written).certain(), Some(right), "{written}");
        }
        for written in [
            "midnight", "12 am", "24:00", "25:00", "7", "soon", "08:00:30",
        ] {
            assert_eq!(time_of_day(written).certain(), None, "{written}");
        }
        for (written, right) in [
            ("Monday 8:00", "Mon 08:00"),
            ("08:00 Tue", "Tue 08:00"),
            ("wed, 14:20", "Wed 14:20"),
        ] {
            assert_eq!(time_of_week(written).certain(), Some(right), "{written}");
        }
        assert_eq!(time_of_week("08:00").certain(), None);
        for (written, right) in [
            ("weekdays", "mon-fri"),
            ("weekend", "sat,sun"),
            ("Monday-Friday", "mon-fri"),
            ("mon \u{2013} fri", "mon-fri"),
            ("mon to fri", "mon-fri"),
            ("mon/wed/fri", "mon,wed,fri"),
            ("every day", "daily"),
        ] {
            assert_eq!(days(written).certain(), Some(right), "{written}");
        }
        assert_eq!(days("mun").certain(), None);
    }
}
