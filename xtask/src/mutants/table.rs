//! The mutations: each removes one safety measure.
//!
//! An edit replaces one expression, located by the text before it.

/// One expression of the firmware, and its replacement.
pub(super) struct Edit {
    pub(super) file: &'static str,
    /// Text directly before the expression, which must occur once.
    pub(super) after: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
}

pub(super) struct Mutation {
    pub(super) name: &'static str,
    pub(super) edits: &'static [Edit],
    /// Whether the pump then hangs in [`HANGING_STORY`].
    pub(super) hangs: bool,
}

/// The scenario that reaches the mutation with the endless loop.
pub(super) const HANGING_STORY: &str = "bolus/single-bolus-and-program-change";

const fn one(name: &'static str, edits: &'static [Edit]) -> Mutation {
    Mutation {
        name,
        edits,
        hangs: false,
    }
}

const fn edit(
    file: &'static str,
    after: &'static str,
    from: &'static str,
    to: &'static str,
) -> Edit {
    Edit {
        file,
        after,
        from,
        to,
    }
}

pub(super) const MUTATIONS: &[Mutation] = &[
    one(
        "lockout one millisecond short",
        &[edit(
            "grants.rs",
            "if ",
            "now < grant.at + prescription.lockout",
            "now + Millis::from_millis(1) < grant.at + prescription.lockout",
        )],
    ),
    one(
        "daily maximum ignored",
        &[edit(
            "grants.rs",
            "if ",
            "today >= usize::from(prescription.daily_maximum)",
            "false",
        )],
    ),
    one(
        "dose limits ignored",
        &[edit("grants.rs", "            ", "all > limit", "false")],
    ),
    one(
        "dose limits without the infusion to come",
        &[edit(
            "grants.rs",
            ".saturating_add(",
            "infused(highest, window)",
            "Mass::ZERO",
        )],
    ),
    one(
        "motor stall ignored",
        &[edit(
            "stall.rs",
            "let missed = ",
            "self.window.count_ones()",
            "self.window.count_ones().min(1)",
        )],
    ),
    one(
        "a motor that turns again counts as recovered",
        &[edit(
            "stall.rs",
            "let by_weak = ",
            "weak.is_some_and(|(driven, _)| driven >= WEAK_PULSES)",
            "moved > 0",
        )],
    ),
    one(
        "patient bolus doubled",
        &[edit(
            "commands/bolus.rs",
            "        &prescription,\n        ",
            "prescription.bolus_dose",
            "prescription.bolus_dose.times(2)",
        )],
    ),
    one(
        "a bolus on top where it was to replace",
        &[edit(
            "state.rs",
            "let replaces = ",
            "self.therapy.prescription().during_bolus == DuringBolus::Replace",
            "false",
        )],
    ),
    one(
        "low-reservoir alarm removed",
        &[edit(
            "watch.rs",
            "reservoir_is_low() && ",
            "self.raise(Alarms::LOW_RESERVOIR)",
            "false",
        )],
    ),
    one(
        "replayed packets obeyed",
        &[edit(
            "session.rs",
            "if ",
            "opened.counter > (*last).max(stored)",
            "opened.counter > 0",
        )],
    ),
    one(
        "any challenge is answered by the same keys",
        &[edit(
            "session.rs",
            "let challenge = ",
            "self.secret.challenge(&unique)",
            "Challenge([0; 16])",
        )],
    ),
    one(
        "lost counters leave the keys",
        &[edit(
            "post.rs",
            "        ",
            "state.session.forget_keys()",
            "()",
        )],
    ),
    one(
        "a repeated press is a new press",
        &[edit(
            "commands/bolus.rs",
            "if ",
            "press != Press::New",
            "false",
        )],
    ),
    one(
        "stop does not stop",
        &[edit(
            "commands/program.rs",
            "|| state.is_priming() {\n        ",
            "state.therapy.set(Flags::RUNNING, false)",
            "()",
        )],
    ),
    one(
        "an abandoned session never ends",
        &[edit(
            "update.rs",
            "-> bool {\n        ",
            "self.next() <= now && self.close()",
            "false",
        )],
    ),
    one(
        "a hold does not hold",
        &[edit(
            "commands/program.rs",
            "state.therapy.held = ",
            "hold",
            "false",
        )],
    ),
    one(
        "a bridge is not bridged",
        &[edit(
            "commands/refill.rs",
            "if ",
            "refill.bridge && concentration != before.concentration",
            "false",
        )],
    ),
    one(
        "priming again and again",
        &[edit(
            "commands/bolus.rs",
            "if ",
            "primed && !state.therapy.has(Flags::CATHETER_OPEN)",
            "false",
        )],
    ),
    one(
        "the week stands still",
        &[edit(
            "prescription.rs",
            "let (dose, left) = ",
            "calendar::in_force(&prescription.schedule, time_of_week)",
            "calendar::in_force(&prescription.schedule, 0)",
        )],
    ),
    one(
        "the minimum rate is ten times as much",
        &[edit(
            "prescription.rs",
            "Infusion::MinimumRate => (Rate::flow(",
            "FlowRate::from_nl_per_day(MINIMUM_FLOW)",
            "FlowRate::from_nl_per_day(10 * MINIMUM_FLOW)",
        )],
    ),
    one(
        "a clock that jumps is believed",
        &[
            edit("clock.rs", "} else if ", "shown > late", "false"),
            edit("clock.rs", "        (", "driven < self.pulses", "false"),
        ],
    ),
    one(
        "a clock of 63 bits",
        &[edit(
            "clock.rs",
            "-> u64 {\n    ",
            "raw.as_millis().wrapping_sub(monotonic.as_millis())",
            "(raw.as_millis() & (u64::MAX >> 1)).wrapping_sub(monotonic.as_millis())",
        )],
    ),
    one(
        "time off counts for the lockout",
        &[edit(
            "clock.rs",
            "self.off = ",
            "now.since(therapy)",
            "Millis::ZERO",
        )],
    ),
    one(
        "the battery is never checked",
        &[edit(
            "battery.rs",
            "if ",
            "self.phase == Phase::Resting && now >= self.next",
            "false",
        )],
    ),
    one(
        "a magnet is not seen",
        &[edit(
            "commands/bolus.rs",
            "if ",
            "state.magnet_since.is_some()",
            "false",
        )],
    ),
    one(
        "a pump may stay stopped for ever",
        &[edit(
            "watch.rs",
            "if ",
            "self.raise(Alarms::STOPPED_FOR_LONG)",
            "false",
        )],
    ),
    one(
        "a reset forgets the grants",
        &[
            edit(
                "post.rs",
                "let damaged_grants = ",
                "state.grants.load(nvm, granted)",
                "0",
            ),
            edit(
                "post.rs",
                "    ",
                "state.grants.fill_damaged(nvm, state.now)",
                "()",
            ),
            edit(
                "commands/bolus.rs",
                "if ",
                "state.grants.audit(nvm, state.now)",
                "false",
            ),
        ],
    ),
    Mutation {
        name: "loops for ever in a clinician's bolus",
        edits: &[edit(
            "commands/bolus.rs",
            "    ",
            "state.start_bolus(BolusKind::Clinician, plan)",
            "while state.bolus.is_none() { core::hint::spin_loop(); }",
        )],
        hangs: true,
    },
];
