//! The place of real products in the price table, and the reasons of those that have none.

use super::{
    cell::{Name, find},
    reason,
    samples::{M5, Pairs, attributes, changed},
};
use crate::pricing::PriceBook;

/// Returns the place as "service region item variant unit".
fn place(offer: &str, pairs: Pairs<'_>) -> Result<String, &'static str> {
    let cell = find(offer, &attributes(pairs), PriceBook::embedded().unwrap())?;
    let item = match cell.name {
        Name::Item(item) => item,
        Name::Tiers(usage) => format!("{usage}…"),
    };
    let dedicated = if cell.dedicated { " dedicated" } else { "" };
    Ok(format!("{} {} {item} {} {}{dedicated}", cell.service, cell.region, cell.variant, cell.unit.as_str()))
}

#[track_caller]
fn assert_places(offer: &str, cases: &[(Pairs<'_>, &str)]) {
    for (pairs, expected) in cases {
        assert_eq!(place(offer, pairs).as_deref(), Ok(*expected), "{pairs:?}");
    }
}

#[test]
fn ec2_is_told_by_system_and_operation() {
    let with = |others| changed(M5, others);
    for (others, expected) in [
        (&[][..], "EC2 us-east-1 m5.large Linux Hrs"),
        (&[("operatingSystem", "Windows"), ("operation", "RunInstances:0002")], "EC2 us-east-1 m5.large Windows Hrs"),
        (&[("operatingSystem", "RHEL"), ("operation", "RunInstances:0010")], "EC2 us-east-1 m5.large RHEL Hrs"),
        (&[("operatingSystem", "SUSE"), ("operation", "RunInstances:000g")], "EC2 us-east-1 m5.large SLES Hrs"),
        (
            &[("operatingSystem", "Red Hat Enterprise Linux with HA"), ("operation", "RunInstances:1010")],
            "EC2 us-east-1 m5.large RHEL-HA Hrs",
        ),
        (
            &[("operatingSystem", "Ubuntu Pro"), ("operation", "RunInstances:0g00")],
            "EC2 us-east-1 m5.large Ubuntu Pro Hrs",
        ),
        (
            &[("tenancy", "Dedicated"), ("usagetype", "DedicatedUsage:m5.large")],
            "EC2 us-east-1 m5.large Linux Hrs dedicated",
        ),
    ] {
        assert_eq!(place("AmazonEC2", &with(others)).as_deref(), Ok(expected));
    }
    // What old and reduced records leave out: the region's code, the operation, the licence.
    assert_places(
        "AmazonEC2",
        &[
            (
                &[
                    ("usagetype", "BoxUsage:c5.xlarge"),
                    ("operatingSystem", "Linux"),
                    ("location", "US East (N. Virginia)"),
                ],
                "EC2 us-east-1 c5.xlarge Linux Hrs",
            ),
            (
                &[("usagetype", "EU-BoxUsage"), ("operation", "RunInstances"), ("location", "Europe (Ireland)")],
                "EC2 eu-west-1 m1.small Linux Hrs",
            ),
            (
                &[("usagetype", "APN2-BoxUsage:m7g.metal"), ("operation", "RunInstances")],
                "EC2 ap-northeast-2 m7g.metal Linux Hrs",
            ),
            // A new region whose prefix is not in the table.
            (
                &[
                    ("usagetype", "APS8-BoxUsage:m7g.large"),
                    ("operation", "RunInstances"),
                    ("regionCode", "ap-southeast-6"),
                    ("locationType", "AWS Region"),
                ],
                "EC2 ap-southeast-6 m7g.large Linux Hrs",
            ),
        ],
    );
}

#[test]
fn traps_of_ec2_are_left_out() {
    for (others, expected) in [
        (&[("preInstalledSw", "SQL Std"), ("operation", "RunInstances:0004")][..], reason::SOFTWARE),
        (&[("operation", "RunInstances:0006"), ("operatingSystem", "Windows")], reason::SOFTWARE),
        (&[("capacitystatus", "UnusedCapacityReservation"), ("usagetype", "UnusedBox:m5.large")], reason::CAPACITY),
        (&[("capacitystatus", "AllocatedCapacityReservation")], reason::CAPACITY),
        (
            &[("capacitystatus", "AllocatedCapacityReservation"), ("usagetype", "Reservation:m5.large")],
            reason::CAPACITY,
        ),
        (&[("marketoption", "CapacityBlock")], reason::CAPACITY),
        (&[("tenancy", "Host")], reason::HOST),
        (&[("tenancy", "Host"), ("usagetype", "HostBoxUsage:m5.large")], reason::HOST),
        (&[("licenseModel", "Bring your own license"), ("operation", "RunInstances:0800")], reason::OWN_LICENCE),
        (&[("operatingSystem", "Windows"), ("operation", "RunInstances:0800")], reason::OWN_LICENCE),
        (&[("operatingSystem", "RHEL"), ("operation", "RunInstances:00g0")], reason::OWN_LICENCE),
        (&[("operation", "RunInstances:0002:box")], reason::SYSTEM),
        (&[("operatingSystem", "Windows")], reason::SYSTEM),
        (&[("operatingSystem", ""), ("operation", "")], reason::SYSTEM),
        (&[("locationType", "AWS Local Zone"), ("location", "US West (Los Angeles)")], reason::PLACE),
        (&[("locationType", "AWS Wavelength Zone")], reason::PLACE),
        (&[("locationType", "AWS Outposts")], reason::PLACE),
        (&[("regionCode", "us-west-2-lax-1")], reason::REGION),
        (&[("regionCode", "us-west-2"), ("usagetype", "LAX1-BoxUsage:m5.large")], reason::USAGE),
        (&[("usagetype", "EU-BoxUsage:m5.large")], reason::OTHER_REGION),
        (&[("usagetype", "EBS:VolumeUsage.gp3")], reason::USAGE),
    ] {
        let found = place("AmazonEC2", &changed(M5, others));
        assert_eq!(found, Err(expected), "{others:?}");
    }
    assert_eq!(place("AmazonS3", M5), Err(reason::SERVICE));
}

const SEOUL: (&str, &str) = ("regionCode", "ap-northeast-2");

#[test]
fn rds_is_told_by_engine_edition_licence_and_deployment() {
    assert_places(
        "AmazonRDS",
        &[
            (
                &[
                    SEOUL,
                    ("usagetype", "APN2-InstanceUsage:db.r5.2xl"),
                    ("instanceType", "db.r5.2xlarge"),
                    ("databaseEngine", "MySQL"),
                    ("deploymentOption", "Single-AZ"),
                    ("licenseModel", "No license required"),
                    ("storage", "EBS Only"),
                ],
                "RDS ap-northeast-2 db.r5.2xlarge MySQL|Single-AZ Hrs",
            ),
            (
                &[SEOUL, ("usagetype", "APN2-Multi-AZUsage:db.m6g.xl"), ("operation", "CreateDBInstance:0014")],
                "RDS ap-northeast-2 db.m6g.xlarge PostgreSQL|Multi-AZ Hrs",
            ),
            (
                &[
                    SEOUL,
                    ("usagetype", "APN2-Multi-AZClusterUsage:db.m5d.12xl"),
                    ("databaseEngine", "MySQL"),
                    ("deploymentOption", "Multi-AZ (readable standbys)"),
                ],
                "RDS ap-northeast-2 db.m5d.12xlarge MySQL|Multi-AZ (readable standbys) Hrs",
            ),
            (
                &[
                    SEOUL,
                    ("usagetype", "APN2-MirrorUsage:db.r5d.16xl"),
                    ("databaseEngine", "SQL Server"),
                    ("databaseEdition", "Standard"),
                    ("licenseModel", "License included"),
                    ("deploymentOption", "Multi-AZ (SQL Server Mirror)"),
                ],
                "RDS ap-northeast-2 db.r5d.16xlarge SQL Server Standard License Included|Multi-AZ Hrs",
            ),
            (
                &[
                    SEOUL,
                    ("usagetype", "APN2-InstanceUsage:db.m4.xlarge"),
                    ("databaseEngine", "Oracle"),
                    ("databaseEdition", "Standard Two"),
                    ("licenseModel", "Bring your own license"),
                ],
                "RDS ap-northeast-2 db.m4.xlarge Oracle Standard Two BYOL|Single-AZ Hrs",
            ),
            (
                &[
                    ("usagetype", "InstanceUsage:db.r6g.large"),
                    ("regionCode", "us-east-1"),
                    ("databaseEngine", "Aurora PostgreSQL"),
                    ("deploymentOption", "Single-AZ"),
                    ("storage", "EBS Only"),
                ],
                "RDS us-east-1 db.r6g.large Aurora PostgreSQL|Standard Hrs",
            ),
            (
                &[
                    ("usagetype", "InstanceUsageIOOptimized:db.r6g.large"),
                    ("regionCode", "us-east-1"),
                    ("databaseEngine", "Aurora MySQL"),
                    ("storage", "Aurora IO Optimization Mode"),
                ],
                "RDS us-east-1 db.r6g.large Aurora MySQL|IO-Optimized Hrs",
            ),
        ],
    );
}

#[test]
fn traps_of_rds_are_left_out() {
    const MYSQL: Pairs<'_> =
        &[("usagetype", "InstanceUsage:db.m5.large"), ("databaseEngine", "MySQL"), ("regionCode", "us-east-1")];
    const ORACLE: Pairs<'_> =
        &[("databaseEngine", "Oracle"), ("databaseEdition", "Enterprise"), ("licenseModel", "Bring your own license")];
    let custom = changed(ORACLE, &[("deploymentModel", "Custom")]);
    for (others, expected) in [
        (custom.as_slice(), reason::CUSTOM),
        (&[("locationType", "AWS Outposts")], reason::PLACE),
        (&[("usagetype", "Outposts:InstanceUsage:db.m5.large")], reason::PLACE),
        (&[("databaseEngine", "MySQL (on-premise for Outpost)")], reason::ENGINE),
        (&[("usagetype", "ExtendedSupport:Yr1-Yr2:MySQL5.7")], reason::EXTENDED),
        (&[("deploymentOption", "Multi-AZ")], reason::DEPLOYMENT),
        (&[("databaseEngine", "Oracle")], reason::ENGINE),
        (&[("databaseEngine", "SQL Server"), ("databaseEdition", "Web"), ("licenseModel", "NA")], reason::ENGINE),
        (&[("databaseEngine", "")], reason::ENGINE),
        (&[("usagetype", "Aurora:ServerlessV2Usage")], reason::USAGE),
        (&[("usagetype", "RDS:GP3-Storage")], reason::USAGE),
    ] {
        assert_eq!(place("AmazonRDS", &changed(MYSQL, others)), Err(expected), "{others:?}");
    }
}

#[test]
fn other_instances_are_told_by_usage_type_and_engine() {
    for (offer, usage, others, expected) in [
        (
            "AmazonElastiCache",
            "APN2-NodeUsage:cache.r6g.large",
            &[("cacheEngine", "Valkey"), ("operation", "CreateCacheCluster:Valkey")][..],
            Ok("ElastiCache ap-northeast-2 cache.r6g.large Valkey Hrs"),
        ),
        (
            "AmazonElastiCache",
            "NodeUsage:cache.m5.large",
            &[("operation", "CreateCacheCluster:0001")],
            Ok("ElastiCache us-east-1 cache.m5.large Memcached Hrs"),
        ),
        ("AmazonElastiCache", "EU-Outpost-NodeUsage:cache.r5.xlarge", &[("cacheEngine", "Redis")], Err(reason::PLACE)),
        (
            "AmazonElastiCache",
            "EU-ExtendedSupport:Yr1-Yr2:NodeUsage:cache.r5.xlarge",
            &[("cacheEngine", "Redis")],
            Err(reason::EXTENDED),
        ),
        (
            "AmazonES",
            "APN2-ESInstance:r6g.large",
            &[("instanceType", "r6g.large.search"), ("operation", "ESDomain")],
            Ok("OpenSearch ap-northeast-2 r6g.large.search OpenSearch Hrs"),
        ),
        (
            "AmazonMemoryDB",
            "USE1-NodeUsage:db.r6g.large",
            &[("operation", "CreateCluster:Valkey")],
            Ok("MemoryDB us-east-1 db.r6g.large Valkey Hrs"),
        ),
        (
            "AmazonDocDB",
            "EU-InstanceUsage:db.r5.2xl",
            &[("instanceType", "db.r5.2xlarge")],
            Ok("DocumentDB eu-west-1 db.r5.2xlarge DocumentDB|Standard Hrs"),
        ),
        (
            "AmazonDocDB",
            "EU-InstanceUsageIOOptimized:db.r6g.large",
            &[],
            Ok("DocumentDB eu-west-1 db.r6g.large DocumentDB|IO-Optimized Hrs"),
        ),
        (
            "AmazonNeptune",
            "APN2-InstanceUsage:db.r6g.xl",
            &[],
            Ok("Neptune ap-northeast-2 db.r6g.xlarge Neptune|Standard Hrs"),
        ),
        (
            "AmazonMSK",
            "USE1-Kafka.m5.large",
            &[("operation", "RunBroker"), ("computeFamily", "m5.large")],
            Ok("MSK us-east-1 kafka.m5.large RunBroker Hrs"),
        ),
        ("AmazonMSK", "USE1-Kafka.Storage.GP2", &[("operation", "RunVolume")], Err(reason::USAGE)),
        ("AmazonMSK", "USE1-Kafka.mcu.general", &[], Err(reason::USAGE)),
        (
            "ElasticMapReduce",
            "APN2-BoxUsage:m5.xlarge",
            &[("softwareType", "EMR"), ("instanceType", "m5.xlarge")],
            Ok("EMR ap-northeast-2 m5.xlarge EMR-surcharge Hrs"),
        ),
        ("ElasticMapReduce", "BoxUsage:m5.xlarge", &[("softwareType", "MapR M5")], Err(reason::SOFTWARE)),
        (
            "ElasticMapReduce",
            "USE1-EMR-SERVERLESS-ARM-vCPUHours",
            &[],
            Ok("EMR us-east-1 EMR-SERVERLESS-ARM-vCPUHours arm64 Hrs"),
        ),
        (
            "AmazonSageMaker",
            "USE1-Host:ml.m5.xlarge",
            &[("instanceType", "ml.m5.xlarge-Hosting")],
            Ok("SageMaker us-east-1 ml.m5.xlarge Hosting Hrs"),
        ),
        (
            "AmazonSageMaker",
            "AFS1-Studio:KernelGateway-ml.r5.24xlarge",
            &[],
            Ok("SageMaker af-south-1 ml.r5.24xlarge Studio-Notebook Hrs"),
        ),
        ("AmazonSageMaker", "USE1-Host:VolumeUsage.gp2", &[], Err(reason::USAGE)),
        ("AmazonRedshift", "APN2-Node:ra3.xlplus", &[], Ok("Redshift ap-northeast-2 ra3.xlplus Redshift Hrs")),
        ("AmazonRedshift", "ConcurrencyScaling:ra3.xlplus", &[], Err(reason::USAGE)),
    ] {
        let usage_type = [("usagetype", usage)];
        let pairs = changed(&usage_type, others);
        assert_eq!(place(offer, &pairs), expected.map(str::to_owned), "{usage}");
    }
}

#[test]
fn meters_are_told_by_usage_type() {
    for (offer, usage, others, expected) in [
        ("AWSLambda", "APN2-Lambda-GB-Second", &[][..], Ok("Lambda ap-northeast-2 Lambda-GB-Second… x86_64 GB-Second")),
        ("AWSLambda", "Lambda-GB-Second-ARM", &[], Ok("Lambda us-east-1 Lambda-GB-Second-ARM… arm64 GB-Second")),
        ("AWSLambda", "EU-Request-ARM", &[], Ok("Lambda eu-west-1 Request-ARM arm64 Request")),
        ("AWSLambda", "EU-Lambda-SnapStart-Cached-GB-S", &[], Err(reason::USAGE)),
        (
            "AmazonECS",
            "USE1-Fargate-ARM-vCPU-Hours:perCPU",
            &[],
            Ok("Fargate us-east-1 Fargate-ARM-vCPU-Hours:perCPU Linux/arm64 Hrs"),
        ),
        ("AmazonECS", "USE1-SpotUsage-Fargate-GB-Hours", &[], Err(reason::USAGE)),
        ("AmazonEKS", "USE1-Fargate-vCPU-Hours:perCPU", &[], Ok("EKS us-east-1 EKS-Fargate-vCPU-Hours:perCPU - Hrs")),
        ("AmazonEKS", "USE1-AmazonEKS-Hours:perCluster", &[], Ok("EKS us-east-1 AmazonEKS-Hours:perCluster - Hrs")),
        ("CodeBuild", "USE1-Build-Min:ARM:g1.small", &[], Ok("CodeBuild us-east-1 arm1.small OnDemand-EC2/Linux min")),
        (
            "CodeBuild",
            "USE1-Build-Min:Linux:g1.small",
            &[("computeFamily", "OnDemand-Docker"), ("computeType", "general1.small"), ("operatingSystem", "Linux")],
            Ok("CodeBuild us-east-1 general1.small OnDemand-Docker/Linux min"),
        ),
        (
            "AmazonApiGateway",
            "APN2-ApiGatewayRequest",
            &[],
            Ok("APIGateway ap-northeast-2 ApiGatewayRequest… REST Request"),
        ),
        (
            "AmazonApiGateway",
            "USE1-ApiGatewayCacheUsage:0.5GB",
            &[],
            Ok("APIGateway us-east-1 ApiGatewayCacheUsage:0.5GB Cache Hrs"),
        ),
        (
            "AWSELB",
            "EU-LCUUsage",
            &[("productFamily", "Load Balancer-Application"), ("operation", "LoadBalancing:Application")],
            Ok("ELB eu-west-1 LCUUsage Application LCU-Hrs"),
        ),
        (
            "AWSELB",
            "LoadBalancerUsage",
            &[("productFamily", "Load Balancer"), ("operation", "LoadBalancing")],
            Ok("ELB us-east-1 LoadBalancerUsage Classic Hrs"),
        ),
        ("AWSELB", "ReservedLCUUsage", &[("operation", "LoadBalancing:Network")], Err(reason::USAGE)),
        (
            "AmazonEC2",
            "EU-NatGateway-Hours",
            &[("productFamily", "NAT Gateway"), ("operation", "NatGateway")],
            Ok("NATGateway eu-west-1 Hourly charge for NAT Gateways - unit"),
        ),
    ] {
        let usage_type = [("usagetype", usage)];
        let pairs = changed(&usage_type, others);
        assert_eq!(place(offer, &pairs), expected.map(str::to_owned), "{usage}");
    }
}
