//! The commands: what each does with its parsed arguments.

use crate::accuracy_command::AccuracyError;
use crate::boards;
use crate::cli::{
    BoardsArgs, CheckArgs, Cli, Command, InventoryArgs, PatientArgs, ReviewArgs, RunArgs,
    ValidateArgs, WhichFiles,
};
use crate::display::{self, Display, difference};
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::lint::{self, Chosen};
use crate::overlay_args::Overlays;
use crate::patient::patient_of;
use crate::registry::{BENCHES, OUTPUTS};
use crate::selection::Selection;
use crate::sharpness::Sharpness;
use crate::{
    accuracy_command, explore_command, log_command, parameters_command, protocol_command,
    self_test_command,
};
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thecal_bench::elf::default_image;
use thecal_bench::inventory;
use thecal_bench::inventory::{Inventory, InventoryError};
use thecal_engine::bench::BuiltIn;
use thecal_engine::verdict::Verdict;
use thecal_overlay::Kind;
use thecal_plan::{Scenario, Signal};
use thecal_report::{Pending, write_named};
use thecal_scenario::{discover, load};
use thecal_study::validate;
use thecal_suite::overlaid;
use thecal_suite::{
    BenchKind, Choice, Event, Files, On, Options, Pool, Selected, Total, run_all, run_on_boards,
};

/// Executes the command.
///
/// # Errors
///
/// [`CommandError`]; the process then exits with its code.
pub fn execute(cli: &Cli) -> Result<ExitCode, CommandError> {
    match &cli.command {
        Command::Run(args) => run(args),
        Command::Check(args) => check(args),
        Command::Lint(args) => lint::lint(&select_files(&args.selection)?, args),
        Command::List(selection) => list(selection),
        Command::Serve(args) => crate::serve::serve(args),
        Command::Log(args) => log_command::log(args),
        Command::Review(args) => review(args),
        Command::Boards(args) => list_boards(args),
        Command::Signals => signals(),
        Command::Explore(args) => explore_command::explore(args),
        Command::ProtocolTest(args) => protocol_command::protocol_test(args),
        Command::SelfTest(args) => self_test_command::self_test(args),
        Command::Validate(args) => Ok(validate(args)?),
        Command::Parameters(args) => parameters_command::parameters(args),
        Command::Accuracy(args) => accuracy_command::accuracy(args).map_err(|error| match error {
            AccuracyError::Io(error) => CommandError::Io(error),
            setup @ AccuracyError::Setup(_) => CommandError::Accuracy(setup),
        }),
    }
}

/// The selected scenarios, with the patient of the command line replacing the scenario's own.
fn select_with(
    selection: &Selection,
    patient: &PatientArgs,
) -> Result<Vec<Selected>, CommandError> {
    let changes = patient_of(patient)?;
    let mut selected = select(selection)?;
    if let Some(changes) = changes {
        for one in &mut selected {
            Arc::make_mut(&mut one.scenario).source.take(&changes);
        }
    }
    Ok(selected)
}

/// Loads the selected scenarios; all mistakes of all files are reported at once.
fn select(selection: &Selection) -> Result<Vec<Selected>, CommandError> {
    select_by(selection, |scenario, _, root| Selected {
        scenario,
        reports: reports_of(root),
        overlay: None,
    })
}

/// The selected scenarios, each with its file.
fn select_files(selection: &Selection) -> Result<Vec<Chosen>, CommandError> {
    select_by(selection, |scenario, file, _| Chosen {
        scenario,
        file: file.to_owned(),
    })
}

/// Loads the selected scenarios and makes something of each, its file, and the root of its id.
fn select_by<T>(
    selection: &Selection,
    make: impl Fn(Arc<Scenario>, &Path, &Path) -> T,
) -> Result<Vec<T>, CommandError> {
    let found = discover(&selection.paths)?;
    let of = found.len();
    let (mut selected, mut files) = (Vec::new(), Vec::new());
    for (file, root) in found {
        match load(&file, &root) {
            Ok(scenario) if wanted(&scenario, selection) => {
                selected.push(make(Arc::new(scenario), &file, &root));
            }
            Ok(_) => {}
            Err(error) => files.push(error),
        }
    }
    if files.is_empty() {
        Ok(selected)
    } else {
        Err(CommandError::Scenarios { files, of })
    }
}

fn wanted(scenario: &Scenario, selection: &Selection) -> bool {
    selection
        .filter
        .as_ref()
        .is_none_or(|text| scenario.id.contains(text.as_str()))
        && selection
            .verifies
            .as_ref()
            .is_none_or(|id| scenario.requirements().any(|known| known == id))
}

/// Approved reports are next to the scenarios: `scenarios/a/b.toml`, `reports/a/b.snap`.
fn reports_of(root: &Path) -> PathBuf {
    match root.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.join("reports"),
        _ => PathBuf::from("reports"),
    }
}

