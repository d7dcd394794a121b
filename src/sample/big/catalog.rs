//! What the large bill buys: regions, instance families, and the meters of some forty services.
//!
//! Names are AWS's. Rates of instances are near AWS's of us-east-1, times a made-up factor of the region; all other rates
//! are of the right size and otherwise made up: this bill measures speed and adds up, it quotes no price list.

/// A region: its code, the prefix of its usage types, its location, and its prices in per mille of us-east-1's.
pub(super) struct Region {
    pub code: &'static str,
    pub prefix: &'static str,
    pub location: &'static str,
    pub price: i64,
}

const fn region(code: &'static str, prefix: &'static str, location: &'static str, price: i64) -> Region {
    Region { code, prefix, location, price }
}

/// The regions, most used first.
pub(super) const REGIONS: [Region; 18] = [
    region("us-east-1", "USE1", "US East (N. Virginia)", 1000),
    region("eu-west-1", "EU", "EU (Ireland)", 1115),
    region("us-west-2", "USW2", "US West (Oregon)", 1000),
    region("eu-central-1", "EUC1", "EU (Frankfurt)", 1198),
    region("ap-northeast-2", "APN2", "Asia Pacific (Seoul)", 1229),
    region("us-east-2", "USE2", "US East (Ohio)", 1000),
    region("ap-southeast-1", "APS1", "Asia Pacific (Singapore)", 1250),
    region("ap-northeast-1", "APN1", "Asia Pacific (Tokyo)", 1292),
    region("eu-west-2", "EUW2", "EU (London)", 1156),
    region("ap-southeast-2", "APS2", "Asia Pacific (Sydney)", 1250),
    region("ap-south-1", "APS3", "Asia Pacific (Mumbai)", 1052),
    region("ca-central-1", "CAN1", "Canada (Central)", 1115),
    region("eu-west-3", "EUW3", "EU (Paris)", 1167),
    region("sa-east-1", "SAE1", "South America (Sao Paulo)", 1594),
    region("us-west-1", "USW1", "US West (N. California)", 1167),
    region("eu-north-1", "EUN1", "EU (Stockholm)", 1063),
    region("ap-northeast-3", "APN3", "Asia Pacific (Osaka)", 1292),
    region("eu-south-1", "EUS1", "EU (Milan)", 1167),
];

/// Sizes with their weight in units of `large`, which has two vCPUs.
type Sizes = &'static [(&'static str, i64)];
const BIG: Sizes = &[("large", 1), ("xlarge", 2), ("2xlarge", 4), ("4xlarge", 8), ("12xlarge", 24), ("24xlarge", 48)];
const WIDE: Sizes = &[("large", 1), ("xlarge", 2), ("2xlarge", 4), ("4xlarge", 8), ("8xlarge", 16), ("16xlarge", 32)];
const SMALL: Sizes = &[("large", 1), ("xlarge", 2), ("2xlarge", 4)];
const NINE: Sizes = &[("large", 1), ("xlarge", 2), ("2xlarge", 4), ("4xlarge", 8), ("9xlarge", 18), ("18xlarge", 36)];

/// An instance family.
pub(super) struct Family {
    pub name: &'static str,
    pub sizes: Sizes,
    /// Price of `large` in millionths of a dollar an hour.
    pub large: i64,
    /// Memory of `large` in GiB.
    pub memory: i64,
    pub processor: &'static str,
    pub label: &'static str,
}

const fn family(
    name: &'static str,
    sizes: Sizes,
    large: i64,
    memory: i64,
    processor: &'static str,
    label: &'static str,
) -> Family {
    Family { name, sizes, large, memory, processor, label }
}

const GENERAL: &str = "General purpose";
const COMPUTE: &str = "Compute optimized";
const MEMORY: &str = "Memory optimized";
const STORAGE: &str = "Storage optimized";
const ACCELERATED: &str = "GPU instance";
const XEON: &str = "Intel Xeon Platinum 8175";
const ICE: &str = "Intel Xeon 8375C (Ice Lake)";
const SAPPHIRE: &str = "Intel Xeon Scalable (Sapphire Rapids)";
const AMD: &str = "AMD EPYC 7571";
const MILAN: &str = "AMD EPYC 7R13 Processor";
const G2: &str = "AWS Graviton2 Processor";
const G3: &str = "AWS Graviton3 Processor";
const G4: &str = "AWS Graviton4 Processor";

