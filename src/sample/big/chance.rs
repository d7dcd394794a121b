//! Chance without luck: numbers that a seed and a few keys decide, the same on every machine and for any thread count.

/// A stream of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance(u64);

/// Mixes the bits of a number (the finaliser of `SplitMix64`).
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Returns the hash of the keys.
pub(super) fn hash(keys: &[u64]) -> u64 {
    keys.iter()
        .fold(0x9e37_79b9_7f4a_7c15, |state, key| mixed(state.rotate_left(23) ^ mixed(key.wrapping_add(0x51_7c_c1))))
}

impl Chance {
    /// Returns the stream of the keys.
    pub(super) fn of(keys: &[u64]) -> Self {
        Self(hash(keys))
    }

    /// Returns the next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// Returns a number below the bound, which is at least 1.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// Returns an index of a list; small ones are more frequent, the more the greater the skew.
    pub(super) fn skewed(&mut self, length: usize, skew: u32) -> usize {
        let bound = length as u64;
        let mut index = self.below(bound);
        for _ in 1..skew {
            index = index.min(self.below(bound));
        }
        usize::try_from(index).unwrap_or(0)
    }

    /// Tells whether something happens that happens so many times in a hundred.
    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// Returns that many characters of the alphabet, which has at most 64.
    pub(super) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let (mut bits, mut left) = (0, 0);
        let mut text = String::with_capacity(length);
        for _ in 0..length {
            if left == 0 {
                (bits, left) = (self.next(), 10);
            }
            let at = usize::try_from(bits & 63).unwrap_or(0) % alphabet.len();
            text.push(char::from(alphabet[at]));
            bits >>= 6;
            left -= 1;
        }
        text
    }

    /// Returns hexadecimal digits.
    pub(super) fn hex(&mut self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_its_keys_alone() {
        let draw = |keys: &[u64]| {
            let mut chance = Chance::of(keys);
            (chance.next(), chance.below(10), chance.hex(17))
        };
        assert_eq!(draw(&[1, 2]), draw(&[1, 2]));
        assert_ne!(draw(&[1, 2]), draw(&[2, 1]));
        assert_eq!(draw(&[5]).2.len(), 17);
    }

    #[test]
    fn numbers_stay_below_their_bound_and_reach_all_of_it() {
        let mut chance = Chance::of(&[7]);
        let mut seen = [0_u32; 10];
        for _ in 0..10_000 {
            seen[usize::try_from(chance.below(10)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|&count| (800..1_200).contains(&count)), "{seen:?}");
        let skewed = (0..10_000).filter(|_| chance.skewed(10, 3) < 3).count();
        assert!((6_000..7_200).contains(&skewed), "{skewed}");
    }
}
