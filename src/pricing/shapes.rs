//! Shapes of instance types and facts of instance families.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    files::{FAMILIES, SHAPES},
    text::Reader,
};
use crate::{
    error::{Error, Result},
    terms::Architecture,
};

/// Columns of `shapes.csv`; `processor` and `generation` repeat `families.csv` for the reader of the file.
pub(super) const SHAPE_COLUMNS: [&str; 13] = [
    "instance_type",
    "family",
    "size",
    "vcpu",
    "memory_gib",
    "architecture",
    "local_storage_gb",
    "network_gbps",
    "processor",
    "generation",
    "burstable",
    "bare_metal",
    "gpus",
];

/// Columns of `families.csv`.
const FAMILY_COLUMNS: [&str; 6] = ["family", "processor", "architecture", "generation", "cpu_class", "accelerator"];

/// What a service puts before the EC2 name of the type.
const PREFIXES: [&str; 5] = ["db.", "cache.", "kafka.", "express.", "ml."];

/// What a service puts after it.
const SUFFIXES: [&str; 2] = [".search", ".elasticsearch"];

/// What an EC2 instance type is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Name: "m5.large".
    pub instance_type: String,
    /// Family: "m5".
    pub family: String,
    /// Size: "large".
    pub size: String,
    /// Virtual CPUs; a core each on Graviton and on AMD from generation 7 on, else mostly a thread.
    pub vcpu: u32,
    /// Memory in GiB.
    pub memory_gib: Decimal,
    /// Instruction set.
    pub architecture: Architecture,
    /// Local disks in GB, 0 where there are none.
    pub local_storage_gb: Decimal,
    /// Baseline network in Gbit/s; `None` when it is not known.
    pub network_gbps: Option<Decimal>,
    /// Earns CPU credits.
    pub burstable: bool,
    /// Runs without a hypervisor.
    pub bare_metal: bool,
    /// Whole GPUs; types with a share of one count 0, so ask [`Family::accelerator`] too.
    pub gpus: u32,
}

/// What the types of a family share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Name: "m5".
    pub name: String,
    /// Processor as AWS publishes it.
    pub processor: String,
    /// Instruction set.
    pub architecture: Architecture,
    /// Graviton generation; `None` for x86, for Apple, and where it is not published (`or1`).
    pub generation: Option<u8>,
    /// Families with the same class are taken as equally fast per vCPU.
    pub class: String,
    /// GPU, FPGA or machine learning chip that the family is bought for.
    pub accelerator: Option<String>,
}

/// Returns the EC2 name of an instance type: "db.m5.large", "m5.large.search" → "m5.large".
pub fn bare_type(instance_type: &str) -> &str {
    let bare = PREFIXES.iter().find_map(|prefix| instance_type.strip_prefix(prefix)).unwrap_or(instance_type);
    SUFFIXES.iter().find_map(|suffix| bare.strip_suffix(suffix)).unwrap_or(bare)
}

/// Reads `shapes.csv`, sorted by type.
pub(super) fn read_shapes(text: &[u8]) -> Result<Vec<Shape>> {
    let mut reader = Reader::new(SHAPES, text)?;
    let [name, family, size, vcpu, memory, architecture, storage, network, _, _, burstable, metal, gpus] =
        reader.columns(SHAPE_COLUMNS)?;
    let mut shapes: Vec<Shape> = Vec::new();
    while reader.advance()? {
        let shape = Shape {
            instance_type: reader.field(name).to_owned(),
            family: reader.field(family).to_owned(),
            size: reader.field(size).to_owned(),
            vcpu: reader.parsed(vcpu)?,
            memory_gib: reader.parsed(memory)?,
            architecture: Architecture::parse(reader.field(architecture)).ok_or_else(|| reader.wrong(architecture))?,
            local_storage_gb: reader.parsed(storage)?,
            network_gbps: reader.optional(network)?,
            burstable: reader.flag(burstable)?,
            bare_metal: reader.flag(metal)?,
            gpus: reader.parsed(gpus)?,
        };
        if shapes.last().is_some_and(|last| last.instance_type >= shape.instance_type) {
            return Err(reader.fault(&format!("{} is there twice or out of order", shape.instance_type)));
        }
        shapes.push(shape);
    }
    Ok(shapes)
}

