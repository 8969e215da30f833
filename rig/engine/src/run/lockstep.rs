//! The lockstep: the rig controls time, the plant holds the truth, the pump sees only its pins.
//!
//! Next instant = the earliest of the pump's `wake_at`, the next act of the agenda, the next pin
//! event that the pump has armed, and its watchdog. Idle spans are skipped. A Reaction takes no
//! virtual time.
//!
//! A [`Run`] is a value: advance it to an instant, give it an act, fork it, advance it further. The
//! record is bit-identical however the run is divided into calls. Bench and observers are passed to
//! each call; between calls nothing is borrowed or open.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use thecal_engine::bench::Bench;
//! # use thecal_engine::programmer::Programmer;
//! # use thecal_engine::run::{Run, RunHooks};
//! # use thecal_plan::{Action, Scenario};
//! # use thecal_units::SimTime;
//! # fn twice(
//! #     scenario: Scenario,
//! #     mut bench: impl Bench,
//! #     people: Box<dyn Programmer>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let mut hooks = RunHooks::default();
//! let mut run = Run::start(Arc::new(scenario), people, &mut bench, &mut hooks)?;
//! run.advance_to(SimTime::from_millis(3_600_000), &mut bench, &mut hooks)?;
//! let (mut pressed, mut other) = (run.fork()?, bench.fork()?);
//! pressed.act(pressed.now(), &Action::Press { remote: 1 })?;
//! let with_bolus = pressed.finish(other.as_mut(), &mut hooks)?;
//! let without = run.finish(&mut bench, &mut hooks)?;
//! # Ok(()) }
//! ```

use super::history::RunHistory;
use super::history::Subject;
use super::hooks::{Attached, RunHooks, go_on};
use super::live::Moment;
use super::outcome::{RunError, RunFailure};
use super::state::Run;
use super::syringe::{WRONG_CONCENTRATION, wrong_concentration};
use super::trace_rows::Sampling;
use crate::bench::Bench;
use crate::programmer::Programmer;
use std::sync::Arc;
use thecal_link::{ResetCause, WakeReasons};
use thecal_plan::number::significant;
use thecal_plan::{Action, Scenario};
use thecal_units::{Millis, SimTime, real};

impl Run {
    /// Boots the pump and runs the implant session, at time zero. The scenario's acts at time zero
    /// are not yet done.
    ///
    /// # Errors
    ///
    /// [`RunFailure`] if the plant cannot be set up or the bench failed.
    pub fn start(
        scenario: Arc<Scenario>,
        programmer: Box<dyn Programmer>,
        bench: &mut dyn Bench,
        hooks: &mut RunHooks<'_>,
    ) -> Result<Self, RunFailure> {
        let mut run = Self::new(scenario, programmer).map_err(|error| RunFailure {
            at: SimTime::ZERO,
            exchanges: 0,
            after: None,
            error: error.into(),
        })?;
        let started = run.implant(&mut hooks.attach(bench));
        started.map_err(|error| run.failure(error))?;
        Ok(run)
    }

    /// A head that moves another volume than its pump counts is a hidden fault: no pump can sense it.
    fn hide_another_step_volume(&mut self) {
        let labelled_nl = real::Volume::from(self.step_volume).as_milliliters() * 1e6;
        let true_nl = self.config.pump.step_nl;
        if (true_nl - labelled_nl).abs() > 1e-6 * labelled_nl {
            self.events.hide(format!(
                "a step moves {} nL, not {} nL as the pump counts",
                significant(true_nl, 4),
                significant(labelled_nl, 4)
            ));
        }
    }

    /// Content that a pump cannot give but counts on is a hidden fault too.
    fn hide_a_residual_volume(&mut self) {
        let residual_ml = self.config.pump.residual_ml;
        if residual_ml > 0.0 {
            let ml = significant(residual_ml, 3);
            self.events
                .hide(format!("the pump cannot give its last {ml} mL"));
        }
    }

    /// A fill of another concentration than the therapy says is a hidden fault as well.
    fn hide_another_concentration(&mut self) {
        let filled = self.scenario.pump.concentration;
        let entered = self.scenario.therapy.map(|therapy| therapy.concentration);
        if let Some(entered) = entered.filter(|entered| *entered != filled) {
            self.events.hide(WRONG_CONCENTRATION);
            let what = wrong_concentration(filled, entered);
            self.events.note(self.plant.now(), Subject::Fault, what);
        }
    }

    fn implant(&mut self, attached: &mut Attached<'_>) -> Result<(), RunError> {
        self.recorder
            .set_concentration(self.people.programmed_concentration(), &self.plant.truth());
        let hello = self.boot(ResetCause::PowerOn, attached)?;
        self.step_volume = hello.step_volume;
        self.hide_another_step_volume();
        self.hide_a_residual_volume();
        self.hide_another_concentration();
        self.people
            .implant(&self.scenario.pump, self.scenario.therapy.as_ref());
        self.talk(attached)
    }

    /// Advances the run to `until`, at most to its end: everything due by then has happened. Does
    /// nothing if the run is already past `until`.
    ///
    /// # Errors
    ///
    /// [`RunFailure`] if the rig or the bench failed, or the run was cancelled.
    pub fn advance_to(
        &mut self,
        until: SimTime,
        bench: &mut dyn Bench,
        hooks: &mut RunHooks<'_>,
    ) -> Result<(), RunFailure> {
        let until = until.min(self.end());
        self.steps_to(until, &mut hooks.attach(bench))
            .map_err(|error| self.failure(error))
    }

