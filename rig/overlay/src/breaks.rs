//! What breaks: supply, clock, motor, memory.

use crate::disturb::Story;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use thecal_plan::{CutPlace, FaultKind, PlantFaultPlan};
use thecal_sim::PlantFault;
use thecal_units::{Millis, real};

/// Where most records of a pump are in its memory, and all of it. Unit: byte.
const RECORDS: u16 = 1_800;
const MEMORY: u16 = 32_000;

impl Story<'_> {
    pub(crate) fn reset(&mut self) -> (String, Millis) {
        self.breaks(self.at, FaultKind::Reset, None);
        ("the pump is reset".to_owned(), Millis::ZERO)
    }

    pub(crate) fn cut_power(&mut self, random: &mut ChaCha8Rng) -> (String, Millis) {
        let off = [0_u64, 10, 60, 600][random.random_range(0..4)];
        let off = Millis::from_secs(off);
        let place = if random.random_bool(0.5) {
            CutPlace::Write {
                write: random.random_range(1..=4),
                after_bytes: random.random_range(0..=40),
            }
        } else {
            CutPlace::Start
        };
        let what = match place {
            CutPlace::Write { write, after_bytes } => format!(
                "power fails after byte {after_bytes} of write {write}, for {}",
                off.spelled()
            ),
            _ => format!("power fails for {}", off.spelled()),
        };
        let lasts = (off > Millis::ZERO).then_some(off);
        self.breaks(self.at, FaultKind::PowerCut { place }, lasts);
        (what, off)
    }

    pub(crate) fn jump(&mut self, random: &mut ChaCha8Rng) -> (String, Millis) {
        let longest = [1_000_i64, 60_000, 3_600_000, 86_400_000, 31_536_000_000];
        let longest = longest[random.random_range(0..longest.len())];
        let by_ms = random.random_range(1..=longest) * if random.random_bool(0.5) { 1 } else { -1 };
        // A clock does not show less than zero: there it would stand still. The story may turn it back too.
        let back = self.scenario.faults.iter().map(|fault| match fault.kind {
            FaultKind::ClockJump { by_ms } => by_ms.min(0),
            _ => 0,
        });
        let shown = i64::try_from(self.at.as_millis()).unwrap_or(i64::MAX);
        let shown = back.fold(shown, i64::saturating_add).max(0);
        let by_ms = by_ms.max(-shown);
        self.breaks(self.at, FaultKind::ClockJump { by_ms }, None);
        let by_ms = if by_ms == 0 { 1 } else { by_ms };
        (format!("the clock jumps by {by_ms} ms"), Millis::ZERO)
    }

    /// Once, or so often that a pump gives up.
    pub(crate) fn brown_out(&mut self, random: &mut ChaCha8Rng) -> (String, Millis) {
        let times = [1, 2, 6][random.random_range(0..3)];
        let apart = Millis::from_secs([10, 60, 700][random.random_range(0..3)]);
        let level = real::Potential::from_volts(1.5);
        let dip = Millis::from_millis(random.random_range(1..=1_000));
        for nth in 0..times {
            let start = self.at + apart.times(nth);
            self.breaks(start, FaultKind::BrownOut { level }, Some(dip));
        }
        let what = format!("the supply dips, {times} in all, {} apart", apart.spelled());
        (what, apart.times(times))
    }

    /// `None` where the story stalls the motor already, or nothing runs.
    pub(crate) fn stall(&mut self, random: &mut ChaCha8Rng) -> Option<(String, Millis)> {
        let mut faults = self.scenario.faults.iter();
        let stalls = faults.any(|fault| matches!(fault.kind, FaultKind::Plant(_)));
        if stalls || !self.prescribed().is_some_and(|it| it.running) {
            return None;
        }
        let minutes = [1, 30, 200, 1_500][random.random_range(0..4)];
        let lasts = Millis::MINUTE.times(random.random_range(1..=minutes));
        let kind = FaultKind::Plant(PlantFaultPlan::plain(PlantFault::MotorStall));
        self.breaks(self.at, kind, Some(lasts));
        Some((format!("the motor sticks for {}", lasts.spelled()), lasts))
    }

    /// Some bytes, and a reset that finds them.
    pub(crate) fn damage(&mut self, random: &mut ChaCha8Rng) -> (String, Millis) {
        let below = if random.random_bool(0.7) {
            RECORDS
        } else {
            MEMORY
        };
        let (from, length) = (random.random_range(0..below), random.random_range(1..=64));
        // Inverted: what was erased before cannot be damaged by erasing it.
        let kind = FaultKind::NvmDamage {
            from,
            length,
            erased: false,
        };
        self.breaks(self.at, kind, None);
        let later = Millis::from_secs(random.random_range(0..=600));
        self.breaks(self.at + later, FaultKind::Reset, None);
        let what = format!("{length} bytes of memory from {from} on are damaged, then a reset");
        (what, later)
    }

    /// All of them, or those behind the first of each exchange. `None` where the story does it already.
    pub(crate) fn lose_writes(&mut self, random: &mut ChaCha8Rng) -> Option<(String, Millis)> {
        let mut faults = self.scenario.faults.iter();
        if faults.any(|fault| matches!(fault.kind, FaultKind::LostWrites { .. })) {
            return None;
        }
        let lasts = [1_u64, 60, 1_200][random.random_range(0..3)];
        let lasts = Millis::from_secs(lasts);
        let done = random.random_range(0..=2);
        let asked = None;
        let kind = FaultKind::LostWrites { done, asked };
        self.breaks(self.at, kind, Some(lasts));
        let but = match done {
            0 => "no writes".to_owned(),
            done => format!("no more than {done} writes of an exchange"),
        };
        let what = format!("the memory takes {but} for {}", lasts.spelled());
        Some((what, lasts))
    }
}
