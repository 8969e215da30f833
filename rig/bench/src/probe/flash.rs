//! Flashing: makes sure that the board holds the expected image.

use super::ProbedCore;
use crate::elf::Image;
use thecal_engine::bench::{BenchError, BuildId};

/// Whether another image on the board may be replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flashing {
    /// Never: another image is an error.
    #[default]
    Never,
    /// If the build id in flash differs.
    IfNeeded,
    /// Always, once each time the bench is opened.
    Always,
}

impl ProbedCore {
    /// Compares the build id in flash with the image's, and flashes if allowed.
    pub(crate) fn make_sure(
        &mut self,
        image: &Image,
        flashing: Flashing,
    ) -> Result<(), BenchError> {
        if flashing != Flashing::Always && found(self, image)? == image.build_id() {
            return Ok(());
        }
        if flashing != Flashing::Never {
            self.flash(&image.pieces()?)?;
        }
        let found = found(self, image)?;
        if found == image.build_id() {
            return Ok(());
        }
        Err(BenchError::OtherFlash {
            probe: self.name().to_owned(),
            path: image.path().to_owned(),
            expected: image.build_id().to_string(),
            found: found.to_string(),
        })
    }
}

fn found(core: &mut ProbedCore, image: &Image) -> Result<BuildId, BenchError> {
    let mut id = [0; 20];
    if let Some(address) = image.build_id_address() {
        core.read(address, &mut id)?;
    }
    Ok(BuildId(id))
}
