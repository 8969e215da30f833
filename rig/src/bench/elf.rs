//! Firmware image: is it one for this pump, and which build is it.

use super::BenchError;
use object::{Architecture, Object, ObjectSegment};
use std::fmt;
use std::path::{Path, PathBuf};
use thecal_link::Hello;

/// Where the STM32F405's flash starts, and with it the vector table.
const FLASH_START: u64 = 0x0800_0000;

/// A GNU build id, as Hello carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildId(pub [u8; 20]);

impl fmt::Display for BuildId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// A firmware image that the rig may start or flash.
#[derive(Clone, Debug)]
pub struct Image {
    path: PathBuf,
    build_id: BuildId,
}

impl Image {
    /// Reads an ELF file's headers.
    ///
    /// # Errors
    ///
    /// [`BenchError::MissingImage`]; [`BenchError::BadImage`] if it is no ELF file for ARM, loads
    /// nothing at the start of flash, or carries no build id that fits Hello.
    pub fn open(path: &Path) -> Result<Self, BenchError> {
        let bad = |reason: String| BenchError::BadImage {
            path: path.to_owned(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BenchError::MissingImage {
                path: path.to_owned(),
            },
            _ => bad(error.to_string()),
        })?;
        let file = object::File::parse(bytes.as_slice()).map_err(|error| bad(error.to_string()))?;
        if file.architecture() != Architecture::Arm {
            return Err(bad(format!(
                "it is built for {:?}, not for ARM; build it with `cargo xtask firmware`",
                file.architecture()
            )));
        }
        if !file
            .segments()
            .any(|segment| segment.address() == FLASH_START && segment.size() > 0)
        {
            return Err(bad(format!(
                "it loads nothing at {FLASH_START:#010x}; is it linked for the STM32F405?"
            )));
        }
        let build_id = file
            .build_id()
            .map_err(|error| bad(error.to_string()))?
            .ok_or_else(|| bad("it has no build id; link it with --build-id=sha1".into()))?;
        let build_id = build_id.try_into().map_err(|_| {
            bad(format!(
                "its build id has {} bytes, the contract carries 20; link it with --build-id=sha1",
                build_id.len()
            ))
        })?;
        Ok(Self {
            path: path.to_owned(),
            build_id: BuildId(build_id),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which build it is.
    #[must_use]
    pub const fn build_id(&self) -> BuildId {
        self.build_id
    }

    /// Checks that the pump that answers runs this image.
    ///
    /// # Errors
    ///
    /// [`BenchError::OtherBuild`] if it does not.
    pub fn check(&self, hello: &Hello) -> Result<(), BenchError> {
        let found = BuildId(hello.build_id);
        if found == self.build_id {
            return Ok(());
        }
        Err(BenchError::OtherBuild {
            path: self.path.clone(),
            expected: self.build_id.to_string(),
            found: found.to_string(),
        })
    }
}
