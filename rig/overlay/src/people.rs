//! What people do: remotes, reading, recorded packets, orders, refills, a magnet.

use crate::disturb::Story;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use thecal_engine::run::RunHistory;
use thecal_plan::{
    Action, ForgedKey, Forgery, Recorded, Refill, Request, Sender, Spoiled, Stay, StayPlace,
};
use thecal_units::{Concentration, Millis, SimTime, Volume};

impl Story<'_> {
    /// `None` where the infusion does not run, or somebody changes it meanwhile.
    pub(crate) fn stop_and_start(&mut self, random: &mut ChaCha8Rng) -> Option<(String, Millis)> {
        let minutes = random.random_range(0..=20);
        let pause = Millis::MINUTE.times(minutes);
        if !runs_untouched(self.undisturbed, self.at, pause) {
            return None;
        }
        self.happens(Action::Ask(Request::Stop));
        self.happens_at(self.at + pause, Action::Ask(Request::Start));
        Some((format!("stopped and started after {minutes} min"), pause))
    }

    pub(crate) fn replay(&mut self, random: &mut ChaCha8Rng) -> (String, Millis) {
        let (recorded, what) = if random.random_bool(0.5) {
            (Recorded::AllAccepted, "all packets so far are sent again")
        } else {
            (Recorded::LastAccepted, "the last packet is sent again")
        };
        self.happens(Action::Replay(recorded));
        (what.to_owned(), Millis::ZERO)
    }

    /// One to three packets that no instrument would send, each wrong in one way.
    pub(crate) fn forge(&mut self, random: &mut ChaCha8Rng) -> (String, Millis) {
        const ASKED: [Request; 8] = [
            Request::Stop,
            Request::Start,
            Request::Silence,
            Request::Commit,
            Request::PrimingBolus,
            Request::Interrogate,
            Request::AskChallenge,
            Request::PatientBolus { press: 0 },
        ];
        let mut said = Vec::new();
        for _ in 0..random.random_range(1..=3) {
            let mut forgery = Forgery {
                request: ASKED[random.random_range(0..ASKED.len())],
                from: Sender::ALL[random.random_range(0..Sender::ALL.len())].1,
                key: ForgedKey::Own,
                used_counter: false,
                content: None,
                spoiled: Spoiled::default(),
            };
            match random.random_range(0..6) {
                0 => forgery.key = ForgedKey::Zero,
                1 => forgery.key = ForgedKey::OtherPump,
                2 => forgery.used_counter = true,
                3 => forgery.spoiled.keep = Some(random.random_range(1..14)),
                4 => forgery.spoiled.add = random.random_range(1..100),
                // Behind the byte that names the role.
                _ => forgery.spoiled.flip = Some(random.random_range(8..112)),
            }
            said.push(format!(
                "{} as of {}, {forgery}",
                forgery.request.name(),
                forgery.from
            ));
            self.happens(Action::Forge(Box::new(forgery)));
        }
        (format!("forged: {}", said.join("; ")), Millis::ZERO)
    }

    pub(crate) fn press(&mut self, random: &mut ChaCha8Rng) -> (String, Millis) {
        let times = [1, 2, 5, 40][random.random_range(0..4)];
        let apart = [100_u64, 1_000, 60_000][random.random_range(0..3)];
        let remote = random.random_range(1..=2);
        for nth in 0..times {
            let at = self.at + Millis::from_millis(nth * apart);
            self.happens_at(at, Action::Press { remote });
        }
        let what = format!("remote {remote} is pressed {times} times, {apart} ms apart");
        (what, Millis::from_millis(times * apart))
    }

    pub(crate) fn read_out(&mut self) -> (String, Millis) {
        for request in [
            Request::Interrogate,
            Request::ReadPrescription,
            Request::ReadAlarms,
            Request::ReadHealth,
            Request::ReadLog { first: 0 },
        ] {
            self.happens(Action::Ask(request));
        }
        ("all is read".to_owned(), Millis::ZERO)
    }

    /// Some orders, one shortly after the other, whatever the pump is doing. `None` before anything
    /// is programmed.
    pub(crate) fn orders(&mut self, random: &mut ChaCha8Rng) -> Option<(String, Millis)> {
        self.prescribed()?;
        let apart = Millis::from_millis([1, 1_000, 60_000, 900_000][random.random_range(0..4)]);
        let count = random.random_range(1..=3);
        let mut names = Vec::new();
        for nth in 0..count {
            let request = self.order(random)?;
            names.push(request.row().name);
            self.happens_at(self.at + apart.times(nth), Action::Ask(request));
        }
        let what = format!("{}, {} apart", names.join(", "), apart.spelled());
        Some((what, apart.times(count)))
    }

    /// Another prescription, in a session from its opening to the commit.
    pub(crate) fn reprogram(&mut self, random: &mut ChaCha8Rng) -> Option<(String, Millis)> {
        let therapy = self.another_therapy(random)?;
        self.happens(Action::Ask(Request::Program(therapy)));
        if random.random_bool(0.5) {
            let later = Millis::from_secs(random.random_range(1..=7_200));
            self.happens_at(self.at + later, Action::Press { remote: 1 });
        }
        Some(("another prescription".to_owned(), Millis::ZERO))
    }

    /// The usual drug, now or then in another concentration. `None` before anything is programmed.
    pub(crate) fn refill(&mut self, random: &mut ChaCha8Rng) -> Option<(String, Millis)> {
        let usual = self.prescribed()?.concentration();
        let share = [100, 100, 100, 50, 73, 200][random.random_range(0..6)];
        let concentration = usual.as_ng_per_ml() / 100 * share;
        let concentration = Concentration::from_ng_per_ml(concentration);
        let microliters = random.random_range(1_000..=20_000);
        let volume = Volume::from_nanoliters(microliters * 1_000);
        let bridge = random.random_bool(0.4);
        self.happens(Action::Refill(Refill {
            volume,
            concentration,
            true_volume: volume,
            true_concentration: concentration,
            true_second: Concentration::ZERO,
            withdrawn: None,
            true_drug: None,
            pocket: Volume::ZERO,
            catheter_port: Volume::ZERO,
            bridge,
        }));
        let bridged = if bridge { ", bridged" } else { "" };
        let what = format!("refilled with {microliters} µL of {share} % of the drug{bridged}");
        Some((what, Millis::ZERO))
    }

    /// `None` where the story has a stay of its own.
    pub(crate) fn magnet(&mut self, random: &mut ChaCha8Rng) -> Option<(String, Millis)> {
        let mut entries = self.scenario.timeline.iter();
        if entries.any(|entry| matches!(entry.action, Action::Stay(_))) {
            return None;
        }
        let seconds = [1, 59, 3_600, 20_000][random.random_range(0..4)];
        let duration = Millis::from_secs(seconds);
        let stalls = random.random_bool(0.3);
        self.happens(Action::Stay(Stay {
            place: StayPlace::Magnet { stalls },
            duration,
            way: Millis::ZERO,
        }));
        let what = if stalls {
            format!("a magnet that holds the rotor, for {seconds} s")
        } else {
            format!("a magnet, for {seconds} s")
        };
        Some((what, duration))
    }
}

/// Whether the infusion runs from `at` on for `pause`, and nobody changes anything of it meanwhile.
fn runs_untouched(undisturbed: &RunHistory, at: SimTime, pause: Millis) -> bool {
    let prescribed = &undisturbed.prescribed;
    let behind = prescribed.partition_point(|it| it.from <= at);
    let runs = behind.checked_sub(1).and_then(|nth| prescribed.get(nth));
    let last = at + pause + Millis::SECOND;
    let ends = undisturbed.simulated.as_millis() <= last.as_millis();
    let changed = prescribed.get(behind).is_some_and(|it| it.from <= last);
    let mut orders = undisturbed.commands.iter();
    let busy = orders.any(|it| at.before(Millis::MINUTE) <= it.at && it.at <= last);
    runs.is_some_and(|it| it.running && !it.running_in_doubt) && !changed && !busy && !ends
}
