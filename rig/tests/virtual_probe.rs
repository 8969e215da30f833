//! The virtual probe against a real QEMU and the real image, driven through probe-rs as any probe
//! is. Never skipped: where one of the two is missing, these tests fail and say how to get it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use probe_rs::flashing::DownloadOptions;
use probe_rs::probe::DebugProbeSelector;
use probe_rs::probe::list::Lister;
use probe_rs::rtt::{Rtt, ScanRegion};
use probe_rs::{Core, CoreStatus, HaltReason, MemoryInterface, Permissions, Session};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use thecal_rig::bench::BenchError;
use thecal_rig::bench::serial::Liveness;
use thecal_rig::bench::virtual_probe::{
    BREAKPOINTS, CHIP, CoreRegister, FLASH_START, RAM_LEN, RAM_START, VirtualTarget,
};

/// Generous: what must not hang has ended long before.
const NEVER_HANGS: Duration = Duration::from_secs(20);

/// For a core to halt.
const HALT: Duration = Duration::from_secs(5);

/// Flash that the image does not reach.
const CODE: u32 = 0x0808_0000;

/// RAM that the image does not reach.
const SCRATCH: u32 = RAM_START + 0x1_4000;

const PC: u16 = 15;
const SP: u16 = 13;
const XPSR: u16 = 16;

const NOP: u16 = 0xbf00;
const WFI: u16 = 0xbf30;
/// A branch to itself, and one to the instruction before.
const STAY: u16 = 0xe7fe;
const BACK: u16 = 0xe7fd;

fn image() -> PathBuf {
    let built = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/firmware/thecal-pump-stm32f405.elf"
    );
    let path = std::env::var_os("THECAL_ELF").map_or_else(|| built.into(), PathBuf::from);
    assert!(
        path.is_file(),
        "no firmware image at {}: build it with `cargo xtask firmware`, or name one in THECAL_ELF",
        path.display()
    );
    path
}

fn start() -> VirtualTarget {
    VirtualTarget::start(&image()).unwrap()
}

fn attach(target: &VirtualTarget) -> Session {
    let selector: DebugProbeSelector = target.selector().parse().unwrap();
    let probe = Lister::new().open(selector).unwrap();
    probe.attach(CHIP, Permissions::default()).unwrap()
}

/// Puts instructions into flash and a halted core before the first of them.
fn place(target: &VirtualTarget, core: &mut Core<'_>, code: &[u16]) {
    let bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
    target.write_memory(CODE, &bytes).unwrap();
    core.halt(HALT).unwrap();
    core.write_core_reg(PC, CODE).unwrap();
}

fn register(core: &mut Core<'_>, number: u16) -> u32 {
    core.read_core_reg(number).unwrap()
}

fn word(target: &VirtualTarget, address: u32) -> u32 {
    let mut bytes = [0; 4];
    target.read_memory(address, &mut bytes).unwrap();
    u32::from_le_bytes(bytes)
}

fn reset_vector(target: &VirtualTarget) -> u32 {
    word(target, FLASH_START + 4) & !1
}

/// All that an error says, down to its cause.
fn story(error: &dyn std::error::Error) -> String {
    let mut story = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        story = format!("{story}: {cause}");
        next = cause.source();
    }
    story
}

#[test]
fn it_is_listed_and_opens_by_selector() {
    let target = start();
    let listed = Lister::new().list_all();
    let ours = listed
        .iter()
        .find(|probe| probe.serial_number.as_deref() == Some(target.serial_number()))
        .unwrap();
    assert!(ours.identifier.contains("virtual"));
    let probe = ours.open().unwrap();
    let second = story(&ours.open().unwrap_err());
    assert!(second.contains("has a probe open already"), "{second}");
    drop(probe);
    let mut session = attach(&target);
    assert_eq!(session.target().name, CHIP);
    let mut core = session.core(0).unwrap();
    // A Cortex-M4 by Arm; the vector table where the hardware has it after reset.
    let cpuid = core.read_word_32(0xe000_ed00).unwrap();
    assert_eq!(cpuid & 0xff00_fff0, 0x4100_c240);
    assert_eq!(core.read_word_32(0xe000_ed08).unwrap() & !0x0800_0000, 0);
    assert_eq!(core.read_word_32(0xe004_2000).unwrap() & 0xfff, 0x413);
}

