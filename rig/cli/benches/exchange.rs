//! One exchange with the reference pump on the native bench, quiet, and what surrounds it.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use thecal_engine::bench::Bench as _;
use thecal_link::frame::{Decoder, Encoded, checksum};
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::message::ToPump;
use thecal_link::{Boot, Reaction, ResetCause, Stimulus, WakeReasons};
use thecal_reference::Native;
use thecal_units::{Millis, PumpTime};

fn quiet_exchange(criterion: &mut Criterion) {
    let mut bench = Native::new();
    let image = Box::new([0xff; NVM_LEN]);
    let boot = Boot {
        contract: CONTRACT_VERSION,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: checksum(&*image),
    };
    bench.boot(&boot, &image).expect("the native bench boots");
    let mut reaction = Reaction::default();
    let mut stimulus = Stimulus {
        wake: WakeReasons::TIMER,
        supply_mv: 3_000,
        ..Stimulus::default()
    };
    criterion.bench_function("one quiet exchange, native", |bencher| {
        bencher.iter(|| {
            stimulus.clock = stimulus.clock + Millis::MINUTE;
            reaction.clear();
            bench
                .exchange(black_box(&stimulus), &mut reaction)
                .expect("the native bench answers")
        });
    });
}

fn codec(criterion: &mut Criterion) {
    let mut encoded = Encoded::new();
    let mut decoder = Decoder::new();
    criterion.bench_function("encode and decode a quiet Stimulus", |bencher| {
        bencher.iter(|| {
            encoded
                .to_pump(7, &ToPump::Stimulus(Stimulus::default()))
                .expect("it fits");
            let mut seen = 0;
            for &byte in encoded.as_slice() {
                seen += usize::from(matches!(decoder.push(black_box(byte)), Some(Ok(_))));
            }
            seen
        });
    });
}

criterion_group!(benches, quiet_exchange, codec);
criterion_main!(benches);
