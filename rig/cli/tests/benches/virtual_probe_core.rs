//! The core behind the virtual probe, against a real QEMU and the real image, driven through
//! probe-rs: registers, breakpoints, steps, resets, flash, faults. Never skipped: if one of the two
//! is missing, these tests fail and say how to get it.

use crate::virtual_probe_target::{HALT, NEVER_HANGS, SCRATCH, attach, history, start, word};
use probe_rs::flashing::DownloadOptions;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, WireProtocol};
use probe_rs::{Core, CoreStatus, HaltReason, MemoryInterface, Permissions, Session};
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::link::Liveness;
use thecal_bench::virtual_probe::{BREAKPOINTS, CHIP, CoreRegister, FLASH_START, VirtualTarget};
use thecal_engine::bench::BenchError;

/// Flash beyond the image.
const CODE: u32 = 0x0808_0000;

const PC: u16 = 15;
const SP: u16 = 13;
const XPSR: u16 = 16;

const NOP: u16 = 0xbf00;
const WFI: u16 = 0xbf30;
/// A branch to itself, and one to the previous instruction.
const STAY: u16 = 0xe7fe;
const BACK: u16 = 0xe7fd;

/// Writes instructions to flash and sets a halted core to the first of them.
fn place(target: &VirtualTarget, core: &mut Core<'_>, code: &[u16]) {
    let bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
    target.write_memory(CODE, &bytes).unwrap();
    core.halt(HALT).unwrap();
    core.write_core_reg(PC, CODE).unwrap();
}

fn register(core: &mut Core<'_>, number: u16) -> u32 {
    core.read_core_reg(number).unwrap()
}

fn reset_vector(target: &VirtualTarget) -> u32 {
    word(target, FLASH_START + 4) & !1
}

#[test]
fn registers_of_a_halted_core_are_read_and_written() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    core.halt(HALT).unwrap();
    assert_eq!(
        core.status().unwrap(),
        CoreStatus::Halted(HaltReason::Request)
    );
    assert!(target.is_halted().unwrap());
    for number in 0..=12 {
        let value = 0x0101_0101 * u32::from(number + 1);
        core.write_core_reg(number, value).unwrap();
        assert_eq!(register(&mut core, number), value);
        let same = CoreRegister::general(number.try_into().unwrap()).unwrap();
        assert_eq!(target.read_core_register(same).unwrap(), value);
    }
    core.write_core_reg(SP, SCRATCH).unwrap();
    assert_eq!(
        target.read_core_register(CoreRegister::SP).unwrap(),
        SCRATCH
    );
    core.write_core_reg(PC, CODE | 1).unwrap();
    assert_eq!(register(&mut core, PC), CODE);
    let flags = register(&mut core, XPSR);
    assert_ne!(flags & 1 << 24, 0, "Thumb");
    core.write_core_reg(XPSR, flags ^ 0xf000_0000).unwrap();
    assert_eq!(register(&mut core, XPSR), flags ^ 0xf000_0000);
    // S1, the upper half of D0.
    core.write_core_reg(65, 0x3f80_0000_u32).unwrap();
    core.write_core_reg(64, 0x4000_0000_u32).unwrap();
    assert_eq!(register(&mut core, 65), 0x3f80_0000);
    assert_eq!(register(&mut core, 64), 0x4000_0000);
}

#[test]
fn registers_of_a_running_core_are_not_to_be_had() {
    let target = start();
    let error = target.read_core_register(CoreRegister::PC).unwrap_err();
    assert!(matches!(error, BenchError::NotHalted { .. }), "{error}");
    target.halt().unwrap();
    assert!(target.read_core_register(CoreRegister::PC).is_ok());
}

