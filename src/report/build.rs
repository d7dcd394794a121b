//! Builds the [`Report`] of one month from the figures of the bill.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    definitions::definitions,
    model::{
        AdoptionShare, Bucket, ChangeRow, CoverageRow, Footer, HeldBackRow, MonthRow, OpportunityRow, Report,
        SCHEMA_VERSION, ServiceCost, ServiceSaving,
    },
    months::Months,
    summary::{OpenSaving, headline, kpis},
};
use crate::{
    analysis::{Coverage, Figures, MonthTotal, Opportunity},
    error::{Error, Result},
    terms::{Architecture, Verdict},
    units::{Month, money, ratio},
};

/// What a report needs to know beside the figures.
#[derive(Debug)]
pub struct Origin {
    /// Exports read, in words.
    pub sources: Vec<String>,
    /// Rows read, over all months.
    pub rows_read: u64,
    /// Bytes of the columns that the figures need.
    pub bytes_read: u64,
    /// Bytes of the files that no figure needs.
    pub bytes_skipped: u64,
    /// Newest date in the price table.
    pub prices_as_of: NaiveDate,
    /// What was not read or is switched off.
    pub notes: Vec<String>,
}

/// Returns what Athena charges to scan so many bytes: 5 USD a TB of 10^12 bytes, and 10 MB at least.
fn athena_usd(bytes: u64) -> Decimal {
    const USD_A_TB: Decimal = Decimal::from_parts(5, 0, 0, false, 0);
    const LEAST: u64 = 10_000_000;
    const TB: u64 = 1_000_000_000_000;
    (Decimal::from(bytes.max(LEAST)) * USD_A_TB / Decimal::from(TB)).round_dp(6).normalize()
}

/// Builds the report of `month`, by default the last complete month.
///
/// # Errors
/// When the bill has no such month.
pub fn build(figures: &Figures, month: Option<Month>, origin: Origin) -> Result<Report> {
    let months = Months::choose(&figures.months, month)?;
    let cost_by_service = cost_by_service(figures);
    let month_over_month =
        months.previous.map_or_else(Vec::new, |from| changes(&cost_by_service, from, months.reported));
    let since_first = months.first.map_or_else(Vec::new, |from| changes(&cost_by_service, from, months.reported));
    let coverage = coverage(figures);
    let adoption = adoption(figures);
    let opportunities = opportunities(figures, months.reported);
    let savings_by_service = savings_by_service(&opportunities);
    let unpriced_share = unpriced_share(figures, months.reported);
    let saving = OpenSaving {
        total: opportunities.iter().map(|row| row.list_saving).sum(),
        conditional: savings_by_service.iter().map(|row| row.conditional_saving).sum(),
        unpriced_share,
    };
    let kpis = kpis(&months, &coverage, &adoption, &saving, &figures.currency);
    let headline = headline(&months, &saving, &figures.currency);
    let prices_used = prices_used(&opportunities);
    let mut notes = origin.notes;
    notes.extend(months.notes());
    notes.extend(unanalysed(figures, months.reported));
    notes.extend(unpriced_targets(figures, months.reported));
    let buckets = buckets(figures, months.reported);
    add_up(&buckets, &months.total(months.reported))?;
    Ok(Report {
        schema_version: SCHEMA_VERSION,
        title: format!("AWS bill and Graviton savings, {}", months.reported.label()),
        headline,
        month: months.reported,
        previous_month: months.previous,
        first_month: months.first,
        currency: figures.currency.clone(),
        basis: "amortized",
        months: figures.months.iter().map(month_row).collect(),
        kpis,
        cost_by_service,
        coverage,
        adoption,
        month_over_month,
        since_first,
        buckets,
        savings_by_service,
        held_back: held_back(figures, months.reported),
        opportunities,
        footer: Footer {
            gravimeter: env!("CARGO_PKG_VERSION"),
            sources: origin.sources,
            rows_read: origin.rows_read,
            bytes_read: origin.bytes_read,
            bytes_skipped: origin.bytes_skipped,
            athena_usd: athena_usd(origin.bytes_read),
            target_policy: figures.policy.to_string(),
            prices_as_of: origin.prices_as_of,
            prices_used,
            unpriced_share,
            notes,
            definitions: definitions(),
        },
    })
}

