//! The Black Magic server, driven by probe-rs' own driver for that probe, over the network. Never
//! skipped: if QEMU or the image is missing, these tests fail and say how to get it.

use crate::virtual_probe_target::{
    HALT, NEVER_HANGS, SCRATCH, attach, history, image, start, word,
};
use probe_rs::flashing::DownloadOptions;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, WireProtocol};
use probe_rs::rtt::{Rtt, ScanRegion};
use probe_rs::{MemoryInterface, Permissions, Session, VectorCatchCondition};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;
use thecal_bench::virtual_probe::{CHIP, CoreRegister, FLASH_START, HaltClock, VirtualTarget};
use thecal_bench::{Debugger, QemuProbe};
use thecal_cli::serve::black_magic::BlackMagicServer;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_link::Reaction;
use thecal_link::limits::NVM_LEN;
use thecal_suite::health::{power_on, quiet_minute};

/// Flash beyond the image.
const CODE: u32 = 0x0808_0000;

fn served() -> (VirtualTarget, BlackMagicServer) {
    let target = start();
    let server = BlackMagicServer::start(&target, 0).unwrap();
    (target, server)
}

fn attach_over(server: &BlackMagicServer) -> Session {
    let selector: DebugProbeSelector = server.selector().parse().unwrap();
    let mut probe = Lister::new().open(selector).unwrap();
    probe.select_protocol(WireProtocol::Swd).unwrap();
    probe.attach(CHIP, Permissions::default()).unwrap()
}

#[test]
fn memory_registers_breakpoints_and_resets_work_over_the_network() {
    let (target, server) = served();
    assert!(server.address().ip().is_loopback());
    let mut session = attach_over(&server);
    let mut core = session.core(0).unwrap();
    assert_eq!(core.read_word_32(0xe004_2000).unwrap() & 0xfff, 0x413);
    let bytes: Vec<u8> = (0..=255).cycle().take(3001).collect();
    core.write(u64::from(SCRATCH) + 1, &bytes).unwrap();
    let mut there = vec![0; bytes.len()];
    target.read_memory(SCRATCH + 1, &mut there).unwrap();
    assert_eq!(there, bytes);
    core.read(u64::from(SCRATCH) + 1, &mut there).unwrap();
    assert_eq!(there, bytes);
    core.halt(HALT).unwrap();
    assert!(target.is_halted().unwrap());
    core.write_core_reg(3_u16, 0xcafe_f00d_u32).unwrap();
    let third = CoreRegister::general(3).unwrap();
    assert_eq!(target.read_core_register(third).unwrap(), 0xcafe_f00d);
    // Three NOPs, then a loop.
    target
        .write_memory(CODE, &[0x00, 0xbf, 0x00, 0xbf, 0x00, 0xbf, 0xfb, 0xe7])
        .unwrap();
    core.write_core_reg(15_u16, CODE).unwrap();
    core.set_hw_breakpoint((CODE + 4).into()).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(HALT).unwrap();
    let at: u32 = core.read_core_reg(15_u16).unwrap();
    assert_eq!(at, CODE + 4);
    assert_eq!(core.step().unwrap().pc, u64::from(CODE) + 6);
    let at = core.reset_and_halt(HALT).unwrap().pc;
    assert_eq!(at, u64::from(word(&target, FLASH_START + 4) & !1));
    core.run().unwrap();
    assert!(!target.is_halted().unwrap());
    assert!(core.read_word_32(0x6000_0000).is_err());
    assert!(core.read_word_32(SCRATCH.into()).is_ok());
}

#[test]
fn an_image_is_downloaded_over_the_network() {
    let (target, server) = served();
    let mut session = attach_over(&server);
    let image: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[0] ^ 0x35).collect();
    let mut loader = session.target().flash_loader();
    loader.add_data(CODE.into(), &image).unwrap();
    let mut options = DownloadOptions::new();
    options.verify = true;
    loader.commit(&mut session, options).unwrap();
    let mut there = vec![0; image.len()];
    target.read_memory(CODE, &mut there).unwrap();
    assert_eq!(there, image);
}

