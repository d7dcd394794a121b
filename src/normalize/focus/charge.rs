//! What kind of charge a FOCUS row is, in the line item types of CUR.
//!
//! | `ChargeCategory` | and | line item type |
//! |---|---|---|
//! | Usage | no commitment | Usage |
//! | Usage | status Used, Reserved Instance | `DiscountedUsage` |
//! | Usage | status Used, Savings Plan | `SavingsPlanCoveredUsage` |
//! | Usage | status Unused, Reserved Instance | `RIFee` |
//! | Usage | status Unused, Savings Plan | `SavingsPlanRecurringFee` |
//! | Purchase | Reserved Instance, recurring or one-time | `RIFee` or Fee |
//! | Purchase | Savings Plan, recurring or one-time | `SavingsPlanRecurringFee` or `SavingsPlanUpfrontFee` |
//! | Purchase | no commitment | Fee |
//! | Usage, Purchase | class Correction: money of an earlier month, given back or asked for | Refund |
//! | Adjustment | | Refund |
//! | Tax, Credit | | Tax, Credit |
//!
//! CUR has one fee row per commitment, with its price and what was unused of it; FOCUS has a row for each, and the costs
//! of both together are those of the fee row.

/// The texts of a row that say what kind of charge it is; `None` = absent or empty.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Charge<'a> {
    pub category: Option<&'a str>,
    pub class: Option<&'a str>,
    pub frequency: Option<&'a str>,
    pub pricing: Option<&'a str>,
    pub commitment_id: Option<&'a str>,
    pub commitment_status: Option<&'a str>,
    pub commitment_type: Option<&'a str>,
    pub commitment_category: Option<&'a str>,
}

/// A commitment that a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commitment {
    /// A Reserved Instance.
    Reservation,
    /// A Savings Plan.
    SavingsPlan,
}

impl<'a> Charge<'a> {
    /// Returns the commitment that the row belongs to.
    pub(super) fn commitment(&self) -> Option<Commitment> {
        let named = self.commitment_type.map(str::to_ascii_lowercase);
        if named.as_deref().is_some_and(|name| name.contains("savings plan"))
            || self.commitment_id.is_some_and(|id| id.contains(":savingsplan/"))
        {
            return Some(Commitment::SavingsPlan);
        }
        if named.is_none() && self.commitment_category == Some("Spend") {
            return Some(Commitment::SavingsPlan);
        }
        (named.is_some() || self.commitment_id.is_some() || self.commitment_category.is_some())
            .then_some(Commitment::Reservation)
    }

