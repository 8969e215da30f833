//! The rig is killed twenty times at arbitrary moments: nothing is left that prevents the next run,
//! and no file is incomplete. And it is ended as machines do it: by two signals at once, and by a
//! closed terminal.

use crate::boards_kit::{
    Asked, Desk, emulators, ends_with, image, pump_at_a_port, tcp_board, until, virtual_boards,
};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;
use thecal_report::Record;

/// A pseudo-random stream, the same on every machine (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn is_part(path: &Path) -> bool {
    name(path).starts_with(".thecal-") && name(path).ends_with(".part")
}

/// Every file with its final name is complete.
fn check(out: &Path, whole: &BTreeMap<PathBuf, Vec<u8>>) {
    let mut found = Vec::new();
    files(out, &mut found);
    for path in found.into_iter().filter(|path| !is_part(path)) {
        let bytes = fs::read(&path).unwrap();
        match name(&path).as_str() {
            "report.txt" | "trace.csv" | "event-log.csv" => {
                let same = whole.get(&path).is_some_and(|known| *known == bytes);
                assert!(same, "{} is not that of a whole run", path.display());
            }
            "record.json" => {
                Record::from_json(&bytes).unwrap();
            }
            "report.html" | "index.html" => {
                assert!(bytes.ends_with(b"</html>"), "{} is torn", path.display());
            }
            other => panic!("nobody knows {other}"),
        }
    }
}

#[test]
fn a_rig_that_is_killed_leaves_nothing_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let elf = folder.path().join("pump.elf");
    fs::copy(image(), &elf).unwrap();
    let names = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    // One on a line, one behind a probe, which is faster and so writes more often.
    let inventory = virtual_boards(&["pump-a", "pump-b"], &elf);
    let inventory = inventory.replacen("\"qemu-uart\"", "\"qemu\"", 1);
    let desk = Desk::new(&inventory, &names, 1);
    let run = ["run", "--on", "tag:pump", "--check"];
    ends_with(&desk.thecal(&["run", "--accept"]), 0, &["10 pass"]);
    ends_with(&desk.thecal(&run), 0, &["10 pass"]);
    let out = desk.path().join("thecal-out");
    let mut whole = Vec::new();
    files(&out, &mut whole);
    let whole: BTreeMap<PathBuf, Vec<u8>> = whole
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    let mut dice = Dice(0x0074_6865_6361_6c21);
    let mut seen = 0;
    for _ in 0..20 {
        let mut rig = desk
            .command(&run)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(20 + dice.roll(1500)));
        seen = seen.max(emulators(&elf).len());
        rig.kill().unwrap();
        rig.wait().unwrap();
        until("the end of the emulators", || {
            emulators(&elf).is_empty().then_some(())
        });
        check(&out, &whole);
    }
    assert_eq!(
        seen, 2,
        "the emulators were not seen, so their end proves nothing"
    );
    ends_with(&desk.thecal(&run), 0, &["10 pass"]);
    check(&out, &whole);
    let mut left = Vec::new();
    files(&out.join("tag-pump"), &mut left);
    left.retain(|path| is_part(path));
    assert_eq!(left, [] as [PathBuf; 0], "the next run sweeps");
}

/// Number of Reactions given by the pump.
fn reactions(asked: &Asked) -> u32 {
    asked.reactions.load(Ordering::SeqCst)
}

fn send(rig: &Child, signal: Signal) {
    kill(Pid::from_raw(rig.id().try_into().unwrap()), signal).unwrap();
}

