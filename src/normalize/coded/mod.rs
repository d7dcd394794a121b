//! Line items as codes: what the figures group by is told apart by small numbers, and understood once.
//!
//! In: raw batches of one file after the other. Out: for each row the code of its usage and of its account, month and the
//! tags that are asked for, and columns of amounts. A million rows have some thousand distinct usages; each is derived once, from the texts of the
//! first row that shows it. Nothing here sums.

mod columns;
mod map;
mod pack;
mod tags;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, TimestampMillisecondArray};
use hashbrown::HashMap;

use super::{
    binding::Binding,
    build::{billing_month, facts_of},
    commitment::{Commitment, TERM_FACTS},
    fields::{Field, USAGE_FACTS},
    line_type::{LineType, Marks},
    money::{AmountColumn, Money},
    raw::RawBatch,
    schema::{AMORTIZED_FACTS, NET_AMORTIZED_FACTS},
    tags::TagKeys,
    usage::{Usage, derive},
};
use crate::{error::Result, pricing::PriceBook, units::Month};
use columns::TextColumns;

/// What a line item charged for, and what ran.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ChargedUsage {
    pub product_code: String,
    pub charge_type: String,
    pub usage: Usage,
    /// Reserved Instance or Savings Plan that it belongs to.
    pub commitment: Option<Commitment>,
}

/// Whose bill a line item is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::struct_field_names, reason = "the columns of line_items under their own names")]
pub(crate) struct Account {
    pub month: Month,
    pub payer_account_id: Option<Arc<str>>,
    pub account_id: Option<Arc<str>>,
    pub account_name: Option<Arc<str>>,
    /// Those of its tags that were asked for, as a JSON object in the order of the keys; `None` when it has none of them.
    pub tags: Option<Arc<str>>,
}

/// Pool codes of the facts that decide a usage and its commitment.
type Codes = [u32; USAGE_FACTS.len() + TERM_FACTS.len()];

/// How the money of rows of one usage is computed.
#[derive(Debug, Clone, Copy)]
struct Rule {
    usage: u32,
    line_type: LineType,
    marks: Marks,
}

/// The distinct texts that were seen, by code; code 0 is "absent or empty".
#[derive(Debug, Default)]
pub(super) struct Pool {
    codes: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Pool {
    fn code(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(&code) = self.codes.get(text) {
            return code;
        }
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        let code = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.codes.insert(text, code);
        code
    }

    fn text(&self, code: u32) -> Option<&Arc<str>> {
        self.texts.get((code as usize).checked_sub(1)?)
    }
}

/// The codes of a month's line items; one coder for all files that a worker reads.
pub(crate) struct Coder {
    book: &'static PriceBook,
    pool: Pool,
    rules: Vec<Rule>,
    rule_of: HashMap<Codes, u32>,
    usages: Vec<ChargedUsage>,
    usage_of: HashMap<ChargedUsage, u32>,
    accounts: Vec<Account>,
    account_of: HashMap<Account, u32>,
}

impl Coder {
    pub(crate) fn new(book: &'static PriceBook) -> Self {
        Self {
            book,
            pool: Pool::default(),
            rules: Vec::new(),
            rule_of: HashMap::new(),
            usages: Vec::new(),
            usage_of: HashMap::new(),
            accounts: Vec::new(),
            account_of: HashMap::new(),
        }
    }

    /// Returns the distinct usages by code.
    pub(crate) fn usages(&self) -> &[ChargedUsage] {
        &self.usages
    }

    /// Returns the distinct accounts and months by code.
    pub(crate) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    fn rule(&mut self, mut codes: Codes) -> u32 {
        const USAGES: usize = USAGE_FACTS.len();
        // Terms without a commitment say nothing, and must not tell rows apart.
        if codes[USAGES - 2..USAGES] == [0, 0] {
            codes[USAGES..].fill(0);
        }
        if let Some(&rule) = self.rule_of.get(&codes) {
            return rule;
        }
        let text = |index: usize| self.pool.text(codes[index]).map(AsRef::as_ref);
        let facts = facts_of(text);
        let line_type = LineType::parse(facts.charge_type);
        let marks = Marks::new(line_type, facts.has_reservation, facts.description);
        let charged = ChargedUsage {
            product_code: facts.product_code.to_owned(),
            charge_type: facts.charge_type.to_owned(),
            usage: derive(&facts, self.book),
            commitment: Commitment::read(text(USAGES - 2), text(USAGES - 1), |index| text(USAGES + index)),
        };
        let usage = if let Some(&usage) = self.usage_of.get(&charged) {
            usage
        } else {
            let usage = u32::try_from(self.usages.len()).unwrap_or(u32::MAX);
            self.usages.push(charged.clone());
            self.usage_of.insert(charged, usage);
            usage
        };
        let rule = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        self.rules.push(Rule { usage, line_type, marks });
        self.rule_of.insert(codes, rule);
        rule
    }

