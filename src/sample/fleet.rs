//! From runs to line items: what each instance costs on each day, and under which purchase.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::bill::{Context, Period};
use super::commitments::{self, Covered};
use super::lines::{Item, Line, Split};
use super::products::{self, Sold};
use super::rates::{Rate, rate_text, rounded};
use super::story::{Account, COST_CENTER_FROM, Cover, END, FLEET, OPEN, Run, TAGS_FROM, What};
use crate::error::Result;

impl Run {
    /// Returns the hours that one instance ran on the day; on a switch-over day old and new overlap by an hour.
    pub(super) fn hours(&self, day: NaiveDate) -> Decimal {
        if day < self.from || day > self.to {
            Decimal::ZERO
        } else if day == self.from && self.from != OPEN {
            Decimal::new(975, 2)
        } else if day == self.to && self.to != END {
            Decimal::new(1_525, 2)
        } else {
            Decimal::from(24)
        }
    }

    /// Returns the availability zone of an instance; databases carry the region only.
    fn zone(&self, number: u32) -> String {
        let region = if self.what == What::UsEast { "us-east-1" } else { "ap-northeast-2" };
        match self.what {
            What::Ec2(_) | What::Dedicated | What::Spot | What::UsEast => {
                format!("{region}{}", if number.is_multiple_of(2) { 'a' } else { 'c' })
            }
            _ => region.to_owned(),
        }
    }

    /// Returns the resource id of an instance.
    pub(super) fn resource(&self, context: &Context, number: u32) -> String {
        let (name, ids, account) = (self.name, context.ids, self.account.id());
        let about = format!("{name} {number}");
        let suffix = ids.hex(&format!("name {name}"), 4);
        match self.what {
            What::Ec2(_) | What::Dedicated | What::Spot | What::UsEast => format!("i-{}", ids.hex(&about, 17)),
            What::Redis => {
                format!("arn:aws:elasticache:ap-northeast-2:{account}:cluster:{name}-{suffix}-{:03}", number + 1)
            }
            // OpenSearch and MSK bill the domain or cluster, not its nodes.
            What::Search => format!("arn:aws:es:ap-northeast-2:{account}:domain/{name}-{suffix}"),
            What::Kafka => {
                format!("arn:aws:kafka:ap-northeast-2:{account}:cluster/{name}-{suffix}/{}-7", ids.uuid(name))
            }
            _ => format!("arn:aws:rds:ap-northeast-2:{account}:db:{name}-{suffix}-{}", number + 1),
        }
    }
}

/// Returns the tags of a resource: none before the month in which they were activated.
pub(super) fn tags(account: Account, team: &str, name: &str, day: NaiveDate) -> BTreeMap<&'static str, String> {
    let mut tags = BTreeMap::new();
    if team.is_empty() {
        return tags;
    }
    tags.insert("user_name", name.to_owned());
    if day >= TAGS_FROM {
        tags.insert("user_team", team.to_owned());
        tags.insert("user_environment", if account == Account::Dev { "dev" } else { "prod" }.to_owned());
    }
    if day >= COST_CENTER_FROM {
        tags.insert("user_cost_center", format!("CC-{}", 100 + team.len() * 10));
    }
    tags
}

/// Returns the `Stage` cost category, which exists from the same month as the cost centre.
pub(super) fn stage(account: Account, day: NaiveDate) -> &'static str {
    match account {
        _ if day < COST_CENTER_FROM => "",
        Account::Dev => "Development",
        Account::Prod | Account::Data => "Production",
        Account::Payer => "Shared",
    }
}

/// Returns the line items of all instances.
pub(super) fn lines(context: &Context, period: &Period) -> Result<Vec<Line>> {
    let covered = commitments::covered(context, period)?;
    let mut lines = Vec::new();
    for (index, run) in FLEET.iter().enumerate() {
        let sold = products::instance(run.what, run.class);
        let rate = context.rates.get(&sold.price_key)?;
        for number in nodes(run) {
            let instance = Instance { context, period, run, sold: &sold, rate, index, number };
            instance.lines(&covered, &mut lines)?;
        }
    }
    lines.extend(negations(context, &lines));
    lines.extend(shared_containers(context, period)?);
    Ok(lines)
}

/// Returns the numbers under which the run is billed: the nodes of a domain or cluster share one line.
fn nodes(run: &Run) -> std::ops::Range<u32> {
    0..if matches!(run.what, What::Search | What::Kafka) { 1 } else { run.count }
}

/// One instance in one month.
struct Instance<'a> {
    context: &'a Context,
    period: &'a Period,
    run: &'a Run,
    sold: &'a Sold,
    rate: Rate,
    index: usize,
    number: u32,
}