#[test]
fn two_signals_at_once_are_one() {
    for (first, second) in [
        (Signal::SIGTERM, Signal::SIGTERM),
        (Signal::SIGHUP, Signal::SIGTERM),
        (Signal::SIGQUIT, Signal::SIGINT),
    ] {
        let (address, asked) = pump_at_a_port();
        let desk = Desk::new(&tcp_board("pump-a", &address), &["one"], 200);
        let rig = desk
            .with_signals("default", "HUP,QUIT", &["run", "--on", "pump-a"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        until("a Reaction", || (reactions(&asked) > 10).then_some(()));
        send(&rig, first);
        send(&rig, second);
        let output = rig.wait_with_output().unwrap();
        ends_with(&output, 5, &["board pump-a is reset, its motor off"]);
        assert!(!asked.booted.load(Ordering::SeqCst), "it is still booted");
    }
}

/// As when an ssh session is lost: progress cannot be displayed any more either.
#[test]
fn a_terminal_that_is_gone_leaves_the_board_reset() {
    let (address, asked) = pump_at_a_port();
    let desk = Desk::new(&tcp_board("pump-a", &address), &["one"], 200);
    // A process started meanwhile by another test must not inherit it: the terminal would stay
    // open.
    let how = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
    let mut screen = posix_openpt(how).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let terminal = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlag::O_NOCTTY.bits())
        .open(ptsname_r(&screen).unwrap())
        .unwrap();
    let rig = desk.with_signals("default", "HUP", &["run", "--on", "pump-a"]);
    let end = || Stdio::from(terminal.try_clone().unwrap());
    let mut rig = Command::new("setsid")
        .arg("--ctty")
        .arg(rig.get_program())
        .args(rig.get_args())
        .envs(
            rig.get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        // With progress, as users have it.
        .env_remove("CI")
        .current_dir(desk.path())
        .stdin(end())
        .stdout(end())
        .stderr(end())
        .spawn()
        .unwrap();
    drop(terminal);
    until("a Reaction", || {
        // An unread screen would fill up and block the rig.
        screen.read(&mut [0; 4096]).unwrap_or_default();
        (reactions(&asked) > 10).then_some(())
    });
    drop(screen);
    let status = until("its end", || rig.try_wait().unwrap());
    assert_eq!(status.code(), Some(5), "{status}");
    assert!(!asked.booted.load(Ordering::SeqCst), "it is still booted");
    assert!(desk.out("pump-a/index.html").ends_with("</html>"));
}

#[test]
fn under_nohup_a_terminal_that_is_gone_ends_nothing() {
    let (address, asked) = pump_at_a_port();
    let desk = Desk::new(&tcp_board("pump-a", &address), &["one"], 1000);
    let rig = desk
        .with_signals("ignore", "HUP", &["run", "--on", "pump-a"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    until("a Reaction", || (reactions(&asked) > 10).then_some(()));
    send(&rig, Signal::SIGHUP);
    let before = reactions(&asked);
    let more = || (reactions(&asked) > before + 100).then_some(());
    until("a hundred Reactions more", more);
    send(&rig, Signal::SIGTERM);
    let output = rig.wait_with_output().unwrap();
    ends_with(&output, 5, &["Interrupted with 0 of 1 scenarios finished"]);
}

/// As behind a pager that is not scrolled.
#[test]
fn a_reader_that_takes_no_more_does_not_keep_a_signal_from_the_board() {
    /// Smallest capacity of a pipe. Unit: byte.
    const LEAST: i32 = 4096;
    let (address, asked) = pump_at_a_port();
    let desk = Desk::new(&tcp_board("pump-a", &address), &["one"], 1);
    desk.add("two", 200);
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let size = fcntl(&writer, FcntlArg::F_SETPIPE_SZ(LEAST)).unwrap();
    writer
        .write_all(&vec![b'.'; size.try_into().unwrap()])
        .unwrap();
    let mut rig = desk
        .command(&["run", "--on", "pump-a"])
        .stdout(writer)
        .spawn()
        .unwrap();
    // Output about the first blocks the display while the second runs.
    let first = desk.path().join("thecal-out/pump-a/night/one/report.html");
    until("the first report", || first.exists().then_some(()));
    let before = reactions(&asked);
    let more = || (reactions(&asked) > before + 100).then_some(());
    until("Reactions in the second", more);
    send(&rig, Signal::SIGTERM);
    let reset = || (!asked.booted.load(Ordering::SeqCst)).then_some(());
    until("the reset of the board", reset);
    assert_eq!(
        rig.try_wait().unwrap(),
        None,
        "it still has something to say"
    );
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert_eq!(rig.wait().unwrap().code(), Some(5), "{said}");
    assert!(
        said.contains("Interrupted with 1 of 2 scenarios finished"),
        "{said}"
    );
}
