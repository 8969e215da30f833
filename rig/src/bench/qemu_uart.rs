//! Under construction.
use super::{Bench, BenchError, Exchange};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
/// Stub.
pub struct QemuUart;
impl QemuUart {
    /// Stub.
    /// # Errors
    /// none
    pub fn start(_: &std::path::Path, _: Option<usize>) -> Result<Self, BenchError> {
        Ok(Self)
    }
}
impl Bench for QemuUart {
    fn boot(&mut self, _: &Boot, _: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        Err(BenchError::MissingProgram {
            program: "x",
            fix: "y",
        })
    }
    fn exchange(&mut self, _: &Stimulus, _: &mut Reaction) -> Result<Exchange, BenchError> {
        Ok(Exchange::Hung)
    }
}