#[test]
fn six_breakpoints_are_hit_exactly_where_they_are() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    let mut code = vec![NOP; 40];
    code.push(STAY);
    place(&target, &mut core, &code);
    let units = core.available_breakpoint_units().unwrap();
    assert_eq!(usize::try_from(units).unwrap(), BREAKPOINTS);
    let places: Vec<u32> = (0..6).map(|index| CODE + 4 + index * 6).collect();
    for &at in &places {
        core.set_hw_breakpoint(at.into()).unwrap();
    }
    assert!(
        core.set_hw_breakpoint((CODE + 2).into()).is_err(),
        "a seventh"
    );
    for &at in &places {
        core.run().unwrap();
        core.wait_for_core_halted(HALT).unwrap();
        let CoreStatus::Halted(HaltReason::Breakpoint(_)) = core.status().unwrap() else {
            panic!("halted for another reason");
        };
        assert_eq!(register(&mut core, PC), at);
    }
    for &at in &places {
        core.clear_hw_breakpoint(at.into()).unwrap();
    }
    core.write_core_reg(PC, CODE).unwrap();
    core.run().unwrap();
    thread::sleep(Duration::from_millis(20));
    assert!(!core.core_halted().unwrap());
    core.halt(HALT).unwrap();
    assert_eq!(register(&mut core, PC), CODE + 80, "at its end");
}

#[test]
fn a_breakpoint_set_while_it_runs_is_hit_and_left() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    place(&target, &mut core, &[NOP, NOP, NOP, 0xe7fb]);
    core.run().unwrap();
    core.set_hw_breakpoint((CODE + 2).into()).unwrap();
    core.wait_for_core_halted(HALT).unwrap();
    assert_eq!(register(&mut core, PC), CODE + 2);
    // Resumed by the owner it also leaves the breakpoint, and returns to it through the loop.
    target.resume().unwrap();
    core.wait_for_core_halted(HALT).unwrap();
    assert_eq!(register(&mut core, PC), CODE + 2);
}

#[test]
fn a_step_is_one_instruction_and_sleep_does_not_stop_it() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // Adds one to R0 after each WFI, forever.
    place(&target, &mut core, &[NOP, WFI, 0x3001, NOP, 0xe7fb]);
    core.write_core_reg(0, 0_u32).unwrap();
    let mut path = Vec::new();
    for _ in 0..10 {
        path.push(u32::try_from(core.step().unwrap().pc).unwrap() - CODE);
    }
    assert_eq!(path, [2, 4, 6, 8, 2, 4, 6, 8, 2, 4]);
    assert_eq!(register(&mut core, 0), 2);
    // Woken from sleep, it runs to the next WFI without taking an interrupt.
    core.run().unwrap();
    thread::sleep(Duration::from_millis(20));
    core.halt(HALT).unwrap();
    assert_eq!(register(&mut core, PC), CODE + 4);
    assert_eq!(register(&mut core, 0), 3);
    let pending = core.read_word_32(0xe000_ed04).unwrap();
    assert_eq!(pending & 1 << 26, 0, "SysTick is not left pending");
}

#[test]
fn a_sleeping_core_goes_where_its_counter_is_put() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    place(&target, &mut core, &[WFI, BACK, NOP, 0x2037, STAY]);
    core.run().unwrap();
    thread::sleep(Duration::from_millis(20));
    target.halt().unwrap();
    target
        .write_core_register(CoreRegister::PC, CODE + 4)
        .unwrap();
    target.resume().unwrap();
    thread::sleep(Duration::from_millis(20));
    target.halt().unwrap();
    assert_eq!(
        target.read_core_register(CoreRegister::PC).unwrap(),
        CODE + 8
    );
    let zero = CoreRegister::general(0).unwrap();
    assert_eq!(target.read_core_register(zero).unwrap(), 0x37);
}

#[test]
fn reset_starts_it_again_and_reset_and_halt_catches_it_at_the_vector() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    core.write_word_32(SCRATCH.into(), 0x1234_5678).unwrap();
    for _ in 0..3 {
        let at = core.reset_and_halt(HALT).unwrap().pc;
        assert_eq!(at, u64::from(reset_vector(&target)));
        assert!(core.core_halted().unwrap());
        core.run().unwrap();
        assert!(!core.core_halted().unwrap());
    }
    place(&target, &mut core, &[STAY]);
    core.run().unwrap();
    core.reset().unwrap();
    thread::sleep(Duration::from_millis(50));
    assert!(!core.core_halted().unwrap());
    core.halt(HALT).unwrap();
    assert_ne!(register(&mut core, PC), CODE);
    // RAM not used by firmware survives a reset.
    assert_eq!(core.read_word_32(SCRATCH.into()).unwrap(), 0x1234_5678);
}

