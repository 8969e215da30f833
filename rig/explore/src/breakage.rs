//! What breaks in a story.

use crate::draw::Draw;
use crate::sheet::Sheet;
use thecal_units::Millis;

/// A kind of breakage.
pub(crate) type Breakage = fn(&mut Draw, &mut Sheet);

/// All of them. A story has few: what a fault hides nobody can judge.
pub(crate) const ALL: [Breakage; 16] = [
    reset,
    resets_in_a_row,
    power_cut,
    power_cut_in_an_exchange,
    brown_out,
    clock_jump,
    core_halt,
    memory,
    stall,
    jam,
    steps_are_lost,
    occlusion,
    friction,
    battery_film,
    leakage,
    stuck_button,
];

fn reset(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let held = draw.chance(30);
    let held = held.then(|| draw.span(Millis::SECOND, Millis::HOUR));
    sheet.breaks(at, held, "reset", "{}");
}

/// Watchdog or low supply, so often that the pump must give up.
fn resets_in_a_row(draw: &mut Draw, sheet: &mut Sheet) {
    let mut at = sheet.instant(draw);
    for _ in 0..draw.within(2, 7) {
        let dip = draw.span(Millis::from_millis(1), Millis::SECOND.times(3));
        sheet.breaks(at, Some(dip), "brown-out", "{ level = \"1.5 V\" }");
        at += draw.span(Millis::SECOND, Millis::MINUTE.times(12));
    }
}

fn off(draw: &mut Draw) -> Option<Millis> {
    let off = draw.chance(70);
    off.then(|| draw.span(Millis::from_millis(1), Millis::HOUR.times(3)))
}

fn power_cut(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let off = off(draw);
    let place = match draw.within(0, 4) {
        0 | 1 => "{}".to_owned(),
        2 => {
            let before = draw.among(&["motor", "sounder", "telemetry"]);
            format!("{{ before = \"{before}\" }}")
        }
        _ => {
            let (write, after) = (draw.spread(1, 20), draw.within(0, 60));
            format!("{{ at-write = {write}, after-bytes = {after} }}")
        }
    };
    sheet.breaks(at, off, "power-cut", &place);
}

/// Between two bytes of what an order writes.
fn power_cut_in_an_exchange(draw: &mut Draw, sheet: &mut Sheet) {
    const DURING: [&str; 9] = [
        "open-update",
        "stage",
        "commit",
        "refill",
        "press",
        "clinician-bolus",
        "start",
        "stop",
        "silence",
    ];
    let at = Millis::from_millis(draw.within(1, sheet.end.as_millis() / 2));
    let off = off(draw);
    let during = draw.among(&DURING);
    let (write, after) = (draw.within(1, 5), draw.within(0, 60));
    let place = format!("{{ during = \"{during}\", write = {write}, after-bytes = {after} }}");
    sheet.breaks(at, off, "power-cut", &place);
}

fn brown_out(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let dip = draw.span(Millis::from_millis(1), Millis::MINUTE);
    let millivolts = draw.within(1_000, 2_400);
    let keys = format!("{{ level = \"{millivolts} mV\" }}");
    sheet.breaks(at, Some(dip), "brown-out", &keys);
}

fn clock_jump(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let longest = draw.among(&[Millis::MINUTE.times(3), Millis::DAY, Millis::DAY.times(400)]);
    let by = draw.span(Millis::from_millis(1), longest);
    // A clock does not show less than zero, and jumps back add up.
    let back = draw.chance(50) && sheet.takes("clock-back", at, at + by) && by < at;
    let sign = if back { "-" } else { "" };
    let keys = format!("{{ by = \"{sign}{}\" }}", by.spelled());
    sheet.breaks(at, None, "clock-jump", &keys);
}

fn core_halt(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let halt = draw.span(Millis::from_millis(1), Millis::MINUTE.times(6));
    sheet.breaks(at, Some(halt), "core-halt", "{}");
}

/// Some bytes of memory, and mostly a reset that finds them.
fn memory(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    // Records first, then grants, then the log.
    let from = match draw.chance(60) {
        true => draw.within(0, 1_800),
        false => draw.within(0, 32_000),
    };
    let length = draw.spread(1, 512);
    let erased = if draw.chance(40) {
        ", erased = true"
    } else {
        ""
    };
    let keys = format!("{{ from = {from}, length = {length}{erased} }}");
    sheet.breaks(at, None, "nvm-damage", &keys);
    if draw.chance(80) {
        let later = draw.span(Millis::from_millis(1), Millis::HOUR);
        sheet.breaks(at + later, None, "reset", "{}");
    }
}

fn stall(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let lasts = draw.span(Millis::SECOND, Millis::HOUR.times(12));
    sheet.breaks(at, Some(lasts), "motor-stall", "{}");
}

fn jam(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let lasts = draw.span(Millis::MINUTE, Millis::HOUR.times(12));
    sheet.breaks(at, Some(lasts), "motor-jam", "{}");
}

fn steps_are_lost(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let lasts = draw.span(Millis::HOUR, Millis::DAY.times(2));
    let share = draw.within(1, 60);
    let keys = format!("{{ share = \"{share} %\" }}");
    sheet.breaks(at, Some(lasts), "missed-steps", &keys);
}

fn occlusion(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let lasts = draw.span(Millis::MINUTE.times(10), Millis::DAY.times(2));
    sheet.breaks(at, Some(lasts), "tip-occlusion", "{ complete = true }");
}

fn friction(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let lasts = draw.span(Millis::HOUR, Millis::DAY.times(4));
    let times = draw.within(2, 12);
    let keys = format!("{{ times = \"{times}\" }}");
    sheet.breaks(at, Some(lasts), "gear-friction", &keys);
}

fn battery_film(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let lasts = draw.span(Millis::HOUR, Millis::DAY.times(4));
    let ohm = draw.spread(50, 3_000);
    let keys = format!("{{ resistance = \"{ohm} ohm\" }}");
    sheet.breaks(at, Some(lasts), "battery-film", &keys);
}

fn leakage(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let lasts = draw.span(Millis::DAY, Millis::DAY.times(10));
    let microamperes = draw.spread(100, 20_000);
    let keys = format!("{{ current = \"{microamperes} µA\" }}");
    sheet.breaks(at, Some(lasts), "leakage-current", &keys);
}

fn stuck_button(draw: &mut Draw, sheet: &mut Sheet) {
    let at = sheet.instant(draw);
    let lasts = draw.span(Millis::SECOND, Millis::HOUR);
    let every = draw.span(Millis::from_millis(50), Millis::MINUTE);
    let remote = draw.within(1, 4);
    let keys = format!("{{ remote = {remote}, every = \"{}\" }}", every.spelled());
    sheet.breaks(at, Some(lasts), "stuck-button", &keys);
}
