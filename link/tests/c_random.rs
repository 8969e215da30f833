//! The C implementation compared with the Rust one on random input: messages, broken streams,
//! endpoints.
//!
//! The two were written independently from the same document, so an error common to both is
//! unlikely. The cases are the same in every run.

#[path = "c/mod.rs"]
mod c;
mod generate;
#[path = "c/say.rs"]
mod say;

use c::{Codec, hex};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use say::said;
use thecal_link::endpoint::{Endpoint, Program};
use thecal_link::frame::{Encoded, checksum};
use thecal_link::limits::{CONTRACT_VERSION, NVM_CHUNK_MAX, NVM_LEN};
use thecal_link::message::ToPump;
use thecal_link::{
    Boot, DecodeError, Hello, MotorCommand, Reaction, Refusal, ResetCause, Stimulus, Tone,
    WakeReasons,
};
use thecal_units::{Millis, PumpTime, Volume};

/// Random messages of each kind that has fields.
const MESSAGES: usize = 2_000;
/// Streams, good and broken.
const STREAMS: usize = 6_000;
/// Endpoints, and pieces of traffic for each.
const ENDPOINTS: usize = 200;
const PIECES: usize = 60;

/// A reproducible source of numbers: xorshift, Marsaglia 2003.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() >> 8).expect("64 bits") % end
    }

    fn byte(&mut self) -> u8 {
        self.roll().to_be_bytes()[0]
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }

    fn seq(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }
}

/// Generates messages.
struct Messages {
    runner: TestRunner,
    dice: Dice,
}

impl Messages {
    fn new(seed: u64) -> Self {
        Self {
            runner: TestRunner::deterministic(),
            dice: Dice(seed),
        }
    }

    fn draw<T: std::fmt::Debug>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        let tree = strategy.new_tree(&mut self.runner).expect("a value");
        tree.current()
    }

    /// A message to the pump; `likely` is a number that the pump expects.
    fn question(&mut self, kind: usize, seq: u16) -> Vec<u8> {
        let mut out = Encoded::new();
        match kind {
            0 => out.to_pump(seq, &ToPump::Reset),
            1 => {
                let len = self.dice.below(NVM_CHUNK_MAX + 1);
                let (offset, bytes) = (self.dice.seq(), self.dice.bytes(len));
                out.to_pump(
                    seq,
                    &ToPump::NvmChunk {
                        offset,
                        bytes: &bytes,
                    },
                )
            }
            2 => out.to_pump(seq, &ToPump::Boot(self.draw(generate::boot()))),
            // A boot that an erased pump accepts.
            3 => {
                let boot = Boot {
                    contract: CONTRACT_VERSION,
                    image_crc: checksum(&[0xff; NVM_LEN]),
                    ..self.draw(generate::boot())
                };
                out.to_pump(seq, &ToPump::Boot(boot))
            }
            _ => out.to_pump(seq, &ToPump::Stimulus(self.draw(generate::stimulus()))),
        }
        .expect("every message fits");
        out.as_slice().to_vec()
    }

    fn answer(&mut self, kind: usize, seq: u16) -> Vec<u8> {
        let mut out = Encoded::new();
        match kind {
            0 => out.ack(seq),
            1 => out.refused(seq, self.draw(generate::refusal())),
            2 => out.hello(seq, &self.draw(generate::hello())),
            3 => out.refused(seq, Refusal::Unreadable),
            _ => out.reaction(seq, &self.draw(generate::reaction())),
        }
        .expect("every message fits");
        out.as_slice().to_vec()
    }

    /// A valid frame with any type and any body.
    fn any_body(&mut self) -> Vec<u8> {
        const KINDS: [u8; 10] = [1, 2, 3, 4, 0x81, 0x83, 0x84, 0xff, 0, 5];
        let len = [0, 1, 2, 15, 26, 33, 78, 300, 761, 762][self.dice.below(10)];
        let mut plain = vec![KINDS[self.dice.below(10)]];
        plain.extend(self.dice.bytes(2));
        let mut body = self.dice.bytes(len);
        // Small numbers get further through a message's checks than large ones.
        for byte in body.iter_mut().take(40) {
            *byte %= 5;
        }
        plain.extend(body);
        let sum = checksum(&plain).to_le_bytes();
        plain.extend(sum);
        let mut wire = vec![0; plain.len() + 8];
        let len = cobs::encode(&plain, &mut wire);
        wire.truncate(len);
        wire.push(0);
        wire
    }

    /// A few frames in a row: whole, broken, or noise.
    fn stream(&mut self, is_to_pump: bool) -> Vec<u8> {
        let mut wire = Vec::new();
        for _ in 0..=self.dice.below(4) {
            let (kind, seq) = (self.dice.below(6), self.dice.seq());
            let mut piece = match self.dice.below(8) {
                0 => {
                    let len = self.dice.below(1_800);
                    self.dice.bytes(len)
                }
                1 => vec![0x55; 760 + self.dice.below(20)],
                2 | 3 => self.any_body(),
                _ if is_to_pump => self.question(kind, seq),
                _ => self.answer(kind, seq),
            };
            self.damage(&mut piece);
            wire.extend(piece);
        }
        wire.push(0);
        wire
    }

    fn damage(&mut self, piece: &mut Vec<u8>) {
        if piece.is_empty() {
            return;
        }
        let at = self.dice.below(piece.len());
        match self.dice.below(8) {
            0 => piece[at] ^= 1 << self.dice.below(8),
            1 => piece.truncate(at),
            2 => piece.insert(at, self.dice.byte()),
            3 => piece.insert(at, 0),
            4 => drop(piece.remove(at)),
            _ => {}
        }
    }
}

