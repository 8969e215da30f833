//! Telemetry of somebody else: replays and forgeries.

use super::file_packets::{ForgeFile, PRESS, ReplayFile, forged};
use super::mistake_packets::PacketMistake;
use super::reader::Reader;
use thecal_plan::{Action, ForgedKey, Forgery, Recorded, Request, Sender, Spoiled};
use toml::Spanned;

/// `replay`
pub(super) fn replay(table: &Spanned<ReplayFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let file = table.get_ref();
    let is = |flag: &Option<Spanned<bool>>| flag.as_ref().is_some_and(|flag| *flag.get_ref());
    let what = match (is(&file.all), is(&file.answer)) {
        (true, true) => {
            let at = table.span().into();
            reader.report(PacketMistake::Both { at });
            return None;
        }
        (true, false) => Recorded::AllAccepted,
        (false, true) => Recorded::LastAnswer,
        (false, false) => Recorded::LastAccepted,
    };
    Some(Action::Replay(what))
}

/// `forge`
pub(super) fn forge(table: &Spanned<ForgeFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let file = table.get_ref();
    let words: Vec<(&str, &str)> = forged().into_iter().map(|word| (word, word)).collect();
    let word = reader.choice("request", file.request.as_ref()?, &words);
    let from = match &file.from {
        Some(text) => reader.choice("from", text, &Sender::ALL),
        None => Some(Sender::Clinician),
    };
    let key = match &file.key {
        Some(text) => reader.choice("key", text, &ForgedKey::ALL),
        None => Some(ForgedKey::Own),
    };
    let content = match &file.content {
        Some(text) => {
            let read = bytes(text.get_ref());
            if read.is_none() {
                let at = text.span().into();
                reader.report(PacketMistake::NotBytes { at });
            }
            read.map(Some)
        }
        None => Some(None),
    };
    // The table bounds each.
    let number = |number: &Option<Spanned<u32>>| {
        let number = number.as_ref()?;
        u16::try_from(*number.get_ref()).ok()
    };
    let forgery = Forgery {
        request: request(word?)?,
        from: from?,
        key: key?,
        used_counter: file
            .used_counter
            .as_ref()
            .is_some_and(|flag| *flag.get_ref()),
        content: content?,
        spoiled: Spoiled {
            keep: number(&file.keep),
            add: number(&file.add).unwrap_or_default(),
            flip: number(&file.flip),
        },
    };
    if let Some(plainly) = plainly(&forgery) {
        let at = table.span().into();
        reader.lacks(at, PacketMistake::Genuine { plainly, at });
        return None;
    }
    Some(Action::Forge(Box::new(forgery)))
}

fn request(word: &str) -> Option<Request> {
    match word {
        PRESS => Some(Request::PatientBolus { press: 0 }),
        word => Request::plain(word),
    }
}

/// The action that sends the same packet; `None`: no other does.
fn plainly(forgery: &Forgery) -> Option<String> {
    if !forgery.is_authentic() {
        return None;
    }
    match (forgery.from, forgery.request) {
        (Sender::Remote(remote), Request::PatientBolus { .. }) => {
            Some(format!("press = {{ remote = {remote} }}"))
        }
        // No action has a remote ask for this, or the clinician for that.
        (Sender::Remote(_), _) | (Sender::Clinician, Request::PatientBolus { .. }) => None,
        // Under the clinician's key it is not what pairs a new pump.
        (Sender::Clinician, Request::AskChallenge) if forgery.key != ForgedKey::Own => None,
        (Sender::Clinician, request) => Some(format!("{} = {{}}", request.row().key)),
    }
}

/// Bytes written as pairs of hexadecimal digits.
fn bytes(written: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = written.chars().filter(|it| !it.is_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| {
        let text: String = pair.iter().collect();
        let is_pair = pair.len() == 2 && pair.iter().all(char::is_ascii_hexdigit);
        is_pair
            .then(|| u8::from_str_radix(&text, 16).ok())
            .flatten()
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    bytes.filter(|bytes| !bytes.is_empty())
}
