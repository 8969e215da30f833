//! What ends serving: one of the signals of `interrupts`, or the end of the requested time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use thecal_engine::run::Progress;
use thecal_suite::interrupts::{ENDED_AT_ONCE, Interrupts};

/// Cancels a run on an interrupt, or after a time. A second interrupt that counts ends the process.
pub(super) fn cancel_on_interrupt(
    progress: Arc<Progress>,
    after: Option<Duration>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    std::thread::Builder::new()
        .name("interrupts".into())
        .spawn(move || {
            runtime.block_on(async {
                let Ok(mut interrupts) = Interrupts::new() else {
                    return;
                };
                let time = async {
                    match after {
                        Some(after) => tokio::time::sleep(after).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = interrupts.next() => {}
                    () = time => {}
                }
                progress.cancelled.store(true, Ordering::Relaxed);
                interrupts.next().await;
                std::process::exit(ENDED_AT_ONCE);
            });
        })?;
    Ok(())
}
