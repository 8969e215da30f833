//! Numbers as people write them: commas, powers, fractions, signs and digits of other scripts.
//!
//! A number is read here only to suggest it in the notation of the language. If it has two
//! readings, both are kept: `1,500` is one and a half to some and fifteen hundred to others.

use super::ratio::Ratio;

/// One possible value of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// The value.
    pub(crate) is: Ratio,
    /// The weight of its last digit.
    pub(crate) last: Ratio,
}

/// Why the writer has to be asked for the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// One comma with three digits after it.
    Comma,
    /// A blank with three digits after it.
    Blank,
}

/// A number at the start of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// Its values: one, or two possible ones.
    pub(crate) values: Vec<Value>,
    /// Why it is ambiguous.
    pub(crate) ask: Option<Ask>,
    /// Its length. Unit: byte.
    pub(crate) length: usize,
}

/// Replaces blanks that only group digits: those that do not break a line.
const GROUPING: char = '_';

const FRACTIONS: [(char, i128, i128); 15] = [
    ('½', 1, 2),
    ('⅓', 1, 3),
    ('⅔', 2, 3),
    ('¼', 1, 4),
    ('¾', 3, 4),
    ('⅕', 1, 5),
    ('⅖', 2, 5),
    ('⅗', 3, 5),
    ('⅘', 4, 5),
    ('⅙', 1, 6),
    ('⅚', 5, 6),
    ('⅛', 1, 8),
    ('⅜', 3, 8),
    ('⅝', 5, 8),
    ('⅞', 7, 8),
];

const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
const SUBSCRIPTS: [char; 10] = ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉'];

/// Single characters for a whole unit.
const SQUARED: [(char, &str); 14] = [
    ('℃', "°C"),
    ('℉', "°F"),
    ('㎍', "µg"),
    ('㎎', "mg"),
    ('㎏', "kg"),
    ('㎕', "µL"),
    ('㎖', "mL"),
    ('㎜', "mm"),
    ('㎝', "cm"),
    ('㎳', "ms"),
    ('㎩', "Pa"),
    ('㎪', "kPa"),
    ('㎷', "mV"),
    ('㏀', "kΩ"),
];

/// The text in plain characters: one minus, one micro, one multiplication sign, `^` before an
/// exponent, no surrounding quotes and no trailing full stop.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.trim().chars().peekable();
    while let Some(sign) = chars.next() {
        let next = chars.peek().copied();
        let in_digits = out.ends_with(|c: char| c.is_ascii_digit())
            && next.is_some_and(|next| next.is_ascii_digit());
        match sign {
            '\u{a0}' | '\u{2007}'..='\u{200a}' | '\u{202f}' if in_digits => out.push(GROUPING),
            '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            blank if blank.is_whitespace() => out.push(' '),
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => out.push('-'),
            '\u{2044}' | '\u{2215}' => out.push('/'),
            '\u{ff01}'..='\u{ff5e}' => {
                out.extend(char::from_u32(u32::from(sign) - 0xfee0));
            }
            '\u{3bc}' => out.push('µ'),
            '\u{2126}' => out.push('Ω'),
            'º' | '˚' => out.push('°'),
            // A raised decimal point, as British journals print it.
            '·' if in_digits && !chars.clone().collect::<String>().starts_with("10") => {
                out.push('.');
            }
            '×' | '·' | '⋅' | '∙' => out.push('*'),
            '‘' | '’' | '′' => out.push('\''),
            '“' | '”' | '„' | '‟' | '″' | '«' | '»' => out.push('"'),
            '⁻' => out.push_str("^-"),
            '⁺' => out.push_str("^+"),
            _ => other(sign, &mut out),
        }
    }
    let unquoted = out.trim_matches(['"', ' ']);
    let inches = out.trim().ends_with('"') && !out.trim().starts_with('"');
    let text = if inches { out.trim() } else { unquoted };
    text.trim_end_matches(['.', ',', ';', ':', '!', ' '])
        .to_owned()
}

