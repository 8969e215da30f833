//! The event log as read by telemetry.

use crate::pinned::pinned;
use thecal_link::DecodeError;
use thecal_link::buffer::{Reader, Writer};
use thecal_units::PumpTime;

pinned! {
    /// Kind of event. Numbers are pinned; the meaning of the argument is given for each.
    LogCode, "log code" {
        /// Power-on. Argument: none.
        PowerOn = 1,
        /// Reset by the reset line. Argument: none.
        PinReset = 2,
        /// Reset by the watchdog. Argument: none.
        WatchdogReset = 3,
        /// Brown-out reset. Argument: none.
        BrownOutReset = 4,
        /// Keys were set. Argument: none.
        Provisioned = 5,
        /// A prescription was programmed. Argument: continuous dose in ng/day.
        Programmed = 6,
        /// The infusion was started. Argument: none.
        Started = 7,
        /// The infusion was stopped by the clinician. Argument: none.
        Stopped = 8,
        /// A clinician bolus started. Argument: dose in ng.
        ClinicianBolus = 9,
        /// A patient bolus started. Argument: number of the remote.
        BolusGranted = 10,
        /// A patient's request was denied; only the first for each reason since the last grant is logged,
        /// all are counted. Argument: the denial's number.
        BolusDenied = 11,
        /// A bolus ended. Argument: steps moved for it; with the top bit set a reset ended it, and
        /// they are at most as many.
        BolusEnded = 12,
        /// The motor stalled; one entry however often it is tried. Argument: missed steps when
        /// detected.
        MotorStall = 13,
        /// The stall is over. Argument: minutes from its onset until the motor turned for good.
        StallRecovery = 14,
        /// The counted volume reached the low-reservoir limit. Argument: counted volume in nL.
        LowReservoir = 15,
        /// The counted volume reached zero. Argument: none.
        EmptyReservoir = 16,
        /// A refill was entered. Argument: volume in nL.
        Refilled = 17,
        /// The alarms were silenced. Argument: the alarms' bits.
        Silenced = 18,
        /// A packet with a wrong tag or a stale counter was dropped; only the first since the last
        /// accepted packet of its role is logged, all are counted. Argument: the role's index.
        Unauthentic = 19,
        /// A record in memory was damaged. Argument: which record.
        MemoryFault = 20,
        /// A remote repeated one press for so long that its button counts as stuck. Argument: its
        /// number.
        StuckButton = 21,
        /// The clock jumped while the pump ran. Argument: seconds; the top bit is set for a
        /// backward jump.
        ClockJump = 22,
        /// The image crashed before this reset. Argument: source line of a panic, program counter
        /// of a fault, or exception number of an interrupt.
        Crashed = 23,
        /// An update session was abandoned. Argument: 1 by time-out, 2 by a reset.
        UpdateAbandoned = 24,
        /// A value held twice in RAM was damaged and was restored. Argument: which value.
        RamFault = 25,
        /// A priming bolus started. Argument: volume in nL.
        PrimingBolus = 26,
        /// Elective replacement became due. Argument: supply under load in mV.
        ElectiveReplacement = 27,
        /// End of service of the battery. Argument: days since elective replacement became due.
        EndOfService = 28,
        /// The infusion was stopped at the end of service. Argument: supply under load in mV.
        ServiceEnded = 29,
        /// The magnet switch closed. Argument: none.
        MagnetClosed = 30,
        /// The magnet switch opened. Argument: minutes it was closed.
        MagnetOpened = 31,
        /// A bridge bolus started. Argument: volume in nL.
        BridgeBegan = 32,
        /// A bridge bolus ended. Argument: none.
        BridgeEnded = 33,
        /// The infusion has been stopped for a long time. Argument: hours.
        StoppedLong = 34,
        /// Work on the catheter was declared. Argument: what was done.
        CatheterWork = 35,
        /// A command was refused. Argument: its kind times 256, and the rejection's number. The same
        /// refusal directly after is not logged again.
        Refused = 36,
        /// Follows a programming and a refill: the concentration. Argument: ng/mL.
        Concentration = 37,
        /// Follows a programming: the catheter volume. Argument: nL.
        CatheterVolume = 38,
        /// Follows a programming of another infusion than simple: its dose a day, for a schedule the
        /// mean of the week. Argument: ng/day.
        DailyDose = 39,
        /// Follows a programming with patient boluses: the dose of one. Argument: ng.
        PatientBolusDose = 40,
        /// Follows a programming: the checksum of the whole prescription.
        PrescriptionChecksum = 41,
        /// Precedes a refill: the volume counted before. Argument: nL.
        CountedBefore = 42,
        /// Precedes a refill: the volume drawn out before, if measured. Argument: nL.
        DrawnBefore = 43,
        /// Entries of a kind that repeats too often were left out. Argument: the number of that kind
        /// times 2^24, and how many they were; 2^24 - 1 for that or more.
        LeftOut = 44,
    }
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Time of the event, on the pump's monotonic clock.
    pub at: PumpTime,
    /// The kind of event.
    pub code: LogCode,
    /// Its argument.
    pub argument: u32,
}

impl LogEntry {
    /// Length of an entry's layout, on the air and in memory.
    pub const LEN: usize = 13;

    /// The layout used on the air and in the pump's memory.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut out = Writer::new(&mut bytes);
        out.u64(self.at.as_millis());
        out.u8(self.code as u8);
        out.u32(self.argument);
        debug_assert_eq!(out.finish(), Ok(Self::LEN), "LEN is the sum of the fields");
        bytes
    }

    /// Reads the layout of [`LogEntry::to_bytes`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if bytes are missing or the code is not defined.
    pub fn from_reader(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            at: PumpTime::from_millis(from.u64()?),
            code: LogCode::from_number(from.u8()?)?,
            argument: from.u32()?,
        })
    }
}

/// Consecutive entries of the event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// Index of the first entry in this page; earlier ones are overwritten or were not requested.
    pub first: u32,
    len: u8,
    entries: [Option<LogEntry>; Self::ENTRIES_MAX],
}

impl LogPage {
    /// Most entries in one page.
    pub const ENTRIES_MAX: usize = 16;

    /// Length of a full page's body. Unit: byte.
    pub(super) const LEN_MAX: usize = 4 + 1 + Self::ENTRIES_MAX * LogEntry::LEN;

    /// A page without entries.
    #[must_use]
    pub const fn new(first: u32) -> Self {
        Self {
            first,
            len: 0,
            entries: [None; Self::ENTRIES_MAX],
        }
    }

    /// Appends an entry; false if the page is full.
    pub fn push(&mut self, entry: LogEntry) -> bool {
        match self.entries.get_mut(usize::from(self.len)) {
            Some(room) => {
                *room = Some(entry);
                self.len += 1;
                true
            }
            None => false,
        }
    }

    /// The entries in order.
    pub fn entries(&self) -> impl Iterator<Item = LogEntry> + '_ {
        self.entries.iter().flatten().copied()
    }

    /// Number of entries.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn encode(&self, out: &mut Writer<'_>) {
        out.u32(self.first);
        out.u8(self.len);
        for entry in self.entries() {
            out.bytes(&entry.to_bytes());
        }
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut page = Self::new(from.u32()?);
        let len = usize::from(from.u8()?);
        if len > Self::ENTRIES_MAX {
            return Err(DecodeError::LengthOutOfRange {
                len,
                max: Self::ENTRIES_MAX,
            });
        }
        for _ in 0..len {
            page.push(LogEntry::from_reader(from)?);
        }
        Ok(page)
    }
}
