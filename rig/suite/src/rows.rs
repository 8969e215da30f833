//! The files that receive the rows of a run, written by a thread of their own: a run does not wait
//! for numbers to become text.
//!
//! Rows go there in batches, a few at most ahead of the files, so memory is bounded and a slow disk
//! slows the run.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use thecal_engine::run::{Shown, Trace, TraceRow};
use thecal_report::{PartFile, Rows};
use thecal_sim::Truth;

/// Rows of a batch: 86 kB.
const BATCH: usize = 256;

/// Batches ahead of the files.
const AHEAD: usize = 4;

/// Row files at work, each with its name.
pub(super) type Open = Vec<(&'static str, Box<dyn Rows>)>;

type Batch = Vec<(Truth, Shown)>;

/// Files that receive the rows of a run.
pub(super) struct RowFiles {
    batch: Batch,
    to_writer: Option<SyncSender<Batch>>,
    /// Batches whose rows have been written, empty: used again, so that memory is not asked for anew.
    written: Receiver<Batch>,
    writer: Option<JoinHandle<Open>>,
}

impl RowFiles {
    /// Starts to write to these files.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub(super) fn start(files: Open) -> io::Result<Self> {
        let (to_writer, batches) = sync_channel(AHEAD);
        let (to_run, written) = channel();
        let writer = thread::Builder::new()
            .name("trace".into())
            .spawn(move || write(files, &batches, &to_run))?;
        Ok(Self {
            batch: Vec::with_capacity(BATCH),
            to_writer: Some(to_writer),
            written,
            writer: Some(writer),
        })
    }

    /// Completes the files at the end of the run.
    ///
    /// # Errors
    ///
    /// The first error of any of them.
    pub(super) fn complete(mut self) -> io::Result<WholeRows> {
        self.hand_over();
        let files = self
            .end()
            .ok_or_else(|| io::Error::other("its thread panicked"))?;
        let whole = files.into_iter().map(|(name, file)| {
            let mut part = file.finish()?;
            part.flush()?;
            Ok((name, part))
        });
        whole.collect::<io::Result<_>>().map(WholeRows)
    }

    /// Passes the rows collected so far to the writer.
    fn hand_over(&mut self) {
        let empty = self.written.try_recv();
        let empty = empty.unwrap_or_else(|_| Vec::with_capacity(BATCH));
        let batch = std::mem::replace(&mut self.batch, empty);
        if let Some(to_writer) = &self.to_writer {
            // It no longer receives only if it panicked, which `complete` reports.
            drop(to_writer.send(batch));
        }
    }

    /// Waits until the writer has written what it got; `None` if it panicked.
    fn end(&mut self) -> Option<Open> {
        self.to_writer = None;
        self.writer.take()?.join().ok()
    }
}

/// The files of a run that failed are gone once it is over.
impl Drop for RowFiles {
    fn drop(&mut self) {
        drop(self.end());
    }
}

impl Trace for RowFiles {
    fn row(&mut self, row: &TraceRow<'_>) {
        self.batch.push((*row.truth, *row.shown));
        if self.batch.len() == BATCH {
            self.hand_over();
        }
    }
}

fn write(mut files: Open, batches: &Receiver<Batch>, written: &Sender<Batch>) -> Open {
    for mut batch in batches {
        for (truth, shown) in &batch {
            for (_, file) in &mut files {
                file.row(&TraceRow { truth, shown });
            }
        }
        batch.clear();
        // Fails only once the run is over.
        drop(written.send(batch));
    }
    files
}

/// Row files that are complete and still without their names.
pub(super) struct WholeRows(Vec<(&'static str, PartFile)>);

impl WholeRows {
    /// Gives the files their names in this folder.
    ///
    /// # Errors
    ///
    /// File system errors.
    pub(super) fn name(self, folder: &Path) -> io::Result<()> {
        for (name, part) in self.0 {
            part.into_inner()?.persist(folder.join(name))?;
        }
        Ok(())
    }
}
