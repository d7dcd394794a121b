//! Builds canonical columns from a raw batch.
//!
//! What depends on the usage only (type, architecture, verdict…) is derived once per distinct combination of texts and
//! remembered; a batch of thousands of rows has a few hundred.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray},
    datatypes::SchemaRef,
};

use super::{
    Classified, Classify,
    fields::{Field, USAGE_FACTS},
    line_type::{Amounts, LineType, Marks, amortized, is_sp_upfront_refund, is_upfront},
    raw::{Coded, RawBatch},
    schema::Column,
    usage::{Facts, Usage, derive},
};
use crate::{
    error::{Error, Result},
    pricing::PriceBook,
    units::{Month, PRECISION, SCALE, to_scaled},
};

/// A derived usage with its verdict.
type Judged = Arc<(Usage, Classified)>;

/// Builds the canonical columns of one file's batches.
pub(crate) struct Builder {
    columns: Vec<Column>,
    schema: SchemaRef,
    book: &'static PriceBook,
    classifier: Arc<dyn Classify>,
    month: Option<Month>,
    file: String,
    judged: HashMap<Usage, Judged>,
}

impl Builder {
    /// Builds `columns` for the file; `month` is what its manifest or path says.
    pub(crate) fn new(
        columns: Vec<Column>,
        schema: SchemaRef,
        book: &'static PriceBook,
        classifier: Arc<dyn Classify>,
        month: Option<Month>,
        file: String,
    ) -> Self {
        Self { columns, schema, book, classifier, month, file, judged: HashMap::new() }
    }

