//! How final the newest months are: read from the bill once for each delivery, and remembered.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    batch::{Chosen, InputFile, MonthChoice, inputs},
    cli::{
        args::Global,
        bill::{OpenBill, means},
    },
    doctor::{Finality, finality},
    engine::Engine,
    error::Result,
    sealed,
    source::{Bill, Delivery, Export},
    units::Month,
};

/// What is known of each month; the finality only where it was needed.
type Known = BTreeMap<Month, Option<Finality>>;

/// Chooses the months to report.
pub(super) async fn choose(global: &Global, bill: &OpenBill, choice: &MonthChoice) -> Result<Chosen> {
    choice.choose(&known(global, bill, choice).await?)
}

/// Finds out about the months, the newest first, until one is as final as the choice wants it.
async fn known(global: &Global, bill: &OpenBill, choice: &MonthChoice) -> Result<Known> {
    let mut known = Known::new();
    let exports = || bill.bill.exports.iter().flat_map(|export| export.deliveries.iter().map(move |of| (export, of)));
    known.extend(exports().filter_map(|(_, delivery)| Some((delivery.month?, None))));
    let unnamed: Vec<_> = exports().filter(|(_, delivery)| delivery.month.is_none()).collect();
    if !unnamed.is_empty() {
        add(&mut known, look(global, bill, &unnamed).await?);
    }
    if !choice.needs_finality() {
        return Ok(known);
    }
    let months: Vec<Month> = known.keys().rev().copied().collect();
    for month in months {
        let of_month: Vec<_> = exports().filter(|(_, delivery)| delivery.month == Some(month)).collect();
        add(&mut known, look(global, bill, &of_month).await?);
        if choice.choose(&known).is_ok_and(|chosen| chosen.note.is_none()) {
            break;
        }
    }
    Ok(known)
}

/// Takes down what one delivery says of months; a month is as final as its least final delivery.
fn add(known: &mut Known, found: Vec<BTreeMap<Month, Finality>>) {
    for (month, finality) in found.into_iter().flatten() {
        let entry = known.entry(month).or_default();
        *entry = Some(entry.map_or(finality, |earlier| least(earlier, finality)));
    }
}

fn least(a: Finality, b: Finality) -> Finality {
    let order = [Finality::Partial, Finality::NotFinal, Finality::Unknown, Finality::Final];
    order.into_iter().find(|finality| *finality == a || *finality == b).unwrap_or(a)
}

async fn look(
    global: &Global,
    bill: &OpenBill,
    deliveries: &[(&Export, &Delivery)],
) -> Result<Vec<BTreeMap<Month, Finality>>> {
    let mut all = Vec::with_capacity(deliveries.len());
    let mut engine = None;
    for (export, delivery) in deliveries {
        let memory = memory(global, export, delivery);
        let remembered = memory.as_ref().and_then(|path| serde_json::from_slice(&sealed::read(path)?).ok());
        if let Some(found) = remembered {
            all.push(found);
            continue;
        }
        if engine.is_none() {
            let means = means(global);
            engine = Some(Engine::new(means.threads, means.memory)?);
        }
        let Some(engine) = &engine else { continue };
        let found = finality(engine, export, delivery, bill.judge.book()).await?;
        if let (Some(path), Ok(text)) = (memory, serde_json::to_vec(&found)) {
            // Without it the next run reads the column again.
            let _ = sealed::write(&path, &text);
        }
        all.push(found);
    }
    Ok(all)
}

/// Returns where the finality of a delivery is remembered; `None` where nothing is, or a file has no version.
fn memory(global: &Global, export: &Export, delivery: &Delivery) -> Option<PathBuf> {
    if global.no_cache || delivery.files.iter().any(|file| file.object.e_tag.is_none()) {
        return None;
    }
    let one = Export { deliveries: vec![(*delivery).clone()], ..(*export).clone() };
    let inputs = inputs(&Bill { exports: vec![one], notes: Vec::new() });
    let files: Vec<&InputFile> = inputs.iter().flat_map(|input| &input.files).collect();
    let name = sealed::digest(format!("{} {:?} {files:?}", env!("CARGO_PKG_VERSION"), delivery.month).as_bytes());
    let folder = global.cache_dir.clone().or_else(|| crate::cli::xdg("XDG_CACHE_HOME", ".cache"))?;
    Some(folder.join("finality").join(&name[..32]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_as_final_as_its_least_final_delivery() {
        let month = Month::new(2024, 1).unwrap();
        let one = |finality| BTreeMap::from([(month, finality)]);
        let mut known = Known::new();
        add(&mut known, vec![one(Finality::Final)]);
        assert_eq!(known[&month], Some(Finality::Final));
        add(&mut known, vec![one(Finality::Unknown), one(Finality::Final)]);
        assert_eq!(known[&month], Some(Finality::Unknown));
        add(&mut known, vec![one(Finality::Partial)]);
        assert_eq!(known[&month], Some(Finality::Partial));
    }
}
