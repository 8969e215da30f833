//! A check that fails in the pump's code ends that pump, not the rig: on a chip the panic handler leaves
//! a record and resets the core, and the rig sees a pump that no longer reacts.
//!
//! In this process the panic is caught where the pump was called. The first in a process is printed as
//! any panic is: it names the file, which the pump's own record does not.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use thecal_firmware::{Crash, CrashCause};

thread_local! {
    /// Whether this thread is in the pump's code, and the line of the check that failed there.
    static IN_PUMP: Cell<Option<u32>> = const { Cell::new(None) };
}

static HOOK: Once = Once::new();
static IS_TOLD: AtomicBool = AtomicBool::new(false);

/// Calls the pump; `Some` if a check failed in it. What it was called on is then in no known state.
pub(crate) fn crash_of(call: impl FnOnce()) -> Option<Crash> {
    HOOK.call_once(listen);
    IN_PUMP.set(Some(0));
    let result = catch_unwind(AssertUnwindSafe(call));
    let place = IN_PUMP.take().unwrap_or(0);
    result.err().map(|_| Crash {
        cause: CrashCause::Panic,
        place,
    })
}

fn listen() {
    let other = take_hook();
    set_hook(Box::new(move |info| {
        if IN_PUMP.get().is_some() {
            let line = info.location().map_or(0, |location| location.line());
            IN_PUMP.set(Some(line));
            if IS_TOLD.swap(true, Ordering::Relaxed) {
                return;
            }
        }
        other(info);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_fails_in_the_pump_leaves_its_line() {
        assert_eq!(crash_of(|| ()), None);
        let line = line!() + 1;
        let crash = crash_of(|| panic!("a check of the pump"));
        let expected = Crash {
            cause: CrashCause::Panic,
            place: line,
        };
        assert_eq!(crash, Some(expected));
        assert_eq!(crash_of(|| ()), None);
    }

    #[test]
    fn a_panic_of_the_rig_is_still_one() {
        let _ = crash_of(|| panic!("a check of the pump"));
        let rig = catch_unwind(|| panic!("the rig's own"));
        assert!(rig.is_err());
    }
}
