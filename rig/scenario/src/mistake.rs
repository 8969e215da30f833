//! What can be wrong with the run itself: head, patient, pump, therapy, timeline and faults.

use miette::{Diagnostic, SourceSpan};
use thecal_text::correction::Correction;
use thecal_text::trial::{Corrected, first_place};
use thiserror::Error;

/// A mistake in who, what is programmed, what happens or what breaks.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum ScenarioMistake {
    /// A required key or table.
    #[error("`{key}` is missing in {table}")]
    #[diagnostic(code(scenario::missing_key), help("{hint}"))]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The table, as a person names it.
        table: String,
        /// How it is written.
        hint: String,
        /// The table.
        #[label("needs `{key}`")]
        at: SourceSpan,
    },
    /// Text without content.
    #[error("`{key}` is blank")]
    #[diagnostic(
        code(scenario::blank),
        help("write one line, such as `{key} = \"{example}\"`")
    )]
    Blank {
        /// The key.
        key: &'static str,
        /// Text that would do.
        example: &'static str,
        /// Where.
        #[label("expected one line of text")]
        at: SourceSpan,
    },
    /// A name that is not in its list.
    #[error("unknown {what} `{written}`")]
    #[diagnostic(code(scenario::unknown_choice), help("{correction}"))]
    UnknownChoice {
        /// What the name is of.
        what: &'static str,
        /// As written.
        written: String,
        /// The name that means the same, or the whole list.
        correction: Correction,
        /// Where.
        #[label("not one of the known names")]
        at: SourceSpan,
    },
    /// A value outside of its range.
    #[error("`{key}` is {written}, which is out of range")]
    #[diagnostic(code(scenario::out_of_range), help("write a value from {range}"))]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// As written.
        written: String,
        /// The range, with units.
        range: String,
        /// Where.
        #[label("allowed: {range}")]
        at: SourceSpan,
    },
    /// Zero where that has no meaning.
    #[error("`{key}` is zero")]
    #[diagnostic(code(scenario::zero), help("write more than zero"))]
    Zero {
        /// The key.
        key: &'static str,
        /// Where.
        #[label("must be more than zero")]
        at: SourceSpan,
    },
    /// An instant or a span past the end of the run.
    #[error("`{key}` reaches past the end of the run")]
    #[diagnostic(code(scenario::past_the_end), help("the run lasts {end}: {hint}"))]
    PastTheEnd {
        /// The key.
        key: &'static str,
        /// The run's duration.
        end: String,
        /// How to repair it.
        hint: String,
        /// Where.
        #[label("{reached} after the start")]
        at: SourceSpan,
        /// The instant.
        reached: String,
    },
    /// A population from which no individual is drawn.
    #[error("`population-seed` needs `individual`")]
    #[diagnostic(
        code(scenario::nobody_drawn),
        help(
            "add `individual` with the number of the one who is drawn, or remove `population-seed`"
        )
    )]
    NobodyDrawn {
        /// Where.
        #[label("no individual of this population is used in the scenario")]
        at: SourceSpan,
    },
    /// A file of parameters of which none is in the run.
    #[error("this scenario uses no parameter of `{file}`")]
    #[diagnostic(code(scenario::nothing_applies), help("{hint}"))]
    NothingApplies {
        /// The file, as written.
        file: String,
        /// What the file holds, and what the run has.
        hint: String,
        /// Where.
        #[label("changes nothing here")]
        at: SourceSpan,
    },
    /// An interval that ends before it begins.
    #[error("`{last}` is not after `{first}`")]
    #[diagnostic(
        code(scenario::backwards),
        help("exchange the two, or correct one: `{first}` comes first")
    )]
    Backwards {
        /// Key of the start.
        first: &'static str,
        /// Key of the end.
        last: &'static str,
        /// Start.
        #[label("starts here")]
        start: SourceSpan,
        /// End.
        #[label("ends here, no later")]
        end: SourceSpan,
    },
    /// Neither `at` nor `every`.
    #[error("this line of the timeline has no time")]
    #[diagnostic(
        code(scenario::no_time),
        help(
            "add `at` with a time for once, or `every` with an interval, and `from` and `until`, for again and again"
        )
    )]
    NoTime {
        /// The entry.
        #[label("needs `at` or `every`")]
        at: SourceSpan,
    },
    /// Both `at` and `every`.
    #[error("`at` and `every` are both written")]
    #[diagnostic(
        code(scenario::two_times),
        help("keep `at` for once, or `every` for repetitions; two events need two `[[timeline]]`")
    )]
    TwoTimes {
        /// `at`.
        #[label("once")]
        at: SourceSpan,
        /// `every`.
        #[label("again and again")]
        every: SourceSpan,
    },
    /// A key that only repeats have.
    #[error("`{key}` needs `every`")]
    #[diagnostic(
        code(scenario::needs_every),
        help("remove `{key}`, or replace `at` by `every`")
    )]
    NeedsEvery {
        /// The key.
        key: &'static str,
        /// Where.
        #[label("only repeated actions have `{key}`")]
        at: SourceSpan,
    },
    /// Not exactly one kind of jitter.
    #[error("`jitter` needs exactly one kind")]
    #[diagnostic(
        code(scenario::jitter),
        help(
            "write `uniform` or `normal` with a duration, or `exponential = true`, or leave `jitter` out"
        )
    )]
    Jitter {
        /// Where.
        #[label("expected one of `uniform`, `normal` and `exponential = true`")]
        at: SourceSpan,
    },
    /// No action, or no fault.
    #[error("this {table} does nothing")]
    #[diagnostic(code(scenario::nothing), help("add one of {choice}"))]
    Nothing {
        /// The table.
        table: &'static str,
        /// The keys that would do.
        choice: String,
        /// The entry.
        #[label("needs exactly one {what}")]
        at: SourceSpan,
        /// What it lacks.
        what: &'static str,
    },
    /// Two actions or two faults in one entry.
    #[error("`{first}` and `{second}` are in one {table}")]
    #[diagnostic(
        code(scenario::several),
        help("write a second {table} for `{second}`; it may have the same time")
    )]
    Several {
        /// The table.
        table: &'static str,
        /// One key.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// One place.
        #[label("`{first}`")]
        one: SourceSpan,
        /// The other place.
        #[label("and `{second}`")]
        other: SourceSpan,
    },
    /// Two orders at one instant that exclude each other.
    #[error("`{first}` and `{second}` at the same instant contradict each other")]
    #[diagnostic(
        code(scenario::contradiction),
        help(
            "both happen {time} after the start; move one of them, even by `1 s`, so that the order is defined"
        )
    )]
    Contradiction {
        /// One action.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// When.
        time: String,
        /// One place.
        #[label("`{first}`")]
        one: SourceSpan,
        /// The other place.
        #[label("`{second}` at the same instant")]
        other: SourceSpan,
    },
    /// More events than a run can take.
    #[error("the scenario has more than {limit} events")]
    #[diagnostic(
        code(scenario::too_many_events),
        help("lengthen `every`, or shorten the time over which it repeats")
    )]
    TooManyEvents {
        /// The most that are allowed.
        limit: usize,
        /// The repetition that passed the limit.
        #[label("this repetition passes the limit")]
        at: SourceSpan,
    },
    /// A bolus that would still run when the next one may begin.
    #[error("`lockout` is shorter than the bolus")]
    #[diagnostic(
        code(scenario::lockout),
        help(
            "lockout counts from start to start, so it is at least as long as the bolus, {least}: lengthen the one, or shorten the other"
        )
    )]
    LockoutTooShort {
        /// The bolus's duration.
        least: String,
        /// The bolus.
        #[label("the bolus lasts this long")]
        bolus: SourceSpan,
        /// The lockout.
        #[label("but the next may start after this")]
        lockout: SourceSpan,
    },
    /// A dose that the pump cannot give at this concentration.
    #[error("{dose} at {concentration} is a flow of {flow} mL/day, which the pump cannot give")]
    #[diagnostic(
        code(scenario::flow_out_of_range),
        help(
            "the pump gives nothing, or {} to {} mL/day: at {concentration} that is {range}",
            flows[0],
            flows[1]
        )
    )]
    FlowOutOfRange {
        /// As written.
        dose: String,
        /// In mg/mL.
        concentration: String,
        /// In mL/day.
        flow: String,
        /// The least and the most that the pump gives, in mL/day.
        flows: [String; 2],
        /// The doses that are possible.
        range: String,
        /// The dose.
        #[label("a flow of {flow} mL/day")]
        at: SourceSpan,
    },
    /// A time of day or of the week that no clock shows.
    #[error("`{written}` is no time of the {of}")]
    #[diagnostic(code(scenario::time_of_week), help("{correction}"))]
    NoTimeOfWeek {
        /// As written.
        written: String,
        /// Day or week.
        of: &'static str,
        /// Where.
        #[label("expected a time of the {of}")]
        at: SourceSpan,
        /// What may stand there instead.
        correction: Correction,
    },
    /// A schedule without steps, or with more than a pump holds.
    #[error("a schedule of {count} steps")]
    #[diagnostic(
        code(scenario::steps_of_schedule),
        help(
            "write 1 to {most} steps; a step may begin on several days: `days = \"mon-fri\"`. One dose, day and night, is `dose`"
        )
    )]
    StepsOfSchedule {
        /// How many.
        count: usize,
        /// The most that a pump holds.
        most: usize,
        /// The schedule.
        #[label("a pump holds 1 to {most} steps")]
        at: SourceSpan,
    },
    /// Two steps of a schedule that begin at the same instant.
    #[error("two steps of the schedule begin on {when}")]
    #[diagnostic(
        code(scenario::step_twice),
        help("keep one of them, or take that day out of the other's `days`")
    )]
    StepTwice {
        /// When.
        when: String,
        /// The schedule.
        #[label("which of the two doses holds?")]
        at: SourceSpan,
    },
    /// A clock that is set back to before it began.
    #[error("the clock jumps back past its beginning")]
    #[diagnostic(
        code(scenario::clock_below_zero),
        help("jump back by less, or later: the pump's clock begins at zero with the run")
    )]
    ClockBelowZero {
        /// When.
        start: String,
        /// The jump.
        #[label("at {start} the clock has not shown as much")]
        at: SourceSpan,
    },
    /// A duration for what has none.
    #[error("`{kind}` has no duration")]
    #[diagnostic(
        code(scenario::no_duration),
        help("remove `duration`: this fault happens at an instant")
    )]
    NoDuration {
        /// The kind.
        kind: &'static str,
        /// `duration`.
        #[label("it is over at once")]
        at: SourceSpan,
    },
    /// Not a mask, or one that flips nothing.
    #[error("`{written}` is no mask")]
    #[diagnostic(code(scenario::mask), help("{correction}"))]
    Mask {
        /// As written.
        written: String,
        /// Where.
        #[label("expected `0x1` to `0xffffffff`")]
        at: SourceSpan,
        /// What may stand there instead.
        correction: Correction,
    },
    /// Two keys of which one is enough.
    #[error("`{first}` and `{second}` are both written")]
    #[diagnostic(code(scenario::either_or), help("keep one of the two"))]
    EitherOr {
        /// One key.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// One place.
        #[label("this says it")]
        one: SourceSpan,
        /// The other place.
        #[label("and so does this")]
        other: SourceSpan,
    },
    /// A start of a course without a course.
    #[error("`from` needs `over`")]
    #[diagnostic(
        code(scenario::needs_over),
        help("remove `from`, or say with `over` how long it takes")
    )]
    NeedsOver {
        /// Where.
        #[label("only a fault that comes gradually starts from somewhere")]
        at: SourceSpan,
    },
    /// A severity that no gradual course reaches.
    #[error("{what} is not reached gradually")]
    #[diagnostic(code(scenario::no_way_there), help("{hint}"))]
    NoWayThere {
        /// The severity.
        what: &'static str,
        /// How to repair it.
        hint: String,
        /// Where.
        #[label("equal times are equal factors, and none leads there")]
        at: SourceSpan,
    },
    /// Something that this pump does not have.
    #[error("`{kind}` needs {lacks}, which this pump does not have")]
    #[diagnostic(
        code(scenario::other_drive),
        help("write `drive = \"{wants}\"` in `[pump]`, or remove `{kind}`")
    )]
    OtherDrive {
        /// The fault or action.
        kind: &'static str,
        /// What the pump lacks.
        lacks: &'static str,
        /// The drive that would do.
        wants: &'static str,
        /// Where.
        #[label("only a {wants} pump has this")]
        at: SourceSpan,
    },
    /// A pump without firmware.
    #[error("a constant-flow pump has no firmware")]
    #[diagnostic(
        code(scenario::no_firmware),
        help(
            "gas and a restrictor decide its flow, nothing can be programmed and no bench holds it: see `thecal accuracy`, or write `peristaltic` or `valve-gated`"
        )
    )]
    NoFirmware {
        /// Where.
        #[label("there is no pump software to test")]
        at: SourceSpan,
    },
    /// A second drug that is the first.
    #[error("the second drug is the first one again")]
    #[diagnostic(
        code(scenario::same_drug_twice),
        help(
            "a stronger fill of one drug is a `concentration` in `[pump]`; what a pharmacy got wrong is a `true-concentration` in a `refill`"
        )
    )]
    SameDrugTwice {
        /// Where.
        #[label("that is `drug` of `[pump]`")]
        at: SourceSpan,
    },
    /// A way there that is longer than the stay.
    #[error("`{way}` is longer than the stay")]
    #[diagnostic(
        code(scenario::way_too_long),
        help(
            "`duration` counts from the beginning to when the way back begins: lengthen it, or shorten `{way}`"
        )
    )]
    WayTooLong {
        /// The key of the way.
        way: &'static str,
        /// The way.
        #[label("takes longer")]
        at: SourceSpan,
        /// The stay.
        #[label("than this")]
        stay: SourceSpan,
    },
    /// Two places at the same time.
    #[error("`{second}` begins before `{first}` is over")]
    #[diagnostic(
        code(scenario::two_places),
        help(
            "the patient is in the first until {until}, the way back and the recovery included: start the second after that, at {start} it is too early"
        )
    )]
    TwoPlaces {
        /// The first.
        first: &'static str,
        /// The second.
        second: &'static str,
        /// When the first is over.
        until: String,
        /// When the second begins.
        start: String,
        /// One place.
        #[label("`{first}`")]
        one: SourceSpan,
        /// The other place.
        #[label("`{second}`")]
        other: SourceSpan,
    },
    /// Two faults of one kind at the same time.
    #[error("two faults `{kind}` overlap")]
    #[diagnostic(
        code(scenario::overlap),
        help(
            "end the first before the second starts, or write one longer fault; a fault without `duration` lasts to the end"
        )
    )]
    Overlap {
        /// The kind.
        kind: &'static str,
        /// One.
        #[label("the first lasts until {until}")]
        one: SourceSpan,
        /// The end of the first.
        until: String,
        /// The other.
        #[label("the second starts at {start}")]
        other: SourceSpan,
        /// The start of the second.
        start: String,
    },
}

impl Corrected for ScenarioMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        let at = first_place(self)?;
        Some((at, self.correction_mut()?))
    }
}

impl ScenarioMistake {
    /// What may stand in its place, where anything may.
    const fn correction_mut(&mut self) -> Option<&mut Correction> {
        match self {
            Self::UnknownChoice { correction, .. }
            | Self::NoTimeOfWeek { correction, .. }
            | Self::Mask { correction, .. } => Some(correction),
            _ => None,
        }
    }
}
