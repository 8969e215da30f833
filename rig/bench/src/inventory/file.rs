//! An inventory file exactly as TOML writes it: every key optional, every value with its place.

use serde::Deserialize;
use thecal_text::shape::Grammar;
use toml::Spanned;

/// Text with its place.
pub(super) type Text = Spanned<String>;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InventoryFile {
    pub(super) board: Option<Vec<Spanned<BoardFile>>>,
}

/// `[[board]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct BoardFile {
    pub(super) name: Option<Text>,
    pub(super) serial: Option<Text>,
    pub(super) probe: Option<Text>,
    pub(super) emulated: Option<Text>,
    pub(super) chip: Option<Text>,
    pub(super) protocol: Option<Text>,
    pub(super) flash: Option<Spanned<bool>>,
    pub(super) baud: Option<Spanned<i64>>,
    pub(super) elf: Option<Text>,
    pub(super) power: Option<Spanned<PowerFile>>,
    pub(super) fixtures: Option<Vec<Text>>,
    pub(super) tags: Option<Vec<Text>>,
    pub(super) quirks: Option<Spanned<QuirksFile>>,
}

/// `power`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PowerFile {
    pub(super) on: Option<Spanned<Vec<String>>>,
    pub(super) off: Option<Spanned<Vec<String>>>,
    pub(super) settle: Option<Text>,
    pub(super) deadline: Option<Text>,
}

/// `quirks`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct QuirksFile {
    pub(super) no_low_latency: Option<bool>,
    pub(super) bytewise: Option<bool>,
    pub(super) reset: Option<Text>,
    pub(super) boot_delay: Option<Text>,
    pub(super) any_build: Option<bool>,
}

/// The words for mistakes in an inventory.
pub(super) const INVENTORY: Grammar = Grammar {
    is: "an inventory",
    homes: &[
        (
            "`[[board]]`",
            &[
                "name", "serial", "probe", "emulated", "chip", "protocol", "flash", "baud", "elf",
                "power", "fixtures", "tags", "quirks",
            ],
        ),
        ("`power`", &["on", "off", "settle", "deadline"]),
        (
            "`quirks`",
            &[
                "no-low-latency",
                "bytewise",
                "reset",
                "boot-delay",
                "any-build",
            ],
        ),
    ],
    examples: &[
        ("name", "\"pump-a\""),
        ("serial", "\"/dev/ttyACM0\""),
        ("probe", "\"0483:374b\""),
        ("emulated", "\"qemu-uart\""),
        ("chip", "\"STM32F405RGTx\""),
        ("protocol", "\"swd\""),
        ("flash", "true"),
        ("baud", "1000000"),
        ("elf", "\"pump.elf\""),
        ("fixtures", "[\"relay\"]"),
        ("tags", "[\"pump\"]"),
        (
            "power",
            "{ on = [\"usb-power\", \"on\"], off = [\"usb-power\", \"off\"] }",
        ),
        ("on", "[\"usb-power\", \"on\"]"),
        ("off", "[\"usb-power\", \"off\"]"),
        ("settle", "\"500 ms\""),
        ("deadline", "\"10 s\""),
        ("quirks", "{ boot-delay = \"500 ms\" }"),
        ("boot-delay", "\"500 ms\""),
        ("reset", "\"dtr\""),
        ("no-low-latency", "true"),
        ("bytewise", "true"),
        ("any-build", "true"),
    ],
    tables: &[("board", "[[board]]")],
    lists: &["board"],
    bare_numbers: false,
    details: "{}",
};
