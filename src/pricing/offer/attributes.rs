//! The attributes of a product that tell its place in the price table.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Declares the attributes, each with its name in lower case without spaces: so JSON and CSV spell them alike.
macro_rules! attributes {
    ($($field:ident),+ $(,)?) => {
        /// Attributes of a product; empty where the price list has none or says "NA".
        #[derive(Debug, Clone, Default)]
        pub(super) struct Attributes { $(pub(super) $field: String),+ }

        impl Attributes {
            /// Returns the place of an attribute; `None` for one that tells nothing here.
            pub(super) fn slot(&mut self, name: &str) -> Option<&mut String> {
                match squeezed(name).as_str() {
                    $(stringify!($field) => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

attributes! {
    cacheengine, capacitystatus, computefamily, computetype, databaseedition, databaseengine, deploymentmodel,
    deploymentoption, engine, groupdescription, instancetype, licensemodel, location, locationtype, marketoption,
    operatingsystem, operation, preinstalledsw, productfamily, regioncode, servicecode, softwaretype, storage, tenancy,
    usagetype, volumetype,
}

impl Attributes {
    /// Sets an attribute by any of its spellings.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        if let Some(slot) = self.slot(name) {
            value.clone_into(slot);
            if slot == "NA" {
                slot.clear();
            }
        }
    }
}

/// Brings "Pre Installed S/W" and "preInstalledSw" to one spelling.
pub(super) fn squeezed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Attributes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the attributes of a product")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut attributes = Attributes::default();
                while let Some(name) = map.next_key::<String>()? {
                    if attributes.slot(&name).is_some() {
                        let value: String = map.next_value()?;
                        attributes.set(&name, &value);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(attributes)
            }
        }

        deserializer.deserialize_map(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_json_and_csv_are_one() {
        let mut attributes = Attributes::default();
        attributes.set("Pre Installed S/W", "SQL Std");
        assert_eq!(attributes.preinstalledsw, "SQL Std");
        attributes.set("preInstalledSw", "NA");
        assert_eq!(attributes.preinstalledsw, "");
        attributes.set("vcpu", "2");
        let read: Attributes = serde_json::from_str(r#"{"vcpu":"2","usagetype":"BoxUsage:m5.large"}"#).unwrap();
        assert_eq!(read.usagetype, "BoxUsage:m5.large");
        assert!(serde_json::from_str::<Attributes>(r#"{"usagetype":2}"#).is_err());
    }
}
