//! The rules of requests and orders, and which of them a reason belongs to.

use super::reason::Reason;
use crate::rule::Rule;
use thecal_plan::Request;

macro_rules! rules {
    ($($ident:ident $name:literal $requirement:literal $core:literal $text:literal;)*) => {
        $(
            pub(super) static $ident: Rule = Rule {
                name: $name,
                requirement: $requirement,
                text: $text,
                core: $core,
            };
        )*

        /// The rules of requests and orders.
        pub(crate) static RULES: &[&Rule] = &[$(&$ident),*];
    };
}

rules! {
    GRANTED "request-is-granted" "REQ-BOL-003" false
        "a patient's request that nothing forbids is granted";
    AFTER_OTHERS "other-boluses-start-no-lockout" "REQ-BOL-031" false
        "a clinician's or a priming bolus starts no lockout";
    MAGNET_GONE "magnet-latches-nothing" "REQ-MAG-003" false
        "when the magnet switch opens, boluses are granted as if it had never closed";
    FIRST_REASON "denial-names-its-reason" "REQ-BOL-024" false
        "a denial names the first reason that applies";
    UNPROGRAMMED "no-bolus-without-prescription" "REQ-BOL-026" true
        "no patient bolus is granted without a prescription";
    DISABLED "no-bolus-if-disabled" "REQ-BOL-025" true
        "no patient bolus is granted if the prescription has none";
    MODE "no-bolus-in-this-mode" "REQ-BOL-027" true
        "no patient bolus is granted unless the pump infuses";
    STALLED "no-bolus-in-a-stall" "REQ-STL-003" true
        "no bolus is granted until a stall is over";
    ALARMED "no-bolus-under-the-alarm" "REQ-BOL-028" true
        "no patient bolus is granted while an alarm forbids it";
    MAGNET "no-bolus-near-a-magnet" "REQ-MAG-002" true
        "no patient bolus is granted while the magnet switch is closed";
    BRIDGE "no-bolus-while-bridging" "REQ-THE-017" true
        "no bolus is given, and no bridge begun, while old drug moves behind a refill";
    PRESS "press-is-one-request" "REQ-BOL-009" true
        "a press is one request, however often it arrives";
    PRESS_KEPT "press-outlasts-a-reset" "REQ-BOL-034" true
        "a press is one request also over a reset";
    BOUNCE "bouncing-is-one-press" "REQ-BOL-016" true
        "a press that follows the last packet of its remote at once is the press before";
    LOCKED_OUT "lockout" "REQ-BOL-004" true
        "no patient bolus starts before the lockout since the last one has passed";
    A_DAY "daily-maximum" "REQ-BOL-005" true
        "no more patient boluses start in 24 hours than the daily maximum";
    ROOM "record-of-a-bolus-is-kept" "REQ-BOL-015" true
        "no bolus is given whose record would overwrite one of the last 24 hours";
    LIMIT "dose-limit" "REQ-BOL-014" true
        "no patient bolus is granted that could exceed a dose limit";
    HIGHEST "higher-dose-counts-for-a-day" "REQ-BOL-043" true
        "a continuous dose that was higher counts in the dose limits for a day";
    CUT_COUNTS "cut-bolus-counts" "REQ-BOL-006" true
        "a bolus that was cut short counts in full";
    OFF "time-off-counts-for-no-lockout" "REQ-CLK-004" true
        "time without power or in reset counts for no lockout and no window";
    JUMP "jump-frees-no-bolus" "REQ-CLK-001" true
        "a jump of the clock counts for no lockout and no window";
    BESIDE "one-bolus-at-a-time" "REQ-BOL-029" true
        "no patient bolus is granted while another is given";
    ANSWERED "genuine-packet-is-answered" "REQ-TEL-021" false
        "a genuine packet is answered in kind";
    HEARD "receiver-is-on" "REQ-WDG-006" false
        "a pump that runs hears what is sent to it";
    RECORDED "recorded-packet-is-ignored" "REQ-TEL-002" true
        "a packet that was sent before is neither obeyed nor answered";
    FORGED "forged-packet-is-ignored" "REQ-TEL-001" true
        "a packet whose tag is wrong, or whose content no command has, is neither obeyed nor answered";
    KEYLESS "pump-without-keys" "REQ-TEL-004" true
        "a pump without keys gives its challenge and takes keys, and obeys nothing else";
    KEYED "keys-are-taken-once" "REQ-TEL-024" true
        "a pump with keys gives no challenge and takes no other keys";
    REMOTES "remotes-may-only-request" "REQ-TEL-005" true
        "remotes may request boluses and the status, and only they boluses of the patient";
    READ "what-is-read-is-shown" "REQ-TEL-034" false
        "what is read is answered in every mode, and alarms are silenced";
    PRESCRIPTION "prescription-is-shown" "REQ-TEL-009" false
        "the prescription is shown if there is one";
    START "start-is-obeyed-or-refused" "REQ-THE-019" true
        "a start or a stop is refused only for what it cannot act on";
    CLINICIAN "clinician-bolus-is-arbitrated" "REQ-BOL-038" true
        "a clinician's bolus needs a running infusion and no other bolus";
    NOT_BY_LIMITS "clinician-bolus-has-no-limits" "REQ-BOL-039" false
        "no lockout, limit, alarm or magnet refuses a clinician's bolus";
    BOLUS_RANGE "bolus-in-range" "REQ-BOL-022" true
        "a bolus of less than one step or of more than 24 hours is refused";
    REFILL "refill-is-checked" "REQ-RES-010" true
        "a refill is refused above 40 mL, with a drug that the prescription does not allow, or in a bolus";
    RANGES "prescription-in-range" "REQ-THE-046" true
        "a prescription with a value out of range is refused";
    WEEK "schedule-in-range" "REQ-THE-030" true
        "a schedule with steps that cannot be, or two at once, is refused";
    LIMIT_ROOM "limit-has-room" "REQ-BOL-044" true
        "a dose limit without room for the infusion and one bolus is refused";
    SESSION "session-keeps-order" "REQ-THE-022" true
        "Stage and Commit need a session, and Commit what was staged in it";
    TIMED_OUT "session-times-out" "REQ-THE-005" true
        "a session ends three minutes after the last packet of the clinician";
    SESSION_CUT "reset-ends-a-session" "REQ-THE-025" true
        "a reset ends a session";
    REFILLED "refill-drops-what-is-staged" "REQ-THE-048" true
        "what was staged before a refill is not put in force";
    REFUSED_STAGE "refused-stage-leaves-the-last" "REQ-THE-047" true
        "a prescription that is refused leaves the one staged before";
    COMMIT "commit-waits-for-a-bolus" "REQ-THE-022" true
        "a prescription is put in force, unless a bolus is given";
    OPENED "session-is-opened" "REQ-THE-045" false
        "a session is opened unless a priming bolus is given";
    CLOSED "session-is-closed" "REQ-THE-028" false
        "a session is closed, or none is";
    BRIDGE_FLOW "bridge-in-range" "REQ-THE-022" true
        "no prescription is taken whose dose needs more of the old drug than may flow";
    PRIMING "priming-only-while-stopped" "REQ-THE-037" true
        "a priming bolus is given only while the infusion is stopped";
    PRIMED "primed-once" "REQ-THE-015" true
        "a primed pump is primed again only after declared work on the catheter";
    IN_PRIMING "nothing-while-priming" "REQ-THE-040" true
        "while a priming bolus is given nothing else begins";
    WORK "work-is-declared" "REQ-THE-053" false
        "work on the catheter is taken down unless a priming bolus is given";
    TRUE_REASON "refusal-names-its-reason" "REQ-TEL-015" false
        "a refusal names the first reason that applies";
}

