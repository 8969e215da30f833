//! A remote serial port by RFC 2217 as a wire: bytes by telnet; sets the port's speed, format and
//! control lines. Negotiates what this needs, refuses everything else.

use super::link::{ControlLine, Wire};
use super::tcp::TcpWire;
use super::telnet::{
    ANSWER, BINARY, COM_PORT, Control, DO, DONT, IAC, Piece, SUPPRESS_GO_AHEAD, Splitter, WILL,
    WONT, escape, push_command,
};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use thecal_engine::bench::BenchError;

/// Timeout for the server's answers to all settings.
const NEGOTIATION_WAIT: Duration = Duration::from_secs(3);

/// Commands of RFC 2217, and the values that are sent.
const SET_BAUD: u8 = 1;
const SET_DATA_SIZE: u8 = 2;
const SET_PARITY: u8 = 3;
const SET_STOP_SIZE: u8 = 4;
const SET_CONTROL: u8 = 5;
const EIGHT_BITS: u8 = 8;
const NO_PARITY: u8 = 1;
const ONE_STOP_BIT: u8 = 1;
const NO_FLOW_CONTROL: u8 = 1;
const DTR_ON: u8 = 8;
const DTR_OFF: u8 = 9;
const RTS_ON: u8 = 11;
const RTS_OFF: u8 = 12;

const OPTIONS: [u8; 3] = [BINARY, SUPPRESS_GO_AHEAD, COM_PORT];

/// The bytes of a remote port.
#[derive(Debug)]
pub struct Rfc2217Wire {
    tcp: TcpWire,
    splitter: Splitter,
    data: VecDeque<u8>,
    controls: VecDeque<Control>,
    sent: Vec<u8>,
}

impl Rfc2217Wire {
    /// Connects to `host:port` and sets the port's speed (bit per second), eight bits, no parity,
    /// one stop bit, no flow control.
    ///
    /// # Errors
    ///
    /// [`BenchError::PortServer`] if the server cannot be reached, does not support RFC 2217, or
    /// sets another speed.
    pub fn connect(address: &str, baud: u32, within: Duration) -> Result<Self, BenchError> {
        let mut wire = Self {
            tcp: TcpWire::connect("rfc2217", address, within)?,
            splitter: Splitter::default(),
            data: VecDeque::new(),
            controls: VecDeque::new(),
            sent: Vec::new(),
        };
        let mut opening = Vec::new();
        for option in OPTIONS {
            opening.extend([IAC, WILL, option]);
            if option != COM_PORT {
                opening.extend([IAC, DO, option]);
            }
        }
        wire.tcp.send(&opening)?;
        let until = Instant::now() + NEGOTIATION_WAIT;
        wire.await_options(until)?;
        for (number, value, what) in [
            (SET_BAUD, baud.to_be_bytes().to_vec(), "speed"),
            (SET_DATA_SIZE, vec![EIGHT_BITS], "eight bits"),
            (SET_PARITY, vec![NO_PARITY], "no parity"),
            (SET_STOP_SIZE, vec![ONE_STOP_BIT], "one stop bit"),
            (SET_CONTROL, vec![NO_FLOW_CONTROL], "no flow control"),
        ] {
            wire.set(number, &value, what, until)?;
        }
        Ok(wire)
    }

    /// Waits until the server has agreed to each option, or refused one.
    fn await_options(&mut self, until: Instant) -> Result<(), BenchError> {
        // Required of the server for each option: to accept ours; for binary, also to send binary.
        let mut needed = vec![(DO, BINARY), (DO, COM_PORT), (WILL, BINARY)];
        while !needed.is_empty() {
            match self.next_control(until)? {
                None => {
                    return Err(self.unable(
                        "it does not speak RFC 2217 (no answer to the telnet options): \
                         is it a raw port? then write `tcp://`",
                    ));
                }
                Some(Control::Option(DONT, option)) if OPTIONS[..].contains(&option) => {
                    if option != SUPPRESS_GO_AHEAD {
                        return Err(
                            self.unable("it refuses an option that RFC 2217 needs; try `tcp://`")
                        );
                    }
                }
                Some(Control::Option(verb, option)) => {
                    needed.retain(|&need| need != (verb, option));
                    self.answer_option(verb, option)?;
                }
                Some(Control::Command(..)) => {}
            }
        }
        Ok(())
    }

