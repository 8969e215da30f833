//! Keyboard control: typed commands become acts of people in the scenario.
//!
//! Common acts are one word; any other is a line of a timeline as in a scenario file, read by the
//! same parser, so that there is one grammar and one kind of error message.

use super::halts::Halts;
use super::say::say;
use std::io::{self, BufRead as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use thecal_engine::run::{Event, Live, Moment, Pace, Progress};
use thecal_plan::{Action, Request};
use thecal_scenario::parse;
use thecal_sim::Truth;
use thecal_units::SimTime;

/// What `help` prints.
pub(crate) const HELP: &str =
    "\x20 press            the patient presses remote 1; `press 2` remote 2
  stop, start      the clinician stops or starts the infusion
  interrogate      the clinician reads the status
  silence          the clinician silences the alarms
  status           what is true now
  quit             reset the pump and end
  or any line of a timeline: clinician-bolus = { dose = \"50 ug\", duration = \"5 min\" }";

/// Interval between automatic lines of status.
const STATUS_EVERY: Duration = Duration::from_secs(10);

/// A scenario with one line of timeline and otherwise only required fields.
const AROUND: &str = r#"title = "by hand"
seed = 1
duration = "1 h"
[patient]
tolerance = "chronic"
[pump]
drug = "morphine"
concentration = "2 mg/mL"
reservoir = "20 mL"
[[expect]]
name = "none"
never = "alarm.critical"
[[timeline]]
at = "1 s"
"#;

/// A typed command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Typed {
    /// An act in the scenario.
    Command(Action),
    /// Show the truth.
    Status,
    /// Show the commands.
    Help,
    /// End.
    Quit,
}

/// Parses one line.
///
/// # Errors
///
/// What is wrong with it, as text.
pub(crate) fn understand(line: &str) -> Result<Option<Typed>, String> {
    let line = line.trim();
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let text = match (word, rest.trim()) {
        ("", _) => return Ok(None),
        ("help" | "?", _) => return Ok(Some(Typed::Help)),
        ("status", _) => return Ok(Some(Typed::Status)),
        ("quit" | "exit" | "q", _) => return Ok(Some(Typed::Quit)),
        ("press", "") => "press = { remote = 1 }".to_owned(),
        ("press", remote) => format!("press = {{ remote = {remote} }}"),
        (word, "") if Request::plain(word).is_some() => format!("{word} = {{}}"),
        _ => line.to_owned(),
    };
    let file = format!("{AROUND}{text}\n");
    match parse("by hand", "by hand", &file) {
        Ok(scenario) => {
            let entry = scenario.timeline.into_iter().next();
            Ok(entry.map(|entry| Typed::Command(entry.action)))
        }
        Err(error) => Err(format!("{:?}", miette::Report::new(error))),
    }
}

/// A keyboard, a screen and a pace.
pub(crate) struct Operator {
    typed: Receiver<Typed>,
    pace: Pace,
    halts: Halts,
    progress: Arc<Progress>,
    asked: bool,
    shown: Option<Instant>,
}

impl Operator {
    /// Reads standard input on its own thread; `quit` ends the run. The end of the input does not:
    /// the keyboard may be unattended.
    ///
    /// # Errors
    ///
    /// System errors if the thread cannot be started.
    pub(crate) fn at_the_keyboard(
        pace: f64,
        halts: Halts,
        progress: Arc<Progress>,
    ) -> io::Result<Self> {
        let (sender, typed) = channel();
        std::thread::Builder::new()
            .name("keyboard".into())
            .spawn(move || {
                for line in io::stdin().lock().lines().map_while(Result::ok) {
                    match understand(&line) {
                        Ok(None) => {}
                        Ok(Some(typed)) => {
                            if sender.send(typed).is_err() {
                                return;
                            }
                        }
                        Err(wrong) => say(&format!("{wrong}\n`help` shows what may be typed")),
                    }
                }
            })?;
        Ok(Self {
            typed,
            pace: Pace::new(pace),
            halts,
            progress,
            asked: false,
            shown: None,
        })
    }
}

impl Live for Operator {
    fn wait(&mut self, due: SimTime) -> Moment {
        self.pace.postpone(self.halts.take_time());
        let wait = self.pace.until(due);
        let typed = match self.typed.recv_timeout(wait) {
            Ok(typed) => typed,
            Err(RecvTimeoutError::Timeout) => {
                return if self.pace.until(due).is_zero() {
                    Moment::Due
                } else {
                    Moment::NotYet
                };
            }
            Err(RecvTimeoutError::Disconnected) => return self.pace.wait(due),
        };
        match typed {
            Typed::Command(action) => return Moment::Person(self.pace.now(), action),
            Typed::Status => self.asked = true,
            Typed::Help => say(HELP),
            Typed::Quit => self.progress.cancelled.store(true, Ordering::Relaxed),
        }
        if self.asked {
            return Moment::Look(self.pace.now());
        }
        Moment::NotYet
    }

    fn show(&mut self, truth: &Truth, news: &[Event]) {
        for one in news {
            say(&format!(
                "{:>16}  {:<9}  {}",
                one.at.to_string(),
                one.subject.name(),
                one.what
            ));
        }
        let due = self
            .shown
            .is_none_or(|shown| shown.elapsed() >= STATUS_EVERY);
        if std::mem::take(&mut self.asked) || due {
            self.shown = Some(Instant::now());
            say(&status(truth));
        }
    }
}

/// The truth in one line.
fn status(truth: &Truth) -> String {
    format!(
        "{:>16}  {:<9}  {} steps moved, reservoir {:.3} mL, infused {:.4} mL, tip {:.3} ug/mL, effect {:.0} %",
        truth.at.to_string(),
        "truth",
        truth.steps_moved,
        truth.reservoir.as_milliliters(),
        truth.infused_volume.as_milliliters(),
        truth.tip.as_ug_per_ml(),
        truth.effect * 100.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_units::{Mass, Millis};

    #[test]
    fn words_and_lines_of_a_timeline_are_understood() {
        for (line, wanted) in [
            ("press", Typed::Command(Action::Press { remote: 1 })),
            (" press 2 ", Typed::Command(Action::Press { remote: 2 })),
            ("stop", Typed::Command(Action::Ask(Request::Stop))),
            (
                "read-alarms",
                Typed::Command(Action::Ask(Request::ReadAlarms)),
            ),
            ("status", Typed::Status),
            ("q", Typed::Quit),
            (
                "clinician-bolus = { dose = \"50 ug\", duration = \"5 min\" }",
                Typed::Command(Action::Ask(Request::ClinicianBolus {
                    dose: Mass::from_nanograms(50_000),
                    duration: Millis::from_secs(300),
                })),
            ),
        ] {
            assert_eq!(understand(line), Ok(Some(wanted)), "{line}");
        }
        assert_eq!(understand("  "), Ok(None));
    }

    #[test]
    fn what_is_not_understood_is_told_as_in_a_scenario_file() {
        let wrong = understand("clinician-bolus = { dose = \"50\", duration = \"5 min\" }");
        assert!(wrong.unwrap_err().contains("unit"));
        assert!(understand("give more").is_err());
        // A second table cannot be inserted.
        assert!(understand("stop = {}, start = {}").is_err());
    }
}
