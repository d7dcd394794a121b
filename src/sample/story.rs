//! Who runs from when to when: the instances of the sample, as data.
//!
//! A Seoul team moves its databases from r5 to r6g in waves and buys commitments on the way. Nothing here is computed;
//! [`super::fleet`] turns the runs into line items.

use chrono::NaiveDate;

/// One of the four accounts of the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Account {
    /// Pays; owns the Savings Plan.
    Payer,
    /// Production.
    Prod,
    /// Data platform.
    Data,
    /// Development.
    Dev,
}

impl Account {
    /// Returns the id; they are the account ids of AWS's own documentation.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Payer => "111122223333",
            Self::Prod => "444455556666",
            Self::Data => "777788889999",
            Self::Dev => "123456789012",
        }
    }

    /// Returns the name that CUR 2.0 carries.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Payer => "seoul-payer",
            Self::Prod => "seoul-prod",
            Self::Data => "seoul-data",
            Self::Dev => "seoul-dev",
        }
    }
}

/// What an instance runs; decides product code, usage type, operation and price key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// EC2 with an operating system: `Linux`, `Windows`, `RHEL` or `SQLStd` (Linux with SQL Server Standard).
    Ec2(&'static str),
    /// EC2 on dedicated tenancy.
    Dedicated,
    /// EC2 Spot.
    Spot,
    /// EC2 in us-east-1, where usage types have no prefix.
    UsEast,
    /// Aurora MySQL.
    AuroraMySql,
    /// Aurora PostgreSQL.
    AuroraPostgres,
    /// Aurora PostgreSQL, I/O-Optimized.
    AuroraIo,
    /// RDS for MySQL, Multi-AZ.
    MySqlMultiAz,
    /// RDS for Oracle Standard Two, licence included.
    Oracle,
    /// RDS for SQL Server Express.
    SqlServer,
    /// ElastiCache for Redis.
    Redis,
    /// OpenSearch data or `UltraWarm` node.
    Search,
    /// MSK broker.
    Kafka,
}

/// How the usage is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// Not at all.
    None,
    /// By a Reserved Instance from this day on, bought in this size and multiple of it per instance.
    Reserved(NaiveDate, &'static str, u32),
    /// By the Savings Plan, as far as it reaches.
    Plan,
}

/// Some instances of one type that start and end together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// What they are called.
    pub name: &'static str,
    /// Where they run.
    pub account: Account,
    /// What they run.
    pub what: What,
    /// The instance type as the product writes it.
    pub class: &'static str,
    /// How many there are.
    pub count: u32,
    /// The first day; [`OPEN`] when they are older than the bill.
    pub from: NaiveDate,
    /// The last day; [`END`] when they outlive it.
    pub to: NaiveDate,
    /// How they are covered.
    pub cover: Cover,
    /// The `Team` tag; empty on untagged resources.
    pub team: &'static str,
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// First day of the bill.
pub(super) const OPEN: NaiveDate = day(2023, 5, 1);
/// Last day of data: February 2024 is still open.
pub(super) const END: NaiveDate = day(2024, 2, 18);
/// Number of months told.
pub(super) const MONTHS: u32 = 10;
/// Day the EC2 Reserved Instances were bought.
pub(super) const EC2_RESERVED: NaiveDate = day(2023, 7, 1);
/// Day the Savings Plan was bought.
pub(super) const PLAN_START: NaiveDate = day(2023, 9, 1);
/// Day of the first RDS Reserved Instances.
pub(super) const RDS_RESERVED_1: NaiveDate = day(2023, 10, 1);
/// Day of the second.
pub(super) const RDS_RESERVED_2: NaiveDate = day(2023, 12, 1);
/// Month from which the `Team` and `Environment` tags are in the bill.
pub(super) const TAGS_FROM: NaiveDate = day(2023, 6, 1);
/// Month from which the `CostCenter` tag and the `Stage` cost category are in the bill.
pub(super) const COST_CENTER_FROM: NaiveDate = day(2023, 11, 1);

const fn run(name: &'static str, account: Account, what: What, class: &'static str, count: u32) -> Run {
    Run { name, account, what, class, count, from: OPEN, to: END, cover: Cover::None, team: "" }
}

