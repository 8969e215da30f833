//! A Black Magic Probe on the network, with a virtual target behind it: for the `probe-rs` program
//! and the editors that use it.
//!
//! It listens on this machine only and serves one client at a time; another one is rejected at
//! once. The rig's own probe may be open at the same time: both see the same core.

mod remote;
mod wire;

use remote::{COMMAND_MAX, Remote};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use thecal_bench::virtual_probe::{Connection, VirtualTarget};
use thecal_engine::bench::BenchError;

/// A Black Magic Probe's vendor and product.
const PROBE: &str = "1d50:6018";

/// Interval between checks whether to stop.
const PATIENCE: Duration = Duration::from_millis(20);

/// Time allowed for a client to take an answer.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// A listening server. Dropping it ends it and disconnects its client.
#[derive(Debug)]
pub struct BlackMagicServer {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl BlackMagicServer {
    /// Serves a target on a port of this machine; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// [`BenchError::Serve`] if the port is taken.
    pub fn start(target: &VirtualTarget, port: u16) -> Result<Self, BenchError> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let cannot = |source| BenchError::Serve {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).map_err(cannot)?;
        listener.set_nonblocking(true).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let stop = Arc::new(AtomicBool::new(false));
        let connector = target.connector();
        let stopped = Arc::clone(&stop);
        let listener = thread::Builder::new()
            .name("black-magic".into())
            .spawn(move || listen(&listener, &connector, &stopped))
            .map_err(cannot)?;
        Ok(Self {
            address,
            stop,
            listener: Some(listener),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The value of `--probe` for the `probe-rs` program.
    #[must_use]
    pub fn selector(&self) -> String {
        format!("{PROBE}:{}", self.address)
    }
}

impl Drop for BlackMagicServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(listener) = self.listener.take() {
            // It cannot panic: it only passes connections on.
            drop(listener.join());
        }
    }
}

fn listen(listener: &TcpListener, connector: &dyn Fn() -> Connection, stop: &Arc<AtomicBool>) {
    let mut client: Option<JoinHandle<()>> = None;
    while !stop.load(Ordering::Acquire) {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(PATIENCE);
            continue;
        };
        if client.as_ref().is_some_and(|client| !client.is_finished()) {
            // Closed at once: the second client gets an error instead of waiting.
            continue;
        }
        let remote = Remote::new(connector());
        let stopped = Arc::clone(stop);
        // A client that disconnects is not an error.
        client = Some(thread::spawn(move || drop(serve(stream, remote, &stopped))));
    }
    if let Some(client) = client {
        drop(client.join());
    }
}

fn serve(mut stream: TcpStream, mut remote: Remote, stop: &AtomicBool) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(ANSWER_WAIT))?;
    let mut command = String::new();
    let mut within = false;
    let mut piece = [0; COMMAND_MAX];
    while !stop.load(Ordering::Acquire) {
        let len = match stream.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(len) => len,
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                continue;
            }
            Err(error) => return Err(error),
        };
        for &byte in piece.iter().take(len) {
            match byte {
                b'!' => {
                    command.clear();
                    within = true;
                }
                b'#' if within => {
                    within = false;
                    stream.write_all(remote.answer(&command).as_bytes())?;
                }
                _ if within && byte.is_ascii_graphic() && command.len() < COMMAND_MAX => {
                    command.push(byte.into());
                }
                // Between commands a `+` may arrive.
                _ => within = false,
            }
        }
    }
    Ok(())
}
