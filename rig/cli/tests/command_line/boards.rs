//! Several boards, from the user's side: the queue, locks, marks, `thecal boards`, Ctrl-C.

use crate::boards_kit::{
    Asked, Desk, emulators, ends_with, image, pump_at_a_port, tcp_board, until, virtual_boards,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use thecal_engine::verdict::Verdict;
use thecal_report::Record;

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap())
}

/// The record of a run in this folder.
fn record(desk: &Desk, folder: &str) -> Record {
    let text = desk.out(&format!("{folder}/record.json"));
    Record::from_json(text.as_bytes()).unwrap_or_else(|error| panic!("{folder}: {error}"))
}

#[test]
fn two_virtual_boards_share_a_queue_and_tell_the_same_as_the_library() {
    let names = ["one", "two", "three", "four"];
    let desk = Desk::new(&virtual_boards(&["pump-a", "pump-b"], &image()), &names, 1);
    ends_with(&desk.thecal(&["run", "--accept"]), 0, &["4 pass"]);
    let output = desk.thecal(&["run", "--check", "--on", "tag:pump"]);
    let text = ends_with(&output, 0, &["4 of 4 scenarios on tag-pump: 4 pass"]);
    for board in ["pump-a", "pump-b"] {
        assert!(
            text.contains(&format!(" on {board}\n")),
            "{board} had nothing:\n{text}"
        );
    }
    let index = desk.out("tag-pump/index.html");
    assert!(index.contains("on pump-a") && index.contains("on pump-b"));
    for name in names {
        let record = record(&desk, &format!("tag-pump/night/{name}"));
        let [attempt] = record.attempts.as_slice() else {
            panic!("{:?}", record.attempts);
        };
        assert!(record.bench.starts_with("pump-") && record.bench == attempt.bench);
        assert_eq!(attempt.reached_by.as_deref(), Some("emulated qemu-uart"));
        let firmware = attempt.firmware.as_ref().unwrap();
        assert_eq!(firmware.build_id.as_ref().unwrap().len(), 40);
        assert!(attempt.link.slowest_us > 0 && attempt.error.is_none());
    }
}

