//! Rates of Reserved Instances and Savings Plans: what an hour costs under a commitment, upfront fees spread over it.
//!
//! A service has one file, like that of its list prices ([`super::table`]) with the term before each line. It is read
//! when a commitment is first asked for: a report without any never does.

use std::{collections::BTreeMap, fmt::Write};

use chrono::NaiveDate;

use super::{
    Term,
    table::{Key, Price, Table},
    text::{packed, unpacked},
};
use crate::error::{Error, Result};

/// Heading of the first column.
const TERM: &str = "term";

/// Rates by term.
pub(super) type Rates = BTreeMap<Term, Table>;

/// Returns the number of rates.
pub(super) fn count(tables: &Rates) -> usize {
    tables.values().map(Table::len).sum()
}

/// Returns the oldest and the newest date.
pub(super) fn dates(tables: &Rates) -> Option<(NaiveDate, NaiveDate)> {
    let both = |(a, b): (NaiveDate, NaiveDate), (c, d): (NaiveDate, NaiveDate)| (a.min(c), b.max(d));
    tables.values().filter_map(Table::dates).reduce(both)
}

/// Reads the compressed file.
pub(super) fn decode(name: &str, bytes: &[u8]) -> Result<Rates> {
    let broken = |what: &str| Error::incomplete(format!("{name}: {what}"));
    let text = String::from_utf8(unpacked(name, bytes)?).map_err(|_| broken("is no text"))?;
    let (head, lines) = text.split_once('\n').ok_or_else(|| broken("has no line of columns"))?;
    let head = head.strip_prefix(TERM).and_then(|rest| rest.strip_prefix(','));
    let head = head.ok_or_else(|| broken("the first column is not \"term\""))?;
    // No text of these files needs quotes, so that a line is a record.
    let mut parts: Vec<(Term, String)> = Vec::new();
    for line in lines.lines() {
        let (term, rest) = line.split_once(',').ok_or_else(|| broken("a line has one column"))?;
        let term: Term = term.parse().map_err(|error| broken(&format!("{error}")))?;
        if parts.last().is_none_or(|(last, _)| *last != term) {
            if !is_commitment(term) || parts.last().is_some_and(|(last, _)| *last > term) {
                return Err(broken(&format!("{term} is out of order or no commitment")));
            }
            parts.push((term, format!("{head}\n")));
        }
        if let Some((_, part)) = parts.last_mut() {
            part.push_str(rest);
            part.push('\n');
        }
    }
    let table = |(term, part): (Term, String)| Ok((term, Table::read(&format!("{name} {term}"), part.as_bytes())?));
    parts.into_iter().map(table).collect()
}

/// Returns the compressed file of the rates.
pub(super) fn encode(rates: &BTreeMap<Term, BTreeMap<Key, Price>>) -> Result<Vec<u8>> {
    let regions: Vec<String> = {
        let mut all: Vec<String> = rates.values().flat_map(BTreeMap::keys).map(|key| key.region.clone()).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let mut file = String::new();
    for (term, prices) in rates {
        let text = String::from_utf8(Table::text(prices, &regions)?)
            .map_err(|_| Error::runtime("cannot write CSV: it is no text"))?;
        if text.contains('"') {
            return Err(Error::incomplete(format!("a text of the rates of {term} has a comma or a quote")));
        }
        let mut lines = text.lines();
        let head = lines.next().unwrap_or_default();
        if file.is_empty() {
            file = format!("{TERM},{head}\n");
        }
        for line in lines {
            // Writing to a String cannot fail.
            let _ = writeln!(file, "{term},{line}");
        }
    }
    packed(file.as_bytes())
}

/// Tells whether a term is one of this file.
pub(super) fn is_commitment(term: Term) -> bool {
    matches!(term, Term::Reserved(..) | Term::SavingsPlan(..))
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::pricing::text::{date, shared};

    fn key(region: &str, item: &str) -> Key {
        Key { region: region.to_owned(), variant: "Linux".to_owned(), item: item.to_owned() }
    }

    fn price(usd: &str) -> Price {
        Price {
            usd: usd.parse().unwrap(),
            unit: shared("Hrs"),
            as_of: date("2026-01-31").unwrap(),
            confirmed: date("2026-01-31").unwrap(),
            source: shared("test"),
        }
    }

    fn rates() -> BTreeMap<Term, BTreeMap<Key, Price>> {
        let one = |region: &str, usd: &str| BTreeMap::from([(key(region, "m6g.large"), price(usd))]);
        BTreeMap::from([
            ("RI-3yr-AllUpfront".parse().unwrap(), one("us-east-1", "0.03")),
            ("RI-1yr-NoUpfront".parse().unwrap(), one("eu-west-1", "0.05")),
            ("ComputeSP-1yr-NoUpfront".parse().unwrap(), one("us-east-1", "0.06")),
        ])
    }

    #[test]
    fn rates_are_found_by_their_term_only() {
        let all = decode("c", &encode(&rates()).unwrap()).unwrap();
        let get = |region, term: &str| all.get(&term.parse().unwrap())?.get(region, "m6g.large", "Linux");
        assert_eq!(get("us-east-1", "RI-3yr-AllUpfront").unwrap().usd, Decimal::new(3, 2));
        assert_eq!(get("eu-west-1", "RI-1yr-NoUpfront").unwrap().usd, Decimal::new(5, 2));
        assert_eq!(get("us-east-1", "ComputeSP-1yr-NoUpfront").unwrap(), &price("0.06"));
        assert_eq!(get("us-east-1", "RI-1yr-NoUpfront"), None);
        assert_eq!(get("us-east-1", "RI-3yr-AllUpfront-Convertible"), None);
        assert_eq!((all.len(), count(&all)), (3, 3));
    }

    #[test]
    fn the_file_is_a_line_per_term_and_item() {
        let text = String::from_utf8(unpacked("c", &encode(&rates()).unwrap()).unwrap()).unwrap();
        assert_eq!(
            text,
            "term,variant,item,unit,as_of,source,eu-west-1,us-east-1\n\
            RI-1yr-NoUpfront,Linux,m6g.large,Hrs,2026-01-31,test,0.05,\n\
            RI-3yr-AllUpfront,Linux,m6g.large,Hrs,2026-01-31,test,,0.03\n\
            ComputeSP-1yr-NoUpfront,Linux,m6g.large,Hrs,2026-01-31,test,,0.06\n"
        );
    }

    #[test]
    fn what_is_not_the_file_is_refused_and_says_why() {
        let head = "term,variant,item,unit,as_of,source,us-east-1\n";
        for (text, what) in [
            ("variant,item,unit,as_of,source,us-east-1\n".to_owned(), "not \"term\""),
            (format!("{head}OnDemand,Linux,a,Hrs,2026-01-31,t,1\n"), "no commitment"),
            (format!("{head}Spot,Linux,a,Hrs,2026-01-31,t,1\n"), "no purchase term"),
            (
                format!("{head}RI-3yr-NoUpfront,L,a,Hrs,2026-01-31,t,1\nRI-1yr-NoUpfront,L,a,Hrs,2026-01-31,t,1\n"),
                "out of order",
            ),
            (format!("{head}RI-3yr-NoUpfront,L,a,Hrs,2026-01-32,t,1\n"), "c RI-3yr-NoUpfront line 2"),
        ] {
            let error = decode("c", &packed(text.as_bytes()).unwrap()).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