    /// Returns the line item type; a category that FOCUS does not know stays as it is.
    pub(super) fn line_item_type(&self) -> Option<&'a str> {
        let category = self.category?;
        let correction = self.class == Some("Correction");
        Some(match category {
            "Usage" | "Purchase" if correction => "Refund",
            "Usage" => match (self.commitment(), self.is_unused(), self.is_used()) {
                (Some(Commitment::Reservation), true, _) => "RIFee",
                (Some(Commitment::SavingsPlan), true, _) => "SavingsPlanRecurringFee",
                (Some(Commitment::Reservation), _, true) => "DiscountedUsage",
                (Some(Commitment::SavingsPlan), _, true) => "SavingsPlanCoveredUsage",
                _ => "Usage",
            },
            "Purchase" => match (self.commitment(), self.frequency == Some("One-Time")) {
                (Some(Commitment::Reservation), false) => "RIFee",
                (Some(Commitment::SavingsPlan), false) => "SavingsPlanRecurringFee",
                (Some(Commitment::SavingsPlan), true) => "SavingsPlanUpfrontFee",
                (Some(Commitment::Reservation), true) | (None, _) => "Fee",
            },
            "Adjustment" => "Refund",
            other => other,
        })
    }

    /// Tells whether the list cost of the row stands on the usage that the commitment covers.
    pub(super) fn repeats_list_cost(&self) -> bool {
        match self.category {
            Some("Purchase") => self.commitment().is_some(),
            Some("Usage") => self.is_unused() && self.commitment().is_some(),
            _ => false,
        }
    }

    fn is_unused(&self) -> bool {
        self.commitment_status == Some("Unused")
    }

    /// Without a status the pricing category tells.
    fn is_used(&self) -> bool {
        match self.commitment_status {
            Some(status) => status == "Used",
            None => self.pricing == Some("Committed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RI: Option<&str> = Some("arn:aws:ec2:us-east-1:1:reserved-instances/a");
    const SP: Option<&str> = Some("arn:aws:savingsplans::1:savingsplan/a");

    fn usage(id: Option<&'static str>, status: &'static str) -> Charge<'static> {
        Charge {
            category: Some("Usage"),
            commitment_id: id,
            commitment_status: Some(status).filter(|status| !status.is_empty()),
            ..Charge::default()
        }
    }

    fn purchase(id: Option<&'static str>, frequency: &'static str) -> Charge<'static> {
        Charge { category: Some("Purchase"), commitment_id: id, frequency: Some(frequency), ..Charge::default() }
    }

    #[test]
    fn every_kind_of_charge_has_its_line_item_type() {
        let correction = |charge: Charge<'static>| Charge { class: Some("Correction"), ..charge };
        let other = |category| Charge { category: Some(category), ..Charge::default() };
        for (charge, expected, repeats) in [
            (usage(None, ""), "Usage", false),
            (usage(RI, "Used"), "DiscountedUsage", false),
            (usage(SP, "Used"), "SavingsPlanCoveredUsage", false),
            (usage(RI, "Unused"), "RIFee", true),
            (usage(SP, "Unused"), "SavingsPlanRecurringFee", true),
            (usage(SP, ""), "Usage", false),
            (Charge { pricing: Some("Committed"), ..usage(RI, "") }, "DiscountedUsage", false),
            (purchase(RI, "Recurring"), "RIFee", true),
            (purchase(RI, "One-Time"), "Fee", true),
            (purchase(SP, "Recurring"), "SavingsPlanRecurringFee", true),
            (purchase(SP, "One-Time"), "SavingsPlanUpfrontFee", true),
            (purchase(None, "Recurring"), "Fee", false),
            (correction(usage(RI, "Used")), "Refund", false),
            (correction(purchase(None, "One-Time")), "Refund", false),
            (correction(other("Tax")), "Tax", false),
            (other("Tax"), "Tax", false),
            (other("Credit"), "Credit", false),
            (other("Adjustment"), "Refund", false),
            (other("Levy"), "Levy", false),
        ] {
            assert_eq!(charge.line_item_type(), Some(expected), "{charge:?}");
            assert_eq!(charge.repeats_list_cost(), repeats, "{charge:?}");
        }
        assert_eq!(Charge::default().line_item_type(), None);
    }

    #[test]
    fn a_commitment_is_told_by_type_id_or_category() {
        let of = |commitment_type, commitment_id, commitment_category| {
            Charge { commitment_id, commitment_type, commitment_category, ..Charge::default() }.commitment()
        };
        assert_eq!(of(None, None, None), None);
        assert_eq!(of(Some("Savings Plan"), None, None), Some(Commitment::SavingsPlan));
        assert_eq!(of(Some("ComputeSavingsPlans savings plans"), RI, None), Some(Commitment::SavingsPlan));
        assert_eq!(of(Some("Reserved Instance"), Some("x"), Some("Usage")), Some(Commitment::Reservation));
        assert_eq!(of(Some("Reserved"), Some("x"), Some("Spend")), Some(Commitment::Reservation));
        assert_eq!(of(None, Some("x"), Some("Spend")), Some(Commitment::SavingsPlan));
        assert_eq!(of(None, SP, None), Some(Commitment::SavingsPlan));
        assert_eq!(of(None, RI, None), Some(Commitment::Reservation));
    }
}
