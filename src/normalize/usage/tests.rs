//! The spellings of real bills, one row each.

use super::*;

#[expect(clippy::large_types_passed_by_value, reason = "facts are built in place")]
fn derived(facts: Facts<'_>) -> Usage {
    derive(&facts, PriceBook::embedded().unwrap())
}

fn ec2<'a>(usage_type: &'a str, operation: &'a str) -> Facts<'a> {
    Facts {
        charge_type: "Usage",
        product_code: "AmazonEC2",
        usage_type,
        operation: Some(operation),
        ..Facts::default()
    }
}

#[test]
fn spot_rows_are_read_from_usage_type_and_operation() {
    let spot = derived(Facts {
        description: Some("c5.large Linux/UNIX Spot Instance-hour in US East (N. Virginia) in VPC Zone #1"),
        region: Some("us-east-1"),
        ..ec2("SpotUsage:c5.large", "RunInstances:SV062")
    });
    assert_eq!(spot.kind, UsageKind::InstanceHours);
    assert_eq!(spot.instance_type.as_deref(), Some("c5.large"));
    assert_eq!(spot.instance_family.as_deref(), Some("c5"));
    assert_eq!(spot.operating_system.as_deref(), Some("Linux"));
    assert_eq!(spot.purchase_option, Some(PurchaseOption::Spot));
    assert_eq!(spot.architecture, Some(Architecture::X86));
    assert_eq!(spot.vcpu, Some(2));
    let windows = derived(ec2("SpotUsage:m5.large", "RunInstances:0002:SV012"));
    assert_eq!(windows.operating_system.as_deref(), Some("Windows"));
}

#[test]
fn rows_with_an_instance_type_that_are_no_hours() {
    for usage_type in ["EBSOptimized:c5.large", "CPUCredits:t3", "NatGateway-Hours", "HostBoxUsage:m5.large"] {
        let usage = derived(Facts { instance_type: Some("c5.large"), ..ec2(usage_type, "Hourly") });
        assert_eq!(usage.kind, UsageKind::Other, "{usage_type}");
        assert_eq!(usage.purchase_option, None, "{usage_type}");
        assert_eq!(usage.architecture, None, "{usage_type}");
    }
    let negation = derived(Facts {
        charge_type: "SavingsPlanNegation",
        instance_type: Some("m5.large"),
        ..ec2("BoxUsage:m5.large", "RunInstances")
    });
    assert_eq!(negation.kind, UsageKind::NoUsage);
}

#[test]
fn regions_come_from_the_bill_then_the_prefix_then_the_zone() {
    let seoul = derived(ec2("APN2-BoxUsage:m5.large", "RunInstances"));
    assert_eq!(seoul.region.as_deref(), Some("ap-northeast-2"));
    assert_eq!(seoul.instance_type.as_deref(), Some("m5.large"));
    assert_eq!(derived(ec2("EU-BoxUsage:m5.large", "RunInstances")).region.as_deref(), Some("eu-west-1"));
    let zoned = Facts { availability_zone: Some("us-east-1a"), ..ec2("BoxUsage:m5.large", "RunInstances") };
    assert_eq!(derived(zoned).region.as_deref(), Some("us-east-1"));
    // Usage types of us-east-1 have no prefix; of rows that are no instance hours nothing is assumed.
    assert_eq!(derived(ec2("BoxUsage:m5.large", "RunInstances")).region.as_deref(), Some("us-east-1"));
    assert_eq!(derived(ec2("DataTransfer-Regional-Bytes", "InterZone-In")).region, None);
    let own = Facts { region: Some("us-west-2"), ..ec2("APN2-BoxUsage:m5.large", "RunInstances") };
    assert_eq!(derived(own).region.as_deref(), Some("us-west-2"));
}

#[test]
fn database_sizes_are_spelled_in_full() {
    let rds = |usage_type, operation| {
        derived(Facts {
            charge_type: "Usage",
            product_code: "AmazonRDS",
            usage_type,
            operation: Some(operation),
            ..Facts::default()
        })
    };
    let multi = rds("APN2-Multi-AZUsage:db.r5.2xl", "CreateDBInstance:0002");
    assert_eq!(multi.instance_type.as_deref(), Some("db.r5.2xlarge"));
    assert_eq!(multi.instance_family.as_deref(), Some("db.r5"));
    assert_eq!(multi.price_variant.as_deref(), Some("MySQL|Multi-AZ"));
    let aurora = rds("APN2-InstanceUsageIOOptimized:db.r6g.16xl", "CreateDBInstance:0021");
    assert_eq!(aurora.instance_type.as_deref(), Some("db.r6g.16xlarge"));
    assert_eq!(aurora.architecture, Some(Architecture::Arm));
    assert_eq!(aurora.price_variant.as_deref(), Some("Aurora PostgreSQL|IO-Optimized"));
    assert_eq!(
        rds("Multi-AZClusterUsage:db.m6gd.xl", "CreateDBInstance:0014").price_variant.as_deref(),
        Some("PostgreSQL|Multi-AZ (readable standbys)")
    );
    assert_eq!(rds("APN2-Aurora:ServerlessV2Usage", "CreateDBInstance:0016").kind, UsageKind::Serverless);
    assert_eq!(rds("APN2-RDS:GP2-Storage", "CreateDBInstance:0002").kind, UsageKind::Other);
    assert_eq!(rds("ExtendedSupport:Yr1-Yr2:MySQL5.7", "CreateDBInstance:0002").kind, UsageKind::Other);
}

