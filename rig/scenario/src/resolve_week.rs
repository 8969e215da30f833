//! Times of day, days and times of the week, as a clinic writes them.

use super::mistake::ScenarioMistake;
use super::reader::Reader;
use super::week_reading;
use thecal_plan::DAYS;
use thecal_text::reader::Text;
use thecal_units::Millis;

const DAILY: &str = "daily";
const EVERY_DAY: u8 = 0x7f;

/// Days as bits, Monday lowest: `daily`, or days and spans of days with commas between.
pub(super) fn days(text: &Text, reader: &mut Reader<'_>) -> Option<u8> {
    let mut bits = 0;
    for part in text.get_ref().split(',') {
        let part = part.trim();
        bits |= match part.split_once('-') {
            _ if part.eq_ignore_ascii_case(DAILY) => EVERY_DAY,
            None => 1 << day(part, text, reader)?,
            Some((first, last)) => {
                let first = day(first.trim(), text, reader)?;
                let last = day(last.trim(), text, reader)?;
                // A span may go over the weekend: `fri-mon`.
                let length = (last + 7 - first) % 7;
                (0..=length).fold(0, |bits, nth| bits | 1 << ((first + nth) % 7))
            }
        };
    }
    Some(bits)
}

fn day(name: &str, text: &Text, reader: &mut Reader<'_>) -> Option<u8> {
    let found = number_of(name);
    if found.is_none() {
        reader.report(ScenarioMistake::UnknownChoice {
            what: "day",
            written: name.to_owned(),
            correction: week_reading::days(text.get_ref()),
            at: text.span().into(),
        });
    }
    found
}

/// The day with this name, from Monday, however it is capitalized.
fn number_of(name: &str) -> Option<u8> {
    let mut known = (0..).zip(DAYS);
    let day = known.find(|(_, known)| known.eq_ignore_ascii_case(name));
    day.map(|(day, _)| day)
}

/// Minute of the day, of such as `07:00`.
pub(super) fn time_of_day(text: &Text, reader: &mut Reader<'_>) -> Option<u16> {
    let minute = minute_of_day(text.get_ref());
    if minute.is_none() {
        reader.report(ScenarioMistake::NoTimeOfWeek {
            written: text.get_ref().clone(),
            of: "day",
            at: text.span().into(),
            correction: week_reading::time_of_day(text.get_ref()),
        });
    }
    minute
}

/// Time since Monday 0:00, of such as `Mon 08:00`.
pub(super) fn time_of_week(text: &Text, reader: &mut Reader<'_>) -> Option<Millis> {
    let written = text.get_ref();
    let read = written.trim().split_once(' ').and_then(|(name, time)| {
        let day = number_of(name)?.into();
        let minute = u64::from(minute_of_day(time)?);
        Some(Millis::DAY.times(day) + Millis::MINUTE.times(minute))
    });
    if read.is_none() {
        reader.report(ScenarioMistake::NoTimeOfWeek {
            written: written.clone(),
            of: "week",
            at: text.span().into(),
            correction: week_reading::time_of_week(written),
        });
    }
    read
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |digits: &str, below: u16| {
        let plain = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number: u16 = digits.parse().ok().filter(|_| plain)?;
        (number < below).then_some(number)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}
