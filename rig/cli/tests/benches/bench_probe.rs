//! The bench qemu against a real QEMU and the real image, over stock probe-rs: failures are
//! reported with their cause, recovery works where possible, nothing hangs, no process is left.

use crate::bench_qemu_images::{image, locked_up, other_build, silent};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::QemuProbe;
use thecal_bench::elf::Image;
use thecal_bench::inventory;
use thecal_bench::inventory::BoardSpec;
use thecal_bench::link::{Deadlines, Liveness};
use thecal_bench::probe::Protocol;
use thecal_bench::probe::{Flashing, ProbeBench, ProbeTarget, Probed};
use thecal_bench::virtual_probe::{CHIP, CoreRegister, FLASH_START, VirtualTarget};
use thecal_cli::registry::BENCHES;
use thecal_cli::serve::black_magic::BlackMagicServer;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Hello, Reaction};
use thecal_plan::{Disturbance, Place};
use thecal_suite::health::{power_on, quiet_minute};

/// Generous: a test that does not hang ends long before.
const NEVER_HANGS: Duration = Duration::from_secs(30);

fn boot(bench: &mut impl Bench) -> Result<Hello, BenchError> {
    let nvm = Box::new([0xff; NVM_LEN]);
    bench.boot(&power_on(&nvm), &nvm)
}

fn booted() -> QemuProbe {
    let mut bench = QemuProbe::start(&image(), None).unwrap();
    boot(&mut bench).unwrap();
    assert_eq!(exchange(&mut bench, 0).unwrap(), Exchange::Reacted);
    bench
}

/// One exchange per minute of the pump's clock; the first of them after Boot.
fn exchange(bench: &mut impl Bench, number: u64) -> Result<Exchange, BenchError> {
    let stimulus = quiet_minute(number);
    bench.exchange(&stimulus, &mut Reaction::default())
}

/// Exchanges until the result is not a Reaction, or too much time has passed.
fn exchange_until_it_ends(bench: &mut impl Bench) -> Result<Exchange, BenchError> {
    let started = Instant::now();
    let mut number = 1;
    while started.elapsed() < NEVER_HANGS {
        let became = exchange(bench, number)?;
        if became != Exchange::Reacted {
            return Ok(became);
        }
        number += 1;
    }
    panic!("{number} exchanges, and no end");
}

fn assert_well_again(bench: &mut impl Bench) {
    boot(bench).unwrap();
    for number in 0..20 {
        assert_eq!(exchange(bench, number).unwrap(), Exchange::Reacted);
    }
}

fn probe(selector: &str) -> ProbeTarget {
    ProbeTarget {
        selector: selector.to_owned(),
        chip: CHIP.to_owned(),
        protocol: Protocol::default(),
    }
}

/// A board of an inventory, behind the probe with this selector, with more lines for it.
fn listed(selector: &str, more: &str) -> Arc<BoardSpec> {
    let text = format!(
        "[[board]]\nname = \"pump-a\"\nprobe = \"{selector}\"\nchip = \"{CHIP}\"\n{more}\n"
    );
    let inventory = inventory::parse(Path::new("bench.toml"), &text, BENCHES).unwrap();
    Arc::clone(inventory.board("pump-a").unwrap())
}

fn open(board: &BoardSpec) -> Result<ProbeBench<Probed>, BenchError> {
    ProbeBench::open(
        Image::open(&image()).unwrap(),
        board.probe.as_ref().unwrap(),
        board.flashing(),
        Deadlines::default(),
        Probed::default(),
    )
}

fn pid(bench: &mut QemuProbe) -> Pid {
    Pid::from_raw(i32::try_from(bench.process_id().unwrap()).unwrap())
}

fn place(symbol: &str, offset: u32) -> Place {
    Place {
        symbol: symbol.to_owned(),
        offset,
        field: None,
    }
}

#[test]
fn the_image_boots_says_who_it_is_and_reacts() {
    let mut bench = QemuProbe::start(&image(), None).unwrap();
    for _ in 0..2 {
        let hello = boot(&mut bench).unwrap();
        assert_eq!(hello.contract, CONTRACT_VERSION);
        assert_eq!(hello.build_id, Image::open(&image()).unwrap().build_id().0);
        for number in 0..1000 {
            assert_eq!(exchange(&mut bench, number).unwrap(), Exchange::Reacted);
        }
    }
    let link = bench.statistics();
    // A late answer, asked for twice, is a busy machine's.
    assert_eq!((link.broken, link.garbage_bytes), (0, 0));
}

