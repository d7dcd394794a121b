//! Reads the facts about shapes, offerings, regions and speed, and writes them in the form of the cache.

use std::{collections::BTreeMap, fs::File, path::Path};

use rust_decimal::Decimal;

use crate::{
    error::{Error, Result},
    pricing::{
        offerings, regions,
        shapes::{Family, SHAPE_COLUMNS, Shape},
        speed,
        text::{Reader, Writer, or_empty, packed, plain},
    },
    terms::Architecture,
};

/// Prefixes that some usage types carry beside the published one.
const MORE_PREFIXES: [(&str, &str); 1] = [("eu-west-1", "EUW1")];

/// Names that bills use beside the one of the price list.
const MORE_NAMES: [(&str, &str); 3] = [
    ("ap-northeast-3", "Asia Pacific (Osaka-Local)"),
    ("sa-east-1", "South America (São Paulo)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
];

/// Where the measured pairs come from; the licence asks for it beside each of them.
const PERFORMANCE_SOURCE: &str = "Spare Cores, CC BY-SA 4.0";

/// What the hand-kept file says about a type; `None` leaves the fact as it is.
#[derive(Debug, Default)]
pub(super) struct Extra {
    memory_gib: Option<Decimal>,
    local_storage_gb: Option<Decimal>,
    gpus: Option<u32>,
}

fn open(path: &Path) -> Result<Reader<File>> {
    let file = File::open(path).map_err(|error| Error::io("read", path, &error))?;
    Reader::new(&path.file_name().unwrap_or_default().to_string_lossy(), file)
}

/// Reads the hand-kept file; without one there is nothing to add.
pub(super) fn extra(path: &Path) -> Result<BTreeMap<String, Extra>> {
    let mut all = BTreeMap::new();
    if !path.is_file() {
        return Ok(all);
    }
    let mut reader = open(path)?;
    let [name, memory, storage, gpus] = reader.columns(["instance_type", "memory_gib", "local_storage_gb", "gpus"])?;
    while reader.advance()? {
        let one = Extra {
            memory_gib: reader.optional(memory)?,
            local_storage_gb: reader.optional(storage)?,
            gpus: reader.optional(gpus)?,
        };
        all.insert(reader.field(name).to_owned(), one);
    }
    Ok(all)
}

/// Puts the hand-kept facts over the shapes.
pub(super) fn apply(extra: &BTreeMap<String, Extra>, shapes: &mut [Shape]) -> Result<()> {
    for (name, one) in extra {
        let Some(shape) = shapes.iter_mut().find(|shape| shape.instance_type == *name) else {
            return Err(Error::incomplete(format!("shapes-extra.csv names {name}, which is not among the types")));
        };
        shape.memory_gib = one.memory_gib.unwrap_or(shape.memory_gib);
        shape.local_storage_gb = one.local_storage_gb.unwrap_or(shape.local_storage_gb);
        shape.gpus = one.gpus.unwrap_or(shape.gpus);
    }
    Ok(())
}

/// Network and kind of a type, from the facts' second table.
struct Kind {
    network_gbps: Option<Decimal>,
    burstable: bool,
    bare_metal: bool,
    gpus: u32,
}

fn kinds(folder: &Path) -> Result<BTreeMap<String, Kind>> {
    let mut reader = open(&folder.join("shapes.csv"))?;
    let [name, network, burstable, metal, gpus] =
        reader.columns(["instance_type", "baseline_network_gbps", "burstable", "bare_metal", "gpus"])?;
    let mut kinds = BTreeMap::new();
    while reader.advance()? {
        let kind = Kind {
            network_gbps: reader.optional(network)?,
            burstable: reader.flag(burstable)?,
            bare_metal: reader.flag(metal)?,
            gpus: reader.parsed(gpus)?,
        };
        kinds.insert(reader.field(name).to_owned(), kind);
    }
    Ok(kinds)
}

/// Reads the shapes of the facts, sorted by type.
///
/// # Errors
/// Names the types of which neither the facts nor the hand-kept file know the memory or the local storage.
pub(super) fn shapes(folder: &Path, extra: &BTreeMap<String, Extra>) -> Result<Vec<Shape>> {
    let mut kinds = kinds(folder)?;
    let mut reader = open(&folder.join("instance_types.csv"))?;
    let [name, family, size, vcpu, memory, arch, storage] =
        reader.columns(["instance_type", "family", "size", "vcpu", "memory_gib", "arch", "local_storage_gb"])?;
    let mut all = BTreeMap::new();
    let mut incomplete = Vec::new();
    while reader.advance()? {
        let instance_type = reader.field(name).to_owned();
        let none = Extra::default();
        let more = extra.get(&instance_type).unwrap_or(&none);
        let kind = kinds.remove(&instance_type);
        let known = (
            more.memory_gib.or(reader.optional(memory)?),
            more.local_storage_gb.or(reader.optional(storage)?),
            more.gpus.or(kind.as_ref().map(|kind| kind.gpus)),
        );
        let (Some(memory_gib), Some(local_storage_gb), Some(gpus)) = known else {
            incomplete.push(instance_type);
            continue;
        };
        let architecture = match reader.field(arch).trim_end_matches("_mac") {
            "x86_64" => Architecture::X86,
            "arm64" => Architecture::Arm,
            _ => return Err(reader.wrong(arch)),
        };
        let size = reader.field(size).to_owned();
        let shape = Shape {
            family: reader.field(family).to_owned(),
            vcpu: reader.parsed(vcpu)?,
            memory_gib,
            architecture,
            local_storage_gb,
            network_gbps: kind.as_ref().and_then(|kind| kind.network_gbps),
            burstable: kind.as_ref().is_some_and(|kind| kind.burstable),
            bare_metal: kind.as_ref().map_or_else(|| size.starts_with("metal"), |kind| kind.bare_metal),
            gpus,
            size,
            instance_type: instance_type.clone(),
        };
        if all.insert(instance_type, shape).is_some() {
            return Err(reader.fault("the type is there twice"));
        }
    }
    if let Some(left) = kinds.keys().next() {
        return Err(Error::incomplete(format!("shapes.csv names {left}, which instance_types.csv lacks")));
    }
    if !incomplete.is_empty() {
        let list = incomplete.join(", ");
        return Err(Error::incomplete(format!("memory, local storage or GPUs are not known of {list}"))
            .hint("add them to shapes-extra.csv in the cache"));
    }
    let mut shapes: Vec<Shape> = all.into_values().collect();
    apply(extra, &mut shapes)?;
    Ok(shapes)
}

/// Writes `shapes.csv`, with processor and generation from the families.
pub(super) fn render(shapes: &[Shape], families: &BTreeMap<String, Family>) -> Result<Vec<u8>> {
    let mut writer = Writer::new(SHAPE_COLUMNS)?;
    let flag = |set: bool| if set { "1" } else { "0" }.to_owned();
    for shape in shapes {
        let family = families.get(&shape.family);
        writer.push([
            shape.instance_type.clone(),
            shape.family.clone(),
            shape.size.clone(),
            shape.vcpu.to_string(),
            plain(shape.memory_gib),
            shape.architecture.to_string(),
            plain(shape.local_storage_gb),
            or_empty(shape.network_gbps.map(plain)),
            or_empty(family.map(|family| &family.processor)),
            or_empty(family.and_then(|family| family.generation)),
            flag(shape.burstable),
            flag(shape.bare_metal),
            shape.gpus.to_string(),
        ])?;
    }
    writer.finish()
}

/// Writes `offerings.csv.zst`.
pub(super) fn offerings(folder: &Path) -> Result<Vec<u8>> {
    let mut reader = open(&folder.join("offerings.csv"))?;
    let [name, sold_in] = reader.columns(offerings::COLUMNS)?;
    let mut all = BTreeMap::new();
    while reader.advance()? {
        let mut codes: Vec<String> = reader.field(sold_in).split_whitespace().map(str::to_owned).collect();
        codes.sort();
        codes.dedup();
        if codes.is_empty() || all.insert(reader.field(name).to_owned(), codes.join(" ")).is_some() {
            return Err(reader.fault("the type has no region or is there twice"));
        }
    }
    let mut writer = Writer::new(offerings::COLUMNS)?;
    for (name, codes) in all {
        writer.push([name, codes])?;
    }
    packed(&writer.finish()?)
}

/// Writes `regions.csv`.
pub(super) fn regions(folder: &Path) -> Result<Vec<u8>> {
    let mut reader = open(&folder.join("region_prefixes.csv"))?;
    let [code, location, first, second] =
        reader.columns(["region", "location_name_in_price_list", "ec2_rds_lambda_prefix", "new_style_prefix_msk"])?;
    let mut all = BTreeMap::new();
    while reader.advance()? {
        let code = reader.field(code).to_owned();
        let location = reader.field(location).to_owned();
        let more = |list: &[(&str, &'static str)]| -> Vec<String> {
            list.iter().filter(|(region, _)| *region == code).map(|(_, text)| (*text).to_owned()).collect()
        };
        let published = [first, second].map(|column| reader.field(column).to_owned());
        let mut prefixes: Vec<String> =
            published.into_iter().filter(|prefix| !prefix.is_empty() && prefix != "(none)").collect();
        prefixes.dedup();
        prefixes.extend(more(&MORE_PREFIXES));
        let mut names = more(&MORE_NAMES);
        names.extend(location.strip_prefix("EU (").map(|rest| format!("Europe ({rest}")));
        all.insert(code, (location, names, prefixes));
    }
    let mut writer = Writer::new(regions::COLUMNS)?;
    for (code, (location, names, prefixes)) in all {
        let separator = regions::ALIAS_SEPARATOR.to_string();
        writer.push([code, location, names.join(&separator), prefixes.join(" ")])?;
    }
    writer.finish()
}

/// Writes `performance.csv`: the pairs that have a Geekbench 6 multi-core ratio, in the order of the facts.
pub(super) fn performance(folder: &Path) -> Result<Vec<u8>> {
    let mut reader = open(&folder.join("performance/measured_pairs.csv"))?;
    let [from, to, ratio, size] = reader.columns(["x86_or_older", "graviton", "ratio_geekbench6_multi", "size"])?;
    let mut writer = Writer::new(speed::COLUMNS)?;
    while reader.advance()? {
        if let Some(value) = reader.optional::<Decimal>(ratio)? {
            let value = plain(value);
            writer.push([reader.field(from), reader.field(to), &value, reader.field(size), PERFORMANCE_SOURCE])?;
        }
    }
    writer.finish()
}
