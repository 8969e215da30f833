//! The engine's seam over a process.

use super::message::{AnswerJson, Ask, HelloJson, Question, VERSION, answered, hex, packet, read};
use super::process::{Failure, Process};
use super::request::RequestJson;
use serde_json::Value;
use thecal_engine::bench::NotForkable;
use thecal_engine::programmer::{Answer, AnswerError, Packet, Programmer, ProgrammerError, Sender};
use thecal_plan::{ProtocolProcess, Request};
use thecal_units::Millis;

/// Programmer and remotes of one pump, which a process speaks for.
#[derive(Debug)]
pub struct ProtocolProgrammer {
    how: ProtocolProcess,
    pub(super) process: Process,
    hello: HelloJson,
    /// Every line that was asked, and its answer: a second process that is asked the same is in the same
    /// state. Empty where the process says that it is not.
    asked: Vec<(String, String)>,
    next: u64,
}

impl ProtocolProgrammer {
    /// Starts the process, which then has said what it is.
    ///
    /// # Errors
    ///
    /// [`ProgrammerError::Broken`] if it cannot be started, or speaks another version or none.
    pub fn start(how: &ProtocolProcess) -> Result<Self, ProgrammerError> {
        let process = Process::start(how).map_err(broken)?;
        let mut programmer = Self {
            how: how.clone(),
            process,
            hello: HelloJson {
                protocol: String::new(),
                name: String::new(),
                clone: true,
            },
            asked: Vec::new(),
            next: 1,
        };
        let hello: HelloJson = programmer.ask(&Ask::Hello {
            protocol: VERSION,
            rig: concat!("thecal ", env!("CARGO_PKG_VERSION")),
        })?;
        if hello.protocol != VERSION {
            let what = format!("speaks `{}`, and this rig `{VERSION}`", hello.protocol);
            return Err(broken(programmer.process.did(&what)));
        }
        if !hello.clone {
            programmer.asked.clear();
        }
        programmer.hello = hello;
        Ok(programmer)
    }

    /// The name that the process gives itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.hello.name
    }

    /// Asks, and reads the answer.
    pub(super) fn ask<T: serde::de::DeserializeOwned>(
        &mut self,
        ask: &Ask<'_>,
    ) -> Result<T, ProgrammerError> {
        let key = ask.key();
        let id = self.next;
        let question = serde_json::to_string(&Question { id, ask });
        let question = question.map_err(|error| ProgrammerError::Broken(error.to_string()))?;
        let value = self.exchange(&question, key)?;
        read(value, key).map_err(|what| self.wrong(&what))
    }

    /// Says a line with the next number, and gives the value of the answer.
    pub(super) fn exchange(&mut self, question: &str, key: &str) -> Result<Value, ProgrammerError> {
        let id = self.next;
        self.next += 1;
        let line = self.process.ask(question).map_err(broken)?;
        let value = answered(&line, id, key).map_err(|what| self.wrong(&what))?;
        if self.hello.clone {
            self.asked.push((question.to_owned(), line));
        }
        Ok(value)
    }

    /// Asks with this key and nothing else.
    pub(super) fn exchange_next(&mut self, key: &str) -> Result<Value, ProgrammerError> {
        let question = serde_json::json!({ "id": self.next, key: {} });
        self.exchange(&question.to_string(), key)
    }

    /// Whether the process says that a second one which is asked the same is in the same state.
    pub(super) const fn is_clonable(&self) -> bool {
        self.hello.clone
    }

    fn wrong(&self, what: &str) -> ProgrammerError {
        broken(self.process.did(&format!("answered with {what}")))
    }

    /// A second one in the same state: a process that is asked all that this one was.
    fn copied(&self) -> Result<Self, &'static str> {
        if !self.hello.clone {
            return Err("its protocol says that it cannot be cloned");
        }
        let mut process = Process::start(&self.how).map_err(|_| "its protocol does not start")?;
        for (question, answer) in &self.asked {
            match process.ask(question) {
                Ok(again) if again == *answer => {}
                Ok(_) => return Err("its protocol does not answer the same to the same questions"),
                Err(Failure(_)) => return Err("its protocol broke when it was asked again"),
            }
        }
        Ok(Self {
            how: self.how.clone(),
            process,
            hello: self.hello.clone(),
            asked: self.asked.clone(),
            next: self.next,
        })
    }

    fn request(&self, json: &RequestJson) -> Result<Request, ProgrammerError> {
        let request = json.request();
        request.ok_or_else(|| self.wrong("a schedule of more steps than there are"))
    }
}

fn broken(failure: Failure) -> ProgrammerError {
    ProgrammerError::Broken(failure.0)
}

impl Programmer for ProtocolProgrammer {
    fn steps(&mut self, request: &Request) -> Result<Vec<Request>, ProgrammerError> {
        let asked = RequestJson::from(request);
        let steps: Vec<RequestJson> = self.ask(&Ask::Steps { request: &asked })?;
        steps.iter().map(|step| self.request(step)).collect()
    }

    fn take_back(&mut self, refused: &Request) -> Result<Option<Request>, ProgrammerError> {
        let refused = RequestJson::from(refused);
        let back: Option<RequestJson> = self.ask(&Ask::TakeBack { refused: &refused })?;
        back.map(|back| self.request(&back)).transpose()
    }

    fn packet(
        &mut self,
        sender: Sender,
        request: &Request,
        time_of_week: Millis,
    ) -> Result<Packet, ProgrammerError> {
        let request = RequestJson::from(request);
        let digits: String = self.ask(&Ask::Packet {
            sender: sender.into(),
            request: &request,
            time_of_week_ms: time_of_week.as_millis(),
        })?;
        packet(&digits).map_err(|what| self.wrong(&what))
    }

    fn answer(&mut self, sent: &Packet, answer: &[u8]) -> Result<Answer, AnswerError> {
        let (sent, answer) = (hex(sent.as_slice()), hex(answer));
        let read: AnswerJson = self.ask(&Ask::Answer {
            sent: &sent,
            answer: &answer,
        })?;
        let answer = read.answer();
        Ok(answer.map_err(|what| self.wrong(&what))?)
    }

    fn fork(&self) -> Result<Box<dyn Programmer>, NotForkable> {
        let copied = self.copied();
        let copied = copied.map_err(|why| NotForkable {
            what: "the programmer",
            why,
        })?;
        Ok(Box::new(copied))
    }
}
