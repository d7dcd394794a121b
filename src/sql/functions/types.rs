//! Functions of an instance type: its architecture, units, Graviton target and list price.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray, Decimal128Array, StringArray},
    compute::cast,
    datatypes::DataType,
};
use datafusion::{
    common::Result,
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility},
};
use rust_decimal::Decimal;

use crate::{
    analysis::{Detail, Judge, Question, normalized_units},
    pricing::bare_type,
    units::{PRECISION, SCALE, to_scaled},
};

/// What is asked of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Ask {
    Architecture,
    Units,
    Target,
    Price,
}

/// What is known.
enum Answer {
    Text(Option<String>),
    Amount(Option<Decimal>),
}

/// A function of an instance type.
#[derive(Debug)]
pub(super) struct OfType {
    ask: Ask,
    judge: Judge,
    signature: Signature,
}

/// Two functions are the same when they ask the same; a session has one judge.
impl PartialEq for OfType {
    fn eq(&self, other: &Self) -> bool {
        self.ask == other.ask
    }
}

impl Eq for OfType {}

impl Hash for OfType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ask.hash(state);
    }
}

/// Returns the functions.
pub(super) fn all(judge: &Judge) -> Vec<OfType> {
    [Ask::Architecture, Ask::Units, Ask::Target, Ask::Price].into_iter().map(|ask| OfType::new(ask, judge)).collect()
}

impl OfType {
    fn new(ask: Ask, judge: &Judge) -> Self {
        let texts = |count| TypeSignature::String(count);
        let signature = match ask {
            Ask::Architecture | Ask::Units => Signature::string(1, Volatility::Immutable),
            Ask::Target | Ask::Price => Signature::one_of(vec![texts(2), texts(3)], Volatility::Immutable),
        };
        Self { ask, judge: judge.clone(), signature }
    }

    /// Returns who chooses targets.
    pub(super) fn judge(&self) -> &Judge {
        &self.judge
    }

    fn answer(&self, typed: &str, region: Option<&str>, word: Option<&str>) -> Answer {
        let book = self.judge.book();
        let family = || bare_type(typed).split('.').next().unwrap_or("");
        let question = || Some(Question::new(typed, region?, Detail::of_word(typed, word)));
        match self.ask {
            Ask::Architecture => {
                let of_shape = book.shape(typed).map(|shape| shape.architecture);
                let known = of_shape.or_else(|| book.family(family()).map(|family| family.architecture));
                Answer::Text(known.map(|architecture| architecture.as_str().to_owned()))
            }
            Ask::Units => {
                let shape = book.shape(typed);
                let known = shape.is_some() || book.family(family()).is_some();
                let vcpu = shape.and_then(|shape| i32::try_from(shape.vcpu).ok());
                Answer::Amount(if known { normalized_units(typed, vcpu) } else { None })
            }
            Ask::Target => Answer::Text(question().and_then(|question| {
                let judgement = self.judge.judge(&question.workload(book));
                judgement.target.map(|target| target.name)
            })),
            Ask::Price => Answer::Amount(question().and_then(|question| {
                let Question { service, region, name, variant, .. } = &question;
                book.trusted(service.as_str(), region, name, variant).map(|price| price.usd)
            })),
        }
    }
}

impl ScalarUDFImpl for OfType {
    fn name(&self) -> &'static str {
        match self.ask {
            Ask::Architecture => "architecture",
            Ask::Units => "normalized_units",
            Ask::Target => "graviton_target",
            Ask::Price => "list_price",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.ask {
            Ask::Architecture | Ask::Target => DataType::Utf8,
            Ask::Units | Ask::Price => amount_type(),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let texts =
            |value: ColumnarValue| -> Result<ArrayRef> { Ok(cast(value.into_array(rows)?.as_ref(), &DataType::Utf8)?) };
        let columns = args.args.into_iter().map(texts).collect::<Result<Vec<_>>>()?;
        let columns: Vec<&StringArray> = columns.iter().map(AsArray::as_string).collect();
        let mut known: HashMap<[Option<&str>; 3], usize> = HashMap::new();
        let mut answers = Vec::new();
        let mut numbers = Vec::with_capacity(rows);
        for row in 0..rows {
            let mut asked = [None; 3];
            for (place, column) in asked.iter_mut().zip(&columns) {
                *place = column.is_valid(row).then(|| column.value(row));
            }
            let lacks_one = asked.iter().take(columns.len()).any(Option::is_none);
            let Some(typed) = asked[0].filter(|_| !lacks_one) else {
                numbers.push(None);
                continue;
            };
            let number = *known.entry(asked).or_insert_with(|| {
                answers.push(self.answer(typed, asked[1], asked[2]));
                answers.len() - 1
            });
            numbers.push(Some(number));
        }
        let of = |number: &Option<usize>| number.map(|number| &answers[number]);
        let text = |number: &Option<usize>| match of(number) {
            Some(Answer::Text(text)) => text.clone(),
            _ => None,
        };
        let amount = |number: &Option<usize>| match of(number) {
            Some(Answer::Amount(amount)) => amount.map(to_scaled),
            _ => None,
        };
        Ok(ColumnarValue::Array(match self.ask {
            Ask::Architecture | Ask::Target => Arc::new(numbers.iter().map(text).collect::<StringArray>()),
            Ask::Units | Ask::Price => {
                Arc::new(numbers.iter().map(amount).collect::<Decimal128Array>().with_data_type(amount_type()))
            }
        }))
    }
}

fn amount_type() -> DataType {
    DataType::Decimal128(PRECISION, i8::try_from(SCALE).unwrap_or(i8::MAX))
}
