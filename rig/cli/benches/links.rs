//! How many exchanges a second each emulated link carries, and what share of a bare echo that is.
//!
//! The echo is an image with a usual serial driver, an interrupt and a ring, that sends a frame back
//! when its delimiter has come, and as many bytes more as a quiet Reaction is longer: whatever it
//! costs is QEMU's. Everything runs on one processor, as the suite does. Prints, asserts nothing.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]
#![expect(
    clippy::unwrap_used,
    reason = "a measurement without its parts is none"
)]

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thecal_bench::link::Wire;
use thecal_bench::qemu::Qemu;
use thecal_bench::serial::{BAUD, SerialWire};
use thecal_cli::registry::{BENCHES, pumps};
use thecal_engine::run::Progress;
use thecal_link::frame::Encoded;
use thecal_link::message::ToPump;
use thecal_link::{Stimulus, WakeReasons};
use thecal_scenario::parse;
use thecal_suite::{BenchKind, Options, run_case};

/// Two quiet days of minutes.
const SCENARIO: &str = r#"title = "quiet days"
seed = 1
duration = "2 d"
[patient]
tolerance = "chronic"
[pump]
drug = "morphine"
concentration = "2 mg/mL"
reservoir = "20 mL"
[therapy]
dose = "1 mg/day"
[[expect]]
name = "quiet"
never = "alarm.critical"
"#;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

/// A quiet Reaction is so much longer than a quiet Stimulus. Unit: byte.
const LONGER: usize = 7;

/// Words of Thumb code behind the vectors, by `gcc -Os -mcpu=cortex-m4` from:
///
/// ```c
/// void received(void) { if (SR & RXNE) ring[written++ % 1024] = DR; }
/// void send(uint8_t byte) { while (!(SR & TXE)) {} DR = byte; }
/// void start(void) {
///     CR1 = UE | RXNEIE | TE | RE; ISER1 = 32;
///     for (;;) {
///         cpsid(); int none = seen == written; if (none) wfi(); cpsie();
///         if (none) continue;
///         if (ring[seen++ % 1024]) continue;
///         while (sent != seen) send(ring[sent++ % 1024]);
///         for (int i = 0; i < 7; i++) send(0);
///     }
/// }
/// ```
const ECHO: [u32; 48] = [
    0x681a_4b0a,
    0xd50f_0692,
    0x5200_f04f,
    0xf8d2_6859,
    0xf3c3_3400,
    0x4413_0309,
    0xf883_b2c9,
    0xf8d2_1800,
    0x3301_3400,
    0x3400_f8c2,
    0xbf00_4770,
    0x4001_1000,
    0x681a_4b02,
    0xd5fc_0612,
    0x4770_6058,
    0x4001_1000,
    0xf04f_4a1e,
    0xb538_5100,
    0x002c_f242,
    0xf8c1_2300,
    0xf8c1_3404,
    0x60d0_3400,
    0x22e0_f04f,
    0xf8c2_2020,
    0xb672_0104,
    0x2400_f8d1,
    0xd013_429a,
    0x1c5c_b662,
    0x0309_f3c3,
    0x5300_f103,
    0x3800_f893,
    0xf8d1_b96b,
    0x42a3_3404,
    0x2507_d10b,
    0xf7ff_2000,
    0x3d01_ffd1,
    0xe002_d1fa,
    0xb662_bf30,
    0x4623_461c,
    0xf8d1_e7e1,
    0x1c5a_3404,
    0x0309_f3c3,
    0x5300_f103,
    0x2404_f8c1,
    0x0800_f893,
    0xffbc_f7ff,
    0xbf00_e7e1,
    0x4001_1000,
];

/// Stack, reset, and for all else up to USART1 (37) the handler.
const VECTORS: usize = 16 + 38;

/// Where handler and start are, as vectors.
const HANDLER: u32 = 0x0800_00d9;
const START: u32 = 0x0800_0119;