fn other(sign: char, out: &mut String) {
    let digit_of = |digits: &[char; 10]| digits.iter().position(|digit| *digit == sign);
    if let Some(digit) = digit_of(&SUPERSCRIPTS) {
        let goes_on = out
            .rsplit_once('^')
            .is_some_and(|(_, power)| power.bytes().all(|c| b"+-0123456789".contains(&c)));
        if !goes_on {
            out.push('^');
        }
        out.push_str(&digit.to_string());
    } else if let Some(digit) = digit_of(&SUBSCRIPTS) {
        out.push_str(&digit.to_string());
    } else if let Some((_, unit)) = SQUARED.iter().find(|(squared, _)| *squared == sign) {
        out.push_str(unit);
    } else {
        out.push(sign);
    }
}

/// The number at the start of a [`plain`] text: `None` if there is none, or it is unreadable.
pub(crate) fn number(text: &str) -> Option<Number> {
    let signed = text.strip_prefix('+').map_or(text, str::trim_start);
    let before = text.len() - signed.len();
    let (mut number, used) = unsigned(signed)?;
    let rest = &signed[used..];
    let (power, exponent) = exponent(rest).unwrap_or((0, 0));
    let factor = Ratio::power_of_ten(power)?;
    for value in &mut number.values {
        value.is = value.is.times(factor)?;
        value.last = value.last.times(factor)?;
    }
    number.length = before + used + exponent;
    Some(number)
}

/// A number without sign and power, and its length in bytes.
fn unsigned(text: &str) -> Option<(Number, usize)> {
    let first = text.chars().next()?;
    // A power of ten without a mantissa: the rest is its exponent.
    if let Some(sign) = ["10^", "10**"].iter().find(|sign| text.starts_with(**sign)) {
        let (power, length) = digits_at(&text[sign.len()..])?;
        let is = Ratio::power_of_ten(i32::try_from(power).ok()?)?;
        return Some((exact(is), sign.len() + length));
    }
    if let Some(part) = vulgar(first) {
        return Some((exact(part), first.len_utf8()));
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit() && !".,'_".contains(c))
        .unwrap_or(text.len());
    let run = &text[..end];
    // `5'000` groups digits, `2'11` is feet and inches, and `5'000''` may be either.
    let bare = run.trim_end_matches('\'');
    if bare.len() < run.len() && bare.contains('\'') && grouped(bare, '\'').is_some() {
        return None;
    }
    let run = match run.split_once('\'') {
        Some((feet, _)) if grouped(run.split('.').next()?, '\'').is_none() => feet,
        _ => run,
    };
    let digits = run.trim_end_matches(['.', ',', '\'', GROUPING]);
    let rest = &text[digits.len()..];
    if let Some((number, more)) = fraction_after(digits, rest) {
        return Some((number, digits.len() + more));
    }
    if let Some((joined, more)) = blank_groups(digits, rest) {
        let mut number = decimal(&joined)?;
        number.ask = Some(Ask::Blank);
        return Some((number, digits.len() + more));
    }
    Some((decimal(digits)?, digits.len()))
}

fn vulgar(sign: char) -> Option<Ratio> {
    let (_, one, other) = FRACTIONS.iter().find(|(known, ..)| *known == sign)?;
    Some(Ratio::new(*one, *other))
}

/// A number that is exact.
fn exact(is: Ratio) -> Number {
    let last = Ratio::new(1, 100);
    Number {
        values: vec![Value { is, last }],
        ask: None,
        length: 0,
    }
}

