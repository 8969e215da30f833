//! `thecal boards`: which boards are listed, plugged in and healthy.

use crate::cli::BoardsArgs;
use crate::exit::ExitCode;
use crate::registry::BENCHES;
use serde::Serialize;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use thecal_bench::inventory::{BoardSpec, Inventory};
use thecal_engine::bench::BuildId;
use thecal_suite::health::{EXCHANGES, Health};
use thecal_suite::{BoardBench, Choice, Lock, LockError, Marker, On, OnError, health};

/// The result for one board.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    link: String,
    tags: Vec<String>,
    fixtures: Vec<String>,
    state: State,
    /// Why it is not healthy, or who holds it.
    why: Option<String>,
    firmware: Option<String>,
    version: Option<String>,
    board: Option<String>,
    build_id: Option<String>,
    low_latency: Option<&'static str>,
    wedged: Option<Marker>,
    check: Option<Check>,
    /// Whether its error lists the available ports.
    #[serde(skip)]
    ports_shown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// It answers as expected.
    Healthy,
    /// It answers, but is marked as wedged.
    Wedged,
    /// Another process holds it.
    InUse,
    /// It does not answer, or not as expected.
    Unhealthy,
}

#[derive(Debug, Serialize)]
struct Check {
    exchanges: usize,
    p50_us: u64,
    p99_us: u64,
    max_us: u64,
    frames_repeated: u64,
    frames_broken: u64,
    frames_stale: u64,
    frames_unreadable: u64,
    garbage_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Listing {
    format: &'static str,
    boards: Vec<Row>,
}

/// The boards that the arguments name; all, if they name none.
///
/// # Errors
///
/// [`OnError`] for an unknown name.
pub(crate) fn choose(
    args: &BoardsArgs,
    inventory: &Inventory,
) -> Result<Vec<Arc<BoardSpec>>, OnError> {
    if args.names.is_empty() {
        return Ok(inventory.boards.clone());
    }
    let named = |name: &String| {
        let prefixed = name.starts_with("tag:") || name.starts_with("board:");
        if prefixed {
            name.clone()
        } else {
            format!("board:{name}")
        }
    };
    let names: Vec<String> = args.names.iter().map(named).collect();
    match On::parse(&names.join(","), inventory, BENCHES)? {
        On::Boards(Choice { boards, .. }) => Ok(boards),
        On::Bench(_) => Ok(Vec::new()),
    }
}

/// Checks each board and prints the result.
///
/// # Errors
///
/// Terminal errors.
pub(crate) fn boards(
    args: &BoardsArgs,
    inventory: &Inventory,
    boards: &[Arc<BoardSpec>],
) -> io::Result<ExitCode> {
    let look = |spec| look(spec, args);
    let rows: Vec<Row> = boards.iter().map(look).collect();
    let well = |row: &Row| row.state == State::Healthy;
    let code = match (rows.is_empty(), rows.iter().all(well)) {
        (true, _) => ExitCode::NothingSelected,
        (false, true) => ExitCode::Passed,
        (false, false) => ExitCode::Undecided,
    };
    let mut out = anstream::stdout().lock();
    if args.json {
        let listing = Listing {
            format: "thecal-boards 1",
            boards: rows,
        };
        serde_json::to_writer_pretty(&mut out, &listing)?;
        writeln!(out)?;
        return Ok(code);
    }
    if rows.is_empty() {
        let file = inventory.file.as_ref().map_or_else(
            || "there is no bench.toml here".to_owned(),
            |file| format!("{} lists no board", file.display()),
        );
        writeln!(out, "{file}; bench.example.toml shows how one is written.")?;
        writeln!(out, "Ports: {}", thecal_bench::ports::in_words())?;
        return Ok(code);
    }
    table(&mut out, &rows)?;
    let local = |row: &&Row| row.state == State::Unhealthy && row.link.starts_with('/');
    if rows.iter().filter(local).any(|row| !row.ports_shown) {
        writeln!(out, "Ports: {}", thecal_bench::ports::in_words())?;
    }
    Ok(code)
}

fn look(spec: &Arc<BoardSpec>, args: &BoardsArgs) -> Row {
    let mut row = Row {
        name: spec.name.clone(),
        link: spec.link.to_string(),
        tags: spec.tags.clone(),
        fixtures: spec.fixtures.clone(),
        state: State::Unhealthy,
        why: None,
        firmware: None,
        version: None,
        board: None,
        build_id: None,
        low_latency: None,
        wedged: Marker::wedged(spec),
        check: None,
        ports_shown: false,
    };
    let _lock = match Lock::take(spec, Duration::ZERO) {
        Ok(lock) => lock,
        Err(error) => {
            if matches!(error, LockError::InUse { .. }) {
                row.state = State::InUse;
            }
            row.why = Some(error.to_string());
            return row;
        }
    };
    let board = BoardBench::new(spec, args.elf.as_deref(), &spec.name);
    let exchanges = if args.check { EXCHANGES } else { 0 };
    match health::check(&board, exchanges) {
        Err(error) => {
            row.ports_shown = error.lists_ports();
            row.why = Some(error.to_string());
        }
        Ok(health) => row.answered(&health, args.check, spec),
    }
    row
}

impl Row {
    fn answered(&mut self, health: &Health, checked: bool, spec: &BoardSpec) {
        let hello = &health.hello;
        self.state = State::Healthy;
        self.firmware = Some(text(&hello.firmware));
        self.version = Some(text(&hello.version));
        self.board = Some(text(&hello.board));
        self.build_id = Some(BuildId(hello.build_id).to_string());
        self.low_latency = health.low_latency.map(|flag| flag.name());
        if checked {
            self.check = Some(Check::of(health));
            match Marker::clear(spec) {
                Ok(()) => self.wedged = None,
                Err(error) => self.why = Some(format!("cannot clear its mark: {error}")),
            }
        }
        if let Some(marker) = &self.wedged {
            self.state = State::Wedged;
            self.why = Some(format!("since {}: {}", marker.since, marker.cause));
        }
        if let Some(why) = &health.not_safe {
            self.state = State::Unhealthy;
            self.why = Some(format!("it could not be reset after the run: {why}"));
        }
    }