#[test]
fn caches_and_search_nodes_keep_their_own_names() {
    let row = |product_code, usage_type, operation| {
        derived(Facts {
            charge_type: "Usage",
            product_code,
            usage_type,
            operation: Some(operation),
            ..Facts::default()
        })
    };
    let cache = row("AmazonElastiCache", "APN2-NodeUsage:cache.r5.large", "CreateCacheCluster:0002");
    assert_eq!(cache.price_variant.as_deref(), Some("Redis"));
    assert_eq!(cache.instance_family.as_deref(), Some("cache.r5"));
    let support =
        row("AmazonElastiCache", "ExtendedSupportYr1_Yr2-NodeUsage:cache.r5.large", "CreateCacheCluster:0002");
    assert_eq!(support.kind, UsageKind::Other);
    let search = row("AmazonES", "ESInstance:r5.large", "ESDomain");
    assert_eq!(search.instance_type.as_deref(), Some("r5.large.search"));
    assert_eq!(search.instance_family.as_deref(), Some("r5"));
    assert_eq!(search.price_variant.as_deref(), Some("OpenSearch"));
}

#[test]
fn operation_codes_name_the_system_and_its_licence() {
    for (operation, system) in [
        ("RunInstances", "Linux"),
        ("RunInstances:0002", "Windows"),
        ("RunInstances:0010", "RHEL"),
        ("RunInstances:1010", "Red Hat Enterprise Linux with HA"),
        ("RunInstances:000g", "SUSE"),
        ("RunInstances:0102", "Windows"),
        ("RunInstances:0004", "Linux"),
    ] {
        assert_eq!(
            derived(ec2("BoxUsage:m5.large", operation)).operating_system.as_deref(),
            Some(system),
            "{operation}"
        );
    }
    assert_eq!(derived(ec2("BoxUsage:m5.large", "RunInstances:0004")).licensed_software.as_deref(), Some("SQL Std"));
    assert_eq!(derived(ec2("BoxUsage:m5.large", "RunInstances:000g")).price_variant.as_deref(), Some("SLES"));
    assert_eq!(derived(ec2("BoxUsage", "RunInstances")).instance_type.as_deref(), Some("m1.small"));
}

/// Found in acceptance: every Spot row of a `metal-24xl` was unknown.
#[test]
fn metal_sizes_are_no_abbreviations() {
    let metal = derived(ec2("SpotUsage:c7i.metal-24xl", "RunInstances:SV001"));
    assert_eq!(metal.instance_type.as_deref(), Some("c7i.metal-24xl"));
    assert_eq!(metal.vcpu, Some(96));
}

#[test]
fn licences_of_rhel_are_told_apart() {
    let sql = derived(ec2("BoxUsage:m5.large", "RunInstances:0014"));
    assert_eq!(sql.licensed_software.as_deref(), Some("SQL Std"));
    let own = derived(ec2("BoxUsage:m5.large", "RunInstances:00g0"));
    assert_eq!((own.operating_system.as_deref(), own.price_variant.as_deref()), (Some("RHEL"), Some("Linux")));
}

#[test]
fn second_lines_of_a_node_are_no_hours() {
    for usage_type in [
        "NodeUsage:cache.r7g.large-SyncDurability",
        "SyncDurability-NodeUsage:cache.r7g.large",
        "ExtendedSupportYr1_Yr2-NodeUsage:cache.r5.large",
        "USE1-ExtendedSupport:Yr1-Yr2:MySQL5.7",
    ] {
        let product_code = if usage_type.contains("MySQL") { "AmazonRDS" } else { "AmazonElastiCache" };
        let usage = derived(Facts { charge_type: "Usage", product_code, usage_type, ..Facts::default() });
        assert_eq!(usage.kind, UsageKind::Other, "{usage_type}");
    }
}

#[test]
fn the_fee_of_a_reserved_instance_names_its_type() {
    let fee = derived(Facts {
        charge_type: "RIFee",
        product_code: "AmazonRDS",
        usage_type: "APN2-HeavyUsage:db.r6g.2xl",
        ..Facts::default()
    });
    assert_eq!((fee.kind, fee.instance_type.as_deref()), (UsageKind::NoUsage, Some("db.r6g.2xlarge")));
    assert_eq!(fee.purchase_option, None);
}

#[test]
fn a_region_that_the_table_does_not_know_is_no_reason_to_lose_hours() {
    for (usage_type, region) in [
        ("CNN1-BoxUsage:m6g.xlarge", None),
        ("APS8-BoxUsage:m5.large", None),
        ("BoxUsage:m5.large", Some("us-east-1")),
        ("APN2-BoxUsage:m5.large", Some("ap-northeast-2")),
    ] {
        let usage = derived(ec2(usage_type, "RunInstances"));
        assert_eq!((usage.kind, usage.region.as_deref()), (UsageKind::InstanceHours, region), "{usage_type}");
    }
    let stated = derived(Facts { region: Some("cn-north-1"), ..ec2("CNN1-BoxUsage:m5.large", "RunInstances") });
    assert_eq!(stated.region.as_deref(), Some("cn-north-1"));
    let other = derived(Facts { product_code: "AmazonQuickSight", ..ec2("QS-User-Month", "") });
    assert_eq!(other.kind, UsageKind::Other);
}
