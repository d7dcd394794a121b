//! The import on a small folder of facts, and on the real ones when they are at hand.

use std::{collections::BTreeMap, path::Path};

use super::*;

const PRICES_CSV: &str = "service,region,item,variant,term,unit,price_usd,as_of,source
EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,0.0950,2025-01-01,old
EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,0.0960,2026-01-01,new
EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,0.0970,2024-01-01,older
EC2,us-east-1,m5.large,Linux,RI-1yr-NoUpfront,Hrs,0.06,2026-02-01,new
EC2,us-east-1,m5.large,Linux,Spot,Hrs,0.02,2026-02-01,new
EC2,us-east-1,m5.large,Linux,OnDemand-Dedicated,Hrs,0.1,2026-02-01,new
EC2,us-east-1,m6g.large,Linux,OnDemand,Hrs,0.077,2026-01-01,new
";

const FAMILIES_CSV: &str = "family,processor,architecture,generation,cpu_class,accelerator
m5,Xeon,x86_64,,intel-skylake,
m6g,AWS Graviton2,arm64,2,graviton2,
";

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Writes a small folder of facts and a cache with only the hand-kept files.
fn facts_and_cache() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (facts, cache) = (folder.path().join("facts"), folder.path().join("cache"));
    put(&facts, "prices.csv", PRICES_CSV);
    put(
        &facts,
        "instance_types.csv",
        "instance_type,family,size,vcpu,memory_gib,arch,local_storage_gb,source\n\
        m6g.large,m6g,large,2,8.0,arm64,0,x\nm5.large,m5,large,2,8.0,x86_64,0,x\n",
    );
    put(
        &facts,
        "shapes.csv",
        "instance_type,baseline_network_gbps,burstable,bare_metal,gpus,local_disk,nvme\n\
        m5.large,0.75,0,0,0,,\nm6g.large,0.75,0,0,0,,\n",
    );
    put(&facts, "offerings.csv", "instance_type,regions\nm6g.large,us-east-1\nm5.large,us-east-1 eu-west-1\n");
    put(
        &facts,
        "region_prefixes.csv",
        "region,location_name_in_price_list,new_style_prefix_msk,ec2_rds_lambda_prefix\n\
        us-east-1,US East (N. Virginia),USE1,(none)\neu-west-1,EU (Ireland),EU,EU\n",
    );
    put(
        &facts,
        "performance/measured_pairs.csv",
        "x86_or_older,graviton,size,ratio_geekbench6_multi\nm5,m6g,xlarge,1.427\nm5,m7g,xlarge,\n",
    );
    put(&cache, FAMILIES, FAMILIES_CSV);
    put(&cache, METERS, include_str!("../../../pricing-cache/meters.csv"));
    put(&cache, VERSIONS, include_str!("../../../pricing-cache/engine-versions.csv"));
    put(&cache, EFFORT, include_str!("../../../pricing-cache/effort.csv"));
    put(&cache, PREDECESSORS, "graviton_family,predecessors,note\nm6g,m5,\n");
    (folder, facts, cache)
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn opened(cache: &Path) -> Result<PriceBook> {
    PriceBook::of(contents(cache).into_iter().map(|(name, bytes)| (name, bytes.into())).collect())
}

#[test]
fn the_newest_price_is_taken_and_commitments_have_files_of_their_own() {
    let (_folder, facts, cache) = facts_and_cache();
    let packed = pack(&facts, &cache).unwrap();
    assert_eq!(packed.snapshot.to_string(), "2026-02-01");
    let book = opened(&cache).unwrap();
    book.verify().unwrap();
    let price = book.on_demand("EC2", "us-east-1", "m5.large", "Linux").unwrap();
    assert_eq!((price.usd.to_string().as_str(), price.source), ("0.096", "new"));
    let terms: Vec<&str> = book.rows().map(|row| row.term.as_str()).collect();
    assert_eq!(terms, ["OnDemand", "OnDemand", "RI-1yr-NoUpfront"]);
    assert_eq!(book.status()[0].rows, 3);
    let rate = book.committed("EC2", "us-east-1", "m5.large", "Linux", "RI-1yr-NoUpfront".parse().unwrap()).unwrap();
    assert_eq!((rate.usd.to_string().as_str(), rate.as_of.to_string().as_str()), ("0.06", "2026-02-01"));
    assert_eq!(book.region_of_prefix("EUW1"), Some("eu-west-1"));
    assert_eq!(book.location_region("Europe (Ireland)"), Some("eu-west-1"));
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let (_folder, facts, cache) = facts_and_cache();
    pack(&facts, &cache).unwrap();
    let first = contents(&cache);
    let again = pack(&facts, &cache).unwrap();
    assert_eq!(contents(&cache), first);
    assert!(again.files.iter().all(|file| !file.changed));
}

#[test]
fn compressed_facts_give_the_same_cache() {
    let (_folder, facts, cache) = facts_and_cache();
    pack(&facts, &cache).unwrap();
    let plain = contents(&cache);
    fs::remove_file(facts.join("prices.csv")).unwrap();
    fs::write(facts.join("prices.csv.zst"), zstd::encode_all(PRICES_CSV.as_bytes(), 1).unwrap()).unwrap();
    pack(&facts, &cache).unwrap();
    assert_eq!(contents(&cache), plain);
    fs::remove_file(facts.join("prices.csv.zst")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, PRICES_CSV.as_bytes()).unwrap();
    fs::write(facts.join("prices.csv.gz"), gzip.finish().unwrap()).unwrap();
    pack(&facts, &cache).unwrap();
    assert_eq!(contents(&cache), plain);
}

