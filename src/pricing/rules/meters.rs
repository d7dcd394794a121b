//! Compute that is metered without an instance type: which meter of Arm takes the place of which of x86.

use crate::{
    error::Result,
    pricing::{files::METERS, text::Reader},
    terms::{Architecture, Service},
};

/// A line of `meters.csv`: a usage type, or a volume tier of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// Compute service.
    pub service: Service,
    /// Usage type without region prefix.
    pub usage_type: String,
    /// What it runs on.
    pub architecture: Architecture,
    /// Usage type of the same on Arm; `None` for Arm, and where Graviton is not offered.
    pub target: Option<String>,
    /// Item in the price table.
    pub item: String,
    /// Variant in the price table.
    pub variant: String,
    /// Reason code, where Graviton is not offered.
    pub blocked: Option<String>,
}

/// All meters.
#[derive(Debug)]
pub struct Meters(Vec<Meter>);

impl Meters {
    /// Reads the file.
    pub(in crate::pricing) fn read(text: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(METERS, text)?;
        let [service, usage_type, architecture, target, item, variant, blocked] =
            reader.columns(["service", "usage_type", "architecture", "target", "item", "variant", "blocked"])?;
        let mut all: Vec<Meter> = Vec::new();
        while reader.advance()? {
            let meter = Meter {
                service: super::service(&reader, service)?,
                usage_type: reader.parsed(usage_type)?,
                architecture: Architecture::parse(reader.field(architecture))
                    .ok_or_else(|| reader.wrong(architecture))?,
                target: reader.optional(target)?,
                item: reader.field(item).to_owned(),
                variant: reader.field(variant).to_owned(),
                blocked: reader.optional(blocked)?,
            };
            let is_open = meter.architecture == Architecture::X86;
            if is_open != (meter.target.is_some() || meter.blocked.is_some()) {
                return Err(reader.fault("a meter of x86 has a target or is blocked, one of Arm neither"));
            }
            all.push(meter);
        }
        let dangling = |meter: &&Meter| {
            meter.target.as_ref().is_some_and(|target| {
                !all.iter().any(|other| other.usage_type == *target && other.architecture == Architecture::Arm)
            })
        };
        match all.iter().find(dangling) {
            None => Ok(Self(all)),
            Some(meter) => Err(reader.fault(&format!("the target of {} is no meter of Arm", meter.usage_type))),
        }
    }

    /// Tells whether the usage type is a meter of the service.
    pub(crate) fn knows(&self, service: Service, usage_type: &str) -> bool {
        self.tiers(service, usage_type).next().is_some()
    }

    /// Returns what the meter runs on.
    pub(crate) fn architecture(&self, service: Service, usage_type: &str) -> Option<Architecture> {
        self.tiers(service, usage_type).next().map(|meter| meter.architecture)
    }

    /// Returns the lines of a usage type, the first tier first.
    pub fn tiers<'a>(&'a self, service: Service, usage_type: &'a str) -> impl Iterator<Item = &'a Meter> {
        self.0.iter().filter(move |meter| meter.service == service && meter.usage_type == usage_type)
    }

    /// Returns the meter of x86 whose place the Arm meter takes.
    pub fn source_of<'a>(&'a self, service: Service, arm: &'a str) -> Option<&'a str> {
        let of_arm = |meter: &&Meter| meter.service == service && meter.target.as_deref() == Some(arm);
        self.0.iter().find(of_arm).map(|meter| meter.usage_type.as_str())
    }

    /// Returns the number of lines.
    pub(in crate::pricing) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns all lines.
    #[cfg(test)]
    pub(in crate::pricing) fn all(&self) -> &[Meter] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "service,usage_type,architecture,target,item,variant,blocked,note\n";

    #[test]
    fn tiers_stand_in_their_order() {
        let text = format!("{HEADER}Lambda,a,x86_64,b,i1,v,,\nLambda,a,x86_64,b,i2,v,,\nLambda,b,arm64,,j1,w,,\n");
        let meters = Meters::read(text.as_bytes()).unwrap();
        let items: Vec<&str> = meters.tiers(Service::Lambda, "a").map(|meter| meter.item.as_str()).collect();
        assert_eq!(items, ["i1", "i2"]);
        assert_eq!(meters.architecture(Service::Lambda, "b"), Some(Architecture::Arm));
        assert_eq!(meters.source_of(Service::Lambda, "b"), Some("a"));
        assert!(!meters.knows(Service::Fargate, "a"));
    }

    #[test]
    fn half_a_rule_is_refused() {
        for line in ["Lambda,a,x86_64,,i,v,,", "Lambda,b,arm64,,i,v,gpu,", "Lambda,a,x86_64,z,i,v,,", "X,a,arm64,,,,,"]
        {
            assert!(Meters::read(format!("{HEADER}{line}\n").as_bytes()).is_err(), "{line}");
        }
    }
}
