//! `thecal serve` as other programs see it: a serial port, a debug probe on the network, a plant
//! with keyboard control. Never skipped: if QEMU or the image is missing, these tests fail.

use crate::reference_image::image;
use crate::serve_desk::{NEVER_HANGS, Served};
use nix::sys::signal::Signal;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, WireProtocol};
use probe_rs::rtt::Rtt;
use probe_rs::{MemoryInterface, Permissions, Session};
use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::elf::Image;
use thecal_bench::link::{Deadlines, Unwatched};
use thecal_bench::serial::SerialLink;
use thecal_bench::virtual_probe::{CHIP, RAM_START};
use thecal_engine::bench::{BenchError, Exchange};
use thecal_link::Reaction;
use thecal_link::limits::NVM_LEN;
use thecal_plan::Place;
use thecal_suite::health::{power_on, quiet_minute};

/// RAM beyond the image.
const SCRATCH: u64 = RAM_START as u64 + 0x1_e000;

/// The pump's part of an exchange.
const REACT: &str = "<thecal_pump_stm32f405::Board as thecal_link::endpoint::Program>::react";

/// The link waits 6 s for a Reaction.
const LONGER_THAN_THE_LINK_WAITS: Duration = Duration::from_secs(7);

/// The scenario if none is named.
const DESK: &str = include_str!("../../src/serve/desk.toml");

/// A pace that no board reaches.
const FULL_SPEED: &str = "1e9";

const MOMENT: Duration = Duration::from_millis(300);

fn attach(selector: &str) -> Session {
    let selector: DebugProbeSelector = selector.parse().unwrap();
    let mut probe = Lister::new().open(selector).unwrap();
    probe.select_protocol(WireProtocol::Swd).unwrap();
    probe.attach(CHIP, Permissions::default()).unwrap()
}

fn boot(link: &mut SerialLink) {
    let nvm = Box::new([0xff; NVM_LEN]);
    let hello = link.boot(&power_on(&nvm), &nvm, &mut Unwatched).unwrap();
    assert_eq!(hello.build_id, Image::open(&image()).unwrap().build_id().0);
}

/// The exchanges from `first` on, one per minute of the pump's clock.
fn exchange(link: &mut SerialLink, first: u64, count: u64) -> Result<(), BenchError> {
    for number in first..first + count {
        let stimulus = quiet_minute(number);
        let became = link.exchange(&stimulus, &mut Reaction::default(), &mut Unwatched)?;
        assert_eq!(became, Exchange::Reacted);
    }
    Ok(())
}

#[test]
fn port_and_probe_are_served_both_at_once_for_as_long_as_was_asked() {
    let started = Instant::now();
    let mut served = Served::start(&image(), &["--for", "15 s"]);
    let (port, selector) = served.where_it_is();
    assert_eq!(served.emulators(), 1);
    let mut link = SerialLink::open(&port, Deadlines::default()).unwrap();
    boot(&mut link);
    exchange(&mut link, 0, 50).unwrap();
    let mut session = attach(&selector);
    let mut core = session.core(0).unwrap();
    for number in 0..50 {
        let word = 0x0123_0000 + u32::try_from(number).unwrap();
        core.write_word_32(SCRATCH, word).unwrap();
        exchange(&mut link, 50 + number, 1).unwrap();
        assert_eq!(core.read_word_32(SCRATCH).unwrap(), word);
    }
    let block = Image::open(&image()).unwrap().rtt_address().unwrap();
    let mut rtt = Rtt::attach_at(&mut core, block).unwrap();
    let names = |name: Option<&str>| name.unwrap_or_default().to_owned();
    let ups: Vec<_> = rtt
        .up_channels()
        .iter()
        .map(|one| names(one.name()))
        .collect();
    let downs: Vec<_> = rtt
        .down_channels()
        .iter()
        .map(|one| names(one.name()))
        .collect();
    assert!(ups.contains(&"hil-rsp".to_owned()), "{ups:?}");
    assert!(downs.contains(&"hil-req".to_owned()), "{downs:?}");
    let text = ups.iter().position(|name| name == "text").unwrap();
    let mut said = [0; 128];
    let len = rtt.up_channels()[text].read(&mut core, &mut said).unwrap();
    let said = String::from_utf8_lossy(&said[..len]);
    assert!(said.contains("reference pump"), "{said:?}");
    // A reset pump is unbooted; the port is the same.
    core.reset().unwrap();
    let error = exchange(&mut link, 100, 1).unwrap_err();
    assert!(matches!(error, BenchError::Refused { .. }), "{error}");
    boot(&mut link);
    exchange(&mut link, 0, 50).unwrap();
    drop(core);
    drop(session);
    let (code, text) = served.ended();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("the board is gone"), "{text}");
    assert!(started.elapsed() >= Duration::from_secs(14));
}

