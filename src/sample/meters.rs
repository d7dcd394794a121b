//! What is billed by the unit and has no instance: storage, transfer, requests, Lambda, Fargate, clusters.
//!
//! Two of the meters have no amount of their own: [`RDS_PLUG`] and [`REST_PLUG`] take what is left to the published
//! totals, and grow evenly between the two months for which totals are published.

use std::rc::Rc;

use chrono::Datelike;
use rust_decimal::{Decimal, RoundingStrategy};

use super::bill::{Context, Period};
use super::fleet;
use super::lines::{Item, Line};
use super::products;
use super::rates::{Rate, rate_text, rounded};
use super::story::Account::{self, Data, Dev, Payer, Prod};
use crate::error::Result;

/// How a meter's amount is spread over the days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// A stock that is billed by the month, such as GB-months: each day takes its share of the month.
    Stock,
    /// So much a day.
    Daily,
    /// So much a day on average, less at the weekend, in whole units.
    Traffic,
}

/// One meter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meter {
    name: &'static str,
    account: Account,
    product_code: &'static str,
    usage_type: &'static str,
    operation: &'static str,
    family: &'static str,
    rate: &'static str,
    flow: Flow,
    /// Amount in May 2023: of the month for a stock, else of a day.
    amount: i64,
    /// Growth a month, in thousandths of the amount of May 2023.
    growth: i64,
    resource: &'static str,
    team: &'static str,
}

#[expect(clippy::too_many_arguments, reason = "a row of the table below")]
const fn meter(
    name: &'static str,
    account: Account,
    product_code: &'static str,
    usage_type: &'static str,
    operation: &'static str,
    family: &'static str,
    rate: &'static str,
    (flow, amount, growth): (Flow, i64, i64),
    (resource, team): (&'static str, &'static str),
) -> Meter {
    Meter { name, account, product_code, usage_type, operation, family, rate, flow, amount, growth, resource, team }
}

use Flow::{Daily, Stock, Traffic};

const CLUSTER: &str = "arn:aws:rds:{region}:{account}:cluster:cluster-{id26}";
/// The resource is an instance or cluster of the fleet that has the same name.
const OF_RUN: &str = "{run}";
const VOLUME: &str = "vol-{id17}";
const NAT: &str = "arn:aws:ec2:{region}:{account}:natgateway/nat-{id17}";
const ALB: &str = "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{id16}";
const FUNCTION: &str = "arn:aws:lambda:{region}:{account}:function:{name}";
const TASK: &str = "arn:aws:ecs:{region}:{account}:task/{name}/{id32}";
const EKS: &str = "arn:aws:eks:{region}:{account}:cluster/{name}";
const BUCKET: &str = "{name}-{id8}";

/// Aurora storage that brings RDS to the published amounts.
pub(super) const RDS_PLUG: Meter = meter(
    "ledger",
    Data,
    "AmazonRDS",
    "APN2-Aurora:StorageUsage",
    "CreateDBInstance",
    "Database Storage",
    "rds/aurora-storage",
    (Stock, 0, 0),
    (CLUSTER, "finance"),
);

/// S3 storage that brings the rest to the published amounts.
pub(super) const REST_PLUG: Meter = meter(
    "example-media",
    Data,
    "AmazonS3",
    "APN2-TimedStorage-ByteHrs",
    "StandardStorage",
    "Storage",
    "s3/standard",
    (Stock, 0, 0),
    (BUCKET, "media"),
);

