//! The bill by account, region or tag: what each part of a month cost, and what Graviton does for it.

use std::sync::Arc;

use hashbrown::HashMap;
use rust_decimal::Decimal;

use super::{costs::Costs, figures::Figures, selection::Dimension};
use crate::{
    rollup::TagValues,
    terms::{Architecture, Verdict},
    units::Month,
};

/// A part of a month; the parts add up to it in every column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakdownRow {
    /// The billing month.
    pub month: Month,
    /// Account id, region or value of the tag; `None` = none is stated, or untagged.
    pub key: Option<String>,
    /// Name of the account, where the bill states it.
    pub name: Option<String>,
    /// Cost under every basis.
    pub costs: Costs,
    /// Amortised cost of compute.
    pub compute_cost: Decimal,
    /// Amortised cost of compute on Graviton.
    pub graviton_cost: Decimal,
    /// Amortised cost of compute that can move and saves by it.
    pub eligible_cost: Decimal,
    /// What the move saves at list price.
    pub list_saving: Decimal,
    /// What it saves at what is paid.
    pub effective_saving: Decimal,
    /// What of it the bill falls by now.
    pub unlocked_saving: Decimal,
    /// What of it is behind commitments.
    pub locked_saving: Decimal,
    /// What Graviton has saved already.
    pub realized_saving: Decimal,
}

impl BreakdownRow {
    fn new(month: Month, key: Option<String>) -> Self {
        let none = Decimal::ZERO;
        Self {
            month,
            key,
            name: None,
            costs: Costs::default(),
            compute_cost: none,
            graviton_cost: none,
            eligible_cost: none,
            list_saving: none,
            effective_saving: none,
            unlocked_saving: none,
            locked_saving: none,
            realized_saving: none,
        }
    }
}

impl BreakdownRow {
    /// Returns a part that has cost nothing.
    pub fn nothing(month: Month, key: Option<String>, name: Option<String>) -> Self {
        let none = Decimal::ZERO;
        Self {
            month,
            key,
            name,
            costs: Costs::default(),
            compute_cost: none,
            graviton_cost: none,
            eligible_cost: none,
            list_saving: none,
            effective_saving: none,
            unlocked_saving: none,
            locked_saving: none,
            realized_saving: none,
        }
    }
}

impl Figures {
    /// Cuts every month by a dimension; sorted by month, then by cost, the largest first.
    ///
    /// A tag has to be among those that the rows carry; else everything is untagged.
    pub fn breakdown(&self, by: &Dimension) -> Vec<BreakdownRow> {
        let place = match by {
            Dimension::Tag(key) => self.tag_keys.iter().position(|known| known == key),
            Dimension::Account | Dimension::Region => None,
        };
        let tagged = |tags: &'_ TagValues| place.and_then(|place| tags.get(place)?.clone());
        let mut parts = Parts::default();
        for (row, verdict) in self.rows.iter().zip(&self.verdicts) {
            let key = match by {
                Dimension::Account => row.account_id.clone(),
                Dimension::Region => row.region.clone(),
                Dimension::Tag(_) => tagged(&row.tags),
            };
            let part = parts.at(row.month, key);
            part.costs.add(row);
            if row.usage_kind.has_architecture() {
                let cost = row.amortized_cost;
                part.compute_cost += cost;
                part.graviton_cost += if row.architecture == Some(Architecture::Arm) { cost } else { Decimal::ZERO };
                part.eligible_cost += if *verdict == Verdict::Eligible { cost } else { Decimal::ZERO };
            }
        }
        for row in &self.opportunities {
            let mut add = |key, savings: [Option<Decimal>; 4]| {
                let [list, effective, unlocked, locked] = savings.map(Option::unwrap_or_default);
                let part = parts.at(row.month, key);
                part.list_saving += list;
                part.effective_saving += effective;
                part.unlocked_saving += unlocked;
                part.locked_saving += locked;
            };
            let whole = [row.list_saving, row.effective_saving, row.unlocked_saving, row.locked_saving];
            match by {
                Dimension::Account => add(row.account_id.clone(), whole),
                Dimension::Region => add(row.region.clone(), whole),
                Dimension::Tag(_) if row.parts.is_empty() => add(None, whole),
                Dimension::Tag(_) => row.parts.iter().for_each(|part| {
                    let own = [part.list_saving, part.effective_saving, part.unlocked_saving, part.locked_saving];
                    add(tagged(&part.tags), own);
                }),
            }
        }
        for row in &self.realized {
            let mut add = |key, saving: Option<Decimal>| {
                parts.at(row.month, key).realized_saving += saving.unwrap_or_default();
            };
            match by {
                Dimension::Account => add(row.account_id.clone(), row.realized_saving),
                Dimension::Region => add(row.region.clone(), row.realized_saving),
                Dimension::Tag(_) if row.parts.is_empty() => add(None, row.realized_saving),
                Dimension::Tag(_) => {
                    row.parts.iter().for_each(|part| add(tagged(&part.tags), part.realized_saving));
                }
            }
        }
        let mut all = parts.sorted();
        if *by == Dimension::Account {
            let names = self.account_names();
            for row in &mut all {
                row.name = row.key.as_deref().and_then(|key| names.get(key)).map(|(_, name)| (*name).to_owned());
            }
        }
        all
    }

    /// Returns the name of each account, of the last month in which it has one.
    fn account_names(&self) -> HashMap<&str, (Month, &str)> {
        let mut names: HashMap<&str, (Month, &str)> = HashMap::new();
        let mut last: Option<(Month, &Arc<str>, &Arc<str>)> = None;
        for row in &self.rows {
            let (Some(id), Some(name)) = (&row.account_id, &row.account_name) else { continue };
            if last == Some((row.month, id, name)) {
                continue;
            }
            last = Some((row.month, id, name));
            let known = names.entry(id).or_insert((row.month, name));
            if known.0 <= row.month {
                *known = (row.month, name);
            }
        }
        names
    }
}

/// The parts of all months; rows of one part mostly follow one another.
#[derive(Default)]
struct Parts {
    numbers: HashMap<(Month, Option<Arc<str>>), usize>,
    rows: Vec<BreakdownRow>,
    last: Option<(Month, Option<Arc<str>>, usize)>,
}

impl Parts {
    fn at(&mut self, month: Month, key: Option<Arc<str>>) -> &mut BreakdownRow {
        let known = self.last.as_ref().filter(|(of, last, _)| *of == month && *last == key).map(|(.., number)| *number);
        let number = known.unwrap_or_else(|| {
            let next = self.rows.len();
            let number = *self.numbers.entry((month, key.clone())).or_insert(next);
            if number == next {
                self.rows.push(BreakdownRow::new(month, key.as_deref().map(str::to_owned)));
            }
            self.last = Some((month, key, number));
            number
        });
        &mut self.rows[number]
    }

    fn sorted(self) -> Vec<BreakdownRow> {
        let mut all = self.rows;
        all.sort_by(|a, b| {
            let order = a.month.cmp(&b.month).then(b.costs.amortized.cmp(&a.costs.amortized));
            order.then_with(|| a.key.cmp(&b.key))
        });
        all
    }
}