fn month_row(total: &MonthTotal) -> MonthRow {
    MonthRow {
        month: total.month,
        partial: total.partial,
        data_through: total.data_through,
        line_items: total.costs.line_items,
        unblended_cost: total.costs.unblended,
        amortized_cost: total.costs.amortized,
        net_unblended_cost: total.costs.net_unblended,
        net_amortized_cost: total.costs.net_amortized,
    }
}

fn cost_by_service(figures: &Figures) -> Vec<ServiceCost> {
    let mut sums: BTreeMap<(Month, &str), (Decimal, Decimal)> = BTreeMap::new();
    for row in &figures.monthly_costs {
        let sum = sums.entry((row.month, &row.product_code)).or_default();
        sum.0 += row.costs.unblended;
        sum.1 += row.costs.amortized;
    }
    let mut rows: Vec<ServiceCost> = sums
        .into_iter()
        .map(|((month, product_code), (unblended_cost, amortized_cost))| ServiceCost {
            month,
            product_code: product_code.to_owned(),
            unblended_cost,
            amortized_cost,
        })
        .collect();
    rows.sort_by(|a, b| {
        (a.month, b.amortized_cost, &a.product_code).cmp(&(b.month, a.amortized_cost, &b.product_code))
    });
    rows
}

/// Compares the services of two months; the changes add up to the change of the bill.
fn changes(costs: &[ServiceCost], from: Month, to: Month) -> Vec<ChangeRow> {
    let of = |month: Month, product: &str| {
        costs.iter().find(|row| row.month == month && row.product_code == product).map(|row| row.amortized_cost)
    };
    let products: BTreeSet<&str> =
        costs.iter().filter(|row| row.month == from || row.month == to).map(|row| row.product_code.as_str()).collect();
    let mut rows: Vec<ChangeRow> = products
        .into_iter()
        .map(|product| {
            let (from_cost, to_cost) = (of(from, product).unwrap_or_default(), of(to, product).unwrap_or_default());
            ChangeRow { product_code: product.to_owned(), from_cost, to_cost, change: to_cost - from_cost }
        })
        .collect();
    rows.sort_by(|a, b| (b.change.abs(), &a.product_code).cmp(&(a.change.abs(), &b.product_code)));
    rows
}

fn coverage(figures: &Figures) -> Vec<CoverageRow> {
    let mut by_month: BTreeMap<Month, Coverage> = BTreeMap::new();
    for ((month, _), part) in &figures.coverage {
        by_month.entry(*month).or_default().add(part);
    }
    by_month
        .into_iter()
        .map(|(month, sum)| CoverageRow {
            month,
            on_demand_cost: sum.on_demand_cost,
            reserved_cost: sum.reserved_cost,
            savings_plan_cost: sum.savings_plan_cost,
            spot_cost: sum.spot_cost,
            unused_commitment: sum.unused_commitment,
            coverage: sum.coverage(),
            utilization: sum.utilization(),
        })
        .collect()
}

fn adoption(figures: &Figures) -> Vec<AdoptionShare> {
    let mut by_month: BTreeMap<Month, (Decimal, Decimal, Decimal)> = BTreeMap::new();
    for row in &figures.adoption {
        let sum = by_month.entry(row.month).or_default();
        if row.architecture == Some(Architecture::Arm) && row.eligible {
            sum.0 += row.amortized_cost;
        }
        sum.1 += row.amortized_cost;
        if row.eligible {
            sum.2 += row.amortized_cost;
        }
    }
    by_month
        .into_iter()
        .map(|(month, (graviton, compute, eligible))| AdoptionShare {
            month,
            graviton_cost: graviton,
            compute_cost: compute,
            eligible_cost: eligible,
            share_of_compute: ratio(graviton, compute),
            share_of_eligible: ratio(graviton, eligible),
        })
        .collect()
}

