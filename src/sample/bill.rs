//! The bill of a month: instances, meters, commitments, and the charges that stand on the invoice alone.
//!
//! The months for which amounts are published, May 2023 and January 2024, are solved for with the two plugs of
//! [`super::meters`]; the months between take their plugs from the line between those two.

use std::rc::Rc;

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

use super::commitments;
use super::fleet;
use super::ids::Ids;
use super::lines::{Attributes, Item, Line, Plan};
use super::meters::{self, Meter, RDS_PLUG, REST_PLUG};
use super::products;
use super::rates::Rates;
use super::story::{Account, END, MONTHS, OPEN};
use crate::error::{Error, Result};
use crate::units::Month;

/// A month with a published total and a published amount for RDS, in cents.
struct Anchor {
    index: i64,
    total: i64,
    rds: i64,
}

/// May 2023: 45,691 USD, RDS half of it.
const MAY: Anchor = Anchor { index: 0, total: 4_569_100, rds: 2_286_052 };
/// January 2024: 6,317 USD less, RDS 6,046 USD less.
const JANUARY: Anchor = Anchor { index: 8, total: 3_937_400, rds: 1_681_452 };

/// Support costs 300 USD and 7 % of the rest of the bill: Business support between 10,000 and 80,000 USD a month.
const SUPPORT_BASE: Decimal = Decimal::from_parts(300, 0, 0, false, 0);
const SUPPORT_SHARE: Decimal = Decimal::from_parts(7, 0, 0, false, 2);

/// What all months of a bill share.
#[derive(Debug)]
pub(super) struct Context {
    /// The price list.
    pub rates: Rates,
    /// The ids.
    pub ids: Ids,
    /// The Savings Plan.
    pub plan: Rc<Plan>,
}

impl Context {
    /// Builds the context of the seed.
    pub(super) fn new(seed: u64) -> Result<Self> {
        let ids = Ids::new(seed);
        Ok(Self { rates: Rates::load()?, ids, plan: commitments::plan(ids) })
    }
}

/// A billing month and the days of it that have data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    /// The month.
    pub month: Month,
    /// Its first day.
    pub first: NaiveDate,
    /// The last day with data.
    pub last: NaiveDate,
}

impl Period {
    /// Returns the period of the month.
    pub(super) fn of(month: Month) -> Self {
        let last = month.next().first_day().pred_opt().unwrap_or(NaiveDate::MAX).min(END);
        Self { month, first: month.first_day(), last }
    }

    /// Returns the first months of the story.
    pub(super) fn first_months(count: u32) -> Vec<Self> {
        std::iter::successors(Some(Month::of(OPEN)), |month| Some(month.next()))
            .take(count.min(MONTHS) as usize)
            .map(Self::of)
            .collect()
    }

    /// Returns the days with data.
    pub(super) fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }

    /// Returns the number of days of the whole month.
    pub(super) fn days_of_month(self) -> Decimal {
        Decimal::from(self.month.hours() / 24)
    }

    /// Returns how many months it is after the first.
    pub(super) fn index(self) -> i64 {
        let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
        months(self.first) - months(OPEN)
    }

    /// Tells whether the month is closed: an open one has no invoice yet.
    pub(super) fn is_final(self) -> bool {
        self.last.succ_opt() == Some(self.month.next().first_day())
    }
}

/// What the two plugs have to cost in a whole month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plugs {
    /// Aurora storage.
    pub rds: Decimal,
    /// S3 storage.
    pub rest: Decimal,
}

