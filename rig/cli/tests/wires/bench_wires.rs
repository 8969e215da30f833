//! Wires to other machines against pumps in threads: raw bytes over TCP, RFC 2217 against a faulty
//! server; and a board with its power hooks, its port unplugged and plugged in again.

use crate::bench_serial_pump::{honest, run_pump};
use serialport::{SerialPort, TTYPort};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::Board;
use thecal_bench::inventory::parse;
use thecal_bench::link::{Deadlines, Link, Unwatched, Wire};
use thecal_bench::rfc2217::Rfc2217Wire;
use thecal_bench::tcp::TcpWire;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, Reaction, ResetCause, Stimulus};
use thecal_plan::Disturbance;
use thecal_units::PumpTime;

/// Generous: a test that does not hang ends long before.
const NEVER_HANGS: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(2);

/// Short timeouts, for lines on which nothing comes.
const SHORT: Deadlines = Deadlines {
    attempt: Duration::from_millis(100),
    attempts: 3,
    boot: Duration::from_millis(300),
    boot_attempt: Duration::from_millis(50),
    restart: Duration::from_millis(1),
};

/// Serves one user after the other; returns `host:port`.
fn server(mut serve: impl FnMut(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap());
        }
    });
    address
}

fn boot_of(image: &[u8; NVM_LEN]) -> Boot {
    Boot {
        contract: CONTRACT_VERSION,
        cause: ResetCause::PowerOn,
        clock: PumpTime::ZERO,
        image_crc: checksum(image.as_slice()),
    }
}

/// An image that contains every byte value, including 255 outside the erased part.
fn image() -> Box<[u8; NVM_LEN]> {
    let mut image = Box::new([0xff; NVM_LEN]);
    for (at, byte) in image.iter_mut().enumerate().take(2000) {
        *byte = u8::try_from(at % 256).unwrap();
    }
    image
}

fn boot<W: Wire>(link: &mut Link<W>) -> Result<Hello, BenchError> {
    let image = image();
    link.boot(&boot_of(&image), &image, &mut Unwatched)
}

/// The clock has some bytes 255.
fn exchange<W: Wire>(link: &mut Link<W>, number: u64) -> Reaction {
    let stimulus = Stimulus {
        clock: PumpTime::from_millis(number * 255),
        supply_mv: 0xffff,
        ..Stimulus::default()
    };
    let mut reaction = Reaction::default();
    let became = link.exchange(&stimulus, &mut reaction, &mut Unwatched);
    assert_eq!(became.unwrap(), Exchange::Reacted);
    assert_eq!(
        reaction.wake_at.as_millis(),
        number * 255 * 1_000_000 + number
    );
    reaction
}

#[test]
fn a_pump_behind_tcp_boots_and_reacts() {
    let address = server(|stream| run_pump(stream, honest()));
    let wire = TcpWire::connect("tcp", &address, CONNECT).unwrap();
    let mut link = Link::new(wire, Deadlines::default());
    assert_eq!(boot(&mut link).unwrap().build_id, [7; 20]);
    for number in 1..=500 {
        exchange(&mut link, number);
    }
    assert_eq!(link.statistics().repeated, 0);
    assert_eq!(link.statistics().garbage_bytes, 0);
}

#[test]
fn a_port_server_that_is_not_there_is_named() {
    // Bound and dropped: nothing listens there now.
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let started = Instant::now();
    let error = TcpWire::connect("tcp", &free.to_string(), CONNECT).unwrap_err();
    assert!(
        error.to_string().contains("does the port server run"),
        "{error}"
    );
    assert!(error.blames_the_board());
    assert!(started.elapsed() < NEVER_HANGS);
}

#[test]
fn a_connection_that_ends_is_noticed_at_once() {
    let address = server(|stream| {
        let mut frames = 0;
        run_pump(
            stream,
            Box::new(move |_, frame| {
                frames += u32::from(frame.len() == 35);
                (frames < 4).then(|| frame.to_vec())
            }),
        );
    });
    let patient = Deadlines {
        attempt: Duration::from_secs(3600),
        ..Deadlines::default()
    };
    let wire = TcpWire::connect("tcp", &address, CONNECT).unwrap();
    let mut link = Link::new(wire, patient);
    boot(&mut link).unwrap();
    let mut reaction = Reaction::default();
    let error = loop {
        match link.exchange(&Stimulus::default(), &mut reaction, &mut Unwatched) {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, BenchError::PortClosed { .. }), "{error}");
}