fn buckets(figures: &Figures, month: Month) -> Vec<Bucket> {
    Verdict::ALL
        .iter()
        .filter_map(|&verdict| {
            let mut bucket =
                Bucket { verdict, line_items: 0, unblended_cost: Decimal::ZERO, amortized_cost: Decimal::ZERO };
            let rows = figures.rows.iter().zip(&figures.verdicts);
            for (row, _) in rows.filter(|(row, of_row)| row.month == month && **of_row == verdict) {
                bucket.line_items += row.line_items;
                bucket.unblended_cost += row.unblended_cost;
                bucket.amortized_cost += row.amortized_cost;
            }
            (bucket.line_items > 0).then_some(bucket)
        })
        .collect()
}

/// Checks that the buckets are the bill.
fn add_up(buckets: &[Bucket], total: &MonthTotal) -> Result<()> {
    let unblended: Decimal = buckets.iter().map(|bucket| bucket.unblended_cost).sum();
    let amortized: Decimal = buckets.iter().map(|bucket| bucket.amortized_cost).sum();
    let line_items: u64 = buckets.iter().map(|bucket| bucket.line_items).sum();
    if (unblended, amortized, line_items) == (total.costs.unblended, total.costs.amortized, total.costs.line_items) {
        return Ok(());
    }
    Err(Error::incomplete(format!(
        "{}: the verdicts add up to {unblended} unblended and {amortized} amortised in {line_items} line items, \
         the bill to {}, {} and {}",
        total.month, total.costs.unblended, total.costs.amortized, total.costs.line_items
    ))
    .hint("this is a fault of gravimeter: please report it with the month and the version"))
}

fn opportunities(figures: &Figures, month: Month) -> Vec<OpportunityRow> {
    let mut rows: Vec<OpportunityRow> = figures
        .opportunities
        .iter()
        .filter(|row| row.month == month && row.verdict == Verdict::Eligible)
        .filter_map(opportunity)
        .collect();
    rows.sort_by(|a, b| {
        b.list_saving.cmp(&a.list_saving).then_with(|| a.account_id.cmp(&b.account_id)).then_with(|| {
            (&a.region, &a.product_code, &a.instance_type).cmp(&(&b.region, &b.product_code, &b.instance_type))
        })
    });
    rows
}

fn opportunity(row: &Opportunity) -> Option<OpportunityRow> {
    Some(OpportunityRow {
        account_id: row.account_id.as_deref().unwrap_or_default().to_owned(),
        account_name: row.account_name.as_deref().map(str::to_owned),
        region: row.region.as_deref().unwrap_or("").to_owned(),
        product_code: row.product_code.to_string(),
        instance_type: row.instance_type.as_deref().unwrap_or("").to_owned(),
        operating_system: row.operating_system.as_deref().map(str::to_owned),
        database_engine: row.database_engine.as_deref().map(str::to_owned),
        deployment_option: row.deployment_option.as_deref().map(str::to_owned),
        purchase_option: row.purchase_option.map(|option| option.to_string()),
        target_instance_type: row.target_instance_type.clone()?,
        hours: row.hours,
        source_price: row.source_price?,
        target_price: row.target_price?,
        amortized_cost: row.amortized_cost,
        list_saving: row.list_saving?,
        condition: row.condition.clone(),
        estimate: row.estimate.clone(),
        price_as_of: row.price_as_of?,
    })
}

fn savings_by_service(opportunities: &[OpportunityRow]) -> Vec<ServiceSaving> {
    let mut sums: BTreeMap<&str, (Decimal, Decimal, Decimal)> = BTreeMap::new();
    for row in opportunities {
        let sum = sums.entry(&row.product_code).or_default();
        sum.0 += row.hours * row.source_price;
        sum.1 += row.list_saving;
        if row.condition.is_some() {
            sum.2 += row.list_saving;
        }
    }
    let mut rows: Vec<ServiceSaving> = sums
        .into_iter()
        .map(|(product_code, (list_cost, list_saving, conditional_saving))| ServiceSaving {
            product_code: product_code.to_owned(),
            list_cost: crate::units::rounded(list_cost),
            list_saving,
            conditional_saving,
        })
        .collect();
    rows.sort_by(|a, b| (b.list_saving, &a.product_code).cmp(&(a.list_saving, &b.product_code)));
    rows
}

