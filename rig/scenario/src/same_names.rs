//! Words that mean the same as a name of a list, and names that only the writer can tell apart.
//!
//! A table says which words are the same. Drugs and levels of the spine have rules of their own: a
//! drug is another one after few letters, and a level is near by its place, not by its spelling.

use thecal_sim::{Drug, TipLevel};
use thecal_text::correction::Correction;
use thecal_text::names::{among, distance, plain, slips};

/// Words that mean the same as a name of a list: what the list is of, the words, the name.
const SAME: &[(&str, &[&str], &str)] = &[
    (
        "tolerance",
        &["tolerant", "opioid-tolerant", "drug-tolerant"],
        "chronic",
    ),
    (
        "tolerance",
        &["naïve", "opioid-naive", "opioid-naïve", "drug-naive"],
        "naive",
    ),
    (
        "posture",
        &["supine", "recumbent", "lying down", "lie", "laying"],
        "lying",
    ),
    ("posture", &["seated", "sit", "sits"], "sitting"),
    ("posture", &["stand", "stands", "standing up"], "standing"),
    ("register", &["r13"], "sp"),
    ("register", &["r14"], "lr"),
    ("register", &["r15"], "pc"),
    ("day", &["monday"], "mon"),
    ("day", &["tuesday", "tues", "tue."], "tue"),
    ("day", &["wednesday", "weds"], "wed"),
    ("day", &["thursday", "thurs", "thur"], "thu"),
    ("day", &["friday"], "fri"),
    ("day", &["saturday"], "sat"),
    ("day", &["sunday"], "sun"),
    ("day", &["every day", "everyday", "all"], "daily"),
];

/// Words that mean one of two names; only the writer knows which.
const EITHER: &[(&str, &[&str], [&str; 2])] = &[(
    "posture",
    &["upright", "erect", "up"],
    ["sitting", "standing"],
)];

/// Salts: the drug is the same.
const SALTS: [&str; 8] = [
    " sulfate",
    " sulphate",
    " hydrochloride",
    " hcl",
    " citrate",
    " acetate",
    " sulfas",
    " base",
];

/// Drugs that are spelled like one of ours and are another; one that the plant has learned since is ours.
const OTHER_DRUGS: [&str; 24] = [
    "alfentanil",
    "remifentanil",
    "carfentanil",
    "lofentanil",
    "oxymorphone",
    "apomorphine",
    "diamorphine",
    "nalmorphine",
    "codeine",
    "hydrocodone",
    "oxycodone",
    "methadone",
    "levobupivacaine",
    "ropivacaine",
    "mepivacaine",
    "lidocaine",
    "tetracaine",
    "tizanidine",
    "guanfacine",
    "dexmedetomidine",
    "clonazepam",
    "ketamine",
    "octreotide",
    "naloxone",
];

/// What may stand in place of a name that is not in the list of `what`.
pub(crate) fn correction(what: &str, written: &str, names: &[&str]) -> Correction {
    let none = Correction::of_names(names);
    let letters = plain(written);
    let says = |words: &[&str]| words.iter().any(|word| plain(word) == letters);
    let either = EITHER
        .iter()
        .find(|(of, words, _)| *of == what && says(words));
    if let Some((.., both)) = either {
        let [one, other] = *both;
        let question = format!("`{written}` is said of both");
        return none.or(one).or(other).asking(question);
    }
    let same = SAME
        .iter()
        .find(|(of, words, _)| *of == what && says(words));
    if let Some((.., name)) = same {
        return none.or(*name);
    }
    match what {
        "drug" => drug(written, none, names),
        "tip level" => tip(written, none),
        _ => among(written, names),
    }
}

/// A drug is another drug after few letters, so it takes more to propose one.
fn drug(written: &str, none: Correction, names: &[&str]) -> Correction {
    let lower = written.trim().to_lowercase();
    let bare = SALTS
        .iter()
        .find_map(|salt| lower.strip_suffix(salt))
        .unwrap_or(&lower);
    let letters = plain(bare);
    let called_so = |drug: &Drug| drug.other_names().contains(&letters.as_str());
    if let Some(drug) = Drug::ALL.into_iter().find(called_so) {
        return none.or(drug.name());
    }
    if let Some(name) = names.iter().find(|name| plain(name) == letters) {
        return none.or(*name);
    }
    let distance = |name: &str| distance(&letters, name);
    let mut far: Vec<(usize, &str)> = names.iter().map(|name| (distance(name), *name)).collect();
    far.sort_unstable();
    let others = OTHER_DRUGS.iter().filter(|other| !names.contains(other));
    let other = others.map(|name| distance(name)).min();
    let (Some(&(nearest, name)), Some(other)) = (far.first(), other) else {
        return none;
    };
    if other <= 1 || other <= nearest {
        return none.because("the plant has no such drug, and none is taken for another");
    }
    let contains = |known: &&str| letters.contains(*known) || known.contains(letters.as_str());
    let inside: Vec<&str> = names.iter().copied().filter(contains).collect();
    let rivals = far.iter().filter(|(distance, _)| *distance < nearest + 3);
    let mut rivals: Vec<&str> = rivals.map(|(_, name)| *name).collect();
    rivals.extend(
        inside
            .iter()
            .filter(|name| letters.len() > 3 && !name.is_empty()),
    );
    rivals.sort_unstable();
    rivals.dedup();
    if nearest > slips(&letters) {
        return none;
    }
    if rivals == [name] {
        return none.or(name);
    }
    let question = format!("`{written}` is near to more than one drug, of other strength");
    rivals
        .into_iter()
        .fold(none.asking(question), |all, name| all.or(name))
}