/// `½` or `1/2` after an integer, or the rest of `1/2`.
fn fraction_after(digits: &str, rest: &str) -> Option<(Number, usize)> {
    let whole: i128 = digits.parse().ok()?;
    let spaced = rest.trim_start_matches(' ');
    let blanks = rest.len() - spaced.len();
    if let Some(sign) = spaced.chars().next()
        && let Some(part) = vulgar(sign)
    {
        let is = Ratio::whole(whole).plus(part)?;
        return Some((exact(is), blanks + sign.len_utf8()));
    }
    if let Some(below) = rest.strip_prefix('/') {
        let (below, length) = digits_at(below)?;
        let proper = whole < below && below > 0;
        return proper.then(|| (exact(Ratio::new(whole, below)), 1 + length));
    }
    let (above, first) = digits_at(spaced).filter(|_| blanks > 0)?;
    let (below, second) = digits_at(spaced[first..].strip_prefix('/')?)?;
    let is = Ratio::whole(whole).plus(Ratio::new(above, below.max(1)))?;
    (above < below).then(|| (exact(is), blanks + first + 1 + second))
}

/// The leading digits and their number; they must not continue as a decimal.
fn digits_at(text: &str) -> Option<(i128, usize)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let goes_on = text[end..].starts_with(['.', ',']);
    let value = text[..end].parse().ok().filter(|_| !goes_on)?;
    Some((value, end))
}

/// `1 500`: digits in groups of three separated by blanks, joined.
fn blank_groups(digits: &str, rest: &str) -> Option<(String, usize)> {
    if !is_first_group(digits) {
        return None;
    }
    let (mut joined, mut used) = (digits.to_owned(), 0);
    while let Some(group) = rest[used..].strip_prefix(' ') {
        let end = group
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(group.len());
        if end != 3 {
            break;
        }
        joined.push_str(&group[..3]);
        used += 4;
    }
    let part = rest[used..].strip_prefix(['.', ',']).map_or(0, |part| {
        part.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len())
    });
    if used > 0 && part > 0 {
        joined.push('.');
        joined.push_str(&rest[used + 1..=used + part]);
        used += 1 + part;
    }
    (used > 0).then_some((joined, used))
}

/// One to three digits that do not begin with a zero.
fn is_first_group(digits: &str) -> bool {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    plain && (1..=3).contains(&digits.len()) && !digits.starts_with('0')
}

/// Digits in groups of three separated by `mark`, joined; or unchanged.
fn grouped(digits: &str, mark: char) -> Option<String> {
    let mut groups = digits.split(mark);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let fits = rest.is_empty() || is_first_group(first);
    let three = |group: &&str| group.len() == 3 && group.bytes().all(|c| c.is_ascii_digit());
    (fits && rest.iter().all(three)).then(|| format!("{first}{}", rest.concat()))
}

/// The meaning of digits with points, commas and separators.
fn decimal(written: &str) -> Option<Number> {
    let digits = if written.contains('\'') {
        let (whole, part) = written.split_once('.').unwrap_or((written, ""));
        format!("{}.{part}", grouped(whole, '\'')?)
    } else if written.contains(GROUPING) {
        written.replace(GROUPING, "")
    } else {
        written.to_owned()
    };
    let (points, commas) = (digits.matches('.').count(), digits.matches(',').count());
    match (points, commas) {
        (0 | 1, 0) => one(&digits),
        (_, 0) => one(&grouped(&digits, '.')?),
        (0, 1) => comma(&digits),
        (0, _) => one(&grouped(&digits, ',')?),
        (1, _) if digits.rfind('.') > digits.rfind(',') => {
            let (whole, part) = digits.split_once('.')?;
            one(&format!("{}.{part}", grouped(whole, ',')?))
        }
        (_, 1) if digits.rfind(',') > digits.rfind('.') => {
            let (whole, part) = digits.split_once(',')?;
            one(&format!("{}.{part}", grouped(whole, '.')?))
        }
        _ => None,
    }
}

/// One comma and no point.
fn comma(digits: &str) -> Option<Number> {
    let (whole, part) = digits.split_once(',')?;
    let mut number = one(&format!("{whole}.{part}"))?;
    if part.len() == 3 && is_first_group(whole) {
        let other = one(&format!("{whole}{part}"))?;
        number.values = [other.values, number.values].concat();
        number.ask = Some(Ask::Comma);
    }
    Some(number)
}

