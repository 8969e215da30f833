//! Converts tables with spans to boards and collects every mistake of every board.

use super::clash::{Entry, Taken};
use super::file::{BoardFile, INVENTORY, InventoryFile, PowerFile, QuirksFile, Text};
use super::mistake::{InventoryMistake, LinkMistake};
use super::{BoardSpec, LinkBy, Power, Quirks, ResetBy};
use crate::probe::{ProbeTarget, Protocol};
use crate::serial::BAUD;
use miette::SourceSpan;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thecal_engine::bench::Benches;
use thecal_text::mistake::Mistake;
use thecal_text::names::guess_or_choice;
use thecal_text::quantity;
use thecal_text::range::Limits;
use thecal_text::reader::{Document, Unread};
use thecal_text::trial::Corrected;
use thecal_units::Millis;
use toml::Spanned;

const SETTLE: Duration = Duration::from_millis(500);
const HOOK_DEADLINE: Duration = Duration::from_secs(10);

struct Resolver<'a> {
    file: &'a Path,
    benches: Benches,
    unread: &'a Unread,
    mistakes: Vec<Mistake>,
}

/// The boards that could be read, and every mistake in the values of their keys.
pub(super) fn resolve(
    file: &Path,
    document: &Document<InventoryFile>,
    benches: Benches,
) -> (Vec<BoardSpec>, Vec<Mistake>) {
    let mut resolver = Resolver {
        file,
        benches,
        unread: &document.unread,
        mistakes: Vec::new(),
    };
    let mut boards: Vec<Entry> = Vec::new();
    let mut names: BTreeMap<String, SourceSpan> = BTreeMap::new();
    let mut taken = Taken::default();
    for table in document.file.board.as_deref().unwrap_or_default() {
        let at = table.span().into();
        let table = table.get_ref();
        if let Some(name) = &table.name {
            let (name, other) = (name.get_ref().clone(), name.span().into());
            if let Some(&one) = names.get(&name) {
                resolver.wrong(InventoryMistake::SameName { name, one, other });
            } else {
                names.insert(name, other);
            }
        }
        let spans =
            [&table.serial, &table.probe].map(|key| key.as_ref().map(|key| key.span().into()));
        let place = spans.into_iter().flatten().next().unwrap_or(at);
        if let Some(board) = resolver.board(table, at) {
            let entry = Entry {
                place,
                probe: spans[1].unwrap_or(at),
                board,
            };
            if let Some(mistake) = taken.clash(&boards, &entry) {
                resolver.wrong(mistake);
            }
            taken.add(boards.len(), &boards, &entry);
            boards.push(entry);
        }
    }
    let boards = boards.into_iter().map(|entry| entry.board);
    (boards.collect(), resolver.mistakes)
}

