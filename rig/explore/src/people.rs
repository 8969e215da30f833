//! What people do in a story: patients who press, clinicians who order and program, nurses who refill,
//! others who record packets and send them again.

use crate::draw::Draw;
use crate::sheet::Sheet;
use crate::therapy::{Of, Therapy, nanograms_per_ml};
use thecal_units::Millis;

/// A scene, and how often it is played.
type Scene<'s> = (u64, fn(&mut People<'s>));

/// Who acts, and what is in force by the story's own account; what the pump makes of it the story does not
/// know.
#[derive(Debug)]
pub(crate) struct People<'s> {
    pub(crate) draw: &'s mut Draw,
    pub(crate) sheet: &'s mut Sheet,
    /// What was programmed last.
    pub(crate) therapy: Therapy,
}

impl<'s> People<'s> {
    const SCENES: [Scene<'s>; 14] = [
        (20, Self::press_at_edges),
        (8, Self::press_and_press),
        (10, Self::stop_and_start),
        (10, Self::give_a_bolus),
        (10, Self::hold_a_session),
        (8, Self::program),
        (8, Self::refill),
        (6, Self::prime),
        (6, Self::silence),
        (6, Self::read),
        (4, Self::replay),
        (4, Self::go_near_a_magnet),
        (3, Self::stop_for_days),
        (6, Self::forge),
    ];

    /// Plays one scene.
    pub(crate) fn act(&mut self) {
        let all: u64 = Self::SCENES.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.draw.within(0, all - 1);
        for (weight, scene) in Self::SCENES {
            match drawn.checked_sub(weight) {
                Some(left) => drawn = left,
                None => return scene(self),
            }
        }
    }

    fn remote(&mut self) -> u64 {
        if self.draw.chance(75) {
            1
        } else {
            self.draw.within(1, 4)
        }
    }

    /// A press, and what follows from it: the end of its bolus, of the lockout, of the day.
    fn press_at_edges(&mut self) {
        let at = self.sheet.instant(self.draw);
        let remote = self.remote();
        let press = format!("press = {{ remote = {remote} }}");
        self.sheet.happens(at, &press);
        let lockout = self.therapy.lockout.unwrap_or(Millis::HOUR);
        let spans = [self.therapy.duration, lockout, Millis::HOUR, Millis::DAY];
        for span in spans {
            self.sheet.edge(at + span);
        }
        for span in spans {
            if self.draw.chance(40) {
                let late = self.draw.among(&[-1_i64, 0, 0, 1, 1_000]);
                let next = (at + span).as_millis().saturating_add_signed(late);
                self.sheet.happens(Millis::from_millis(next), &press);
            }
        }
    }

    /// Somebody who does not let go.
    fn press_and_press(&mut self) {
        let from = self.sheet.instant(self.draw);
        let every = self.draw.span(Millis::from_millis(20), Millis::HOUR);
        let many = self.draw.within(3, 40);
        let remote = self.remote();
        let until = from + every.times(many);
        let press = format!("press = {{ remote = {remote} }}");
        self.sheet.repeats((from, until), every, &press);
    }

    fn stop_and_start(&mut self) {
        let at = self.sheet.instant(self.draw);
        let pause = self
            .draw
            .span(Millis::from_millis(1), Millis::HOUR.times(3));
        self.sheet.orders(at, "stop = {}");
        if self.draw.chance(90) {
            self.sheet.orders(at + pause, "start = {}");
        }
    }

    fn stop_for_days(&mut self) {
        let at = self.sheet.instant(self.draw);
        self.sheet.orders(at, "stop = {}");
        let long = at + Millis::HOUR.times(48);
        self.sheet.edge(long);
        let late = self.draw.span(Millis::MINUTE, Millis::DAY);
        self.sheet.orders(long + late, "start = {}");
    }

    fn give_a_bolus(&mut self) {
        let at = self.sheet.instant(self.draw);
        let shortest = if self.draw.chance(5) { 1_000 } else { 60_000 };
        let shortest = Millis::from_millis(shortest);
        let duration = self.draw.span(shortest, Millis::HOUR.times(4));
        let nanoliters = self.draw.spread(2, 400_000);
        let dose = (nanoliters * self.therapy.concentration).div_ceil(1_000_000);
        self.sheet.edge(at + duration);
        self.sheet.orders(
            at,
            &format!(
                "clinician-bolus = {{ dose = \"{} ng\", duration = \"{}\" }}",
                dose.max(1),
                duration.spelled()
            ),
        );
    }

    /// A prescription for the clinician's next act.
    fn next_therapy(&mut self) -> Therapy {
        let concentration = match self.draw.chance(90) {
            true => self.therapy.concentration,
            false => self.draw.spread(1_000, 50_000_000),
        };
        Therapy::draw(self.draw, concentration, Of::Any)
    }

    fn program(&mut self) {
        let at = self.sheet.instant(self.draw);
        let therapy = self.next_therapy();
        let keys = therapy.in_braces();
        self.sheet.orders(at, &format!("program = {keys}"));
        self.therapy = therapy;
        if self.draw.chance(30) {
            let pause = self.draw.span(Millis::from_millis(1), Millis::HOUR);
            self.sheet.orders(at + pause, "start = {}");
        }
    }

