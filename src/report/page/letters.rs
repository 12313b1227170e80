//! Bytes as letters that may stand in a script of the page: seven bits for each byte of UTF-8, whatever the bytes are.
//!
//! Letters of ASCII carry seven bits. Four of them would not come back as they were written: a parser of HTML makes another
//! letter of a zero and of a carriage return, and may see the end of the script in `<`; line feeds change with the habits of
//! editors and of version control. In place of such a letter stands one of two bytes, from U+0100 on, which also carries the
//! seven bits that follow. That is an eighth more than the bytes; base85 needs a quarter. A page in an encoding of one byte per
//! letter could do with a sixtieth, but many servers declare UTF-8 for every page, and then the bytes would be lost.

/// Letters of ASCII that are not written.
pub(super) const AVOIDED: [u8; 4] = [0, b'\n', b'\r', b'<'];

/// What stands in place of the first of them, with seven zeros; 128 letters further on for the next one.
const STEAD: u32 = 0x100;

/// Bytes as text.
pub(super) fn letters(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 7 + 2);
    let count = (bytes.len() * 8).div_ceil(7);
    let mut groups = (0..count).map(|group| seven_bits(bytes, group * 7));
    while let Some(group) = groups.next() {
        let letter = match AVOIDED.iter().position(|avoided| *avoided == group) {
            Some(index) => char::from_u32(STEAD + 128 * index as u32 + u32::from(groups.next().unwrap_or(0))),
            None => Some(char::from(group)),
        };
        text.push(letter.expect("there are letters up to U+02FF"));
    }
    text
}

/// Seven bits from a place on, the highest bit of a byte first; zeros behind the end.
fn seven_bits(bytes: &[u8], from: usize) -> u8 {
    let byte = |index: usize| u16::from(bytes.get(index).copied().unwrap_or(0));
    let both = byte(from / 8) << 8 | byte(from / 8 + 1);
    (both >> (9 - from % 8)) as u8 & 127
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;

    /// What the page makes of it.
    fn read(text: &str) -> Vec<u8> {
        let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
        let mut push = |seven: u32| {
            (bits, count) = (bits << 7 | seven, count + 7);
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count) as u8);
            }
        };
        for letter in text.chars().map(u32::from) {
            if letter >= STEAD {
                push(u32::from(AVOIDED[((letter - STEAD) >> 7) as usize]));
            }
            push(letter & 127);
        }
        bytes
    }

    #[test]
    fn whatever_the_bytes_they_come_back_and_nothing_ends_the_script() {
        for seed in 0..400_u64 {
            let draw = |index: u64| mix13(seed << 32 | index);
            let length = draw(0) % 300;
            // All bytes alike, of few kinds, and of any.
            let byte = |index: u64| match seed % 3 {
                0 => draw(1) as u8,
                1 => [0, 10, 13, 60, 120, 255][(draw(2 + index) % 6) as usize],
                _ => draw(2 + index) as u8,
            };
            let bytes: Vec<u8> = (0..length).map(byte).collect();
            let text = letters(&bytes);
            assert!(!text.bytes().any(|letter| AVOIDED.contains(&letter)), "seed {seed}");
            // At most one group of zeros is added.
            let expected = (bytes.len() * 8).div_ceil(7);
            assert!((expected..=expected + 1).contains(&text.len()), "seed {seed}");
            let back = read(&text);
            assert_eq!(back[..bytes.len()], bytes, "seed {seed}");
            assert!(back[bytes.len()..].iter().all(|byte| *byte == 0), "seed {seed}");
        }
    }
}