fn run(args: &RunArgs) -> Result<ExitCode, CommandError> {
    let mut selected = select_with(&args.selection, &args.patient)?;
    if !args.overlay.is_empty() {
        selected = overlaid(&selected, &kinds(&args.overlay), &args.overlay_seeds.0);
    }
    let on = On::parse(&args.on, &read_inventory(&args.inventory)?, BENCHES)?;
    let files = match args.files {
        WhichFiles::None => None,
        WhichFiles::Record => Some(Files::records(&args.out, OUTPUTS)),
        WhichFiles::Failures => Some(Files::of_failures(&args.out, OUTPUTS)),
        WhichFiles::All => Some(Files::all(&args.out, OUTPUTS)),
    };
    let options = Options {
        pumps: args.pump.pumps()?,
        files,
        accept: args.accept,
        pending: !args.check && !args.accept && std::env::var_os("CI").is_none(),
        stop_at_first_fail: args.stop_at_first_fail,
    };
    let tell = |selected: Vec<Selected>| match &on {
        On::Bench(row) => run_on_bench(selected, args, &options, row),
        On::Boards(choice) => run_on(selected, args, &options, choice),
    };
    let total = tell(selected.clone())?;
    let mut code = display::summary(&total, args.require_all)?;
    if args.sharpness {
        show_sharpness(&total)?;
    }
    if args.twice && !total.interrupted {
        code = code.worse(compare(&total, &tell(selected)?)?);
    }
    Ok(code)
}

/// How sharp the specification was over these runs.
fn show_sharpness(total: &Total) -> io::Result<()> {
    let mut sharpness = Sharpness::default();
    for case in &total.cases {
        if let Some(opinion) = &case.opinion {
            sharpness.add(&case.record.scenario.id, opinion);
        }
    }
    sharpness.show(&mut anstream::stdout().lock(), true)
}

/// The overlays that were named, each once, in their own order.
fn kinds(named: &[Overlays]) -> Vec<Kind> {
    let wanted = |kind: &Kind| {
        let mut named = named.iter();
        named.any(|one| matches!(one, Overlays::All) || *one == Overlays::One(*kind))
    };
    Kind::ALL.into_iter().filter(wanted).collect()
}

/// Runs on a built-in bench, with as many instances as requested.
fn run_on_bench(
    selected: Vec<Selected>,
    args: &RunArgs,
    options: &Options,
    row: &'static BuiltIn,
) -> Result<Total, CommandError> {
    let elf = args.elf.clone().unwrap_or_else(default_image);
    let bench = BenchKind::BuiltIn { row, elf };
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = args.jobs.unwrap_or(processors);
    run_shown(selected, args.diff, |selected, show| {
        run_all(selected, &bench, options, jobs, show)
    })
}

/// Runs on boards: all stay locked until the last run is done.
fn run_on(
    selected: Vec<Selected>,
    args: &RunArgs,
    options: &Options,
    choice: &Choice,
) -> Result<Total, CommandError> {
    let patience = args.wait_lock.unwrap_or_default();
    let pool = Pool::take(choice, args.elf.as_deref(), patience)?;
    run_shown(selected, args.diff, |selected, show| {
        run_on_boards(selected, options, pool, show)
    })
}

fn run_shown(
    selected: Vec<Selected>,
    diff: bool,
    run: impl FnOnce(Vec<Selected>, &mut dyn FnMut(&Event)) -> io::Result<Total>,
) -> Result<Total, CommandError> {
    let mut display = Display::new(selected.len(), diff);
    let mut broken = Ok(());
    let total = run(selected, &mut |event| {
        let shown = display.show(event);
        if broken.is_ok() {
            broken = shown;
        }
    })?;
    match broken {
        // A reader that closes the pipe (`thecal run | head`) does not change the exit code, nor
        // does a closed terminal: closing it has interrupted the runs.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe || total.interrupted => {}
        shown => shown?,
    }
    Ok(total)
}

/// The inventory named, else the one in the working directory, else none.
fn read_inventory(args: &InventoryArgs) -> Result<Inventory, InventoryError> {
    const FILE: &str = "bench.toml";
    match &args.bench_file {
        Some(file) => inventory::load(file, BENCHES),
        None if Path::new(FILE).exists() => inventory::load(Path::new(FILE), BENCHES),
        None => Ok(Inventory::default()),
    }
}

fn list_boards(args: &BoardsArgs) -> Result<ExitCode, CommandError> {
    let inventory = read_inventory(&args.inventory)?;
    let chosen = boards::choose(args, &inventory)?;
    Ok(boards::boards(args, &inventory, &chosen)?)
}

/// Compares two complete runs, byte for byte.
fn compare(one: &Total, two: &Total) -> Result<ExitCode, CommandError> {
    let mut out = anstream::stdout().lock();
    let mut code = ExitCode::Passed;
    for (first, second) in one.cases.iter().zip(&two.cases) {
        let (one, two) = (&first.record, &second.record);
        if first.body != second.body || one.exchanges() != two.exchanges() {
            code = ExitCode::Undecided;
            let id = &one.scenario.id;
            writeln!(out, "{:>12} {id}: the two runs differ", "UNSTABLE")?;
            let (first, second) = (first.body.as_deref(), second.body.as_deref());
            write!(
                out,
                "{}",
                difference(first.unwrap_or(""), second.unwrap_or(""))
            )?;
        }
    }
    if code == ExitCode::Passed {
        writeln!(out, "{:>12} both runs gave the same bytes", "Twice")?;
    }
    Ok(code)
}