/// Reads `families.csv` by name.
pub(super) fn read_families(text: &[u8]) -> Result<BTreeMap<String, Family>> {
    let mut reader = Reader::new(FAMILIES, text)?;
    let [name, processor, architecture, generation, class, accelerator] = reader.columns(FAMILY_COLUMNS)?;
    let mut families = BTreeMap::new();
    while reader.advance()? {
        let family = Family {
            name: reader.field(name).to_owned(),
            processor: reader.field(processor).to_owned(),
            architecture: Architecture::parse(reader.field(architecture)).ok_or_else(|| reader.wrong(architecture))?,
            generation: reader.optional(generation)?,
            class: reader.field(class).to_owned(),
            accelerator: reader.optional(accelerator)?,
        };
        if family.name.is_empty() || family.class.is_empty() || family.processor.is_empty() {
            return Err(reader.fault("family, processor and cpu_class must be filled"));
        }
        match family.generation {
            None => {}
            Some(1..=5) if family.architecture == Architecture::Arm => {}
            Some(_) => return Err(reader.fault("a generation is 1 to 5 and only Graviton families have one")),
        }
        if let Some(twice) = families.insert(family.name.clone(), family) {
            return Err(reader.fault(&format!("{} is there twice", twice.name)));
        }
    }
    Ok(families)
}

/// Checks that every shape has its family and that both name the same architecture.
///
/// # Errors
/// Names the families that are missing or that disagree.
pub(super) fn check(shapes: &[Shape], families: &BTreeMap<String, Family>) -> Result<()> {
    let mut missing: Vec<&str> =
        shapes.iter().map(|shape| shape.family.as_str()).filter(|family| !families.contains_key(*family)).collect();
    missing.dedup();
    if !missing.is_empty() {
        let list = missing.join(", ");
        return Err(Error::incomplete(format!("{FAMILIES} lacks families of {SHAPES}: {list}"))
            .hint("add a line for each: processor, architecture, Graviton generation and cpu_class"));
    }
    let wrong = |shape: &&Shape| families.get(&shape.family).is_some_and(|f| f.architecture != shape.architecture);
    match shapes.iter().find(wrong) {
        None => Ok(()),
        Some(shape) => Err(Error::incomplete(format!(
            "{FAMILIES} has another architecture for {} than {SHAPES}, where {} is {}",
            shape.family, shape.instance_type, shape.architecture
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILIES_TEXT: &str = "family,processor,architecture,generation,cpu_class,accelerator\nm5,Xeon,x86_64,,intel-skylake,\n\
        m6g,AWS Graviton2,arm64,2,graviton2,\n";

    fn shapes(family: &str, architecture: &str) -> Vec<Shape> {
        let header = SHAPE_COLUMNS.join(",");
        let text = format!("{header}\n{family}.large,{family},large,2,8,{architecture},0,,p,,0,0,0\n");
        read_shapes(text.as_bytes()).unwrap()
    }

    #[test]
    fn service_names_are_stripped() {
        for (name, bare) in [
            ("m5.large", "m5.large"),
            ("db.m5.large", "m5.large"),
            ("cache.r6g.xlarge", "r6g.xlarge"),
            ("m5.large.search", "m5.large"),
            ("m4.large.elasticsearch", "m4.large"),
            ("kafka.m7g.large", "m7g.large"),
            ("db.r5.large.tpc1.mem2x", "r5.large.tpc1.mem2x"),
        ] {
            assert_eq!(bare_type(name), bare);
        }
    }

    #[test]
    fn every_shape_needs_its_family() {
        let families = read_families(FAMILIES_TEXT.as_bytes()).unwrap();
        check(&shapes("m6g", "arm64"), &families).unwrap();
        let error = check(&shapes("m9z", "arm64"), &families).unwrap_err();
        assert_eq!(error.to_string(), "families.csv lacks families of shapes.csv: m9z");
        let error = check(&shapes("m5", "arm64"), &families).unwrap_err();
        assert!(error.to_string().contains("another architecture for m5"), "{error}");
    }

    #[test]
    fn only_graviton_has_a_generation() {
        for wrong in ["x,Xeon,x86_64,2,c,", "x,AWS Graviton9,arm64,9,c,", "x,AWS Graviton2,arm64,2,,"] {
            let text = format!("{}\n{wrong}\n", FAMILY_COLUMNS.join(","));
            assert!(read_families(text.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn unknown_network_is_not_zero() {
        assert_eq!(shapes("m5", "x86_64")[0].network_gbps, None);
    }
}