#[test]
fn what_arrived_before_is_forgotten_and_counted() {
    let address = server(|mut stream| {
        stream.write_all(&[0x55; 300]).unwrap();
        run_pump(stream, honest());
    });
    let mut wire = TcpWire::connect("tcp", &address, CONNECT).unwrap();
    assert!(wire.receive(Instant::now() + NEVER_HANGS, 1).unwrap());
    let mut forgotten = 0;
    while forgotten < 300 {
        forgotten += wire.forget_received().unwrap();
    }
    assert_eq!(forgotten, 300);
    assert!(boot(&mut Link::new(wire, Deadlines::default())).is_ok());
}

/// Behavior of the fake RFC 2217 server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Honest,
    /// Sets this speed, whatever is requested.
    OtherSpeed(u32),
    /// A raw port.
    Raw,
    /// Refuses to be a remote port.
    Refuses,
}

const IAC: u8 = 255;

/// Commands of the remote port that a server received.
type Commands = Arc<Mutex<Vec<(u8, Vec<u8>)>>>;

/// A server of RFC 2217, written independently of the client: byte by byte, no shared code.
struct Fake {
    stream: TcpStream,
    kind: Server,
    commands: Commands,
    noisy: bool,
}

impl Fake {
    fn byte(&mut self) -> Option<u8> {
        let mut one = [0];
        self.stream.read_exact(&mut one).ok()?;
        Some(one[0])
    }

    /// The next byte of data; handles commands and options before it.
    fn data(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            if byte != IAC || self.kind == Server::Raw {
                return Some(byte);
            }
            match self.byte()? {
                IAC => return Some(IAC),
                250 => self.command()?,
                verb => {
                    let option = self.byte()?;
                    self.option(verb, option)?;
                }
            }
        }
    }

    fn option(&mut self, verb: u8, option: u8) -> Option<()> {
        let agrees = option != 44 || self.kind != Server::Refuses;
        let answer = match (verb, agrees) {
            (251, true) => 253,
            (251, false) => 254,
            (253, _) => 251,
            _ => return Some(()),
        };
        self.stream.write_all(&[IAC, answer, option]).ok()
    }

    fn command(&mut self) -> Option<()> {
        let mut body = Vec::new();
        loop {
            match self.byte()? {
                IAC => match self.byte()? {
                    IAC => body.push(IAC),
                    _ => break,
                },
                byte => body.push(byte),
            }
        }
        assert_eq!(body[0], 44);
        let (number, mut value) = (body[1], body[2..].to_vec());
        self.commands.lock().unwrap().push((number, value.clone()));
        if let (1, Server::OtherSpeed(baud)) = (number, self.kind) {
            value = baud.to_be_bytes().to_vec();
        }
        let mut answer = vec![IAC, 250, 44, number + 100];
        for byte in value {
            answer.push(byte);
            if byte == IAC {
                answer.push(IAC);
            }
        }
        answer.extend([IAC, 240]);
        self.stream.write_all(&answer).ok()
    }
}

impl Read for Fake {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.data() {
            Some(byte) => {
                buffer[0] = byte;
                Ok(1)
            }
            None => Ok(0),
        }
    }
}