    /// Builds the canonical batch of a raw one.
    pub(crate) fn build(&mut self, raw: &RawBatch<'_>) -> Result<RecordBatch> {
        if self.month.is_some() && !self.columns.contains(&Column::Month) {
            // A file in the wrong place must not count, whichever columns a query asks for.
            self.months(raw)?;
        }
        let rows =
            if self.columns.iter().any(|column| column.is_derived()) { Some(self.judge_rows(raw)?) } else { None };
        let columns = self
            .columns
            .iter()
            .map(|&column| match &rows {
                Some(rows) if column.is_derived() => Ok(derived_column(column, rows)),
                _ => self.plain_column(column, raw),
            })
            .collect::<Result<Vec<ArrayRef>>>()?;
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(raw.rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }

    fn plain_column(&self, column: Column, raw: &RawBatch<'_>) -> Result<ArrayRef> {
        if let Some(family) = column.family() {
            return raw.map(&family);
        }
        Ok(match column {
            Column::Month => self.months(raw)?,
            Column::UsageStart => Arc::new(raw.instant(Field::UsageStart)?),
            Column::UsageEnd => Arc::new(raw.instant(Field::UsageEnd)?),
            Column::UsageAmount => amounts(optional(raw, Field::UsageAmount)?)?,
            Column::UnblendedCost => amounts(optional(raw, Field::Unblended)?)?,
            Column::NetUnblendedCost => amounts(optional(raw, Field::NetUnblended)?)?,
            Column::ListCost => list_cost(raw)?,
            Column::AmortizedCost => amounts(self.amortized(raw)?.into_iter().map(Some).collect())?,
            Column::UpfrontCost => upfront_cost(raw)?,
            Column::AmortizedUpfront => amortized_upfront(raw)?,
            Column::NetAmortizedCost => amounts(self.net_amortized(raw)?)?,
            _ => match column.inputs().first() {
                Some(&field) => raw.text(field)?,
                None => arrow::array::new_null_array(&column.data_type(), raw.rows()),
            },
        })
    }

    /// Returns the billing month of each row; the rows say it, the path must agree.
    fn months(&self, raw: &RawBatch<'_>) -> Result<ArrayRef> {
        let periods = raw.instant(Field::BillingPeriod)?;
        let hinted = self.month.map(Month::to_date32);
        let months = (0..raw.rows()).map(|row| {
            if periods.is_null(row) {
                return hinted.ok_or_else(|| {
                    Error::incomplete(format!(
                        "{}: a row has no billing period, and its path names no month",
                        self.file
                    ))
                    .hint("export bill_billing_period_start_date, or keep AWS's folder names")
                });
            }
            let days = i32::try_from(periods.value(row).div_euclid(86_400_000)).unwrap_or(i32::MIN);
            let month = Month::from_date32(days)
                .ok_or_else(|| Error::incomplete(format!("{}: a billing period is out of range", self.file)))?;
            match self.month {
                Some(hint) if hint != month => Err(Error::incomplete(format!(
                    "{}: holds a row of {month}, but its manifest or path says {hint}",
                    self.file
                ))
                .hint("the file was moved or overwritten: sync the export again, metadata folder included")),
                _ => Ok(month.to_date32()),
            }
        });
        Ok(Arc::new(Date32Array::from(months.collect::<Result<Vec<i32>>>()?)))
    }

    fn amortized(&self, raw: &RawBatch<'_>) -> Result<Vec<i128>> {
        let types = line_types(raw)?;
        let costs = Costs::read(raw)?;
        (0..raw.rows())
            .map(|row| Ok(amortized(types.of(row), &costs.row(row, &self.file)?, costs.marks(row, &types))))
            .collect()
    }

    fn net_amortized(&self, raw: &RawBatch<'_>) -> Result<Vec<Option<i128>>> {
        let types = line_types(raw)?;
        let costs = Costs::read(raw)?;
        let net = NetCosts::read(raw)?;
        (0..raw.rows())
            .map(|row| {
                let gross = costs.row(row, &self.file)?;
                let line_type = types.of(row);
                Ok(net
                    .row(row, line_type, &gross)
                    .map(|amounts| amortized(line_type, &amounts, costs.marks(row, &types))))
            })
            .collect()
    }

    /// Derives the usage and verdict of each row.
    fn judge_rows(&mut self, raw: &RawBatch<'_>) -> Result<Vec<Judged>> {
        let texts = UsageTexts::read(raw)?;
        let mut by_codes: HashMap<[u32; UsageTexts::WIDTH], Judged> = HashMap::new();
        let mut rows = Vec::with_capacity(raw.rows());
        for row in 0..raw.rows() {
            let codes = texts.codes(row);
            let judged = if let Some(judged) = by_codes.get(&codes) {
                Arc::clone(judged)
            } else {
                let judged = self.judge(&texts.facts(row));
                by_codes.insert(codes, Arc::clone(&judged));
                judged
            };
            rows.push(judged);
        }
        Ok(rows)
    }

    fn judge(&mut self, facts: &Facts<'_>) -> Judged {
        let usage = derive(facts, self.book);
        if let Some(judged) = self.judged.get(&usage) {
            return Arc::clone(judged);
        }
        let classified = self.classifier.classify(&usage);
        let judged: Judged = Arc::new((usage.clone(), classified));
        self.judged.insert(usage, Arc::clone(&judged));
        judged
    }
}

/// Returns the amounts of a field, absent ones as null.
fn optional(raw: &RawBatch<'_>, field: Field) -> Result<Vec<Option<i128>>> {
    Ok(raw.amount(field)?.unwrap_or_else(|| vec![None; raw.rows()]))
}

fn amounts(values: Vec<Option<i128>>) -> Result<ArrayRef> {
    let array =
        Decimal128Array::from(values).with_precision_and_scale(PRECISION, i8::try_from(SCALE).unwrap_or(i8::MAX))?;
    Ok(Arc::new(array))
}

/// Returns public cost; a negation repeats that of the usage it takes back, so it counts as 0.
fn list_cost(raw: &RawBatch<'_>) -> Result<ArrayRef> {
    let types = line_types(raw)?;
    let list = optional(raw, Field::ListCost)?;
    amounts(
        list.into_iter()
            .enumerate()
            .map(|(row, cost)| match types.of(row) {
                LineType::SavingsPlanNegation => Some(0),
                _ => cost,
            })
            .collect(),
    )
}

/// Returns the cash that pays a commitment up front, or gives it back; 0 on every other row.
fn upfront_cost(raw: &RawBatch<'_>) -> Result<ArrayRef> {
    let types = line_types(raw)?;
    let reservation = raw.coded(Field::ReservationArn)?;
    let description = raw.coded(Field::Description)?;
    let costs = optional(raw, Field::Unblended)?.into_iter().enumerate().map(|(row, cost)| {
        let line_type = types.of(row);
        let marks = Marks {
            has_reservation: reservation.code(row) != 0,
            is_sp_upfront_refund: is_sp_upfront_refund(line_type, description.get(row)),
        };
        Some(if is_upfront(line_type, marks) { cost.unwrap_or(0) } else { 0 })
    });
    amounts(costs.collect())
}

/// Returns the share of earlier upfront payments that each fee row carries into its month.
///
/// It comes from columns that the amortised formula does not read, so that a proof of the bill rests on two sources. An
/// empty value says that nothing was paid up front; a column that is not there says nothing.
fn amortized_upfront(raw: &RawBatch<'_>) -> Result<ArrayRef> {
    let types = line_types(raw)?;
    let reserved = raw.amount(Field::RiUpfront)?;
    let plans = raw.amount(Field::SpUpfront)?;
    let share = |row: usize, column: &Option<Vec<Option<i128>>>| column.as_ref().map(|values| values[row].unwrap_or(0));
    let shares = (0..raw.rows()).map(|row| match types.of(row) {
        LineType::RiFee => share(row, &reserved),
        LineType::SavingsPlanRecurringFee => share(row, &plans),
        _ => Some(0),
    });
    amounts(shares.collect())
}

/// The line item types of a batch, parsed once per distinct text.
struct LineTypes {
    coded: Coded,
    parsed: Vec<LineType>,
}

impl LineTypes {
    fn of(&self, row: usize) -> LineType {
        self.parsed[self.coded.code(row) as usize]
    }
}

fn line_types(raw: &RawBatch<'_>) -> Result<LineTypes> {
    let coded = raw.coded(Field::ChargeType)?;
    let parsed = coded.values().map(|text| LineType::parse(text.unwrap_or(""))).collect();
    Ok(LineTypes { coded, parsed })
}

/// The amounts that the amortised formula reads.
struct Costs {
    unblended: Vec<Option<i128>>,
    ri_effective: Option<Vec<Option<i128>>>,
    ri_unused_upfront: Vec<Option<i128>>,
    ri_unused_recurring: Vec<Option<i128>>,
    sp_effective: Option<Vec<Option<i128>>>,
    sp_commitment: Option<Vec<Option<i128>>>,
    sp_used: Option<Vec<Option<i128>>>,
    reservation: Coded,
    description: Coded,
    types: LineTypes,
}

impl Costs {
    fn read(raw: &RawBatch<'_>) -> Result<Self> {
        Ok(Self {
            unblended: optional(raw, Field::Unblended)?,
            ri_effective: raw.amount(Field::RiEffective)?,
            ri_unused_upfront: optional(raw, Field::RiUnusedUpfront)?,
            ri_unused_recurring: optional(raw, Field::RiUnusedRecurring)?,
            sp_effective: raw.amount(Field::SpEffective)?,
            sp_commitment: raw.amount(Field::SpCommitment)?,
            sp_used: raw.amount(Field::SpUsed)?,
            reservation: raw.coded(Field::ReservationArn)?,
            description: raw.coded(Field::Description)?,
            types: line_types(raw)?,
        })
    }

