//! What was answered beside what may be answered.

use super::course::Course;
use super::moment::Moment;
use super::patients::Asked;
use super::pump::Pump;
use super::reason::Reason;
use super::rules;
use crate::boundary::{Answer, Packet, Sender};
use crate::rule::{Opinion, Rule};
use thecal_plan::Request;

/// A question: the packet, what may be answered, and the rules that it belongs to.
struct Question<'q> {
    packet: &'q Packet<'q>,
    course: &'q Course,
    /// The rule of obeying it or not.
    rule: &'static Rule,
    /// The rule of the reason.
    reason: &'static Rule,
    /// Words of a reason, and of a pump that obeys.
    words: fn(Reason) -> &'static str,
    obeyed: &'static str,
}

impl Pump<'_> {
    /// The answer to a patient.
    pub(super) fn judge_request(
        &self,
        packet: &Packet<'_>,
        asked: Asked,
        answer: &Answer<'_>,
        opinion: &mut Opinion,
    ) {
        let course = self.bolus_asked(asked);
        let rule = match (course.refused(), course.reasons().first()) {
            (Some(reason), _) => self.rule_of_denial(asked, reason),
            (None, Some(&reason)) => rules::of_denial(reason),
            (None, None) => self.rule_of_grant(asked.moment),
        };
        let refused = match *answer {
            Answer::Denied(reason) => Some(reason),
            _ => None,
        };
        let question = Question {
            packet,
            course: &course,
            rule,
            reason: &rules::FIRST_REASON,
            words: Reason::denial,
            obeyed: "granted",
        };
        question.judge(refused, self.doubt(packet.at), opinion);
    }

    /// The answer to an order.
    pub(super) fn judge_order(
        &self,
        packet: &Packet<'_>,
        moment: Moment,
        (course, answer): (&Course, &Answer<'_>),
        opinion: &mut Opinion,
    ) {
        let refused = match *answer {
            Answer::Rejected(reason) => Some(reason),
            _ => None,
        };
        let question = Question {
            packet,
            course,
            rule: self.rule_of_order(moment, packet.request, course.refused()),
            reason: &rules::TRUE_REASON,
            words: Reason::rejection,
            obeyed: "obeyed",
        };
        question.judge(refused, self.doubt(packet.at), opinion);
    }
}

impl Question<'_> {
    /// Judges the answer: refused with these words, or obeyed; of a pump that may do anything, or has perhaps
    /// forgotten why it has to refuse.
    fn judge(&self, refused: Option<&str>, (wild, forgets): (bool, bool), opinion: &mut Opinion) {
        let must_refuse = self.course.refused().is_some() && !forgets;
        let must_obey = self.course.must_obey() && !wild;
        if must_refuse || must_obey {
            opinion.judged(self.rule);
        } else {
            opinion.either(self.rule);
        }
        let Some(given) = refused else {
            if must_refuse {
                self.differs(self.rule, opinion);
            }
            return;
        };
        if must_obey {
            return self.differs(self.rule, opinion);
        }
        if wild || !must_refuse || self.course.reasons().len() > 1 {
            opinion.either(self.reason);
        } else {
            opinion.judged(self.reason);
        }
        let mut may_be = self.course.reasons().iter();
        if !wild && !may_be.any(|&reason| (self.words)(reason) == given) {
            self.differs(self.reason, opinion);
        }
    }

    fn differs(&self, rule: &'static Rule, opinion: &mut Opinion) {
        let allowed = self.course.in_words(self.obeyed, self.words);
        opinion.differs(rule, self.packet.at, words_of(self.packet), allowed);
    }
}

/// Whether a packet got no answer, or was refused for this reason.
pub(super) fn is_silent_or(packet: &Packet<'_>, reason: Reason) -> bool {
    match packet.answer {
        None => true,
        Some(Answer::Rejected(given)) => given == reason.rejection(),
        Some(_) => false,
    }
}

/// Whether an answer is of the kind that its packet asks for.
pub(super) fn is_in_kind(packet: &Packet<'_>, answer: &Answer<'_>) -> bool {
    let is_refused = matches!(answer, Answer::Rejected(_));
    match (packet.from, packet.request) {
        (_, Request::Interrogate) => matches!(answer, Answer::Status(_)),
        (Sender::Remote(_), Request::PatientBolus { .. }) => {
            matches!(answer, Answer::Granted | Answer::Denied(_))
        }
        (Sender::Remote(_), _) | (_, Request::PatientBolus { .. }) => is_refused,
        (_, Request::ReadLog { .. }) => matches!(answer, Answer::Log(_)),
        (_, Request::ReadPrescription) => {
            is_refused || matches!(answer, Answer::Prescription(_) | Answer::Other)
        }
        (_, Request::ReadAlarms) => matches!(answer, Answer::Alarms(_) | Answer::Other),
        (_, Request::ReadHealth) => matches!(answer, Answer::Health(_) | Answer::Other),
        _ => is_refused || matches!(answer, Answer::Done),
    }
}

/// A packet and its answer in words.
pub(super) fn words_of(packet: &Packet<'_>) -> String {
    let answer = packet.answer.as_ref();
    let answer = answer.map_or("not answered".to_owned(), in_words);
    format!("{} {answer}", packet.request.name())
}

/// An answer in words.
fn in_words(answer: &Answer<'_>) -> String {
    match answer {
        Answer::Done => "obeyed".to_owned(),
        Answer::Rejected(reason) => format!("refused: {reason}"),
        Answer::Granted => "granted".to_owned(),
        Answer::Denied(reason) => format!("denied: {reason}"),
        Answer::Status(_) => "answered with the status".to_owned(),
        Answer::Prescription(_) => "answered with a prescription".to_owned(),
        Answer::Alarms(_) => "answered with alarms".to_owned(),
        Answer::Log(_) => "answered with entries of the log".to_owned(),
        Answer::Health(_) => "answered with its health".to_owned(),
        Answer::Other => "answered with something to read".to_owned(),
        Answer::Unreadable => "answered, but not readably".to_owned(),
    }
}
