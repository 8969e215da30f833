//! Kinds of pumps that a rig can judge: what each promises, and who speaks to it; named on the command
//! line, or chosen by what the pump says of itself at boot.

use crate::bench::NotForkable;
use crate::programmer::{Answer, AnswerError, Packet, Programmer, ProgrammerError, Sender};
use std::fmt::{self, Debug};
use std::sync::{Arc, OnceLock};
use thecal_link::Hello;
use thecal_plan::{Ability, Forgery, Profile, Request, Scenario};
use thecal_units::Millis;

/// Creates programmer and remotes in their initial state.
pub type NewProgrammer =
    Arc<dyn Fn() -> Result<Box<dyn Programmer>, ProgrammerError> + Send + Sync>;

/// What the pump said at its first boot, as soon as it has.
pub type Card = Arc<OnceLock<Hello>>;

/// A kind of pump.
#[derive(Clone)]
pub struct PumpKind {
    /// What it promises.
    pub profile: Arc<Profile>,
    /// Who speaks to it.
    pub programmer: NewProgrammer,
}

impl Debug for PumpKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "PumpKind({})", self.profile.name)
    }
}

/// The kinds of pumps of a rig.
#[derive(Clone, Debug)]
pub struct Pumps {
    kinds: Vec<PumpKind>,
    is_named: bool,
}

impl Pumps {
    /// A pump of this kind, whatever it is called; where its profile says what its firmware is called, no
    /// other.
    #[must_use]
    pub fn named(kind: PumpKind) -> Self {
        Self {
            kinds: vec![kind],
            is_named: true,
        }
    }

    /// A pump of one of these kinds, by the name that its firmware gives.
    #[must_use]
    pub const fn by_hello(kinds: Vec<PumpKind>) -> Self {
        Self {
            kinds,
            is_named: false,
        }
    }

    /// All of them.
    #[must_use]
    pub fn kinds(&self) -> &[PumpKind] {
        &self.kinds
    }

    /// The kind of the pump that said this at boot.
    ///
    /// # Errors
    ///
    /// [`ProgrammerError::Broken`] if it is of no known kind, or of another than the one that was named.
    pub fn of(&self, hello: &Hello) -> Result<&PumpKind, ProgrammerError> {
        let said = Hello::readable(&hello.firmware);
        let is_of = |kind: &&PumpKind| match &kind.profile.firmware {
            Some(firmware) => *firmware == said,
            None => self.is_named,
        };
        self.kinds.iter().find(is_of).ok_or_else(|| {
            let why = match self.kinds.first().filter(|_| self.is_named) {
                Some(kind) => format!(
                    "the pump says it is `{said}`, and profile {} is of `{}`: name the profile of this pump \
                     with --pump",
                    kind.profile.name,
                    kind.profile.firmware.as_deref().unwrap_or_default()
                ),
                None => format!(
                    "the pump says it is `{said}`, of which no profile is built in: name one with --pump \
                     (docs/profile.md)"
                ),
            };
            ProgrammerError::Broken(why)
        })
    }

    /// Why a scenario cannot be run with a pump of the kind that was named; `None`: it can, or the kind is
    /// known only once the pump has booted.
    #[must_use]
    pub fn lacks(&self, scenario: &Scenario) -> Option<String> {
        let named = self.kinds.first().filter(|_| self.is_named)?;
        lacks(&named.profile, scenario)
    }

    /// The people of a run: their instruments are those of the pump that has booted by the time they speak
    /// first.
    #[must_use]
    pub fn people(&self, scenario: Arc<Scenario>, card: Card) -> Box<dyn Programmer> {
        Box::new(Chosen {
            pumps: self.clone(),
            scenario,
            card,
            can: Vec::new(),
            programmer: None,
        })
    }
}

/// What a scenario needs and a pump cannot do; `None`: it can do all.
fn lacks(profile: &Profile, scenario: &Scenario) -> Option<String> {
    let needed = scenario.abilities();
    let ability = needed.into_iter().find(|ability| !profile.can(*ability))?;
    Some(format!(
        "needs {:?} ({}), which pump {} does not have by its profile",
        ability.name(),
        ability.words(),
        profile.name
    ))
}

/// A programmer that is chosen by the pump's Hello when it is first used.
struct Chosen {
    pumps: Pumps,
    scenario: Arc<Scenario>,
    card: Card,
    /// What the pump can do, once it is chosen.
    can: Vec<Ability>,
    programmer: Option<Box<dyn Programmer>>,
}

impl Chosen {
    fn programmer(&mut self) -> Result<&mut dyn Programmer, ProgrammerError> {
        if self.programmer.is_none() {
            let hello = self.card.get().ok_or_else(|| {
                ProgrammerError::Broken("people spoke to a pump that has not booted".to_owned())
            })?;
            let kind = self.pumps.of(hello)?;
            if let Some(why) = lacks(&kind.profile, &self.scenario) {
                return Err(ProgrammerError::Unable(why));
            }
            self.programmer = Some((kind.programmer)()?);
            self.can.clone_from(&kind.profile.can);
        }
        match &mut self.programmer {
            Some(programmer) => Ok(programmer.as_mut()),
            None => Err(ProgrammerError::Broken(
                "nobody speaks to the pump".to_owned(),
            )),
        }
    }
}

impl Programmer for Chosen {
    fn steps(&mut self, request: &Request) -> Result<Vec<Request>, ProgrammerError> {
        self.programmer()?;
        // What a pump shows beside its status and its log is read at the end of every run.
        let read = match request {
            Request::ReadPrescription => Some(Ability::ReadPrescription),
            Request::ReadAlarms => Some(Ability::ReadAlarms),
            Request::ReadHealth => Some(Ability::ReadHealth),
            _ => None,
        };
        if read.is_some_and(|ability| !self.can.contains(&ability)) {
            return Ok(Vec::new());
        }
        self.programmer()?.steps(request)
    }

    fn take_back(&mut self, refused: &Request) -> Result<Option<Request>, ProgrammerError> {
        self.programmer()?.take_back(refused)
    }

    fn packet(
        &mut self,
        sender: Sender,
        request: &Request,
        time_of_week: Millis,
    ) -> Result<Packet, ProgrammerError> {
        self.programmer()?.packet(sender, request, time_of_week)
    }

    fn forge(
        &mut self,
        forgery: &Forgery,
        time_of_week: Millis,
    ) -> Result<Packet, ProgrammerError> {
        self.programmer()?.forge(forgery, time_of_week)
    }

    fn answer(&mut self, sent: &Packet, answer: &[u8]) -> Result<Answer, AnswerError> {
        self.programmer()?.answer(sent, answer)
    }

    fn fork(&self) -> Result<Box<dyn Programmer>, NotForkable> {
        let programmer = match &self.programmer {
            Some(programmer) => Some(programmer.fork()?),
            None => None,
        };
        Ok(Box::new(Self {
            pumps: self.pumps.clone(),
            scenario: Arc::clone(&self.scenario),
            card: Arc::clone(&self.card),
            can: self.can.clone(),
            programmer,
        }))
    }
}
