//! The columns that totals are made of, under the names of every kind of export.
//!
//! CUR 1 as text says `lineItem/UnblendedCost`, Athena and CUR 2.0 say `line_item_unblended_cost`: letters and digits
//! alone, in small letters, are the same in both.

/// A fact of a line item that a total or its key needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Fact {
    Period,
    Account,
    Product,
    ChargeType,
    UsageType,
    InstanceType,
    Description,
    Reservation,
    UsageAmount,
    Unblended,
    NetUnblended,
    List,
    RiEffective,
    RiUnusedUpfront,
    RiUnusedRecurring,
    RiNetEffective,
    RiNetUnusedUpfront,
    RiNetUnusedRecurring,
    SpEffective,
    SpCommitment,
    SpUsed,
    SpRecurring,
    SpUpfront,
    SpNetEffective,
    SpNetRecurring,
    SpNetUpfront,
    Effective,
    ServiceName,
    CommitmentStatus,
    CommitmentId,
    CommitmentType,
    CommitmentCategory,
}

/// Number of facts.
pub(super) const FACTS: usize = Fact::CommitmentCategory as usize + 1;

impl Fact {
    /// Every fact that an export may have.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let only_focus = FOCUS.iter().filter(|(fact, _)| CUR.iter().all(|(known, _)| known != fact));
        CUR.iter().chain(only_focus).map(|(fact, _)| *fact)
    }
}

/// What an export is, as far as totals go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// CUR 1 and CUR 2.0, with all their columns under one name.
    Cur,
    /// FOCUS, which has the amortised cost as a column.
    Focus,
}

const CUR: &[(Fact, &str)] = &[
    (Fact::Period, "billbillingperiodstartdate"),
    (Fact::Account, "lineitemusageaccountid"),
    (Fact::Product, "lineitemproductcode"),
    (Fact::ChargeType, "lineitemlineitemtype"),
    (Fact::UsageType, "lineitemusagetype"),
    (Fact::InstanceType, "productinstancetype"),
    (Fact::Description, "lineitemlineitemdescription"),
    (Fact::Reservation, "reservationreservationarn"),
    (Fact::UsageAmount, "lineitemusageamount"),
    (Fact::Unblended, "lineitemunblendedcost"),
    (Fact::NetUnblended, "lineitemnetunblendedcost"),
    (Fact::List, "pricingpublicondemandcost"),
    (Fact::RiEffective, "reservationeffectivecost"),
    (Fact::RiUnusedUpfront, "reservationunusedamortizedupfrontfeeforbillingperiod"),
    (Fact::RiUnusedRecurring, "reservationunusedrecurringfee"),
    (Fact::RiNetEffective, "reservationneteffectivecost"),
    (Fact::RiNetUnusedUpfront, "reservationnetunusedamortizedupfrontfeeforbillingperiod"),
    (Fact::RiNetUnusedRecurring, "reservationnetunusedrecurringfee"),
    (Fact::SpEffective, "savingsplansavingsplaneffectivecost"),
    (Fact::SpCommitment, "savingsplantotalcommitmenttodate"),
    (Fact::SpUsed, "savingsplanusedcommitment"),
    (Fact::SpRecurring, "savingsplanrecurringcommitmentforbillingperiod"),
    (Fact::SpUpfront, "savingsplanamortizedupfrontcommitmentforbillingperiod"),
    (Fact::SpNetEffective, "savingsplannetsavingsplaneffectivecost"),
    (Fact::SpNetRecurring, "savingsplannetrecurringcommitmentforbillingperiod"),
    (Fact::SpNetUpfront, "savingsplannetamortizedupfrontcommitmentforbillingperiod"),
];

const FOCUS: &[(Fact, &str)] = &[
    (Fact::Period, "billingperiodstart"),
    (Fact::Account, "subaccountid"),
    (Fact::Product, "xservicecode"),
    (Fact::ChargeType, "chargecategory"),
    (Fact::Unblended, "billedcost"),
    (Fact::Effective, "effectivecost"),
    (Fact::List, "listcost"),
    (Fact::ServiceName, "servicename"),
    (Fact::CommitmentStatus, "commitmentdiscountstatus"),
    (Fact::CommitmentId, "commitmentdiscountid"),
    (Fact::CommitmentType, "commitmentdiscounttype"),
    (Fact::CommitmentCategory, "commitmentdiscountcategory"),
];

/// Facts without which no total can be made, of either dialect.
pub(super) const NEEDED: &[(Dialect, &[Fact])] = &[
    (
        Dialect::Cur,
        &[Fact::Account, Fact::Product, Fact::ChargeType, Fact::UsageType, Fact::UsageAmount, Fact::Unblended],
    ),
    (Dialect::Focus, &[Fact::Unblended, Fact::Effective, Fact::ChargeType]),
];

/// Where the facts stand in a file: the index of a column each.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub dialect: Dialect,
    places: [Option<usize>; FACTS],
}

impl Places {
    /// Finds the facts among the names of a file's columns; names a needed one that is missing.
    pub(super) fn find<S: AsRef<str>>(names: &[S]) -> Result<Self, &'static str> {
        let bare: Vec<String> = names.iter().map(|name| bare(name.as_ref())).collect();
        let is_cur = bare.iter().any(|name| name == "lineitemlineitemtype");
        let (dialect, spellings) = if is_cur { (Dialect::Cur, CUR) } else { (Dialect::Focus, FOCUS) };
        let mut places = [None; FACTS];
        for (fact, spelling) in spellings {
            places[*fact as usize] = bare.iter().position(|name| name == spelling);
        }
        let needed = NEEDED.iter().filter(|(of, _)| *of == dialect).flat_map(|(_, facts)| facts.iter());
        for fact in needed {
            if places[*fact as usize].is_none() {
                let missing = spellings.iter().find(|(known, _)| known == fact);
                return Err(missing.map_or("", |(_, spelling)| *spelling));
            }
        }
        Ok(Self { dialect, places })
    }

    /// Returns the column of the fact.
    pub(super) fn of(&self, fact: Fact) -> Option<usize> {
        self.places[fact as usize]
    }

    /// Returns the columns of all facts, in the order of the file.
    pub(super) fn columns(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = self.places.iter().flatten().copied().collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// Returns the letters and digits of a name, in small letters.
fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_text_and_athena_are_one() {
        let text = ["lineItem/UsageAccountId", "reservation/ReservationARN", "bill/BillingPeriodStartDate"];
        let athena = ["line_item_usage_account_id", "reservation_reservation_a_r_n", "bill_billing_period_start_date"];
        assert_eq!(text.map(bare), athena.map(bare));
    }

    #[test]
    fn a_needed_column_that_is_missing_is_named() {
        assert_eq!(Places::find(&["line_item_line_item_type"]).unwrap_err(), "lineitemusageaccountid");
        let focus = Places::find(&["ChargeCategory", "EffectiveCost", "BilledCost", "x_ServiceCode"]).unwrap();
        assert_eq!((focus.dialect, focus.of(Fact::Product), focus.of(Fact::List)), (Dialect::Focus, Some(3), None));
        assert_eq!(focus.columns(), [0, 1, 2, 3]);
    }
}