    /// Returns the amounts of a row; a commitment row without its commitment column cannot be amortised.
    fn row(&self, row: usize, file: &str) -> Result<Amounts> {
        let needs = |column: &Option<Vec<Option<i128>>>, name: &str, wanted: LineType| match column {
            Some(values) => Ok(values[row]),
            None if self.types.of(row) == wanted => Err(Error::incomplete(format!(
                "{file}: has {wanted:?} rows but no column {name}: their amortised cost is unknown"
            ))
            .hint("add the column to the export and ask AWS to deliver the month again")),
            None => Ok(None),
        };
        Ok(Amounts {
            unblended: self.unblended[row].unwrap_or(0),
            ri_effective: needs(&self.ri_effective, "reservation_effective_cost", LineType::DiscountedUsage)?,
            ri_unused_upfront: self.ri_unused_upfront[row],
            ri_unused_recurring: self.ri_unused_recurring[row],
            sp_effective: needs(
                &self.sp_effective,
                "savings_plan_savings_plan_effective_cost",
                LineType::SavingsPlanCoveredUsage,
            )?,
            sp_commitment: needs(
                &self.sp_commitment,
                "savings_plan_total_commitment_to_date",
                LineType::SavingsPlanRecurringFee,
            )?,
            sp_used: needs(&self.sp_used, "savings_plan_used_commitment", LineType::SavingsPlanRecurringFee)?,
        })
    }

