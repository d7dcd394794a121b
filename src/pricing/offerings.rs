//! Which EC2 instance type is sold in which region.

use super::{
    files::OFFERINGS,
    text::{Reader, unpacked},
};
use crate::error::{Error, Result};

/// Columns of `offerings.csv.zst`; regions are separated by spaces.
pub(super) const COLUMNS: [&str; 2] = ["instance_type", "regions"];

/// The offerings of all regions that were asked.
#[derive(Debug)]
pub(super) struct Offerings {
    regions: Vec<String>,
    /// Type and a bit per region, sorted by type.
    types: Vec<(String, u64)>,
}

impl Offerings {
    /// Reads the compressed file.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let text = unpacked(OFFERINGS, bytes)?;
        let mut reader = Reader::new(OFFERINGS, text.as_slice())?;
        let [name, sold_in] = reader.columns(COLUMNS)?;
        let mut offerings = Self { regions: Vec::new(), types: Vec::new() };
        while reader.advance()? {
            let mut bits = 0;
            for region in reader.field(sold_in).split(' ') {
                bits |= offerings.bit(region)?;
            }
            let name = reader.field(name).to_owned();
            if offerings.types.last().is_some_and(|(last, _)| *last >= name) {
                return Err(reader.fault(&format!("{name} is there twice or out of order")));
            }
            offerings.types.push((name, bits));
        }
        Ok(offerings)
    }

    /// Returns the bit of a region, a new one for a region not seen yet.
    fn bit(&mut self, region: &str) -> Result<u64> {
        let place = self.regions.iter().position(|known| known == region).unwrap_or_else(|| {
            self.regions.push(region.to_owned());
            self.regions.len() - 1
        });
        let too_many = || Error::incomplete(format!("{OFFERINGS} names more than 64 regions"));
        u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place)).ok_or_else(too_many)
    }

    /// Tells whether the type is sold there; `None` when the type or the region was never asked for.
    pub(super) fn sold_in(&self, ec2_type: &str, region: &str) -> Option<bool> {
        let bit = self.regions.iter().position(|known| known == region)?;
        let place = self.types.binary_search_by(|(name, _)| name.as_str().cmp(ec2_type)).ok()?;
        Some(self.types[place].1 >> bit & 1 == 1)
    }

    /// Returns the number of types.
    pub(super) fn len(&self) -> usize {
        self.types.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::text::packed;

    #[test]
    fn not_offered_differs_from_not_known() {
        let text = "instance_type,regions\na1.large,us-east-1\nm5.large,eu-west-1 us-east-1\n";
        let offerings = Offerings::decode(&packed(text.as_bytes()).unwrap()).unwrap();
        assert_eq!(offerings.sold_in("a1.large", "us-east-1"), Some(true));
        assert_eq!(offerings.sold_in("a1.large", "eu-west-1"), Some(false));
        assert_eq!(offerings.sold_in("m5.large", "eu-west-1"), Some(true));
        assert_eq!(offerings.sold_in("m5.large", "us-gov-west-1"), None);
        assert_eq!(offerings.sold_in("x9.large", "us-east-1"), None);
    }
}