#[test]
fn rtt_attaches_over_the_network() {
    let (target, server) = served();
    let mut session = attach_over(&server);
    let mut core = session.core(0).unwrap();
    let mut block = b"SEGGER RTT\0\0\0\0\0\0".to_vec();
    for word in [1, 0, SCRATCH + 0x80, SCRATCH + 0x100, 64, 2, 0, 0] {
        block.extend(u32::to_le_bytes(word));
    }
    target.write_memory(SCRATCH + 0x80, b"log\0").unwrap();
    target.write_memory(SCRATCH + 0x100, b"hi").unwrap();
    target.write_memory(SCRATCH, &block).unwrap();
    let mut rtt = Rtt::attach_region(&mut core, &ScanRegion::Exact(SCRATCH.into())).unwrap();
    let mut bytes = [0; 8];
    let channel = rtt.up_channel(0).unwrap();
    assert_eq!(channel.read(&mut core, &mut bytes).unwrap(), 2);
    assert_eq!(&bytes[..2], b"hi");
}

#[test]
fn a_second_client_is_turned_away_and_the_rigs_own_probe_is_not() {
    let (target, server) = served();
    let mut session = attach_over(&server);
    let mut own = attach(&target);
    let mut second = TcpStream::connect(server.address()).unwrap();
    second.set_read_timeout(Some(NEVER_HANGS)).unwrap();
    second.write_all(b"!HC#").unwrap_or_default();
    // The connection is closed, cleanly or not; there is no answer.
    assert!(matches!(second.read(&mut [0; 16]), Ok(0) | Err(_)));
    let mut own = own.core(0).unwrap();
    let mut core = session.core(0).unwrap();
    own.write_word_32(SCRATCH.into(), 0x600d_600d).unwrap();
    assert_eq!(core.read_word_32(SCRATCH.into()).unwrap(), 0x600d_600d);
}

/// Waits for as long as a debugger has the core halted.
#[derive(Debug)]
struct Patient {
    clock: HaltClock,
    counted: Duration,
}

impl Debugger for Patient {
    fn wait_while_halted(&mut self) -> Result<Duration, BenchError> {
        while self.clock.look().now {
            thread::sleep(Duration::from_millis(10));
        }
        let total = self.clock.look().total;
        Ok(total - std::mem::replace(&mut self.counted, total))
    }
}

#[test]
fn a_debugger_that_catches_the_reset_delays_the_boot() {
    let target = start();
    let patient = Patient {
        clock: target.halt_clock(),
        counted: Duration::ZERO,
    };
    let mut bench = QemuProbe::beside_debugger(&image(), target, Box::new(patient)).unwrap();
    let server = BlackMagicServer::start(bench.target(), 0).unwrap();
    let mut session = attach_over(&server);
    let mut core = session.core(0).unwrap();
    let at_reset = VectorCatchCondition::CoreReset;
    core.enable_vector_catch(at_reset).unwrap();
    drop(core);
    let debugger = thread::spawn(move || {
        let mut core = session.core(0).unwrap();
        core.wait_for_core_halted(NEVER_HANGS).unwrap();
        // Longer than the bench waits for the channels of a core that runs.
        thread::sleep(Duration::from_secs(3));
        core.run().unwrap();
    });
    let nvm = Box::new([0xff; NVM_LEN]);
    bench.boot(&power_on(&nvm), &nvm).unwrap();
    debugger.join().unwrap();
    let became = bench.exchange(&quiet_minute(0), &mut Reaction::default());
    assert_eq!(became.unwrap(), Exchange::Reacted);
}

#[test]
fn what_is_no_command_is_answered_or_ignored_and_the_next_one_served() {
    let (_target, server) = served();
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.set_read_timeout(Some(NEVER_HANGS)).unwrap();
    let mut say = |words: &str, answer: &str| {
        client.write_all(words.as_bytes()).unwrap();
        let mut heard = vec![0; answer.len()];
        client.read_exact(&mut heard).unwrap();
        assert_eq!(String::from_utf8(heard).unwrap(), answer, "to {words:?}");
    };
    say("nonsense\0#!!HC#", "&K3#");
    say("!ZZ#", "&N0#");
    say("!Am00#", "&P1#");
    say("!Am000000000000200000007fffffff#", "&P1#");
    say("!Am0000000000006000000000000004#", "&E4#");
    // Where the running program keeps nothing: the memory that it fills grows with it.
    let written = format!("!AM00000000000002{SCRATCH:08x}0000000411223344#");
    say(&written, "&K0#");
    let read = format!("!Am000000000000{SCRATCH:08x}00000004#");
    say(&read, "&K11223344#");
    say("+#!GA#", "&KThecal virtual probe#");
}

#[test]
fn dropping_the_target_or_the_server_ends_a_session_with_an_error() {
    let (target, server) = served();
    let mut session = attach_over(&server);
    drop(target);
    let error = session
        .core(0)
        .and_then(|mut core| core.read_word_32(SCRATCH.into()));
    assert!(!history(&error.unwrap_err()).is_empty());
    drop(session);
    let address = server.address();
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}
