//! The serial link against a pump in a thread, over a pseudo-terminal that corrupts frames.

use crate::bench_serial_pump::{Dice, Lie, PANICS_AT, Way, honest, once, pump_behind};
use serialport::{SerialPort, TTYPort};
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::link::{Deadlines, GARBAGE_MAX, Liveness, Owner, Unwatched};
use thecal_bench::serial::{SerialLink, SerialWire};
use thecal_engine::bench::{BenchError, Exchange};
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, Reaction, ResetCause, Stimulus};
use thecal_units::PumpTime;

/// Generous: a test that does not hang ends long before.
const NEVER_HANGS: Duration = Duration::from_secs(5);

/// Quick repetitions without a short limit, for lines that lose frames.
const LOSSY: Deadlines = Deadlines {
    attempt: Duration::from_millis(5),
    attempts: 1000,
    boot: Duration::from_secs(5),
    boot_attempt: Duration::from_millis(5),
    restart: Duration::from_millis(1),
};

/// Short timeouts, for lines on which nothing comes.
const SHORT: Deadlines = Deadlines {
    attempt: Duration::from_millis(100),
    attempts: 3,
    boot: Duration::from_millis(300),
    boot_attempt: Duration::from_millis(50),
    restart: Duration::from_millis(1),
};

/// An owner that reports that the core runs.
struct Watched;

impl Owner<SerialWire> for Watched {
    fn liveness(&mut self, _wire: &mut SerialWire) -> Liveness {
        Liveness::Running
    }
}

fn image() -> Box<[u8; NVM_LEN]> {
    let mut image = Box::new([0xff; NVM_LEN]);
    image[100..900].fill(3);
    image
}

fn try_boot(
    link: &mut SerialLink,
    owner: &mut impl Owner<SerialWire>,
) -> Result<Hello, BenchError> {
    let image = image();
    let boot = Boot {
        contract: CONTRACT_VERSION,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: checksum(image.as_slice()),
    };
    link.boot(&boot, &image, owner)
}

fn booted(lie: Lie, deadlines: Deadlines) -> SerialLink {
    let mut link = pump_behind(lie, deadlines);
    assert_eq!(
        try_boot(&mut link, &mut Unwatched).unwrap().build_id,
        [7; 20]
    );
    link
}

/// The exchange at `clock`.
fn exchange(link: &mut SerialLink, clock: u64) -> Result<Reaction, BenchError> {
    let stimulus = Stimulus {
        clock: PumpTime::from_millis(clock),
        ..Stimulus::default()
    };
    let mut reaction = Reaction::default();
    let became = link.exchange(&stimulus, &mut reaction, &mut Unwatched)?;
    assert_eq!(became, Exchange::Reacted);
    Ok(reaction)
}

/// Exchange `number`, counted from 1, was done once and in order.
fn assert_exchange(link: &mut SerialLink, number: u64) {
    let reaction = exchange(link, number).unwrap();
    assert_eq!(reaction.wake_at.as_millis(), number * 1_000_001);
    assert_eq!(reaction.nvm.len(), usize::from(number.is_multiple_of(3)));
}

#[test]
fn an_honest_line_repeats_nothing() {
    let mut link = booted(honest(), Deadlines::default());
    for number in 1..=200 {
        assert_exchange(&mut link, number);
    }
    assert_eq!(link.statistics().broken, 0);
    assert_eq!(link.statistics().garbage_bytes, 0);
}

#[test]
fn one_corrupted_byte_in_either_direction_is_repeated_and_counted() {
    for way in [Way::ToPump, Way::FromPump] {
        let corrupt = |frame: &[u8]| {
            let mut frame = frame.to_vec();
            frame[5] ^= 0x40;
            frame
        };
        let mut link = booted(once(way, corrupt), LOSSY);
        let before = link.statistics();
        for number in 1..=10 {
            assert_exchange(&mut link, number);
        }
        assert!(link.statistics().repeated > before.repeated);
        let broken = link.statistics().broken - before.broken;
        assert_eq!(broken, u64::from(way == Way::FromPump));
    }
}

#[test]
fn a_lost_delimiter_costs_one_repetition() {
    for way in [Way::ToPump, Way::FromPump] {
        let mut link = booted(once(way, |frame| frame[..frame.len() - 1].to_vec()), LOSSY);
        for number in 1..=10 {
            assert_exchange(&mut link, number);
        }
        assert!(link.statistics().repeated > 0);
    }
}

#[test]
fn a_burst_of_garbage_before_a_frame_is_survived() {
    for way in [Way::ToPump, Way::FromPump] {
        let burst = |frame: &[u8]| {
            let noise = (0..3000_u32).map(|at| u8::try_from(at * 7 % 256).unwrap());
            noise.chain(frame.iter().copied()).collect()
        };
        let mut link = booted(once(way, burst), LOSSY);
        for number in 1..=10 {
            assert_exchange(&mut link, number);
        }
    }
}