    /// Refuses options that were not requested.
    fn answer_option(&mut self, verb: u8, option: u8) -> Result<(), BenchError> {
        let known = OPTIONS.contains(&option);
        match verb {
            DO if !known => self.tcp.send(&[IAC, WONT, option]),
            WILL if !known => self.tcp.send(&[IAC, DONT, option]),
            _ => Ok(()),
        }
    }

    /// Sets one parameter, and requires the server to confirm it.
    fn set(
        &mut self,
        number: u8,
        value: &[u8],
        what: &str,
        until: Instant,
    ) -> Result<(), BenchError> {
        let mut command = Vec::new();
        push_command(number, value, &mut command);
        self.tcp.send(&command)?;
        loop {
            match self.next_control(until)? {
                Some(Control::Command(answer, set)) if answer == number + ANSWER => {
                    if set == value {
                        return Ok(());
                    }
                    return Err(self.unable(&format!(
                        "asked for {what} {value:?} it set {set:?} (bytes of RFC 2217); \
                         can the port do that?"
                    )));
                }
                Some(Control::Option(verb, option)) => self.answer_option(verb, option)?,
                Some(Control::Command(..)) => {}
                None => {
                    let waited = NEGOTIATION_WAIT.as_secs_f64();
                    return Err(self.unable(&format!("it did not set {what} within {waited:.1} s")));
                }
            }
        }
    }

    fn unable(&self, reason: &str) -> BenchError {
        BenchError::PortServer {
            address: self.tcp.name().to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn next_control(&mut self, until: Instant) -> Result<Option<Control>, BenchError> {
        loop {
            if let Some(control) = self.controls.pop_front() {
                return Ok(Some(control));
            }
            if !self.tcp.receive(until, 1)? {
                return Ok(None);
            }
            self.split();
        }
    }

    /// Splits received bytes into data, options and commands.
    fn split(&mut self) {
        while let Some(byte) = self.tcp.next_byte() {
            match self.splitter.push(byte) {
                Some(Piece::Data(byte)) => self.data.push_back(byte),
                Some(Piece::Control(control)) => self.controls.push_back(control),
                None => {}
            }
        }
    }
}

impl Wire for Rfc2217Wire {
    fn name(&self) -> &str {
        self.tcp.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        self.sent.clear();
        escape(bytes, &mut self.sent);
        self.tcp.send(&self.sent)
    }

    fn receive(&mut self, until: Instant, expected: usize) -> Result<bool, BenchError> {
        while self.data.is_empty() {
            if !self.tcp.receive(until, expected)? {
                return Ok(false);
            }
            self.split();
            while let Some(control) = self.controls.pop_front() {
                // Notifications of line and modem state are ignored.
                if let Control::Option(verb, option) = control {
                    self.answer_option(verb, option)?;
                }
            }
        }
        Ok(true)
    }

    fn next_byte(&mut self) -> Option<u8> {
        self.data.pop_front()
    }

    fn forget_received(&mut self) -> Result<u64, BenchError> {
        // Through the splitter, because half a command may have arrived.
        let mut forgotten = 0;
        while forgotten < super::link::GARBAGE_MAX {
            forgotten += self.data.drain(..).count() as u64;
            let soon = Instant::now() + Duration::from_millis(1);
            if !self.receive(soon, 1)? {
                break;
            }
        }
        Ok(forgotten)
    }

    fn set_line(&mut self, line: ControlLine, asserted: bool) -> Result<bool, BenchError> {
        let (value, what) = match (line, asserted) {
            (ControlLine::Dtr, true) => (DTR_ON, "DTR on"),
            (ControlLine::Dtr, false) => (DTR_OFF, "DTR off"),
            (ControlLine::Rts, true) => (RTS_ON, "RTS on"),
            (ControlLine::Rts, false) => (RTS_OFF, "RTS off"),
        };
        let until = Instant::now() + NEGOTIATION_WAIT;
        self.set(SET_CONTROL, &[value], what, until)?;
        Ok(true)
    }
}
