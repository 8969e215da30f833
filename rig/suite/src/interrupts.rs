//! How somebody outside ends a run: Ctrl-C, or the signal of services and CI runners.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The process's exit code after a second interrupt: nobody has put anything in order.
pub const ENDED_AT_ONCE: i32 = 130;

/// Ctrl-C, and the signal by which services and CI runners end a job.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// To be made within a runtime.
    ///
    /// # Errors
    ///
    /// What the system says where a signal cannot be listened to.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next of either.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
