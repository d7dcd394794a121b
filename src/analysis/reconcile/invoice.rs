//! Explains the gap between an invoice and the bill: only by sums that the bill really has.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};

use super::cause::{Cause, is_marketplace, parts};
use crate::{analysis::month_totals, rollup::UsageRow, units::Month};

/// Largest rest that rounding may leave.
const TOLERANCE: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// Most explanations that are worth reading.
const MOST: usize = 5;

/// Parts that may be left out together.
const MOST_PARTS: usize = 3;

/// An invoice against the bill of its month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// The billing month.
    pub month: Month,
    /// What the invoice says.
    pub amount: Decimal,
    /// What the bill says, unblended.
    pub bill: Decimal,
    /// The bill with each account, product and charge type rounded to cents, as invoices state them.
    pub rounded_bill: Decimal,
    /// What came out.
    pub outcome: Outcome,
}

impl Invoice {
    /// Returns the invoice less the bill.
    pub fn gap(&self) -> Decimal {
        self.amount - self.bill
    }

    /// Tells whether invoice and bill agree, or it is known why not.
    pub fn is_explained(&self) -> bool {
        !matches!(self.outcome, Outcome::Unexplained)
    }
}

/// Whether an invoice and the bill agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To the cent.
    Equal,
    /// But for the rounding of parts to cents.
    EqualRounded,
    /// Not, and these sums of the bill are as large as the gap; the most plausible first.
    Explained(Vec<Explanation>),
    /// Not, and nothing on the bill is as large as the gap.
    Unexplained,
}

/// A sum of the bill that is as large as the gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What it would mean: "the invoice leaves out tax".
    pub words: String,
    /// The parts with their unblended cost.
    pub parts: Vec<(String, Decimal)>,
    /// What is left of the gap.
    pub rest: Decimal,
}

/// Compares the invoice of a month with the bill.
pub fn explain_invoice(rows: &[UsageRow], month: Month, amount: Decimal) -> Invoice {
    let of_month: Vec<&UsageRow> = rows.iter().filter(|row| row.month == month).collect();
    let bill: Decimal = of_month.iter().map(|row| row.unblended_cost).sum();
    let rounded_bill = rounded_by_part(&of_month);
    let gap = amount - bill;
    let outcome = if cents(gap).is_zero() {
        Outcome::Equal
    } else if gap.abs() <= TOLERANCE || cents(amount) == rounded_bill {
        Outcome::EqualRounded
    } else {
        let found = explanations(rows, &of_month, month, amount, bill);
        if found.is_empty() { Outcome::Unexplained } else { Outcome::Explained(found) }
    };
    Invoice { month, amount, bill, rounded_bill, outcome }
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn rounded_by_part(rows: &[&UsageRow]) -> Decimal {
    let mut sums: BTreeMap<_, Decimal> = BTreeMap::new();
    for row in rows {
        let key = (&row.payer_account_id, &row.account_id, &row.product_code, &row.charge_type);
        *sums.entry(key).or_default() += row.unblended_cost;
    }
    sums.into_values().map(cents).sum()
}

/// Collects what is as large as the gap, the most plausible first.
fn explanations(
    rows: &[UsageRow],
    of_month: &[&UsageRow],
    month: Month,
    amount: Decimal,
    bill: Decimal,
) -> Vec<Explanation> {
    let mut found = Found { amount, bill, all: Vec::new(), tried: BTreeSet::new() };
    let parts = left_out(of_month);
    found.subsets(&parts, 1);
    found.bases(rows, month);
    found.other_months(rows, month);
    found.owners(of_month);
    found.subsets(&parts, 2);
    found.products(of_month);
    found.subsets(&parts, 3);
    found.all.truncate(MOST);
    found.all
}

/// Money that invoices state apart: its name, what it is made of, its sum.
struct Part {
    name: &'static str,
    made_of: BTreeSet<Class>,
    sum: Decimal,
}

/// What money is made of: its cause, and whether it is of AWS Marketplace.
type Class = (Cause, bool);

/// Returns the sums that an invoice may leave out, the most plausible first.
fn left_out(rows: &[&UsageRow]) -> Vec<Part> {
    let mut sums: BTreeMap<Class, Decimal> = BTreeMap::new();
    for part in rows.iter().flat_map(|row| parts(row)) {
        *sums.entry((Cause::of(&part), is_marketplace(&part.product_code))).or_default() += part.unblended_cost;
    }
    sums.retain(|_, sum| !sum.is_zero());
    let of = |name: &'static str, wanted: &dyn Fn(&Class) -> bool| {
        let chosen = sums.iter().filter(|(class, _)| wanted(class));
        let (made_of, sums): (BTreeSet<Class>, Vec<Decimal>) = chosen.map(|(class, sum)| (*class, *sum)).unzip();
        Part { name, made_of, sum: sums.into_iter().sum() }
    };
    let by_cause = |name, cause: Cause| of(name, &move |class: &Class| class.0 == cause);
    let parts = [
        by_cause("tax", Cause::Tax),
        by_cause("credits", Cause::Credits),
        of("AWS Marketplace with its tax", &|class| class.1),
        of("AWS Marketplace without its tax", &|class| class.1 && class.0 != Cause::Tax),
        of("tax other than that of AWS Marketplace", &|class| class.0 == Cause::Tax && !class.1),
        of("tax of AWS Marketplace", &|class| class.0 == Cause::Tax && class.1),
        by_cause("refunds", Cause::Refunds),
        by_cause("AWS Support", Cause::Support),
        by_cause("upfront payments", Cause::Upfront),
        by_cause("discounts", Cause::Discounts),
        by_cause("Reserved Instance fees", Cause::ReservedFees),
        by_cause("Savings Plan fees", Cause::PlanFees),
        by_cause("other fees", Cause::OtherFees),
    ];
    let mut kept: Vec<Part> = Vec::new();
    for part in parts {
        let known = kept.iter().any(|other| other.made_of == part.made_of);
        if part.sum.abs() > TOLERANCE && !known {
            kept.push(part);
        }
    }
    kept
}

