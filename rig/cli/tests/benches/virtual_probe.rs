//! The virtual probe against a real QEMU and the real image, driven through probe-rs like any
//! probe: discovery, memory, power, and how a target ends. Never skipped: if one of the two is
//! missing, these tests fail and say how to get it.

use crate::virtual_probe_target::{HALT, NEVER_HANGS, SCRATCH, attach, history, start, word};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, WireProtocol};
use probe_rs::rtt::{Rtt, ScanRegion};
use probe_rs::{Core, MemoryInterface, Permissions};
use std::path::Path;
use std::time::Instant;
use thecal_bench::link::Liveness;
use thecal_bench::virtual_probe::{CHIP, RAM_LEN, RAM_START, VirtualTarget};
use thecal_engine::bench::BenchError;

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
    let second = history(&ours.open().unwrap_err());
    assert!(second.contains("has a probe open already"), "{second}");
    drop(probe);
    let mut session = attach(&target);
    assert_eq!(session.target().name, CHIP);
    let mut core = session.core(0).unwrap();
    // A Cortex-M4 by Arm; the vector table at its address after reset.
    let cpuid = core.read_word_32(0xe000_ed00).unwrap();
    assert_eq!(cpuid & 0xff00_fff0, 0x4100_c240);
    assert_eq!(core.read_word_32(0xe000_ed08).unwrap() & !0x0800_0000, 0);
    assert_eq!(core.read_word_32(0xe004_2000).unwrap() & 0xfff, 0x413);
}

#[test]
fn it_attaches_to_nothing_until_a_protocol_is_selected_and_has_no_jtag() {
    let target = start();
    let selector: DebugProbeSelector = target.selector().parse().unwrap();
    let mut probe = Lister::new().open(selector.clone()).unwrap();
    assert_eq!(probe.protocol(), None);
    let error = history(&probe.select_protocol(WireProtocol::Jtag).unwrap_err());
    assert!(error.contains("JTAG"), "{error}");
    let error = history(&probe.attach(CHIP, Permissions::default()).unwrap_err());
    assert!(error.contains("no protocol selected"), "{error}");
    let mut probe = Lister::new().open(selector).unwrap();
    probe.select_protocol(WireProtocol::Swd).unwrap();
    assert_eq!(probe.protocol(), Some(WireProtocol::Swd));
    probe.attach(CHIP, Permissions::default()).unwrap();
}

#[test]
fn one_that_is_gone_says_so_and_names_those_that_are_there() {
    let target = start();
    let selector: DebugProbeSelector = target.selector().parse().unwrap();
    let other = start();
    drop(target);
    let error = history(&Lister::new().open(selector).unwrap_err());
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
    // Once running, once halted: the two use different paths.
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
    // Around the address at which the port wraps.
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
        let error = history(&core.read_word_32(nowhere).unwrap_err());
        assert!(error.contains("FAULT"), "{error}");
        assert!(core.write_word_32(nowhere, 1).is_err());
    }
    assert!(core.read_word_32(end - 4).is_ok());
    let error = target.read_memory(0x6000_0000, &mut [0; 4]).unwrap_err();
    assert!(matches!(error, BenchError::BusFault { .. }), "{error}");
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
fn rtt_finds_its_block_and_carries_bytes_both_ways() {
    let target = start();
    let mut session = attach(&target);
    let mut core = session.core(0).unwrap();
    // One channel up, with three bytes in it, and one down.
    let (up, down) = (SCRATCH + 0x100, SCRATCH + 0x140);
    let name = SCRATCH + 0x80;
    let mut header = b"SEGGER RTT\0\0\0\0\0\0".to_vec();
    for word in [1, 1, name, up, 64, 3, 0, 0, name, down, 64, 0, 0, 0] {
        header.extend(u32::to_le_bytes(word));
    }
    target.write_memory(name, b"wire\0").unwrap();
    target.write_memory(up, b"abc").unwrap();
    target.write_memory(SCRATCH, &header).unwrap();
    for region in [
        ScanRegion::Exact(SCRATCH.into()),
        ScanRegion::range(u64::from(SCRATCH) - 0x1000..u64::from(SCRATCH) + 0x1000),
    ] {
        let rtt = Rtt::attach_region(&mut core, &region).unwrap();
        assert_eq!(rtt.ptr(), u64::from(SCRATCH));
    }
    let block = ScanRegion::Exact(SCRATCH.into());
    let mut rtt = Rtt::attach_region(&mut core, &block).unwrap();
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
    let error = history(&core.halt(HALT).unwrap_err());
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
            return history(&error);
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
fn dropping_the_target_leaves_no_process_and_tells_the_session() {
    let target = start();
    let mut session = attach(&target);
    let process = target.process_id().unwrap();
    drop(target);
    assert!(!Path::new("/proc").join(process.to_string()).exists());
    let mut core = session.core(0).map_err(|error| history(&error));
    let error = match &mut core {
        Ok(core) => history(&core.read_word_32(SCRATCH.into()).unwrap_err()),
        Err(error) => error.clone(),
    };
    assert!(error.contains("dropped the virtual target"), "{error}");
}