#[test]
fn one_that_is_gone_says_so_and_names_those_that_are_there() {
    let target = start();
    let selector: DebugProbeSelector = target.selector().parse().unwrap();
    let other = start();
    drop(target);
    let error = story(&Lister::new().open(selector).unwrap_err());
    assert!(
        error.contains("it was dropped, or never started"),
        "{error}"
    );
    assert!(error.contains(other.serial_number()), "{error}");
}

#[test]
fn memory_is_the_same_by_every_width_and_alignment() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // Once running, once halted: the two take different ways.
    every_width_and_alignment(&target, &mut core);
    assert!(!core.core_halted().unwrap());
    core.halt(HALT).unwrap();
    every_width_and_alignment(&target, &mut core);
}

fn every_width_and_alignment(target: &VirtualTarget, core: &mut Core<'_>) {
    let at = u64::from(SCRATCH);
    core.write_word_32(at, 0x8765_4321).unwrap();
    assert_eq!(word(target, SCRATCH), 0x8765_4321);
    core.write_word_8(at + 1, 0xab).unwrap();
    core.write_word_16(at + 2, 0xcdef).unwrap();
    assert_eq!(word(target, SCRATCH), 0xcdef_ab21);
    assert_eq!(core.read_word_16(at + 2).unwrap(), 0xcdef);
    assert_eq!(core.read_word_8(at + 3).unwrap(), 0xcd);
    assert_eq!(core.read_word_32(at).unwrap(), 0xcdef_ab21);
    // Around where the port's address wraps.
    for offset in [0, 1, 2, 3, 1020, 1021, 1022, 1023] {
        for len in [1, 3, 4, 7, 40, 1024, 3000] {
            let seed = u8::try_from((offset + len) % 251).unwrap();
            let wanted: Vec<u8> = (0..len)
                .scan(seed, |byte, _| {
                    *byte = byte.wrapping_mul(5).wrapping_add(7);
                    Some(*byte)
                })
                .collect();
            let start = at + offset as u64;
            core.write_8(start, &wanted).unwrap();
            let mut there = vec![0; len];
            target
                .read_memory(u32::try_from(start).unwrap(), &mut there)
                .unwrap();
            assert_eq!(there, wanted, "written to {start:#x}");
            let mut read = vec![0; len];
            core.read(start, &mut read).unwrap();
            assert_eq!(read, wanted, "read from {start:#x}");
            read.fill(0);
            core.read_8(start, &mut read).unwrap();
            assert_eq!(read, wanted, "bytes from {start:#x}");
        }
    }
    let words: Vec<u32> = (0..700)
        .map(|number: u32| number.wrapping_mul(0x9e37_79b1))
        .collect();
    core.write_32(at + 4, &words).unwrap();
    let mut read = vec![0; words.len()];
    core.read_32(at + 4, &mut read).unwrap();
    assert_eq!(read, words);
    let mut halves = vec![0; 20];
    core.read_16(at + 4 + 1010, &mut halves).unwrap();
    let mut bytes = [0; 40];
    target.read_memory(SCRATCH + 1014, &mut bytes).unwrap();
    let wanted: Vec<u16> = bytes
        .chunks(2)
        .map(|pair| u16::from_le_bytes(pair.try_into().unwrap()))
        .collect();
    assert_eq!(halves, wanted);
}

#[test]
fn where_nothing_is_an_access_faults_and_the_next_one_works() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    let end = u64::from(RAM_START + RAM_LEN);
    for nowhere in [end, 0x6000_0000, 0x1000_0000] {
        let error = story(&core.read_word_32(nowhere).unwrap_err());
        assert!(error.contains("FAULT"), "{error}");
        assert!(core.write_word_32(nowhere, 1).is_err());
    }
    assert!(core.read_word_32(end - 4).is_ok());
    let error = target.read_memory(0x6000_0000, &mut [0; 4]).unwrap_err();
    assert!(matches!(error, BenchError::BusFault { .. }), "{error}");
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
    // By the owner's hand it gets off it too, round the loop, and onto it again.
    target.resume().unwrap();
    core.wait_for_core_halted(HALT).unwrap();
    assert_eq!(register(&mut core, PC), CODE + 2);
}

