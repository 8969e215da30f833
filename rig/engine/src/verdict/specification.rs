//! What the boundary showed in a run, and the specification's opinion of it.

use crate::programmer::{Answer, LogLine, PumpStatus, Shown};
use crate::run::{CommandRecord, PumpLog, RunHistory, TotalReader};
use thecal_link::ResetCause;
use thecal_plan::Profile;
use thecal_spec::{
    self as spec, Boot, Boundary, Cause, Entry, Log, Opinion, Packet, Status, Steps,
};
use thecal_units::SimTime;

/// What the specification says of a run.
pub(super) fn opinion(history: &RunHistory, profile: &Profile) -> Opinion {
    let pages = history.commands.iter().map(page);
    let pages: Vec<Vec<Entry>> = pages.collect();
    let entries: Vec<Entry> = history
        .log
        .lines
        .iter()
        .map(|(at, line)| entry(*at, line))
        .collect();
    let end = SimTime::ZERO + history.simulated;
    let moved = history.moved.reader();
    let boundary = Boundary {
        end,
        starts: history.starts,
        step: history.step_volume,
        crystal: history.pins.crystal.clone(),
        packets: history
            .commands
            .iter()
            .zip(&pages)
            .map(|(record, page)| packet(record, page))
            .chain(history.read_out.iter().map(|record| packet(record, &[])))
            .collect(),
        tones: &history.pins.tones,
        boots: boots(history),
        absences: history.pins.absences.clone(),
        injuries: history.pins.injuries.clone(),
        flips: &history.pins.flips,
        moved: &moved,
        missed: &history.pins.missed,
        drives: &history.pins.drives,
        writes: &history.pins.writes,
        lost_writes: &history.pins.lost_writes,
        overruns: &history.pins.overruns,
        unarmed: &history.pins.unarmed,
        damaged: &history.pins.damaged,
        magnet: &history.pins.magnet,
        supply: &history.pins.supply,
        status: history.status.as_ref().map(|status| shown(end, status)),
        log: whole_log(&history.log, &entries),
    };
    spec::judge(&boundary, profile)
}

impl Steps for TotalReader<'_> {
    fn at(&self, at: SimTime) -> f64 {
        Self::at(self, at)
    }

    fn samples(&self) -> Box<dyn Iterator<Item = (SimTime, f64)> + '_> {
        Box::new(self.points())
    }
}

fn boots(history: &RunHistory) -> Vec<Boot> {
    let first = Boot {
        at: SimTime::ZERO,
        cause: Cause::PowerOn,
        explained: true,
        cut_short: false,
        packets: 0,
    };
    let later = history.resets.iter().map(|reset| Boot {
        at: reset.at,
        cause: match reset.cause {
            ResetCause::PowerOn => Cause::PowerOn,
            ResetCause::Pin => Cause::Pin,
            ResetCause::Watchdog => Cause::Watchdog,
            ResetCause::BrownOut => Cause::BrownOut,
        },
        explained: reset.because.is_some(),
        cut_short: reset.cut_short,
        packets: reset.commands,
    });
    [first].into_iter().chain(later).collect()
}

fn packet<'h>(record: &'h CommandRecord, page: &'h [Entry]) -> Packet<'h> {
    Packet {
        at: record.at,
        from: record.sender,
        request: &record.request,
        origin: &record.origin,
        reached: record.reached,
        lost: record.lost,
        answer: record
            .answer
            .as_ref()
            .map(|answer| said(record.at, answer, page)),
    }
}

fn said<'h>(at: SimTime, answer: &'h Answer, page: &'h [Entry]) -> spec::Answer<'h> {
    match answer {
        Answer::Done => spec::Answer::Done,
        Answer::Rejected(reason) => spec::Answer::Rejected(reason),
        Answer::Granted => spec::Answer::Granted,
        Answer::Denied(reason) => spec::Answer::Denied(reason),
        Answer::Status(status) => spec::Answer::Status(shown(at, status)),
        Answer::Log(log) => spec::Answer::Log(Log {
            first: log.first,
            entries: page,
        }),
        Answer::Read(Shown::Prescription(therapy), _) => spec::Answer::Prescription(therapy),
        Answer::Read(Shown::Alarms(alarms), _) => spec::Answer::Alarms(alarms),
        Answer::Read(Shown::Health(health), _) => spec::Answer::Health(*health),
        Answer::Text(_) => spec::Answer::Other,
        Answer::Unreadable(_) => spec::Answer::Unreadable,
    }
}

fn shown(at: SimTime, status: &PumpStatus) -> Status<'_> {
    Status {
        at,
        clock: status.clock,
        mode: status.mode,
        alarms: &status.alarms,
        reservoir: status.reservoir,
        steps: status.steps,
        granted: status.granted,
        denied: status.denied,
        unauthentic: status.unauthentic,
        log_entries: status.log_entries,
    }
}

fn page(record: &CommandRecord) -> Vec<Entry> {
    match &record.answer {
        // Pages read during the run carry the pump's own time only; their instants are not judged.
        Some(Answer::Log(page)) => page
            .entries
            .iter()
            .map(|line| entry(SimTime::from_millis(line.at.as_millis()), line))
            .collect(),
        _ => Vec::new(),
    }
}

fn entry(at: SimTime, line: &LogLine) -> Entry {
    Entry {
        at,
        clock: line.at,
        index: line.index,
        kind: line.kind,
        code: line.code,
        text: line.text,
        argument: line.argument,
        says: line.says.clone(),
        left_out: line.left_out,
    }
}

const fn whole_log<'h>(log: &PumpLog, entries: &'h [Entry]) -> Log<'h> {
    Log {
        first: log.first,
        entries,
    }
}
