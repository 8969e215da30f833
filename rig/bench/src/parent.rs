//! Processes that the rig starts never outlive it.

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getpid, getppid};
use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Asks the kernel to kill the process when the thread that starts it ends.
#[expect(
    unsafe_code,
    reason = "the request must come from the new process, before it becomes another program"
)]
pub fn die_with_parent(command: &mut Command) {
    let parent: Pid = getpid();
    let ask = move || {
        set_pdeathsig(Signal::SIGKILL)?;
        // The parent may have died before the request: then no signal will come.
        if getppid() == parent {
            Ok(())
        } else {
            Err(ErrorKind::BrokenPipe.into())
        }
    };
    // SAFETY: between fork and exec `ask` makes two system calls and compares two numbers; it
    // takes no lock and allocates nothing.
    unsafe {
        command.pre_exec(ask);
    }
}
