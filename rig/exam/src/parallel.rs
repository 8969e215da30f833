//! Several at a time: each job takes the next, and has a scratch folder of its own.

use crate::ExamError;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

/// Works on all items, `jobs` at a time, each with a folder in `scratch`; `done` receives what is made of
/// one as soon as it is known, and may end the rest by an error.
pub(crate) fn each<T: Sync, M: Send>(
    items: &[T],
    (jobs, scratch): (usize, &Path),
    work: impl Fn(&T, &Path) -> Result<M, ExamError> + Sync,
    mut done: impl FnMut(M) -> Result<(), ExamError>,
) -> Result<(), ExamError> {
    fs::create_dir_all(scratch).map_err(|error| ExamError::file(scratch, &error))?;
    let next = AtomicUsize::new(0);
    let (sender, made) = channel();
    thread::scope(|scope| {
        for job in 0..jobs.max(1) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            let out = scratch.join(format!("run-{job}"));
            scope.spawn(move || {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // The receiver is gone once the rest has ended by an error.
                    if sender.send(work(item, &out)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for one in made {
            done(one?)?;
        }
        Ok(())
    })
}