#[test]
fn two_prices_for_one_day_are_refused() {
    let (_folder, facts, cache) = facts_and_cache();
    for line in [
        "EC2,us-east-1,m6g.large,Linux,OnDemand,Hrs,0.078,2026-01-01,other",
        "EC2,us-east-1,m5.large,Linux,RI-1yr-NoUpfront,Hrs,0.061,2026-02-01,other",
    ] {
        put(&facts, "prices.csv", &format!("{PRICES_CSV}{line}\n"));
        let error = pack(&facts, &cache).unwrap_err();
        assert_eq!(error.to_string(), "prices.csv line 9: another price for the same day was read before");
    }
}

#[test]
fn terms_and_usage_types_that_are_not_known_are_refused() {
    let (_folder, facts, cache) = facts_and_cache();
    for (line, what) in [
        (
            "EC2,us-east-1,m5.large,Linux,RI-5yr-NoUpfront,Hrs,1,2026-01-01,x",
            "\"RI-5yr-NoUpfront\" is not a valid term",
        ),
        (
            "RDS,us-east-1,M7G,USE1-Odd:db.m7g.xl|CreateDBInstance:0002,DatabaseSP-1yr-NoUpfront,Hrs,1,2026-01-01,x",
            "is not a valid variant",
        ),
    ] {
        put(&facts, "prices.csv", &format!("{PRICES_CSV}{line}\n"));
        let error = pack(&facts, &cache).unwrap_err().to_string();
        assert!(error.starts_with("prices.csv line 9: ") && error.contains(what), "{error}");
    }
}

#[test]
fn rates_without_list_prices_are_refused() {
    let (_folder, facts, cache) = facts_and_cache();
    let line = "RDS,us-east-1,db.m5.large,MySQL|Single-AZ,RI-1yr-NoUpfront,Hrs,1,2026-01-01,x";
    put(&facts, "prices.csv", &format!("{PRICES_CSV}{line}\n"));
    let error = pack(&facts, &cache).unwrap_err().to_string();
    assert_eq!(error, "pricing-cache has rates of RDS without list prices");
}

#[test]
fn families_that_are_missing_are_named_and_nothing_is_written() {
    let (_folder, facts, cache) = facts_and_cache();
    put(&cache, FAMILIES, "family,processor,architecture,generation,cpu_class,accelerator\n");
    let error = pack(&facts, &cache).unwrap_err();
    assert_eq!(error.to_string(), "families.csv lacks families of shapes.csv: m5, m6g");
    assert_eq!(contents(&cache).len(), 1 + RULES.len());
}

#[test]
fn a_correction_by_hand_is_refused_until_it_is_packed() {
    let (_folder, facts, cache) = facts_and_cache();
    pack(&facts, &cache).unwrap();
    put(&cache, FAMILIES, &FAMILIES_CSV.replace("Xeon", "Better Xeon"));
    assert!(opened(&cache).unwrap_err().to_string().contains("families.csv is not the file"));
    let packed = pack(&cache, &cache).unwrap();
    let changed: Vec<_> = packed.files.iter().filter(|file| file.changed).map(|file| file.name.as_str()).collect();
    assert_eq!(changed, [INDEX, SHAPES]);
    assert_eq!(opened(&cache).unwrap().family("m5").unwrap().processor, "Better Xeon");
    // The import keeps the corrected file.
    pack(&facts, &cache).unwrap();
    assert_eq!(opened(&cache).unwrap().family("m5").unwrap().processor, "Better Xeon");
}

#[test]
fn what_the_facts_leave_out_comes_from_the_hand_kept_file() {
    let (_folder, facts, cache) = facts_and_cache();
    let types = fs::read_to_string(facts.join("instance_types.csv")).unwrap();
    put(&facts, "instance_types.csv", &format!("{types}m5.metal,m5,metal,96,,x86_64,,x\n"));
    let error = pack(&facts, &cache).unwrap_err();
    assert_eq!(error.to_string(), "memory, local storage or GPUs are not known of m5.metal");
    put(&cache, EXTRA, "instance_type,memory_gib,local_storage_gb,gpus\nm5.metal,384,0,0\n");
    pack(&facts, &cache).unwrap();
    fs::remove_file(cache.join(EXTRA)).unwrap();
    let book = opened(&cache).unwrap();
    let shape = book.shape("m5.metal").unwrap();
    assert_eq!((shape.memory_gib.to_string().as_str(), shape.bare_metal, shape.network_gbps), ("384", true, None));
}

#[test]
fn services_that_are_gone_leave_no_file() {
    let (_folder, facts, cache) = facts_and_cache();
    for name in ["on-demand/Gone.csv.zst", "committed/Gone.csv.zst"] {
        put(&cache, name, "");
        pack(&facts, &cache).unwrap();
        assert!(!cache.join(name).exists());
    }
}

#[test]
fn a_folder_without_facts_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = pack(folder.path(), folder.path()).unwrap_err();
    assert_eq!(error.kind().exit_code(), 2);
}

#[test]
fn the_real_facts_give_the_committed_cache() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (facts, committed) = (root.join("../shared/prices"), root.join("pricing-cache"));
    if !facts.is_dir() {
        eprintln!("skipped: no price facts at {}", facts.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in [FAMILIES, EXTRA].into_iter().chain(RULES) {
        fs::copy(committed.join(name), folder.path().join(name)).unwrap();
    }
    pack(&facts, folder.path()).unwrap();
    for (name, bytes) in contents(folder.path()) {
        assert!(fs::read(committed.join(&name)).unwrap() == bytes, "{name} differs from the committed file");
    }
}
