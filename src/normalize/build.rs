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
    Classified, Classify, ResourceMonth,
    fields::{Field, USAGE_FACTS},
    line_type::{LineType, Marks},
    money::{AmountColumn, Money, RowMoney},
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
    by_version: HashMap<(Usage, Arc<str>), Judged>,
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
        Self { columns, schema, book, classifier, month, file, judged: HashMap::new(), by_version: HashMap::new() }
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
            Column::UsageAmount => amounts(self.optional(raw, Field::UsageAmount)?)?,
            Column::UnblendedCost => amounts(self.optional(raw, Field::Unblended)?)?,
            Column::NetUnblendedCost => amounts(self.optional(raw, Field::NetUnblended)?)?,
            Column::ListCost => self.list_cost(raw)?,
            Column::AmortizedCost => self.money(raw, |money| Some(money.amortized))?,
            Column::NetAmortizedCost => self.money(raw, |money| money.net_amortized)?,
            Column::UpfrontCost => self.money(raw, |money| Some(money.upfront))?,
            Column::AmortizedUpfront => self.upfront_shares(raw)?,
            _ => match column.inputs().first() {
                Some(&field) => raw.text(field)?,
                None => arrow::array::new_null_array(&column.data_type(), raw.rows()),
            },
        })
    }

    /// Returns the billing month of each row; the rows say it, the path must agree.
    fn months(&self, raw: &RawBatch<'_>) -> Result<ArrayRef> {
        let periods = raw.instant(Field::BillingPeriod)?;
        let months = periods.iter().map(|period| Ok(billing_month(period, self.month, &self.file)?.to_date32()));
        Ok(Arc::new(Date32Array::from(months.collect::<Result<Vec<i32>>>()?)))
    }

    /// Computes an amount of each row from its columns, its type and its marks.
    fn money(&self, raw: &RawBatch<'_>, of: impl Fn(&RowMoney) -> Option<i128>) -> Result<ArrayRef> {
        let types = line_types(raw)?;
        let money = Money::read(raw, &self.file)?;
        let reservation = raw.coded(Field::ReservationArn)?;
        let description = raw.coded(Field::Description)?;
        let values = (0..raw.rows()).map(|row| {
            let line_type = types.of(row);
            let marks = Marks::new(line_type, reservation.code(row) != 0, description.get(row));
            Ok(of(&money.row(row, line_type, marks)?))
        });
        amounts(values.collect::<Result<_>>()?)
    }

    /// Returns the amounts of a field, absent ones as null.
    fn optional(&self, raw: &RawBatch<'_>, field: Field) -> Result<Vec<Option<i128>>> {
        let column = AmountColumn::read(raw, field, &self.file)?;
        (0..raw.rows()).map(|row| column.get(row)).collect()
    }

    /// Returns the public cost of each row.
    fn list_cost(&self, raw: &RawBatch<'_>) -> Result<ArrayRef> {
        let types = line_types(raw)?;
        let money = Money::read(raw, &self.file)?;
        amounts((0..raw.rows()).map(|row| money.list(row, types.of(row))).collect::<Result<_>>()?)
    }

    /// Returns the share of earlier upfront payments that each fee row carries into its month.
    fn upfront_shares(&self, raw: &RawBatch<'_>) -> Result<ArrayRef> {
        let types = line_types(raw)?;
        let money = Money::read(raw, &self.file)?;
        amounts((0..raw.rows()).map(|row| money.upfront_share(row, types.of(row))).collect::<Result<_>>()?)
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
        if self.columns.iter().any(|column| column.is_bucket()) {
            self.judge_versions(raw, &mut rows)?;
        }
        Ok(rows)
    }

    /// Judges anew what runs an engine whose version is proven.
    fn judge_versions(&mut self, raw: &RawBatch<'_>, rows: &mut [Judged]) -> Result<()> {
        let judge = Arc::clone(&self.classifier);
        let Some(versions) = judge.versions() else { return Ok(()) };
        if !rows.iter().any(|judged| versions.decide(&judged.0)) {
            return Ok(());
        }
        let (resources, accounts) = (raw.coded(Field::Resource)?, raw.coded(Field::Account)?);
        let periods = raw.instant(Field::BillingPeriod)?;
        for (row, judged) in rows.iter_mut().enumerate().filter(|(_, judged)| versions.decide(&judged.0)) {
            let Some(id) = resources.get(row) else { continue };
            let period = periods.is_valid(row).then(|| periods.value(row));
            let resource = ResourceMonth {
                id,
                month: billing_month(period, self.month, &self.file)?,
                account_id: accounts.get(row),
                region: judged.0.region.as_deref(),
                service: judged.0.service,
            };
            let Some(version) = versions.of(&resource) else { continue };
            let usage = judged.0.clone();
            let known = self.by_version.entry((usage.clone(), Arc::clone(&version)));
            *judged = Arc::clone(known.or_insert_with(|| {
                let classified = judge.classify(&usage, Some(&version));
                Arc::new((usage, classified))
            }));
        }
        Ok(())
    }

    fn judge(&mut self, facts: &Facts<'_>) -> Judged {
        let usage = derive(facts, self.book);
        if let Some(judged) = self.judged.get(&usage) {
            return Arc::clone(judged);
        }
        let classified = self.classifier.classify(&usage, None);
        let judged: Judged = Arc::new((usage.clone(), classified));
        self.judged.insert(usage, Arc::clone(&judged));
        judged
    }
}

/// Returns the billing month of a row: the row says it in milliseconds since 1970, and the path must agree.
pub(super) fn billing_month(period: Option<i64>, hinted: Option<Month>, file: &str) -> Result<Month> {
    let Some(period) = period else {
        return hinted.ok_or_else(|| {
            Error::incomplete(format!("{file}: a row has no billing period, and its path names no month"))
                .hint("export bill_billing_period_start_date, or keep AWS's folder names")
        });
    };
    let days = i32::try_from(period.div_euclid(86_400_000)).unwrap_or(i32::MIN);
    let month = Month::from_date32(days)
        .ok_or_else(|| Error::incomplete(format!("{file}: a billing period is out of range")))?;
    match hinted {
        Some(hint) if hint != month => {
            Err(Error::incomplete(format!("{file}: holds a row of {month}, but its manifest or path says {hint}"))
                .hint("the file was moved or overwritten: sync the export again, metadata folder included"))
        }
        _ => Ok(month),
    }
}

fn amounts(values: Vec<Option<i128>>) -> Result<ArrayRef> {
    let array =
        Decimal128Array::from(values).with_precision_and_scale(PRECISION, i8::try_from(SCALE).unwrap_or(i8::MAX))?;
    Ok(Arc::new(array))
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
        facts_of(|index| self.columns[index].get(row))
    }
}

/// Returns the facts whose texts stand in the order of [`USAGE_FACTS`].
pub(super) fn facts_of<'a>(text: impl Fn(usize) -> Option<&'a str>) -> Facts<'a> {
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