/// Solves the plugs of the months with published amounts.
pub(super) fn solve(context: &Context) -> Result<[Plugs; 2]> {
    let one = |anchor: &Anchor| -> Result<Plugs> {
        let month = Period::first_months(MONTHS)
            .into_iter()
            .find(|period| period.index() == anchor.index)
            .ok_or_else(|| Error::runtime("the sample has no month for a published amount"))?;
        let lines = without_plugs(context, &month)?;
        let rds: Decimal = lines.iter().filter(|line| line.is_of("AmazonRDS")).map(|line| line.cost).sum();
        let all: Decimal = lines.iter().map(|line| line.cost).sum();
        let total = Decimal::new(anchor.total, 2);
        let target = Decimal::new(anchor.rds, 2);
        let before_support = total - support_within(total);
        let plugs = Plugs { rds: target - rds, rest: before_support - target - (all - rds) };
        if plugs.rds <= Decimal::ZERO || plugs.rest <= Decimal::ZERO {
            return Err(Error::runtime(format!("the sample's {} does not fit: {plugs:?}", month.month)));
        }
        Ok(plugs)
    };
    Ok([one(&MAY)?, one(&JANUARY)?])
}

/// Returns the support fee within a total that includes it.
fn support_within(total: Decimal) -> Decimal {
    let guess = total - ((total - SUPPORT_BASE) / (Decimal::ONE + SUPPORT_SHARE)).round_dp(2);
    // Half a cent either way may round differently on the way back.
    [guess, guess - Decimal::new(1, 2), guess + Decimal::new(1, 2)]
        .into_iter()
        .find(|fee| support(total - *fee) == *fee)
        .unwrap_or(guess)
}

/// Returns the support fee on what the rest of the bill costs.
fn support(rest: Decimal) -> Decimal {
    (SUPPORT_BASE + rest * SUPPORT_SHARE).round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven)
}

/// Returns the plugs of the month: the published months' own, in between on the line, scaled to the days with data.
fn plugs(period: &Period, solved: &[Plugs; 2]) -> Plugs {
    let [may, january] = solved;
    let between = |from: Decimal, to: Decimal| {
        let index = period.index();
        if index == MAY.index {
            return from;
        }
        if index == JANUARY.index {
            return to;
        }
        let whole = from + (to - from) * Decimal::new(index, 0) / Decimal::new(JANUARY.index, 0);
        let days = Decimal::from((period.last - period.first).num_days() + 1);
        (whole * days / period.days_of_month()).round_dp(4)
    };
    Plugs { rds: between(may.rds, january.rds), rest: between(may.rest, january.rest) }
}

/// Returns all line items of the month, in the order of the bill.
pub(super) fn month(context: &Context, period: &Period, solved: &[Plugs; 2]) -> Result<Vec<Line>> {
    let mut lines = without_plugs(context, period)?;
    let plugs = plugs(period, solved);
    lines.extend(plug(context, period, &RDS_PLUG, plugs.rds)?);
    lines.extend(plug(context, period, &REST_PLUG, plugs.rest)?);
    if period.is_final() {
        let rest: Decimal = lines.iter().map(|line| line.cost).sum();
        let item = Rc::new(invoice_item("Fee", "AWSSupportBusiness", "AWS Support (Business)"));
        lines.push(Line::over(&item, (period.first, period.last), Decimal::ONE, support(rest)));
    }
    Ok(lines)
}

fn plug(context: &Context, period: &Period, meter: &Meter, total: Decimal) -> Result<Vec<Line>> {
    meters::plugged(context, period, meter, total)
}

fn without_plugs(context: &Context, period: &Period) -> Result<Vec<Line>> {
    let mut lines = fleet::lines(context, period)?;
    lines.extend(commitments::fees(context, period)?);
    lines.extend(meters::lines(context, period)?);
    lines.extend(on_the_invoice(period));
    Ok(lines)
}