    fn marks(&self, row: usize, types: &LineTypes) -> Marks {
        Marks {
            has_reservation: self.reservation.code(row) != 0,
            is_sp_upfront_refund: is_sp_upfront_refund(types.of(row), self.description.get(row)),
        }
    }
}

/// The net columns; each falls back to its gross twin where it is absent.
struct NetCosts {
    unblended: Vec<Option<i128>>,
    ri_effective: Vec<Option<i128>>,
    ri_unused_upfront: Vec<Option<i128>>,
    ri_unused_recurring: Vec<Option<i128>>,
    sp_effective: Vec<Option<i128>>,
    sp_recurring: Vec<Option<i128>>,
    sp_upfront: Vec<Option<i128>>,
    sp_net_recurring: Vec<Option<i128>>,
    sp_net_upfront: Vec<Option<i128>>,
}

impl NetCosts {
    fn read(raw: &RawBatch<'_>) -> Result<Self> {
        Ok(Self {
            unblended: optional(raw, Field::NetUnblended)?,
            ri_effective: optional(raw, Field::RiNetEffective)?,
            ri_unused_upfront: optional(raw, Field::RiNetUnusedUpfront)?,
            ri_unused_recurring: optional(raw, Field::RiNetUnusedRecurring)?,
            sp_effective: optional(raw, Field::SpNetEffective)?,
            sp_recurring: optional(raw, Field::SpRecurring)?,
            sp_upfront: optional(raw, Field::SpUpfront)?,
            sp_net_recurring: optional(raw, Field::SpNetRecurring)?,
            sp_net_upfront: optional(raw, Field::SpNetUpfront)?,
        })
    }

    /// Returns the net amounts of a row; `None` when the bill has no net cost for it.
    fn row(&self, row: usize, line_type: LineType, gross: &Amounts) -> Option<Amounts> {
        let mut net = Amounts {
            unblended: self.unblended[row]?,
            ri_effective: self.ri_effective[row].or(gross.ri_effective),
            ri_unused_upfront: self.ri_unused_upfront[row].or(gross.ri_unused_upfront),
            ri_unused_recurring: self.ri_unused_recurring[row].or(gross.ri_unused_recurring),
            sp_effective: self.sp_effective[row].or(gross.sp_effective),
            ..*gross
        };
        if line_type == LineType::SavingsPlanRecurringFee {
            // The commitment after discounts; the share of it that was used shrinks in the same proportion.
            let gross_fee = self.sp_recurring[row].unwrap_or(0) + self.sp_upfront[row].unwrap_or(0);
            let net_fee = match (self.sp_net_recurring[row], self.sp_net_upfront[row]) {
                (None, None) => gross_fee,
                (recurring, upfront) => recurring.unwrap_or(0) + upfront.unwrap_or(0),
            };
            if gross_fee != 0 {
                let scaled = |amount: Option<i128>| amount.map(|amount| scaled_by(amount, net_fee, gross_fee));
                net.sp_commitment = scaled(gross.sp_commitment);
                net.sp_used = scaled(gross.sp_used);
            }
        }
        Some(net)
    }
}

/// Returns amount × part ÷ whole, rounded half away from zero.
fn scaled_by(amount: i128, part: i128, whole: i128) -> i128 {
    let product = amount.saturating_mul(part);
    let magnitude = (product.abs() + whole.abs() / 2) / whole.abs();
    magnitude * product.signum() * whole.signum()
}

/// The texts that decide a row's usage, with codes.
struct UsageTexts {
    columns: [Coded; UsageTexts::WIDTH],
}

impl UsageTexts {
    const WIDTH: usize = USAGE_FACTS.len();