#[test]
fn a_probe_that_is_not_there_or_one_of_several_is_named_with_what_is() {
    let target = VirtualTarget::start(&image()).unwrap();
    let _another = VirtualTarget::start(&image()).unwrap();
    for (selector, says) in [
        ("1209:0001:nobody", "could not be"),
        ("1209:0001", "several probes fit"),
    ] {
        let probe = probe(selector);
        let image = Image::open(&image()).unwrap();
        let (deadlines, owner) = (Deadlines::default(), Probed::default());
        let error = ProbeBench::open(image, &probe, Flashing::Never, deadlines, owner).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, BenchError::OpenProbe { .. }), "{text}");
        assert!(text.contains(target.serial_number()), "{text}");
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn a_chip_that_is_not_known_is_named() {
    let target = VirtualTarget::start(&image()).unwrap();
    let unknown = ProbeTarget {
        chip: "STM32F999".to_owned(),
        ..probe(&target.selector())
    };
    let image = Image::open(&image()).unwrap();
    let error = ProbeBench::open(
        image,
        &unknown,
        Flashing::Never,
        Deadlines::default(),
        Probed::default(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("STM32F999"), "{error}");
}

/// Both probes use no protocol until one is selected: that of probe-rs' own driver, and ours.
#[test]
fn a_probe_is_told_to_speak_serial_wire_where_the_inventory_says_nothing() {
    let target = VirtualTarget::start(&image()).unwrap();
    let server = BlackMagicServer::start(&target, 0).unwrap();
    for selector in [target.selector(), server.selector()] {
        for more in ["", "protocol = \"swd\""] {
            assert_well_again(&mut open(&listed(&selector, more)).unwrap());
        }
    }
}

#[test]
fn a_protocol_that_a_probe_does_not_speak_is_named_with_the_key_that_chose_it() {
    let target = VirtualTarget::start(&image()).unwrap();
    let server = BlackMagicServer::start(&target, 0).unwrap();
    for selector in [target.selector(), server.selector()] {
        let error = open(&listed(&selector, "protocol = \"jtag\"")).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, BenchError::SelectProtocol { .. }), "{text}");
        assert!(text.contains("JTAG") && text.contains(&selector), "{text}");
        assert!(text.contains("`protocol` in bench.toml"), "{text}");
    }
}

#[test]
fn another_build_in_flash_is_refused_before_the_first_step() {
    let dir = tempfile::tempdir().unwrap();
    let believed = other_build(&image(), dir.path());
    let error = QemuProbe::start(&believed, None).unwrap_err();
    assert!(matches!(error, BenchError::OtherFlash { .. }), "{error}");
}

#[test]
fn an_image_without_channels_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    for bad in [silent(dir.path()), locked_up(dir.path())] {
        let started = Instant::now();
        let error = QemuProbe::start(&bad, None).unwrap_err();
        assert!(
            matches!(
                error,
                BenchError::NoChannels { .. }
                    | BenchError::ProcessGone { .. }
                    | BenchError::OtherFlash { .. }
                    | BenchError::Attach { .. }
                    | BenchError::Probe { .. }
            ),
            "{error:?}"
        );
        assert!(started.elapsed() < NEVER_HANGS);
    }
}

#[test]
fn killing_it_in_mid_run_is_its_end_not_a_hang() {
    let mut bench = booted();
    let process = pid(&mut bench);
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        kill(process, Signal::SIGKILL).unwrap();
    });
    let error = exchange_until_it_ends(&mut bench).unwrap_err();
    killer.join().unwrap();
    assert!(matches!(error, BenchError::ProcessGone { .. }), "{error}");
    assert!(error.to_string().contains("SIGKILL"), "{error}");
}

#[test]
fn killing_it_before_the_boot_is_its_end_too() {
    let mut bench = QemuProbe::start(&image(), None).unwrap();
    kill(pid(&mut bench), Signal::SIGKILL).unwrap();
    let error = boot(&mut bench).unwrap_err();
    assert!(matches!(error, BenchError::ProcessGone { .. }), "{error}");
}

#[test]
fn killing_it_before_a_disturbance_is_its_end_too() {
    for disturbance in [
        Disturbance::Halt,
        Disturbance::FlipRam {
            place: place("main_trampoline::PUMP", 0),
            bit: 0,
        },
        Disturbance::CutPower,
    ] {
        let mut bench = booted();
        kill(pid(&mut bench), Signal::SIGKILL).unwrap();
        let started = Instant::now();
        let error = bench.disturb(&disturbance).unwrap_err();
        assert!(started.elapsed() < NEVER_HANGS, "{error}");
    }
}

