//! What the image takes while it runs, in QEMU: its worst stack, and the instructions of a wake.
//! `cargo xtask firmware --measure` shows it. Prints, asserts nothing.
//!
//! Stack: the start-up code paints it, a run asks the pump every command,
//! and the lowest word that is no longer paint is the worst depth. The run goes over the memory
//! channels; the interrupt of the serial port would add one frame of at most 104 bytes (Arm DDI 0403E
//! B1.5.7) and the few words of its handler.
//!
//! Instructions: the core is halted in its sleep, the frame put into its channel, the doorbell rung, and
//! the core stepped, one instruction at a time, until it sleeps again with its answer given. QEMU 7.2 has
//! no cycle counter (DWT) and no model of flash wait states, so cycles and times on silicon cannot be
//! told from it; instructions can. Those of the pump are counted from the call of its reaction to the
//! return; the rest is the link of the rig (framing, checksums), which a pump with pins does not have.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]
#![expect(
    clippy::unwrap_used,
    reason = "a measurement without its parts is none"
)]

#[path = "../tests/image_kit/mod.rs"]
mod image_kit;
#[path = "../tests/reference_image/mod.rs"]
mod reference_image;

use image_kit::{history, image, stack, symbol, words};
use thecal_bench::QemuProbe;
use thecal_bench::elf::Image;
use thecal_bench::virtual_probe::{CoreRegister, VirtualTarget};
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_engine::run::{Progress, run};
use thecal_link::frame::{Decoder, Encoded};
use thecal_link::limits::NVM_LEN;
use thecal_link::message::{FromPump, ToPump};
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Changed, Disturbance};
use thecal_reference::programmer::Reference;
use thecal_units::PumpTime;

/// The wakes that are stepped: a name, whether a packet arrives, and the first instant.
const WAKES: [(&str, bool, u64); 3] = [
    ("quiet wake", false, 20),
    ("interrogation", true, 29),
    ("press, bolus granted", true, 59),
];

/// Where the core calls the pump.
const REACT: &str = "<thecal_pump_stm32f405::Board as thecal_link::endpoint::Program>::react";

/// Interrupt set-pending registers of the NVIC, Arm DDI 0403E B3.4.
const NVIC_ISPR: u32 = 0xe000_e200;

/// Into the control block of the channels: the one to the rig, and the one from it.
const UP: u32 = 24;
const DOWN: u32 = 24 + 2 * 24;

/// Far from the numbers that the link counts up from zero.
const SEQUENCE: u16 = 0xfff0;

fn main() {
    let bench = QemuProbe::start(&image(), None).unwrap();
    let mut counting = Counting {
        bench,
        left: &WAKES,
        counted: Vec::new(),
    };
    let people = Box::new(Reference::new());
    run(
        &history(""),
        &mut counting,
        people,
        None,
        &Progress::default(),
    )
    .unwrap();
    let (used, reserved) = stack(counting.bench.target());
    println!("{:<28}{used:>7} bytes of {reserved}", "worst stack");
    println!("instructions");
    for (name, wake) in &counting.counted {
        let name = format!("  {name}");
        println!(
            "{name:<28}{:>7}, of them {} in the pump",
            wake.all, wake.pump
        );
    }
}

/// Instructions of one wake.
#[derive(Clone, Copy, Debug, Default)]
struct Wake {
    all: u32,
    pump: u32,
}

/// A bench that steps through the wakes that are wanted.
struct Counting {
    bench: QemuProbe,
    left: &'static [(&'static str, bool, u64)],
    counted: Vec<(&'static str, Wake)>,
}

impl Bench for Counting {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.bench.boot(boot, nvm)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        let is_wanted = |&(_, speaks, minute): &(_, bool, u64)| {
            let from = PumpTime::from_millis(minute * 60_000);
            stimulus.clock >= from && speaks != stimulus.telemetry.is_empty()
        };
        let Some((wanted, left)) = self
            .left
            .split_first()
            .filter(|(first, _)| is_wanted(first))
        else {
            return self.bench.exchange(stimulus, reaction);
        };
        self.left = left;
        let sequence = SEQUENCE + u16::try_from(left.len()).unwrap();
        let wake = step_through(self.bench.target(), sequence, stimulus, reaction);
        self.counted.push((wanted.0, wake));
        Ok(Exchange::Reacted)
    }

    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        self.bench.disturb(disturbance)
    }
}

/// One exchange, an instruction at a time.
fn step_through(
    target: &VirtualTarget,
    sequence: u16,
    stimulus: &Stimulus,
    reaction: &mut Reaction,
) -> Wake {
    let counter = || target.read_core_register(CoreRegister::PC).unwrap();
    let entry = symbol(REACT);
    target.halt().unwrap();
    let asleep = counter();
    put_frame(target, sequence, stimulus);
    let mut wake = Wake::default();
    let mut back = None;
    loop {
        target.step().unwrap();
        wake.all += 1;
        let at = counter();
        if at == entry {
            back = Some(target.read_core_register(CoreRegister::LR).unwrap() & !1);
        } else if back == Some(at) {
            back = None;
        }
        wake.pump += u32::from(back.is_some());
        if at == asleep && take_answer(target, reaction) {
            break;
        }
    }
    target.resume().unwrap();
    wake
}

/// Puts the frame into the channel from the rig, and rings the doorbell.
fn put_frame(target: &VirtualTarget, sequence: u16, stimulus: &Stimulus) {
    let mut frame = Encoded::new();
    let message = ToPump::Stimulus(stimulus.clone());
    frame.to_pump(sequence, &message).unwrap();
    let channel = symbol("_SEGGER_RTT") + DOWN;
    let found = words(target, channel, 4);
    let [_, buffer, size, mut written] = found.try_into().unwrap();
    for byte in frame.as_slice() {
        target.write_memory(buffer + written, &[*byte]).unwrap();
        written = (written + 1) % size;
    }
    target
        .write_memory(channel + 12, &written.to_le_bytes())
        .unwrap();
    let doorbell = Image::open(&image()).unwrap().doorbell().unwrap();
    let pending = (1_u32 << (doorbell % 32)).to_le_bytes();
    target
        .write_memory(NVIC_ISPR + 4 * (doorbell / 32), &pending)
        .unwrap();
}

/// Takes the Reaction out of the channel to the rig; false where it is not whole yet.
fn take_answer(target: &VirtualTarget, reaction: &mut Reaction) -> bool {
    let channel = symbol("_SEGGER_RTT") + UP;
    let found = words(target, channel, 5);
    let [_, buffer, size, written, mut read] = found.try_into().unwrap();
    let mut decoder = Decoder::new();
    while read != written {
        let mut byte = [0];
        target.read_memory(buffer + read, &mut byte).unwrap();
        read = (read + 1) % size;
        if let Some(frame) = decoder.push(byte[0]) {
            let answer = frame.unwrap().from_pump(reaction).unwrap();
            assert_eq!(answer, FromPump::Reaction);
            target
                .write_memory(channel + 16, &read.to_le_bytes())
                .unwrap();
            return true;
        }
    }
    false
}
