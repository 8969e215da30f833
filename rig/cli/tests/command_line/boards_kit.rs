//! Test environment: boards that are threads behind TCP, inventories, the binary with its own
//! locks.

pub(crate) use crate::reference_image::image;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use thecal_firmware::Pump;
use thecal_link::endpoint::{Endpoint, Program};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_telemetry::EXAMPLE_SECRET;

/// Generous: a test that does not hang ends long before.
pub(crate) const NEVER_HANGS: Duration = Duration::from_secs(120);

/// Requests made to a pump behind TCP.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) booted: AtomicBool,
    pub(crate) resets: AtomicU32,
    pub(crate) reactions: AtomicU32,
    /// From this Reaction on it does not answer; 0: never.
    pub(crate) mute_from: AtomicU32,
}

/// The reference firmware in a thread, recording its requests.
struct Told {
    pump: Box<Pump>,
    asked: Arc<Asked>,
    restart: bool,
}

fn fresh() -> Box<Pump> {
    Box::new(Pump::new([9; 20], "thread", EXAMPLE_SECRET))
}

impl Program for Told {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        self.asked.booted.store(true, Ordering::SeqCst);
        self.pump.boot(boot, nvm)
    }

    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
        self.asked.reactions.fetch_add(1, Ordering::SeqCst);
        self.pump.react(stimulus, reaction);
    }

    fn reset(&mut self) {
        self.asked.resets.fetch_add(1, Ordering::SeqCst);
        self.asked.booted.store(false, Ordering::SeqCst);
        self.pump = fresh();
        self.restart = true;
    }
}

/// Serves one pump at a local port, one user after the other; returns `127.0.0.1:port`.
pub(crate) fn pump_at_a_port() -> (String, Arc<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Asked::default());
    let shared = Arc::clone(&asked);
    thread::spawn(move || {
        let mut told = Told {
            pump: fresh(),
            asked: shared,
            restart: false,
        };
        let mut endpoint = Box::new(Endpoint::new());
        for stream in listener.incoming() {
            serve(stream.unwrap(), &mut told, &mut endpoint);
        }
    });
    (address, asked)
}

fn serve(mut stream: TcpStream, told: &mut Told, endpoint: &mut Box<Endpoint>) {
    stream.set_nodelay(true).unwrap();
    let mut buffer = [0; 512];
    loop {
        let len = match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(len) => len,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        for &byte in &buffer[..len] {
            let Some(answer) = endpoint.push(byte, told) else {
                continue;
            };
            let mute_from = told.asked.mute_from.load(Ordering::SeqCst);
            if mute_from > 0 && told.asked.reactions.load(Ordering::SeqCst) >= mute_from {
                continue;
            }
            if stream.write_all(answer).is_err() {
                return;
            }
            if std::mem::take(&mut told.restart) {
                **endpoint = Endpoint::new();
            }
        }
    }
}

/// A working directory with scenarios, an inventory, and its own folder of locks.
pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
}

impl Desk {
    /// With scenarios of these names, each this many days long.
    pub(crate) fn new(inventory: &str, names: &[&str], days: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let family = folder.path().join("scenarios/night");
        fs::create_dir_all(&family).unwrap();
        for name in names {
            fs::write(family.join(format!("{name}.toml")), history(name, days)).unwrap();
        }
        fs::write(folder.path().join("bench.toml"), inventory).unwrap();
        Self { folder }
    }

    /// Adds a scenario.
    pub(crate) fn add(&self, name: &str, days: u32) {
        let file = self.path().join(format!("scenarios/night/{name}.toml"));
        fs::write(file, history(name, days)).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_thecal"));
        command
            .current_dir(self.path())
            .args(arguments)
            .env("THECAL_LOCKS", self.path().join("locks"))
            .env("CI", "1");
        command
    }

    /// The same, started with these signals as a terminal starts it (`default`) or as nohup does
    /// (`ignore`), independent of how this test was started. The process becomes the rig itself.
    pub(crate) fn with_signals(&self, how: &str, signals: &str, arguments: &[&str]) -> Command {
        let rig = self.command(arguments);
        let mut command = Command::new("env");
        command
            .current_dir(self.path())
            .arg(format!("--{how}-signal={signals}"))
            .arg(rig.get_program())
            .args(rig.get_args())
            .envs(
                rig.get_envs()
                    .filter_map(|(key, value)| Some((key, value?))),
            );
        command
    }

    pub(crate) fn thecal(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A file of a run, as text.
    pub(crate) fn out(&self, file: &str) -> String {
        let path = self.path().join("thecal-out").join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

fn history(name: &str, days: u32) -> String {
    format!(
        "title = \"Days of {name}\"\nseed = 1\nduration = \"{days} d\"\n\
         [patient]\ntolerance = \"chronic\"\n\
         [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
         [therapy]\ndose = \"1 mg/day\"\n\
         [[expect]]\nname = \"quiet\"\nnever = \"alarm.critical\"\n"
    )
}

/// Virtual boards of these names, all tagged `pump`.
pub(crate) fn virtual_boards(names: &[&str], elf: &Path) -> String {
    let board = |name: &&str| {
        format!(
            "[[board]]\nname = \"{name}\"\nemulated = \"qemu-uart\"\nelf = \"{}\"\ntags = [\"pump\"]\n",
            elf.display()
        )
    };
    names.iter().map(board).collect()
}

/// A board behind TCP.
pub(crate) fn tcp_board(name: &str, address: &str) -> String {
    format!(
        "[[board]]\nname = \"{name}\"\nserial = \"tcp://{address}\"\ntags = [\"pump\"]\n\
         quirks = {{ any-build = true }}\n"
    )
}

pub(crate) fn text(output: &Output) -> String {
    let bytes = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[track_caller]
pub(crate) fn ends_with(output: &Output, code: i32, words: &[&str]) -> String {
    let text = text(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    // Diagnostics are wrapped: compare words, not lines.
    let flat = |text: &str| {
        let bars = text.replace(['│', '╭', '╰', '─', '▶'], " ");
        bars.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for word in words {
        assert!(
            flat(&text).contains(&flat(word)),
            "`{word}` is missing in:\n{text}"
        );
    }
    text
}

/// Waits for an expected event.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < NEVER_HANGS, "{what} never came");
        thread::sleep(Duration::from_millis(5));
    }
}

/// QEMU processes that run this image, except zombies.
pub(crate) fn emulators(elf: &Path) -> Vec<i32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&command);
        if words.contains("qemu") && words.contains(&*elf.to_string_lossy()) {
            found.push(id);
        }
    }
    found
}
