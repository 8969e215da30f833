//! Who: the patient's preset and the pump as implanted.

use super::choices::{CATHETER_STARTS, DRIVES, DRUGS, MIXING, TOLERANCE};
use super::file::{PatientFile, PumpFile, SecondDrugFile};
use super::mistake::ScenarioMistake;
use super::reader::Reader;
use thecal_plan::parameters::{Individual, PatientSource};
use thecal_plan::{Drive, Drug, Mixing, Patient, Pump, SecondDrug, TipLevel, Tolerance};
use thecal_text::reader::Text;
use thecal_units::{Concentration, Volume, real};
use toml::Spanned;

const USUAL_CATHETER_CM: f64 = 90.0;

/// The pump as far as it could be read.
#[derive(Clone, Copy)]
pub(super) struct PumpParts {
    pub(super) drug: Option<Drug>,
    /// What the pharmacy filled.
    pub(super) concentration: Option<Concentration>,
    /// What the clinic entered last, if it entered any.
    pub(super) entered: Option<Concentration>,
    reservoir: Option<Volume>,
    /// Length of the implanted catheter.
    pub(super) catheter: Option<real::Length>,
    primed: Option<bool>,
    /// How it moves its drug.
    pub(super) drive: Option<Drive>,
    /// The second drug, if one is written and could be read; `None`: it could not.
    pub(super) second: Option<Option<SecondDrug>>,
}

impl PumpParts {
    /// From here on another drug may be in the reservoir, that of a mixed-up bottle.
    pub(super) fn now_holds(&mut self, other: Option<Drug>) {
        if let (Some(drug), Some(None)) = (other, self.second) {
            let concentration = Concentration::ZERO;
            self.second = Some(Some(SecondDrug {
                drug,
                concentration,
            }));
        }
    }

    /// The concentration of the second drug on the label; zero if there is none.
    pub(super) fn second_strength(&self) -> Concentration {
        let second = self.second.flatten();
        second.map_or(Concentration::ZERO, |second| second.concentration)
    }

    /// The whole pump, if no part is missing.
    pub(super) fn complete(self) -> Option<Pump> {
        Some(Pump {
            drug: self.drug?,
            concentration: self.concentration?,
            reservoir: self.reservoir?,
            catheter: self.catheter?,
            primed: self.primed?,
            drive: self.drive?,
            second: self.second?,
        })
    }
}

/// `[patient]`; without it, a patient used to the drug with typical anatomy.
pub(super) fn patient(
    table: Option<&Spanned<PatientFile>>,
    reader: &mut Reader<'_>,
) -> Option<Patient> {
    let usual = Patient {
        mixing: Mixing::Typical,
        tip: TipLevel::T10,
        tolerance: Tolerance::Chronic,
    };
    let Some(table) = table else {
        return Some(usual);
    };
    let file = table.get_ref();
    let mixing = choice_or(
        usual.mixing,
        "mixing",
        file.mixing.as_ref(),
        &MIXING,
        reader,
    );
    let levels = TipLevel::ALL.map(|level| (level.name(), level));
    let tip = choice_or(usual.tip, "tip level", file.tip.as_ref(), &levels, reader);
    let tolerance = file.tolerance.as_ref();
    let tolerance = tolerance.and_then(|name| reader.choice("tolerance", name, &TOLERANCE));
    Some(Patient {
        mixing: mixing?,
        tip: tip?,
        tolerance: tolerance?,
    })
}

/// Whose numbers the plant has; the file is read by the loader, which knows where it lies.
pub(super) fn source(
    table: Option<&Spanned<PatientFile>>,
    reader: &mut Reader<'_>,
) -> PatientSource {
    let Some(table) = table else {
        return PatientSource::default();
    };
    let file = table.get_ref();
    if let (Some(seed), None) = (&file.population_seed, &file.individual) {
        let at = seed.span().into();
        reader.lacks(table.span().into(), ScenarioMistake::NobodyDrawn { at });
    }
    let population = file
        .population_seed
        .as_ref()
        .map_or(1, |seed| *seed.get_ref());
    PatientSource {
        individual: file.individual.as_ref().map(|number| Individual {
            number: *number.get_ref(),
            population,
        }),
        ..PatientSource::default()
    }
}

fn choice_or<T: Copy>(
    usual: T,
    what: &'static str,
    written: Option<&Text>,
    choices: &[(&'static str, T)],
    reader: &mut Reader<'_>,
) -> Option<T> {
    written.map_or(Some(usual), |name| reader.choice(what, name, choices))
}

/// `[pump]`.
pub(super) fn pump(table: &Spanned<PumpFile>, reader: &mut Reader<'_>) -> PumpParts {
    let file = table.get_ref();
    let is_unread = |key| reader.is_unread(Some(table.span().into()), "`[pump]`", key);
    let (no_drive, no_second) = (is_unread("drive"), is_unread("second-drug"));
    let drug = file.drug.as_ref();
    let drug = drug.and_then(|name| drug_of(name, reader));
    let concentration = file.concentration.as_ref();
    let concentration = concentration.and_then(|text| reader.quantity(text));
    let reservoir = file.reservoir.as_ref();
    let reservoir = reservoir.and_then(|text| reader.quantity(text));
    let catheter = match &file.catheter {
        Some(text) => reader.quantity(text),
        None => Some(real::Length::from_centimeters(USUAL_CATHETER_CM)),
    };
    let written = file.catheter_starts.as_ref();
    let primed = choice_or(
        true,
        "state of the catheter",
        written,
        &CATHETER_STARTS,
        reader,
    );
    PumpParts {
        drug,
        concentration,
        entered: None,
        reservoir,
        catheter,
        primed,
        drive: drive(file.drive.as_ref(), reader).filter(|_| !no_drive),
        second: match &file.second_drug {
            None => (!no_second).then_some(None),
            Some(table) => second_drug(table, drug, reader).map(Some),
        },
    }
}

pub(super) fn drug_of(name: &Text, reader: &mut Reader<'_>) -> Option<Drug> {
    reader.choice("drug", name, &DRUGS)
}

/// A drive that has firmware.
fn drive(written: Option<&Text>, reader: &mut Reader<'_>) -> Option<Drive> {
    let drive = choice_or(Drive::Peristaltic, "drive", written, &DRIVES, reader)?;
    if let (Drive::ConstantFlow, Some(text)) = (drive, written) {
        let at = text.span().into();
        reader.report(ScenarioMistake::NoFirmware { at });
        return None;
    }
    Some(drive)
}

fn second_drug(
    table: &Spanned<SecondDrugFile>,
    first: Option<Drug>,
    reader: &mut Reader<'_>,
) -> Option<SecondDrug> {
    let file = table.get_ref();
    let drug = file.drug.as_ref().and_then(|name| {
        let second = drug_of(name, reader)?;
        // The plant would take them for two drugs that do not know of each other.
        if Some(second) == first {
            reader.report(ScenarioMistake::SameDrugTwice {
                at: name.span().into(),
            });
            return None;
        }
        Some(second)
    });
    let concentration = file.concentration.as_ref();
    let concentration = concentration.and_then(|text| reader.quantity(text));
    Some(SecondDrug {
        drug: drug?,
        concentration: concentration?,
    })
}
