//! The report as JSON: the model as it is.

use super::model::Report;
use crate::error::{Error, Result};

/// The JSON Schema of `report.json`.
pub const SCHEMA: &str = include_str!("../../docs/report.schema.json");

/// Writes the report as indented JSON that ends in a line break.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn render(report: &Report) -> Result<String> {
    let mut text = serde_json::to_string_pretty(report)
        .map_err(|error| Error::runtime(format!("cannot write the report as JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::fixture;

    #[test]
    fn amounts_are_strings_and_unknown_is_null() {
        let text = render(&fixture::report()).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(text, render(&fixture::report()).unwrap());
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema_version"], 1);
        assert_eq!(json["month"], "2024-01");
        assert_eq!(json["months"][0]["amortized_cost"], "45691");
        assert_eq!(json["months"][0]["net_amortized_cost"], serde_json::Value::Null);
        assert_eq!(json["kpis"][5]["value"], serde_json::Value::Null);
        assert_eq!(json["opportunities"].as_array().unwrap().len(), 31);
    }

    #[test]
    fn text_of_the_bill_stays_text() {
        let json: serde_json::Value = serde_json::from_str(&render(&fixture::hostile()).unwrap()).unwrap();
        assert_eq!(json["headline"], fixture::HOSTILE);
    }
}
