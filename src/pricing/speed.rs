//! How fast a family is against another: the "is not slower" rule of product.md, section 3.
//!
//! Geekbench 6 multi-core at equal vCPU count, measured by Spare Cores. The very pair of families if it was measured,
//! else the same processor classes (of the m, then the c, then the r families), carried along the measured Graviton
//! steps m6g → m7g → m8g → m9g where that Graviton was not measured against the class. Nothing else is guessed: as long
//! as a step is not measured with Geekbench 6 (m8g → m9g is not yet), what lies beyond it is [`Speed::Unknown`].

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use rust_decimal::Decimal;

use super::{Family, files::PERFORMANCE, text::Reader};
use crate::{error::Result, units::rounded};

/// Columns of `performance.csv`.
pub(super) const COLUMNS: [&str; 5] = ["from_family", "to_family", "geekbench6_multi", "size", "source"];

/// Letters of the families that stand for their processor class, in the order they are asked.
const LETTERS: [&str; 3] = ["m", "c", "r"];

/// How fast one family is against another at equal vCPU count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speed {
    /// The ratio is known.
    Ratio {
        /// Score of the target ÷ score of the source: below 1 the target is slower.
        value: Decimal,
        /// The very pair of families was measured; else the ratio is derived.
        measured: bool,
        /// Arithmetic in words: "m6a → m7g 1.306 ÷ m6g → m7g 1.507".
        basis: String,
    },
    /// Nothing measured leads from the one to the other.
    Unknown,
}

/// A measured pair of families.
#[derive(Debug)]
struct Pair {
    from: String,
    to: String,
    ratio: Decimal,
}

impl Pair {
    fn basis(&self) -> String {
        format!("{} → {} {}", self.from, self.to, self.ratio)
    }
}

/// The measured pairs, and what they say about processor classes.
#[derive(Debug, Default)]
pub(super) struct Speeds {
    pairs: Vec<Pair>,
    /// Source, target → pair.
    by_name: BTreeMap<String, BTreeMap<String, usize>>,
    /// Pairs of an m, c or r family that lead from a class to a Graviton generation: class, letter, generation → pair.
    by_class: BTreeMap<(String, usize, u8), usize>,
    /// Step from a Graviton generation to the next one → pair.
    steps: BTreeMap<u8, usize>,
    /// Class → Graviton generation → ratio and its arithmetic.
    derived: BTreeMap<String, BTreeMap<u8, (Decimal, String)>>,
}

impl Speeds {
    /// Reads `performance.csv`.
    pub(super) fn read(text: &[u8], families: &BTreeMap<String, Family>) -> Result<Self> {
        let mut reader = Reader::new(PERFORMANCE, text)?;
        let [from, to, ratio, _, _] = reader.columns(COLUMNS)?;
        let mut speeds = Self::default();
        while reader.advance()? {
            let pair = Pair {
                from: reader.field(from).to_owned(),
                to: reader.field(to).to_owned(),
                ratio: reader.parsed(ratio)?,
            };
            if pair.ratio <= Decimal::ZERO {
                return Err(reader.wrong(ratio));
            }
            let known = |column: usize, name: &str| families.get(name).ok_or_else(|| reader.wrong(column));
            let (source, target) = (known(from, &pair.from)?, known(to, &pair.to)?);
            if speeds.pair(&pair.from, &pair.to).is_some() {
                return Err(reader.fault(&format!("{} → {} is there twice", pair.from, pair.to)));
            }
            speeds.learn(source, target);
            let place = speeds.pairs.len();
            speeds.by_name.entry(pair.from.clone()).or_default().insert(pair.to.clone(), place);
            speeds.pairs.push(pair);
        }
        speeds.derive(families);
        Ok(speeds)
    }

    /// Works out once what the pairs say about every class and Graviton generation.
    fn derive(&mut self, families: &BTreeMap<String, Family>) {
        let generations: BTreeSet<u8> = families.values().filter_map(|family| family.generation).collect();
        let classes: BTreeSet<&String> =
            families.values().filter(|family| family.generation.is_none()).map(|family| &family.class).collect();
        for class in classes {
            let known = |&wanted: &u8| Some((wanted, self.through_class(class, wanted)?));
            let derived = generations.iter().filter_map(known).collect();
            self.derived.insert(class.clone(), derived);
        }
    }