#[test]
fn a_process_that_is_stopped_is_an_error_not_a_hang() {
    let mut bench = booted();
    kill(pid(&mut bench), Signal::SIGSTOP).unwrap();
    let started = Instant::now();
    let error = exchange(&mut bench, 1).unwrap_err().to_string();
    assert!(error.contains("did not answer"), "{error}");
    assert!(started.elapsed() < NEVER_HANGS);
}

#[test]
fn a_reset_in_the_middle_of_exchanges_is_a_pump_that_hangs_until_it_is_booted() {
    for _ in 0..5 {
        let mut bench = booted();
        let target = bench.target();
        target.reset().unwrap();
        assert_eq!(exchange(&mut bench, 1).unwrap(), Exchange::Hung);
        assert_well_again(&mut bench);
    }
}

#[test]
fn a_stale_control_block_is_not_taken_for_the_new_one() {
    let mut bench = booted();
    let block = Image::open(&image()).unwrap().rtt_address().unwrap();
    let block = u32::try_from(block).unwrap();
    // Pointers as a crashed image might have left them, within the buffers but inconsistent.
    for offset in [24 + 12, 24 + 16, 48 + 12, 48 + 16] {
        let target = bench.target();
        target
            .write_memory(block + offset, &7_u32.to_le_bytes())
            .unwrap();
    }
    assert_well_again(&mut bench);
    // And an invalid control block.
    bench.target().write_memory(block, &[0xa5; 72]).unwrap();
    assert_well_again(&mut bench);
}

#[test]
fn pointers_that_are_out_of_their_buffer_hang_nothing() {
    let mut bench = booted();
    let block = Image::open(&image()).unwrap().rtt_address().unwrap();
    let block = u32::try_from(block).unwrap();
    bench
        .target()
        .write_memory(block + 24 + 12, &0xffff_ffff_u32.to_le_bytes())
        .unwrap();
    let started = Instant::now();
    let became = exchange(&mut bench, 1).unwrap();
    assert!(matches!(became, Exchange::Reacted | Exchange::Hung));
    assert!(started.elapsed() < NEVER_HANGS);
    assert_well_again(&mut bench);
}

#[test]
fn a_core_that_a_debugger_halted_is_an_error_not_a_hang() {
    let mut bench = booted();
    bench.target().halt().unwrap();
    let error = exchange(&mut bench, 1).unwrap_err();
    assert!(matches!(error, BenchError::Halted { .. }), "{error}");
    assert_well_again(&mut bench);
}

#[test]
fn a_flipped_program_counter_is_a_pump_that_hangs_until_it_is_booted() {
    let mut bench = booted();
    let flip = Disturbance::FlipRegister {
        register: 15,
        mask: 0x4000_0000,
    };
    let changed = bench.disturb(&flip).unwrap();
    assert_eq!(changed.before ^ changed.after, 0x4000_0000);
    assert_eq!(exchange(&mut bench, 1).unwrap(), Exchange::Hung);
    assert_well_again(&mut bench);
}

#[test]
fn a_core_that_locks_up_is_a_pump_that_hangs_until_it_is_booted() {
    let mut bench = booted();
    let target = bench.target();
    target.halt().unwrap();
    // The fault handler's vector, the fourth of the table, points to invalid memory.
    target
        .write_memory(FLASH_START + 12, &0xdead_0001_u32.to_le_bytes())
        .unwrap();
    let counter = target.read_core_register(CoreRegister::PC).unwrap();
    target
        .write_core_register(CoreRegister::PC, counter ^ 0x4000_0000)
        .unwrap();
    // QEMU ends here, or at the first exchange.
    drop(target.resume());
    assert_eq!(exchange(&mut bench, 1).unwrap(), Exchange::Hung);
    assert!(matches!(bench.target().liveness(), Liveness::LockedUp(_)));
    assert_well_again(&mut bench);
}

#[test]
fn a_halted_core_goes_on_where_it_was() {
    let mut bench = booted();
    bench.disturb(&Disturbance::Halt).unwrap();
    let (register, mask) = (12, 1);
    let flip = Disturbance::FlipRegister { register, mask };
    let changed = bench.disturb(&flip).unwrap();
    assert_eq!(changed.before ^ changed.after, mask);
    assert!(bench.target().is_halted().unwrap(), "a flip lets it stand");
    let resumed = bench.disturb(&Disturbance::Resume).unwrap();
    assert_eq!((resumed.before, resumed.after), (1, 0));
    for number in 1..20 {
        assert_eq!(exchange(&mut bench, number).unwrap(), Exchange::Reacted);
    }
}

