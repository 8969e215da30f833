//! Entries that the log owes: what the state in memory says and the log does not.
//!
//! A state and the entry that tells of it are written in one Reaction if both fit; otherwise the state is
//! first, and the entry follows a millisecond later. A reset or a power cut in between loses the entry. At the
//! next boot the log contradicts the state, and the entry is made then (REQ-LOG-023). A log that has lost its
//! older entries contradicts nothing.
//!
//! | state | youngest entry of these | owed |
//! | --- | --- | --- |
//! | ended with the battery | Started, and not Stopped or ServiceEnded | ServiceEnded |
//! | started, not ended | Provisioned, Stopped or ServiceEnded, and not Started | Started |
//! | stopped | Started, and not Stopped, Programmed or MemoryFault | Stopped |
//! | programmed | a PrescriptionChecksum of another prescription, or none in a log that is whole | all entries of a Commit |
//! | no old drug to bridge | BridgeBegan, and not BridgeEnded or a MemoryFault of the state | BridgeEnded |
//! | replacement due, end of service | none, in a log that is whole | ElectiveReplacement, EndOfService |

use crate::commands::note_prescription;
use crate::event_log::EventLog;
use crate::kept::Flags;
use crate::nvm::Nvm;
use crate::nvm_map::RecordId;
use crate::state::State;
use thecal_telemetry::LogCode::{
    BridgeBegan, BridgeEnded, ElectiveReplacement, EndOfService, MemoryFault, PrescriptionChecksum,
    Programmed, Provisioned, ServiceEnded, Started, Stopped,
};
use thecal_telemetry::{Alarms, LogCode, LogEntry};

/// The youngest entry of some codes.
struct Youngest<const CODES: usize> {
    codes: [LogCode; CODES],
    found: Option<(u32, LogEntry)>,
}

impl<const CODES: usize> Youngest<CODES> {
    const fn of(codes: [LogCode; CODES]) -> Self {
        Self { codes, found: None }
    }

    fn see(&mut self, index: u32, entry: LogEntry) {
        let is_younger = self.found.is_none_or(|(before, _)| before < index);
        if is_younger && self.codes.contains(&entry.code) {
            self.found = Some((index, entry));
        }
    }

    fn entry(&self) -> Option<LogEntry> {
        self.found.map(|(_, entry)| entry)
    }

    fn code(&self) -> Option<LogCode> {
        self.entry().map(|entry| entry.code)
    }
}

/// Index of the entry of a start, if it is the only one behind an entry.
fn only_start_after(index: u32, nvm: &Nvm) -> Option<u32> {
    let mut found = None;
    for (at, entry) in EventLog::intact(nvm) {
        if entry.code == Started && index < at && found.replace(at).is_some() {
            return None;
        }
    }
    found
}

/// What the log told before the boot.
pub(crate) struct Told {
    /// The youngest entry that says whether the pump is started.
    start: Option<LogCode>,
    /// Index of the entry of the start, if it is the only one since the battery has ended the infusion.
    restart_at: Option<u32>,
    /// The youngest that says whether it has been stopped; the safe state stops it without an entry.
    stop: Option<LogCode>,
    prescription: Option<LogEntry>,
    /// The youngest that says whether old drug is bridged.
    bridge: Option<LogCode>,
    /// Each entry ever made is there.
    is_whole: bool,
    /// Told, or no longer to be found.
    replacement: bool,
    end: bool,
}