#[rustfmt::skip]
const METERS: &[Meter] = &[
    // Databases: storage, I/O, backup.
    meter("orders", Prod, "AmazonRDS", "APN2-Aurora:StorageUsage", "CreateDBInstance", "Database Storage", "rds/aurora-storage", (Stock, 2_600, 22), (CLUSTER, "commerce")),
    meter("catalog", Prod, "AmazonRDS", "APN2-Aurora:StorageUsage", "CreateDBInstance", "Database Storage", "rds/aurora-storage", (Stock, 900, 15), (CLUSTER, "commerce")),
    meter("orders", Prod, "AmazonRDS", "APN2-Aurora:StorageIOUsage", "CreateDBInstance", "System Operation", "rds/aurora-io", (Traffic, 62_000_000, 18), (CLUSTER, "commerce")),
    meter("catalog", Prod, "AmazonRDS", "APN2-Aurora:StorageIOUsage", "CreateDBInstance", "System Operation", "rds/aurora-io", (Traffic, 21_000_000, 12), (CLUSTER, "commerce")),
    meter("ledger", Data, "AmazonRDS", "APN2-Aurora:StorageIOUsage", "CreateDBInstance", "System Operation", "rds/aurora-io", (Traffic, 17_000_000, 20), (CLUSTER, "finance")),
    meter("ledger", Data, "AmazonRDS", "APN2-Aurora:BackupUsage", "CreateDBInstance", "Storage Snapshot", "rds/aurora-backup", (Stock, 3_100, 14), (CLUSTER, "finance")),
    meter("backoffice", Prod, "AmazonRDS", "APN2-RDS:Multi-AZ-GP2-Storage", "CreateDBInstance:0002", "Database Storage", "rds/gp2-multi-az", (Stock, 400, 0), (OF_RUN, "operations")),
    meter("erp", Prod, "AmazonRDS", "APN2-RDS:GP2-Storage", "CreateDBInstance:0020", "Database Storage", "rds/gp2", (Stock, 100, 0), (OF_RUN, "finance")),
    // Around EC2.
    meter("volumes-prod", Prod, "AmazonEC2", "APN2-EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "Storage", "ebs/gp3", (Stock, 7_400, 12), (VOLUME, "platform")),
    meter("volumes-data", Data, "AmazonEC2", "APN2-EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "Storage", "ebs/gp3", (Stock, 4_200, 16), (VOLUME, "data")),
    meter("snapshots", Prod, "AmazonEC2", "APN2-EBS:SnapshotUsage", "CreateSnapshot", "Storage Snapshot", "ebs/snapshot", (Stock, 5_200, 12), ("", "")),
    meter("encoder", Data, "AmazonEC2", "APN2-EBSOptimized:c5.9xlarge", "Hourly", "Compute Instance", "ec2/ebs-optimized", (Daily, 24, 0), (OF_RUN, "media")),
    meter("ci", Dev, "AmazonEC2", "APN2-CPUCredits:t3", "RunInstances", "CPU Credits", "ec2/cpu-credits", (Traffic, 31, 0), (OF_RUN, "platform")),
    meter("nat-a", Prod, "AmazonEC2", "APN2-NatGateway-Hours", "NatGateway", "NAT Gateway", "nat/hour", (Daily, 24, 0), (NAT, "platform")),
    meter("nat-c", Prod, "AmazonEC2", "APN2-NatGateway-Hours", "NatGateway", "NAT Gateway", "nat/hour", (Daily, 24, 0), (NAT, "platform")),
    meter("nat-a", Prod, "AmazonEC2", "APN2-NatGateway-Bytes", "NatGateway", "NAT Gateway", "nat/gb", (Traffic, 190, 14), (NAT, "platform")),
    meter("web", Prod, "AmazonEC2", "APN2-DataTransfer-Out-Bytes", "RunInstances", "Data Transfer", "transfer/out", (Traffic, 310, 10), (OF_RUN, "platform")),
    meter("eks-node", Prod, "AmazonEC2", "APN2-DataTransfer-Regional-Bytes", "InterZone-In", "Data Transfer", "transfer/regional", (Traffic, 640, 15), (OF_RUN, "platform")),
    meter("web", Prod, "AmazonEC2", "APN2-DataTransfer-In-Bytes", "RunInstances", "Data Transfer", "transfer/in", (Traffic, 95, 10), (OF_RUN, "platform")),
    meter("shop", Prod, "AWSELB", "APN2-LoadBalancerUsage", "LoadBalancing:Application", "Load Balancer-Application", "elb/alb", (Daily, 24, 0), (ALB, "platform")),
    meter("shop", Prod, "AWSELB", "APN2-LCUUsage", "LoadBalancing:Application", "Load Balancer-Application", "elb/lcu", (Traffic, 420, 18), (ALB, "platform")),
    meter("back", Prod, "AWSELB", "APN2-LoadBalancerUsage", "LoadBalancing:Application", "Load Balancer-Application", "elb/alb", (Daily, 24, 0), (ALB, "operations")),
    // Containers and functions, on both architectures.
    meter("shop", Prod, "AmazonEKS", "APN2-AmazonEKS-Hours:perCluster", "CreateOperation", "Compute", "eks/cluster", (Daily, 24, 0), (EKS, "platform")),
    meter("jobs", Data, "AmazonECS", "APN2-Fargate-vCPU-Hours:perCPU", "FargateTask", "Compute", "fargate/vcpu", (Traffic, 210, 16), (TASK, "data")),
    meter("jobs", Data, "AmazonECS", "APN2-Fargate-GB-Hours", "FargateTask", "Compute", "fargate/gb", (Traffic, 430, 16), (TASK, "data")),
    meter("thumbs", Data, "AmazonECS", "APN2-Fargate-ARM-vCPU-Hours:perCPU", "FargateTask", "Compute", "fargate/arm-vcpu", (Traffic, 60, 40), (TASK, "media")),
    meter("thumbs", Data, "AmazonECS", "APN2-Fargate-ARM-GB-Hours", "FargateTask", "Compute", "fargate/arm-gb", (Traffic, 130, 40), (TASK, "media")),
    meter("checkout", Prod, "AWSLambda", "APN2-Lambda-GB-Second", "Invoke", "Serverless", "lambda/x86", (Traffic, 520_000, 15), (FUNCTION, "commerce")),
    meter("checkout", Prod, "AWSLambda", "APN2-Request", "Invoke", "Serverless", "lambda/request", (Traffic, 4_100_000, 15), (FUNCTION, "commerce")),
    meter("resize", Data, "AWSLambda", "APN2-Lambda-GB-Second-ARM", "Invoke", "Serverless", "lambda/arm", (Traffic, 180_000, 30), (FUNCTION, "media")),
    meter("resize", Data, "AWSLambda", "APN2-Request-ARM", "Invoke", "Serverless", "lambda/request-arm", (Traffic, 900_000, 30), (FUNCTION, "media")),
    meter("clicks", Data, "AmazonMSK", "APN2-Kafka.Storage.GP2", "RunVolume", "Managed Streaming for Apache Kafka (MSK)", "msk/storage", (Stock, 1_500, 10), (OF_RUN, "data")),
    // Everything else.
    meter("example-lake", Data, "AmazonS3", "APN2-TimedStorage-ByteHrs", "StandardStorage", "Storage", "s3/standard", (Stock, 21_000, 14), (BUCKET, "data")),
    meter("example-lake", Data, "AmazonS3", "APN2-Requests-Tier1", "PutObject", "API Request", "s3/tier1", (Traffic, 900_000, 12), (BUCKET, "data")),
    meter("example-lake", Data, "AmazonS3", "APN2-Requests-Tier2", "GetObject", "API Request", "s3/tier2", (Traffic, 9_000_000, 12), (BUCKET, "data")),
    meter("metrics", Prod, "AmazonCloudWatch", "APN2-CW:MetricMonitorUsage", "MetricStorage", "Metric", "cloudwatch/metrics", (Stock, 620, 12), ("", "")),
    meter("log-group", Prod, "AmazonCloudWatch", "APN2-DataProcessing-Bytes", "PutLogEvents", "Data Payload", "cloudwatch/logs", (Traffic, 11, 14), ("arn:aws:logs:{region}:{account}:log-group:{name}", "platform")),
    meter("images", Prod, "AmazonECR", "APN2-TimedStorage-ByteHrs", "EC2ContainerRegistry", "EC2 Container Registry", "ecr/storage", (Stock, 420, 20), ("arn:aws:ecr:{region}:{account}:repository/{name}", "platform")),
    // us-east-1: older services without a prefix, newer ones with USE1-.
    meter("status-page", Payer, "AmazonEC2", "DataTransfer-Out-Bytes", "RunInstances", "Data Transfer", "us/transfer/out", (Traffic, 12, 0), (OF_RUN, "")),
    meter("probe", Payer, "AmazonECS", "USE1-Fargate-vCPU-Hours:perCPU", "FargateTask", "Compute", "us/fargate/vcpu", (Daily, 6, 0), (TASK, "platform")),
    meter("probe", Payer, "AmazonECS", "USE1-Fargate-GB-Hours", "FargateTask", "Compute", "us/fargate/gb", (Daily, 12, 0), (TASK, "platform")),
    meter("trail", Payer, "AWSCloudTrail", "USE1-PaidEventsRecorded", "None", "Management Tools - AWS CloudTrail Paid Events Recorded", "us/cloudtrail", (Traffic, 21_000, 8), ("", "")),
];

/// Share of the average day in hundredths, from Monday to Sunday; they add up to seven days.
const WEEK: [i64; 7] = [104, 106, 105, 103, 101, 91, 90];

/// Returns the lines of all meters that have an amount of their own.
pub(super) fn lines(context: &Context, period: &Period) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for meter in METERS {
        let rate = context.rates.get(meter.rate)?;
        let item = Rc::new(meter.item(context, period, rate));
        let grown = Decimal::from(meter.amount) * Decimal::new(1_000 + meter.growth * period.index(), 3);
        for day in period.days() {
            let usage = match meter.flow {
                Flow::Stock => (grown / period.days_of_month()).round_dp(6),
                Flow::Daily => grown,
                Flow::Traffic => {
                    let weekday = day.weekday().num_days_from_monday() as usize;
                    (grown * Decimal::new(WEEK[weekday], 2)).round_dp_with_strategy(0, RoundingStrategy::ToZero)
                }
            };
            lines.push(Line::on(&item, day, usage, rate.cost(usage)));
        }
    }
    Ok(lines)
}

/// Returns the lines of a plug that come to exactly this cost over the month; the last day takes the remainder.
pub(super) fn plugged(context: &Context, period: &Period, plug: &Meter, total: Decimal) -> Result<Vec<Line>> {
    let rate = context.rates.get(plug.rate)?;
    let item = Rc::new(plug.item(context, period, rate));
    let days: Vec<_> = period.days().collect();
    let each = (total / rate.price / Decimal::from(days.len())).round_dp(6);
    let mut left = total;
    let mut lines = Vec::with_capacity(days.len());
    for (index, day) in days.iter().enumerate() {
        let (usage, cost) =
            if index + 1 == days.len() { (rounded(left / rate.price), left) } else { (each, rate.cost(each)) };
        left -= cost;
        lines.push(Line::on(&item, *day, usage, cost));
    }
    Ok(lines)
}

impl Meter {
    fn item(&self, context: &Context, period: &Period, rate: Rate) -> Item {
        let us_east = !self.usage_type.starts_with("APN2-");
        let mut product = products::placed(self.product_code, us_east);
        product.insert("product_family", self.family.to_owned());
        self.describe(&mut product);
        let description = match rate.unit {
            _ if rate.price.is_zero() => format!("$0.00 per {} of {}", rate.unit, self.family),
            "IOs" => {
                format!("${} per 1 million I/O requests (Aurora)", (rate.price * Decimal::from(1_000_000)).normalize())
            }
            unit => format!("${} per {unit} of {} in {}", rate.price, self.family, place(us_east)),
        };
        Item {
            key: format!("meter {} {} {}", self.product_code, self.usage_type, self.name),
            line_type: "Usage",
            account: Some(self.account),
            product_code: self.product_code.to_owned(),
            usage_type: self.usage_type.to_owned(),
            operation: self.operation.to_owned(),
            resource: self.resource_id(context, us_east),
            rate: rate_text(rate.price),
            list_rate: rate_text(rate.price),
            description,
            term: "OnDemand",
            unit: rate.unit,
            product: products::finished(product, self.usage_type, self.operation),
            tags: fleet::tags(self.account, self.team, self.name, period.first),
            stage: fleet::stage(self.account, period.first),
            ..Item::default()
        }
    }

    /// Adds the attributes that AWS gives to some of the meters.
    fn describe(&self, product: &mut super::lines::Attributes) {
        let mut add = |key: &'static str, value: &str| {
            product.insert(key, value.to_owned());
        };
        match self.product_code {
            "AmazonRDS" => {
                let engine = match self.operation {
                    "CreateDBInstance:0002" => "MySQL",
                    "CreateDBInstance:0020" => "Oracle",
                    _ => "Any",
                };
                add("database_engine", engine);
                add("deployment_option", if self.usage_type.contains("Multi-AZ") { "Multi-AZ" } else { "Single-AZ" });
                if self.usage_type.contains("Storage") {
                    add(
                        "volume_type",
                        if self.usage_type.contains("Aurora") { "General Purpose-Aurora" } else { "General Purpose" },
                    );
                }
            }
            // These rows carry an instance type, yet their hours are no instance hours.
            "AmazonEC2" if self.usage_type.contains("EBSOptimized") => {
                add("instance_type", "c5.9xlarge");
                add("instance_type_family", "c5");
                add("vcpu", "36");
                add("memory", "72 GiB");
                add("physical_processor", "Intel Xeon Platinum 8124M");
                add("operating_system", "Linux");
                add("tenancy", "NA");
            }
            "AmazonEC2" if self.usage_type.contains("CPUCredits") => {
                add("instance_type", "t3");
                add("operating_system", "Linux");
            }
            "AmazonEC2" if self.usage_type.contains("VolumeUsage") => {
                add("volume_api_name", "gp3");
                add("volume_type", "General Purpose");
                add("storage_media", "SSD-backed");
            }
            "AmazonEC2" if self.usage_type.contains("DataTransfer") => {
                add("servicecode", "AWSDataTransfer");
                add("servicename", "AWS Data Transfer");
                add("transfer_type", if self.usage_type.contains("In-") { "AWS Inbound" } else { "AWS Outbound" });
                add("from_location", place(!self.usage_type.starts_with("APN2-")));
                add("to_location", "External");
            }
            "AWSLambda" => {
                let kind =
                    if self.usage_type.contains("Request") { "AWS-Lambda-Requests" } else { "AWS-Lambda-Duration" };
                add("group", &format!("{kind}{}", if self.usage_type.ends_with("-ARM") { "-ARM" } else { "" }));
            }
            "AmazonECS" => {
                add("cputype", if self.usage_type.contains("-vCPU-") { "perCPU" } else { "" });
                add("tenancy", "Shared");
                add("operating_system", "Linux");
            }
            "AmazonS3" if self.family == "Storage" => {
                add("storage_class", "General Purpose");
                add("volume_type", "Standard");
                add("availability", "99.99%");
                add("durability", "99.999999999%");
            }
            _ => {}
        }
        product.retain(|_, value| !value.is_empty());
    }

    /// Fills the pattern of the resource id; instances of the fleet keep the id they have there.
    fn resource_id(&self, context: &Context, us_east: bool) -> String {
        if self.resource == OF_RUN
            && let Some(run) = super::story::FLEET.iter().find(|run| run.name == self.name)
        {
            return run.resource(context, 0);
        }
        let mut id = self
            .resource
            .replace("{region}", if us_east { "us-east-1" } else { "ap-northeast-2" })
            .replace("{account}", self.account.id())
            .replace("{name}", self.name);
        for length in [8, 16, 17, 26, 32] {
            let hex = context.ids.hex(&format!("{} {}", self.resource, self.name), length);
            id = id.replace(&format!("{{id{length}}}"), &hex);
        }
        id
    }
}

fn place(us_east: bool) -> &'static str {
    if us_east { "US East (N. Virginia)" } else { "Asia Pacific (Seoul)" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plug_comes_to_its_total_exactly() {
        let context = Context::new(1).unwrap();
        let period = Period::of("2023-05".parse().unwrap());
        let total: Decimal = "1234.5678901234".parse().unwrap();
        let lines = plugged(&context, &period, &RDS_PLUG, total).unwrap();
        assert_eq!(lines.len(), 31);
        assert_eq!(lines.iter().map(|line| line.cost).sum::<Decimal>(), total);
        let rate = context.rates.get(RDS_PLUG.rate).unwrap();
        assert!(lines.iter().all(|line| line.cost == rate.cost(line.usage)), "usage times rate is the cost");
    }

    #[test]
    fn patterns_are_filled() {
        let context = Context::new(1).unwrap();
        for meter in METERS {
            assert!(!meter.resource_id(&context, false).contains('{'), "{}", meter.name);
        }
    }

    #[test]
    fn a_week_has_seven_days() {
        assert_eq!(WEEK.iter().sum::<i64>(), 700);
    }
}
