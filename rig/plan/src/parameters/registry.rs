//! Every set that the plant brings, by kind and name.

use super::set::{Group, Kind, Set};
use super::write::number;
use thecal_sim::drug::{Driver, EffectSheet};
use thecal_sim::pump::{GENERIC_CATHETER, GENERIC_PUMP};
use thecal_sim::{Drug, Species};

/// Every built-in set, in the order of [`Kind::ALL`].
#[must_use]
pub fn built_in() -> Vec<Set> {
    let people = Species::ALL.map(person);
    let drugs = Drug::ALL.map(drug);
    [generic_pump(), generic_catheter()]
        .into_iter()
        .chain(people)
        .chain(drugs)
        .collect()
}

/// The built-in set of this kind and name.
#[must_use]
pub fn find(kind: Kind, name: &str) -> Option<Set> {
    match kind {
        Kind::Pump => (name == usual(kind)).then(generic_pump),
        Kind::Catheter => (name == usual(kind)).then(generic_catheter),
        Kind::Person => {
            let mut all = Species::ALL.into_iter();
            all.find(|species| species.name() == name).map(person)
        }
        Kind::Drug => {
            let mut all = Drug::ALL.into_iter();
            all.find(|drug| drug.name() == name).map(drug)
        }
    }
}

/// The set of this kind that a file changes if it names none.
#[must_use]
pub const fn usual(kind: Kind) -> &'static str {
    match kind {
        Kind::Pump => "generic-pump",
        Kind::Catheter => "generic-catheter",
        Kind::Person => Species::Human.name(),
        Kind::Drug => Drug::Morphine.name(),
    }
}

fn generic_pump() -> Set {
    Set {
        kind: Kind::Pump,
        name: usual(Kind::Pump),
        about: "a pump as most are, but no product".to_owned(),
        groups: vec![Group::of("", &GENERIC_PUMP)],
    }
}

fn generic_catheter() -> Set {
    Set {
        kind: Kind::Catheter,
        name: usual(Kind::Catheter),
        about: "a silicone catheter of the usual bore".to_owned(),
        groups: vec![Group::of("", &GENERIC_CATHETER)],
    }
}

fn person(species: Species) -> Set {
    let anatomy = species.anatomy();
    let mixing = number(anatomy.values.diffusivity_cm2_per_s);
    let who = match species {
        Species::Human => "an adult with typical mixing",
        Species::Monkey => "a cynomolgus monkey",
        Species::Pig => "a pig as in the studies of spinal infusion",
        Species::Dog => "a dog of the size of a beagle",
    };
    Set {
        kind: Kind::Person,
        name: species.name(),
        about: format!("{who}, {mixing} cm2/s"),
        groups: vec![Group::of("", anatomy)],
    }
}

fn drug(drug: Drug) -> Set {
    let sheet = drug.sheet();
    let mut groups = vec![
        Group::of("kinetics", &sheet.kinetics),
        Group::of("plasma", &sheet.plasma),
        Group::of("pocket", &sheet.pocket),
        effect("wanted", &sheet.wanted),
    ];
    let wanted_systemic = sheet.wanted_systemic.iter();
    groups.extend(wanted_systemic.map(|sheet| effect("wanted-systemic", sheet)));
    groups.push(effect("toxic", &sheet.toxic));
    groups.extend(sheet.systemic.iter().map(|sheet| effect("systemic", sheet)));
    let withdrawal = sheet.withdrawal.iter();
    groups.extend(withdrawal.map(|set| Group::of("withdrawal", set)));
    groups.push(Group::of("limits", &sheet.limits));
    let (wanted, toxic) = (sheet.wanted.name, sheet.toxic.name);
    Set {
        kind: Kind::Drug,
        name: drug.name(),
        about: format!("wanted effect: {wanted}; toxic effect: {toxic}"),
        groups,
    }
}

/// An effect; its place only where the cord drives it, for elsewhere it means nothing.
fn effect(name: &'static str, sheet: &EffectSheet) -> Group {
    let mut group = Group::of(name, &sheet.parameters);
    if sheet.driver != Driver::Cord {
        group.rows.retain(|row| row.field.ident != "place_cm");
    }
    group
}
