//! The recorder: turns plant ticks and exchanges into the signals that expectations name.

use super::course::Courses;
use super::delivery::{Delivery, Sample, commanded_ug};
use super::plots::Plots;
use super::series::Cumulative;
use super::shown::{EnteredNow, Shown};
use super::windows::Trailing;
use crate::verdict::Watches;
use thecal_link::Tone;
use thecal_plan::number::format_value;
use thecal_plan::{Basal, Dimension, Signal, Therapy, WEEK};
use thecal_sim::Truth;
use thecal_units::real::{Concentration as RealConcentration, Volume as RealVolume};
use thecal_units::{Concentration, Millis, SimTime, Volume};

/// An alarm tone; while it is repeated in time it counts as sounding.
#[derive(Clone, Copy, Debug)]
struct Sounding {
    until: SimTime,
}

#[derive(Clone, Debug)]
pub(super) struct Recorder {
    /// The expectations, which receive the signals they name.
    pub(super) watches: Watches,
    pub(super) delivery: Delivery,
    pub(super) primed: Cumulative,
    pub(super) shown: Shown,
    pub(super) plots: Plots,
    pub(super) courses: Courses,
    /// What was aspirated and what was injected at the catheter's access port. Unit: mL.
    pub(super) port_ml: [f64; 2],
    step_volume: Volume,
    concentration: Concentration,
    steps_counted: u64,
    steps_primed: u64,
    /// Drug that these counted for, which is no dose yet.
    primed_fg: u128,
    commanded_fg: u128,
    /// Steps remaining of a priming bolus.
    priming: u64,
    /// The priming and bridge bolus under way: its volume, and since when.
    under_way: [Option<(Volume, SimTime)>; 2],
    /// Those that have ended, by their steps: when seen, and in words.
    pub(super) ended: Vec<(SimTime, String)>,
    /// Steps of old drug remaining of a bridge bolus, and the concentration of the old drug.
    bridging: (u64, Concentration),
    critical: Sounding,
    non_critical: Sounding,
    /// The windows of the signals that expectations name.
    windows: Vec<(Signal, TotalOf, Trailing)>,
    /// The lowest supply since the last sample. Unit: V.
    lowest_supply: Option<f64>,
    /// The volume entered at the last fill, and that commanded until then. Unit: mL.
    filled_ml: f64,
    commanded_at_fill_ml: f64,
}

/// The total that a signal over a sliding window is taken of, and the length of the window.
fn window_of(signal: Signal) -> Option<(TotalOf, Millis)> {
    let total = if signal.is_true() {
        TotalOf::Infused
    } else {
        TotalOf::Commanded
    };
    Some((total, signal.window()?))
}

#[derive(Clone, Copy, Debug)]
enum TotalOf {
    Commanded,
    Infused,
}

impl Recorder {
    /// For a run that begins with this fill entered.
    pub(super) fn new(watches: Watches, plots: Plots, fill: Volume) -> Self {
        let silent = Sounding {
            until: SimTime::ZERO,
        };
        let wanted = Signal::ALL.iter().filter(|signal| watches.want(**signal));
        let windows = wanted.filter_map(|&signal| {
            let (total, window) = window_of(signal)?;
            Some((signal, total, Trailing::new(window)))
        });
        Self {
            windows: windows.collect(),
            watches,
            delivery: Delivery::default(),
            primed: Cumulative::default(),
            shown: Shown::default(),
            plots,
            courses: Courses::default(),
            port_ml: [0.0; 2],
            step_volume: Volume::ZERO,
            concentration: Concentration::ZERO,
            steps_counted: 0,
            steps_primed: 0,
            primed_fg: 0,
            commanded_fg: 0,
            priming: 0,
            under_way: [None; 2],
            ended: Vec::new(),
            bridging: (0, Concentration::ZERO),
            critical: silent,
            non_critical: silent,
            lowest_supply: None,
            filled_ml: RealVolume::from(fill).as_milliliters(),
            commanded_at_fill_ml: 0.0,
        }
    }

    pub(super) const fn set_step_volume(&mut self, step_volume: Volume) {
        self.step_volume = step_volume;
    }

    /// From now on steps count at this concentration, but those of a bridge; earlier steps keep theirs
    /// (REQ-THE-044).
    pub(super) fn set_concentration(&mut self, concentration: Concentration, truth: &Truth) {
        self.count_steps(truth);
        self.concentration = concentration;
    }

    /// From now on steps count at concentration `to`, after a volume `behind` of the old drug has
    /// moved. Of the same concentration there is nothing to bridge (REQ-THE-042).
    pub(super) fn bridge(&mut self, behind: Volume, to: Concentration, truth: &Truth) {
        let old = self.concentration;
        self.set_concentration(to, truth);
        // The same drug once more is no old drug.
        if old != to {
            self.bridging = (behind.whole_parts(self.step_volume), old);
            self.under_way[1] = Some((behind, truth.at));
        }
    }