impl Instance<'_> {
    fn lines(&self, covered: &Covered, lines: &mut Vec<Line>) -> Result<()> {
        let together = if nodes(self.run).len() == 1 { Decimal::from(self.run.count) } else { Decimal::ONE };
        let plain = Rc::new(self.item("Usage", ""));
        let reserved = commitments::reserved_rate(self.context, self.run)?;
        let discounted = Rc::new(self.discounted());
        let planned = Rc::new(self.planned()?);
        for day in self.period.days() {
            let hours = self.run.hours(day) * together;
            if hours.is_zero() {
                continue;
            }
            if let (Some(effective), Cover::Reserved(since, _, _)) = (reserved, self.run.cover)
                && day >= since
            {
                let line = Line::on(&discounted, day, hours, Decimal::ZERO);
                lines.push(line.listed(self.rate.cost(hours)).effective(rounded(hours * effective)));
                continue;
            }
            let (under, effective) = covered.get(&(self.index, self.number, day)).copied().unwrap_or_default();
            if !under.is_zero() {
                let cost = self.rate.cost(under);
                lines.push(Line::on(&planned, day, under, cost).listed(cost).effective(effective));
            }
            let rest = hours - under;
            if !rest.is_zero() {
                lines.push(Line::on(&plain, day, rest, self.rate.cost(rest)));
            }
        }
        Ok(())
    }

    fn item(&self, line_type: &'static str, suffix: &str) -> Item {
        let (run, sold, day) = (self.run, self.sold, self.period.first);
        let spot = run.what == What::Spot;
        let price = self.rate.price;
        let rate = if spot { String::new() } else { rate_text(price) };
        let description = match sold.product_code {
            _ if spot => sold.label.clone(),
            "AmazonEC2" => format!("${price} per {} Hour", sold.label),
            "AmazonRDS" => {
                let (what, engine) = sold.label.split_once(" running ").unwrap_or((&sold.label, ""));
                format!("${price} per {what} hour (or partial hour) running {engine}")
            }
            _ => format!("${price} per {} hour (or partial hour)", sold.label),
        };
        Item {
            key: format!("{}{suffix} {}", run.name, self.number),
            line_type,
            account: Some(run.account),
            product_code: sold.product_code.to_owned(),
            usage_type: sold.usage_type.clone(),
            operation: sold.operation.to_owned(),
            zone: run.zone(self.number),
            resource: run.resource(self.context, self.number),
            factor: if spot { Decimal::ZERO } else { sold.factor },
            list_rate: rate.clone(),
            rate,
            description,
            term: if spot { "" } else { "OnDemand" },
            unit: if spot { "" } else { "Hrs" },
            product: sold.product.clone(),
            tags: tags(run.account, run.team, run.name, day),
            stage: stage(run.account, day),
            ..Item::default()
        }
    }

    fn discounted(&self) -> Item {
        let class = match self.run.cover {
            Cover::Reserved(_, class, _) => class,
            _ => self.run.class,
        };
        let what = if self.sold.product_code == "AmazonRDS" { "RDS" } else { "Linux/UNIX (Amazon VPC)" };
        Item {
            // The description names the size of the reservation, not of the instance.
            description: format!("{what}, {class} reserved instance applied"),
            rate: rate_text(Decimal::ZERO),
            term: "Reserved",
            lease: commitments::lease(self.context, self.run),
            ..self.item("DiscountedUsage", " reserved")
        }
    }

    fn planned(&self) -> Result<Item> {
        if self.run.cover != Cover::Plan {
            return Ok(Item::default());
        }
        let rate = self.context.rates.get(&format!("{}/plan", self.sold.price_key))?;
        Ok(Item {
            term: "",
            plan: Some(Rc::clone(&self.context.plan)),
            plan_rate: rate.price,
            ..self.item("SavingsPlanCoveredUsage", " planned")
        })
    }
}

/// Returns what takes the on-demand price of covered usage back: one line for all instances of a day that share
/// account, operation, usage type and zone. Usage and public cost are positive copies, as AWS writes them.
fn negations(context: &Context, lines: &[Line]) -> Vec<Line> {
    let mut groups: BTreeMap<(String, i64), Vec<&Line>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.item.line_type == "SavingsPlanCoveredUsage") {
        let item = &line.item;
        let account = item.account.unwrap_or(Account::Payer).id();
        let key = format!("{account} {} {} {}", item.operation, item.usage_type, item.zone);
        groups.entry((key, line.start)).or_default().push(line);
    }
    let mut items: BTreeMap<String, Rc<Item>> = BTreeMap::new();
    groups
        .into_iter()
        .filter_map(|((key, _), covered)| {
            let first = covered.first()?;
            let item = items.entry(key.clone()).or_insert_with(|| Rc::new(negation(context, &key, &first.item)));
            let (usage, cost) = covered
                .iter()
                .fold((Decimal::ZERO, Decimal::ZERO), |(usage, cost), line| (usage + line.usage, cost + line.cost));
            let mut line = (*first).clone();
            line.item = Rc::clone(item);
            line.usage = usage;
            line.cost = -cost;
            Some(line.listed(cost).effective(Decimal::ZERO))
        })
        .collect()
}