/// Returns the charges of the month that are no usage: marketplace and its tax, credits, a refund, tax of nothing.
fn on_the_invoice(period: &Period) -> Vec<Line> {
    let month = (period.first, period.last);
    let line = |item: Item, cents: i64| {
        Line::over(&Rc::new(item), month, Decimal::ONE, Decimal::new(cents, 2)).listed(Decimal::ZERO)
    };
    let monitor = "d4x7v2q9example0monitor1";
    let mut lines = vec![
        line(Item { marketplace: true, ..invoice_item("Fee", monitor, "Contract: Example Monitor, 20 hosts") }, 42_000),
        line(
            Item {
                marketplace: true,
                tax_type: "VAT",
                ..invoice_item("Tax", monitor, "Tax for product code Example Monitor")
            },
            4_200,
        ),
    ];
    for code in ["AmazonEC2", "AmazonRDS", "AmazonS3"] {
        let description = format!("Tax for product code {code}");
        lines.push(line(Item { tax_type: "VAT", ..invoice_item("Tax", code, &description) }, 0));
    }
    // A credit carries the usage type and operation of what it adjusts.
    if (3..=4).contains(&period.index()) {
        let credit = invoice_item("Credit", "AmazonEC2", "AWS Graviton migration credit");
        lines.push(line(
            Item {
                account: Some(Account::Prod),
                usage_type: "APN2-BoxUsage:m6g.xlarge".to_owned(),
                operation: "RunInstances".to_owned(),
                product: products::instance(super::story::What::Ec2("Linux"), "m6g.xlarge").product,
                ..credit
            },
            -15_000,
        ));
    }
    if period.index() == 6 {
        let refund = invoice_item("Refund", "AmazonS3", "Refund for requests billed twice in October");
        lines.push(line(
            Item { account: Some(Account::Data), usage_type: "APN2-Requests-Tier1".to_owned(), ..refund },
            -3_850,
        ));
    }
    lines
}

fn invoice_item(line_type: &'static str, product_code: &str, description: &str) -> Item {
    let name = products::service_name(product_code);
    let name = if name.is_empty() { "Example Monitor" } else { name };
    Item {
        key: format!("invoice {line_type} {product_code}"),
        line_type,
        account: Some(Account::Payer),
        product_code: product_code.to_owned(),
        description: description.to_owned(),
        product: Attributes::from([("product_name", name.to_owned())]),
        ..Item::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(lines: &[Line]) -> (Decimal, Decimal) {
        let total = lines.iter().map(|line| line.cost).sum();
        (total, lines.iter().filter(|line| line.is_of("AmazonRDS")).map(|line| line.cost).sum())
    }

    #[test]
    fn the_published_months_come_out_exactly() {
        let context = Context::new(1).unwrap();
        let solved = solve(&context).unwrap();
        let of = |index: usize| {
            let period = Period::first_months(MONTHS)[index];
            sums(&month(&context, &period, &solved).unwrap())
        };
        let (may, january) = (of(0), of(8));
        assert_eq!(may.0, Decimal::from(45_691));
        assert_eq!(january.0, Decimal::from(39_374));
        assert_eq!(may.1 - january.1, Decimal::from(6_046));
        assert!(solved[1].rds > solved[0].rds && solved[1].rest > solved[0].rest, "usage grows: {solved:?}");
    }

    #[test]
    fn amortised_is_unblended_in_each_month() {
        let context = Context::new(1).unwrap();
        let solved = solve(&context).unwrap();
        for period in Period::first_months(MONTHS) {
            let lines = month(&context, &period, &solved).unwrap();
            let amortized: Decimal = lines.iter().map(Line::amortized).sum();
            assert_eq!(amortized, sums(&lines).0, "{}", period.month);
            let of_rds: Decimal = lines.iter().filter(|line| line.is_of("AmazonRDS")).map(Line::amortized).sum();
            assert_eq!(of_rds, sums(&lines).1, "{}", period.month);
        }
    }

    #[test]
    fn february_is_open() {
        let periods = Period::first_months(MONTHS);
        assert_eq!(periods.len(), 10);
        assert!(periods[..9].iter().all(|period| period.is_final()));
        assert!(!periods[9].is_final());
        assert_eq!(periods[9].days().count(), 18);
    }
}