impl Run {
    const fn team(mut self, team: &'static str) -> Self {
        self.team = team;
        self
    }

    const fn from(mut self, from: NaiveDate) -> Self {
        self.from = from;
        self
    }

    const fn to(mut self, to: NaiveDate) -> Self {
        self.to = to;
        self
    }

    const fn plan(mut self) -> Self {
        self.cover = Cover::Plan;
        self
    }

    const fn reserved(mut self, since: NaiveDate) -> Self {
        self.cover = Cover::Reserved(since, self.class, 1);
        self
    }

    const fn reserved_as(mut self, since: NaiveDate, class: &'static str, each: u32) -> Self {
        self.cover = Cover::Reserved(since, class, each);
        self
    }
}

use Account::{Data, Dev, Payer, Prod};
use What::{
    AuroraIo, AuroraMySql, AuroraPostgres, Dedicated, Ec2, Kafka, MySqlMultiAz, Oracle, Redis, Search, Spot, SqlServer,
    UsEast,
};

// The days on which the waves of the migration switch over; both generations run for an hour.
const WAVE_1: NaiveDate = day(2023, 8, 9);
const WAVE_2: NaiveDate = day(2023, 8, 23);
const WAVE_3: NaiveDate = day(2023, 9, 6);
const WAVE_4: NaiveDate = day(2023, 9, 20);
const WAVE_5: NaiveDate = day(2023, 10, 11);
const WAVE_6: NaiveDate = day(2023, 11, 8);
const CACHE_WAVE: NaiveDate = day(2023, 9, 27);
const NODE_WAVE: NaiveDate = day(2023, 11, 14);
const REVIEW_WAVE: NaiveDate = day(2023, 12, 6);

