//! Prices in the columns of the table `prices`, as `prices export` writes them and as the facts come.

use std::{collections::BTreeMap, io::Read};

use chrono::NaiveDate;

use crate::{
    error::Result,
    pricing::{
        CURRENCY, Line, Listed, RateCode, Sheet, Term,
        text::{Reader, date, price as money, shared},
    },
};

/// Columns that every such file has; the price is `price` or `price_usd`.
const COLUMNS: [&str; 8] = ["service", "region", "item", "variant", "term", "unit", "as_of", "source"];

/// Service, region and day: the prices of one sheet.
type Place = (String, String, NaiveDate);

/// Tells whether a text begins like such a file.
pub fn is_table(text: &str) -> bool {
    let header = text.trim_start_matches('\u{feff}').lines().next().unwrap_or("");
    let names: Vec<&str> = header.split(',').map(|name| name.trim().trim_matches('"')).collect();
    COLUMNS.iter().all(|column| names.contains(column))
}

/// Reads the prices; each day of a service and region is a sheet of its own.
///
/// # Errors
/// When a column is missing, a value is no price, day or term, or a price is there twice with different amounts.
pub fn sheets_of_table(name: &str, text: impl Read) -> Result<Vec<Sheet>> {
    let mut reader = Reader::new(name, text)?;
    let [service, region, item, variant, term, unit, as_of, _] = reader.columns(COLUMNS)?;
    let [price] = reader.columns(["price"]).or_else(|_| reader.columns(["price_usd"]))?;
    let currency = reader.columns(["currency"]).ok().map(|[currency]| currency);
    let mut sheets: BTreeMap<Place, BTreeMap<Line, Listed>> = BTreeMap::new();
    while reader.advance()? {
        if currency.is_some_and(|currency| reader.field(currency) != CURRENCY) {
            return Err(reader.fault(&format!("the table is in {CURRENCY}")));
        }
        // Spot prices have no day on which they hold.
        if reader.field(term) == "Spot" {
            continue;
        }
        let line = Line {
            term: reader.field(term).parse::<Term>().map_err(|_| reader.wrong(term))?,
            variant: unguarded(reader.field(variant)).to_owned(),
            item: unguarded(reader.field(item)).to_owned(),
        };
        let day = date(reader.field(as_of)).ok_or_else(|| reader.wrong(as_of))?;
        let usd = money(reader.field(price)).ok_or_else(|| reader.wrong(price))?;
        if line.item.is_empty() || is_no_folder(reader.field(service)) || is_no_folder(reader.field(region)) {
            return Err(reader.fault("a price needs a service, a region and an item"));
        }
        let listed =
            Listed { usd, unit: shared(reader.field(unit)), as_of: day, upfront: None, rate_code: RateCode::default() };
        let place = (reader.field(service).to_owned(), reader.field(region).to_owned(), day);
        let known = sheets.entry(place).or_default().insert(line, listed);
        if known.is_some_and(|known| known.usd != usd) {
            return Err(reader.fault("the price is there twice with different amounts"));
        }
    }
    let sheet = |((service, region, published), prices)| Sheet {
        service,
        region,
        offers: vec!["prices".to_owned()],
        version: None,
        published,
        prices,
    };
    Ok(sheets.into_iter().map(sheet).collect())
}

/// Takes away the apostrophe by which `prices export` keeps spreadsheets from reading "-" as a formula.
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(text)
}

/// Tells whether a name cannot be that of a folder: it comes from a file and becomes part of a path.
fn is_no_folder(name: &str) -> bool {
    name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "service,region,item,variant,term,unit,price,currency,as_of,source\n";

    #[test]
    fn each_day_is_a_sheet() {
        let text = format!(
            "{HEADER}EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,0.096,USD,2026-09-06,x\n\
             EC2,us-east-1,m5.large,RHEL,OnDemand,Hrs,0.125,USD,2023-08-30,x\n\
             EC2,us-east-1,m5.large,Linux,RI-1yr-NoUpfront,Hrs,0.06,USD,2026-09-06,x\n"
        );
        assert!(is_table(&text));
        let sheets = sheets_of_table("p.csv", text.as_bytes()).unwrap();
        let days: Vec<(String, usize)> =
            sheets.iter().map(|sheet| (sheet.published.to_string(), sheet.prices.len())).collect();
        assert_eq!(days, [("2023-08-30".to_owned(), 1), ("2026-09-06".to_owned(), 2)]);
    }

    #[test]
    fn what_is_no_price_is_refused_with_its_line() {
        for (row, says) in [
            ("EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,-1,USD,2026-09-06,x", "\"-1\" is not a valid price"),
            ("EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,0,USD,2026-09-06,x", "\"0\" is not a valid price"),
            ("EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,7e28,USD,2026-09-06,x", "is not a valid price"),
            ("EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,70000000000000000000,USD,2026-09-06,x", "is not a valid price"),
            ("EC2,../up,m5.large,Linux,OnDemand,Hrs,1,USD,2026-09-06,x", "needs a service"),
            ("EC2,us-east-1,m5.large,Linux,Never,Hrs,1,USD,2026-09-06,x", "\"Never\" is not a valid term"),
            ("EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,1,EUR,2026-09-06,x", "in USD"),
            ("EC2,us-east-1,m5.large,Linux,OnDemand,Hrs,1,USD,06.09.2026,x", "is not a valid as_of"),
        ] {
            let error = sheets_of_table("p.csv", format!("{HEADER}{row}\n").as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with("p.csv line 2"), "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
        assert!(!is_table("{\"FormatVersion\":\"aws_v1\"}"));
    }
}