#[test]
fn it_can_be_attached_under_reset() {
    let target = start();
    let selector: DebugProbeSelector = target.selector().parse().unwrap();
    let mut probe = Lister::new().open(selector).unwrap();
    probe.select_protocol(WireProtocol::Swd).unwrap();
    let mut session = probe
        .attach_under_reset(CHIP, Permissions::default())
        .unwrap();
    let mut core = session.core(0).unwrap();
    core.halt(HALT).unwrap();
    assert_eq!(register(&mut core, PC), reset_vector(&target));
}

#[test]
fn a_corrupt_counter_faults_and_reset_recovers() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // The image's own handler would reset the core.
    target
        .write_memory(FLASH_START + 12, &(CODE | 1).to_le_bytes())
        .unwrap();
    place(&target, &mut core, &[STAY]);
    core.reset_and_halt(HALT).unwrap();
    core.write_core_reg(PC, 0xf000_0000_u32).unwrap();
    core.run().unwrap();
    thread::sleep(Duration::from_millis(20));
    core.halt(HALT).unwrap();
    let forced = core.read_word_32(0xe000_ed2c).unwrap();
    let cause = core.read_word_32(0xe000_ed28).unwrap();
    assert_eq!(forced & 1 << 30, 1 << 30, "a HardFault: {forced:#x}");
    assert_ne!(cause, 0);
    assert_eq!(register(&mut core, PC), CODE);
    assert_eq!(register(&mut core, XPSR) & 0x1ff, 3, "in the handler");
    let at = core.reset_and_halt(HALT).unwrap().pc;
    assert_eq!(at, u64::from(reset_vector(&target)));
    assert_eq!(register(&mut core, XPSR) & 0x1ff, 0, "in no handler");
}

#[test]
fn what_flash_holds_is_what_runs_and_outlives_power() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // R0 becomes 1, then 3 by one flipped bit.
    place(&target, &mut core, &[0x2001, STAY]);
    for (value, mask) in [(1, 2), (3, 0)] {
        core.write_core_reg(PC, CODE).unwrap();
        core.run().unwrap();
        thread::sleep(Duration::from_millis(20));
        core.halt(HALT).unwrap();
        assert_eq!(register(&mut core, 0), value);
        target.flip_bits(CODE, mask).unwrap();
    }
    // The same while the core runs.
    core.run().unwrap();
    target.flip_bits(CODE + 2, 0).unwrap();
    assert!(!core.core_halted().unwrap());
    target.power_cycle().unwrap();
    assert_eq!(word(&target, CODE), u32::from(STAY) << 16 | 0x2003);
    // A probe's own write to flash needs the controller.
    core.write_word_32(CODE.into(), 0).unwrap();
    assert_eq!(word(&target, CODE) & 0xffff, 0x2003);
}

fn download(session: &mut Session, address: u32, bytes: &[u8]) {
    let mut loader = session.target().flash_loader();
    loader.add_data(address.into(), bytes).unwrap();
    let mut options = DownloadOptions::new();
    options.verify = true;
    loader.commit(session, options).unwrap();
}

#[test]
fn an_image_is_downloaded_by_the_usual_way_and_verified() {
    let target = start();
    let mut session = attach(&target);
    // The image fills more than one sector; the first is not blank.
    target.write_memory(CODE, &[0; 64]).unwrap();
    let image: Vec<u8> = (0..150_000_u32)
        .flat_map(|n| n.to_le_bytes()[..1].to_vec())
        .collect();
    download(&mut session, CODE, &image);
    let mut there = vec![0; image.len()];
    target.read_memory(CODE, &mut there).unwrap();
    assert_eq!(there, image);
    let mut core = session.core(0).unwrap();
    let at = core.reset_and_halt(HALT).unwrap().pc;
    assert_eq!(at, u64::from(reset_vector(&target)));
}