fn check(args: &CheckArgs) -> Result<ExitCode, CommandError> {
    let selected = select_with(&args.selection, &args.patient)?;
    let pumps = args.pump.pumps()?;
    let valid = match selected.len() {
        1 => "1 scenario file is valid".to_owned(),
        count => format!("{count} scenario files are valid"),
    };
    writeln!(anstream::stdout(), "{:>12} {valid}", "Check")?;
    for Selected { scenario, .. } in &selected {
        if let Some(why) = pumps.lacks(scenario) {
            let id = &scenario.id;
            writeln!(
                anstream::stdout(),
                "{:>12} {id}: {why}",
                Verdict::NotRun.name()
            )?;
        }
    }
    Ok(if selected.is_empty() {
        ExitCode::NothingSelected
    } else {
        ExitCode::Passed
    })
}

fn list(selection: &Selection) -> Result<ExitCode, CommandError> {
    let selected = select(selection)?;
    let mut out = anstream::stdout().lock();
    let width = selected
        .iter()
        .map(|one| one.scenario.id.len())
        .max()
        .unwrap_or(0);
    for Selected { scenario, .. } in &selected {
        writeln!(
            out,
            "{:<width$}  {:>17}  {}",
            scenario.id,
            scenario.duration.to_string(),
            scenario.title
        )?;
        if !scenario.verifies.is_empty() {
            writeln!(
                out,
                "{:<width$}  {:>17}  {}",
                "",
                "verifies",
                scenario.requirements().collect::<Vec<_>>().join(", ")
            )?;
        }
    }
    Ok(if selected.is_empty() {
        ExitCode::NothingSelected
    } else {
        ExitCode::Passed
    })
}

/// Runs the rows and writes them to the requested places.
fn validate(args: &ValidateArgs) -> io::Result<ExitCode> {
    if args.assumptions {
        write!(anstream::stdout(), "{}", validate::assumptions::table())?;
        return Ok(ExitCode::Passed);
    }
    let mut rows = validate::observations();
    if !args.only.is_empty() {
        rows.retain(|row| args.only.iter().any(|name| row.is_of(name)));
    }
    if rows.is_empty() {
        let hint = "no row has this name: see them all with `thecal validate`";
        writeln!(anstream::stdout(), "{:>12} {hint}", "Nothing")?;
        return Ok(ExitCode::NothingSelected);
    }
    let outcomes = validate::run(&rows);
    for (file, text) in [
        (&args.json, validate::files::json(&outcomes)?),
        (&args.csv, validate::files::csv(&outcomes)?),
        (&args.html, validate::page::render(&outcomes)),
    ] {
        if let Some(file) = file {
            write_named(file, text.as_bytes())?;
        }
    }
    let mut out = anstream::stdout().lock();
    write!(out, "{}", validate::table::render(&outcomes))?;
    write!(out, "{}", validate::table::summary(&outcomes))?;
    let as_declared = outcomes.iter().all(|row| row.agreement.is_as_declared());
    Ok(if as_declared {
        ExitCode::Passed
    } else {
        ExitCode::Failed
    })
}

fn signals() -> Result<ExitCode, CommandError> {
    let mut out = anstream::stdout().lock();
    for signal in Signal::ALL {
        writeln!(out, "{:<24} {}", signal.name(), signal.description())?;
    }
    Ok(ExitCode::Passed)
}

fn review(args: &ReviewArgs) -> Result<ExitCode, CommandError> {
    let pending = Pending::below(&args.reports)?;
    let mut out = anstream::stdout().lock();
    if pending.is_empty() {
        writeln!(
            out,
            "{:>12} nothing is pending in {}",
            "Review",
            args.reports.display()
        )?;
        return Ok(ExitCode::Passed);
    }
    let mut code = ExitCode::Passed;
    let count = pending.len();
    for (number, report) in (1..).zip(&pending) {
        let approved = report.approved();
        let before = std::fs::read_to_string(approved).unwrap_or_default();
        let after = std::fs::read_to_string(report.text())?;
        writeln!(
            out,
            "{:>12} {number}/{count} {}",
            "Review",
            approved.display()
        )?;
        write!(out, "{}", difference(&before, &after))?;
        if let Err(why) = report.check()? {
            writeln!(out, "{:>12} cannot be approved: {why}", "·")?;
            code = code.worse(ExitCode::NotApproved);
            continue;
        }
        write!(out, "{:>12} approve this report? [y]es, [n]o, [q]uit: ", "")?;
        out.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        match answer.trim() {
            "y" | "yes" => report.approve()?,
            "q" | "quit" | "" => return Ok(code.worse(ExitCode::NotApproved)),
            _ => code = code.worse(ExitCode::NotApproved),
        }
    }
    Ok(code)
}
