//! An inventory file exactly as TOML writes it: every key optional, every value with its place. Each
//! table is declared once; reader, messages and documentation have its keys from here.

use super::ResetBy;
use super::resolve::BAUDS;
use crate::probe::Protocol;
use thecal_text::reader::{FileKind, Record, Value, words_of};
use thecal_text::table;
use thecal_text::unit::Kind;
use toml::Spanned;

pub(super) use thecal_text::reader::Text;

/// What an inventory is.
pub(super) const INVENTORY: FileKind = FileKind {
    area: "inventory",
    is: "an inventory",
    head: InventoryFile::TABLE,
};

const DURATION: Value = Value::Quantity(Kind::Duration);

table! {
    /// The whole file.
    InventoryFile "the head of the file" {
        /// The boards of this bench.
        board: Vec<Spanned<BoardFile>>, "[{ name = \"pump-a\", serial = \"/dev/ttyACM0\" }]";
    }
}

table! {
    /// `[[board]]`
    BoardFile "`[[board]]`" {
        /// How commands and reports call it.
        name: Text, "\"pump-a\"", required;
        /// The port that its pump speaks on.
        serial: Text, "\"/dev/ttyACM0\"";
        /// The debug probe that holds it.
        probe: Text, "\"0483:374b\"";
        /// The emulator that a virtual board runs in.
        emulated: Text, "\"qemu-uart\"";
        /// The chip behind the probe.
        chip: Text, "\"STM32F405RGTx\"";
        /// What the probe speaks.
        protocol: Text = Value::Word(|| words_of(Protocol::ALL)), "\"swd\"";
        /// Whether its image may be replaced.
        flash: Spanned<bool>, "true";
        /// Speed of the port; the reference pump speaks 1000000.
        baud: Spanned<u32> = BAUDS, "1000000";
        /// The image that it should run, relative to this file.
        elf: Text, "\"pump.elf\"";
        /// How its supply is switched.
        power: Spanned<PowerFile>, "{ on = [\"usb-power\", \"on\"], off = [\"usb-power\", \"off\"] }";
        /// Devices that it shares with other boards.
        fixtures: Vec<Text>, "[\"relay\"]";
        /// Words by which it may be chosen.
        tags: Vec<Text>, "[\"pump\"]";
        /// What is odd about it.
        quirks: Spanned<QuirksFile>, "{ boot-delay = \"500 ms\" }";
    }
}

table! {
    /// `power`
    PowerFile "`power`" {
        /// The program that switches on, and its arguments.
        on: Spanned<Vec<Text>>, "[\"usb-power\", \"on\"]", required;
        /// The program that switches off, and its arguments.
        off: Spanned<Vec<Text>>, "[\"usb-power\", \"off\"]", required;
        /// How long the supply takes to settle.
        settle: Text = DURATION, "\"500 ms\"";
        /// How long the program may take.
        deadline: Text = DURATION, "\"10 s\"";
    }
}

table! {
    /// `quirks`
    QuirksFile "`quirks`" {
        /// The port's driver is not asked for low latency.
        no_low_latency: Spanned<bool>, "true";
        /// Bytes are sent one by one.
        bytewise: Spanned<bool>, "true";
        /// What resets it.
        reset: Text = Value::Word(|| words_of(ResetBy::ALL)), "\"dtr\"";
        /// How long it takes from a reset until it listens.
        boot_delay: Text = DURATION, "\"500 ms\"";
        /// Another image than that of this build may be on it.
        any_build: Spanned<bool>, "true";
    }
}