#[test]
fn a_board_that_dies_hands_its_scenario_on_and_everybody_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let elf = folder.path().join("pump.elf");
    fs::copy(image(), &elf).unwrap();
    let desk = Desk::new(
        &virtual_boards(&["pump-a", "pump-b"], &elf),
        &["one", "two"],
        10,
    );
    ends_with(&desk.thecal(&["run", "--accept"]), 0, &["2 pass"]);
    let approved = fs::read(desk.path().join("reports/night/one.snap")).unwrap();
    let run = desk
        .command(&["run", "--check", "--on", "pump-a,pump-b"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let victim = until("an emulator", || {
        let found = emulators(&elf);
        (found.len() == 2).then(|| found[0])
    });
    std::thread::sleep(Duration::from_millis(300));
    kill(Pid::from_raw(victim), Signal::SIGKILL).unwrap();
    let output = run.wait_with_output().unwrap();
    let text = ends_with(
        &output,
        0,
        &[
            "2 pass",
            "RERUN",
            "SIGKILL",
            "board pump-",
            "; rerun on board pump-",
            "Rerun",
        ],
    );
    let history = if text.contains("Rerun night/one") {
        "one"
    } else {
        "two"
    };
    let folder = format!("pump-a+pump-b/night/{history}");
    let record = record(&desk, &folder);
    assert_eq!(record.verdict, Verdict::Pass);
    let [broke, last] = record.attempts.as_slice() else {
        panic!("{:?}", record.attempts);
    };
    assert_eq!(last.bench, record.bench);
    assert_ne!(broke.bench, record.bench);
    assert!(broke.bench_broke && broke.error.as_ref().unwrap().contains("SIGKILL"));
    assert!(broke.firmware.is_some() && last.error.is_none());
    assert!(
        desk.out(&format!("{folder}/report.html"))
            .contains("; rerun on board")
    );
    assert!(
        desk.out("pump-a+pump-b/index.html")
            .contains("; rerun on board")
    );
    assert!(
        !desk
            .out(&format!("{folder}/report.txt"))
            .contains("rerun on board")
    );
    assert_eq!(
        fs::read(desk.path().join("reports/night/one.snap")).unwrap(),
        approved
    );
}

#[test]
fn where_no_board_is_left_the_rest_is_an_error_with_its_cause() {
    let (address, asked) = pump_at_a_port();
    asked.mute_from.store(3, Ordering::SeqCst);
    let desk = Desk::new(&tcp_board("pump-a", &address), &["one", "two", "three"], 1);
    asked.mute_from.store(0, Ordering::SeqCst);
    ends_with(&desk.thecal(&["run", "--on", "pump-a"]), 3, &["unapproved"]);
    asked.reactions.store(0, Ordering::SeqCst);
    asked.mute_from.store(3, Ordering::SeqCst);
    let output = desk.thecal(&["run", "--on", "pump-a"]);
    // The old pass must not lie next to the new error.
    let mut attempts = Vec::new();
    for name in ["one", "two", "three"] {
        let folder = format!("pump-a/night/{name}");
        let page = desk.out(&format!("{folder}/report.html"));
        assert!(page.contains("ERROR"), "{name}");
        let record = record(&desk, &folder);
        assert_eq!(record.verdict, Verdict::Error, "{name}");
        assert!(record.run.is_none(), "{name}");
        attempts.extend(record.attempts);
    }
    // One attempt on the board; a board that does not answer may be in an unsafe state.
    let [attempt] = attempts.as_slice() else {
        panic!("{attempts:?}");
    };
    assert!(
        attempt.bench_broke && attempt.not_safe.is_some(),
        "{attempt:?}"
    );
    assert!(attempt.exchanges > 0 && attempt.firmware.is_some());
    ends_with(
        &output,
        5,
        &[
            "3 error",
            "out of rotation",
            "no board left to run it on",
            "no Reaction from tcp://",
        ],
    );
}

#[test]
fn a_fail_is_never_told_again() {
    let desk = Desk::new(&virtual_boards(&["pump-a", "pump-b"], &image()), &[], 1);
    let history = "title = \"Too little\"\nseed = 1\nduration = \"2 h\"\n\
        [patient]\ntolerance = \"chronic\"\n\
        [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
        [therapy]\ndose = \"1 mg/day\"\n\
        [[expect]]\nname = \"too-much\"\nalways = \"commanded.dose <= 1 µg\"\n";
    fs::write(desk.path().join("scenarios/night/fails.toml"), history).unwrap();
    let output = desk.thecal(&["run", "--on", "tag:pump"]);
    let text = ends_with(&output, 1, &["1 fail"]);
    let record = record(&desk, "tag-pump/night/fails");
    assert_eq!((record.verdict, record.attempts.len()), (Verdict::Fail, 1));
    assert!(
        !text.contains("RERUN") && !text.contains("rerun on board"),
        "{text}"
    );
}

#[test]
fn a_board_in_use_is_refused_with_its_holder_or_waited_for() {
    let (address, asked) = pump_at_a_port();
    let desk = Desk::new(&tcp_board("pump-a", &address), &["long"], 200);
    let mut holder = desk
        .command(&["run", "--on", "pump-a", "--files", "none"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the first Reaction", || {
        (asked.reactions.load(Ordering::SeqCst) > 0).then_some(())
    });
    let id = format!("by process {} since 20", holder.id());
    let words = [
        "board pump-a is in use",
        &id,
        "run --on pump-a --files none",
        "--wait-lock",
    ];
    ends_with(&desk.thecal(&["run", "--on", "pump-a"]), 5, &words);
    ends_with(
        &desk.thecal(&["run", "--on", "tag:pump"]),
        5,
        &["no board to run on"],
    );
    ends_with(&desk.thecal(&["boards"]), 5, &["in use"]);
    // A lock ends with its process, however that ends.
    desk.add("short", 1);
    let patient = [
        "run",
        "--on",
        "pump-a",
        "--filter",
        "short",
        "--accept",
        "--wait-lock",
        "2 min",
    ];
    let waits = desk
        .command(&patient)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    holder.kill().unwrap();
    holder.wait().unwrap();
    ends_with(&waits.wait_with_output().unwrap(), 0, &["1 pass"]);
    let check = ["boards", "--check", "pump-a"];
    ends_with(&desk.thecal(&check), 0, &["healthy", "1000 exchanges: p50"]);
    let bad = ["run", "--on", "pump-a", "--wait-lock", "30"];
    ends_with(
        &desk.thecal(&bad),
        2,
        &["`30` has no unit", "units of a duration"],
    );
}

#[test]
fn a_board_on_which_two_runs_broke_is_refused_until_it_is_checked() {
    let (address, asked) = pump_at_a_port();
    let desk = Desk::new(&tcp_board("pump-a", &address), &["one"], 1);
    let mute = |from| asked.mute_from.store(from, Ordering::SeqCst);
    mute(1);
    ends_with(
        &desk.thecal(&["run", "--on", "pump-a"]),
        5,
        &["out of rotation"],
    );
    let second = desk.thecal(&["run", "--on", "pump-a"]);
    ends_with(
        &second,
        5,
        &["board pump-a is marked as wedged: 2 consecutive runs failed on it"],
    );
    let started = Instant::now();
    let refused = desk.thecal(&["run", "--on", "pump-a"]);
    assert!(started.elapsed() < Duration::from_secs(5));
    let words = [
        "board pump-a is wedged",
        "since 20",
        "acknowledgment of",
        "thecal boards --check pump-a",
    ];
    let words = [&words[..1], &words[3..]].concat();
    ends_with(&refused, 5, &words);
    ends_with(&desk.thecal(&["boards", "--check"]), 5, &["UNHEALTHY"]);
    ends_with(&desk.thecal(&["run", "--on", "pump-a"]), 5, &["is wedged"]);
    mute(0);
    ends_with(&desk.thecal(&["boards"]), 5, &["wedged"]);
    ends_with(
        &desk.thecal(&["boards", "--check", "pump-a"]),
        0,
        &["healthy"],
    );
    ends_with(
        &desk.thecal(&["run", "--on", "pump-a", "--accept"]),
        0,
        &["1 pass"],
    );
}

#[test]
fn an_interrupt_leaves_every_board_reset_and_says_what_was_finished() {
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let ((a, of_a), (b, of_b)) = (pump_at_a_port(), pump_at_a_port());
        let inventory = tcp_board("pump-a", &a) + &tcp_board("pump-b", &b);
        let desk = Desk::new(&inventory, &["one", "two"], 200);
        let run = desk
            .with_signals("default", "HUP,QUIT", &["run", "--on", "tag:pump"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        until("a Reaction of each", || {
            let reacts = |asked: &Asked| asked.reactions.load(Ordering::SeqCst) > 10;
            (reacts(&of_a) && reacts(&of_b)).then_some(())
        });
        kill(pid(run.id()), signal).unwrap();
        let output = run.wait_with_output().unwrap();
        ends_with(
            &output,
            5,
            &[
                "Interrupted with 0 of 2 scenarios finished",
                "board pump-a is reset, its motor off",
                "board pump-b is reset, its motor off",
            ],
        );
        for name in ["one", "two"] {
            let record = record(&desk, &format!("tag-pump/night/{name}"));
            let last = record.attempts.last().unwrap();
            assert_eq!(record.verdict, Verdict::Error);
            assert!(last.interrupted && !last.bench_broke && last.not_safe.is_none());
            assert!(last.reached_ms > 0 && record.run.is_none());
        }
        for asked in [of_a, of_b] {
            assert!(!asked.booted.load(Ordering::SeqCst), "it is still booted");
            assert!(asked.resets.load(Ordering::SeqCst) >= 2);
        }
    }
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let (address, asked) = pump_at_a_port();
    let desk = Desk::new(&tcp_board("pump-a", &address), &["one"], 200);
    let mut run = desk
        .command(&["run", "--on", "pump-a"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("a Reaction", || {
        (asked.reactions.load(Ordering::SeqCst) > 10).then_some(())
    });
    // A board that does not answer makes the rig wait.
    asked.mute_from.store(1, Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(200));
    let code = until("its end", || {
        // Signals sent before the first is handled count as one.
        kill(pid(run.id()), Signal::SIGINT).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        run.try_wait().unwrap()
    });
    assert_eq!(code.code(), Some(130));
}

#[test]
fn what_there_is_not_is_answered_with_what_there_is() {
    let desk = Desk::new(&virtual_boards(&["pump-a"], &image()), &["one"], 1);
    let unknown = desk.thecal(&["run", "--on", "pump-aa"]);
    ends_with(
        &unknown,
        2,
        &[
            "did you mean `pump-a`?",
            "native, qemu, qemu-uart",
            "bench.toml: pump-a",
        ],
    );
    ends_with(
        &desk.thecal(&["boards", "pump-b"]),
        2,
        &["there is no board `pump-b`"],
    );
    let elsewhere = desk.thecal(&["boards", "--bench-file", "nowhere.toml"]);
    ends_with(&elsewhere, 2, &["cannot read inventory `nowhere.toml`"]);
    fs::write(desk.path().join("bench.toml"), "[[board]]\nname = \"a\"\n").unwrap();
    ends_with(&desk.thecal(&["run"]), 2, &["nothing leads to board `a`"]);
    fs::write(desk.path().join("bench.toml"), "board = []\n").unwrap();
    ends_with(
        &desk.thecal(&["boards"]),
        4,
        &["lists no board", "bench.example.toml"],
    );
}

#[test]
fn boards_tells_people_and_machines_who_answers() {
    let missing = "[[board]]\nname = \"gone\"\nserial = \"/dev/no-such-port\"\n";
    let desk = Desk::new(&(virtual_boards(&["pump-a"], &image()) + missing), &[], 1);
    let output = desk.thecal(&["boards"]);
    ends_with(
        &output,
        5,
        &[
            "BOARD",
            "pump-a",
            "answers",
            "gone",
            "UNHEALTHY",
            "there is no serial port /dev/no-such-port",
        ],
    );
    let output = desk.thecal(&["boards", "--check", "--json", "pump-a"]);
    assert_eq!(output.status.code(), Some(0));
    let listing: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(listing["format"], "thecal-boards 1");
    let board = &listing["boards"][0];
    assert_eq!(board["state"], "healthy");
    assert_eq!(board["check"]["exchanges"], 1000);
    assert!(board["check"]["p50_us"].as_u64() <= board["check"]["max_us"].as_u64());
    assert_eq!(board["build_id"].as_str().unwrap().len(), 40);
}

#[test]
fn a_virtual_board_behind_a_probe_shares_the_queue_with_one_on_a_line() {
    let inventory = virtual_boards(&["pump-a", "pump-b"], &image());
    let inventory = inventory.replacen("\"qemu-uart\"", "\"qemu\"", 1);
    let desk = Desk::new(&inventory, &["one", "two", "three", "four"], 1);
    ends_with(&desk.thecal(&["run", "--accept"]), 0, &["4 pass"]);
    ends_with(
        &desk.thecal(&["boards", "--check"]),
        0,
        &["emulated qemu ", "healthy"],
    );
    let output = desk.thecal(&["run", "--check", "--on", "tag:pump"]);
    let text = ends_with(&output, 0, &["4 of 4 scenarios on tag-pump: 4 pass"]);
    for board in ["pump-a", "pump-b"] {
        assert!(
            text.contains(&format!(" on {board}\n")),
            "{board} had nothing:\n{text}"
        );
    }
}

/// Messages quoted in the documentation are messages of the rig.
#[test]
fn every_message_on_the_page_is_one_of_the_rigs() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = String::new();
    let mut folders = vec![root.join("rig")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    // A text over several source lines is joined.
    let sources: String = sources
        .split("\\\n")
        .map(|line| line.trim_start_matches(' '))
        .collect();
    let page = fs::read_to_string(root.join("docs/benches.md")).unwrap();
    let (_, table) = page.split_once("| message | cause | action |").unwrap();
    let mut messages = 0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let message = row.split('`').nth(1).unwrap();
        for part in message.split('…').map(|part| part.trim_matches([' ', ','])) {
            assert!(sources.contains(part), "the rig never says `{part}`");
        }
        messages += 1;
    }
    assert!(messages > 10);
}
