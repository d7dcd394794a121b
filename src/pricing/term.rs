//! Purchase terms: how a price is paid, in the spelling of the column `term`.

use std::{fmt, str::FromStr};

use super::text::shared;
use crate::error::{Error, Result};

/// How a price is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// By the unit, without a commitment: `OnDemand`.
    OnDemand,
    /// By the unit, on hardware of one's own: `OnDemand-Dedicated`.
    Dedicated,
    /// A Reserved Instance: `RI-1yr-NoUpfront`, `RI-3yr-AllUpfront-Convertible`.
    Reserved(Class, Lease, Payment),
    /// A Savings Plan: `ComputeSP-1yr-NoUpfront`.
    SavingsPlan(Plan, Lease, Payment),
}

/// Class of a Reserved Instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Cannot be exchanged.
    Standard,
    /// Can be exchanged for others.
    Convertible,
}

/// Kind of a Savings Plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plan {
    /// EC2 of any family and region, Fargate, Lambda.
    Compute,
    /// One EC2 family in one region.
    Ec2Instance,
    /// Databases of recent families.
    Database,
    /// SageMaker.
    SageMaker,
}

/// How long a commitment lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lease {
    /// 8,760 hours.
    OneYear,
    /// 26,280 hours.
    ThreeYears,
}

/// What is paid at the beginning of a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payment {
    /// Nothing.
    NoUpfront,
    /// About half.
    PartialUpfront,
    /// All of it.
    AllUpfront,
}

impl Lease {
    /// Reads "1yr", "3yr", "1 year", 1.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_years = matches!(unit.trim().to_ascii_lowercase().as_str(), "" | "yr" | "year" | "years" | "yrs");
        match &text[..text.len() - unit.len()] {
            "1" if is_years => Some(Self::OneYear),
            "3" if is_years => Some(Self::ThreeYears),
            _ => None,
        }
    }

    /// Hours over which an upfront fee is spread.
    pub fn hours(self) -> u32 {
        match self {
            Self::OneYear => 8_760,
            Self::ThreeYears => 26_280,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::OneYear => "1yr",
            Self::ThreeYears => "3yr",
        }
    }
}

impl Payment {
    const ALL: [Self; 3] = [Self::NoUpfront, Self::PartialUpfront, Self::AllUpfront];

    /// Reads "No Upfront", "`NoUpfront`" and the like.
    pub fn parse(text: &str) -> Option<Self> {
        let squeezed: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        Self::ALL.into_iter().find(|payment| payment.as_str().eq_ignore_ascii_case(&squeezed))
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::NoUpfront => "NoUpfront",
            Self::PartialUpfront => "PartialUpfront",
            Self::AllUpfront => "AllUpfront",
        }
    }
}

impl Class {
    /// Reads "standard", "convertible".
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("standard") {
            Some(Self::Standard)
        } else if text.eq_ignore_ascii_case("convertible") {
            Some(Self::Convertible)
        } else {
            None
        }
    }
}

impl Plan {
    const ALL: [Self; 4] = [Self::Compute, Self::Ec2Instance, Self::Database, Self::SageMaker];

    fn as_str(self) -> &'static str {
        match self {
            Self::Compute => "ComputeSP",
            Self::Ec2Instance => "EC2InstanceSP",
            Self::Database => "DatabaseSP",
            Self::SageMaker => "SageMakerSP",
        }
    }
}

impl Term {
    /// Returns the spelling of the column `term`.
    pub fn as_str(self) -> &'static str {
        shared(&self.to_string())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnDemand => f.write_str("OnDemand"),
            Self::Dedicated => f.write_str("OnDemand-Dedicated"),
            Self::Reserved(class, lease, payment) => {
                let suffix = if *class == Class::Convertible { "-Convertible" } else { "" };
                write!(f, "RI-{}-{}{suffix}", lease.as_str(), payment.as_str())
            }
            Self::SavingsPlan(plan, lease, payment) => {
                write!(f, "{}-{}-{}", plan.as_str(), lease.as_str(), payment.as_str())
            }
        }
    }
}

impl FromStr for Term {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let committed = |lease: &str, payment: &str| Lease::parse(lease).zip(Payment::parse(payment));
        let term = match parts.as_slice() {
            ["OnDemand"] => Some(Self::OnDemand),
            ["OnDemand", "Dedicated"] => Some(Self::Dedicated),
            ["RI", lease, payment] => {
                committed(lease, payment).map(|(lease, payment)| Self::Reserved(Class::Standard, lease, payment))
            }
            ["RI", lease, payment, class] => committed(lease, payment)
                .zip(Class::parse(class))
                .map(|((lease, payment), class)| Self::Reserved(class, lease, payment)),
            [plan, lease, payment] => committed(lease, payment)
                .zip(Plan::ALL.into_iter().find(|known| known.as_str() == *plan))
                .map(|((lease, payment), plan)| Self::SavingsPlan(plan, lease, payment)),
            _ => None,
        };
        // What is read must be what is written: no second spelling gets into a file.
        term.filter(|term| term.to_string() == text)
            .ok_or_else(|| Error::incomplete(format!("\"{text}\" is no purchase term")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_a_number_of_years() {
        for (text, lease) in
            [("1yr", Lease::OneYear), ("3yr", Lease::ThreeYears), ("3 years", Lease::ThreeYears), ("1", Lease::OneYear)]
        {
            assert_eq!(Lease::parse(text), Some(lease), "{text}");
        }
        for text in ["36 months", "31536000", "12", "", "yr"] {
            assert_eq!(Lease::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_term_is_read_back() {
        for text in [
            "OnDemand",
            "OnDemand-Dedicated",
            "RI-1yr-NoUpfront",
            "RI-3yr-PartialUpfront-Convertible",
            "ComputeSP-1yr-AllUpfront",
            "EC2InstanceSP-3yr-NoUpfront",
            "DatabaseSP-1yr-NoUpfront",
            "SageMakerSP-3yr-PartialUpfront",
        ] {
            assert_eq!(text.parse::<Term>().unwrap().to_string(), text);
        }
        for wrong in ["Spot", "RI-2yr-NoUpfront", "RI-1yr-NoUpfront-standard", "RI-1yr", "XSP-1yr-NoUpfront", ""] {
            assert!(wrong.parse::<Term>().is_err(), "{wrong}");
        }
    }
}
