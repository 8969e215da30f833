//! Behavior of the image only, in QEMU behind the virtual probe: it detects damaged flash, leaves a
//! crash record, and faults if its stack would reach other memory. Never skipped: if QEMU or the
//! image is missing, these tests fail and say how to get it.

use crate::image_kit::{history, image, stack, symbol, words};
use thecal_bench::QemuProbe;
use thecal_bench::virtual_probe::{CoreRegister, FLASH_START, RAM_START, VirtualTarget};
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_engine::run::{Progress, run};
use thecal_link::frame::checksum;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Reaction, ResetCause};
use thecal_reference::programmer::Reference;
use thecal_suite::health::{power_on, quiet_minute};
use thecal_telemetry::LogCode;

/// Marks a record; the causes' numbers are those of the firmware's `CrashCause`.
const MAGIC: u32 = 0x4352_5348;
const PANIC: u32 = 1;
const FAULT: u32 = 2;
const INTERRUPT: u32 = 3;

/// Cause and place of the record; `None` if there is none.
fn record(target: &VirtualTarget) -> Option<(u32, u32)> {
    let found = words(target, symbol("__crash_record"), 4);
    let [magic, cause, place, sum] = found.try_into().unwrap();
    let bytes: Vec<u8> = [magic, cause, place]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    (magic == MAGIC && sum == checksum(&bytes)).then_some((cause, place))
}

fn boot_after(bench: &mut QemuProbe, cause: ResetCause) {
    let nvm = Box::new([0xff; NVM_LEN]);
    let boot = Boot {
        cause,
        ..power_on(&nvm)
    };
    bench.boot(&boot, &nvm).unwrap();
    assert_eq!(exchange(bench, 0), Exchange::Reacted);
}

fn exchange(bench: &mut QemuProbe, number: u64) -> Exchange {
    let mut reaction = Reaction::default();
    bench
        .exchange(&quiet_minute(number), &mut reaction)
        .unwrap()
}

fn booted() -> QemuProbe {
    let mut bench = QemuProbe::start(&image(), None).unwrap();
    boot_after(&mut bench, ResetCause::PowerOn);
    assert_eq!(record(bench.target()), None);
    bench
}