struct Found {
    amount: Decimal,
    bill: Decimal,
    all: Vec<Explanation>,
    /// Choices of money that were tried under one name or another.
    tried: BTreeSet<BTreeSet<Class>>,
}

impl Found {
    /// Takes the explanation if it leaves no more than rounding of the amount.
    fn take(&mut self, total: Decimal, words: impl FnOnce() -> String, parts: Vec<(String, Decimal)>) {
        let rest = self.amount - total;
        if rest.abs() <= TOLERANCE {
            let words = words();
            if self.all.iter().all(|known| known.words != words) {
                self.all.push(Explanation { words, parts, rest });
            }
        }
    }

    /// Tries every choice of `size` parts that share no money.
    fn subsets(&mut self, parts: &[Part], size: usize) {
        let mut chosen: Vec<Vec<usize>> = vec![Vec::new()];
        for _ in 0..size.min(MOST_PARTS) {
            let longer = chosen.iter().flat_map(|some| {
                let from = some.last().map_or(0, |last| last + 1);
                (from..parts.len())
                    .filter(|&next| some.iter().all(|&one| parts[one].made_of.is_disjoint(&parts[next].made_of)))
                    .map(|next| [some.as_slice(), &[next]].concat())
            });
            chosen = longer.collect();
        }
        for some in chosen {
            let made_of: BTreeSet<Class> = some.iter().flat_map(|&index| &parts[index].made_of).copied().collect();
            if !self.tried.insert(made_of) {
                continue;
            }
            let sum: Decimal = some.iter().map(|&index| parts[index].sum).sum();
            let names: Vec<&str> = some.iter().map(|&index| parts[index].name).collect();
            let listed = some.iter().map(|&index| (parts[index].name.to_owned(), parts[index].sum)).collect();
            self.take(self.bill - sum, || format!("the invoice leaves out {}", names.join(" and ")), listed);
        }
    }

    /// Tries the other cost bases of the month.
    fn bases(&mut self, rows: &[UsageRow], month: Month) {
        let Some(total) = month_totals(rows).into_iter().find(|total| total.month == month) else { return };
        let costs = total.costs;
        let bases = [
            ("amortised cost", Some(costs.amortized)),
            ("net unblended cost", costs.net_unblended),
            ("net amortised cost", costs.net_amortized),
            ("public on-demand cost", costs.list),
        ];
        for (name, sum) in bases {
            if let Some(sum) = sum {
                let parts = vec![(name.to_owned(), sum)];
                self.take(sum, || format!("the amount is the {name} of {month}, not what is invoiced"), parts);
            }
        }
    }

    /// Tries the bills of other months.
    fn other_months(&mut self, rows: &[UsageRow], month: Month) {
        for total in month_totals(rows).into_iter().filter(|total| total.month != month) {
            let sum = total.costs.unblended;
            let parts = vec![(format!("bill of {}", total.month), sum)];
            self.take(sum, || format!("the amount is the bill of {}, not of {month}", total.month), parts);
        }
    }

    /// Tries one payer and one account, by itself and left out.
    fn owners(&mut self, rows: &[&UsageRow]) {
        for kind in ["payer", "account"] {
            let of = |row: &UsageRow| {
                let owner = if kind == "payer" { &row.payer_account_id } else { &row.account_id };
                owner.as_deref().map(str::to_owned)
            };
            let mut sums: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
            for row in rows {
                let sum = sums.entry(of(row).unwrap_or_else(|| "not stated".to_owned())).or_default();
                sum.0 += row.unblended_cost;
                if &*row.charge_type == "Tax" {
                    sum.1 += row.unblended_cost;
                }
            }
            if sums.len() < 2 {
                continue;
            }
            let count = sums.len();
            for (name, (sum, tax)) in sums {
                let named = |sum| vec![(format!("{kind} {name}"), sum)];
                self.take(sum, || format!("the invoice is that of the {kind} {name} alone"), named(sum));
                if !tax.is_zero() {
                    let words = || format!("the invoice is that of the {kind} {name} alone, without tax");
                    self.take(sum - tax, words, named(sum - tax));
                }
                // Of two, leaving one out is having the other alone.
                if count > 2 {
                    self.take(self.bill - sum, || format!("the invoice leaves out the {kind} {name}"), named(sum));
                }
            }
        }
    }

    /// Tries each product left out.
    fn products(&mut self, rows: &[&UsageRow]) {
        let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
        for row in rows {
            *sums.entry(&row.product_code).or_default() += row.unblended_cost;
        }
        for (product, sum) in sums {
            // A product that is a part by another name, such as one of AWS Marketplace.
            if self.all.iter().any(|known| known.parts.iter().map(|(_, part)| *part).sum::<Decimal>() == sum) {
                continue;
            }
            let parts = vec![(product.to_owned(), sum)];
            self.take(self.bill - sum, || format!("the invoice leaves out the product {product}"), parts);
        }
    }
}