    const fn state_in_words(&self) -> &'static str {
        match (self.state, self.check.is_some()) {
            (State::Healthy, true) => "healthy",
            (State::Healthy, false) => "answers",
            (State::Wedged, _) => "wedged",
            (State::InUse, _) => "in use",
            (State::Unhealthy, _) => "UNHEALTHY",
        }
    }
}

impl Check {
    fn of(health: &Health) -> Self {
        Self {
            exchanges: health.latencies_us.len(),
            p50_us: health.latency_us(50),
            p99_us: health.latency_us(99),
            max_us: health.latency_us(100),
            frames_repeated: health.link.repeated,
            frames_broken: health.link.broken,
            frames_stale: health.link.stale,
            frames_unreadable: health.link.unreadable,
            garbage_bytes: health.link.garbage_bytes,
        }
    }

    fn in_words(&self) -> String {
        format!(
            "{} exchanges: p50 {} µs, p99 {} µs, max {} µs; frames: {} repeated, {} broken, {} stale",
            self.exchanges,
            self.p50_us,
            self.p99_us,
            self.max_us,
            self.frames_repeated,
            self.frames_broken + self.frames_unreadable,
            self.frames_stale,
        )
    }
}

/// Text of Hello, without padding zeros.
fn text(padded: &[u8]) -> String {
    String::from_utf8_lossy(padded)
        .trim_end_matches('\0')
        .to_owned()
}

fn table(out: &mut impl Write, rows: &[Row]) -> io::Result<()> {
    let head = ["BOARD", "LINK", "STATE", "FIRMWARE", "BUILD", "TAGS"].map(String::from);
    let mut lines = vec![(head, Vec::new())];
    lines.extend(rows.iter().map(|row| {
        let dash = || "-".to_owned();
        let firmware = row.firmware.as_ref().zip(row.version.as_ref());
        let cells = [
            row.name.clone(),
            row.link.clone(),
            row.state_in_words().to_owned(),
            firmware.map_or_else(dash, |(firmware, version)| format!("{firmware} {version}")),
            row.build_id
                .as_ref()
                .map_or_else(dash, |id| id.chars().take(10).collect()),
            if row.tags.is_empty() {
                dash()
            } else {
                row.tags.join(",")
            },
        ];
        let below = [
            row.why.clone(),
            row.check.as_ref().map(Check::in_words),
            row.low_latency
                .map(|flag| format!("low-latency flag: {flag}")),
            (!row.fixtures.is_empty()).then(|| format!("fixtures: {}", row.fixtures.join(", "))),
        ];
        (cells, below.into_iter().flatten().collect())
    }));
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|(cells, _)| cells.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    for (cells, below) in &lines {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        writeln!(out, "{}", line.trim_end())?;
        for words in below {
            writeln!(out, "    {words}")?;
        }
    }
    Ok(())
}