    /// A session: opened, perhaps staged once or twice, committed, closed, or left.
    fn hold_a_session(&mut self) {
        let mut at = self.sheet.instant(self.draw);
        let hold = self.draw.chance(50);
        let open = format!("open-update = {{ hold = {hold} }}");
        if self.draw.chance(95) {
            self.sheet.orders(at, &open);
        }
        for _ in 0..self.draw.within(0, 2) {
            at += self.pause_in_a_session();
            let therapy = self.next_therapy();
            self.sheet
                .orders(at, &format!("stage = {}", therapy.in_braces()));
            self.therapy = therapy;
        }
        at += self.pause_in_a_session();
        match self.draw.within(0, 9) {
            0..=5 => self.sheet.orders(at, "commit = {}"),
            6 | 7 => self.sheet.orders(at, "close-update = {}"),
            _ => {
                self.sheet.edge(at + Millis::MINUTE.times(3));
            }
        }
    }

    /// Most people go on at once; some wait about as long as the session lasts.
    fn pause_in_a_session(&mut self) -> Millis {
        match self.draw.within(0, 9) {
            0..=6 => self.draw.span(Millis::from_millis(1), Millis::MINUTE),
            7 => Millis::from_millis(179_999),
            8 => Millis::from_millis(180_000),
            _ => self.draw.span(Millis::MINUTE, Millis::MINUTE.times(6)),
        }
    }

    /// A refill: mostly of the same drug, some of another concentration, with a bridge or without.
    fn refill(&mut self) {
        let at = self.sheet.instant(self.draw);
        let microliters = match self.draw.chance(60) {
            true => self.draw.within(10_000, 20_000),
            false => self.draw.spread(100, 20_000),
        };
        let before = self.therapy.concentration;
        let concentration = match self.draw.within(0, 9) {
            0..=4 => before,
            5 | 6 => self.draw.within(before / 2, before * 2),
            7 => before * 2,
            8 => before.div_ceil(2),
            _ => self.draw.spread(1_000, 50_000_000),
        };
        let concentration = concentration.clamp(1, 60_000_000);
        let bridge = self.draw.chance(60);
        self.sheet.orders(
            at,
            &format!(
                "refill = {{ volume = \"{microliters} µL\", concentration = {}, bridge = {bridge} }}",
                nanograms_per_ml(concentration)
            ),
        );
        self.therapy.concentration = concentration;
        for hours in [1, 6, 24] {
            self.sheet.edge(at + Millis::HOUR.times(hours));
        }
    }

    /// The clinician fills tubing and catheter; some forget to stop the infusion first.
    fn prime(&mut self) {
        let at = self.sheet.instant(self.draw);
        let pause = |people: &mut Self| {
            people
                .draw
                .span(Millis::from_millis(1), Millis::MINUTE.times(10))
        };
        if self.draw.chance(85) {
            self.sheet.orders(at, "stop = {}");
        }
        let mut next = at + pause(self);
        if self.draw.chance(60) {
            let work = self.draw.among(&["replaced", "revised", "aspirated"]);
            self.sheet
                .orders(next, &format!("catheter-work = \"{work}\""));
            next += pause(self);
        }
        self.sheet.orders(next, "priming-bolus = {}");
        // 0.2 mL of catheter and 0.14 mL of tubing at 24 mL/day take about 20 min.
        let wait = self.draw.span(Millis::MINUTE, Millis::HOUR);
        self.sheet.edge(next + Millis::MINUTE.times(12));
        self.sheet.orders(next + wait, "start = {}");
    }

    fn silence(&mut self) {
        let at = self.sheet.instant(self.draw);
        self.sheet.orders(at, "silence = {}");
    }

    fn read(&mut self) {
        const READ: [&str; 4] = [
            "interrogate = {}",
            "read-prescription = {}",
            "read-alarms = {}",
            "read-health = {}",
        ];
        let at = self.sheet.instant(self.draw);
        let read = self.draw.among(&READ);
        if self.draw.chance(70) {
            self.sheet.orders(at, read);
        } else {
            let every = self.draw.span(Millis::MINUTE, Millis::HOUR.times(6));
            let until = at + every.times(self.draw.within(2, 30));
            self.sheet.repeats((at, until), every, read);
        }
    }

    fn replay(&mut self) {
        let at = self.sheet.instant(self.draw);
        let all = self.draw.chance(50);
        self.sheet
            .happens(at, &format!("replay = {{ all = {all} }}"));
    }

    /// A packet of somebody else, or of a remote that may not send it.
    fn forge(&mut self) {
        const ASKED: [&str; 8] = [
            "stop",
            "start",
            "silence",
            "commit",
            "priming-bolus",
            "interrogate",
            "read-health",
            "press",
        ];
        let (asked, at) = (self.draw.among(&ASKED), self.sheet.instant(self.draw));
        let wrong = match self.draw.within(0, 6) {
            0 => "key = \"zero\"".to_owned(),
            1 => "key = \"other-pump\"".to_owned(),
            2 => "used-counter = true".to_owned(),
            3 => format!("keep = {}", self.draw.within(1, 13)),
            4 => format!("add = {}", self.draw.within(1, 90)),
            5 => format!("flip = {}", self.draw.within(8, 111)),
            _ if asked == "press" => "from = \"clinician\"".to_owned(),
            _ => format!("from = \"remote-{}\"", self.draw.within(1, 4)),
        };
        self.sheet
            .happens(at, &format!("forge = {{ request = \"{asked}\", {wrong} }}"));
    }

    fn go_near_a_magnet(&mut self) {
        let at = self.sheet.instant(self.draw);
        let duration = self.draw.span(Millis::SECOND, Millis::HOUR);
        let until = at + duration;
        if until >= self.sheet.end || !self.sheet.takes("magnet", at, until) {
            return;
        }
        let stalls = self.draw.chance(30);
        self.sheet.edge(at);
        self.sheet.edge(until);
        let duration = duration.spelled();
        self.sheet.happens(
            at,
            &format!("magnet = {{ duration = \"{duration}\", stalls = {stalls} }}"),
        );
    }
}
