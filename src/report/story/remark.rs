//! What is to be known of the data, before it is put in words.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::{
    report::{model::Finding, words::Words},
    units::{Month, grouped},
};

/// Names that a remark lists at most.
const NAMED: usize = 12;

/// One remark.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) enum Remark {
    /// Said by an earlier stage, in English.
    Said(String),
    /// A month whose data does not reach its end.
    Partial {
        /// The month.
        month: Month,
        /// Where its usage ends.
        through: Option<NaiveDate>,
    },
    /// Months without data.
    Gap {
        /// Last month before.
        from: Month,
        /// First month after.
        to: Month,
    },
    /// A month that does not add up, and by how much.
    Broken {
        /// The month.
        month: Month,
        /// Unblended − amortised − true-up − upfront.
        difference: Decimal,
    },
    /// Compute for which there is no rule: product and cost.
    NoRule(Vec<(String, Decimal)>),
    /// Types that fit and whose price is not known.
    UnpricedTargets(Vec<String>),
    /// Opportunities that save too little to be listed.
    Small {
        /// How many.
        count: usize,
        /// The least that is listed.
        least: Decimal,
        /// What they save together.
        together: Decimal,
    },
    /// Types whose vCPUs are not known.
    Unsized(Vec<String>),
    /// The report shows a part of the bill.
    Shown {
        /// "account 1111, tag team=a".
        what: String,
        /// Cost of what is shown.
        cost: Decimal,
        /// Cost of the whole bill.
        whole: Decimal,
        /// Share of it.
        share: Option<Decimal>,
    },
    /// All amounts were converted.
    Converted {
        /// Currency of the bill.
        from: String,
        /// Currency of the report.
        to: String,
        /// Rate.
        rate: Decimal,
    },
}

impl Remark {
    /// Converts the amounts of the remark.
    pub(in crate::report) fn convert(&mut self, rate: Decimal) {
        let amounts: Vec<&mut Decimal> = match self {
            Self::Broken { difference, .. } => vec![difference],
            Self::NoRule(products) => products.iter_mut().map(|(_, cost)| cost).collect(),
            Self::Small { least, together, .. } => vec![least, together],
            Self::Shown { cost, whole, .. } => vec![cost, whole],
            _ => Vec::new(),
        };
        for amount in amounts {
            *amount *= rate;
        }
    }

    /// Returns the remark in words.
    pub(super) fn finding(&self, currency: &str, words: &Words) -> Finding {
        let money = |amount: &Decimal| words.money(*amount, currency);
        let list = |names: &[String]| {
            let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            match names.len().checked_sub(NAMED).filter(|more| *more > 0) {
                Some(more) => words.fill("remark.more", &[("names", &shown), ("count", &more.to_string())]),
                None => shown,
            }
        };
        let (id, text) = match self {
            Self::Said(text) => ("source", words.translated(text)),
            Self::Partial { month, through: Some(day) } => {
                let values = [("month", &*words.month(*month)), ("day", &*day.to_string())];
                ("partial_month", words.fill("remark.partial", &values))
            }
            Self::Partial { month, through: None } => {
                ("partial_month", words.fill("remark.unused", &[("month", &words.month(*month))]))
            }
            Self::Gap { from, to } => {
                let values = [("from", &*words.month(*from)), ("to", &*words.month(*to))];
                ("gap", words.fill("remark.gap", &values))
            }
            Self::Broken { month, difference } => {
                let values = [("month", &*words.month(*month)), ("difference", &*money(difference))];
                ("does_not_add_up", words.fill("remark.broken", &values))
            }
            Self::NoRule(products) => {
                let named: Vec<String> =
                    products.iter().map(|(product, cost)| format!("{product} {}", money(cost))).collect();
                ("no_rule", words.fill("remark.no_rule", &[("products", &named.join(", "))]))
            }
            Self::UnpricedTargets(names) => {
                let count = grouped(Decimal::from(names.len()), 0);
                let values = [("count", count.as_str()), ("names", &list(names))];
                ("unpriced_targets", words.fill("remark.unpriced_targets", &values))
            }
            Self::Small { count, least, together } => {
                let values =
                    [("count", &*count.to_string()), ("least", &*money(least)), ("together", &*money(together))];
                ("small_opportunities", words.fill("remark.small", &values))
            }
            Self::Unsized(names) => ("unsized_types", words.fill("remark.unsized", &[("names", &names.join(", "))])),
            Self::Shown { what, cost, whole, share } => {
                let share = share.map_or_else(|| "–".to_owned(), |share| words.percent(share));
                let values =
                    [("what", what.as_str()), ("cost", &money(cost)), ("whole", &money(whole)), ("share", &share)];
                ("selection", words.fill("remark.shown", &values))
            }
            Self::Converted { from, to, rate } => {
                let values = [("from", from.as_str()), ("to", to), ("rate", &rate.normalize().to_string())];
                ("exchange", words.fill("remark.converted", &values))
            }
        };
        Finding { id, text }
    }
}