/// Content of the text channel, the third of the control block's buffers.
fn text(target: &VirtualTarget) -> String {
    let found = words(target, symbol("_SEGGER_RTT") + 24 + 24, 4);
    let mut text = vec![0; found[3].try_into().unwrap()];
    target.read_memory(found[1], &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// Changes registers of the halted core, resumes it, and waits until the firmware ends: it resets
/// itself and is then unbooted. Returns the record.
fn end_after(bench: &mut QemuProbe, change: impl FnOnce(&VirtualTarget)) -> Option<(u32, u32)> {
    let target = bench.target();
    target.halt().unwrap();
    change(target);
    target.resume().unwrap();
    assert_eq!(exchange(bench, 1), Exchange::Hung);
    record(bench.target())
}

fn set(target: &VirtualTarget, register: CoreRegister, value: u32) {
    target.write_core_register(register, value).unwrap();
}

/// Verifies REQ-WDG-003, REQ-POST-007.
#[test]
fn a_fault_leaves_its_program_counter_and_the_next_boot_takes_it_once() {
    let mut bench = booted();
    let nowhere = FLASH_START ^ 0x4000_0000;
    let left = end_after(&mut bench, |target| set(target, CoreRegister::PC, nowhere));
    assert_eq!(left, Some((FAULT, nowhere)));
    // Resets before the next boot do not lose it.
    bench.target().reset().unwrap();
    assert_eq!(record(bench.target()), left);
    boot_after(&mut bench, ResetCause::Watchdog);
    assert_eq!(record(bench.target()), None);
}

/// Verifies REQ-POST-007.
#[test]
fn a_crash_is_in_the_log_with_its_place_and_never_twice() {
    let flip = "[[fault]]\nstart = \"360 min 30 s\"\n\
                register-flip = { register = \"pc\", mask = \"0x40000000\" }\n\
                [[fault]]\nstart = \"420 min\"\nduration = \"1 s\"\nreset = {}\n";
    let mut bench = QemuProbe::start(&image(), None).unwrap();
    let people = Box::new(Reference::new());
    let told = run(
        &history(flip),
        &mut bench,
        people,
        None,
        &Progress::default(),
    )
    .unwrap();
    let flipped = told.faults.iter().find_map(|fault| fault.changed).unwrap();
    let entries = told.log.lines;
    let crashes: Vec<u32> = entries
        .iter()
        .filter(|(_, line)| line.code == LogCode::Crashed as u8)
        .map(|(_, line)| line.argument)
        .collect();
    assert_eq!(crashes, [flipped.after]);
}

/// Verifies REQ-POST-007.
#[test]
fn a_panic_leaves_its_line() {
    let mut bench = booted();
    // The handler finds this address wherever it looks for the place in its argument, and for the
    // line in the place.
    let everywhere = symbol("__crash_record") - 0x200;
    let argument: Vec<u8> = (0..64).flat_map(|_| everywhere.to_le_bytes()).collect();
    let left = end_after(&mut bench, |target| {
        target.write_memory(everywhere, &argument).unwrap();
        for number in 0..4 {
            set(target, CoreRegister::general(number).unwrap(), everywhere);
        }
        let handler = symbol("__rustc::rust_begin_unwind");
        set(target, CoreRegister::PC, handler);
    });
    assert_eq!(left, Some((PANIC, everywhere)));
    boot_after(&mut bench, ResetCause::Watchdog);
}

/// Verifies REQ-POST-007.
#[test]
fn an_interrupt_that_nothing_enabled_leaves_its_number() {
    /// Position in the chip's table: a timer that the image does not use.
    const TIM2: u32 = 28;
    let mut bench = booted();
    let left = end_after(&mut bench, |target| {
        for register in [0xe000_e100, 0xe000_e200] {
            target
                .write_memory(register, &(1_u32 << TIM2).to_le_bytes())
                .unwrap();
        }
    });
    assert_eq!(left, Some((INTERRUPT, 16 + TIM2)));
    boot_after(&mut bench, ResetCause::Watchdog);
}

/// Verifies REQ-IMG-001.
#[test]
fn a_stack_that_overflows_is_a_fault() {
    let mut bench = booted();
    let (end, start) = (symbol("_stack_end"), symbol("_stack_start"));
    assert_eq!(end, RAM_START);
    assert!(start <= symbol("__sdata"), "all data is above it");
    let below = bench.target().read_memory(end - 4, &mut [0; 4]);
    assert!(matches!(below, Err(BenchError::BusFault { .. })));
    let left = end_after(&mut bench, |target| {
        set(target, CoreRegister::SP, end + 16);
    });
    // The stack has no room for the program counter.
    assert_eq!(left, Some((FAULT, 0)));
    boot_after(&mut bench, ResetCause::Watchdog);
}

/// Verifies REQ-WDG-003.
#[test]
fn a_stack_pointer_outside_of_memory_is_a_fault_too_and_locks_nothing_up() {
    let mut bench = booted();
    let left = end_after(&mut bench, |target| {
        set(target, CoreRegister::SP, 0x9000_0000);
    });
    assert_eq!(left, Some((FAULT, 0)));
    boot_after(&mut bench, ResetCause::Watchdog);
}

/// Verifies REQ-POST-007.
#[test]
fn no_record_outlives_a_loss_of_power() {
    let mut bench = booted();
    let left = end_after(&mut bench, |target| {
        set(target, CoreRegister::PC, 0x4800_0000);
    });
    assert!(left.is_some());
    bench.target().power_cycle().unwrap();
    assert_eq!(record(bench.target()), None);
    boot_after(&mut bench, ResetCause::PowerOn);
}

/// Verifies REQ-POST-006.
#[test]
fn a_flipped_bit_anywhere_in_flash_is_noticed_at_the_next_start() {
    let bench = &mut booted();
    assert!(!text(bench.target()).contains("damaged"));
    let seal = symbol("__flash_checksum");
    let initial = symbol("__sidata");
    // An unused vector, a constant, the checksum, its table, the initial content of RAM.
    for at in [
        FLASH_START + 0x380,
        symbol("__erodata") - 1,
        seal,
        seal + 9,
        initial + 0x8000,
    ] {
        for damaged in [true, false] {
            bench.target().flip_bits(at, 1 << 3).unwrap();
            boot_after(bench, ResetCause::Pin);
            let said = text(bench.target());
            assert_eq!(
                said.contains("its flash is damaged"),
                damaged,
                "{at:#010x}: {said}"
            );
        }
    }
}

/// Verifies REQ-IMG-001.
#[test]
fn half_of_the_stack_is_enough_for_all_that_a_pump_is_asked() {
    let mut bench = booted();
    let people = Box::new(Reference::new());
    run(&history(""), &mut bench, people, None, &Progress::default()).unwrap();
    let (used, reserved) = stack(bench.target());
    assert!(
        used > 0 && used <= reserved / 2,
        "{used} of {reserved} bytes"
    );
}