fn compare(name: &str, streams: &[(bool, Vec<u8>)]) {
    let questions: Vec<String> = streams
        .iter()
        .map(|(is_to_pump, wire)| {
            let decoder = if *is_to_pump { 't' } else { 'f' };
            format!("{decoder} {}", hex(wire))
        })
        .collect();
    let answers = Codec::build(name).ask(&questions);
    for (((is_to_pump, wire), question), answer) in streams.iter().zip(&questions).zip(answers) {
        assert_eq!(answer, said(wire, *is_to_pump), "of `{question}`");
    }
}

#[test]
fn random_messages_are_the_same_in_both() {
    let mut messages = Messages::new(0x7e57_0001);
    let mut streams = Vec::new();
    for _ in 0..MESSAGES {
        for kind in 0..5 {
            let seq = messages.dice.seq();
            streams.push((true, messages.question(kind, seq)));
            streams.push((false, messages.answer(kind, seq)));
        }
    }
    compare("messages", &streams);
}

#[test]
fn broken_streams_are_read_alike() {
    let mut messages = Messages::new(0x7e57_0002);
    let streams: Vec<(bool, Vec<u8>)> = (0..STREAMS)
        .map(|number| (number % 2 == 0, messages.stream(number % 2 == 0)))
        .collect();
    compare("streams", &streams);
}

/// The same fake pump as the one in `c/codec.c`.
#[derive(Default)]
struct Fake {
    boots: u32,
    reactions: u32,
    resets: u32,
}