impl Write for Fake {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut sent = Vec::new();
        for (at, &byte) in bytes.iter().enumerate() {
            if self.noisy && at % 7 == 3 {
                // A notification of modem state in the middle of a frame.
                sent.extend([IAC, 250, 44, 107, 0x30, IAC, 240]);
            }
            sent.push(byte);
            if byte == IAC {
                sent.push(IAC);
            }
        }
        self.stream.write_all(&sent)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn fake(kind: Server, noisy: bool) -> (String, Commands) {
    let commands = Commands::default();
    let seen = Arc::clone(&commands);
    let address = server(move |stream| {
        stream.set_nodelay(true).unwrap();
        let commands = Arc::clone(&seen);
        let fake = Fake {
            stream,
            kind,
            commands,
            noisy,
        };
        run_pump(fake, honest());
    });
    (address, commands)
}

#[test]
fn rfc_2217_sets_the_port_and_carries_every_byte() {
    for noisy in [false, true] {
        let (address, commands) = fake(Server::Honest, noisy);
        let wire = Rfc2217Wire::connect(&address, 16_711_935, CONNECT).unwrap();
        // 16711935 is 00 FF 00 FF: a speed that has to be escaped itself.
        let expected = [
            (1, vec![0, 255, 0, 255]),
            (2, vec![8]),
            (3, vec![1]),
            (4, vec![1]),
            (5, vec![1]),
        ];
        assert_eq!(*commands.lock().unwrap(), expected);
        let mut link = Link::new(wire, Deadlines::default());
        assert_eq!(boot(&mut link).unwrap().build_id, [7; 20]);
        for number in 1..=600 {
            exchange(&mut link, number);
        }
        assert_eq!(link.statistics().repeated, 0);
        assert_eq!(link.statistics().broken, 0);
    }
}

#[test]
fn rfc_2217_refuses_a_server_that_does_not_do_what_it_is_asked() {
    for (kind, words) in [
        (Server::OtherSpeed(9600), "asked for speed"),
        (Server::Raw, "is it a raw port? then write `tcp://`"),
        (Server::Refuses, "refuses an option that RFC 2217 needs"),
    ] {
        let (address, _) = fake(kind, false);
        let started = Instant::now();
        let error = Rfc2217Wire::connect(&address, 1_000_000, CONNECT).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(started.elapsed() < NEVER_HANGS);
    }
}

/// A board of an inventory of one.
fn board(keys: &str) -> Result<Board, BenchError> {
    let text = format!("[[board]]\nname = \"pump-a\"\n{keys}\n");
    let inventory = parse(
        Path::new("/bench.toml"),
        &text,
        thecal_cli::registry::BENCHES,
    )
    .unwrap_or_else(|e| panic!("{e:?}"));
    Board::open(&inventory.boards[0], Path::new("none.elf"), SHORT)
}

fn boot_board(board: &mut Board) -> Result<Hello, BenchError> {
    let image = image();
    board.boot(&boot_of(&image), &image)
}

#[test]
fn a_control_line_resets_a_board_by_rfc_2217() {
    let (address, commands) = fake(Server::Honest, false);
    let keys = format!(
        "serial = \"rfc2217://{address}\"\nquirks = {{ reset = \"dtr\", any-build = true }}"
    );
    let mut board = board(&keys).unwrap();
    assert!(boot_board(&mut board).is_ok());
    let lines: Vec<_> = commands.lock().unwrap().iter().skip(5).cloned().collect();
    assert_eq!(lines, [(5, vec![8]), (5, vec![9])]);
}

#[test]
fn power_is_cut_and_restored_by_commands() {
    let folder = tempfile::tempdir().unwrap();
    let hook = |word: &str| {
        let file = folder.path().join(word);
        format!("[\"cp\", \"/dev/null\", \"{}\"]", file.display())
    };
    let address = server(|stream| run_pump(stream, honest()));
    let keys = format!(
        "serial = \"tcp://{address}\"\npower = {{ on = {}, off = {}, settle = \"1 ms\" }}\n\
         quirks = {{ any-build = true }}",
        hook("on"),
        hook("off")
    );
    let mut board = board(&keys).unwrap();
    boot_board(&mut board).unwrap();
    assert!(
        !folder.path().join("off").exists(),
        "nobody cut the power yet"
    );
    board.disturb(&Disturbance::CutPower).unwrap();
    assert!(folder.path().join("off").exists() && !folder.path().join("on").exists());
    boot_board(&mut board).unwrap();
    assert!(folder.path().join("on").exists());
    let error = board.disturb(&Disturbance::Halt).unwrap_err();
    assert!(matches!(error, BenchError::Incapable { .. }), "{error}");
}

#[test]
fn a_board_that_is_mute_has_its_power_cycled_once() {
    let folder = tempfile::tempdir().unwrap();
    let on = folder.path().join("on");
    let powered = on.clone();
    // It answers only after the hook has run.
    let address = server(move |stream| {
        let powered = powered.clone();
        run_pump(
            stream,
            Box::new(move |_, frame| {
                Some(if powered.exists() {
                    frame.to_vec()
                } else {
                    Vec::new()
                })
            }),
        );
    });
    let keys = format!(
        "serial = \"tcp://{address}\"\npower = {{ on = [\"cp\", \"/dev/null\", \"{}\"], off = [\"true\"], \
         settle = \"1 ms\" }}\nquirks = {{ any-build = true }}",
        on.display()
    );
    let mut board = board(&keys).unwrap();
    assert!(boot_board(&mut board).is_ok());
    assert!(on.exists());
}

#[test]
fn a_port_that_is_unplugged_is_awaited_and_then_told() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("by-id");
    let keys = format!(
        "serial = \"{}\"\nquirks = {{ any-build = true }}",
        port.display()
    );
    let error = board(&keys).err().unwrap();
    assert!(matches!(error, BenchError::Unplugged { .. }), "{error}");
    assert!(
        error.to_string().contains("/dev/serial/by-id") || error.to_string().contains("there are")
    );
    // Plugged in, used, unplugged and plugged in again, as another device with the same name.
    for _ in 0..2 {
        let (far, near) = TTYPort::pair().unwrap();
        let name = near.name().unwrap();
        let pump = thread::spawn(move || run_pump(far, honest()));
        let link = port.clone();
        let plugged = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            symlink(name, link).unwrap();
        });
        let mut board = board(&keys).unwrap();
        plugged.join().unwrap();
        boot_board(&mut board).unwrap();
        board.make_safe().unwrap();
        fs::remove_file(&port).unwrap();
        drop((board, near, pump));
    }
}
