//! Opens a bill: finds its files, registers them, and computes its figures on demand.

use std::sync::Arc;

use super::{args::Global, talk};
use crate::{
    analysis::{Figures, Judge},
    engine::Engine,
    error::{Error, Result},
    normalize::{LineItems, ScanCount, absent_columns},
    pricing::PriceBook,
    rollup::usage_by_month,
    source::{Bill, discover},
    tables::LINE_ITEMS,
    units::Month,
};

/// A bill with its session.
pub(super) struct OpenBill {
    pub bill: Bill,
    pub engine: Engine,
    pub judge: Judge,
    count: Arc<ScanCount>,
}

impl OpenBill {
    /// Finds the exports in the sources and registers `line_items`.
    pub(super) async fn open(
        global: &Global,
        sources: &[String],
        from: Option<Month>,
        to: Option<Month>,
    ) -> Result<Self> {
        let mut bill = discover(sources, global.export.as_deref(), &global.access()).await?;
        for note in &bill.notes {
            talk(global, &format!("note: {note}"));
        }
        keep_months(&mut bill, from, to)?;
        let judge = Judge::new(PriceBook::embedded()?, global.policy());
        let line_items = LineItems::new(&bill, judge.book(), &judge.classifier())?;
        let count = line_items.count();
        let engine = Engine::new(global.threads.map(std::num::NonZero::get));
        engine.context().register_table(LINE_ITEMS, Arc::new(line_items))?;
        Ok(Self { bill, engine, judge, count })
    }

    /// Rolls the bill up and computes every figure.
    pub(super) async fn figures(&self) -> Result<Figures> {
        Figures::new(usage_by_month(&self.engine).await?, &self.judge)
    }

    /// Returns rows and bytes read so far.
    pub(super) fn read(&self) -> (u64, u64) {
        (self.count.rows(), self.count.bytes())
    }

    /// Describes the exports: "seoul-cur2 (CUR 2.0 Parquet, 10 months, 10 files)".
    pub(super) fn describe(&self) -> Vec<String> {
        let plural =
            |count: usize, name: &str| if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") };
        self.bill
            .exports
            .iter()
            .map(|export| {
                let files = export.deliveries.iter().map(|delivery| delivery.files.len()).sum();
                let manifests = export.deliveries.iter().filter(|delivery| delivery.manifest.is_some()).count();
                let by = if manifests > 0 { "by manifest" } else { "no manifest" };
                format!(
                    "{} ({}, {}, {}, {by})",
                    export.name,
                    export.format,
                    plural(export.deliveries.len(), "month"),
                    plural(files, "file")
                )
            })
            .collect()
    }

    /// Names what was not read and what absent columns switch off.
    pub(super) fn notes(&self) -> Vec<String> {
        self.bill.notes.iter().cloned().chain(absent_columns(&self.bill)).chain(self.count.notes()).collect()
    }
}

/// Drops the deliveries outside the range before anything is read.
fn keep_months(bill: &mut Bill, from: Option<Month>, to: Option<Month>) -> Result<()> {
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Error::usage(format!("--from {from} is after --to {to}")));
    }
    let known: Vec<String> = bill
        .exports
        .iter()
        .flat_map(|export| &export.deliveries)
        .filter_map(|delivery| delivery.month.map(|month| month.to_string()))
        .collect();
    for export in &mut bill.exports {
        export.deliveries.retain(|delivery| match delivery.month {
            Some(month) => from.is_none_or(|from| month >= from) && to.is_none_or(|to| month <= to),
            None => true,
        });
    }
    bill.exports.retain(|export| !export.deliveries.is_empty());
    if bill.exports.is_empty() {
        return Err(Error::usage("no month of the source lies in the range asked for")
            .hint(format!("it has {}", known.join(", "))));
    }
    Ok(())
}