#[test]
fn a_step_is_one_instruction_and_sleep_does_not_stop_it() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // Adds one to R0 after each WFI, for ever.
    place(&target, &mut core, &[NOP, WFI, 0x3001, NOP, 0xe7fb]);
    core.write_core_reg(0, 0_u32).unwrap();
    let mut path = Vec::new();
    for _ in 0..10 {
        path.push(u32::try_from(core.step().unwrap().pc).unwrap() - CODE);
    }
    assert_eq!(path, [2, 4, 6, 8, 2, 4, 6, 8, 2, 4]);
    assert_eq!(register(&mut core, 0), 2);
    // Asleep, then woken: it runs on to the next WFI, and no interrupt was taken for it.
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
    // RAM that no firmware touches outlives a reset.
    assert_eq!(core.read_word_32(SCRATCH.into()).unwrap(), 0x1234_5678);
}

#[test]
fn it_can_be_attached_under_reset() {
    let target = start();
    let selector: DebugProbeSelector = target.selector().parse().unwrap();
    let probe = Lister::new().open(selector).unwrap();
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
    // R0 becomes 1, then, by one flipped bit, 3.
    place(&target, &mut core, &[0x2001, STAY]);
    for (value, mask) in [(1, 2), (3, 0)] {
        core.write_core_reg(PC, CODE).unwrap();
        core.run().unwrap();
        thread::sleep(Duration::from_millis(20));
        core.halt(HALT).unwrap();
        assert_eq!(register(&mut core, 0), value);
        target.flip_bits(CODE, mask).unwrap();
    }
    // The same while it runs.
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
    // Two sectors' worth, of which neither is blank before.
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
fn ram_after_power_loss_is_noise_and_the_same_each_time() {
    let target = start();
    let noise = word(&target, SCRATCH);
    assert_ne!(noise, 0);
    target.write_memory(SCRATCH, &[0; 64]).unwrap();
    target.reset().unwrap();
    assert_eq!(word(&target, SCRATCH), 0, "a reset leaves RAM alone");
    target.power_cycle().unwrap();
    assert_eq!(word(&target, SCRATCH), noise);
    assert!(matches!(target.liveness(), Liveness::Running));
    target.halt().unwrap();
    target.power_cycle().unwrap();
    assert!(!target.is_halted().unwrap());
}

#[test]
fn a_reset_that_the_firmware_asks_for_shows_once() {
    const STATUS: u64 = 0xe000_edf0;
    const WAS_RESET: u32 = 1 << 25;
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // Stores a literal to where another one points: the request to AIRCR.
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
fn rtt_finds_its_block_and_carries_bytes_both_ways() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // One channel up, with three bytes in it, and one down.
    let (up, down) = (SCRATCH + 0x100, SCRATCH + 0x140);
    let name = SCRATCH + 0x80;
    let mut block = b"SEGGER RTT\0\0\0\0\0\0".to_vec();
    for word in [1, 1, name, up, 64, 3, 0, 0, name, down, 64, 0, 0, 0] {
        block.extend(u32::to_le_bytes(word));
    }
    target.write_memory(name, b"wire\0").unwrap();
    target.write_memory(up, b"abc").unwrap();
    target.write_memory(SCRATCH, &block).unwrap();
    for region in [
        ScanRegion::Exact(SCRATCH.into()),
        ScanRegion::range(u64::from(SCRATCH) - 0x1000..u64::from(SCRATCH) + 0x1000),
    ] {
        let rtt = Rtt::attach_region(&mut core, &region).unwrap();
        assert_eq!(rtt.ptr(), u64::from(SCRATCH));
    }
    let mut rtt = Rtt::attach(&mut core).unwrap();
    let channel = rtt.up_channel(0).unwrap();
    assert_eq!(channel.name(), Some("wire"));
    let mut bytes = [0; 8];
    assert_eq!(channel.read(&mut core, &mut bytes).unwrap(), 3);
    assert_eq!(&bytes[..3], b"abc");
    assert_eq!(word(&target, SCRATCH + 40), 3, "read up to there");
    let sent = rtt.down_channel(0).unwrap().write(&mut core, b"hello");
    assert_eq!(sent.unwrap(), 5);
    let mut there = [0; 5];
    target.read_memory(down, &mut there).unwrap();
    assert_eq!(&there, b"hello");
    assert_eq!(
        word(&target, SCRATCH + 24 + 24 + 12),
        5,
        "written up to there"
    );
}

#[test]
fn two_targets_live_side_by_side() {
    let (first, second) = (start(), start());
    assert_ne!(first.serial_number(), second.serial_number());
    let (mut one, mut two) = (attach(&first), attach(&second));
    let mut one = one.core(0).unwrap();
    let mut two = two.core(0).unwrap();
    one.write_word_32(SCRATCH.into(), 1).unwrap();
    two.write_word_32(SCRATCH.into(), 2).unwrap();
    one.halt(HALT).unwrap();
    assert!(!two.core_halted().unwrap());
    assert_eq!(word(&first, SCRATCH), 1);
    assert_eq!(word(&second, SCRATCH), 2);
}

#[test]
fn a_killed_process_is_an_error_with_its_cause() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    let process = Pid::from_raw(target.process_id().unwrap().try_into().unwrap());
    kill(process, Signal::SIGKILL).unwrap();
    let started = Instant::now();
    let error = until_it_fails(|| core.read_word_32(SCRATCH.into()));
    assert!(error.contains("SIGKILL"), "{error}");
    let error = story(&core.halt(HALT).unwrap_err());
    assert!(error.contains("SIGKILL"), "{error}");
    assert!(started.elapsed() < NEVER_HANGS);
    let dead = target.liveness();
    assert!(
        matches!(dead, Liveness::Dead(BenchError::ProcessGone { .. })),
        "{dead:?}"
    );
    target.power_cycle().unwrap();
    assert!(matches!(target.liveness(), Liveness::Running));
    core.halt(HALT).unwrap();
}

