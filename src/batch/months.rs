//! Which months the job reports: the last final one, the newest, or those of a list.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{
    doctor::Finality,
    error::{Error, Result},
    units::Month,
};

/// What `report.months` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MonthChoice {
    /// The newest month that AWS has closed: complete, and its line items carry an invoice id.
    #[default]
    LastFinal,
    /// The newest month whose data reaches its last day, invoiced or not.
    LastComplete,
    /// The newest month, which may still be running.
    Current,
    /// These.
    List(Vec<Month>),
}

impl FromStr for MonthChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim() {
            "last-final" => Ok(Self::LastFinal),
            "last-complete" => Ok(Self::LastComplete),
            "current" => Ok(Self::Current),
            list => {
                let months = list.split(',').map(|month| month.trim().parse::<Month>()).collect::<Result<Vec<_>>>();
                let mut months = months.map_err(|_| {
                    Error::usage(format!("\"{list}\" is no choice of months"))
                        .hint("write last-final, last-complete, current, or months as 2024-01,2024-02")
                })?;
                months.sort_unstable();
                months.dedup();
                Ok(Self::List(months))
            }
        }
    }
}

impl fmt::Display for MonthChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastFinal => f.write_str("last-final"),
            Self::LastComplete => f.write_str("last-complete"),
            Self::Current => f.write_str("current"),
            Self::List(months) => {
                let months: Vec<String> = months.iter().map(Month::to_string).collect();
                f.write_str(&months.join(","))
            }
        }
    }
}

/// The months to report, and what is to be said of the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The months, oldest first.
    pub months: Vec<Month>,
    /// A word of warning.
    pub note: Option<String>,
}

impl MonthChoice {
    /// Tells whether the choice depends on how final months are.
    pub fn needs_finality(&self) -> bool {
        matches!(self, Self::LastFinal | Self::LastComplete)
    }

    /// Chooses among the months of the bill, of which the newest ones are known to be so final.
    ///
    /// # Errors
    /// When the bill has no such month.
    pub fn choose(&self, known: &BTreeMap<Month, Option<Finality>>) -> Result<Chosen> {
        let names = || known.keys().map(Month::to_string).collect::<Vec<_>>().join(", ");
        let only = |month: Month, note: Option<String>| Chosen { months: vec![month], note };
        let newest = |wanted: &[Finality]| {
            let mut months = known.iter().rev();
            months.find(|(_, finality)| finality.is_some_and(|finality| wanted.contains(&finality)))
        };
        match self {
            Self::Current => known
                .keys()
                .next_back()
                .map(|month| only(*month, None))
                .ok_or_else(|| Error::incomplete("the bill has no month")),
            Self::List(months) => match months.iter().find(|month| !known.contains_key(month)) {
                Some(month) => {
                    Err(Error::usage(format!("the bill has no month {month}")).hint(format!("it has {}", names())))
                }
                None => Ok(Chosen { months: months.clone(), note: None }),
            },
            Self::LastComplete => newest(&[Finality::Final, Finality::NotFinal, Finality::Unknown])
                .map(|(month, _)| only(*month, None))
                .ok_or_else(|| {
                    Error::incomplete(format!("no month of the bill is complete; it has {}", names()))
                        .hint("report the running month with months = \"current\"")
                }),
            Self::LastFinal => match newest(&[Finality::Final, Finality::Unknown]) {
                Some((month, Some(Finality::Final))) => Ok(only(*month, None)),
                // The running month of an export without invoice ids is never mistaken: it is partial.
                Some((month, _)) => Ok(only(
                    *month,
                    Some(format!(
                        "the export has no column of invoice ids: {month} is complete, and nobody can tell whether it is final"
                    )),
                )),
                None => Err(Error::incomplete(format!("no month of the bill is final; it has {}", names()))
                    .hint("AWS closes a month some days after its end: run the command again then")
                    .hint("or do not wait for the invoice: months = \"last-complete\" or \"current\"")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn month(number: u32) -> Month {
        Month::new(2024, number).unwrap()
    }

    fn known(finalities: &[Option<Finality>]) -> BTreeMap<Month, Option<Finality>> {
        (1..).map(month).zip(finalities.iter().copied()).collect()
    }

    fn chosen(choice: &str, finalities: &[Option<Finality>]) -> Result<Vec<Month>> {
        Ok(choice.parse::<MonthChoice>()?.choose(&known(finalities))?.months)
    }

    #[test]
    fn the_newest_month_that_is_closed_is_the_last_final_one() {
        let months = [Some(Finality::Final), Some(Finality::Final), Some(Finality::NotFinal), Some(Finality::Partial)];
        assert_eq!(chosen("last-final", &months).unwrap(), [month(2)]);
        assert_eq!(chosen("last-complete", &months).unwrap(), [month(3)]);
        assert_eq!(chosen("current", &months).unwrap(), [month(4)]);
        assert_eq!(chosen("2024-03, 2024-01,2024-03", &months).unwrap(), [month(1), month(3)]);
    }

    #[test]
    fn an_export_that_cannot_tell_gets_a_note() {
        let months = known(&[Some(Finality::Unknown), Some(Finality::Partial)]);
        let chosen = MonthChoice::LastFinal.choose(&months).unwrap();
        assert_eq!(chosen.months, [month(1)]);
        assert!(chosen.note.unwrap().contains("2024-01"));
    }

    #[test]
    fn a_month_that_is_not_there_is_named() {
        let waiting = [Some(Finality::NotFinal), Some(Finality::Partial)];
        let error = chosen("last-final", &waiting).unwrap_err();
        assert_eq!(error.kind(), Kind::Incomplete);
        assert!(error.hints().iter().any(|hint| hint.contains("last-complete")));
        assert_eq!(chosen("last-complete", &[Some(Finality::Partial)]).unwrap_err().kind(), Kind::Incomplete);
        let error = chosen("2024-07", &waiting).unwrap_err();
        assert!(error.kind() == Kind::Usage && error.hints()[0].contains("2024-02"), "{error}");
        assert_eq!("yesterday".parse::<MonthChoice>().unwrap_err().kind(), Kind::Usage);
    }
}