#[test]
fn an_interrupt_ends_it_in_order() {
    for (signal, arguments) in [
        (Signal::SIGINT, [].as_slice()),
        (Signal::SIGTERM, &[]),
        (Signal::SIGHUP, &[]),
        (Signal::SIGQUIT, &[]),
        (Signal::SIGINT, &["--plant"]),
        (Signal::SIGTERM, &["--plant"]),
        (Signal::SIGHUP, &["--plant"]),
    ] {
        let mut served = Served::start(&image(), arguments);
        let (_, selector) = served.where_it_is();
        // A connected client does not prevent its end.
        let _session = attach(&selector);
        served.signal(signal);
        let (code, text) = served.ended();
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("Served"), "{text}");
    }
}

#[test]
fn killing_it_leaves_no_emulator() {
    for arguments in [[].as_slice(), &["--plant"]] {
        let mut served = Served::start(&image(), arguments);
        served.where_it_is();
        assert_eq!(served.emulators(), 1);
        served.signal(Signal::SIGKILL);
        let (code, _) = served.ended();
        assert_eq!(code, None);
    }
}

#[test]
fn a_port_that_is_taken_is_an_error_that_helps() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for arguments in [["--port", &port].as_slice(), &["--port", &port, "--plant"]] {
        let started = Instant::now();
        let (code, text) = Served::start(&image(), arguments).ended();
        assert_eq!(code, Some(5), "{text}");
        assert!(text.contains(&port) && text.contains("--port"), "{text}");
        assert!(started.elapsed() < NEVER_HANGS);
    }
}

#[test]
fn what_is_typed_happens_to_the_pump() {
    let mut served = Served::start(&image(), &["--plant", "--pace", "600"]);
    served.line_with("Plant ");
    served.type_in("press");
    let granted = served.line_with("granted");
    assert!(granted.contains("bolus"), "{granted}");
    served.type_in("status");
    let status = served.line_with("steps moved");
    assert!(
        status.contains("truth") && status.contains("reservoir"),
        "{status}"
    );
    served.type_in("clinician-bolus = { dose = \"50 ug\", duration = \"5 min\" }");
    served.line_with("clinician");
    served.type_in("clinician-bolus = { dose = \"50\", duration = \"5 min\" }");
    served.line_with("clinician-bolus = { dose = \"50\"");
    served.line_with("help");
    served.type_in("press three times");
    served.line_with("`help` shows what may be typed");
    served.type_in("help");
    served.line_with("interrogate");
    served.type_in("quit");
    let (code, text) = served.ended();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("the pump is reset, its motor off"), "{text}");
}

#[test]
fn a_debugger_that_halts_the_core_makes_the_plant_wait() {
    let folder = tempfile::tempdir().unwrap();
    let years = years(folder.path());
    // At full speed a halt may come within an exchange; a breakpoint, below, always does.
    for arguments in [
        ["--plant", "--pace", "600"].as_slice(),
        &["--plant", &years, "--pace", FULL_SPEED],
    ] {
        let mut served = Served::start(&image(), arguments);
        let (_, selector) = served.where_it_is();
        served.line_with("steps moved");
        for _ in 0..6 {
            let mut session = attach(&selector);
            let mut core = session.core(0).unwrap();
            core.halt(Duration::from_secs(5)).unwrap();
            served.line_with("the plant waits");
            core.run().unwrap();
            drop(core);
            drop(session);
            served.line_with("Runs again");
            served.type_in("interrogate");
            served.line_with("interrogate");
        }
        served.type_in("quit");
        let (code, text) = served.ended();
        assert_eq!(code, Some(0), "{text}");
        assert!(!text.contains("hangs"), "{text}");
    }
}

