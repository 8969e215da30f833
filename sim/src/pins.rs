//! Pins of the pump: what they show, and which may wake it.
//!
//! Terms: an event is *armed* like an enabled interrupt, and *pending* from firing until the pins
//! are taken. Firing disarms its source until it is armed again.

use thecal_units::PumpTime;

/// The pin events that may wake the pump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Armed {
    /// The next pulse without back-EMF.
    pub missed_pulse: bool,
    /// The next change of the magnetic-field switch.
    pub magnet: bool,
    /// The supply falling below this, at a pulse or at rest. Unit: mV.
    ///
    /// The comparator is evaluated at pulses and at plant ticks.
    pub supply_below_mv: Option<u16>,
}

/// Events that fired since the last take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinEvents {
    /// A pulse was missed.
    pub missed_pulse: bool,
    /// The magnetic-field switch changed.
    pub magnet: bool,
    /// The supply fell below the armed threshold.
    pub supply: bool,
}

impl PinEvents {
    /// Whether anything fired.
    #[must_use]
    pub const fn any(self) -> bool {
        self.missed_pulse || self.magnet || self.supply
    }
}

/// What the pins show now and have counted since the last take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pins {
    /// The pump's own clock.
    pub pump_clock: PumpTime,
    /// The supply between pulses. Unit: mV.
    pub supply_mv: u16,
    /// The lowest supply since the last take, including the bottom of pulses. Unit: mV.
    pub supply_min_mv: u16,
    /// The pump's temperature. Unit: 0.01 C.
    pub temperature_centi_c: i16,
    /// Pulses driven since the last take.
    pub steps_driven: u32,
    /// Pulses that moved the shaft, detected by back-EMF, since the last take.
    pub steps_sensed: u32,
    /// Whether the magnetic-field switch is closed.
    pub magnet: bool,
    /// What fired since the last take.
    pub events: PinEvents,
}

/// The pin state inside the plant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PinState {
    pub(crate) armed: Armed,
    pub(crate) events: PinEvents,
    pub(crate) magnet: bool,
    /// Steps driven and moved at the last take.
    pub(crate) taken_driven: u64,
    pub(crate) taken_moved: u64,
    /// Lowest voltage of trains replaced since the last take. Unit: mV.
    pub(crate) lowest_mv: u16,
    /// Whether the present train has fired since the last take.
    pub(crate) train_fired: bool,
}

impl Default for PinState {
    fn default() -> Self {
        Self {
            armed: Armed::default(),
            events: PinEvents::default(),
            magnet: false,
            taken_driven: 0,
            taken_moved: 0,
            lowest_mv: u16::MAX,
            train_fired: false,
        }
    }
}

impl PinState {
    /// Updates the comparator with the supply.
    pub(crate) fn see_supply(&mut self, millivolts: u16) {
        if self
            .armed
            .supply_below_mv
            .is_some_and(|threshold| millivolts < threshold)
        {
            self.armed.supply_below_mv = None;
            self.events.supply = true;
        }
    }

    /// Registers a pulse without back-EMF.
    pub(crate) fn see_miss(&mut self) {
        if self.armed.missed_pulse {
            self.armed.missed_pulse = false;
            self.events.missed_pulse = true;
        }
    }

    /// Opens or closes the magnetic-field switch.
    pub(crate) fn see_magnet(&mut self, closed: bool) {
        if closed != self.magnet && self.armed.magnet {
            self.armed.magnet = false;
            self.events.magnet = true;
        }
        self.magnet = closed;
    }
}

/// A count since the last take, saturating like the pump's counter.
pub(crate) fn counter(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