    /// Notes what the next pair says about classes and steps; the first pair of a kind stands for it.
    fn learn(&mut self, from: &Family, to: &Family) {
        let place = self.pairs.len();
        let (Some(letter), Some(generation)) = (letter_of(&from.name), to.generation) else { return };
        match from.generation {
            Some(older) if letter == 0 && older + 1 == generation => {
                self.steps.entry(older).or_insert(place);
            }
            Some(_) => {}
            None => {
                self.by_class.entry((from.class.clone(), letter, generation)).or_insert(place);
            }
        }
    }

    fn pair(&self, from: &str, to: &str) -> Option<&Pair> {
        Some(&self.pairs[*self.by_name.get(from)?.get(to)?])
    }

    /// Returns the number of measured pairs.
    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Returns how fast the one family is against the other.
    pub(super) fn between(&self, from: &Family, to: &Family) -> Speed {
        if let Some(pair) = self.pair(&from.name, &to.name) {
            return Speed::Ratio { value: pair.ratio, measured: true, basis: pair.basis() };
        }
        if from.class == to.class {
            let basis = format!("{} and {} are both {}", from.name, to.name, to.class);
            return Speed::Ratio { value: Decimal::ONE, measured: false, basis };
        }
        let Some(wanted) = to.generation else { return Speed::Unknown };
        let derived = match from.generation {
            Some(generation) => self.carried(None, generation, wanted),
            None => self.derived.get(&from.class).and_then(|derived| derived.get(&wanted)).cloned(),
        };
        match derived {
            Some((value, basis)) => Speed::Ratio { value: rounded(value), measured: false, basis },
            None => Speed::Unknown,
        }
    }

    /// Derives the ratio of a class to a Graviton generation from the pairs that were measured for the class.
    fn through_class(&self, class: &str, wanted: u8) -> Option<(Decimal, String)> {
        let key = |letter: usize, generation: u8| (class.to_owned(), letter, generation);
        let mut letters = 0..LETTERS.len();
        if let Some(place) = letters.clone().find_map(|letter| self.by_class.get(&key(letter, wanted))) {
            let pair = &self.pairs[*place];
            return Some((pair.ratio, pair.basis()));
        }
        letters.find_map(|letter| {
            let measured = self.by_class.range(key(letter, 0)..=key(letter, u8::MAX));
            let mut measured: Vec<(u8, &Pair)> =
                measured.map(|((_, _, generation), place)| (*generation, &self.pairs[*place])).collect();
            // Nearest first; the older of two equally near ones, so that the order is fixed.
            measured.sort_by_key(|(known, _)| (known.abs_diff(wanted), *known));
            measured.into_iter().find_map(|(known, pair)| self.carried(Some(pair), known, wanted))
        })
    }

    /// Carries a ratio from one Graviton generation to another along the measured steps.
    fn carried(&self, start: Option<&Pair>, known: u8, wanted: u8) -> Option<(Decimal, String)> {
        let mut value = start.map_or(Decimal::ONE, |pair| pair.ratio);
        let mut basis = start.map_or_else(String::new, Pair::basis);
        let up = known.cmp(&wanted) == Ordering::Less;
        let path: Vec<u8> = if up { (known..wanted).collect() } else { (wanted..known).rev().collect() };
        for older in path {
            let step = &self.pairs[*self.steps.get(&older)?];
            value = if up { value.checked_mul(step.ratio)? } else { value.checked_div(step.ratio)? };
            let sign = if up { "×" } else { "÷" };
            match (basis.is_empty(), up) {
                (true, true) => basis = step.basis(),
                (true, false) => basis = format!("1 ÷ {}", step.basis()),
                (false, _) => basis = format!("{basis} {sign} {}", step.basis()),
            }
        }
        Some((value, basis))
    }
}

