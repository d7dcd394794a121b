//! The rows of one file: the account-hours that fall into it, in no order of time or account.
//!
//! AWS's own exports are runs of one product, usage type, operation and resource; how the runs of a large organisation
//! spread over its files looks like a hash. So four hours of an account are a block, a hash gives it its file and its
//! place there, and inside it rows stand by product, usage type, operation, resource and hour: runs of at most four rows.

use parquet::data_type::ByteArray;

use super::catalog::REGIONS;
use super::chance::{Chance, hash};
use super::meters::Amount;
use super::plan::{Account, CREDITS, Charge, Lease, Period, Plan, Series, TAXES, plan_rate, times};
use super::sku::{Sku, Text, UNIT, text, word};

/// Kind of a line item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Usage,
    Discounted,
    Covered,
    Negation,
    PlanFee,
    ReservedFee,
    Upfront,
    Support,
    Tax,
    Credit,
}

impl Line {
    /// Returns the bill's spelling.
    pub(super) fn spelling(self) -> &'static str {
        match self {
            Self::Usage => "Usage",
            Self::Discounted => "DiscountedUsage",
            Self::Covered => "SavingsPlanCoveredUsage",
            Self::Negation => "SavingsPlanNegation",
            Self::PlanFee => "SavingsPlanRecurringFee",
            Self::ReservedFee => "RIFee",
            Self::Upfront | Self::Support => "Fee",
            Self::Tax => "Tax",
            Self::Credit => "Credit",
        }
    }
}

/// What a run of rows shares.
pub(super) struct Item {
    pub line: Line,
    pub id: ByteArray,
    pub sku: u32,
    pub account: u32,
    pub resource: Text,
    pub zone: Text,
    pub tags: usize,
    /// The `Name` tag.
    pub name: Text,
    /// ARN of the Savings Plan.
    pub plan: Text,
    /// Index of the Reserved Instances.
    pub lease: Option<u32>,
    pub subscription: Text,
    pub description: Text,
}

/// What differs from row to row; amounts in units of 10^-10.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row {
    /// Index into the items.
    pub item: u32,
    /// Hour of the month, or the whole month.
    pub hour: Option<u32>,
    pub usage: i64,
    pub cost: i64,
    pub list: i64,
    pub effective: i64,
    pub recurring: i64,
    pub upfront: i64,
    pub period_upfront: i64,
    pub unused_upfront: i64,
    pub unused_recurring: i64,
    pub unused: i64,
    pub upfront_value: i64,
    pub commitment: i64,
    pub used: i64,
}

/// Rows with what their runs share.
#[derive(Default)]
pub(super) struct Rows {
    pub items: Vec<Item>,
    pub rows: Vec<Row>,
}

impl Rows {
    fn add(&mut self, item: Item, rows: impl IntoIterator<Item = Row>) {
        let index = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push(item);
        self.rows.extend(rows.into_iter().map(|row| Row { item: index, ..row }));
    }
}

/// Hours of a block.
const SLOT: u32 = 4;

/// Part of a file: some hours of an account, or what an account is charged once a month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    account: usize,
    /// Which hours of the month, or the monthly charges.
    slot: Option<u32>,
}

/// Returns the blocks of a file in their order.
pub(super) fn blocks(plan: &Plan, period: usize, file: usize, files: usize) -> Vec<Block> {
    let slots = plan.periods[period].hours / SLOT;
    let mut found = Vec::new();
    for account in 0..plan.accounts.len() {
        for slot in (0..slots).map(Some).chain([None]) {
            let place = hash(&[plan.seed, 9, period as u64, account as u64, slot.map_or(999, u64::from)]);
            if place % files as u64 == file as u64 {
                found.push((place / files as u64, Block { account, slot }));
            }
        }
    }
    found.sort_unstable_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, block)| block).collect()
}

/// Adds the rows of a block.
pub(super) fn fill(plan: &Plan, period: usize, block: Block, rows: &mut Rows) {
    let account = &plan.accounts[block.account];
    match block.slot {
        None => monthly(plan, period, block.account, rows),
        Some(slot) => {
            let span = &plan.periods[period];
            let (from, to) = (span.start + slot * SLOT, span.start + (slot + 1) * SLOT);
            if block.account == 0 {
                plan_fees(plan, span, from, to, rows);
            }
            for &index in &account.series {
                let series = &plan.series[index as usize];
                let (from, to) = (from.max(series.start), to.min(series.start + series.hours));
                if from < to {
                    run(plan, period, series, from, to, rows);
                }
            }
        }
    }
}

/// Returns a line item id: 52 characters of base 32.
fn id(keys: &[u64]) -> ByteArray {
    ByteArray::from(Chance::of(keys).text(b"abcdefghijklmnopqrstuvwxyz234567", 52).into_bytes())
}

