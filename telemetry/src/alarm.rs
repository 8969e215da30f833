//! The alarms of the reference pump, as one table.
//!
//! A row is all that is to be said of an alarm beside the control that raises it (REQ-ALM-004, REQ-ALM-005): its
//! bit in a status, its name, priority and effect. The firmware, its programmer and
//! `docs/alarms.md` read the rows. Which tone sounds when follows from the priority
//! ([`Priority`]); the intervals are prescribed.

/// How much an alarm matters; decides on its tone and on how often that is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Two tones for three seconds, each critical interval. Bits 0 to 7.
    Critical,
    /// One tone for one second, each non-critical interval. Bits 8 to 15.
    NonCritical,
}

/// What becomes of the continuous infusion while the cause of an alarm lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It continues.
    Continues,
    /// The motor is cut within the stroke.
    StopsNow,
    /// The stroke is finished, then it stops.
    StopsAfterStroke,
    /// It is stopped already.
    Stopped,
}

/// One alarm.
#[derive(Clone, Copy, Debug)]
pub struct AlarmRow {
    /// Its bit.
    pub alarm: Alarms,
    /// Its name in reports and documents: that of the constant, with spaces.
    pub name: &'static str,
    /// Its priority.
    pub priority: Priority,
    /// What raises it.
    pub raised: &'static str,
    /// What ends its cause.
    pub ends: &'static str,
    /// What becomes of the continuous infusion.
    pub flow: Flow,
    /// Whether it denies patient boluses as long as it is active; a motor that is stalled, or a pump that
    /// is stopped, denies them whether or not it is alarmed.
    pub denies_boluses: bool,
}

/// Most alarms that a pump can have: the bits of [`Alarms`].
pub const ALARMS_MAX: usize = 16;

/// The alarms that are active, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alarms(pub u16);

impl Alarms {
    /// The bits of the critical alarms.
    pub const CRITICAL: u16 = 0x00ff;

    /// The alarms while which no patient bolus is granted.
    pub const DENYING_BOLUSES: Self = {
        let mut alarms = Self(0);
        let mut rows = ALARMS;
        while let Some((row, rest)) = rows.split_first() {
            if row.denies_boluses {
                alarms = alarms.with(row.alarm);
            }
            rows = rest;
        }
        alarms
    };

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is among these.
    #[must_use]
    pub const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// These and `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These without `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether any critical alarm is active.
    #[must_use]
    pub const fn any_critical(self) -> bool {
        self.0 & Self::CRITICAL != 0
    }

    /// The rows of these, by bit; a bit without a row is left out.
    pub fn rows(self) -> impl Iterator<Item = &'static AlarmRow> {
        ALARMS.iter().filter(move |row| self.has(row.alarm))
    }
}

/// The name of a constant in words: `MOTOR_STALL` becomes `motor stall`.
const fn words<const LEN: usize>(constant: &str) -> [u8; LEN] {
    let mut words = [b' '; LEN];
    let mut at = 0;
    while at < LEN {
        let letter = constant.as_bytes()[at];
        if letter != b'_' {
            words[at] = letter.to_ascii_lowercase();
        }
        at += 1;
    }
    words
}

macro_rules! alarms {
    ($($name:ident = $bit:literal {
        priority: $priority:ident,
        raised: $raised:literal,
        ends: $ends:literal,
        flow: $flow:ident,
        denies_boluses: $denies:literal,
    })*) => {
        impl Alarms {
            $(
                #[doc = concat!("Raised: ", $raised, ".")]
                pub const $name: Self = Self($bit);
            )*
        }

        /// Every alarm, by its bit.
        pub const ALARMS: &[AlarmRow] = &[$(
            AlarmRow {
                alarm: Alarms::$name,
                name: {
                    const WORDS: [u8; stringify!($name).len()] = words(stringify!($name));
                    match core::str::from_utf8(&WORDS) {
                        Ok(name) => name,
                        Err(_) => panic!("the name of an alarm is of ASCII letters"),
                    }
                },
                priority: Priority::$priority,
                raised: $raised,
                ends: $ends,
                flow: Flow::$flow,
                denies_boluses: $denies,
            },
        )*];
    };
}

