//! How much work a move is, and for how long old and new run side by side.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::{
    error::{Error, Result},
    pricing::{files::EFFORT, text::Reader},
    terms::{EffortClass, Service},
};

/// What a move asks for: a line of `effort.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effort {
    name: String,
    /// How much work it is.
    pub class: EffortClass,
    /// By what a saving is divided to be ranked.
    pub weight: Decimal,
    /// How the switch is made.
    pub switch: String,
    /// Hours for which the new instance runs beside the old one.
    pub double_run_hours: Decimal,
    /// Managed services first, then nodes, then code.
    pub priority: u8,
    /// Why it is of this class.
    pub note: String,
}

/// All lines, and which of them a service has.
#[derive(Debug)]
pub(in crate::pricing) struct Efforts {
    lines: Vec<Effort>,
    of_service: BTreeMap<Service, usize>,
    aurora: usize,
}

impl Efforts {
    /// Reads the file.
    pub(in crate::pricing) fn read(text: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(EFFORT, text)?;
        let [name, class, weight, switch, hours, priority, note] =
            reader.columns(["service", "effort", "weight", "switch", "double_run_hours", "priority", "note"])?;
        let mut all = Vec::new();
        while reader.advance()? {
            all.push(Effort {
                name: reader.parsed(name)?,
                class: EffortClass::parse(reader.field(class)).ok_or_else(|| reader.wrong(class))?,
                weight: reader.parsed(weight)?,
                switch: reader.parsed(switch)?,
                double_run_hours: reader.parsed(hours)?,
                priority: reader.parsed(priority)?,
                note: reader.parsed(note)?,
            });
        }
        let place = |name: &str| {
            let missing = || Error::incomplete(format!("{EFFORT} has no line for {name}"));
            all.iter().position(|line: &Effort| line.name == name).ok_or_else(missing)
        };
        let of_service = Service::ALL.iter().map(|service| Ok((*service, place(service.as_str())?)));
        Ok(Self { of_service: of_service.collect::<Result<_>>()?, aurora: place("Aurora")?, lines: all })
    }

    /// Returns what a move of a service asks for; Aurora has a line of its own.
    pub(in crate::pricing) fn of(&self, service: Service, engine: Option<&str>) -> &Effort {
        let is_aurora = service == Service::Rds && engine.is_some_and(|engine| engine.starts_with("Aurora"));
        let place = if is_aurora { self.aurora } else { self.of_service.get(&service).copied().unwrap_or(0) };
        &self.lines[place]
    }

    /// Returns the number of lines.
    pub(in crate::pricing) fn len(&self) -> usize {
        self.lines.len()
    }
}