    fn read(raw: &RawBatch<'_>) -> Result<Self> {
        let columns = USAGE_FACTS.iter().map(|&field| raw.coded(field)).collect::<Result<Vec<_>>>()?;
        let columns = columns.try_into().map_err(|_| Error::runtime("the list of usage texts is out of step"))?;
        Ok(Self { columns })
    }

    /// Returns what tells rows apart: the codes; of the commitment ARNs only whether there is one.
    fn codes(&self, row: usize) -> [u32; Self::WIDTH] {
        let mut codes = [0; Self::WIDTH];
        for (code, column) in codes.iter_mut().zip(&self.columns) {
            *code = column.code(row);
        }
        codes[Self::WIDTH - 2] = codes[Self::WIDTH - 2].min(1);
        codes[Self::WIDTH - 1] = codes[Self::WIDTH - 1].min(1);
        codes
    }

    fn facts(&self, row: usize) -> Facts<'_> {
        let text = |index: usize| self.columns[index].get(row);
        Facts {
            charge_type: text(0).unwrap_or(""),
            product_code: text(1).unwrap_or(""),
            usage_type: text(2).unwrap_or(""),
            operation: text(3),
            description: text(4),
            availability_zone: text(5),
            region: text(6),
            location: text(7),
            instance_type: text(8),
            operating_system: text(9),
            tenancy: text(10),
            database_engine: text(11),
            cache_engine: text(12),
            deployment_option: text(13),
            installed_software: text(14),
            processor: text(15),
            vcpu: text(16),
            list_rate: text(17),
            currency: text(18),
            has_reservation: text(19).is_some(),
            has_savings_plan: text(20).is_some(),
        }
    }
}

fn derived_column(column: Column, rows: &[Judged]) -> ArrayRef {
    let text = |of: fn(&Usage) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(|judged| of(&judged.0)).collect::<StringArray>())
    };
    match column {
        Column::Region => text(|usage| usage.region.as_deref()),
        Column::InstanceType => text(|usage| usage.instance_type.as_deref()),
        Column::InstanceFamily => text(|usage| usage.instance_family.as_deref()),
        Column::Architecture => text(|usage| usage.architecture.map(crate::terms::Architecture::as_str)),
        Column::OperatingSystem => text(|usage| usage.operating_system.as_deref()),
        Column::DatabaseEngine => text(|usage| usage.database_engine.as_deref()),
        Column::DeploymentOption => text(|usage| usage.deployment_option.as_deref()),
        Column::Tenancy => text(|usage| usage.tenancy.as_deref()),
        Column::PurchaseOption => text(|usage| usage.purchase_option.map(crate::terms::PurchaseOption::as_str)),
        Column::UsageKind => text(|usage| Some(usage.kind.as_str())),
        Column::PriceVariant => text(|usage| usage.price_variant.as_deref()),
        Column::LicensedSoftware => text(|usage| usage.licensed_software.as_deref()),
        Column::Vcpu => Arc::new(rows.iter().map(|judged| judged.0.vcpu).collect::<Int32Array>()),
        Column::PublicRate => {
            let rates = rows.iter().map(|judged| judged.0.public_rate.map(to_scaled));
            let array = rates.collect::<Decimal128Array>().with_data_type(column.data_type());
            Arc::new(array)
        }
        Column::Verdict => Arc::new(rows.iter().map(|judged| Some(judged.1.verdict.as_str())).collect::<StringArray>()),
        Column::Reason => Arc::new(rows.iter().map(|judged| judged.1.reason.as_deref()).collect::<StringArray>()),
        _ => arrow::array::new_null_array(&column.data_type(), rows.len()),
    }
}