#[test]
fn duplicates_and_late_answers_are_ignored() {
    let mut earlier: Vec<u8> = Vec::new();
    let lie: Lie = Box::new(move |way, frame| {
        if way == Way::ToPump {
            return Some(frame.to_vec());
        }
        let late = std::mem::replace(&mut earlier, frame.to_vec());
        Some([late.as_slice(), frame, frame].concat())
    });
    let mut link = booted(lie, Deadlines::default());
    for number in 1..=100 {
        assert_exchange(&mut link, number);
    }
    assert!(link.statistics().stale > 0);
}

#[test]
fn endless_garbage_is_an_error() {
    for noise in [
        [0x55; 256],
        [0; 256],
        std::array::from_fn(|at| u8::try_from(at % 7).unwrap()),
    ] {
        let (mut far, near) = TTYPort::pair().unwrap();
        let mut link = SerialLink::new(SerialWire::over(near, "the line").unwrap(), SHORT);
        thread::spawn(move || while far.write_all(&noise).is_ok() {});
        let started = Instant::now();
        let error = try_boot(&mut link, &mut Unwatched).unwrap_err();
        assert!(started.elapsed() < NEVER_HANGS);
        match error {
            // Delimiters alone are neither a frame nor noise.
            BenchError::Silent { .. } => assert_eq!(noise, [0; 256]),
            BenchError::Garbage { bytes, .. } => assert!(bytes > 0),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn garbage_without_pause_ends_before_the_deadline() {
    let patient = Deadlines {
        boot: Duration::from_secs(3600),
        ..Deadlines::default()
    };
    let (mut far, near) = TTYPort::pair().unwrap();
    let mut link = SerialLink::new(SerialWire::over(near, "the line").unwrap(), patient);
    thread::spawn(move || while far.write_all(&[0x55; 256]).is_ok() {});
    let error = try_boot(&mut link, &mut Watched).unwrap_err();
    assert!(matches!(error, BenchError::Garbage { bytes, .. } if bytes > GARBAGE_MAX));
}

#[test]
fn silence_is_an_error_where_nobody_knows_the_core() {
    let (_far, near) = TTYPort::pair().unwrap();
    let mut link = SerialLink::new(SerialWire::over(near, "the line").unwrap(), SHORT);
    let error = try_boot(&mut link, &mut Unwatched).unwrap_err();
    assert!(matches!(error, BenchError::Silent { attempts, .. } if attempts > 1));
}

#[test]
fn silence_while_booting_is_no_boot_where_the_core_runs() {
    let (_far, near) = TTYPort::pair().unwrap();
    let mut link = SerialLink::new(SerialWire::over(near, "the line").unwrap(), SHORT);
    let error = try_boot(&mut link, &mut Watched).unwrap_err();
    assert!(matches!(error, BenchError::NoBoot { .. }));
}

#[test]
fn a_pump_that_does_not_answer_although_its_core_runs_hangs() {
    let mut stimuli = 0;
    let lie: Lie = Box::new(move |way, frame| {
        stimuli += u32::from(way == Way::ToPump && frame.len() == 35);
        Some(if stimuli > 3 {
            Vec::new()
        } else {
            frame.to_vec()
        })
    });
    let mut link = booted(lie, SHORT);
    for number in 1..=3 {
        assert_exchange(&mut link, number);
    }
    let mut reaction = Reaction::default();
    let became = link.exchange(&Stimulus::default(), &mut reaction, &mut Watched);
    assert_eq!(became.unwrap(), Exchange::Hung);
}

/// An owner for whom a debugger has the core halted all the time.
struct Halted {
    since: Instant,
}

impl Owner<SerialWire> for Halted {
    fn liveness(&mut self, _wire: &mut SerialWire) -> Liveness {
        Liveness::Running
    }

    fn wait_while_halted(&mut self, _wire: &mut SerialWire) -> Result<Duration, BenchError> {
        let now = Instant::now();
        Ok(now - std::mem::replace(&mut self.since, now))
    }
}

#[test]
fn time_in_which_a_debugger_has_the_core_halted_counts_for_no_deadline() {
    let deaf = || -> Lie {
        let mut stimuli = 0;
        Box::new(move |way, frame| {
            let told = way == Way::ToPump && frame.len() == 35;
            stimuli += u32::from(told);
            let lost = told && stimuli <= 2 * SHORT.attempts;
            Some(if lost { Vec::new() } else { frame.to_vec() })
        })
    };
    let mut reaction = Reaction::default();
    let mut link = booted(deaf(), SHORT);
    let error = link
        .exchange(&Stimulus::default(), &mut reaction, &mut Unwatched)
        .unwrap_err();
    assert!(matches!(error, BenchError::Silent { .. }), "{error}");
    let mut link = booted(deaf(), SHORT);
    let mut halted = Halted {
        since: Instant::now(),
    };
    let became = link.exchange(&Stimulus::default(), &mut reaction, &mut halted);
    assert_eq!(became.unwrap(), Exchange::Reacted);
}

/// A pump that truncates its Reactions after 20 bytes; after the first it is silent or not.
fn breaks_off(silent_then: bool) -> Lie {
    let mut reactions = 0;
    Box::new(move |way, frame| {
        if way == Way::ToPump || frame.len() != 42 {
            return Some(frame.to_vec());
        }
        reactions += 1;
        let len = if silent_then && reactions > 1 { 0 } else { 20 };
        Some(frame[..len].to_vec())
    })
}

#[test]
fn a_pump_that_stops_in_mid_frame_hangs_too() {
    let mut link = booted(breaks_off(true), SHORT);
    let mut reaction = Reaction::default();
    let became = link.exchange(&Stimulus::default(), &mut reaction, &mut Watched);
    assert_eq!(became.unwrap(), Exchange::Hung);
}

#[test]
fn a_pump_that_answers_each_repetition_with_half_a_frame_does_not_hang() {
    let mut link = booted(breaks_off(false), SHORT);
    let mut reaction = Reaction::default();
    let error = link
        .exchange(&Stimulus::default(), &mut reaction, &mut Watched)
        .unwrap_err();
    assert!(matches!(error, BenchError::Garbage { .. }), "{error}");
}

#[test]
fn a_pump_that_restarts_of_its_own_accord_is_the_pumps_doing_where_the_core_is_watched() {
    let panics = Stimulus {
        clock: PANICS_AT,
        ..Stimulus::default()
    };
    let mut reaction = Reaction::default();
    let mut link = booted(once(Way::FromPump, |_| Vec::new()), LOSSY);
    let became = link.exchange(&panics, &mut reaction, &mut Watched);
    assert_eq!(became.unwrap(), Exchange::Hung);
    try_boot(&mut link, &mut Watched).unwrap();
    assert!(exchange(&mut link, 1).is_ok());
    let mut link = booted(once(Way::FromPump, |_| Vec::new()), LOSSY);
    let error = link
        .exchange(&panics, &mut reaction, &mut Unwatched)
        .unwrap_err();
    assert!(matches!(error, BenchError::Refused { .. }), "{error}");
}

#[test]
fn a_closed_port_is_noticed_at_once() {
    let mut stimuli = 0;
    let lie: Lie = Box::new(move |way, frame| {
        stimuli += u32::from(way == Way::ToPump && frame.len() == 35);
        (stimuli < 4).then(|| frame.to_vec())
    });
    let patient = Deadlines {
        attempt: Duration::from_secs(3600),
        ..Deadlines::default()
    };
    let mut link = booted(lie, patient);
    for number in 1..=3 {
        assert_exchange(&mut link, number);
    }
    let error = exchange(&mut link, 4).unwrap_err();
    assert!(matches!(error, BenchError::PortClosed { .. }), "{error}");
    let error = exchange(&mut link, 5).unwrap_err();
    assert!(matches!(error, BenchError::PortClosed { .. }), "{error}");
}

#[test]
fn an_owner_that_knows_why_the_port_closed_is_believed() {
    struct Knows;
    impl Owner<SerialWire> for Knows {
        fn liveness(&mut self, _wire: &mut SerialWire) -> Liveness {
            Liveness::Dead(BenchError::Halted {
                program: "pump".to_owned(),
                state: "unplugged".into(),
            })
        }
    }
    let mut link = pump_behind(Box::new(|_, _| None), Deadlines::default());
    let error = try_boot(&mut link, &mut Knows).unwrap_err();
    assert!(matches!(error, BenchError::Halted { .. }), "{error}");
}

#[test]
fn a_port_is_for_one_user_alone() {
    let (_far, near) = TTYPort::pair().unwrap();
    let path = near.name().unwrap();
    let _first = SerialLink::open(&path, SHORT).unwrap();
    let second = SerialLink::open(&path, SHORT).unwrap_err();
    assert!(matches!(second, BenchError::OpenPort { .. }));
    let missing = SerialLink::open("/dev/no-such-port", SHORT).unwrap_err();
    assert!(matches!(missing, BenchError::OpenPort { .. }));
}

#[test]
fn ten_thousand_exchanges_over_a_bad_line_give_the_same_reactions() {
    let mut dice = Dice(0x0074_6865_6361_6c21);
    let lie: Lie = Box::new(move |_, frame| {
        let mut frame = frame.to_vec();
        Some(match dice.roll(100) {
            0 => {
                let at = dice.roll(u64::try_from(frame.len()).unwrap());
                let bit = dice.roll(8);
                frame[usize::try_from(at).unwrap()] ^= 1 << bit;
                frame
            }
            1 => Vec::new(),
            2 => [frame.as_slice(), &frame].concat(),
            _ => frame,
        })
    });
    let mut link = booted(lie, LOSSY);
    for number in 1..=10_000 {
        assert_exchange(&mut link, number);
    }
    let statistics = link.statistics();
    assert!(statistics.repeated > 100 && statistics.broken > 10 && statistics.stale > 10);
}
