//! Numbers as text, fast: each with decimals that are fixed, trailing zeros left out.
//!
//! A number is scaled to an integer and its digits are written two at a time, which takes two thirds of the
//! instructions of the shortest decimal that reads back as its bits. One that would have fewer than seven
//! significant digits, or is too large, is written as that.

use thecal_units::SimTime;

/// Below this a scaled number has fewer than seven digits.
const FEW: f64 = 1e6;

/// Above this a scaled number is beyond the integers that are exact.
const MANY: f64 = 9e15;

/// More bytes than any number has.
const NUMBER: usize = 40;

/// The digits of 0 to 99.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut of = 0;
    while of < 100 {
        pairs[of as usize] = [b'0' + of / 10, b'0' + of % 10];
        of += 1;
    }
    pairs
};

/// Rows of fields as text, each field followed by a comma or by the end of its row.
pub(super) struct Fields {
    bytes: Box<[u8]>,
    length: usize,
}

impl Fields {
    /// With room for this many bytes; more are dropped.
    pub(super) fn of(room: usize) -> Self {
        Self {
            bytes: vec![0; room].into(),
            length: 0,
        }
    }

    pub(super) fn written(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(super) const fn clear(&mut self) {
        self.length = 0;
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
            self.length = end;
        }
    }

    fn byte(&mut self, byte: u8) {
        if let Some(room) = self.bytes.get_mut(self.length) {
            *room = byte;
            self.length += 1;
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.byte(b',');
    }

    pub(super) fn count(&mut self, count: u64) {
        match u8::try_from(count) {
            // Most counts of most rows.
            Ok(digit @ 0..10) => {
                self.byte(b'0' + digit);
                self.byte(b',');
            }
            _ => self.text(itoa::Buffer::new().format(count)),
        }
    }

    /// A number with at most this many decimals, an even number of them or one more.
    pub(super) fn number<const DECIMALS: usize>(&mut self, number: f64) {
        let scale = const { ten_to(DECIMALS) };
        #[expect(clippy::cast_precision_loss, reason = "a power of ten below 2^53")]
        let scaled = number.abs() * scale as f64 + 0.5;
        if !(FEW..MANY).contains(&scaled) {
            return self.shortest(number);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the bounds above; the fraction is cut off to round"
        )]
        let scaled = scaled as u64;
        if number < 0.0 {
            self.byte(b'-');
        }
        let (whole, fraction) = (scaled / scale, scaled % scale);
        match PAIRS.get(usize::try_from(whole).unwrap_or(usize::MAX)) {
            Some(&[tens, ones]) => {
                if tens > b'0' {
                    self.byte(tens);
                }
                self.byte(ones);
            }
            None => self.bytes(itoa::Buffer::new().format(whole).as_bytes()),
        }
        self.decimals::<DECIMALS>(fraction);
    }

    /// The point, the digits of a fraction without trailing zeros but for the first, and the comma.
    ///
    /// Byte by byte at fixed places: a copy of two bytes would be a call.
    fn decimals<const DECIMALS: usize>(&mut self, mut fraction: u64) {
        let room = self.bytes.get_mut(self.length..);
        let Some(room) = room.and_then(|room| room.first_chunk_mut::<NUMBER>()) else {
            return;
        };
        let (point, digits) = room.split_at_mut(1);
        point[0] = b'.';
        let mut pairs = digits[..DECIMALS].rchunks_exact_mut(2);
        for pair in &mut pairs {
            let digits = PAIRS[(fraction % 100) as usize];
            if let [tens, ones] = pair {
                (*tens, *ones) = (digits[0], digits[1]);
            }
            fraction /= 100;
        }
        if let [first] = pairs.into_remainder() {
            *first = b'0' + (fraction % 10) as u8;
        }
        let mut length = 1 + DECIMALS;
        while length > 2 && room[length - 1] == b'0' {
            length -= 1;
        }
        room[length] = b',';
        self.length += length + 1;
    }

    /// The shortest decimal that reads back as this number.
    #[inline(never)]
    fn shortest(&mut self, number: f64) {
        if number == 0.0 {
            self.byte(b'0');
            self.byte(b'.');
            self.byte(b'0');
            self.byte(b',');
        } else {
            self.text(zmij::Buffer::new().format(number));
        }
    }

    /// An instant in seconds, with three decimals.
    pub(super) fn seconds(&mut self, at: SimTime) {
        let (seconds, millis) = (at.as_millis() / 1_000, at.as_millis() % 1_000);
        self.bytes(itoa::Buffer::new().format(seconds).as_bytes());
        // With a leading 1, which the point replaces, the zeros are written too.
        let at = self.length;
        self.count(1_000 + millis);
        if let Some(digit) = self.bytes.get_mut(at) {
            *digit = b'.';
        }
    }

    /// Ends the row.
    pub(super) fn end(&mut self) {
        let last = self.length.checked_sub(1);
        if let Some(comma) = last.and_then(|last| self.bytes.get_mut(last)) {
            *comma = b'\n';
        }
    }
}

/// A power of ten.
const fn ten_to(exponent: usize) -> u64 {
    let (mut power, mut left) = (1, exponent);
    while left > 0 {
        power *= 10;
        left -= 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<const DECIMALS: usize>(number: f64) -> String {
        let mut fields = Fields::of(100);
        fields.number::<DECIMALS>(number);
        let text = std::str::from_utf8(fields.written()).expect("digits");
        text.strip_suffix(',').expect("a comma").to_owned()
    }

    #[test]
    fn numbers_have_their_decimals_and_no_trailing_zeros() {
        for (number, nine, twelve) in [
            (0.0, "0.0", "0.0"),
            (40.0, "40.0", "40.0"),
            (0.198, "0.198", "0.198"),
            (1.0 / 3.0, "0.333333333", "0.333333333333"),
            (2.0 / 3.0, "0.666666667", "0.666666666667"),
            (-12.345_678_901_25, "-12.345678901", "-12.34567890125"),
            (0.999_999_999_9, "1.0", "0.9999999999"),
            (
                124_025.753_969_246_1,
                "124025.753969246",
                "124025.7539692461",
            ),
            // Seven digits at least.
            (0.001_234_567_891, "0.001234568", "0.001234567891"),
            (0.000_123_456_789_1, "0.0001234567891", "0.000123456789"),
            (1.25e-10, "1.25e-10", "1.25e-10"),
        ] {
            assert_eq!(written::<9>(number), nine);
            assert_eq!(written::<12>(number), twelve);
        }
    }

    #[test]
    fn what_is_read_back_is_as_near_as_the_decimals_say() {
        for nth in 0..200_000_i32 {
            let size = 10_f64.powi(nth % 15 - 9);
            let number = (f64::from(nth) * 0.618_033_988_75).sin() * size;
            for (text, unit) in [(written::<9>(number), 1e-9), (written::<12>(number), 1e-12)] {
                let read: f64 = text.parse().expect("a number");
                let off = (read - number).abs();
                assert!(off <= 0.5001 * unit + 1e-15 * size, "{text} for {number}");
                assert!(off <= 1e-6 * number.abs(), "{text} for {number}");
            }
        }
    }
}