#[test]
fn a_breakpoint_within_an_exchange_makes_the_plant_wait() {
    let mut served = Served::start(&image(), &["--plant", "--pace", "600"]);
    let (_, selector) = served.where_it_is();
    served.line_with("steps moved");
    let mut session = attach(&selector);
    let mut core = session.core(0).unwrap();
    let react = Place {
        symbol: REACT.to_owned(),
        offset: 0,
        field: None,
    };
    let react = Image::open(&image()).unwrap().address_of(&react).unwrap();
    let before = simulated(&mut served);
    let started = Instant::now();
    core.set_hw_breakpoint(react).unwrap();
    let mut halted = Duration::ZERO;
    for hold in [LONGER_THAN_THE_LINK_WAITS, MOMENT, MOMENT, MOMENT] {
        core.wait_for_core_halted(NEVER_HANGS).unwrap();
        served.line_with("the plant waits");
        let begun = Instant::now();
        thread::sleep(hold);
        halted += begun.elapsed();
        core.run().unwrap();
        served.line_with("Runs again");
    }
    core.clear_hw_breakpoint(react).unwrap();
    // It may have halted there once more.
    if core.core_halted().unwrap() {
        core.run().unwrap();
    }
    drop(core);
    drop(session);
    let simulated = simulated(&mut served) - before;
    let most = (started.elapsed() - halted + MOMENT) * 600;
    assert!(simulated <= most, "{simulated:?} of at most {most:?}");
    served.type_in("interrogate");
    served.line_with("interrogate");
    served.type_in("quit");
    let (code, text) = served.ended();
    assert_eq!(code, Some(0), "{text}");
    assert!(
        !text.contains("hangs") && !text.contains("watchdog"),
        "{text}"
    );
}

#[test]
fn it_can_be_stopped_while_a_debugger_has_the_core_halted() {
    let folder = tempfile::tempdir().unwrap();
    let years = years(folder.path());
    let mut served = Served::start(&image(), &["--plant", &years, "--pace", FULL_SPEED]);
    let (_, selector) = served.where_it_is();
    served.line_with("steps moved");
    let mut session = attach(&selector);
    let mut core = session.core(0).unwrap();
    core.halt(Duration::from_secs(5)).unwrap();
    served.line_with("the plant waits");
    let started = Instant::now();
    served.signal(Signal::SIGINT);
    let (code, text) = served.ended();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("the pump is reset, its motor off"), "{text}");
    assert!(started.elapsed() < LONGER_THAN_THE_LINK_WAITS, "{text}");
}

#[test]
fn a_scenario_cannot_halt_the_core_that_a_debugger_may_halt() {
    let folder = tempfile::tempdir().unwrap();
    let halts = "[[fault]]\nstart = \"1 min\"\nduration = \"1 min\"\ncore-halt = {}\n";
    let file = folder.path().join("halts.toml");
    std::fs::write(&file, format!("{DESK}{halts}")).unwrap();
    let arguments = ["--plant", file.to_str().unwrap(), "--pace", "600"];
    let (code, text) = Served::start(&image(), &arguments).ended();
    assert_eq!(code, Some(5), "{text}");
    assert!(
        text.contains("this bench cannot do what needs \"halt\""),
        "{text}"
    );
}

/// The file of a scenario that lasts longer than a test, at full speed too.
fn years(folder: &Path) -> String {
    let desk = DESK.replace("\"30 d\"", "\"1800 d\"");
    let path = folder.join("years.toml");
    std::fs::write(&path, desk).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The simulated time, as the status shows it in less than a day.
fn simulated(served: &mut Served) -> Duration {
    served.type_in("status");
    let status = served.line_with("steps moved");
    let time = status.split_whitespace().next().unwrap();
    let seconds = time.split(':').fold(0.0, |sum, part| {
        let part: f64 = part.parse().unwrap_or_else(|_| panic!("{status}"));
        sum * 60.0 + part
    });
    Duration::from_secs_f64(seconds)
}
