//! How much of the compute already runs on Graviton: by cost, hours, vCPU-hours and normalised units.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use super::costs::add_known;
use crate::{
    normalize::UsageKind,
    pricing::bare_type,
    rollup::UsageRow,
    terms::{Architecture, Verdict},
    units::Month,
};

/// A row of the table `graviton_adoption`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptionRow {
    /// The billing month.
    pub month: Month,
    /// AWS product code.
    pub product_code: Arc<str>,
    /// Instruction set; `None` where it is not known.
    pub architecture: Option<Architecture>,
    /// Arm, or x86 whose verdict is eligible or costlier.
    pub eligible: bool,
    /// Amortised cost; RI, SP and Spot usage at what it really cost.
    pub amortized_cost: Decimal,
    /// Instance hours; a Multi-AZ hour counts once; `None` for compute that is not counted in instances.
    pub hours: Option<Decimal>,
    /// Hours × vCPUs; `None` when the vCPUs of a type are not known.
    pub vcpu_hours: Option<Decimal>,
    /// Hours × normalisation factor of the size; `None` when a size is not known.
    pub normalized_units: Option<Decimal>,
}

/// Sums compute by month, product and architecture; `verdicts` are those of the rows.
///
/// Metered compute and the EMR surcharge count by cost; they have no instance hours of their own.
pub fn adoption(rows: &[UsageRow], verdicts: &[Verdict]) -> Vec<AdoptionRow> {
    let mut sums: BTreeMap<_, Sum> = BTreeMap::new();
    let compute = rows.iter().zip(verdicts).filter(|(row, _)| row.usage_kind.has_architecture());
    for (row, verdict) in compute {
        let eligible = matches!(verdict, Verdict::Graviton | Verdict::Eligible | Verdict::Costlier);
        let key = (row.month, &row.product_code, row.architecture, eligible);
        sums.entry(key).or_default().add(row);
    }
    sums.into_iter()
        .map(|((month, product_code, architecture, eligible), sum)| AdoptionRow {
            month,
            product_code: Arc::clone(product_code),
            architecture,
            eligible,
            amortized_cost: sum.cost,
            hours: sum.hours,
            vcpu_hours: sum.hours.and((!sum.lacks_vcpus).then_some(sum.vcpu_hours)),
            normalized_units: sum.hours.and((!sum.lacks_size).then_some(sum.units)),
        })
        .collect()
}

/// What is summed.
#[derive(Default)]
struct Sum {
    cost: Decimal,
    /// `None` = nothing is counted in instances.
    hours: Option<Decimal>,
    vcpu_hours: Decimal,
    units: Decimal,
    /// The vCPUs, or the size, of some type are not known.
    lacks_vcpus: bool,
    lacks_size: bool,
}

impl Sum {
    fn add(&mut self, row: &UsageRow) {
        self.cost += row.amortized_cost;
        // A Dedicated Host counts by cost: its hours are those of the host, not of instances.
        if row.usage_kind != UsageKind::InstanceHours || row.tenancy.as_deref() == Some("Host") {
            return;
        }
        add_known(&mut self.hours, Some(row.usage_amount));
        match row.vcpu {
            Some(vcpu) => self.vcpu_hours += row.usage_amount * Decimal::from(vcpu),
            None => self.lacks_vcpus = true,
        }
        match row.instance_type.as_deref().and_then(|name| normalized_units(name, row.vcpu)) {
            Some(units) => self.units += row.usage_amount * units,
            None => self.lacks_size = true,
        }
    }
}

/// Returns the normalisation factor of an instance type: large = 4, xlarge = 8, 48xlarge = 384.
///
/// Metal and odd sizes count 2 units per vCPU. AWS's own table: docs.aws.amazon.com, "Apply Reserved Instances".
pub fn normalized_units(instance_type: &str, vcpu: Option<i32>) -> Option<Decimal> {
    let size = bare_type(instance_type).split_once('.')?.1;
    let units = match size {
        "nano" => Decimal::new(25, 2),
        "micro" => Decimal::new(5, 1),
        "small" => Decimal::ONE,
        "medium" => Decimal::TWO,
        "large" => Decimal::from(4),
        "xlarge" => Decimal::from(8),
        _ => match size.strip_suffix("xlarge").and_then(|count| count.parse::<u32>().ok()) {
            Some(count) => Decimal::from(8 * count),
            None => Decimal::TWO * Decimal::from(vcpu?),
        },
    };
    Some(units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::{hours, usd};

    #[test]
    fn sizes_have_their_units() {
        for (name, vcpu, units) in [
            ("t3.nano", 2, "0.25"),
            ("m5.large", 2, "4"),
            ("db.r5.2xlarge", 8, "16"),
            ("c6a.48xlarge", 192, "384"),
            ("r5.24xlarge.search", 96, "192"),
            ("m5.metal", 96, "192"),
            ("m7i.metal-24xl", 96, "192"),
        ] {
            assert_eq!(normalized_units(name, Some(vcpu)), Some(usd(units)), "{name}");
        }
        assert_eq!(normalized_units("m5.metal", None), None);
    }

    #[test]
    fn hours_are_summed_and_unknown_vcpus_are_not_zero() {
        let mut arm = hours("m6g.large", "10");
        arm.architecture = Some(Architecture::Arm);
        let mut odd = hours("m5.large", "5");
        odd.vcpu = None;
        let rows = adoption(
            &[hours("m5.large", "3"), odd, arm],
            &[Verdict::NotApplicable, Verdict::Blocked, Verdict::Graviton],
        );
        let of = |architecture| rows.iter().find(|row| row.architecture == Some(architecture)).unwrap();
        assert_eq!(of(Architecture::Arm).vcpu_hours, Some(usd("20")));
        assert!(of(Architecture::Arm).eligible);
        assert_eq!(of(Architecture::X86).hours, Some(usd("8")));
        assert_eq!(of(Architecture::X86).vcpu_hours, None);
        assert_eq!(of(Architecture::X86).normalized_units, Some(usd("32")));
    }
}