const _: () = {
    let (mut rows, mut lower) = (ALARMS, 0);
    while let Some((row, rest)) = rows.split_first() {
        let bit = row.alarm.0;
        assert!(bit.is_power_of_two(), "an alarm is one bit");
        assert!(bit > lower, "the rows are in order of their bits");
        let is_critical = matches!(row.priority, Priority::Critical);
        assert!(
            row.alarm.any_critical() == is_critical,
            "bits 0 to 7 are critical, bits 8 to 15 are not"
        );
        (rows, lower) = (rest, bit);
    }
};

// Numbers are pinned.
alarms! {
    MOTOR_STALL = 0x0001 {
        priority: Critical,
        raised: "three retries failed to restart a stalled motor, or it stalled a third time in ten minutes",
        ends: "the motor turns again, and has proved it (REQ-STL-010)",
        flow: StopsNow,
        denies_boluses: false,
    }
    EMPTY_RESERVOIR = 0x0002 {
        priority: Critical,
        raised: "the counted volume is zero",
        ends: "a refill",
        flow: StopsAfterStroke,
        denies_boluses: true,
    }
    MEMORY = 0x0004 {
        priority: Critical,
        raised: "a write to non-volatile memory was not confirmed as durable, or no bank of a record is intact",
        ends: "a failed write: once the repeated writes are confirmed as durable; a lost record: at once, it reports an event",
        flow: Continues,
        denies_boluses: true,
    }
    RESET = 0x0008 {
        priority: Critical,
        raised: "a reset by the watchdog or by low supply",
        ends: "at once: it reports an event",
        flow: Continues,
        denies_boluses: false,
    }
    END_OF_SERVICE = 0x0010 {
        priority: Critical,
        raised: "replacement is due, and 90 days have passed or three consecutive checks under load are below 2.3 V",
        ends: "never",
        flow: Continues,
        denies_boluses: false,
    }
    STOPPED_FOR_LONG = 0x0020 {
        priority: Critical,
        raised: "a programmed pump has infused nothing for 48 hours: it is stopped, or programmed to nothing",
        ends: "the infusion is started, or drug is due again",
        flow: Stopped,
        denies_boluses: false,
    }
    SAFE_STATE = 0x0040 {
        priority: Critical,
        raised: "the prescription or the state is lost, the image in flash is damaged, or five resets by the watchdog or by low supply came, each within ten minutes of the one before",
        ends: "a prescription is committed",
        flow: Stopped,
        denies_boluses: true,
    }
    INFUSION_ENDED_WITH_THE_BATTERY = 0x0080 {
        priority: Critical,
        raised: "end of service, three consecutive checks under load are below 2.2 V, and a second source agrees: 90 days since replacement became due, or a reset by low supply in the last day that no bolus explains",
        ends: "the infusion is started again",
        flow: StopsAfterStroke,
        denies_boluses: true,
    }
    LOW_RESERVOIR = 0x0100 {
        priority: NonCritical,
        raised: "the counted volume is at or below the low-reservoir limit",
        ends: "a refill, or a lower limit",
        flow: Continues,
        denies_boluses: false,
    }
    STUCK_BUTTON = 0x0200 {
        priority: NonCritical,
        raised: "a remote has repeated one press for three minutes",
        ends: "at once: it reports an event",
        flow: Continues,
        denies_boluses: false,
    }
    ELECTIVE_REPLACEMENT = 0x0400 {
        priority: NonCritical,
        raised: "three consecutive checks under load are below 2.5 V",
        ends: "never",
        flow: Continues,
        denies_boluses: false,
    }
    UPDATE_ABANDONED = 0x0800 {
        priority: NonCritical,
        raised: "an update session ended by time-out or by a reset",
        ends: "at once: it reports an event",
        flow: Continues,
        denies_boluses: false,
    }
    CLOCK_IMPLAUSIBLE = 0x1000 {
        priority: NonCritical,
        raised: "the clock reads more than a century; dosing and lockouts use only elapsed time and go on",
        ends: "the clock shows less than a century",
        flow: Continues,
        denies_boluses: false,
    }
}