    /// Something was entered: `filled`, if that was a fill.
    pub(super) fn entered(&mut self, therapy: &Therapy, filled: Option<Volume>, truth: &Truth) {
        if let Some(volume) = filled {
            self.count_steps(truth);
            self.filled_ml = RealVolume::from(volume).as_milliliters();
            self.commanded_at_fill_ml = self.shown.commanded_ml;
            self.shown.entered.reservoir_ml = self.filled_ml;
        }
        let week = Basal::of(therapy, Millis::ZERO, Millis::ZERO);
        let week_ug = week.dose_ug(SimTime::ZERO, SimTime::ZERO + WEEK);
        self.shown.entered = EnteredNow {
            reservoir_ml: self.shown.entered.reservoir_ml,
            concentration_ug_per_ml: RealConcentration::from(therapy.concentration).as_ug_per_ml(),
            catheter_ml: RealVolume::from(therapy.catheter).as_milliliters(),
            ug_per_day: week_ug / 7.0,
        };
    }

    /// From now on steps are not counted as dose, up to this volume.
    pub(super) fn prime(&mut self, volume: Volume, truth: &Truth) {
        self.count_steps(truth);
        self.count_primed(truth.at);
        self.priming = volume.whole_parts(self.step_volume) + 1;
        self.under_way[0] = Some((volume, truth.at));
    }

    /// Drug moved by priming boluses, at the programmed concentration. Unit: ug.
    pub(super) fn primed_ug(&self) -> f64 {
        commanded_ug(self.primed_fg)
    }

    /// From now on steps count as dose again.
    pub(super) fn end_priming(&mut self, truth: &Truth) {
        self.count_steps(truth);
        self.priming = 0;
        self.under_way[0] = None;
    }

    /// Notes that a priming or bridge bolus has moved all its steps; a step that is not whole may remain of
    /// a priming bolus.
    fn note_ends(&mut self, at: SimTime) {
        let ends = [
            ("priming bolus", self.priming <= 1),
            ("bridge bolus", self.bridging.0 == 0),
        ];
        for ((what, is_over), under_way) in ends.into_iter().zip(&mut self.under_way) {
            if let Some((volume, since)) = under_way.take_if(|_| is_over) {
                let volume = RealVolume::from(volume).as_milliliters();
                let volume = format_value(volume, Dimension::Volume);
                let took = at.since(since).spelled();
                let what = format!("{what} of {volume} ends after {took}, by its steps");
                self.ended.push((at, what));
            }
        }
    }

    /// A tone starts; it counts as sounding until its next repetition is overdue.
    pub(super) fn tone(&mut self, now: SimTime, tone: Tone, interval: Millis) {
        let sounding = match tone {
            Tone::Silent => return,
            Tone::Single => &mut self.non_critical,
            Tone::TwoTone => &mut self.critical,
        };
        // A repetition may be 1 s late: the pump rounds to its own ticks.
        sounding.until = now + interval + Millis::SECOND;
        let (signal, shown) = match tone {
            Tone::TwoTone => (Signal::AlarmCritical, &mut self.shown.critical),
            Tone::Silent | Tone::Single => (Signal::AlarmNonCritical, &mut self.shown.non_critical),
        };
        *shown = true;
        self.store(signal, now, 1.0);
    }

    /// Records the lowest supply that the pins have shown.
    pub(super) fn supply_fell_to(&mut self, millivolts: u16) {
        let volts = f64::from(millivolts) / 1e3;
        let lowest = self.lowest_supply.map_or(volts, |lowest| lowest.min(volts));
        self.lowest_supply = Some(lowest);
    }

    /// Records the state of this instant: after an exchange, after a reset, or at a tick.
    pub(super) fn sample(&mut self, truth: &Truth) {
        let now = truth.at;
        self.count_steps(truth);
        self.end_alarms(now);
        let shown = &self.shown;
        self.watches
            .sample(now, |signal| value(signal, truth, shown));
        self.courses.sample(truth);
        self.plots.sample(truth, &self.shown);
        if let Some(volts) = self.lowest_supply.take() {
            self.plots.low_supply(volts);
        }
    }

    fn count_steps(&mut self, truth: &Truth) {
        let steps = truth.steps_moved - self.steps_counted;
        self.steps_counted = truth.steps_moved;
        let priming = steps.min(self.priming);
        self.priming -= priming;
        self.steps_primed += priming;
        // A priming bolus moves the old drug of a bridge as well.
        let primed_fg = self.drug_fg(priming);
        let dose_fg = self.drug_fg(steps - priming);
        self.commanded_fg += dose_fg;
        self.note_ends(truth.at);
        let total = self.step_volume.times(truth.steps_moved);
        self.shown.commanded_ml = RealVolume::from(total).as_milliliters();
        // The last step, which is not whole, is driven too.
        let since_ml = self.shown.commanded_ml - self.commanded_at_fill_ml;
        self.shown.counted_ml = (self.filled_ml - since_ml).max(0.0);
        if priming > 0 {
            self.primed_fg += primed_fg;
            self.count_primed(truth.at);
        }
        let sample = Sample {
            at: truth.at,
            moved: truth.steps_moved,
            commanded_fg: self.commanded_fg,
            infused_ug: truth.dose_infused.as_micrograms(),
        };
        self.shown.commanded_ug = commanded_ug(sample.commanded_fg);
        for (signal, of, window) in &mut self.windows {
            let total = match of {
                TotalOf::Commanded => self.shown.commanded_ug,
                TotalOf::Infused => sample.infused_ug,
            };
            let watches = &mut self.watches;
            window.push(sample.at, total, |at, grown| {
                watches.push(*signal, at, grown);
            });
        }
        self.delivery.push(sample);
    }