/// Digits with at most one point.
fn one(digits: &str) -> Option<Number> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let last = Ratio::power_of_ten(-i32::try_from(part.len()).ok()?)?;
    let is = Ratio::whole(all.parse().ok()?).times(last)?;
    Some(Number {
        values: vec![Value { is, last }],
        ask: None,
        length: 0,
    })
}

/// The power of ten after a number, and its length in bytes: `e3`, `E+3`, `x 10^3`, `*10**3`.
fn exponent(rest: &str) -> Option<(i32, usize)> {
    let (power, taken) = match rest.strip_prefix(['e', 'E']) {
        Some(power) => (power, 1),
        None => {
            let ten = rest.trim_start().strip_prefix(['x', 'X', '*'])?;
            let ten = ten.trim_start().strip_prefix("10")?;
            let power = ten.strip_prefix('^').or_else(|| ten.strip_prefix("**"))?;
            (power, rest.len() - power.len())
        }
    };
    let unsigned = power.trim_start_matches('^');
    let unsigned = unsigned.strip_prefix(['-', '+']).unwrap_or(unsigned);
    let (digits, length) = digits_at(unsigned)?;
    let value = i32::try_from(digits).ok()?;
    let is_negative = power[..power.len() - unsigned.len()].contains('-');
    let taken = taken + (power.len() - unsigned.len()) + length;
    Some((if is_negative { -value } else { value }, taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Vec<String>, Option<Ask>, String)> {
        let text = plain(text);
        let number = number(&text)?;
        let values = number.values.iter();
        let values = values.filter_map(|value| value.is.decimal()).collect();
        Some((values, number.ask, text[number.length..].to_owned()))
    }

    fn one_value(text: &str) -> Option<String> {
        let (values, ask, rest) = read(text)?;
        assert_eq!((ask, rest.as_str()), (None, ""), "{text}");
        assert_eq!(values.len(), 1, "{text}");
        values.into_iter().next()
    }

    #[test]
    fn a_number_that_reads_in_one_way_has_one_value() {
        for (text, value) in [
            ("18", "18"),
            ("007", "7"),
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1,5", "1.5"),
            ("0,500", "0.5"),
            ("1234,567", "1234.567"),
            ("1,500,000", "1500000"),
            ("1.500.000", "1500000"),
            ("1,500.5", "1500.5"),
            ("1.500,5", "1500.5"),
            ("1'500", "1500"),
            ("1_500", "1500"),
            ("1\u{202f}500", "1500"),
            ("1\u{a0}500", "1500"),
            ("½", "0.5"),
            ("1½", "1.5"),
            ("1 1/2", "1.5"),
            ("3/4", "0.75"),
            ("1e3", "1000"),
            ("1.5E-3", "0.0015"),
            ("5 × 10³", "5000"),
            ("10³", "1000"),
            ("5*10^3", "5000"),
            ("5·10⁻³", "0.005"),
            ("1·5", "1.5"),
            ("\u{ff11}\u{ff12}", "12"),
        ] {
            assert_eq!(one_value(text).as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn a_number_that_reads_in_two_ways_keeps_both() {
        let both = ["1500".to_owned(), "1.5".to_owned()];
        let (values, ask, rest) = read("1,500 µg").unwrap();
        assert_eq!(
            (values.as_slice(), ask),
            (both.as_slice(), Some(Ask::Comma))
        );
        assert_eq!(rest, " µg");
        let (values, ask, _) = read("1 500").unwrap();
        assert_eq!((values[0].as_str(), ask), ("1500", Some(Ask::Blank)));
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for text in [
            "",
            "soon",
            "1,5,0",
            "12.34.567",
            "-",
            "e5",
            "½½x".get(4..).unwrap(),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
