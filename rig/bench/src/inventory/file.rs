//! An inventory file exactly as TOML writes it: every key optional, every value with its place. Each
//! table is declared once; reader, messages and documentation have its keys from here.

use super::ResetBy;
use crate::probe::Protocol;
use thecal_text::range::QuantityRange;
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

/// A time that the rig waits.
const WAIT: Value = Value::quantity(Kind::Duration).within(QuantityRange::new("0 s", "5 min"));

/// Speeds of ports.
const BAUDS: Value = Value::Integer {
    least: 1200,
    most: 12_000_000,
    of: "bits per second",
};

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
        /// Name of the board for `--on`, and of its folder: lower-case letters, digits and `-`.
        name: Text, "\"pump-a\"", required;
        /// Serial port of the board: a path, `tcp://host:port` or `rfc2217://host:port`.
        serial: Text, "\"/dev/ttyACM0\"" else "one of `serial`, `probe` and `emulated` is required";
        /// Debug probe of the board: `VID:PID` or `VID:PID:SERIAL`. Needs `chip`.
        probe: Text, "\"0483:374b\"";
        /// Emulator of a virtual board: `qemu` or `qemu-uart`.
        emulated: Text, "\"qemu-uart\"";
        /// The chip behind the probe, as `probe-rs chip list` names it.
        chip: Text, "\"STM32F405RGTx\"" else "required with `probe`";
        /// Protocol between probe and chip.
        protocol: Text = Value::Word(|| words_of(Protocol::ALL)), "\"swd\"" or "swd";
        /// Whether the rig flashes its image where another build is on the board.
        flash: Spanned<bool>, "true" or "false";
        /// Speed of the serial port.
        baud: Spanned<u32> = BAUDS, "1000000" or "1000000";
        /// Path of the image that the board runs, relative to this file.
        elf: Text, "\"pump.elf\"" else "the image that `cargo xtask firmware` leaves";
        /// How the rig switches the supply of the board. The commands run without a shell.
        power: Spanned<PowerFile>, "{ on = [\"usb-power\", \"on\"], off = [\"usb-power\", \"off\"] }";
        /// Devices that are wired to the board. `thecal boards` shows them.
        fixtures: Vec<Text>, "[\"relay\"]";
        /// Tags of the board, for `--on tag:TAG`.
        tags: Vec<Text>, "[\"pump\"]";
        /// Where the board differs from what the rig expects.
        quirks: Spanned<QuirksFile>, "{ boot-delay = \"500 ms\" }";
    }
}

table! {
    /// `power`
    PowerFile "`power`" {
        /// Command that switches on: the program and its arguments.
        on: Spanned<Vec<Text>>, "[\"usb-power\", \"on\"]", required;
        /// Command that switches off: the program and its arguments.
        off: Spanned<Vec<Text>>, "[\"usb-power\", \"off\"]", required;
        /// How long the rig waits after each command for the supply to settle.
        settle: Text = WAIT, "\"500 ms\"" or "500 ms";
        /// Longest time that a command may take.
        deadline: Text = WAIT, "\"10 s\"" or "10 s";
    }
}

table! {
    /// `quirks`
    QuirksFile "`quirks`" {
        /// The driver of the port is not asked for low latency.
        no_low_latency: Spanned<bool>, "true" or "false";
        /// Each byte is read as it comes, for ports without VMIN.
        bytewise: Spanned<bool>, "true" or "false";
        /// What resets the board in place of a Reset frame: a line of the port, or the supply.
        reset: Text = Value::Word(|| words_of(ResetBy::ALL)), "\"dtr\"" else "a Reset frame";
        /// From a reset until the board listens.
        boot_delay: Text = WAIT, "\"500 ms\"" or "0 s";
        /// The build id is not compared, for firmware that is no ELF image here.
        any_build: Spanned<bool>, "true" or "false";
    }
}