fn main() {
    // One processor for both sides, as the suite gives them.
    let mut one = CpuSet::new();
    one.set(0).unwrap();
    sched_setaffinity(Pid::from_raw(0), &one).unwrap();
    let elf = thecal_bench::elf::default_image();
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        "exchanges a second", "least", "median", "most"
    );
    let folder = tempfile::tempdir().unwrap();
    let bare = echo(&echo_image(folder.path()));
    let uart = exchanges("qemu-uart, quiet days", "qemu-uart", &elf);
    exchanges("qemu, quiet days", "qemu", &elf);
    println!("qemu-uart is {:.0} % of the bare echo", 100.0 * uart / bare);
}

/// Whole runs: what crosses the link in a patient's quiet days.
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn exchanges(name: &str, bench: &str, elf: &Path) -> f64 {
    let bench = BenchKind::named(bench, elf, BENCHES)
        .unwrap_or_else(|| panic!("there is no bench `{bench}`"));
    let history =
        parse("bench/links", "links.toml", SCENARIO).unwrap_or_else(|error| panic!("{error:?}"));
    let (history, progress) = (Arc::new(history), Arc::new(Progress::default()));
    let options = Options::new(pumps());
    let rates = (0..ROUNDS).map(|_| {
        let case = run_case(
            &history,
            Path::new(""),
            &bench,
            &options,
            Some(0),
            &progress,
        );
        let record = &case.record;
        assert!(record.run.is_some(), "{:?}", record.reasons);
        record.exchanges() as f64 / record.wall_s()
    });
    show(name, rates.collect())
}

fn echo(image: &Path) -> f64 {
    let qemu = Qemu::start(image).unwrap();
    let mut wire = SerialWire::open(qemu.port(), BAUD).unwrap();
    // What is sent before the image has switched its USART on is lost.
    std::thread::sleep(Duration::from_millis(200));
    let mut encoded = Encoded::new();
    encoded.to_pump(7, &ToPump::Stimulus(quiet())).unwrap();
    let bytes = encoded.as_slice();
    rounds("bare echo of the same bytes, same port", || {
        wire.send(bytes).unwrap();
        let mut back = 0;
        while back < bytes.len() + LONGER {
            let until = Instant::now() + Duration::from_secs(5);
            assert!(
                wire.receive(until, bytes.len() + LONGER - back).unwrap(),
                "no echo"
            );
            while let Some(byte) = wire.next_byte() {
                assert_eq!(byte, bytes.get(back).copied().unwrap_or(0));
                back += 1;
            }
        }
    })
}

fn quiet() -> Stimulus {
    Stimulus {
        wake: WakeReasons::TIMER,
        supply_mv: 3_000,
        supply_min_mv: 3_000,
        temperature_centi_c: 3_700,
        ..Stimulus::default()
    }
}

/// Repeats something for some rounds; gives the median rate.
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rounds(name: &str, mut once: impl FnMut()) -> f64 {
    let rates = (0..ROUNDS)
        .map(|_| {
            let (begun, mut count) = (Instant::now(), 0_u64);
            while begun.elapsed() < ROUND {
                once();
                count += 1;
            }
            count as f64 / begun.elapsed().as_secs_f64()
        })
        .collect();
    show(name, rates)
}

fn show(name: &str, mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    let (least, median, most) = (rates[0], rates[ROUNDS / 2], rates[ROUNDS - 1]);
    println!("{name:<44} {least:>9.0} {median:>9.0} {most:>9.0}");
    median
}

/// An ELF file of one segment, at the start of flash.
fn echo_image(folder: &Path) -> PathBuf {
    let (flash, headers) = (0x0800_0000_u32, 84_u32);
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
    let mut vectors = [HANDLER; VECTORS];
    (vectors[0], vectors[1]) = (0x2000_1000, START);
    let mut code = words(&vectors);
    code.extend(words(&ECHO));
    let len = u32::try_from(code.len()).unwrap();
    let mut bytes = b"\x7fELF\x01\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([2, 0, 40, 0]);
    bytes.extend(words(&[1, START, 52, 0, 0x0500_0000]));
    bytes.extend([52, 0, 32, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(words(&[1, headers, flash, flash, len, len, 5, 4]));
    bytes.extend(code);
    let path = folder.join("echo.elf");
    fs::write(&path, bytes).unwrap();
    path
}