#[test]
fn the_image_itself_is_downloaded_and_runs() {
    let target = start();
    let mut session = attach(&target);
    let vectors = word(&target, FLASH_START + 4);
    let mut image = vec![0; 64 * 1024];
    target.read_memory(FLASH_START, &mut image).unwrap();
    target.write_memory(FLASH_START, &[0; 1024]).unwrap();
    download(&mut session, FLASH_START, &image);
    assert_eq!(word(&target, FLASH_START + 4), vectors);
    let mut core = session.core(0).unwrap();
    core.reset().unwrap();
    thread::sleep(Duration::from_millis(20));
    core.halt(HALT).unwrap();
    assert_ne!(register(&mut core, XPSR) & 1 << 24, 0);
    assert_eq!(register(&mut core, XPSR) & 0x1ff, 0, "in no handler");
}

#[test]
fn a_debugger_programs_flash_through_its_controller() {
    const KEYS: u64 = 0x4002_3c04;
    const STATUS: u64 = 0x4002_3c0c;
    const CONTROL: u64 = 0x4002_3c10;
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    target.write_memory(CODE, &[0x5a; 8]).unwrap();
    core.write_word_32(CODE.into(), 0).unwrap();
    assert_eq!(word(&target, CODE), 0x5a5a_5a5a, "locked");
    assert_eq!(core.read_word_32(STATUS).unwrap() & 1 << 7, 1 << 7);
    assert_eq!(core.read_word_32(CONTROL).unwrap(), 1 << 31);
    core.write_word_32(KEYS, 0x4567_0123).unwrap();
    core.write_word_32(KEYS, 0xcdef_89ab).unwrap();
    core.write_word_32(CONTROL, 1).unwrap();
    core.write_word_32(CODE.into(), 0x0f0f_0f0f).unwrap();
    assert_eq!(word(&target, CODE), 0x0a0a_0a0a, "bits only become 0");
    // Sector 8: erase it.
    core.write_word_32(CONTROL, 1 << 16 | 8 << 3 | 1 << 1)
        .unwrap();
    assert_eq!(word(&target, CODE), u32::MAX);
    assert_ne!(word(&target, FLASH_START), u32::MAX);
}

#[test]
fn a_reset_that_the_firmware_asks_for_shows_once() {
    const STATUS: u64 = 0xe000_edf0;
    const WAS_RESET: u32 = 1 << 25;
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // Stores a literal to the address in another one: the reset request to AIRCR.
    place(&target, &mut core, &[0x4801, 0x4902, 0x6001, STAY]);
    let literals = [0xe000_ed0c_u32, 0x05fa_0004].map(u32::to_le_bytes);
    target
        .write_memory(CODE + 8, literals.as_flattened())
        .unwrap();
    assert_eq!(core.read_word_32(STATUS).unwrap() & WAS_RESET, 0);
    core.run().unwrap();
    let started = Instant::now();
    while core.read_word_32(STATUS).unwrap() & WAS_RESET == 0 {
        assert!(started.elapsed() < NEVER_HANGS, "no reset");
    }
    assert_eq!(core.read_word_32(STATUS).unwrap() & WAS_RESET, 0);
    core.halt(HALT).unwrap();
    assert!(register(&mut core, PC) < CODE);
}

#[test]
fn lockup_is_told_as_such_and_reset_leaves_it() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    place(&target, &mut core, &[STAY]);
    // No fault handler has a valid address.
    target
        .write_memory(FLASH_START + 12, &0xdead_0001_u32.to_le_bytes())
        .unwrap();
    core.write_core_reg(PC, 0xf000_0000_u32).unwrap();
    target.resume().unwrap_or_default();
    let started = Instant::now();
    while core.status().unwrap() != CoreStatus::LockedUp {
        assert!(started.elapsed() < NEVER_HANGS, "no lockup");
    }
    let told = target.liveness();
    let Liveness::LockedUp(error) = told else {
        panic!("not lockup: {told:?}");
    };
    assert!(error.to_string().contains("Lockup"), "{error}");
    let error = history(&core.read_word_32(SCRATCH.into()).unwrap_err());
    assert!(error.contains("locked up"), "{error}");
    core.reset().unwrap();
    assert!(matches!(target.liveness(), Liveness::Running));
    assert!(!core.core_halted().unwrap());
    assert_eq!(word(&target, FLASH_START + 12), 0xdead_0001);
    assert_eq!(word(&target, CODE) & 0xffff, u32::from(STAY));
}