    fn account(&mut self, account: Account) -> u32 {
        if let Some(&code) = self.account_of.get(&account) {
            return code;
        }
        let code = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        self.accounts.push(account.clone());
        self.account_of.insert(account, code);
        code
    }
}

/// The facts that tell accounts apart.
const ACCOUNT_FACTS: [Field; 3] = [Field::Payer, Field::Account, Field::AccountName];

/// Returns every field that the coding of a file reads.
pub(crate) fn coded_fields() -> Vec<Field> {
    const OTHERS: [Field; 7] = [
        Field::BillingPeriod,
        Field::UsageStart,
        Field::UsageEnd,
        Field::UsageAmount,
        Field::Resource,
        Field::ListCost,
        Field::RiUpfront,
    ];
    let lists: [&[Field]; 6] =
        [&USAGE_FACTS, &TERM_FACTS, &ACCOUNT_FACTS, &OTHERS, AMORTIZED_FACTS, NET_AMORTIZED_FACTS];
    let mut fields = lists.concat();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// Codes the batches of one file.
pub(crate) struct FileCoder {
    file: String,
    month: Option<Month>,
    usage: TextColumns,
    account: TextColumns,
    rules: Vec<u32>,
    accounts: Vec<u32>,
}

/// One batch as codes and amounts.
pub(crate) struct CodedBatch<'a> {
    /// Rule by row, which [`CodedBatch::usage`] turns into the code of the usage.
    rules: &'a [u32],
    rule_table: &'a [Rule],
    /// Code of the account and month by row.
    pub accounts: &'a [u32],
    /// Begin of the usage by row.
    pub starts: TimestampMillisecondArray,
    /// End of the usage by row.
    pub ends: TimestampMillisecondArray,
    /// Quantity by row.
    pub quantity: AmountColumn,
    /// Resource id by row, as text of any Arrow type; `None` where the file has no such column.
    pub resources: Option<ArrayRef>,
    money: Money<'a>,
}

impl CodedBatch<'_> {
    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rules.len()
    }

    /// Returns the code of the usage, and the money of the row.
    #[inline]
    pub(crate) fn row(&self, row: usize) -> Result<(u32, LineType, super::money::RowMoney)> {
        let rule = self.rule_table[self.rules[row] as usize];
        Ok((rule.usage, rule.line_type, self.money.row(row, rule.line_type, rule.marks)?))
    }
}

impl FileCoder {
    /// Prepares the coding of a file; `month` is what its manifest or path says.
    pub(crate) fn new(file: String, month: Option<Month>, binding: &Binding, tags: &Arc<TagKeys>) -> Self {
        Self {
            file,
            month,
            usage: TextColumns::new(binding, &[&USAGE_FACTS[..], &TERM_FACTS[..]].concat()),
            account: TextColumns::new(binding, &ACCOUNT_FACTS).with_tags(binding, tags),
            rules: Vec::new(),
            accounts: Vec::new(),
        }
    }

    /// Takes the keys of tags that were seen since the last time.
    pub(crate) fn take_seen_tags(&mut self) -> Vec<String> {
        self.account.take_seen_tags()
    }

    /// Codes a batch and hands it over.
    ///
    /// # Errors
    /// When a row belongs to another month, a value is not what its column says, or the receiver fails.
    pub(crate) fn code(
        &mut self,
        coder: &mut Coder,
        raw: &RawBatch<'_>,
        receive: &mut impl FnMut(&Coder, &CodedBatch<'_>) -> Result<()>,
    ) -> Result<()> {
        self.code_usages(coder, raw)?;
        self.code_accounts(coder, raw)?;
        let batch = CodedBatch {
            rules: &self.rules,
            rule_table: &coder.rules,
            accounts: &self.accounts,
            starts: raw.instant(Field::UsageStart)?,
            ends: raw.instant(Field::UsageEnd)?,
            quantity: AmountColumn::read(raw, Field::UsageAmount, &self.file)?,
            resources: raw.column(Field::Resource).map(|(column, _)| Arc::clone(column)),
            money: Money::read(raw, &self.file)?,
        };
        receive(coder, &batch)
    }

    fn code_usages(&mut self, coder: &mut Coder, raw: &RawBatch<'_>) -> Result<()> {
        let locals = self.usage.local_codes(raw, &mut coder.pool, None)?;
        let rules: Vec<u32> =
            locals.first_rows.iter().map(|&row| coder.rule(self.usage.field_codes(row as usize))).collect();
        self.rules.clear();
        self.rules.extend(locals.of_row.iter().map(|&local| rules[local as usize]));
        self.usage.give_back(locals);
        Ok(())
    }

    fn code_accounts(&mut self, coder: &mut Coder, raw: &RawBatch<'_>) -> Result<()> {
        let periods = raw.instant(Field::BillingPeriod)?;
        // What stands in the slot of a null is anybody's guess.
        let values: Vec<i64>;
        let wide: &[i64] = if periods.null_count() == 0 {
            periods.values()
        } else {
            values = periods.iter().map(|period| period.unwrap_or(i64::MIN)).collect();
            &values
        };
        let locals = self.account.local_codes(raw, &mut coder.pool, Some(wide))?;
        let mut accounts: Vec<u32> = Vec::with_capacity(locals.first_rows.len());
        for &row in &locals.first_rows {
            let row = row as usize;
            let period = periods.is_valid(row).then(|| periods.value(row));
            let [payer, account, name] = self.account.field_codes(row);
            let tags = self.account.tags(row, &mut coder.pool);
            let text = |code| coder.pool.text(code).cloned();
            accounts.push(coder.account(Account {
                month: billing_month(period, self.month, &self.file)?,
                payer_account_id: text(payer),
                account_id: text(account),
                account_name: text(name),
                tags: text(tags),
            }));
        }
        self.accounts.clear();
        self.accounts.extend(locals.of_row.iter().map(|&local| accounts[local as usize]));
        self.account.give_back(locals);
        Ok(())
    }
}
