//! A pump in a thread, behind a pseudo-terminal that corrupts frames.

use serialport::TTYPort;
use std::io::{ErrorKind, Read, Write};
use std::thread;
use thecal_bench::link::Deadlines;
use thecal_bench::serial::{SerialLink, SerialWire};
use thecal_link::endpoint::{Endpoint, Program};
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_units::{PumpTime, Volume};

/// At this clock the pump restarts by itself.
pub(crate) const PANICS_AT: PumpTime = PumpTime::from_millis(666_666);

/// A pump that counts its exchanges, so that an exchange done twice is detected.
#[derive(Default)]
struct Counter {
    reactions: u64,
    restart: bool,
}

impl Program for Counter {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        assert_eq!(boot.image_crc, checksum(nvm));
        Hello {
            contract: CONTRACT_VERSION,
            capabilities: 0,
            step_volume: Volume::from_picoliters(1),
            build_id: [7; 20],
            firmware: Hello::text("counter"),
            version: Hello::text("1"),
            board: Hello::text("thread"),
        }
    }

    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
        self.reactions += 1;
        self.restart = stimulus.clock == PANICS_AT;
        reaction.wake_at =
            PumpTime::from_millis(stimulus.clock.as_millis() * 1_000_000 + self.reactions);
        if self.reactions.is_multiple_of(3) {
            let bytes = [u8::try_from(self.reactions % 251).unwrap(); 100];
            reaction.nvm.push(8, &bytes).unwrap();
        }
    }

    fn reset(&mut self) {
        self.restart = true;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToPump,
    FromPump,
}

/// The line's change to one frame, delimiter included: other bytes, or the line closes.
pub(crate) type Lie = Box<dyn FnMut(Way, &[u8]) -> Option<Vec<u8>> + Send>;

pub(crate) fn honest() -> Lie {
    Box::new(|_, frame| Some(frame.to_vec()))
}

/// Runs a pump behind a line; returns the rig's end.
pub(crate) fn pump_behind(lie: Lie, deadlines: Deadlines) -> SerialLink {
    let (far, near) = TTYPort::pair().unwrap();
    thread::spawn(move || run_pump(far, lie));
    SerialLink::new(SerialWire::over(near, "the line").unwrap(), deadlines)
}

/// Runs a pump at the far end of a line, until it closes.
pub(crate) fn run_pump(mut far: impl Read + Write, mut lie: Lie) {
    let (mut endpoint, mut program) = (Box::new(Endpoint::new()), Counter::default());
    let (mut frame, mut buffer) = (Vec::new(), [0; 512]);
    loop {
        let len = match far.read(&mut buffer) {
            Ok(0) => return,
            Ok(len) => len,
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                continue;
            }
            Err(_) => return,
        };
        for &byte in &buffer[..len] {
            frame.push(byte);
            if byte != 0 {
                continue;
            }
            let Some(received) = lie(Way::ToPump, &frame) else {
                return;
            };
            frame.clear();
            for byte in received {
                let Some(answer) = endpoint.push(byte, &mut program) else {
                    continue;
                };
                let Some(sent) = lie(Way::FromPump, answer) else {
                    return;
                };
                if far.write_all(&sent).is_err() {
                    return;
                }
                if std::mem::take(&mut program.restart) {
                    *endpoint = Endpoint::new();
                }
            }
        }
    }
}

/// Changes one frame: the first of a Stimulus or Reaction in this direction.
pub(crate) fn once(way: Way, mut lie: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> Lie {
    let mut done = false;
    Box::new(move |going, frame| {
        // Stimulus and Reaction are the only frames of these lengths.
        let told = (way == Way::ToPump && frame.len() == 35)
            || (way == Way::FromPump && frame.len() == 42);
        if going == way && told && !done {
            done = true;
            return Some(lie(frame));
        }
        Some(frame.to_vec())
    })
}

/// A pseudo-random stream, the same on every machine (`SplitMix64`).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}