#[test]
fn a_function_begins_at_its_first_byte_and_ram_is_not_flash() {
    let mut bench = booted();
    let mut vector = [0; 4];
    bench
        .target()
        .read_memory(0x0800_0004, &mut vector)
        .unwrap();
    let reset = u32::from_le_bytes(vector) & !1;
    let mut first = [0];
    bench.target().read_memory(reset, &mut first).unwrap();
    let flip = |symbol| Disturbance::FlipFlash {
        place: place(symbol, 0),
        bit: 0,
    };
    let changed = bench.disturb(&flip("Reset")).unwrap();
    assert_eq!(changed.before, u32::from(first[0]));
    let error = bench.disturb(&flip("uart::RECEIVED")).unwrap_err();
    assert!(error.to_string().contains("not in flash"), "{error}");
}

#[test]
fn bits_flip_where_the_scenario_says_and_are_read_back() {
    let mut bench = booted();
    let ram = Disturbance::FlipRam {
        place: place("uart::RECEIVED", 3),
        bit: 5,
    };
    let changed = bench.disturb(&ram).unwrap();
    assert_eq!(changed.before ^ changed.after, 1 << 5);
    let field = |field: &str, bit| Disturbance::FlipRam {
        place: Place {
            field: Some(field.to_owned()),
            ..place("PUMP", 0)
        },
        bit,
    };
    for (path, bit) in [
        ("state.meter.bolus_left.value", 41),
        ("state.therapy.inverse[60]", 2),
        ("state.therapy.prescription.dose.__0", 31),
    ] {
        let changed = bench.disturb(&field(path, bit)).unwrap();
        assert_eq!(changed.before ^ changed.after, 1 << (bit % 8), "{path}");
    }
    for (path, bit) in [
        ("state.meter.nothing", 0),
        ("state.therapy.inverse[900]", 0),
        ("state.therapy.flags.value", 16),
    ] {
        let error = bench.disturb(&field(path, bit)).unwrap_err();
        assert!(matches!(error, BenchError::NoSuchField { .. }), "{error}");
    }
    let flash = Disturbance::FlipFlash {
        place: place("THECAL_DOORBELL", 1),
        bit: 7,
    };
    let changed = bench.disturb(&flash).unwrap();
    assert_eq!(changed.before ^ changed.after, 1 << 7);
    let nowhere = bench.disturb(&Disturbance::FlipRam {
        place: place("uart::RECEIVED", 1 << 20),
        bit: 0,
    });
    assert!(matches!(
        nowhere.unwrap_err(),
        BenchError::NoSuchPlace { .. }
    ));
}

#[test]
fn after_a_power_cut_nothing_of_ram_is_left() {
    let mut bench = booted();
    let image = Image::open(&image()).unwrap();
    let at = image.address_of(&place("uart::RECEIVED", 0)).unwrap();
    let at = u32::try_from(at).unwrap();
    bench.target().write_memory(at, b"remember").unwrap();
    bench.disturb(&Disturbance::CutPower).unwrap();
    let mut left = [0; 8];
    bench.target().read_memory(at, &mut left).unwrap();
    assert_ne!(&left, b"remember");
    assert_well_again(&mut bench);
}

#[test]
fn dropping_the_bench_leaves_no_process() {
    let mut bench = booted();
    let process = bench.process_id().unwrap();
    drop(bench);
    assert!(!Path::new("/proc").join(process.to_string()).exists());
}

#[test]
fn a_board_with_another_image_is_flashed_where_that_is_allowed() {
    let target = VirtualTarget::start(&image()).unwrap();
    let wanted = Image::open(&image()).unwrap();
    let id = u32::try_from(wanted.build_id_address().unwrap()).unwrap();
    target.write_memory(id, &[0xa5; 20]).unwrap();
    let probe = probe(&target.selector());
    let open = |flashing| {
        let image = wanted.clone();
        ProbeBench::open(
            image,
            &probe,
            flashing,
            Deadlines::default(),
            Probed::default(),
        )
    };
    let error = open(Flashing::Never).unwrap_err();
    assert!(matches!(error, BenchError::OtherFlash { .. }), "{error}");
    let mut bench = open(Flashing::IfNeeded).unwrap();
    let mut found = [0; 20];
    target.read_memory(id, &mut found).unwrap();
    assert_eq!(found, wanted.build_id().0);
    assert_well_again(&mut bench);
    drop(bench);
    // The image is the right one now, so nothing is flashed; with `Always` it is flashed anyway.
    assert_well_again(&mut open(Flashing::Never).unwrap());
    assert_well_again(&mut open(Flashing::Always).unwrap());
}
