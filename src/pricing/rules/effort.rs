//! How much work a move is, and for how long old and new run side by side.

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

/// All lines.
#[derive(Debug)]
pub(in crate::pricing) struct Efforts(Vec<Effort>);

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
        let efforts = Self(all);
        match Service::ALL.iter().find(|service| efforts.0.iter().all(|line| line.name != service.as_str())) {
            None => Ok(efforts),
            Some(service) => Err(Error::incomplete(format!("{EFFORT} has no line for {service}"))),
        }
    }

    /// Returns what a move of a service asks for; Aurora has a line of its own.
    pub(in crate::pricing) fn of(&self, service: Service, engine: Option<&str>) -> &Effort {
        let is_aurora = service == Service::Rds && engine.is_some_and(|engine| engine.starts_with("Aurora"));
        let name = if is_aurora { "Aurora" } else { service.as_str() };
        self.0.iter().find(|line| line.name == name).unwrap_or(&self.0[0])
    }

    /// Returns the number of lines.
    pub(in crate::pricing) fn len(&self) -> usize {
        self.0.len()
    }
}