impl Told {
    /// Reads it before the boot makes entries of its own.
    pub(crate) fn read(log: &EventLog, nvm: &Nvm) -> Self {
        let mut start = Youngest::of([Provisioned, Started, Stopped, ServiceEnded]);
        let mut stop = Youngest::of([Started, Stopped, Programmed, MemoryFault]);
        let mut prescription = Youngest::of([PrescriptionChecksum]);
        let mut bridge = Youngest::of([BridgeBegan, BridgeEnded, MemoryFault]);
        let mut replacement = Youngest::of([ElectiveReplacement]);
        let mut end = Youngest::of([EndOfService]);
        let mut ended = Youngest::of([ServiceEnded]);
        let mut intact = 0;
        for (index, entry) in EventLog::intact(nvm) {
            intact += 1;
            start.see(index, entry);
            stop.see(index, entry);
            prescription.see(index, entry);
            if entry.code != MemoryFault || entry.argument == RecordId::State as u32 {
                bridge.see(index, entry);
            }
            replacement.see(index, entry);
            end.see(index, entry);
            ended.see(index, entry);
        }
        // Each entry ever made is intact, and none overwritten.
        let is_whole = intact > 0 && intact == log.entries();
        Self {
            start: start.code(),
            restart_at: ended
                .found
                .and_then(|(ended, _)| only_start_after(ended, nvm)),
            stop: stop.code(),
            prescription: prescription.entry(),
            bridge: bridge.code(),
            is_whole,
            replacement: !is_whole || replacement.code().is_some(),
            end: !is_whole || end.code().is_some(),
        }
    }

    /// Whether the infusion that the battery had ended was started again when the log had this many entries or
    /// more, or with a start of which the entry is lost.
    pub(crate) fn is_restarted_since(&self, entries: u32, flags: Flags) -> bool {
        let is_told =
            self.start == Some(Started) && self.restart_at.is_some_and(|at| at >= entries);
        let is_on = flags.has(Flags::RUNNING) && !flags.has(Flags::ENDED);
        is_told || is_on && self.start == Some(ServiceEnded)
    }

    /// Makes the entries that are owed, after the records have been restored.
    pub(crate) fn settle(&self, state: &mut State, nvm: &mut Nvm) {
        self.settle_prescription(state, nvm);
        self.settle_battery(state, nvm);
        self.settle_infusion(state, nvm);
        // A reset loses some of a bridge, and perhaps the last of it (REQ-THE-012).
        if self.bridge == Some(BridgeBegan) && !state.bridge.is_active() {
            state.note(nvm, BridgeEnded, 0);
        }
    }

    fn settle_prescription(&self, state: &mut State, nvm: &mut Nvm) {
        let checksum = state.checksum;
        let owes = match self.prescription {
            Some(last) => last.argument != checksum,
            None => self.is_whole,
        };
        if state.therapy.has(Flags::PROGRAMMED) && owes {
            let prescription = *state.therapy.prescription();
            note_prescription(state, nvm, &prescription, checksum);
        }
    }

    fn settle_battery(&self, state: &mut State, nvm: &mut Nvm) {
        let monotonic = state.clock.monotonic();
        if state.battery.replacement().is_some() && !self.replacement {
            let loaded = state.battery.loaded_mv(monotonic).into();
            state.note(nvm, ElectiveReplacement, loaded);
        }
        if state.battery.is_at_end() && !self.end {
            let days = u32::try_from(state.battery.days(monotonic)).unwrap_or(u32::MAX);
            state.note(nvm, EndOfService, days);
        }
    }

    fn settle_infusion(&self, state: &mut State, nvm: &mut Nvm) {
        let therapy = &state.therapy;
        let is_started = therapy.has(Flags::RUNNING);
        if is_started && therapy.has(Flags::ENDED) {
            state.raise(Alarms::INFUSION_ENDED_WITH_THE_BATTERY);
            if self.start == Some(Started) {
                let loaded = state.battery.loaded_mv(state.clock.monotonic()).into();
                state.note(nvm, ServiceEnded, loaded);
            }
        } else if is_started && self.start.is_some_and(|last| last != Started) {
            state.note(nvm, Started, 0);
        } else if therapy.has(Flags::PROGRAMMED)
            && !is_started
            && !therapy.has(Flags::SAFE)
            && self.stop == Some(Started)
        {
            state.note(nvm, Stopped, 0);
        }
    }
}
