//! Which month a report is about, and which it is compared with.

use super::story::Remark;
use crate::{
    analysis::MonthTotal,
    error::{Error, Result},
    units::Month,
};

/// The months of a report: the one reported and those it is compared with.
pub(super) struct Months<'a> {
    /// Every month in the data.
    pub all: &'a [MonthTotal],
    /// The one reported.
    pub reported: Month,
    /// The month before it, when it is in the data and complete.
    pub previous: Option<Month>,
    /// The first complete one.
    pub first: Option<Month>,
}

impl<'a> Months<'a> {
    /// Chooses the month asked for, else the later one of those compared, else the last complete one; and the one that it is
    /// compared with, by default the first complete one. A partial month is compared with none unless that was asked for.
    pub(super) fn choose(
        all: &'a [MonthTotal],
        wanted: Option<Month>,
        compared: Option<(Month, Month)>,
    ) -> Result<Self> {
        let compared = compared.filter(|(from, to)| from < to && wanted.is_none_or(|wanted| wanted == *to));
        let wanted = wanted.or(compared.map(|(_, to)| to));
        let last = all.last().ok_or_else(|| Error::incomplete("the export holds no line item"))?;
        let reported = match wanted {
            Some(wanted) if all.iter().any(|total| total.month == wanted) => wanted,
            Some(wanted) => {
                let known: Vec<String> = all.iter().map(|total| total.month.to_string()).collect();
                return Err(Error::usage(format!("the export has no month {wanted}"))
                    .hint(format!("it has {}", known.join(", "))));
            }
            None => all.iter().rev().find(|total| !total.partial).unwrap_or(last).month,
        };
        let earlier = |total: &&MonthTotal| !total.partial && total.month < reported;
        let reported_is_partial = all.iter().any(|total| total.month == reported && total.partial);
        let complete = |found: Option<&MonthTotal>| found.filter(|_| !reported_is_partial).map(|total| total.month);
        let asked = compared.map(|(from, _)| from).filter(|from| all.iter().any(|total| total.month == *from));
        Ok(Self {
            all,
            reported,
            previous: complete(all.iter().rfind(earlier)).filter(|previous| previous.next() == reported),
            first: asked.or_else(|| complete(all.iter().find(earlier))),
        })
    }

    /// Returns the totals of a month.
    pub(super) fn total(&self, month: Month) -> MonthTotal {
        let found = self.all.iter().find(|total| total.month == month);
        found.cloned().unwrap_or(MonthTotal {
            month,
            costs: crate::analysis::Costs::default(),
            data_through: None,
            partial: true,
        })
    }

    /// Says which months are partial, and which are not in the data.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        let gaps = self
            .all
            .windows(2)
            .filter(|pair| pair[0].month.next() != pair[1].month)
            .map(|pair| Remark::Gap { from: pair[0].month, to: pair[1].month });
        let partial = self.all.iter().filter(|total| total.partial);
        let partial = partial.map(|total| Remark::Partial { month: total.month, through: total.data_through });
        partial.chain(gaps).collect()
    }
}