impl Resolver<'_> {
    fn wrong<M: Corrected + Clone + Send + Sync + 'static>(&mut self, mistake: M) {
        self.mistakes.push(Mistake::new(INVENTORY.area, mistake));
    }

    /// Notes that the table at `of` lacks something, unless it has keys that could not be read.
    fn lacks<M: Corrected + Clone + Send + Sync + 'static>(&mut self, of: SourceSpan, mistake: M) {
        if !self.unread.has_any(of) {
            self.wrong(mistake);
        }
    }

    fn board(&mut self, table: &BoardFile, at: SourceSpan) -> Option<BoardSpec> {
        let name = table.name.as_ref().and_then(|name| self.name(name));
        let called = name.clone().unwrap_or_default();
        let selector = table.probe.as_ref();
        let probe = selector.map(|selector| self.target(selector, table, at));
        let target = probe.as_ref().and_then(Option::as_ref);
        let link = self.link(table, target, &called, at);
        self.check_wires(table, link.as_ref());
        self.check_probe(table, link.as_ref(), at);
        let power = table
            .power
            .as_ref()
            .map(|power| self.power(power.get_ref()));
        let has_power = power.is_some() || self.unread.has(Some(at), "`[[board]]`", "power");
        let quirks = self.quirks(table.quirks.as_ref(), link.as_ref(), has_power);
        let tags = self.words(table.tags.as_deref(), "tag");
        let fixtures = self.words(table.fixtures.as_deref(), "fixture");
        let beside = self.file.parent().unwrap_or(Path::new(""));
        Some(BoardSpec {
            name: name?,
            link: link?,
            probe: match probe {
                None => None,
                Some(probe) => Some(probe?),
            },
            flash: is_true(table.flash.as_ref()),
            baud: table.baud.as_ref().map_or(BAUD, |baud| *baud.get_ref()),
            elf: table.elf.as_ref().map(|elf| beside.join(elf.get_ref())),
            power: match power {
                None => None,
                Some(power) => Some(power?),
            },
            fixtures,
            tags,
            quirks,
            file: self.file.to_owned(),
        })
    }

    fn name(&mut self, name: &Text) -> Option<String> {
        let written = name.get_ref().clone();
        if self.benches.named(&written).is_some() {
            let at = name.span().into();
            self.wrong(InventoryMistake::ReservedName { written, at });
            return None;
        }
        self.word(name, "board").then_some(written)
    }

    /// Checks that it can be typed after `--on` and used as a folder name.
    fn word(&mut self, text: &Text, what: &'static str) -> bool {
        let written = text.get_ref();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if written.starts_with(|c: char| c.is_ascii_alphanumeric()) && written.chars().all(fits) {
            return true;
        }
        let example: String = written
            .to_lowercase()
            .chars()
            .map(|c| if fits(c) { c } else { '-' })
            .collect();
        let example = match example.trim_matches('-') {
            "" => "pump-a".to_owned(),
            word => word.to_owned(),
        };
        self.wrong(InventoryMistake::BadName {
            written: written.clone(),
            what,
            example,
            at: text.span().into(),
        });
        false
    }

    fn words(&mut self, texts: Option<&[Text]>, what: &'static str) -> Vec<String> {
        let texts = texts.unwrap_or_default().iter();
        texts
            .filter(|text| self.word(text, what))
            .map(|text| text.get_ref().clone())
            .collect()
    }

    fn link(
        &mut self,
        table: &BoardFile,
        probe: Option<&ProbeTarget>,
        name: &str,
        at: SourceSpan,
    ) -> Option<LinkBy> {
        if let Some(emulated) = &table.emulated {
            for (key, one) in [("serial", &table.serial), ("probe", &table.probe)] {
                if let Some(one) = one {
                    let (one, other) = (one.span().into(), emulated.span().into());
                    self.wrong(LinkMistake::TwoLinks { key, one, other });
                }
            }
            let emulator = self.choice(emulated, "emulator", &self.benches.emulators())?;
            return Some(LinkBy::Emulated(emulator));
        }
        if let Some(serial) = &table.serial {
            return self.port(serial);
        }
        if table.probe.is_some() {
            return Some(LinkBy::Probe(probe.cloned()?));
        }
        let name = name.to_owned();
        self.lacks(at, LinkMistake::NoLink { name, at });
        None
    }

    fn port(&mut self, serial: &Text) -> Option<LinkBy> {
        let written = serial.get_ref();
        let lacks = match written.split_once("://") {
            None if written.starts_with('/') => {
                return Some(LinkBy::Serial(PathBuf::from(written)));
            }
            None => "expected a path from `/`, or an address with `://`",
            Some(("tcp" | "rfc2217", address)) if !is_host_and_port(address) => {
                "expected `host:port` after `://`"
            }
            Some(("tcp", address)) => return Some(LinkBy::Tcp(address.to_owned())),
            Some(("rfc2217", address)) => return Some(LinkBy::Rfc2217(address.to_owned())),
            Some(_) => "expected `tcp://` or `rfc2217://`",
        };
        let (written, at) = (written.clone(), serial.span().into());
        self.wrong(LinkMistake::BadPort { written, lacks, at });
        None
    }

    /// A probe requires the name of the chip behind it.
    fn target(
        &mut self,
        selector: &Text,
        table: &BoardFile,
        board: SourceSpan,
    ) -> Option<ProbeTarget> {
        let probe = self.probe(selector);
        let protocol = match &table.protocol {
            None => Some(Protocol::default()),
            Some(protocol) => self.choice(protocol, "protocol", Protocol::ALL),
        };
        let Some(chip) = &table.chip else {
            if !self.unread.has(Some(board), "`[[board]]`", "chip") {
                self.wrong(InventoryMistake::MissingKey {
                    key: "chip",
                    table: "`[[board]]` with a `probe`",
                    example: "chip = \"STM32F405RGTx\"",
                    at: selector.span().into(),
                });
            }
            return None;
        };
        Some(ProbeTarget {
            selector: probe?,
            chip: chip.get_ref().clone(),
            protocol: protocol?,
        })
    }

    fn probe(&mut self, probe: &Text) -> Option<String> {
        let mut parts = probe.get_ref().splitn(3, ':');
        let number = |part: Option<&str>| {
            part.is_some_and(|part| {
                part.len() == 4 && part.chars().all(|digit| digit.is_ascii_hexdigit())
            })
        };
        let (vendor, product) = (number(parts.next()), number(parts.next()));
        if vendor && product && parts.next() != Some("") {
            return Some(probe.get_ref().clone());
        }
        let (written, at) = (probe.get_ref().clone(), probe.span().into());
        self.wrong(LinkMistake::BadProbe { written, at });
        None
    }

    /// Reports keys for a probe if there is no probe.
    fn check_probe(&mut self, table: &BoardFile, link: Option<&LinkBy>, board: SourceSpan) {
        if table.probe.is_some() || self.unread.has(Some(board), "`[[board]]`", "probe") {
            return;
        }
        let link = link.map_or_else(String::new, ToString::to_string);
        if let Some(flash) = &table.flash {
            self.wrong(LinkMistake::Meaningless {
                key: "flash",
                link: link.clone(),
                hint: "remove `flash`, or add `probe` and `chip`: a board is flashed by its probe",
                at: flash.span().into(),
            });
        }
        if let Some(protocol) = &table.protocol {
            self.wrong(LinkMistake::Meaningless {
                key: "protocol",
                link,
                hint: "remove `protocol`, or add `probe` and `chip`: it is what the probe speaks",
                at: protocol.span().into(),
            });
        }
    }

    /// Reports keys that this link has no wire for.
    fn check_wires(&mut self, table: &BoardFile, link: Option<&LinkBy>) {
        let Some(link) = link else { return };
        if let (LinkBy::Tcp(_) | LinkBy::Probe(_) | LinkBy::Emulated(_), Some(baud)) =
            (link, &table.baud)
        {
            self.wrong(LinkMistake::Meaningless {
                key: "baud",
                link: link.to_string(),
                hint: "remove `baud`; over `tcp://` the port server's own configuration sets it, \
                       over `rfc2217://` this file does",
                at: baud.span().into(),
            });
        }
        if let (LinkBy::Emulated(_), Some(power)) = (link, &table.power) {
            self.wrong(LinkMistake::Meaningless {
                key: "power",
                link: link.to_string(),
                hint: "remove `power`: a virtual board starts anew with each run",
                at: power.span().into(),
            });
        }
    }

    fn power(&mut self, power: &PowerFile) -> Option<Power> {
        let on = power
            .on
            .as_ref()
            .and_then(|words| self.program(words, "on"));
        let off = power
            .off
            .as_ref()
            .and_then(|words| self.program(words, "off"));
        let settle = self.wait(power.settle.as_ref(), SETTLE);
        let deadline = self.wait(power.deadline.as_ref(), HOOK_DEADLINE);
        Some(Power {
            on: on?,
            off: off?,
            settle,
            deadline,
        })
    }

    fn program(&mut self, words: &Spanned<Vec<Text>>, key: &'static str) -> Option<Vec<String>> {
        let texts = words.get_ref().iter();
        let texts: Vec<String> = texts.map(|text| text.get_ref().clone()).collect();
        if texts.first().is_none_or(String::is_empty) {
            let at = words.span().into();
            self.wrong(InventoryMistake::NoProgram { key, at });
            return None;
        }
        Some(texts)
    }

    fn quirks(
        &mut self,
        quirks: Option<&Spanned<QuirksFile>>,
        link: Option<&LinkBy>,
        has_power: bool,
    ) -> Quirks {
        let Some(quirks) = quirks else {
            return Quirks::default();
        };
        let quirks = quirks.get_ref();
        let reset = quirks.reset.as_ref().and_then(|text| {
            let reset = self.choice(text, "reset", ResetBy::ALL)?;
            let lines = matches!(link, Some(LinkBy::Serial(_) | LinkBy::Rfc2217(_)));
            let hint = match (reset, lines) {
                (ResetBy::Power, _) if !has_power => {
                    "add `power = { on = […], off = […] }` to the board, or remove `reset`"
                }
                (ResetBy::Dtr | ResetBy::Rts, false) if link.is_some() => {
                    "only a port of this machine and `rfc2217://` have these lines; \
                     `tcp://` carries bytes alone"
                }
                _ => return Some(reset),
            };
            self.wrong(LinkMistake::Meaningless {
                key: "reset",
                link: link.map_or_else(String::new, ToString::to_string),
                hint,
                at: text.span().into(),
            });
            None
        });
        Quirks {
            no_low_latency: is_true(quirks.no_low_latency.as_ref()),
            bytewise: is_true(quirks.bytewise.as_ref()),
            reset,
            boot_delay: self.wait(quirks.boot_delay.as_ref(), Duration::ZERO),
            any_build: is_true(quirks.any_build.as_ref()),
        }
    }

    /// A time within the range of its row.
    fn wait(&mut self, text: Option<&Text>, default: Duration) -> Duration {
        let Some(text) = text else { return default };
        let (row, at) = (text.row(), text.span().into());
        let wait = match quantity::parse::<Millis>(text.get_ref(), at) {
            Ok(wait) => wait,
            Err(mistake) => {
                self.wrong(mistake);
                return default;
            }
        };
        match row.value.limits() {
            Limits::Range(range) if !range.contains(&wait) => {
                let most = range.ends().map_or(wait, |[_, most]| most);
                self.wrong(InventoryMistake::TooLong {
                    key: row.name,
                    written: text.get_ref().clone(),
                    most: most.spelled().to_string(),
                    at,
                });
                default
            }
            _ => Duration::from_millis(wait.as_millis()),
        }
    }

    fn choice<T: Copy>(
        &mut self,
        text: &Text,
        what: &'static str,
        all: &[(&'static str, T)],
    ) -> Option<T> {
        let written = text.get_ref();
        if let Some((_, found)) = all.iter().find(|(name, _)| name == written) {
            return Some(*found);
        }
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        self.wrong(InventoryMistake::UnknownChoice {
            what,
            written: written.clone(),
            hint: guess_or_choice(written, &names),
            at: text.span().into(),
        });
        None
    }
}

fn is_true(written: Option<&Spanned<bool>>) -> bool {
    written.is_some_and(|yes| *yes.get_ref())
}

fn is_host_and_port(address: &str) -> bool {
    address
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0))
}