fn held_back(figures: &Figures, month: Month) -> Vec<HeldBackRow> {
    struct Sum<'a> {
        types: BTreeMap<&'a str, Decimal>,
        hours: Decimal,
        cost: Decimal,
    }
    let mut sums = BTreeMap::new();
    for row in figures.opportunities.iter().filter(|row| row.month == month) {
        let Some(reason) = row.reason else { continue };
        let sum = sums.entry((row.verdict, reason, &*row.product_code)).or_insert_with(|| Sum {
            types: BTreeMap::new(),
            hours: Decimal::ZERO,
            cost: Decimal::ZERO,
        });
        *sum.types.entry(row.instance_type.as_deref().unwrap_or("")).or_default() += row.amortized_cost;
        sum.hours += row.hours;
        sum.cost += row.amortized_cost;
    }
    let mut rows: Vec<HeldBackRow> = sums
        .into_iter()
        .map(|((verdict, reason, product_code), sum)| {
            let mut types: Vec<(&str, Decimal)> = sum.types.into_iter().collect();
            types.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
            HeldBackRow {
                verdict,
                reason: reason.to_string(),
                explanation: reason.explanation().to_owned(),
                product_code: product_code.to_owned(),
                instance_types: types.into_iter().map(|(name, _)| name.to_owned()).collect(),
                hours: sum.hours,
                amortized_cost: sum.cost,
            }
        })
        .collect();
    rows.sort_by(|a, b| {
        (b.amortized_cost, &a.reason, &a.product_code).cmp(&(a.amortized_cost, &b.reason, &b.product_code))
    });
    rows
}

/// Returns the share of the month's instance cost that is unpriced or unknown.
fn unpriced_share(figures: &Figures, month: Month) -> Option<Decimal> {
    let rows = || figures.opportunities.iter().filter(|row| row.month == month);
    let all: Decimal = rows().map(|row| row.amortized_cost).sum();
    let open = rows().filter(|row| matches!(row.verdict, Verdict::Unpriced | Verdict::Unknown));
    ratio(open.map(|row| row.amortized_cost).sum(), all)
}

/// Says what compute of other services the month has, which this version does not analyse.
fn unanalysed(figures: &Figures, month: Month) -> Option<String> {
    let rows = figures
        .rows
        .iter()
        .filter(|row| row.month == month && row.usage_kind == crate::normalize::UsageKind::OtherCompute);
    let mut products: BTreeMap<&str, Decimal> = BTreeMap::new();
    for row in rows {
        *products.entry(&row.product_code).or_default() += row.amortized_cost;
    }
    let named: Vec<String> =
        products.iter().map(|(product, cost)| format!("{product} {}", money(*cost, &figures.currency))).collect();
    (!named.is_empty())
        .then(|| format!("compute that this version does not analyse, counted as unknown: {}", named.join(", ")))
}

/// Names the targets that fit and whose price is not known: a saving may be larger than what is shown.
fn unpriced_targets(figures: &Figures, month: Month) -> Option<String> {
    const NAMED: usize = 12;
    let rows = figures.opportunities.iter().filter(|row| row.month == month);
    let mut lists: Vec<&Arc<Vec<String>>> = rows.map(|row| &row.unpriced_targets).collect();
    lists.sort_unstable_by_key(|list| Arc::as_ptr(list));
    lists.dedup_by(|a, b| Arc::ptr_eq(a, b));
    let names: BTreeSet<&str> = lists.into_iter().flat_map(|list| list.iter()).map(String::as_str).collect();
    let shown: Vec<&str> = names.iter().take(NAMED).copied().collect();
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    (!names.is_empty()).then(|| {
        let (count, list) = (names.len(), shown.join(", "));
        format!(
            "{count} Graviton types that fit are sold in their region at a price this table does not know: {list}{more}"
        )
    })
}

fn prices_used(opportunities: &[OpportunityRow]) -> Option<(NaiveDate, NaiveDate)> {
    let dates = || opportunities.iter().map(|row| row.price_as_of);
    Some((dates().min()?, dates().max()?))
}

#[cfg(test)]
#[path = "build_tests.rs"]
mod tests;