/// Makes up the name of a resource.
fn name(chance: &mut Chance) -> String {
    const WORDS: [&str; 12] = [
        "orders", "events", "prod-api", "worker", "ingest", "sessions", "images", "reports", "cache", "auth",
        "exports", "stream",
    ];
    let word = WORDS[chance.skewed(WORDS.len(), 1)];
    format!("{word}-{}", chance.text(b"abcdefghijklmnopqrstuvwxyz0123456789", 8))
}

/// Spells the resource that the seed decides.
fn resource(pattern: &str, seed: u64, region: usize, account: &Account) -> String {
    let mut chance = Chance::of(&[seed, 11]);
    let mut text = String::with_capacity(96);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (kind, tail) = after.split_once('}').unwrap_or((after, ""));
        match kind {
            "r" => text.push_str(REGIONS[region].code),
            "a" => text.push_str(&account.digits),
            "u" => text.push_str(&super::plan::uuid(&mut chance)),
            "n" => text.push_str(&name(&mut chance)),
            _ => text.push_str(&chance.hex(16)),
        }
        rest = tail;
    }
    text.push_str(rest);
    text
}

/// Adds the hours of a series between two hours of the bill.
fn run(plan: &Plan, period: usize, series: &Series, from: u32, to: u32, rows: &mut Rows) {
    let span = &plan.periods[period];
    let sku = &plan.skus[series.sku as usize];
    let account = &plan.accounts[series.account as usize];
    let region = usize::from(series.region);
    let (line, arn, lease) = match series.charge {
        Charge::Usage => (Line::Usage, None, None),
        Charge::Reserved(lease) => (Line::Discounted, None, Some(lease)),
        Charge::Plan(index) => (Line::Covered, plan.plans[index as usize].arn.clone(), None),
    };
    let subscription = match lease {
        Some(lease) => plan.leases[lease as usize].id.clone(),
        None => text(format!(
            "{}",
            10_000_000_000 + hash(&[u64::from(series.account), u64::from(series.sku), 12]) % 9_999_999_999
        )),
    };
    let tagged = hash(&[series.resource, 13]);
    let sets = plan.tags.len() as u64;
    let zone = sku.zonal.then(|| {
        let letter = ["a", "b", "c"][usize::try_from(tagged >> 40).unwrap_or(0) % 3];
        text(format!("{}{letter}", REGIONS[region].code))
    });
    let item = Item {
        line,
        id: id(&[plan.seed, series.seed, period as u64]),
        sku: series.sku,
        account: series.account,
        resource: text(resource(sku.resource, series.resource, region, account)),
        zone: zone.flatten(),
        // A fifth of the resources has no tags; the others have one of the sets of their account.
        tags: if tagged.is_multiple_of(5) {
            0
        } else {
            usize::try_from((u64::from(series.account) * 12 + (tagged >> 8) % 12) % (sets - 1) + 1).unwrap_or(0)
        },
        name: (tagged % 5 > 1).then(|| text(name(&mut Chance::of(&[series.resource, 18])))).flatten(),
        plan: arn.clone(),
        lease,
        subscription,
        description: None,
    };
    let amount = sku.amount.unwrap_or(Amount::Hours);
    let zone = item.zone.clone();
    let hours: Vec<Row> = (from..to)
        .map(|hour| {
            let usage = series.usage(amount, hour);
            let cost = times(sku.rate, usage);
            let row = Row { hour: Some(hour - span.start), usage, cost, list: cost, ..Row::default() };
            match series.charge {
                Charge::Usage => row,
                Charge::Reserved(lease) => {
                    let lease = &plan.leases[lease as usize];
                    let (recurring, upfront) = (times(lease.recurring, usage), times(lease.upfront, usage));
                    Row { cost: 0, effective: recurring + upfront, recurring, upfront, ..row }
                }
                Charge::Plan(_) => Row { effective: times(plan_rate(sku.rate), usage), ..row },
            }
        })
        .collect();
    if line == Line::Covered {
        let negations: Vec<Row> = hours.iter().map(|row| Row { cost: -row.cost, effective: 0, ..*row }).collect();
        rows.add(item, hours);
        let about = format!(
            "SavingsPlanNegation used by AccountId : {} and UsageSku : {}",
            account.digits,
            String::from_utf8_lossy(sku.id.as_ref().map_or(&[], ByteArray::data))
        );
        let negation = Item {
            line: Line::Negation,
            id: id(&[plan.seed, series.seed, period as u64, 1]),
            sku: series.sku,
            account: series.account,
            resource: None,
            zone,
            tags: 0,
            name: None,
            plan: arn,
            lease: None,
            subscription: None,
            description: text(about),
        };
        rows.add(negation, negations);
    } else {
        rows.add(item, hours);
    }
}

fn plain(line: Line, id: ByteArray, sku: u32, account: usize) -> Item {
    let account = u32::try_from(account).unwrap_or(0);
    Item {
        line,
        id,
        sku,
        account,
        resource: None,
        zone: None,
        tags: 0,
        name: None,
        plan: None,
        lease: None,
        subscription: None,
        description: None,
    }
}

