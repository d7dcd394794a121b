//! What is to be known of the data, before it is put in words.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::{
    analysis::Selection,
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
        /// What was selected.
        what: Selection,
        /// Cost of what is shown.
        cost: Decimal,
        /// Cost of the whole bill.
        whole: Decimal,
        /// Share of it.
        share: Option<Decimal>,
    },
    /// A calendar was given, and a part of the bill is shown.
    CalendarOfWhole,
    /// Planned events that lie outside the month: how many times, and the names.
    EventsOutside {
        /// The month.
        month: Month,
        /// Times, each of what repeats.
        count: usize,
        /// Names, each once.
        names: Vec<String>,
    },
    /// Planned events that state no time zone.
    FloatingEvents(usize),
    /// The bill of the month has rows by day only.
    NoHours(Month),
    /// What runs nearly always, and whose rate under a commitment is not known.
    NoCommittedRate {
        /// How many.
        count: usize,
        /// Types with their systems.
        names: Vec<String>,
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
                let (what, cost, whole) = (selected(what, words), money(cost), money(whole));
                let values = [("what", what.as_str()), ("cost", &cost), ("whole", &whole), ("share", &share)];
                ("selection", words.fill("remark.shown", &values))
            }
            Self::CalendarOfWhole => ("calendar", words.say("remark.calendar_of_whole")),
            Self::EventsOutside { month, count, names } => {
                let values =
                    [("count", &*count.to_string()), ("month", &*words.month(*month)), ("names", &*list(names))];
                ("events_outside", words.fill("remark.events_outside", &values))
            }
            Self::FloatingEvents(count) => {
                ("events_without_zone", words.fill("remark.floating_events", &[("count", &count.to_string())]))
            }
            Self::NoHours(month) => ("no_hours", words.fill("remark.no_hours", &[("month", &words.month(*month))])),
            Self::NoCommittedRate { count, names } => {
                let values = [("count", &*count.to_string()), ("names", &*list(names))];
                ("no_committed_rate", words.fill("remark.no_committed_rate", &values))
            }
            Self::Converted { from, to, rate } => {
                let values = [("from", from.as_str()), ("to", to), ("rate", &rate.normalize().to_string())];
                ("exchange", words.fill("remark.converted", &values))
            }
        };
        Finding { id, text }
    }
}

/// Returns what was selected in words.
fn selected(selection: &Selection, words: &Words) -> String {
    let say = |name: &str| words.say(&format!("remark.selection.{name}"));
    let mut parts = Vec::new();
    if !selection.accounts.is_empty() {
        let name = if selection.accounts.len() == 1 { "account" } else { "accounts" };
        let names = selection.accounts.join(&say("or"));
        parts.push(words.fill(&format!("remark.selection.{name}"), &[("names", &names)]));
    }
    let untagged = say("untagged");
    for filters in selection.by_key().values() {
        let value = |value: &'_ str| if value.is_empty() { untagged.clone() } else { value.to_owned() };
        let values: Vec<String> = filters.iter().map(|tag| value(&tag.value)).collect();
        let values = [("key", filters[0].key.as_str()), ("values", &values.join(&say("or")))];
        parts.push(words.fill("remark.selection.tag", &values));
    }
    parts.join(&say("and"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{analysis::TagFilter, report::words::Language};

    #[test]
    fn a_selection_is_told_in_each_language() {
        let tag = |text: &str| text.parse::<TagFilter>().unwrap();
        let accounts = vec!["1111".to_owned(), "2222".to_owned()];
        let selection = Selection::new(accounts, vec![tag("team=a"), tag("team=b"), tag("env=")], None);
        let told = |language| selected(&selection, &Words::of(language).unwrap());
        assert_eq!(told(Language::English), selection.to_string());
        assert_eq!(told(Language::Korean), "계정 1111 또는 2222, 태그 env = (태그 없음), 태그 team = a 또는 b");
    }
}
