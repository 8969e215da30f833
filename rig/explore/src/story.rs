//! A whole story: a pump and its patient, a prescription, what people do, what breaks.

use crate::breakage::{self, Breakage};
use crate::draw::Draw;
use crate::people::People;
use crate::sheet::Sheet;
use crate::therapy::{Of, Therapy, nanograms_per_ml};
use thecal_units::Millis;

/// The drugs, and the range of their usual concentrations. Unit: ng/mL. Source: rounded from the products
/// in sim/src/drugs.
const DRUGS: [(&str, u64, u64); 8] = [
    ("morphine", 500_000, 50_000_000),
    ("hydromorphone", 200_000, 20_000_000),
    ("fentanyl", 10_000, 2_000_000),
    ("sufentanil", 5_000, 1_000_000),
    ("baclofen", 50_000, 4_000_000),
    ("ziconotide", 5_000, 100_000),
    ("bupivacaine", 1_000_000, 40_000_000),
    ("clonidine", 50_000, 2_000_000),
];

/// The text of the story with this number: of a seed and the number, and of nothing else.
#[must_use]
pub fn story(seed: u64, index: u64) -> String {
    let mut draw = Draw::of(seed, index);
    let draw = &mut draw;
    let length = length(draw);
    let (drug, weakest, strongest) = draw.among(&DRUGS);
    let (weakest, strongest) = if draw.chance(90) {
        (weakest, strongest)
    } else {
        (1_000, 50_000_000)
    };
    let concentration = draw.spread(weakest, strongest);
    let therapy = Therapy::draw(draw, concentration, Of::Sound);
    let reservoir = match draw.chance(75) {
        true => draw.within(10_000, 40_000),
        false => draw.spread(100, 40_000),
    };
    let starts = starts(draw);
    let head = format!(
        "title = \"Story {index} of seed {seed}\"\nseed = {index}\nduration = \"{}\"\n{}",
        length.spelled(),
        starts.map_or_else(String::new, |day| format!("starts = \"{day}\"\n")),
    );
    let catheter = if draw.chance(15) { "empty" } else { "primed" };
    let pump = format!(
        "drug = \"{drug}\"\nconcentration = {}\nreservoir = \"{reservoir} µL\"\ncatheter-starts = \
         \"{catheter}\"\n",
        nanograms_per_ml(concentration),
    );
    let mut sheet = Sheet::of(length);
    edges_of_the_day(&therapy, &mut sheet);
    let lines = therapy.lines();
    happens(draw, &mut sheet, therapy);
    format!(
        "{head}\n[patient]\ntolerance = \"chronic\"\n\n[pump]\n{pump}\n[therapy]\n{lines}{}\n{EXPECTS}",
        sheet.text()
    )
}

/// A scenario needs an expectation; these stories are judged by the rules that every run is judged by.
const EXPECTS: &str =
    "[[expect]]\nname = \"some-flow-or-none\"\nalways = \"commanded.dose >= 0 ng\"\n";

/// Hours, days or weeks.
fn length(draw: &mut Draw) -> Millis {
    let longest = match draw.within(0, 19) {
        0..=9 => Millis::HOUR.times(30),
        10..=16 => Millis::DAY.times(4),
        17 | 18 => Millis::DAY.times(10),
        _ => Millis::DAY.times(28),
    };
    draw.span(Millis::HOUR, longest)
}

fn starts(draw: &mut Draw) -> Option<String> {
    let day = draw.among(&["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
    let (hour, minute) = (draw.within(0, 23), draw.within(0, 59));
    let any = draw.chance(50);
    any.then(|| format!("{day} {hour:02}:{minute:02}"))
}

/// Midnights and steps of the schedule of the first days, by a pump that starts at midnight.
fn edges_of_the_day(therapy: &Therapy, sheet: &mut Sheet) {
    for day in 0..4 {
        let midnight = Millis::DAY.times(day);
        sheet.edge(midnight);
        for &begins in &therapy.begins {
            sheet.edge(midnight + begins);
        }
    }
}

/// What people do and what breaks, in turns.
fn happens(draw: &mut Draw, sheet: &mut Sheet, therapy: Therapy) {
    let acts = draw.within(2, 14);
    let broken: Vec<Breakage> = match draw.within(0, 9) {
        0..=2 => Vec::new(),
        3..=6 => vec![draw.among(&breakage::ALL)],
        _ => (0..draw.within(2, 3))
            .map(|_| draw.among(&breakage::ALL))
            .collect(),
    };
    let mut people = People {
        draw,
        sheet,
        therapy,
    };
    for _ in 0..acts {
        people.act();
        if !broken.is_empty() && people.draw.chance(35) {
            let breaks = people.draw.among(&broken);
            breaks(people.draw, people.sheet);
        }
    }
}
