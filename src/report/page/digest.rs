//! SHA-256 (FIPS 180-4), by which the page's policy names the scripts and styles that may run, in base64 (RFC 4648).

/// The first 32 bits of the fractional parts of the square roots of the first eight primes.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The number of rounds for a block.
const ROUNDS: usize = 64;

/// Bytes in a block.
const BLOCK: usize = 64;

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes, by whole numbers alone.
fn constants() -> [u32; ROUNDS] {
    let is_prime =
        |number: &u128| (2..*number).take_while(|d| d * d <= *number).all(|d| !number.is_multiple_of(d));
    let mut primes = (2_u128..).filter(is_prime);
    // The cube root of p, times 2^32, rounded down: the largest r with r^3 <= p 2^96; p 2^96 has less than 128 bits.
    [(); ROUNDS].map(|()| {
        let cube = primes.next().expect("primes do not end") << 96;
        let mut root = 0_u128;
        for bit in (0..36).rev() {
            let larger = root | 1 << bit;
            if larger * larger * larger <= cube {
                root = larger;
            }
        }
        root as u32
    })
}

/// The digest of a text.
fn sha256(text: &[u8]) -> [u8; 32] {
    let constants = constants();
    let mut padded = text.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(BLOCK) - 8, 0);
    padded.extend((text.len() as u64 * 8).to_be_bytes());
    let mut state = INITIAL;
    for block in padded.chunks_exact(BLOCK) {
        compress(&mut state, block, &constants);
    }
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

fn compress(state: &mut [u32; 8], block: &[u8], constants: &[u32; ROUNDS]) {
    let mut schedule = [0_u32; ROUNDS];
    for (word, bytes) in schedule.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for index in 16..ROUNDS {
        let (early, late) = (schedule[index - 15], schedule[index - 2]);
        let small = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
        let large = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
        schedule[index] =
            schedule[index - 16].wrapping_add(small).wrapping_add(schedule[index - 7]).wrapping_add(large);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, constant) in schedule.iter().zip(constants) {
        let mixed = (e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
            .wrapping_add((e & f) ^ (!e & g))
            .wrapping_add(h)
            .wrapping_add(*constant)
            .wrapping_add(*word);
        let most = (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22))
            .wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(mixed), c, b, a, mixed.wrapping_add(most));
    }
    for (word, added) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(added);
    }
}

/// Bytes as text.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * index as u32)) as usize & 63];
            text.push(if index <= group.len() { letter as char } else { '=' });
        }
    }
    text
}

/// What a policy calls a script or style of this text: `'sha256-...'`.
pub(super) fn source(text: &str) -> String {
    format!("'sha256-{}'", base64(&sha256(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_are_those_of_the_standard() {
        assert_eq!(constants()[..3], [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf]);
        assert_eq!(constants()[63], 0xc671_78f2);
    }

    #[test]
    fn digests_of_known_texts() {
        let hexadecimal = |text: &[u8]| sha256(text).map(|byte| format!("{byte:02x}")).concat();
        for (text, expected) in [
            (vec![], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (b"abc".to_vec(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".to_vec(),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
            (vec![b'a'; 1_000_000], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ] {
            assert_eq!(hexadecimal(&text), expected);
        }
    }

    #[test]
    fn base64_of_known_texts() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("~~~?", "fn5+Pw=="),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
