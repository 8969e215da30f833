//! Signals: the named series, each with a unit, that expectations and traces speak of.
//!
//! Origins, never mixed up: `true.*` is what the patient actually got and felt (the plant),
//! `commanded.*` is what the pump's motor moved times what was programmed, `entered.*` is what a
//! person told the pump, `counted.*` follows from these, and everything else is what the pump shows
//! outside (its sounder, its answers, its event log). No signal comes from
//! inside the firmware.

use std::fmt;
use thecal_units::Millis;

/// What a signal's numbers mean, so that a limit can be written in any unit of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// A volume; base unit mL.
    Volume,
    /// A mass of drug; base unit ug.
    Mass,
    /// A concentration; base unit ug/mL.
    Concentration,
    /// A fraction from 0 to 1; written as a bare number or in %.
    Fraction,
    /// A count or a state of 0 or 1; written as a bare number.
    Count,
    /// A pressure above ambient; base unit kPa.
    Pressure,
    /// An electric potential; base unit V.
    Potential,
}

macro_rules! signals {
    ($($variant:ident, $name:literal, $dimension:ident, $doc:literal;)*) => {
        /// One named series.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Signal {
            $(#[doc = $doc] $variant,)*
        }

        impl Signal {
            /// Every signal, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name used in scenario files and traces.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether it is what the patient truly got and felt.
            #[must_use]
            pub fn is_true(self) -> bool {
                self.name().starts_with("true.")
            }

            /// What the numbers mean.
            #[must_use]
            pub const fn dimension(self) -> Dimension {
                match self { $(Self::$variant => Dimension::$dimension,)* }
            }

            /// One sentence about it.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

signals! {
    TrueInfusedVolume, "true.infused-volume", Volume, "Volume that left the catheter tip since the start.";
    TrueDose, "true.dose", Mass, "Drug that entered the cerebrospinal fluid since the start.";
    TrueDose1h, "true.dose-1h", Mass, "Drug that entered the cerebrospinal fluid in the last hour.";
    TrueDose24h, "true.dose-24h", Mass, "Drug that entered the cerebrospinal fluid in the last 24 hours.";
    TrueReservoir, "true.reservoir", Volume, "Actual volume left in the reservoir.";
    TrueConcentration, "true.concentration", Concentration, "Actual concentration in the reservoir.";
    TrueTip, "true.csf-tip", Concentration, "Concentration in the cerebrospinal fluid at the catheter tip.";
    TrueCisterna, "true.csf-cisterna", Concentration, "Concentration in the cisterna magna.";
    TruePlasma, "true.plasma", Concentration, "Concentration in plasma.";
    TrueEffect, "true.effect", Fraction, "Wanted effect (analgesia, or relief of spasticity).";
    TrueToxicity, "true.toxicity", Fraction, "Unwanted effect (respiratory depression, overdose).";
    TrueWithdrawal, "true.withdrawal", Fraction, "Severity of withdrawal.";
    TrueMissedSteps, "true.missed-steps", Count, "Motor pulses that moved nothing since the start.";
    CommandedVolume, "commanded.volume", Volume, "Steps that moved times the nominal step volume.";
    CommandedDose, "commanded.dose", Mass, "Commanded volume times the programmed concentration, excluding priming boluses.";
    CommandedDose1h, "commanded.dose-1h", Mass, "Commanded dose of the last hour.";
    CommandedDose4h, "commanded.dose-4h", Mass, "Commanded dose of the last 4 hours.";
    CommandedDose24h, "commanded.dose-24h", Mass, "Commanded dose of the last 24 hours.";
    CountedReservoir, "counted.reservoir", Volume, "What is left in the reservoir by count: the volume entered at the last refill, less the commanded volume since.";
    EnteredReservoir, "entered.reservoir", Volume, "Reservoir volume entered at the last refill; 0 before the first.";
    EnteredConcentration, "entered.concentration", Concentration, "Concentration by which the pump turns doses into steps, as entered; 0 before it is.";
    EnteredCatheter, "entered.catheter", Volume, "Catheter volume entered, which a priming or bridge bolus fills; 0 before it is.";
    EnteredDose, "entered.dose", Mass, "Continuous dose a day that was entered, of a week with a schedule the mean day; 0 before it is.";
    AlarmCritical, "alarm.critical", Count, "1 while the pump sounds its critical (two-tone) alarm within its repeat interval.";
    AlarmNonCritical, "alarm.non-critical", Count, "1 while the pump sounds its non-critical (single-tone) alarm within its repeat interval.";
    BolusRequested, "bolus.requested", Count, "Patient requests sent by remotes since the start.";
    BolusGranted, "bolus.granted", Count, "Patient boluses that the pump said it granted since the start.";
    BolusDenied, "bolus.denied", Count, "Patient requests that the pump said it denied since the start.";
    LogStall, "log.motor-stall", Count, "Motor stalls in the pump's event log, at the time the log gives.";
    LogRecovery, "log.stall-recovery", Count, "Stall recoveries in the pump's event log.";
    LogLowReservoir, "log.low-reservoir", Count, "Low-reservoir events in the pump's event log.";
    LogEmptyReservoir, "log.empty-reservoir", Count, "Empty-reservoir events in the pump's event log.";
    LogReset, "log.reset", Count, "Resets in the pump's event log, excluding the first power-on.";
    LogClockJump, "log.clock-jump", Count, "Jumps of the clock in the pump's event log.";
    LogUpdateAbandoned, "log.update-abandoned", Count, "Abandoned update sessions in the pump's event log.";
    LogElectiveReplacement, "log.elective-replacement", Count, "Elective replacements due in the pump's event log.";
    LogEndOfService, "log.end-of-service", Count, "End-of-service events in the pump's event log.";
    LogRefused, "log.refused", Count, "Refused commands in the pump's event log.";
    LogCatheterWork, "log.catheter-work", Count, "Declared work on the catheter in the pump's event log.";
    LogMemoryFault, "log.memory-fault", Count, "Damaged records and lost writes in the pump's event log.";
    Resets, "reset", Count, "Resets of the pump that the rig saw at its pins, excluding the first power-on.";
    TrueOutletPressure, "true.outlet-pressure", Pressure, "Pressure at the pump's outlet, above that of the surroundings.";
    SupplyVoltage, "supply", Potential, "Supply voltage at the pump's pins.";
}

impl Signal {
    /// The length of the window that ends now and that it is the sum of; `None`: it is no such sum.
    #[must_use]
    pub const fn window(self) -> Option<Millis> {
        match self {
            Self::TrueDose1h | Self::CommandedDose1h => Some(Millis::HOUR),
            Self::CommandedDose4h => Some(Millis::HOUR.times(4)),
            Self::TrueDose24h | Self::CommandedDose24h => Some(Millis::DAY),
            _ => None,
        }
    }

    /// Whether the signal only counts upwards, so that each further count is an event.
    #[must_use]
    pub const fn counts_up(self) -> bool {
        matches!(
            self,
            Self::BolusRequested
                | Self::BolusGranted
                | Self::BolusDenied
                | Self::LogStall
                | Self::LogRecovery
                | Self::LogLowReservoir
                | Self::LogEmptyReservoir
                | Self::LogReset
                | Self::LogClockJump
                | Self::LogUpdateAbandoned
                | Self::LogElectiveReplacement
                | Self::LogEndOfService
                | Self::LogRefused
                | Self::LogCatheterWork
                | Self::LogMemoryFault
                | Self::Resets
                | Self::TrueMissedSteps
        )
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