/// The rule by which a patient's request is denied for a reason.
pub(super) const fn of_denial(reason: Reason) -> &'static Rule {
    match reason {
        Reason::NotProgrammed => &UNPROGRAMMED,
        Reason::Disabled => &DISABLED,
        Reason::Stalled => &STALLED,
        Reason::Alarm => &ALARMED,
        Reason::Magnet => &MAGNET,
        Reason::Bridging => &BRIDGE,
        Reason::SamePress => &PRESS,
        Reason::Lockout => &LOCKED_OUT,
        Reason::DailyMaximum => &A_DAY,
        Reason::DoseLimit => &LIMIT,
        Reason::InBolus => &BESIDE,
        _ => &MODE,
    }
}

/// The rule by which an order is refused for a reason, or obeyed.
pub(super) const fn of_order(request: &Request, refused: Option<Reason>) -> &'static Rule {
    use Reason as R;
    match (request, refused) {
        (_, Some(R::NotAllowed)) => &REMOTES,
        (_, Some(R::Bridging)) => &BRIDGE,
        (_, Some(R::BridgeFlow)) => &BRIDGE_FLOW,
        (_, Some(R::NoRoom)) => &ROOM,
        (_, Some(R::AlreadyPrimed)) => &PRIMED,
        (_, Some(R::Priming)) => &IN_PRIMING,
        (_, Some(R::NoSession | R::NothingStaged | R::NotStored | R::OtherChecksum)) => &SESSION,
        (Request::Refill { .. }, _) => &REFILL,
        (Request::ClinicianBolus { .. }, Some(R::BolusDoseRange | R::BolusDurationRange)) => {
            &BOLUS_RANGE
        }
        (Request::ClinicianBolus { .. }, None) => &NOT_BY_LIMITS,
        (Request::ClinicianBolus { .. }, _) => &CLINICIAN,
        (Request::Stage(_) | Request::Program(_), Some(R::ScheduleRange)) => &WEEK,
        (
            Request::Stage(_) | Request::Program(_),
            Some(R::HourLimit | R::FourHoursLimit | R::DayLimit),
        ) => &LIMIT_ROOM,
        (Request::Stage(_) | Request::Program(_), _) => &RANGES,
        (Request::Commit, _) => &COMMIT,
        (Request::OpenUpdate { .. }, _) => &OPENED,
        (Request::CloseUpdate, _) => &CLOSED,
        (Request::PrimingBolus, _) => &PRIMING,
        (Request::DeclareWork(_), _) => &WORK,
        (Request::Start | Request::Stop, _) => &START,
        (Request::ReadPrescription, _) => &PRESCRIPTION,
        _ => &READ,
    }
}