fn negation(context: &Context, key: &str, covered: &Item) -> Item {
    let account = covered.account.unwrap_or(Account::Payer).id();
    let sku = covered.product.get("sku").cloned().unwrap_or_default();
    Item {
        key: format!("negation {key}"),
        line_type: "SavingsPlanNegation",
        resource: String::new(),
        description: format!("SavingsPlanNegation used by AccountId : {account} and UsageSku : {sku}"),
        plan: Some(Rc::clone(&context.plan)),
        plan_rate: Decimal::ZERO,
        tags: BTreeMap::new(),
        ..covered.clone()
    }
}

/// Containers whose share of an instance AWS lists beside the instance: pod or task, its memory in GB, its vCPUs in
/// hundredths, and the part of the instance it holds in per cent.
const CONTAINERS: [(&str, &str, u32, u32, u32); 4] = [
    ("pod/shop/cart", "EKSPod-EC2", 8, 200, 25),
    ("pod/shop/search", "EKSPod-EC2", 12, 300, 38),
    ("pod/kube-system/coredns", "EKSPod-EC2", 1, 20, 3),
    ("task/legacy-jobs", "ECSTask-EC2", 4, 100, 13),
];

/// Returns the split cost allocation of one node: children that repeat its cost and charge nothing.
fn shared_containers(context: &Context, period: &Period) -> Result<Vec<Line>> {
    let Some(node) = FLEET.iter().find(|run| run.name == "eks-node") else {
        return Ok(Vec::new());
    };
    let parent = node.resource(context, 0);
    let rate = context.rates.get(&products::instance(node.what, node.class).price_key)?;
    let mut lines = Vec::new();
    for (name, operation, memory, cpu_hundredths, percent) in CONTAINERS {
        let eks = operation == "EKSPod-EC2";
        let product_code = if eks { "AmazonEKS" } else { "AmazonECS" };
        let prefix = if eks { "EKS" } else { "ECS" };
        for (meter, amount) in
            [("vCPU-Hours", Decimal::new(i64::from(cpu_hundredths), 2)), ("GB-Hours", Decimal::from(memory))]
        {
            let item = Rc::new(container(context, period, (name, operation, product_code), (prefix, meter)));
            // A vCPU weighs nine times a GB in AWS's split, on this shape about half of the cost each.
            let half = Decimal::new(5, 1);
            for day in period.days() {
                let used = amount * Decimal::from(24);
                let share = Decimal::new(i64::from(percent), 2);
                let cost = rounded(rate.price * Decimal::from(24) * share * half);
                let mut line = Line::on(&item, day, used, Decimal::ZERO);
                line.split = Some(Split {
                    parent: parent.clone(),
                    actual: used * Decimal::new(7, 1),
                    reserved: used,
                    counted: used,
                    ratio: share,
                    cost,
                    unused: rounded(cost * Decimal::new(15, 2)),
                });
                lines.push(line);
            }
        }
    }
    Ok(lines)
}

fn container(
    context: &Context,
    period: &Period,
    (name, operation, product_code): (&str, &str, &str),
    (prefix, meter): (&str, &str),
) -> Item {
    let account = Account::Prod;
    let usage_type = format!("APN2-{prefix}-EC2-{meter}");
    let arn =
        format!("arn:aws:{}:ap-northeast-2:{}:{name}/{}", prefix.to_lowercase(), account.id(), context.ids.uuid(name));
    Item {
        key: format!("split {name} {meter}"),
        line_type: "Usage",
        account: Some(account),
        product_code: product_code.to_owned(),
        operation: operation.to_owned(),
        resource: arn,
        rate: rate_text(Decimal::ZERO),
        list_rate: rate_text(Decimal::ZERO),
        description: format!("$0.00 per {meter} for {operation} split cost allocation"),
        term: "OnDemand",
        unit: if meter == "GB-Hours" { "GB-Hours" } else { "vCPU-Hours" },
        product: products::finished(products::placed(product_code, false), &usage_type, operation),
        tags: tags(account, "platform", name, period.first),
        stage: stage(account, period.first),
        usage_type,
        ..Item::default()
    }
}
