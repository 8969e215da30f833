//! Rules, and what they found.

use thecal_units::SimTime;

/// A rule of the specification.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name in records and reports.
    pub name: &'static str,
    /// The requirement that it judges.
    pub requirement: &'static str,
    /// What must be true, as a sentence without its full stop.
    pub text: &'static str,
    /// Whether a profile may leave it out; a rule of safety may not be.
    pub core: bool,
}

/// Requirements beside its own that a rule judges as well: the name of the rule, and theirs.
pub(crate) const FURTHER: &[(&str, &[&str])] = &[
    // What a recorded packet finds is a counter that is in memory, keys that are others than its own, or, if it is
    // an answer, a tag of the other direction.
    (
        "recorded-packet-is-ignored",
        &["REQ-TEL-003", "REQ-TEL-012", "REQ-TEL-031"],
    ),
    // What is forged may be of any length and content, or sealed with the key of a role that is not in use.
    ("forged-packet-is-ignored", &["REQ-TEL-011", "REQ-TEL-013"]),
    ("steps-by-count", &["REQ-STL-005"]),
    // Of a log with damaged entries the others are in reach.
    ("log-holds-its-last", &["REQ-LOG-004"]),
];

impl Rule {
    /// The requirements that it judges, its own first. A claim on one of these may rest on it.
    pub fn requirements(&self) -> impl Iterator<Item = &'static str> {
        let further = FURTHER.iter().find(|(name, _)| *name == self.name);
        let further = further.map_or(&[][..], |(_, further)| further);
        [self.requirement]
            .into_iter()
            .chain(further.iter().copied())
    }
}

/// Where a run differs from the specification.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The rule.
    pub rule: &'static Rule,
    /// When.
    pub at: SimTime,
    /// What the pump showed.
    pub observed: String,
    /// What the specification allows there.
    pub allowed: String,
}

/// What was judged by one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The rule.
    pub rule: &'static Rule,
    /// How often it said what must be, or must not be.
    pub times: u64,
    /// How often it had to allow either.
    pub either: u64,
}

/// How far apart the least and the most dose are that a run may have had. Unit: steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    /// What rounding and a battery check may move, over any span.
    pub loose: f64,
    /// What the faults of this run hide, over all of it.
    pub hidden: f64,
}

impl Band {
    /// In all.
    #[must_use]
    pub const fn steps(self) -> f64 {
        self.loose + self.hidden
    }
}

/// What the specification says of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opinion {
    /// Where they differ, in order of time.
    pub differences: Vec<Difference>,
    /// What was judged, a line for each rule, in the order of the rules.
    pub judged: Vec<Judged>,
    /// How exactly the dose was judged.
    pub band: Band,
}

impl Opinion {
    /// A rule said once what must be.
    pub(crate) fn judged(&mut self, rule: &'static Rule) {
        self.line(rule).times += 1;
    }

    /// Of the differences from number `first` on those of instants in doubt are none: either was allowed.
    pub(crate) fn excuse(&mut self, first: usize, in_doubt: impl Fn(SimTime) -> bool) {
        let found = self.differences.split_off(first);
        for difference in found {
            if in_doubt(difference.at) {
                self.either(difference.rule);
            } else {
                self.differences.push(difference);
            }
        }
    }

    /// A rule could not say what must be.
    pub(crate) fn either(&mut self, rule: &'static Rule) {
        self.line(rule).either += 1;
    }

    /// A rule said what must be, and the pump did otherwise.
    pub(crate) fn differs(
        &mut self,
        rule: &'static Rule,
        at: SimTime,
        observed: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        self.differences.push(Difference {
            rule,
            at,
            observed: observed.into(),
            allowed: allowed.into(),
        });
    }

    /// Leaves out what these rules say.
    pub(crate) fn leave_out(&mut self, which: impl Fn(&Rule) -> bool) {
        self.differences
            .retain(|difference| !which(difference.rule));
        self.judged.retain(|line| !which(line.rule));
    }

    fn line(&mut self, rule: &'static Rule) -> &mut Judged {
        let known = self.judged.iter().position(|line| line.rule == rule);
        let index = known.unwrap_or_else(|| {
            self.judged.push(Judged {
                rule,
                times: 0,
                either: 0,
            });
            self.judged.len() - 1
        });
        &mut self.judged[index]
    }
}
