//! Facts in a log, and what it cannot show.

use super::{Entry, in_days};
use crate::entries::log_kind;
use crate::words::{left_out, log_text};
use std::collections::BTreeMap;
use thecal_plan::LogKind;
use thecal_telemetry::LogCode;
use thecal_units::{Millis, PumpTime};

/// A span without motor movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    /// When it was detected.
    pub from: PumpTime,
    /// When the motor moved again; `None`: not within the log.
    pub until: Option<PumpTime>,
}

/// Facts in a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How often each code occurs, in order of the codes.
    pub counts: BTreeMap<LogCode, usize>,
    /// Gaps between entries: the first and the last missing index.
    pub gaps: Vec<(u32, u32)>,
    /// Resets, except the first power-on.
    pub resets: Vec<(PumpTime, LogCode)>,
    /// Stalls of the motor.
    pub stalls: Vec<Stall>,
    /// Patient boluses granted.
    pub granted: usize,
    /// Denials that are logged: the first after each grant.
    pub denials: usize,
    /// Clock jumps.
    pub jumps: usize,
    /// Entries that the pump counted instead of making them, by code.
    pub left_out: BTreeMap<LogCode, u32>,
    /// Index of the first entry; `None` if there is none.
    pub first: Option<u32>,
    /// Whether an entry is earlier than its predecessor.
    pub runs_backwards: bool,
}

impl Summary {
    /// The summary of these entries, which are in order.
    #[must_use]
    pub fn of(entries: &[Entry]) -> Self {
        let mut summary = Self {
            first: entries.first().map(|entry| entry.index),
            ..Self::default()
        };
        let mut before: Option<&Entry> = None;
        for entry in entries {
            *summary.counts.entry(entry.code).or_default() += 1;
            if let Some(before) = before {
                if entry.index > before.index + 1 {
                    summary.gaps.push((before.index + 1, entry.index - 1));
                }
                summary.runs_backwards |= entry.at < before.at;
            }
            summary.count(entry);
            before = Some(entry);
        }
        summary
    }

    fn count(&mut self, entry: &Entry) {
        if let Some((code, count)) = left_out(entry.code, entry.argument) {
            let sum = self.left_out.entry(code).or_default();
            *sum = sum.saturating_add(count);
        }
        match log_kind(entry.code) {
            LogKind::PowerOn if entry.index == 0 => {}
            kind if kind == LogKind::PowerOn || kind.is_reset() => {
                self.resets.push((entry.at, entry.code));
            }
            LogKind::MotorStall => self.stalls.push(Stall {
                from: entry.at,
                until: None,
            }),
            LogKind::StallRecovery => {
                let open = self.stalls.iter_mut().filter(|stall| stall.until.is_none());
                for stall in open {
                    stall.until = Some(stall.from + Millis::MINUTE.times(entry.argument.into()));
                }
            }
            LogKind::BolusGranted => self.granted += 1,
            LogKind::BolusDenied => self.denials += 1,
            LogKind::ClockJump => self.jumps += 1,
            _ => {}
        }
    }

    /// The summary as text, one fact per line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let counts = self.counts.iter();
        let counts = counts.map(|(code, count)| format!("{count:>6}  {}", log_text(*code)));
        lines.extend(counts);
        lines.push(String::new());
        for (at, code) in &self.resets {
            lines.push(format!("reset at {}: {}", in_days(*at), log_text(*code)));
        }
        for stall in &self.stalls {
            let from = in_days(stall.from);
            lines.push(match stall.until {
                Some(until) => format!(
                    "stall at {from}, the motor has kept turning since {} later",
                    until.since(stall.from)
                ),
                None => format!("stall at {from}, no recovery proven within the log"),
            });
        }
        let (granted, denials) = (self.granted, self.denials);
        lines.push(format!(
            "patient boluses granted: {granted}; denials logged: {denials}"
        ));
        lines.push(String::new());
        lines.extend(
            self.unknown()
                .into_iter()
                .map(|what| format!("not known: {what}")),
        );
        lines
    }

    /// What the log cannot show, as text.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        let mut unknown = Vec::new();
        match self.first {
            None => unknown.push("anything: the log is empty".to_owned()),
            Some(0) => {}
            Some(first) => unknown.push(format!(
                "what was before entry {first}: the oldest entries are overwritten"
            )),
        }
        for &(first, last) in &self.gaps {
            unknown.push(if first == last {
                format!("entry {first}: damaged, or lost with the power")
            } else {
                format!("entries {first} to {last}: damaged, or lost with the power")
            });
        }
        for (code, count) in &self.left_out {
            unknown.push(format!(
                "the instants of {count} of the kind \"{}\", other than that each was within the day before its count",
                log_text(*code)
            ));
        }
        if self.denials > 0 {
            unknown.push(
                "how many requests were denied: after a grant or a reset only the first for each reason is logged"
                    .into(),
            );
        }
        if !self.resets.is_empty() {
            unknown.push(
                "how long the pump was off at each reset, other than by its own clock".to_owned(),
            );
        }
        if self.jumps > 0 {
            unknown.push(format!(
                "the time to better than {} after a jump of the clock",
                Millis::MINUTE.times(2)
            ));
        }
        if self.runs_backwards {
            unknown.push("the order of instants: some lie before those of earlier entries".into());
        }
        unknown.push("what was delivered: the pump counts steps, not drug".into());
        unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(index: u32, minute: u64, code: LogCode, argument: u32) -> Entry {
        Entry {
            index,
            at: PumpTime::from_millis(minute * 60_000),
            code,
            argument,
        }
    }

    #[test]
    fn it_counts_gaps_resets_stalls_and_boluses() {
        let summary = Summary::of(&[
            entry(0, 0, LogCode::PowerOn, 0),
            entry(1, 5, LogCode::MotorStall, 8),
            entry(2, 6, LogCode::BolusDenied, 2),
            entry(5, 30, LogCode::StallRecovery, 25),
            entry(6, 40, LogCode::PowerOn, 0),
            entry(7, 41, LogCode::BolusGranted, 1),
            entry(9, 90, LogCode::MotorStall, 8),
            entry(10, 91, LogCode::LeftOut, 22 << 24 | 300),
        ]);
        assert_eq!(summary.gaps, [(3, 4), (8, 8)]);
        assert_eq!(summary.resets.len(), 1, "the first power-on is none");
        let over = summary.stalls.iter().map(|stall| stall.until.is_some());
        assert_eq!(over.collect::<Vec<bool>>(), [true, false]);
        assert_eq!((summary.granted, summary.denials), (1, 1));
        assert!(!summary.runs_backwards);
        let unknown = summary.unknown().join("\n");
        assert!(unknown.contains("entries 3 to 4") && unknown.contains("denied"));
        assert!(
            unknown.contains("300 of the kind \"clock jump\""),
            "{unknown}"
        );
    }

    #[test]
    fn a_log_whose_beginning_is_overwritten_says_so() {
        let summary = Summary::of(&[entry(77, 0, LogCode::Started, 0)]);
        assert!(summary.unknown()[0].contains("before entry 77"));
        assert_eq!(Summary::of(&[]).unknown()[0], "anything: the log is empty");
    }
}