/// Returns the place of the family's letter in [`LETTERS`]; `None` for families of other kinds.
fn letter_of(family: &str) -> Option<usize> {
    let letters = &family[..family.find(|c: char| c.is_ascii_digit())?];
    LETTERS.iter().position(|letter| *letter == letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pricing::PriceBook, terms::Architecture};

    fn speed(from: &str, to: &str) -> Speed {
        PriceBook::embedded().unwrap().speed(from, to)
    }

    fn ratio(from: &str, to: &str) -> (String, bool, String) {
        match speed(from, to) {
            Speed::Ratio { value, measured, basis } => (value.round_dp(3).to_string(), measured, basis),
            Speed::Unknown => panic!("{from} → {to} is unknown"),
        }
    }

    fn derived(value: &str, basis: &str) -> (String, bool, String) {
        (value.to_owned(), false, basis.to_owned())
    }

    #[test]
    fn the_measured_pair_comes_first() {
        assert_eq!(ratio("m6i", "m6g"), ("0.961".to_owned(), true, "m6i → m6g 0.961".to_owned()));
        assert_eq!(ratio("m7a", "m8g").0, "0.972");
        assert_eq!(ratio("r5", "r6g").0, "1.396");
        assert_eq!(ratio("t3", "t4g"), ("1.532".to_owned(), true, "t3 → t4g 1.532".to_owned()));
    }

    #[test]
    fn the_same_classes_are_taken_from_the_m_families_first() {
        assert_eq!(ratio("r5n", "r6gd"), derived("1.427", "m5 → m6g 1.427"));
        assert_eq!(ratio("c6i", "c6g"), derived("0.961", "m6i → m6g 0.961"));
        assert_eq!(ratio("r7i", "r7g"), derived("1.072", "m7i → m7g 1.072"));
    }

    #[test]
    fn graviton_steps_carry_a_measurement_up_and_down() {
        // 1.306 ÷ 1.507 = 0.866622…
        assert_eq!(ratio("c6a", "c6g"), derived("0.867", "m6a → m7g 1.306 ÷ m6g → m7g 1.507"));
        // 1.306 × 1.224 = 1.598544
        assert_eq!(ratio("r6a", "r8g"), derived("1.599", "m6a → m7g 1.306 × m7g → m8g 1.224"));
        // 0.663 ÷ 1.224 ÷ 1.507 = 0.359434…
        assert_eq!(ratio("r8a", "r6g"), derived("0.359", "m8a → m8g 0.663 ÷ m7g → m8g 1.224 ÷ m6g → m7g 1.507"));
    }

    #[test]
    fn graviton_is_compared_with_graviton_along_the_steps() {
        assert!(ratio("m6g", "m7g").1);
        assert_eq!(ratio("r6g", "r8g"), derived("1.845", "m6g → m7g 1.507 × m7g → m8g 1.224"));
        assert_eq!(ratio("c8g", "c7g"), derived("0.817", "1 ÷ m7g → m8g 1.224"));
        assert_eq!(ratio("m6g", "r6gd"), derived("1", "m6g and r6gd are both graviton2"));
    }

    #[test]
    fn what_was_never_measured_is_unknown() {
        for (from, to) in [
            ("m5a", "m6g"),
            ("c5a", "c7g"),
            ("m4", "m6g"),
            ("t3", "m6g"),
            ("t3a", "t4g"),
            ("a1", "m6g"),
            ("m5", "m7i"),
            ("m5", "or1"),
            ("m5", "nope"),
            ("nope", "m6g"),
            // m9g has no Geekbench 6 score yet, neither against x86 nor against m8g.
            ("m8i", "m9g"),
            ("m8g", "m9g"),
            ("c6g", "c9g"),
        ] {
            assert_eq!(speed(from, to), Speed::Unknown, "{from} → {to}");
        }
    }

    #[test]
    fn a_step_that_is_measured_later_carries_on() {
        let family = |name: &str, generation: Option<u8>, class: &str| Family {
            name: name.to_owned(),
            processor: String::new(),
            architecture: if generation.is_some() { Architecture::Arm } else { Architecture::X86 },
            generation,
            class: class.to_owned(),
            accelerator: None,
        };
        let all = [
            family("c8i", None, "intel"),
            family("m8i", None, "intel"),
            family("m8g", Some(4), "graviton4"),
            family("m9g", Some(5), "graviton5"),
            family("c9g", Some(5), "graviton5"),
        ];
        let families: BTreeMap<_, _> = all.into_iter().map(|family| (family.name.clone(), family)).collect();
        let header = COLUMNS.join(",");
        let text = format!("{header}\nm8i,m8g,1.2,xlarge,x\nm8g,m9g,1.5,xlarge,x\n");
        let speeds = Speeds::read(text.as_bytes(), &families).unwrap();
        let Speed::Ratio { value, measured: false, basis } = speeds.between(&families["c8i"], &families["c9g"]) else {
            panic!("not derived");
        };
        assert_eq!((value, basis.as_str()), (Decimal::new(18, 1), "m8i → m8g 1.2 × m8g → m9g 1.5"));
    }

    #[test]
    fn letters_are_whole() {
        assert_eq!(letter_of("m5"), Some(0));
        assert_eq!(letter_of("r6gd"), Some(2));
        assert_eq!(letter_of("mac2"), None);
        assert_eq!(letter_of("hpc7g"), None);
    }
}
