//! What a line says, in both directions (docs/protocol.md).

use super::request::RequestJson;
use super::says::SaysJson;
use super::words::kept;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thecal_engine::programmer::{Answer, LogLine, LogPage, Packet, PumpStatus, Sender};
use thecal_plan::{LogDetail, LogKind};
use thecal_units::{Millis, PumpTime, Volume};

/// Name and version of the protocol between rig and process.
pub(super) const VERSION: &str = "thecal-protocol/1";

/// What the rig asks.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(super) enum Ask<'a> {
    Hello {
        protocol: &'a str,
        rig: &'a str,
    },
    Steps {
        request: &'a RequestJson,
    },
    TakeBack {
        refused: &'a RequestJson,
    },
    Packet {
        sender: SenderJson,
        request: &'a RequestJson,
        time_of_week_ms: u64,
    },
    Answer {
        sent: &'a str,
        answer: &'a str,
    },
}

impl Ask<'_> {
    /// The key of the question, and of its answer.
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Steps { .. } => "steps",
            Self::TakeBack { .. } => "take-back",
            Self::Packet { .. } => "packet",
            Self::Answer { .. } => "answer",
        }
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SenderJson {
    Clinician,
    Remote(u8),
}

impl From<Sender> for SenderJson {
    fn from(sender: Sender) -> Self {
        match sender {
            Sender::Clinician => Self::Clinician,
            Sender::Remote(number) => Self::Remote(number),
        }
    }
}

/// A question with its number.
#[derive(Debug, Serialize)]
pub(super) struct Question<'a> {
    pub(super) id: u64,
    #[serde(flatten)]
    pub(super) ask: &'a Ask<'a>,
}

/// What a process says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HelloJson {
    pub(super) protocol: String,
    pub(super) name: String,
    /// Whether a second process that is asked the same is in the same state.
    pub(super) clone: bool,
}

/// The value that a line answers with, or what is wrong with the line, as what follows "it answered with".
pub(super) fn answered(line: &str, id: u64, key: &str) -> Result<Value, String> {
    let shown: String = line.chars().take(80).collect();
    let mut fields: Map<String, Value> = match serde_json::from_str(line) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(format!("`{shown}`, which is no JSON object")),
        Err(error) => return Err(format!("`{shown}`, which is not JSON: {error}")),
    };
    if fields.remove("id") != Some(Value::from(id)) {
        return Err(format!(
            "`{shown}`, whose `id` is not {id}, that of the question"
        ));
    }
    if let Some(error) = fields.get("error") {
        let said = error.as_str().unwrap_or("no reason in words");
        return Err(format!("an error: {said}"));
    }
    match fields.remove(key) {
        Some(value) if fields.is_empty() => Ok(value),
        Some(_) => Err(format!(
            "`{shown}`, which has more keys than `id` and `{key}`"
        )),
        None => Err(format!(
            "`{shown}`, which has no `{key}`, as the question has"
        )),
    }
}

/// A value of this type, or why it is none.
pub(super) fn read<T: DeserializeOwned>(value: Value, key: &str) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("a `{key}` that cannot be read: {error}"))
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A packet from hexadecimal digits, or why it is none.
pub(super) fn packet(digits: &str) -> Result<Packet, String> {
    let pair = |at: usize| {
        let pair = digits.get(at..at + 2)?;
        let is_hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        u8::from_str_radix(pair, 16).ok().filter(|_| is_hex)
    };
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(pair).collect();
    let bytes = bytes
        .ok_or_else(|| "a packet that is not an even number of hexadecimal digits".to_owned())?;
    let mut packet = Packet::new();
    match packet.extend(&bytes) {
        Ok(()) if !bytes.is_empty() => Ok(packet),
        Ok(()) => Err("an empty packet, which nobody can send".to_owned()),
        Err(_) => Err(format!(
            "a packet of {} bytes; the contract has room for {}",
            bytes.len(),
            thecal_link::limits::TELEMETRY_MAX
        )),
    }
}