/// The families of EC2, most used first.
pub(super) const FAMILIES: [Family; 42] = [
    family("m5", BIG, 96_000, 8, XEON, GENERAL),
    family("t3", SMALL, 83_200, 8, "Intel Skylake E5 2686 v5", GENERAL),
    family("c5", NINE, 85_000, 4, XEON, COMPUTE),
    family("r5", BIG, 126_000, 16, XEON, MEMORY),
    family("m6i", WIDE, 96_000, 8, ICE, GENERAL),
    family("m6g", WIDE, 77_000, 8, G2, GENERAL),
    family("c6i", WIDE, 85_000, 4, ICE, COMPUTE),
    family("r6g", WIDE, 100_800, 16, G2, MEMORY),
    family("t3a", SMALL, 75_200, 8, AMD, GENERAL),
    family("r6i", WIDE, 126_000, 16, ICE, MEMORY),
    family("c6g", WIDE, 68_000, 4, G2, COMPUTE),
    family("t4g", SMALL, 67_200, 8, G2, GENERAL),
    family("m5a", BIG, 86_000, 8, AMD, GENERAL),
    family("m7g", WIDE, 81_600, 8, G3, GENERAL),
    family("c7g", WIDE, 72_500, 4, G3, COMPUTE),
    family("r7g", WIDE, 107_100, 16, G3, MEMORY),
    family("m7i", WIDE, 100_800, 8, SAPPHIRE, GENERAL),
    family("c7i", WIDE, 89_250, 4, SAPPHIRE, COMPUTE),
    family("r7i", WIDE, 132_300, 16, SAPPHIRE, MEMORY),
    family("m4", SMALL, 100_000, 8, "Intel Xeon E5-2676 v3 (Haswell)", GENERAL),
    family("c4", SMALL, 100_000, 4, "Intel Xeon E5-2666 v3 (Haswell)", COMPUTE),
    family("r4", WIDE, 133_000, 15, "Intel Xeon E5-2686 v4 (Broadwell)", MEMORY),
    family("t2", SMALL, 92_800, 8, "Intel Xeon Family", GENERAL),
    family("m6a", WIDE, 86_400, 8, MILAN, GENERAL),
    family("c6a", WIDE, 76_500, 4, MILAN, COMPUTE),
    family("r6a", WIDE, 113_400, 16, MILAN, MEMORY),
    family("r5a", BIG, 113_000, 16, AMD, MEMORY),
    family("c5a", WIDE, 77_000, 4, "AMD EPYC 7R32", COMPUTE),
    family("m5d", BIG, 113_000, 8, XEON, GENERAL),
    family("r5d", BIG, 144_000, 16, XEON, MEMORY),
    family("c5d", NINE, 96_000, 4, XEON, COMPUTE),
    family("c5n", NINE, 108_000, 5, XEON, COMPUTE),
    family("i3", WIDE, 156_000, 15, "Intel Xeon E5-2686 v4 (Broadwell)", STORAGE),
    family("i4i", WIDE, 171_600, 16, ICE, STORAGE),
    family("im4gn", WIDE, 181_900, 8, G2, STORAGE),
    family("m6gd", WIDE, 90_400, 8, G2, GENERAL),
    family("c6gn", WIDE, 86_400, 4, G2, COMPUTE),
    family("x2gd", WIDE, 167_000, 32, G2, MEMORY),
    family("m8g", WIDE, 89_760, 8, G4, GENERAL),
    family("c8g", WIDE, 79_760, 4, G4, COMPUTE),
    family("r8g", WIDE, 117_820, 16, G4, MEMORY),
    family("g4dn", &[("xlarge", 2), ("2xlarge", 3), ("4xlarge", 5)], 263_000, 8, XEON, ACCELERATED),
];

/// The families that managed services run on, by index of [`FAMILIES`].
pub(super) const MANAGED: [usize; 12] = [0, 3, 7, 5, 1, 11, 9, 4, 15, 13, 40, 38];

/// Systems of EC2: operation, name, licence on top of the hour in millionths of a dollar for each vCPU, share of 100.
pub(super) const SYSTEMS: [(&str, &str, i64, u64); 4] = [
    ("RunInstances", "Linux", 0, 88),
    ("RunInstances:0002", "Windows", 46_000, 8),
    ("RunInstances:0010", "RHEL", 14_400, 3),
    ("RunInstances:000g", "SUSE", 12_500, 1),
];

/// Engines of RDS: operation, engine, price in per cent of the instance alone, and the deployment's usage type.
pub(super) const ENGINES: [(&str, &str, i64, &str, &str); 9] = [
    ("CreateDBInstance:0014", "PostgreSQL", 185, "InstanceUsage", "Single-AZ"),
    ("CreateDBInstance:0002", "MySQL", 178, "InstanceUsage", "Single-AZ"),
    ("CreateDBInstance:0014", "PostgreSQL", 370, "Multi-AZUsage", "Multi-AZ"),
    ("CreateDBInstance:0021", "Aurora PostgreSQL", 230, "InstanceUsage", "Single-AZ"),
    ("CreateDBInstance:0016", "Aurora MySQL", 230, "InstanceUsage", "Single-AZ"),
    ("CreateDBInstance:0002", "MySQL", 356, "Multi-AZUsage", "Multi-AZ"),
    ("CreateDBInstance:0018", "MariaDB", 178, "InstanceUsage", "Single-AZ"),
    ("CreateDBInstance:0021", "Aurora PostgreSQL", 299, "InstanceUsageIOOptimized", "Single-AZ"),
    ("CreateDBInstance:0020", "Oracle", 420, "InstanceUsage", "Single-AZ"),
];

/// Engines of ElastiCache: operation and name.
pub(super) const CACHES: [(&str, &str); 3] = [
    ("CreateCacheCluster:0002", "Redis"),
    ("CreateCacheCluster:Valkey", "Valkey"),
    ("CreateCacheCluster:0001", "Memcached"),
];
