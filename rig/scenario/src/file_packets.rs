//! Telemetry of somebody else, exactly as TOML writes it: packets recorded and sent again, packets that no
//! instrument of the pump would send.

use thecal_plan::{ForgedKey, Request, Sender};
use thecal_text::reader::{Text, Value, words_of};
use thecal_text::table;
use toml::Spanned;

/// Bytes of a packet. Source: the contract's most, `TELEMETRY_MAX`.
const BYTES: Value = Value::integer(1, 240);
/// Bits of a packet.
const BITS: Value = Value::integer(0, 1_919);

/// A press of a remote, which asks for a bolus.
pub(super) const PRESS: &str = "press";

/// What a forged packet may ask for: what needs no details.
pub(super) fn forged() -> Vec<&'static str> {
    let plain = Request::plain_keys();
    plain.into_iter().chain([PRESS]).collect()
}

table! {
    /// `replay`
    ReplayFile "`replay`" {
        /// Whether all packets that the pump has accepted so far are sent, in order.
        all: Spanned<bool>, "true" or "false";
        /// Whether the pump's own last answer is sent back to it instead. Not together with `all`.
        answer: Spanned<bool>, "true" or "false";
    }
}

table! {
    /// `read-log`
    ReadLogFile "`read-log`" {
        /// Index of the first entry that is read; the pump answers with a page from there on.
        first: Spanned<u32> = Value::integer(0, 1_000_000), "12" or "0";
    }
}

table! {
    /// `forge`
    ForgeFile "`forge`" {
        /// What it asks for. `press` is the next press of that remote.
        request: Text = Value::Word(forged), "\"stop\"", required;
        /// Whom it says it is from.
        from: Text = Value::Word(|| words_of(&Sender::ALL)), "\"remote-2\"" or "clinician";
        /// The key that seals it. `pairing` is the one that pairs a new pump, `zero` is all zeros.
        key: Text = Value::Word(|| words_of(&ForgedKey::ALL)), "\"zero\"" or "own";
        /// Whether it carries a counter that its sender has used before.
        used_counter: Spanned<bool>, "true" or "false";
        /// Kind and body of the command, in hexadecimal, in place of the request's: sealed all the same.
        content: Text = Value::Text, "\"99 01\"" else "that of `request`";
        /// Only this many bytes from the first are sent.
        keep: Spanned<u32> = BYTES, "4" else "all";
        /// This many bytes of zero are sent behind it.
        add: Spanned<u32> = BYTES, "3" else "none";
        /// This bit is inverted: bit `n % 8` of byte `n / 8`.
        flip: Spanned<u32> = BITS, "41" else "none";
    }
}