/// Adds the hourly fees of the Savings Plans.
fn plan_fees(plan: &Plan, span: &Period, from: u32, to: u32, rows: &mut Rows) {
    for (index, savings) in plan.plans.iter().enumerate() {
        let id = id(&[plan.seed, 14, index as u64, u64::from(span.start)]);
        let item = Item {
            plan: savings.arn.clone(),
            resource: savings.arn.clone(),
            ..plain(Line::PlanFee, id, plan.commitment_sku, 0)
        };
        let fees = (from..to).map(|hour| Row {
            hour: Some(hour - span.start),
            usage: UNIT,
            cost: savings.commitment,
            commitment: savings.commitment,
            used: savings.used[hour as usize],
            ..Row::default()
        });
        rows.add(item, fees);
    }
}

/// Adds what an account is charged once a month.
fn monthly(plan: &Plan, period: usize, account: usize, rows: &mut Rows) {
    let span = &plan.periods[period];
    let hours = i64::from(span.hours);
    let key = |kind: u64, index: u64| [plan.seed, 15, period as u64, account as u64, kind, index];
    for (index, lease) in plan.leases.iter().enumerate().filter(|(_, lease)| lease.account as usize == account) {
        let lease_index = u32::try_from(index).ok();
        let item = |line: Line, kind: u64| Item {
            resource: lease.arn.clone(),
            lease: lease_index,
            subscription: lease.id.clone(),
            ..plain(line, id(&key(kind, index as u64)), lease.sku, account)
        };
        rows.add(item(Line::ReservedFee, 0), [reserved_fee(lease, hours)]);
        if lease.bought_now && period == 0 {
            let cost = lease.upfront * 8_760 * lease.count;
            let row = Row { usage: lease.count * UNIT, cost, upfront_value: cost, ..Row::default() };
            rows.add(item(Line::Upfront, 1), [row]);
        }
    }
    for index in 0..TAXES {
        let mut chance = Chance::of(&key(2, index));
        let cost = i64::try_from(chance.below(9_000)).unwrap_or(0) * UNIT / 100;
        let sku = plan.tax_skus[usize::try_from(index).unwrap_or(0)];
        let row = Row { usage: UNIT, cost, ..Row::default() };
        rows.add(plain(Line::Tax, id(&key(2, index)), sku, account), [row]);
    }
    for index in 0..CREDITS {
        let mut chance = Chance::of(&key(3, index));
        let cost = -i64::try_from(chance.below(400_000_000_000)).unwrap_or(0);
        // A credit carries the usage type of what it pays back.
        let any = &plan.accounts[account].series;
        let at = chance.skewed(any.len().max(1), 1);
        let sku = any.get(at).map_or(plan.support_sku, |&series| plan.series[series as usize].sku);
        let item = Item {
            description: Some(word("AWS Migration Acceleration Program")),
            ..plain(Line::Credit, id(&key(3, index)), sku, account)
        };
        rows.add(item, [Row { cost, ..Row::default() }]);
    }
    let cost = i64::try_from(Chance::of(&key(4, 0)).below(15_000)).unwrap_or(0) * UNIT / 100;
    let row = Row { usage: UNIT, cost, list: cost, ..Row::default() };
    rows.add(plain(Line::Support, id(&key(4, 0)), plan.support_sku, account), [row]);
}

/// Returns the fee row of a month: what nobody used stays on it.
fn reserved_fee(lease: &Lease, hours: i64) -> Row {
    let unused = (lease.count - lease.used) * hours;
    Row {
        usage: lease.count * hours * UNIT,
        cost: lease.recurring * lease.count * hours,
        period_upfront: lease.upfront * lease.count * hours,
        unused_upfront: lease.upfront * unused,
        unused_recurring: lease.recurring * unused,
        unused: unused * UNIT,
        upfront_value: lease.upfront * 8_760 * lease.count,
        ..Row::default()
    }
}

/// Sums of rows in units of 10^-10 dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub rows: u64,
    pub unblended: i128,
    pub amortized: i128,
    pub list: i128,
}

impl Sums {
    /// Adds the rows.
    pub(super) fn add(&mut self, rows: &Rows) {
        for row in &rows.rows {
            let line = rows.items[row.item as usize].line;
            self.rows += 1;
            self.unblended += i128::from(row.cost);
            self.amortized += i128::from(match line {
                Line::Discounted | Line::Covered => row.effective,
                Line::Negation | Line::Upfront => 0,
                Line::ReservedFee => row.unused_upfront + row.unused_recurring,
                Line::PlanFee => row.commitment - row.used,
                _ => row.cost,
            });
            if line != Line::Negation {
                self.list += i128::from(row.list);
            }
        }
    }

    /// Adds other sums.
    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.unblended += other.unblended;
        self.amortized += other.amortized;
        self.list += other.list;
    }
}

/// Returns the charge of an item.
pub(super) fn sku_of<'a>(plan: &'a Plan, item: &Item) -> &'a Sku {
    &plan.skus[item.sku as usize]
}
