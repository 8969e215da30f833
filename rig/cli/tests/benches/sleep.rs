//! How the two images sleep, in QEMU behind the virtual probe: where WFI is, what follows it, and
//! that a probe has access meanwhile. QEMU has neither the chip's fault nor its gate before the
//! debug port, so the tests check the images' measures against both. Never skipped: if QEMU or an
//! image is missing, these tests fail and say how to get it.

use crate::virtual_probe_target::{HALT, NEVER_HANGS, attach, image};
use probe_rs::MemoryInterface as _;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::elf::Image;
use thecal_bench::virtual_probe::{CoreRegister, VirtualTarget};
use thecal_plan::Place;

const WFI: u16 = 0xbf30;
const ISB: [u16; 2] = [0xf3bf, 0x8f6f];

const DBGMCU_CR: u32 = 0xe004_2004;
const DBG_SLEEP: u32 = 1;

/// The image of the reference pump, and that of the example in C.
fn images() -> [PathBuf; 2] {
    const IN_C: &str = "firmware/pump-in-c.elf";
    let here = std::env::current_exe().unwrap();
    let built = here.ancestors().map(|folder| folder.join(IN_C));
    let in_c = built.into_iter().find(|path| path.is_file());
    let missing = "no image of the example in C: build it with `cargo xtask firmware-c`";
    [image(), in_c.expect(missing)]
}

fn halves<const N: usize>(target: &VirtualTarget, address: u32) -> [u16; N] {
    let mut bytes = vec![0; 2 * N];
    target.read_memory(address, &mut bytes).unwrap();
    let (halves, _) = bytes.as_chunks();
    let halves: Vec<u16> = halves.iter().copied().map(u16::from_le_bytes).collect();
    halves.try_into().unwrap()
}

fn counter(target: &VirtualTarget) -> u32 {
    target.read_core_register(CoreRegister::PC).unwrap()
}

/// Halts the core once it is asleep; returns the address of its WFI.
fn asleep(target: &VirtualTarget) -> u32 {
    let started = Instant::now();
    loop {
        target.halt().unwrap();
        let wfi = counter(target) - 2;
        if halves(target, wfi) == [WFI] {
            return wfi;
        }
        assert!(started.elapsed() < NEVER_HANGS, "it never sleeps");
        target.resume().unwrap();
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn each_image_sleeps_on_a_multiple_of_8_with_an_isb_next() {
    for elf in images() {
        let target = VirtualTarget::start(&elf).unwrap();
        let wfi = asleep(&target);
        assert_eq!(wfi % 8, 0, "{}: {wfi:#010x}", elf.display());
        assert_eq!(halves(&target, wfi + 2), ISB, "{}", elf.display());
    }
}

/// The address and the word stored by the instruction at the program counter, if it is a store: STR
/// (immediate), Arm DDI 0403E A7.7.161, in its encodings without a change of the base.
fn word_stored(target: &VirtualTarget) -> Option<(u32, u32)> {
    let [first, second] = halves(target, counter(target));
    let (base, from, offset) = match (first >> 11, first >> 4) {
        (0b01100, _) => (first >> 3 & 7, first & 7, (first >> 6 & 31) * 4),
        (_, 0xf8c) => (first & 15, second >> 12, second & 0xfff),
        _ => return None,
    };
    let value = |register: u16| {
        let register = CoreRegister::general(register.try_into().unwrap()).unwrap();
        target.read_core_register(register).unwrap()
    };
    Some((value(base).wrapping_add(offset.into()), value(from)))
}

#[test]
fn each_image_lets_a_probe_in_before_it_first_sleeps() {
    // Where each starts to set up the chip: the C image has filled its memory image before.
    for (elf, symbol) in images().into_iter().zip(["main", "board_start"]) {
        let target = VirtualTarget::start(&elf).unwrap();
        let (symbol, offset) = (symbol.to_owned(), 0);
        let place = Place {
            symbol,
            offset,
            field: None,
        };
        let start = Image::open(&elf).unwrap().address_of(&place).unwrap();
        let mut session = attach(&target);
        let mut core = session.core(0).unwrap();
        core.reset_and_halt(HALT).unwrap();
        core.set_hw_breakpoint(start).unwrap();
        core.run().unwrap();
        core.wait_for_core_halted(HALT).unwrap();
        core.clear_hw_breakpoint(start).unwrap();
        let started = Instant::now();
        loop {
            if let Some((DBGMCU_CR, word)) = word_stored(&target) {
                assert_eq!(word & DBG_SLEEP, DBG_SLEEP, "{}", elf.display());
                break;
            }
            let at = halves(&target, counter(&target));
            assert_ne!(at, [WFI], "{} sleeps without", elf.display());
            assert!(started.elapsed() < NEVER_HANGS, "it goes on without");
            target.step().unwrap();
        }
        // The store succeeds: the core continues to its sleep.
        target.resume().unwrap();
        asleep(&target);
        assert_eq!(core.read_word_32(0xe000_ed28).unwrap(), 0, "no fault");
    }
}