/// The signal may take a moment to arrive.
fn until_it_fails<T>(mut action: impl FnMut() -> Result<T, probe_rs::Error>) -> String {
    let started = Instant::now();
    loop {
        if let Err(error) = action() {
            return story(&error);
        }
        assert!(started.elapsed() < NEVER_HANGS, "it goes on");
    }
}

#[test]
fn a_stopped_process_is_an_error_not_a_hang() {
    let target = start();
    let process = Pid::from_raw(target.process_id().unwrap().try_into().unwrap());
    kill(process, Signal::SIGSTOP).unwrap();
    let started = Instant::now();
    let error = target.halt().unwrap_err();
    assert!(matches!(error, BenchError::Unresponsive { .. }), "{error}");
    let dead = target.liveness();
    assert!(matches!(dead, Liveness::Dead(_)), "{dead:?}");
    assert!(started.elapsed() < NEVER_HANGS);
}

#[test]
fn a_core_halted_by_a_debugger_is_told_from_one_that_runs() {
    let target = start();
    assert!(matches!(target.liveness(), Liveness::Running));
    target.halt().unwrap();
    let halted = target.liveness();
    assert!(
        matches!(halted, Liveness::Dead(BenchError::Halted { .. })),
        "{halted:?}"
    );
    target.resume().unwrap();
    assert!(matches!(target.liveness(), Liveness::Running));
}

#[test]
fn lockup_is_told_as_such_and_reset_leaves_it() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    place(&target, &mut core, &[STAY]);
    // No handler for a fault is where there is memory.
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
    let error = story(&core.read_word_32(SCRATCH.into()).unwrap_err());
    assert!(error.contains("locked up"), "{error}");
    core.reset().unwrap();
    assert!(matches!(target.liveness(), Liveness::Running));
    assert!(!core.core_halted().unwrap());
    assert_eq!(word(&target, FLASH_START + 12), 0xdead_0001);
    assert_eq!(word(&target, CODE) & 0xffff, u32::from(STAY));
}

#[test]
fn dropping_the_target_leaves_no_process_and_tells_the_session() {
    let target = start();
    let mut session = attach(&target);
    let process = target.process_id().unwrap();
    drop(target);
    assert!(!Path::new("/proc").join(process.to_string()).exists());
    let mut core = session.core(0).map_err(|error| story(&error));
    let error = match &mut core {
        Ok(core) => story(&core.read_word_32(SCRATCH.into()).unwrap_err()),
        Err(error) => error.clone(),
    };
    assert!(error.contains("dropped the virtual target"), "{error}");
}
