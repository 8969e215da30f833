//! Any packet on the air: opening never panics; unsealed bytes are never taken; sealed ones come
//! back as they were, but for what no decoder looks at.
//!
//! The first byte chooses: 0 to 127 the raw bytes, from 128 on the bytes with a right tag.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use thecal_link::DecodeError;
use thecal_telemetry::{
    Command, Key, Opened, Prescription, Response, Schedule, open, seal, sender,
};

const KEY: Key = Key([0x5a; 16]);

fn sealed(direction: u8, body: &[u8]) -> Vec<u8> {
    let mut mac = Cmac::<Aes128>::new(&KEY.0.into());
    mac.update(&[direction]);
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    [body, tag.get(..8).expect("a tag has 16 bytes")].concat()
}

/// Steps of the schedule that are not in use are not looked at, and sealed as zeros.
fn same_but_unused(prescription: &Prescription, again: &[u8], packet: &[u8]) {
    assert_eq!(again.len(), packet.len());
    let unused = Schedule::STEPS_MAX - prescription.schedule.steps().len();
    let used = 6 + Prescription::LEN - 7 * unused;
    assert_eq!(again[..used], packet[..used]);
}

/// Opens the packet; gives as how many kinds of packet it did.
pub(crate) fn run(bytes: &[u8]) -> usize {
    let Some((&choice, body)) = bytes.split_first() else {
        return 0;
    };
    let _: Result<_, DecodeError> = sender(body);
    if choice < 128 {
        assert!(open::<Command>(KEY, body).is_err(), "a tag was guessed");
        assert!(open::<Response>(KEY, body).is_err(), "a tag was guessed");
        return 0;
    }
    let packet = sealed(1, body);
    assert_eq!(
        open::<Response>(KEY, &packet).map(|_| ()),
        Err(DecodeError::BadTag),
        "a command is no response"
    );
    let opened: Result<Opened<Command>, _> = open(KEY, &packet);
    let mut count = usize::from(opened.is_ok());
    if let Ok(opened) = opened {
        let again = seal(KEY, opened.role, opened.counter, &opened.content).expect("fits");
        match &opened.content {
            Command::Stage(prescription) => {
                same_but_unused(prescription, again.as_slice(), &packet);
            }
            _ => assert_eq!(again.as_slice(), packet),
        }
    }
    let packet = sealed(2, body);
    let opened: Result<Opened<Response>, _> = open(KEY, &packet);
    count += usize::from(opened.is_ok());
    if let Ok(opened) = opened
        && let Ok(again) = seal(KEY, opened.role, opened.counter, &opened.content)
    {
        match &opened.content {
            Response::Prescription(prescription) => {
                same_but_unused(prescription, again.as_slice(), &packet);
            }
            _ => assert_eq!(again.as_slice(), packet),
        }
    }
    count
}
