//! Telnet as far as RFC 2217 needs it: escapes, options, and the commands of a remote port.
//!
//! Sent data has byte 255 doubled; received bytes are split into data, options and commands. No
//! sockets here.

/// Interpret as command.
pub(super) const IAC: u8 = 255;
pub(super) const DONT: u8 = 254;
pub(super) const DO: u8 = 253;
pub(super) const WONT: u8 = 252;
pub(super) const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

/// Eight bits per byte (RFC 856).
pub(super) const BINARY: u8 = 0;
/// No turn-taking (RFC 858).
pub(super) const SUPPRESS_GO_AHEAD: u8 = 3;
/// Control of a remote port (RFC 2217).
pub(super) const COM_PORT: u8 = 44;

/// Offset of a command's number in the server's answer.
pub(super) const ANSWER: u8 = 100;

/// Longest command that is kept: those of RFC 2217 are shorter, except an unused signature.
const COMMAND_MAX: usize = 64;

/// What arrived between data bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// `DO`, `DONT`, `WILL` or `WONT`, and the option.
    Option(u8, u8),
    /// A command of the remote port: its number and its data.
    Command(u8, Vec<u8>),
}

/// Splits received bytes.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Data,
    Escape,
    Option(u8),
    Command(Vec<u8>),
    CommandEscape(Vec<u8>),
}

/// Result of one byte: one of these, or nothing yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Data(u8),
    Control(Control),
}

impl Splitter {
    pub(super) fn push(&mut self, byte: u8) -> Option<Piece> {
        let (next, piece) = match (std::mem::take(&mut self.state), byte) {
            (State::Data, IAC) => (State::Escape, None),
            (State::Data, data) => (State::Data, Some(Piece::Data(data))),
            (State::Escape, IAC) => (State::Data, Some(Piece::Data(IAC))),
            (State::Escape, verb @ (DO | DONT | WILL | WONT)) => (State::Option(verb), None),
            (State::Escape, SB) => (State::Command(Vec::new()), None),
            (State::Escape, _) => (State::Data, None),
            (State::Option(verb), option) => {
                let control = Control::Option(verb, option);
                (State::Data, Some(Piece::Control(control)))
            }
            (State::Command(body), IAC) => (State::CommandEscape(body), None),
            (State::Command(body), byte) => (State::Command(kept(body, byte)), None),
            (State::CommandEscape(body), IAC) => (State::Command(kept(body, IAC)), None),
            (State::CommandEscape(body), _) => (State::Data, command(&body).map(Piece::Control)),
        };
        self.state = next;
        piece
    }
}

fn kept(mut body: Vec<u8>, byte: u8) -> Vec<u8> {
    if body.len() < COMMAND_MAX {
        body.push(byte);
    }
    body
}

fn command(body: &[u8]) -> Option<Control> {
    match body {
        [COM_PORT, number, rest @ ..] => Some(Control::Command(*number, rest.to_vec())),
        _ => None,
    }
}

/// Appends data, each byte 255 doubled.
pub(super) fn escape(data: &[u8], to: &mut Vec<u8>) {
    for &byte in data {
        to.push(byte);
        if byte == IAC {
            to.push(IAC);
        }
    }
}

/// Appends a command of the remote port.
pub(super) fn push_command(number: u8, value: &[u8], to: &mut Vec<u8>) {
    to.extend([IAC, SB, COM_PORT, number]);
    escape(value, to);
    to.extend([IAC, SE]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(bytes: &[u8]) -> Vec<Piece> {
        let mut splitter = Splitter::default();
        bytes
            .iter()
            .filter_map(|&byte| splitter.push(byte))
            .collect()
    }

    #[test]
    fn every_byte_of_data_survives() {
        let data: Vec<u8> = (0..=255).chain([255, 255]).collect();
        let mut sent = Vec::new();
        escape(&data, &mut sent);
        let pieces: Vec<Piece> = data.iter().map(|&byte| Piece::Data(byte)).collect();
        assert_eq!(split(&sent), pieces);
    }

    #[test]
    fn commands_and_options_stand_between_data() {
        let mut sent = vec![1, IAC, DO, BINARY, 2];
        push_command(1, &[0, 255, 0, 4], &mut sent);
        sent.extend([IAC, 241, 3]);
        let expected = [
            Piece::Data(1),
            Piece::Control(Control::Option(DO, BINARY)),
            Piece::Data(2),
            Piece::Control(Control::Command(1, vec![0, 255, 0, 4])),
            Piece::Data(3),
        ];
        assert_eq!(split(&sent), expected);
    }

    #[test]
    fn an_endless_command_takes_no_memory() {
        let mut splitter = Splitter::default();
        for byte in [IAC, SB].into_iter().chain([7; 10_000]) {
            assert_eq!(splitter.push(byte), None);
        }
        assert!(matches!(&splitter.state, State::Command(body) if body.len() == COMMAND_MAX));
    }
}
