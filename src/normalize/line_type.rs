//! Line item types, and what each one costs under each basis.
//!
//! The amortised formula is AWS's own (Cloud Intelligence Dashboards, `summary_view`): the fee of a Reserved Instance or
//! Savings Plan moves to the usage it covers; what is left on the fee row is the part nobody used.

/// What kind of charge a line item is (`line_item_line_item_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineType {
    /// On-demand and Spot usage.
    Usage,
    /// Usage that a Reserved Instance covers.
    DiscountedUsage,
    /// Monthly fee of a Reserved Instance.
    RiFee,
    /// One-off fee: RI upfront, support, domains.
    Fee,
    /// Usage that a Savings Plan covers, at its on-demand price.
    SavingsPlanCoveredUsage,
    /// Takes the on-demand price of covered usage back.
    SavingsPlanNegation,
    /// Hourly commitment of a Savings Plan.
    SavingsPlanRecurringFee,
    /// Upfront payment of a Savings Plan.
    SavingsPlanUpfrontFee,
    /// Money back for an earlier charge.
    Refund,
    /// Promotional or contractual credit.
    Credit,
    /// Tax.
    Tax,
    /// Discounts that come as rows: EDP, private rates, bundles, RI volume.
    Discount,
    /// A type this version has no rule for: its cost counts as it is.
    Other,
}

impl LineType {
    /// Returns the type that the bill's text names.
    pub fn parse(text: &str) -> Self {
        match text {
            "Usage" => Self::Usage,
            "DiscountedUsage" => Self::DiscountedUsage,
            "RIFee" => Self::RiFee,
            "Fee" => Self::Fee,
            "SavingsPlanCoveredUsage" => Self::SavingsPlanCoveredUsage,
            "SavingsPlanNegation" => Self::SavingsPlanNegation,
            "SavingsPlanRecurringFee" => Self::SavingsPlanRecurringFee,
            "SavingsPlanUpfrontFee" => Self::SavingsPlanUpfrontFee,
            "Refund" => Self::Refund,
            "Credit" => Self::Credit,
            "Tax" => Self::Tax,
            "EdpDiscount"
            | "PrivateRateDiscount"
            | "BundledDiscount"
            | "Discount"
            | "RiVolumeDiscount"
            | "SppDiscount" => Self::Discount,
            _ => Self::Other,
        }
    }

    /// Tells whether rows of this type count hours that a machine ran.
    pub fn is_usage(self) -> bool {
        matches!(self, Self::Usage | Self::DiscountedUsage | Self::SavingsPlanCoveredUsage)
    }
}

/// The amounts of one row that the amortised formula reads, in units of 10^-12; `None` = absent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Amounts {
    pub unblended: i128,
    pub ri_effective: Option<i128>,
    pub ri_unused_upfront: Option<i128>,
    pub ri_unused_recurring: Option<i128>,
    pub sp_effective: Option<i128>,
    pub sp_commitment: Option<i128>,
    pub sp_used: Option<i128>,
    /// The amortised cost itself, where the bill states it (FOCUS).
    pub effective: Option<i128>,
}

/// What the formula needs to know of a row beside its type and amounts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    /// The row carries the ARN of a Reserved Instance.
    pub has_reservation: bool,
    /// The row gives back the upfront fee of a Savings Plan.
    pub is_sp_upfront_refund: bool,
}

impl Marks {
    /// Marks a row by whether it carries the ARN of a Reserved Instance, and by its description.
    pub(crate) fn new(line_type: LineType, has_reservation: bool, description: Option<&str>) -> Self {
        Self { has_reservation, is_sp_upfront_refund: is_sp_upfront_refund(line_type, description) }
    }
}

/// How the description of a refund begins that gives back the upfront fee of a Savings Plan.
pub(crate) const SP_UPFRONT_REFUND: &str = "Refund for one-time fee for Savings Plan ID";

/// Tells from its description whether a refund gives back the upfront fee of a Savings Plan.
fn is_sp_upfront_refund(line_type: LineType, description: Option<&str>) -> bool {
    line_type == LineType::Refund && description.is_some_and(|text| text.starts_with(SP_UPFRONT_REFUND))
}

