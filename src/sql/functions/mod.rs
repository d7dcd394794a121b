//! Functions that SQL gets beside those of the engine: tags, and what the tables of prices and shapes say of a type.

mod tag;
mod types;

use std::{any::Any, sync::Arc};

use datafusion::{logical_expr::ScalarUDF, prelude::SessionContext};

use crate::{
    analysis::{Judge, Policy},
    error::{Error, Result},
    pricing::PriceBook,
};

/// A function as the shell's help shows it.
pub const SIGNATURES: [(&str, &str); 5] = [
    ("tag(key)", "value of a cost allocation tag of line_items; NULL where it is not set"),
    ("architecture(type)", "x86_64 or arm64; NULL for a type that is not known"),
    ("normalized_units(type)", "normalisation factor of the size: large = 4"),
    (
        "graviton_target(type, region [, os or engine])",
        "the Graviton type that the policy takes, which may cost more; NULL where there is none",
    ),
    ("list_price(type, region [, os or engine])", "public on-demand price, USD per hour; NULL where it is not known"),
];

/// Registers all functions; targets are chosen as the judge's policy says.
pub fn register(context: &SessionContext, judge: &Judge) {
    for function in all(judge) {
        context.register_udf(function.as_ref().clone());
    }
}

/// Describes the judge of one of our functions for another machine; empty where it has none, `None` for another function.
pub fn description(function: &ScalarUDF) -> Option<String> {
    let inner: &dyn Any = function.inner().as_ref();
    match inner.downcast_ref::<types::OfType>() {
        Some(function) => function.judge().description(),
        None => inner.is::<tag::Tag>().then(String::new),
    }
}

/// Returns the function that another machine describes; without a price table it is one that only carries the
/// description on.
///
/// # Errors
/// When it is of another version, or judges by another price table.
pub fn described(name: &str, description: &str, book: Option<&'static PriceBook>) -> Result<Arc<ScalarUDF>> {
    let judge = match book {
        _ if description.is_empty() => Judge::new(PriceBook::embedded()?, Policy::default()),
        Some(book) => Judge::of_description(description, book)?,
        None => Judge::passing_on(description)?,
    };
    let found = all(&judge).into_iter().find(|function| function.name() == name);
    found.ok_or_else(|| Error::runtime(format!("the function {name} is not known here")))
}

/// Returns all functions.
fn all(judge: &Judge) -> Vec<Arc<ScalarUDF>> {
    let mut functions = vec![Arc::new(ScalarUDF::from(tag::Tag::new()))];
    functions.extend(types::all(judge).into_iter().map(|function| Arc::new(ScalarUDF::from(function))));
    functions
}
