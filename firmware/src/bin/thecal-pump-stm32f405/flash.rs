//! Flash check: whether flash holds the image that was built (REQ-POST-006).
//!
//! The checksum of the image is the checksum of its pieces' checksums. Only `cargo xtask firmware`
//! stores it in the image (seals it). An unsealed image has the erased word in its place, fails the
//! check, and so never leaves the safe state.

#![expect(
    unsafe_code,
    reason = "reads the image's own bytes, where the linker says that they are"
)]

use core::ops::Range;
use core::ptr::{addr_of, read_volatile};
use core::slice;
use thecal_link::frame::checksum;

/// A piece of the image; `image.x` lists them.
#[derive(Clone, Copy)]
#[repr(C)]
struct Piece {
    start: usize,
    len: usize,
}

const PIECES: usize = 6;

/// RM0090 2.3: 1 MiB of flash. A piece outside it counts as damage and is not read.
const FLASH: Range<usize> = 0x0800_0000..0x0810_0000;

unsafe extern "C" {
    #[link_name = "__flash_checksum"]
    static SEAL: u32;
    #[link_name = "__flash_pieces"]
    static TABLE: [Piece; PIECES];
}

/// Compares the checksum of the flash with the sealed one.
pub(crate) fn is_sound() -> bool {
    // SAFETY: `image.x` puts both, aligned to a word, into flash; the volatile reads keep the
    // compiler from assuming their content.
    let (seal, table) = unsafe {
        (
            read_volatile(addr_of!(SEAL)),
            read_volatile(addr_of!(TABLE)),
        )
    };
    let mut sums = [0; 4 * PIECES];
    for (piece, sum) in table.iter().zip(sums.as_chunks_mut().0) {
        let Some(bytes) = bytes(*piece) else {
            return false;
        };
        *sum = checksum(bytes).to_le_bytes();
    }
    checksum(&sums) == seal
}

fn bytes(piece: Piece) -> Option<&'static [u8]> {
    let end = piece.start.checked_add(piece.len)?;
    let is_flash = FLASH.contains(&piece.start) && end <= FLASH.end;
    // SAFETY: all of it is in flash, which nothing writes while the firmware runs.
    is_flash.then(|| unsafe { slice::from_raw_parts(piece.start as *const u8, piece.len) })
}