/// The instances, in the order of the bill. The Savings Plan covers those with `plan()` in this order.
pub(super) const FLEET: &[Run] = &[
    // Aurora r5, and the r6g that replaces it.
    run("orders", Prod, AuroraMySql, "db.r5.4xlarge", 2).to(WAVE_1).team("commerce"),
    run("orders-sale", Prod, AuroraMySql, "db.r5.4xlarge", 1)
        .from(day(2023, 7, 3))
        .to(day(2023, 8, 31))
        .team("commerce"),
    run("orders-g", Prod, AuroraMySql, "db.r6g.4xlarge", 2).from(WAVE_1).reserved(RDS_RESERVED_1).team("commerce"),
    run("orders-reader", Prod, AuroraMySql, "db.r6g.2xlarge", 1)
        .from(day(2023, 11, 20))
        .reserved(RDS_RESERVED_2)
        .team("commerce"),
    run("catalog", Prod, AuroraPostgres, "db.r5.2xlarge", 3).to(WAVE_2).team("commerce"),
    run("catalog-g", Prod, AuroraPostgres, "db.r6g.2xlarge", 3).from(WAVE_2).reserved(RDS_RESERVED_1).team("commerce"),
    run("members", Prod, AuroraMySql, "db.r5.2xlarge", 2).to(WAVE_3).team("identity"),
    run("members-g", Prod, AuroraMySql, "db.r6g.2xlarge", 2)
        .from(WAVE_3)
        .reserved_as(RDS_RESERVED_1, "db.r6g.large", 4)
        .team("identity"),
    run("ledger", Data, AuroraPostgres, "db.r5.4xlarge", 2).to(WAVE_4).team("finance"),
    run("ledger-g", Data, AuroraPostgres, "db.r6g.4xlarge", 2).from(WAVE_4).reserved(RDS_RESERVED_2).team("finance"),
    run("events", Data, AuroraMySql, "db.r5.2xlarge", 3).to(WAVE_5).team("data"),
    run("events-g", Data, AuroraMySql, "db.r6g.2xlarge", 3).from(WAVE_5).reserved(RDS_RESERVED_2).team("data"),
    run("stats", Dev, AuroraPostgres, "db.r5.xlarge", 2).to(WAVE_6).team("data"),
    run("stats-g", Dev, AuroraPostgres, "db.r6g.xlarge", 2).from(WAVE_6).reserved(RDS_RESERVED_2).team("data"),
    run("coupons", Prod, AuroraMySql, "db.r5.xlarge", 1).team("commerce"),
    run("sandbox", Dev, AuroraMySql, "db.r5.large", 3),
    run("review", Dev, AuroraPostgres, "db.t3.medium", 2).to(REVIEW_WAVE).team("identity"),
    run("review-g", Dev, AuroraPostgres, "db.t4g.medium", 2).from(REVIEW_WAVE).team("identity"),
    run("reports-io", Data, AuroraIo, "db.r6g.large", 1).from(day(2023, 11, 22)).team("data"),
    // RDS that is not Aurora.
    run("backoffice", Prod, MySqlMultiAz, "db.m5.2xlarge", 1).team("operations"),
    run("erp", Prod, Oracle, "db.t3.medium", 1).team("finance"),
    run("badge", Prod, SqlServer, "db.t3.medium", 1),
    // EC2.
    run("api", Prod, Ec2("Linux"), "c5.xlarge", 8).reserved(EC2_RESERVED).team("platform"),
    run("api-burst", Prod, Ec2("Linux"), "c5.xlarge", 4).team("platform"),
    run("api-grown", Prod, Ec2("Linux"), "c5.xlarge", 2).from(day(2023, 10, 16)).team("platform"),
    run("eks-node", Prod, Ec2("Linux"), "m5.2xlarge", 3).plan().team("platform"),
    run("eks-node-b", Prod, Ec2("Linux"), "m5.2xlarge", 3).to(NODE_WAVE).plan().team("platform"),
    run("eks-node-g", Prod, Ec2("Linux"), "m6g.2xlarge", 5).from(NODE_WAVE).plan().team("platform"),
    run("web", Prod, Ec2("Linux"), "m5.xlarge", 6).plan().team("platform"),
    run("web-sale", Prod, Ec2("Linux"), "m5.xlarge", 4).from(day(2023, 7, 3)).to(day(2023, 8, 31)).team("platform"),
    run("batch", Data, Ec2("Linux"), "r5.2xlarge", 2).team("data"),
    run("encoder", Data, Ec2("Linux"), "c5.9xlarge", 1).team("media"),
    run("vision", Data, Ec2("Linux"), "g4dn.xlarge", 1).team("media"),
    run("directory", Prod, Ec2("Windows"), "m5.xlarge", 2).team("operations"),
    run("gateway", Prod, Ec2("RHEL"), "m5.large", 2).team("operations"),
    run("pricing-db", Prod, Ec2("SQLStd"), "m5.xlarge", 1).team("finance"),
    run("licensed", Prod, Dedicated, "m5.large", 1).team("finance"),
    run("ci", Dev, Ec2("Linux"), "t3.large", 4).team("platform"),
    run("bastion", Prod, Ec2("Linux"), "t3.medium", 2),
    run("pilot", Dev, Ec2("Linux"), "m6g.xlarge", 1).team("platform"),
    run("monitor", Dev, Ec2("Linux"), "t4g.medium", 2).team("platform"),
    run("worker", Data, Spot, "c5.xlarge", 4).team("media"),
    run("status-page", Payer, UsEast, "t3.small", 1),
    // Caches, search, streams.
    run("session", Prod, Redis, "cache.r5.large", 4).to(CACHE_WAVE).team("identity"),
    run("session-g", Prod, Redis, "cache.r6g.large", 4).from(CACHE_WAVE).team("identity"),
    run("feed", Prod, Redis, "cache.r5.xlarge", 1).team("commerce"),
    run("logs", Prod, Search, "m5.large.search", 3).team("platform"),
    run("audit", Data, Search, "r6g.large.search", 1).team("platform"),
    run("archive", Prod, Search, "ultrawarm1.medium.search", 1).team("platform"),
    run("clicks", Data, Kafka, "kafka.m5.large", 3).team("data"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_days_in_order() {
        let names: BTreeSet<_> = FLEET.iter().map(|run| run.name).collect();
        assert_eq!(names.len(), FLEET.len());
        for run in FLEET {
            assert!(OPEN <= run.from && run.from < run.to && run.to <= END, "{}", run.name);
            if let Cover::Reserved(since, _, each) = run.cover {
                assert!(since >= OPEN && each > 0 && run.to == END, "{}: the fee runs on", run.name);
                assert!(run.from == OPEN || run.from < since, "{}: a partial day cannot be covered in full", run.name);
            }
        }
    }
}
