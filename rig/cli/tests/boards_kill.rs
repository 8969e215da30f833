//! The rig is killed, twenty times, wherever it happens to be: nothing is left that stands in the
//! way of the next run, and no file is half a file.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest of the desk")]
mod boards_kit;

use boards_kit::{Desk, emulators, ends_with, image, until, virtual_boards};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

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

/// Every file that has its name is whole.
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
                let record: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(record["format"], "thecal-record 1");
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
    // One on a line, one behind a probe, which is quicker and so writes more often.
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