/// What the pump answered.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub(super) enum AnswerJson {
    Done,
    Rejected {
        reason: String,
    },
    Granted,
    Denied {
        reason: String,
    },
    Status {
        clock_ms: u64,
        mode: String,
        alarms: Vec<String>,
        reservoir_pl: u64,
        steps: u64,
        granted: u32,
        denied: u32,
        unauthentic: u32,
        log_entries: u32,
    },
    Log {
        first: u32,
        entries: Vec<EntryJson>,
    },
    Text {
        text: String,
    },
    Unreadable {
        why: String,
    },
}

/// An entry of the event log.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct EntryJson {
    index: u32,
    at_ms: u64,
    kind: KindJson,
    code: u8,
    text: String,
    argument: u32,
    #[serde(default)]
    says: Option<SaysJson>,
    #[serde(default)]
    left_out: Option<LeftOutJson>,
    #[serde(default)]
    turned_after_ms: Option<u64>,
}

/// Entries that the pump has left out.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct LeftOutJson {
    kind: KindJson,
    count: u32,
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        /// What the rig understands of an entry.
        #[derive(Clone, Copy, Debug, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum KindJson { $($kind,)* }

        impl From<KindJson> for LogKind {
            fn from(kind: KindJson) -> Self {
                match kind { $(KindJson::$kind => Self::$kind,)* }
            }
        }
    };
}

kinds! {
    PowerOn PinReset WatchdogReset BrownOutReset Provisioned Programmed Concentration
    CatheterVolume DailyDose PatientBolusDose PrescriptionChecksum Started Stopped ClinicianBolus
    BolusGranted BolusDenied BolusEnded MotorStall StallRecovery LowReservoir EmptyReservoir
    CountedBefore DrawnBefore Refilled Silenced Unauthentic MemoryFault StuckButton ClockJump
    Crashed UpdateAbandoned RamFault PrimingBolus ElectiveReplacement EndOfService ServiceEnded
    MagnetClosed MagnetOpened BridgeBegan BridgeEnded StoppedLong CatheterWork Refused LeftOut
    Other
}

impl AnswerJson {
    /// The answer, or what is wrong with it.
    pub(super) fn answer(self) -> Result<Answer, String> {
        Ok(match self {
            Self::Done => Answer::Done,
            Self::Rejected { reason } => Answer::Rejected(kept(&reason)?),
            Self::Granted => Answer::Granted,
            Self::Denied { reason } => Answer::Denied(kept(&reason)?),
            Self::Status {
                clock_ms,
                mode,
                alarms,
                reservoir_pl,
                steps,
                granted,
                denied,
                unauthentic,
                log_entries,
            } => Answer::Status(PumpStatus {
                clock: PumpTime::from_millis(clock_ms),
                mode: kept(&mode)?,
                alarms: alarms
                    .iter()
                    .map(|name| kept(name))
                    .collect::<Result<_, _>>()?,
                reservoir: Volume::from_picoliters(reservoir_pl),
                steps,
                granted,
                denied,
                unauthentic,
                log_entries,
            }),
            Self::Log { first, entries } => Answer::Log(LogPage {
                first,
                entries: entries
                    .into_iter()
                    .map(EntryJson::line)
                    .collect::<Result<_, _>>()?,
            }),
            Self::Text { text } => Answer::Text(text),
            Self::Unreadable { why } => Answer::Unreadable(why),
        })
    }
}

impl EntryJson {
    fn line(self) -> Result<LogLine, String> {
        Ok(LogLine {
            index: self.index,
            at: PumpTime::from_millis(self.at_ms),
            kind: self.kind.into(),
            code: self.code,
            text: kept(&self.text)?,
            argument: self.argument,
            says: match self.says {
                Some(says) => says.detail()?,
                None => LogDetail::Untold,
            },
            left_out: self.left_out.map(|left| (left.kind.into(), left.count)),
            turned_after: self.turned_after_ms.map(Millis::from_millis),
        })
    }
}