    /// The drug of so many steps, of which the first are those of a bridge. Unit: fg.
    fn drug_fg(&mut self, steps: u64) -> u128 {
        let (left, old_drug) = &mut self.bridging;
        let bridging = steps.min(*left);
        *left -= bridging;
        let parts = [
            (bridging, *old_drug),
            (steps - bridging, self.concentration),
        ];
        let drug = parts.into_iter().map(|(steps, concentration)| {
            let drug = self.step_volume.times(steps).dose_round_down(concentration);
            u128::from(drug.as_femtograms())
        });
        drug.sum()
    }

    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn count_primed(&mut self, at: SimTime) {
        self.primed.push(at, self.steps_primed as f64);
    }

    /// Ends the alarms whose repetition is overdue.
    pub(super) fn end_alarms(&mut self, now: SimTime) {
        if self.shown.critical && now >= self.critical.until {
            self.shown.critical = false;
            self.store(Signal::AlarmCritical, self.critical.until, 0.0);
        }
        if self.shown.non_critical && now >= self.non_critical.until {
            self.shown.non_critical = false;
            self.store(Signal::AlarmNonCritical, self.non_critical.until, 0.0);
        }
    }

    /// The run is over: the last sample is not replaced any more.
    pub(super) fn settle_windows(&mut self) {
        for (signal, _, window) in &mut self.windows {
            let watches = &mut self.watches;
            window.settle(|at, grown| watches.push(*signal, at, grown));
        }
    }

    fn store(&mut self, signal: Signal, at: SimTime, value: f64) {
        self.watches.push(signal, at, value);
    }
}

/// The value now; `None` for signals that are stored elsewhere (sums over windows once they are
/// settled, the event log when it is read).
fn value(signal: Signal, truth: &Truth, shown: &Shown) -> Option<f64> {
    Some(match signal {
        Signal::TrueInfusedVolume => truth.infused_volume.as_milliliters(),
        Signal::TrueDose => truth.dose_infused.as_micrograms(),
        Signal::TrueDose1h
        | Signal::TrueDose24h
        | Signal::CommandedDose1h
        | Signal::CommandedDose4h
        | Signal::CommandedDose24h => return None,
        Signal::TrueReservoir => truth.reservoir.as_milliliters(),
        Signal::TrueConcentration => truth.reservoir_concentration.as_ug_per_ml(),
        Signal::TrueTip => truth.tip.as_ug_per_ml(),
        Signal::TrueCisterna => truth.cisterna.as_ug_per_ml(),
        Signal::TruePlasma => truth.plasma.as_ug_per_ml(),
        Signal::TrueEffect => truth.effect,
        Signal::TrueToxicity => truth.toxicity,
        Signal::TrueWithdrawal => truth.withdrawal,
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        Signal::TrueMissedSteps => truth.steps_missed as f64,
        Signal::CommandedVolume => shown.commanded_ml,
        Signal::CommandedDose => shown.commanded_ug,
        Signal::CountedReservoir => shown.counted_ml,
        Signal::EnteredReservoir => shown.entered.reservoir_ml,
        Signal::EnteredConcentration => shown.entered.concentration_ug_per_ml,
        Signal::EnteredCatheter => shown.entered.catheter_ml,
        Signal::EnteredDose => shown.entered.ug_per_day,
        Signal::BolusRequested => shown.requested.into(),
        Signal::BolusGranted => shown.granted.into(),
        Signal::BolusDenied => shown.denied.into(),
        Signal::Resets => shown.resets.into(),
        Signal::TrueOutletPressure => truth.outlet_pressure.as_kilopascals(),
        Signal::SupplyVoltage => truth.supply.as_volts(),
        Signal::AlarmCritical => f64::from(u8::from(shown.critical)),
        Signal::AlarmNonCritical => f64::from(u8::from(shown.non_critical)),
        Signal::LogStall
        | Signal::LogRecovery
        | Signal::LogLowReservoir
        | Signal::LogEmptyReservoir
        | Signal::LogReset
        | Signal::LogClockJump
        | Signal::LogUpdateAbandoned
        | Signal::LogElectiveReplacement
        | Signal::LogEndOfService
        | Signal::LogRefused
        | Signal::LogCatheterWork
        | Signal::LogMemoryFault => return None,
    })
}
