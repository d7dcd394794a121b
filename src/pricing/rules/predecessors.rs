//! Which x86 families a Graviton family takes the place of.

use std::collections::BTreeMap;

use crate::{
    error::{Error, Result},
    pricing::{Family, files::PREDECESSORS, text::Reader},
    terms::Architecture,
};

/// The families of x86 by the Graviton family that replaces them, the first to be asked first.
#[derive(Debug)]
pub(in crate::pricing) struct Predecessors(BTreeMap<String, Vec<String>>);

impl Predecessors {
    /// Reads the file.
    pub(in crate::pricing) fn read(text: &[u8], families: &BTreeMap<String, Family>) -> Result<Self> {
        let mut reader = Reader::new(PREDECESSORS, text)?;
        let [graviton, predecessors] = reader.columns(["graviton_family", "predecessors"])?;
        let mut all = BTreeMap::new();
        let is =
            |name: &str, architecture| families.get(name).is_some_and(|family| family.architecture == architecture);
        while reader.advance()? {
            let name = reader.field(graviton).to_owned();
            let before: Vec<String> = reader.field(predecessors).split(' ').map(str::to_owned).collect();
            if !is(&name, Architecture::Arm) || !before.iter().all(|family| is(family, Architecture::X86)) {
                let message = "families.csv must have the Graviton family and each predecessor, by its architecture";
                return Err(reader.fault(message));
            }
            if all.insert(name.clone(), before).is_some() {
                return Err(Error::incomplete(format!("{PREDECESSORS}: {name} is there twice")));
            }
        }
        Ok(Self(all))
    }

    /// Returns the predecessors of a Graviton family; none for one that took nobody's place.
    pub(in crate::pricing) fn of(&self, graviton_family: &str) -> &[String] {
        self.0.get(graviton_family).map_or(&[], Vec::as_slice)
    }

    /// Returns the number of lines.
    pub(in crate::pricing) fn len(&self) -> usize {
        self.0.len()
    }
}
