//! The keys of a rollup as columns of text, and back.

use std::{str::FromStr, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema},
};
use rust_decimal::Decimal;

use super::key::UsageKey;
use crate::{
    error::{Error, Result},
    normalize::{Account, Commitment, UsageKind},
    terms::{Architecture, CommitmentKind, PurchaseOption},
};

/// The columns of usages.
pub(super) const USAGE: [&str; 27] = [
    "region",
    "product_code",
    "charge_type",
    "purchase_option",
    "usage_kind",
    "instance_type",
    "architecture",
    "vcpu",
    "operating_system",
    "database_engine",
    "deployment_option",
    "tenancy",
    "licensed_software",
    "price_variant",
    "public_rate",
    "currency",
    "meter",
    "is_spot",
    "commitment_kind",
    "commitment_arn",
    "commitment_offering",
    "commitment_term",
    "commitment_payment",
    "commitment_region",
    "commitment_family",
    "commitment_start",
    "commitment_end",
];

/// The columns of accounts; `tags` are those that were asked for, as JSON.
pub(super) const ACCOUNT: [&str; 5] = ["month", "payer_account_id", "account_id", "account_name", "tags"];

fn wrong(what: &str) -> Error {
    Error::runtime(format!("a rollup holds a {what} that this version does not know"))
}

impl UsageKey {
    fn texts(&self) -> [Option<String>; USAGE.len()] {
        let own = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
        let terms = self.commitment.as_deref();
        [
            own(&self.region),
            Some(self.product_code.to_string()),
            Some(self.charge_type.to_string()),
            self.purchase_option.map(|option| option.as_str().to_owned()),
            Some(self.usage_kind.as_str().to_owned()),
            own(&self.instance_type),
            self.architecture.map(|architecture| architecture.as_str().to_owned()),
            self.vcpu.map(|vcpu| vcpu.to_string()),
            own(&self.operating_system),
            own(&self.database_engine),
            own(&self.deployment_option),
            own(&self.tenancy),
            own(&self.licensed_software),
            own(&self.price_variant),
            self.public_rate.map(|rate| rate.to_string()),
            Some(self.currency.to_string()),
            own(&self.meter),
            self.is_spot.then(|| "spot".to_owned()),
            terms.map(|terms| terms.kind.as_str().to_owned()),
            terms.map(|terms| terms.arn.clone()),
            terms.and_then(|terms| terms.offering.clone()),
            terms.and_then(|terms| terms.term.clone()),
            terms.and_then(|terms| terms.payment.clone()),
            terms.and_then(|terms| terms.region.clone()),
            terms.and_then(|terms| terms.family.clone()),
            terms.and_then(|terms| terms.start).map(|start| start.to_string()),
            terms.and_then(|terms| terms.end).map(|end| end.to_string()),
        ]
    }

    fn from_texts(texts: &[Option<&str>; USAGE.len()]) -> Result<Self> {
        let own = |index: usize| texts[index].map(Arc::from);
        let word = |index: usize| Arc::from(texts[index].unwrap_or(""));
        Ok(Self {
            region: own(0),
            product_code: word(1),
            charge_type: word(2),
            purchase_option: known(texts[3], PurchaseOption::parse, "purchase option")?,
            usage_kind: known(texts[4], UsageKind::parse, "kind of usage")?.ok_or_else(|| wrong("kind of usage"))?,
            instance_type: own(5),
            architecture: known(texts[6], Architecture::parse, "architecture")?,
            vcpu: known(texts[7], |text| text.parse().ok(), "number of vCPUs")?,
            operating_system: own(8),
            database_engine: own(9),
            deployment_option: own(10),
            tenancy: own(11),
            licensed_software: own(12),
            price_variant: own(13),
            public_rate: known(texts[14], |text| Decimal::from_str(text).ok(), "rate")?,
            currency: word(15),
            meter: own(16),
            is_spot: texts[17].is_some(),
            engine_version: None,
            commitment: commitment(texts)?,
        })
    }
}

