//! Series for plots: a few hundred kilobytes, however long the run.
//!
//! Time is divided into equal buckets. For each channel a bucket keeps the minimum, the maximum and
//! the last value sampled in it, so that no short peak is lost. A bucket excludes its start and
//! includes its end: a plant tick at a bucket's end closes it.

use super::shown::Shown;
use thecal_sim::Truth;
use thecal_units::{Millis, SimTime};

/// Most buckets of a run.
const BUCKETS_MAX: u64 = 1_500;

/// Bucket lengths that are easy to read. Unit: second. Beyond the last: whole days.
const LENGTHS_S: [u64; 17] = [
    1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600,
];

/// A series that every run keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Wanted effect. Unit: fraction.
    Effect,
    /// Wanted effect of exactly what was prescribed. Unit: fraction.
    PrescribedEffect,
    /// Toxic effect. Unit: fraction.
    Toxicity,
    /// Severity of withdrawal. Unit: fraction.
    Withdrawal,
    /// Concentration at the catheter tip. Unit: ug/mL.
    Tip,
    /// Concentration in the cisterna. Unit: ug/mL.
    Cisterna,
    /// Concentration in plasma. Unit: ug/mL.
    Plasma,
    /// Commanded dose since the start. Unit: ug.
    CommandedDose,
    /// Drug that entered the spinal fluid since the start. Unit: ug.
    InfusedDose,
    /// True volume left in the reservoir. Unit: mL.
    Reservoir,
    /// Entered fill minus steps moved times the nominal step volume. Unit: mL.
    Counted,
    /// Supply voltage between pulses; the minimum is the lowest at a pulse. Unit: V.
    Supply,
    /// Pressure at the pump outlet, above ambient. Unit: kPa.
    Outlet,
    /// Whether the critical alarm sounds: 0 or 1.
    AlarmCritical,
    /// Whether the non-critical alarm sounds: 0 or 1.
    AlarmNonCritical,
    /// Motor pulses without movement since the start.
    MissedSteps,
    /// Patient boluses granted since the start.
    Granted,
    /// Patient requests denied since the start.
    Denied,
}

/// Number of channels.
const CHANNELS: usize = Channel::Denied as usize + 1;

/// Values of one channel in one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bucket {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The last value.
    pub last: f64,
}

impl Bucket {
    const fn of(value: f64) -> Self {
        Self {
            min: value,
            max: value,
            last: value,
        }
    }

    const fn add(&mut self, value: f64) {
        // No value is NaN; `min` and `max` would check, 18 times a sample.
        self.min = if value < self.min { value } else { self.min };
        self.max = if value > self.max { value } else { self.max };
        self.last = value;
    }
}

/// All channels of a run, decimated.
#[derive(Clone, Debug)]
pub struct Plots {
    length: Millis,
    /// End of the bucket being filled.
    end: SimTime,
    rows: Vec<[Bucket; CHANNELS]>,
}

impl Plots {
    /// For a run of this length.
    pub(crate) fn new(duration: Millis) -> Self {
        let length = bucket_length(duration);
        let buckets = duration.as_millis().div_ceil(length.as_millis()).max(1);
        Self {
            length,
            end: SimTime::ZERO,
            rows: Vec::with_capacity(usize::try_from(buckets).unwrap_or_default()),
        }
    }

    /// Records the lowest supply since the last sample. Unit: V.
    pub(crate) fn low_supply(&mut self, volts: f64) {
        if let Some(row) = self.rows.last_mut() {
            let supply = &mut row[Channel::Supply as usize];
            supply.min = supply.min.min(volts);
        }
    }

    /// Records the state of this instant.
    pub fn sample(&mut self, truth: &Truth, shown: &Shown) {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let missed = truth.steps_missed as f64;
        self.add(
            truth.at,
            &[
                truth.effect,
                truth.prescribed_effect,
                truth.toxicity,
                truth.withdrawal,
                truth.tip.as_ug_per_ml(),
                truth.cisterna.as_ug_per_ml(),
                truth.plasma.as_ug_per_ml(),
                shown.commanded_ug,
                truth.dose_infused.as_micrograms(),
                truth.reservoir.as_milliliters(),
                shown.counted_ml,
                truth.supply.as_volts(),
                truth.outlet_pressure.as_kilopascals(),
                f64::from(u8::from(shown.critical)),
                f64::from(u8::from(shown.non_critical)),
                missed,
                shown.granted.into(),
                shown.denied.into(),
            ],
        );
    }

    fn add(&mut self, at: SimTime, values: &[f64; CHANNELS]) {
        // Skipped buckets keep the last value.
        while at > self.end || self.rows.is_empty() {
            let last = self.rows.last().map(|row| row.map(|b| Bucket::of(b.last)));
            self.end = self.end + self.length;
            let row = if at <= self.end { None } else { last };
            self.rows.push(row.unwrap_or(values.map(Bucket::of)));
        }
        if let Some(row) = self.rows.last_mut() {
            for (bucket, &value) in row.iter_mut().zip(values) {
                bucket.add(value);
            }
        }
    }

    /// The length of a bucket.
    #[must_use]
    pub const fn bucket(&self) -> Millis {
        self.length
    }

    /// The buckets of a channel, from the start of the run.
    #[must_use]
    pub fn channel(&self, channel: Channel) -> impl ExactSizeIterator<Item = Bucket> + '_ {
        self.rows.iter().map(move |row| row[channel as usize])
    }
}

/// The shortest readable length that keeps a run within [`BUCKETS_MAX`].
fn bucket_length(duration: Millis) -> Millis {
    let least = duration.as_millis().div_ceil(BUCKETS_MAX);
    LENGTHS_S
        .iter()
        .map(|&secs| Millis::from_secs(secs))
        .find(|length| length.as_millis() >= least)
        .unwrap_or_else(|| Millis::DAY.times(least.div_ceil(Millis::DAY.as_millis())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(value: f64) -> [f64; CHANNELS] {
        [value; CHANNELS]
    }

    #[test]
    fn a_bucket_keeps_its_extremes_and_a_gap_keeps_the_last_value() {
        let mut plots = Plots::new(Millis::DAY);
        let minute = Millis::MINUTE;
        assert_eq!(plots.bucket(), minute);
        for (millis, value) in [
            (0, 1.0),
            (10, 9.0),
            (20, -3.0),
            (60_000, 2.0),
            (200_000, 5.0),
        ] {
            plots.add(SimTime::from_millis(millis), &values(value));
        }
        let tip: Vec<Bucket> = plots.channel(Channel::Tip).collect();
        let first = Bucket {
            min: -3.0,
            max: 9.0,
            last: 2.0,
        };
        let held = Bucket::of(2.0);
        assert_eq!(tip, vec![first, held, held, Bucket::of(5.0)]);
    }

    #[test]
    fn no_run_has_more_buckets_than_fit() {
        for days in [1, 2, 7, 30, 180, 365, 3_650] {
            let length = bucket_length(Millis::DAY.times(days));
            assert!(Millis::DAY.times(days).as_millis() / length.as_millis() <= BUCKETS_MAX);
        }
        assert_eq!(bucket_length(Millis::DAY.times(180)), Millis::HOUR.times(3));
        assert_eq!(bucket_length(Millis::MINUTE), Millis::SECOND);
    }
}
