//! QEMU's test interface: the bus as the core sees it, including peripherals and system control
//! space, while the core runs.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Timeout for the answer to one line.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// Longest answer expected by this module. Unit: byte.
const ANSWER_MAX: usize = 64;

/// Width of one access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// 8 bits.
    Byte,
    /// 16 bits.
    Half,
    /// 32 bits.
    Word,
}

impl Width {
    /// Unit: byte.
    pub(super) const fn len(self) -> u8 {
        match self {
            Self::Byte => 1,
            Self::Half => 2,
            Self::Word => 4,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Byte => 'b',
            Self::Half => 'w',
            Self::Word => 'l',
        }
    }
}

/// A connection to the interface.
#[derive(Debug)]
pub(super) struct Qtest {
    stream: UnixStream,
}

impl Qtest {
    pub(super) fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(ANSWER_WAIT))?;
        stream.set_write_timeout(Some(ANSWER_WAIT))?;
        Ok(Self { stream })
    }

    pub(super) fn read(&mut self, address: u32, width: Width) -> io::Result<u32> {
        let answer = self.ask(&format!("read{} {address:#x}\n", width.letter()))?;
        answer
            .strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .and_then(|value| u32::try_from(value).ok())
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, answer))
    }

    pub(super) fn write(&mut self, address: u32, width: Width, value: u32) -> io::Result<()> {
        self.ask(&format!(
            "write{} {address:#x} {value:#x}\n",
            width.letter()
        ))?;
        Ok(())
    }

    fn ask(&mut self, line: &str) -> io::Result<String> {
        self.stream.write_all(line.as_bytes())?;
        let mut answer = [0; ANSWER_MAX];
        let mut len = 0;
        loop {
            let rest = answer
                .get_mut(len..)
                .filter(|rest| !rest.is_empty())
                .ok_or(ErrorKind::InvalidData)?;
            match self.stream.read(rest) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(more) => len += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(ErrorKind::TimedOut.into());
                }
                Err(error) => return Err(error),
            }
            if let Some((b'\n', answer)) = answer.get(..len).and_then(<[u8]>::split_last) {
                let answer = String::from_utf8_lossy(answer);
                return match answer.strip_prefix("OK") {
                    Some(value) => Ok(value.trim().to_owned()),
                    None => Err(io::Error::new(ErrorKind::InvalidData, answer.into_owned())),
                };
            }
        }
    }
}