fn commitment(texts: &[Option<&str>; USAGE.len()]) -> Result<Option<Arc<Commitment>>> {
    let Some(kind) = known(texts[18], CommitmentKind::parse, "kind of commitment")? else { return Ok(None) };
    let own = |index: usize| texts[index].map(str::to_owned);
    let instant = |index: usize| known(texts[index], |text| text.parse().ok(), "date of a commitment");
    Ok(Some(Arc::new(Commitment {
        kind,
        arn: texts[19].unwrap_or("").to_owned(),
        offering: own(20),
        term: own(21),
        payment: own(22),
        region: own(23),
        family: own(24),
        start: instant(25)?,
        end: instant(26)?,
    })))
}

fn known<T>(text: Option<&str>, parse: impl Fn(&str) -> Option<T>, what: &str) -> Result<Option<T>> {
    text.map(|text| parse(text).ok_or_else(|| wrong(what))).transpose()
}

/// Returns usages as columns of text.
pub(super) fn usage_batch(keys: &[Arc<UsageKey>]) -> Result<RecordBatch> {
    batch(&USAGE, &keys.iter().map(|key| key.texts()).collect::<Vec<_>>())
}

/// Returns accounts as columns of text.
pub(super) fn account_batch(keys: &[Arc<Account>]) -> Result<RecordBatch> {
    let texts = |account: &Arc<Account>| {
        let own = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
        [
            Some(account.month.to_string()),
            own(&account.payer_account_id),
            own(&account.account_id),
            own(&account.account_name),
            own(&account.tags),
        ]
    };
    batch(&ACCOUNT, &keys.iter().map(texts).collect::<Vec<_>>())
}

fn batch<const N: usize>(names: &[&str; N], rows: &[[Option<String>; N]]) -> Result<RecordBatch> {
    let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    let columns =
        (0..N).map(|index| Arc::new(rows.iter().map(|row| row[index].as_deref()).collect::<StringArray>()) as ArrayRef);
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.collect())?)
}

/// Reads usages back.
///
/// # Errors
/// When the columns are others.
pub(super) fn usages(batch: &RecordBatch) -> Result<Vec<Arc<UsageKey>>> {
    rows(batch, |texts| UsageKey::from_texts(&texts).map(Arc::new))
}

/// Reads accounts back.
///
/// # Errors
/// When the columns are others.
pub(super) fn accounts(batch: &RecordBatch) -> Result<Vec<Account>> {
    rows(batch, |[month, payer, account, name, tags]: [Option<&str>; ACCOUNT.len()]| {
        Ok(Account {
            month: month.unwrap_or("").parse()?,
            payer_account_id: payer.map(Arc::from),
            account_id: account.map(Arc::from),
            account_name: name.map(Arc::from),
            tags: tags.map(Arc::from),
        })
    })
}

fn rows<T, const N: usize>(batch: &RecordBatch, build: impl Fn([Option<&str>; N]) -> Result<T>) -> Result<Vec<T>> {
    let columns: Vec<&StringArray> =
        batch.columns().iter().filter_map(|column| column.as_string_opt::<i32>()).collect();
    let columns: [&StringArray; N] =
        columns.try_into().map_err(|_| Error::runtime("a rollup has other keys than this version writes"))?;
    (0..batch.num_rows())
        .map(|row| build(columns.map(|column| column.is_valid(row).then(|| column.value(row)))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture;

    #[test]
    fn keys_survive_the_way_through_columns() {
        let mut row = fixture::hours("m5.large", "1");
        row.public_rate = Some("0.0960".parse().unwrap());
        row.meter = Some("Lambda-GB-Second".into());
        row.is_spot = true;
        row.commitment = Some(Arc::new(fixture::commitment(CommitmentKind::SavingsPlan, "arn:1")));
        let keys = [Arc::clone(&row.usage), Arc::clone(&fixture::row("2024-01", "AmazonS3", "Tax").usage)];
        assert_eq!(usages(&usage_batch(&keys).unwrap()).unwrap(), keys);
        let account = Account {
            month: "2024-02".parse().unwrap(),
            payer_account_id: Some("1".into()),
            account_id: None,
            account_name: Some("".into()),
            tags: Some(r#"{"user_team":"data"}"#.into()),
        };
        let read = accounts(&account_batch(&[Arc::new(account.clone())]).unwrap()).unwrap();
        assert_eq!(read, [account]);
    }
}