/// Tells whether a row is cash for a commitment in advance, or the refund of it: cost that no month carries as such.
pub(crate) fn is_upfront(line_type: LineType, marks: Marks) -> bool {
    match line_type {
        LineType::SavingsPlanUpfrontFee => true,
        LineType::Fee => marks.has_reservation,
        LineType::Refund => marks.is_sp_upfront_refund,
        _ => false,
    }
}

/// Returns the amortised cost of a row.
///
/// One covered hour of a no-upfront RI at 0.05, worked by hand: the usage row says unblended 0 and effective cost
/// 0.05, the fee row says 0.05 with nothing unused: 0 + 0.05 unblended, 0.05 + 0 amortised.
pub(crate) fn amortized(line_type: LineType, amounts: &Amounts, marks: Marks) -> i128 {
    if let Some(stated) = amounts.effective {
        return stated;
    }
    match line_type {
        LineType::DiscountedUsage => amounts.ri_effective.unwrap_or(0),
        LineType::RiFee => amounts.ri_unused_upfront.unwrap_or(0) + amounts.ri_unused_recurring.unwrap_or(0),
        LineType::SavingsPlanCoveredUsage => amounts.sp_effective.unwrap_or(0),
        LineType::SavingsPlanRecurringFee => amounts.sp_commitment.unwrap_or(0) - amounts.sp_used.unwrap_or(0),
        LineType::SavingsPlanNegation | LineType::SavingsPlanUpfrontFee => 0,
        LineType::Fee if marks.has_reservation => 0,
        LineType::Refund if marks.is_sp_upfront_refund => 0,
        _ => amounts.unblended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(unblended: i128) -> Amounts {
        Amounts {
            unblended,
            ri_effective: Some(5),
            ri_unused_upfront: Some(30),
            ri_unused_recurring: Some(4),
            sp_effective: Some(7),
            sp_commitment: Some(100),
            sp_used: Some(90),
            effective: None,
        }
    }

    #[test]
    fn upfront_payments_and_their_refunds_are_told_from_other_fees() {
        let reserved = Marks { has_reservation: true, ..Marks::default() };
        let refunded = Marks { is_sp_upfront_refund: true, ..Marks::default() };
        assert!(is_upfront(LineType::SavingsPlanUpfrontFee, Marks::default()));
        assert!(is_upfront(LineType::Fee, reserved) && !is_upfront(LineType::Fee, Marks::default()));
        assert!(is_upfront(LineType::Refund, refunded) && !is_upfront(LineType::Refund, reserved));
        assert!(!is_upfront(LineType::RiFee, reserved) && !is_upfront(LineType::DiscountedUsage, reserved));
    }

    #[test]
    fn each_type_has_its_amortised_cost() {
        for (text, marks, expected) in [
            ("Usage", Marks::default(), 11),
            ("DiscountedUsage", Marks::default(), 5),
            ("RIFee", Marks::default(), 34),
            ("Fee", Marks::default(), 11),
            ("Fee", Marks { has_reservation: true, ..Marks::default() }, 0),
            ("SavingsPlanCoveredUsage", Marks::default(), 7),
            ("SavingsPlanNegation", Marks::default(), 0),
            ("SavingsPlanRecurringFee", Marks::default(), 10),
            ("SavingsPlanUpfrontFee", Marks::default(), 0),
            ("Refund", Marks::default(), 11),
            ("Refund", Marks { is_sp_upfront_refund: true, ..Marks::default() }, 0),
            ("Credit", Marks::default(), 11),
            ("Tax", Marks::default(), 11),
            ("EdpDiscount", Marks::default(), 11),
            ("FlatRateSubscription", Marks::default(), 11),
        ] {
            assert_eq!(amortized(LineType::parse(text), &row(11), marks), expected, "{text}");
            let stated = Amounts { effective: Some(3), ..row(11) };
            assert_eq!(amortized(LineType::parse(text), &stated, marks), 3, "{text}: the bill states it");
        }
    }
}