    /// Adds an act at `at`, as a line at the end of the scenario's timeline would. At [`Self::now`]
    /// it comes after all other acts of this instant. After the end of the run acts are ignored.
    ///
    /// # Errors
    ///
    /// [`RunError::PastAct`] if the run is already past `at`.
    pub fn act(&mut self, at: SimTime, action: &Action) -> Result<(), RunError> {
        let now = self.now();
        if at < now {
            return Err(RunError::PastAct { at, now });
        }
        self.agenda.give(at, action.clone());
        Ok(())
    }

    /// Advances the run to its end, reads out the pump, and returns the record.
    ///
    /// # Errors
    ///
    /// [`RunFailure`] if the rig or the bench failed, or the run was cancelled. A pump that
    /// misbehaves is not an error; the record shows it.
    pub fn finish(
        mut self,
        bench: &mut dyn Bench,
        hooks: &mut RunHooks<'_>,
    ) -> Result<RunHistory, RunFailure> {
        let end = self.end();
        let attached = &mut hooks.attach(bench);
        let read = self.steps_to(end, attached).and_then(|()| {
            let read = self.read_out(attached)?;
            self.prove_bench(attached)?;
            self.rows.hand_over(attached);
            Ok(read)
        });
        let read = read.map_err(|error| self.failure(error))?;
        let (at, exchanges) = (self.now(), self.exchanges.count);
        let after = self.fault_state.corrupted_by();
        self.into_history(read).map_err(|error| RunFailure {
            at,
            exchanges,
            after,
            error: error.into(),
        })
    }

    /// Performs what is due by `until`, instant by instant.
    fn steps_to(&mut self, until: SimTime, attached: &mut Attached<'_>) -> Result<(), RunError> {
        while self.now() < until || self.agenda.next_at() <= until {
            self.step(until, attached)?;
        }
        Ok(())
    }

    /// Advances to the next instant at which something happens, not beyond `until`.
    fn step(&mut self, until: SimTime, attached: &mut Attached<'_>) -> Result<(), RunError> {
        let wake_at = if self.fault_state.can_react() {
            self.pump.wake_at
        } else {
            SimTime::NEVER
        };
        let scheduled = wake_at
            .min(self.agenda.next_at())
            .min(self.pump.watchdog_at)
            .min(self.fault_state.power_back_at())
            .min(until);
        let brown_out = self.next_brown_out(scheduled);
        let scheduled = brown_out.unwrap_or(scheduled).min(scheduled);
        let event = self.next_event(scheduled);
        let mut next = event.unwrap_or(scheduled).min(scheduled);
        self.wait(&mut next, attached)?;
        self.advance_plant(next, attached);
        attached.reached(next)?;
        while let Some(act) = self.agenda.take_due(next) {
            self.take_act(next, act, attached)?;
        }
        if brown_out == Some(next) && !self.fault_state.is_dark() {
            self.brown_out()?;
            return self.talk(attached);
        }
        if self.fault_state.power_back_at() <= next {
            self.power_up(attached)?;
            return self.talk(attached);
        }
        // A kick in the same millisecond as the deadline still counts.
        let woken =
            self.fault_state.can_react() && (self.pump.wake_at <= next || event == Some(next));
        if self.pump.watchdog_at <= next && (self.pump.hung || !woken) {
            let because = self.watchdog_because()?;
            self.reset(ResetCause::Watchdog, because, attached)?;
            // Commands sent at this instant reach the restarted pump.
            return self.talk(attached);
        }
        if !self.pump.hung && woken {
            let timer = if self.pump.wake_at <= next {
                WakeReasons::TIMER
            } else {
                WakeReasons::none()
            };
            self.exchange(timer, attached)?;
            // A pump changes its motor's rate only in an exchange: sampled here, growth is linear
            // between samples.
            self.sample(attached);
        }
        self.talk(attached)
    }

    /// The next armed pin event, if it comes before `scheduled`.
    ///
    /// An event caused by a Reaction at the same instant is seen 1 ms later, like a `wake_at` in
    /// the past: otherwise a pump that answers each missed pulse with another one due at once would
    /// stop time.
    fn next_event(&self, scheduled: SimTime) -> Option<SimTime> {
        if self.pump.hung || !self.fault_state.can_react() {
            return None;
        }
        let event = self.plant.next_pin_event(scheduled)?;
        let earliest = self
            .pump
            .woken_at
            .map_or(event, |woken| woken + Millis::from_millis(1));
        Some(event.max(earliest))
    }

    /// Waits for `next` if the run is paced. Someone who acts earlier moves `next` forward.
    fn wait(&mut self, next: &mut SimTime, attached: &mut Attached<'_>) -> Result<(), RunError> {
        let progress = attached.progress;
        let Some(live) = &mut attached.live else {
            return Ok(());
        };
        live.show(&self.plant.truth(), self.events.news()?);
        loop {
            go_on(progress)?;
            match live.wait(*next) {
                Moment::NotYet => {}
                Moment::Due => return Ok(()),
                // Never back in time, and never past what is due.
                Moment::Look(at) => {
                    *next = at.max(self.plant.now()).min(*next);
                    return Ok(());
                }
                Moment::Person(at, action) => {
                    *next = at.max(self.plant.now()).min(*next);
                    self.agenda.give(*next, action);
                    return Ok(());
                }
            }
        }
    }

    fn advance_plant(&mut self, next: SimTime, attached: &mut Attached<'_>) {
        let mut sampling = Sampling {
            recorder: &mut self.recorder,
            rows: &mut self.rows,
            attached,
        };
        self.prescription.until(next, &mut self.plant);
        self.plant.advance(next, &mut sampling);
    }
}
