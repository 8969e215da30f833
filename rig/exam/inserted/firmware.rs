
// Added to the copy's firmware by the rig's own exam (rig/exam/src/broken.rs); `COUNT` is one more
// than the bugs.

/// The bug that is on; from the start, that of the environment while this is compiled.
pub static BUG: core::sync::atomic::AtomicU32 =
    core::sync::atomic::AtomicU32::new(match option_env!("THECAL_BUG") {
        Some(text) => match u32::from_str_radix(text, 10) {
            Ok(number) => number,
            Err(_) => panic!("THECAL_BUG is no number"),
        },
        None => 0,
    });

/// The bugs that the pump came by, on or not.
pub static REACHED: [core::sync::atomic::AtomicBool; COUNT] =
    [const { core::sync::atomic::AtomicBool::new(false) }; COUNT];

/// How many more switches the pump may come by before it counts as hanging; 0: any number.
pub static PATIENCE: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);

/// The bug that is on, at a place of these bugs.
#[inline]
pub(crate) fn switched(bugs: &[usize]) -> u32 {
    use core::sync::atomic::Ordering::Relaxed;
    for bug in bugs {
        REACHED[*bug].store(true, Relaxed);
    }
    let patience = PATIENCE.load(Relaxed);
    if patience > 0 {
        assert!(patience > 1, "the pump hangs");
        PATIENCE.store(patience - 1, Relaxed);
    }
    BUG.load(Relaxed)
}