impl Program for Fake {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        self.boots += 1;
        Hello {
            contract: CONTRACT_VERSION,
            capabilities: nvm[0].into(),
            step_volume: Volume::from_picoliters(boot.clock.as_millis()),
            build_id: [0; 20],
            firmware: Hello::text("fake"),
            version: Hello::text(""),
            board: Hello::text("a name that is too long"),
        }
    }

    fn react(&mut self, shown: &Stimulus, reaction: &mut Reaction) {
        self.reactions += 1;
        if shown.magnet {
            reaction.tone = Tone::Single;
        }
        reaction.arm.telemetry = shown.wake.has(WakeReasons::BOOT);
        reaction.arm.missed_pulse = shown.wake.has(WakeReasons::TIMER);
        reaction.arm.magnet = shown.wake.has(WakeReasons::TELEMETRY);
        reaction.wake_at = shown.clock;
        reaction.watchdog = Millis::from_millis(shown.steps_sensed.into());
        if shown.wake.has(WakeReasons::SUPPLY) {
            reaction.motor = MotorCommand::Train {
                pulses: shown.steps_driven,
                first_delay_us: shown.supply_mv.into(),
                period_us: shown.supply_min_mv.into(),
                pulse_energy_uj: 7,
            };
        }
        let packet = shown.telemetry.as_slice();
        let mut turned = packet.to_vec();
        turned.reverse();
        reaction
            .telemetry
            .extend(&turned)
            .expect("as long as it was");
        for _ in 0..3 {
            // Writes that do not fit are left out, in both.
            let _: Result<(), DecodeError> = reaction.nvm.push(shown.supply_mv, packet);
        }
    }

    fn reset(&mut self) {
        self.resets += 1;
    }
}

/// Traffic that an endpoint may see: new requests, repetitions, noise.
fn traffic(messages: &mut Messages, seq: &mut u16) -> Vec<u8> {
    if messages.dice.below(3) > 0 {
        *seq = seq.wrapping_add(1);
    }
    // Mostly boots that succeed, and Stimuli.
    let kind = [0, 1, 2, 3, 3, 4, 4, 4, 4, 4][messages.dice.below(10)];
    let mut piece = match messages.dice.below(10) {
        0 => messages.stream(true),
        1 => messages.any_body(),
        _ => messages.question(kind, *seq),
    };
    if messages.dice.below(5) == 0 {
        messages.damage(&mut piece);
    }
    piece
}

#[test]
fn endpoints_answer_alike() {
    let mut messages = Messages::new(0x7e57_0003);
    let mut endpoint = Box::new(Endpoint::new());
    let (mut questions, mut expected) = (Vec::new(), Vec::new());
    let mut totals = Fake::default();
    for _ in 0..ENDPOINTS {
        *endpoint = Endpoint::new();
        let mut fake = Fake::default();
        let mut seq = messages.dice.seq();
        questions.push("n".to_owned());
        expected.push(String::new());
        for _ in 0..PIECES {
            let piece = traffic(&mut messages, &mut seq);
            questions.push(format!("p {}", hex(&piece)));
            let mut answers = String::new();
            for byte in piece {
                if let Some(answer) = endpoint.push(byte, &mut fake) {
                    answers += &format!("{} ", hex(answer));
                }
            }
            let Fake {
                boots,
                reactions,
                resets,
            } = fake;
            expected.push(format!(
                "{answers}boots={boots} reactions={reactions} resets={resets}"
            ));
        }
        totals.boots += fake.boots;
        totals.reactions += fake.reactions;
        totals.resets += fake.resets;
    }
    let found = Codec::build("endpoints").ask(&questions);
    for ((question, found), expected) in questions.iter().zip(&found).zip(&expected) {
        assert_eq!(found, expected, "of `{question}`");
    }
    // The traffic covered all cases.
    assert!(totals.boots > 200, "{} boots", totals.boots);
    assert!(totals.reactions > 1_000, "{} reactions", totals.reactions);
    assert!(totals.resets > 200, "{} resets", totals.resets);
}

/// A Reset is executed even with the number of the last answer.
#[test]
fn a_reset_is_never_a_repetition_in_c() {
    let mut out = Encoded::new();
    let boot = Boot {
        contract: CONTRACT_VERSION,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: checksum(&[0xff; NVM_LEN]),
    };
    let mut questions = Vec::new();
    for message in [ToPump::Boot(boot), ToPump::Reset, ToPump::Reset] {
        out.to_pump(7, &message).expect("fits");
        questions.push(format!("p {}", hex(out.as_slice())));
    }
    let answers = Codec::build("reset").ask(&questions);
    assert!(
        answers[2].ends_with("boots=1 reactions=0 resets=2"),
        "{answers:?}"
    );
}