/// A level that the model has not: the next ones above and below are other levels.
fn tip(written: &str, none: Correction) -> Correction {
    let Some((level, spelled)) = vertebra(written) else {
        return none;
    };
    let all = TipLevel::ALL.map(|level| (level, vertebra(level.name()).map(|(level, _)| level)));
    let place = |level: &(TipLevel, Option<u8>)| level.1.unwrap_or(u8::MAX);
    if let Some((known, _)) = all.iter().find(|known| place(known) == level) {
        return none.or(known.name());
    }
    let below = all.iter().filter(|known| place(known) > level);
    let above = all.iter().filter(|known| place(known) < level);
    let below = below.min_by_key(|known| place(known) - level);
    let above = above.min_by_key(|known| level - place(known));
    let far =
        |known: Option<&(TipLevel, Option<u8>)>| known.map(|known| place(known).abs_diff(level));
    let least = far(below).into_iter().chain(far(above)).min();
    let nearest = [above, below].into_iter().flatten();
    let nearest = nearest.filter(|known| Some(place(known).abs_diff(level)) == least);
    let question = format!("the model has no `{spelled}`, and the nearest is another level");
    nearest.fold(none.asking(question), |all, (known, _)| {
        all.or(known.name())
    })
}

/// A vertebra counted from the head, and its usual name.
fn vertebra(written: &str) -> Option<(u8, String)> {
    let letters = plain(written);
    let start = letters.find(|c: char| c.is_ascii_digit())?;
    let (region, number) = letters.split_at(start);
    let number: u8 = number.parse().ok()?;
    let (letter, before, last) = match region {
        "c" | "cervical" => ('C', 0, 7),
        "t" | "th" | "d" | "thoracic" | "dorsal" => ('T', 7, 12),
        "l" | "lumbar" => ('L', 19, 5),
        "s" | "sacral" => ('S', 24, 5),
        _ => return None,
    };
    (1..=last)
        .contains(&number)
        .then(|| (before + number, format!("{letter}{number}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drugs(written: &str) -> Correction {
        let names = Drug::ALL.map(Drug::name);
        correction("drug", written, &names)
    }

    fn levels(written: &str) -> Correction {
        let names = TipLevel::ALL.map(TipLevel::name);
        correction("tip level", written, &names)
    }

    #[test]
    fn a_drug_is_proposed_only_where_no_other_is_near() {
        for (written, drug) in [
            ("Morphine", "morphine"),
            ("morphin", "morphine"),
            ("morfine", "morphine"),
            ("morphine sulfate", "morphine"),
            ("Infumorph", "morphine"),
            ("hydromorphon", "hydromorphone"),
            ("bupivicaine", "bupivacaine"),
            ("zikonotide", "ziconotide"),
            ("baclofene", "baclofen"),
        ] {
            assert_eq!(drugs(written).certain(), Some(drug), "{written}");
        }
        for written in [
            "hydromorphine",
            "sufentanyl",
            "fentanil",
            "alfentanil",
            "remifentanil",
            "ropivacaine",
            "levobupivacaine",
            "oxymorphone",
            "apomorphine",
            "tizanidine",
            "morph",
            "aspirin",
        ] {
            assert_eq!(drugs(written).certain(), None, "{written}");
        }
        let both = drugs("hydromorphine").to_string();
        assert!(
            both.contains("write `hydromorphone` or `morphine`"),
            "{both}"
        );
    }

    #[test]
    fn a_level_is_near_by_its_place_in_the_spine() {
        let asked = |written: &str| levels(written).to_string();
        assert!(
            asked("T3").contains("write `T2` or `T4`;"),
            "{}",
            asked("T3")
        );
        assert!(asked("C6").contains("write `C5` or `C7`;"));
        assert!(asked("T1").contains("write `C7` or `T2`;"));
        assert!(asked("L5").contains("write `L4`;"));
        assert_eq!(levels("T3").certain(), None);
        assert_eq!(levels("L5").certain(), None);
        assert_eq!(levels("t10").certain(), Some("T10"));
        assert_eq!(levels("Th 10").certain(), Some("T10"));
        assert_eq!(levels("D10").certain(), Some("T10"));
        assert_eq!(levels("T13").certain(), None);
    }

    #[test]
    fn a_word_of_the_field_is_the_name() {
        let postures = ["lying", "sitting", "standing"];
        assert_eq!(
            correction("posture", "Supine", &postures).certain(),
            Some("lying")
        );
        let upright = correction("posture", "upright", &postures);
        assert_eq!(upright.certain(), None);
        assert!(
            upright
                .to_string()
                .contains("write `sitting` or `standing`")
        );
    }
}
