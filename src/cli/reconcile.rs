//! `gravimeter reconcile`: prints the proof of the bill, and what is between it and an invoice.

use std::{collections::BTreeMap, fmt::Write};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    args::{Global, Reconcile as Options},
    bill::OpenBill,
    grid::{Cell, Grid, GridFormat},
    talk, text,
};
use crate::{
    analysis::{
        Costs, one_currency,
        reconcile::{Cause, Invoice, Outcome, Proof, Trace, explain_invoice, reconcile},
    },
    error::{Error, Result},
    units::{Month, grouped, money},
};

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Options) -> Result<()> {
    let (from, to) = (options.month.or(options.from), options.month.or(options.to));
    let bill = OpenBill::open(global, &options.sources, from, to).await?;
    let rows = bill.usage_rows().await?;
    let currency = one_currency(&rows)?;
    let mut proofs = reconcile(&rows)?;
    if let Some(month) = options.month {
        // A file whose month only its rows tell may hold others.
        proofs.retain(|proof| proof.month == month);
    }
    let invoice = match options.invoice {
        None => None,
        Some(amount) => {
            let complete = proofs.iter().rev().find(|proof| !proof.partial).or(proofs.last());
            let month = complete.map(|proof| proof.month).ok_or_else(|| no_month(options.month))?;
            Some(explain_invoice(&rows, month, amount))
        }
    };
    if proofs.is_empty() {
        return Err(no_month(options.month));
    }
    match options.format {
        GridFormat::Table => text::print(&page(&proofs, invoice.as_ref(), &currency))?,
        GridFormat::Json => text::print_json(&document(&proofs, invoice.as_ref(), &currency))?,
        GridFormat::Csv => grid(&proofs, &currency).print(GridFormat::Csv)?,
    }
    if options.format == GridFormat::Csv
        && let Some(invoice) = &invoice
    {
        talk(global, invoice_text(invoice, &currency).trim_end());
    }
    verdict(&proofs, invoice.as_ref(), &currency)
}

fn no_month(month: Option<Month>) -> Error {
    let what =
        month.map_or_else(|| "the bill has no line items".to_owned(), |month| format!("no line item is of {month}"));
    Error::incomplete(what).hint("gravimeter doctor SOURCE lists the months that are there")
}

/// Fails when a month does not add up, or an invoice stays unexplained.
fn verdict(proofs: &[Proof], invoice: Option<&Invoice>, currency: &str) -> Result<()> {
    let wrong: Vec<&Proof> = proofs.iter().filter(|proof| !proof.holds()).collect();
    if let Some(first) = wrong.first() {
        let more = match wrong.len() - 1 {
            0 => String::new(),
            more => format!(" ({more} more of {} months)", proofs.len()),
        };
        let what = format!(
            "{} does not add up: {} lie between unblended and amortised + true-up + upfront{more}",
            first.month,
            money(first.difference, currency)
        );
        let error = first.suspects.iter().fold(Error::incomplete(what), |error, suspect| error.hint(suspect.clone()));
        return Err(error.hint("gravimeter doctor SOURCE looks for missing columns, gaps and duplicates"));
    }
    match invoice {
        Some(invoice) if !invoice.is_explained() => Err(Error::incomplete(format!(
            "the invoice of {} differs from the bill of {} by {}, and nothing on the bill is that large",
            money(invoice.amount, currency),
            invoice.month,
            money(invoice.gap(), currency)
        ))
        .hint("compare the invoice's list of services with: gravimeter reconcile SOURCE --format csv")
        .hint("a bill is final only when it carries an invoice id: gravimeter doctor SOURCE")),
        _ => Ok(()),
    }
}

/// Writes the page for eyes.
fn page(proofs: &[Proof], invoice: Option<&Invoice>, currency: &str) -> String {
    let mut out = causes(proofs, currency);
    out.push('\n');
    out.push_str(&equations(proofs));
    for proof in proofs {
        if !proof.holds() {
            out.push_str(&trouble(proof, currency));
        } else if !proof.unproven().is_empty() {
            let _ = writeln!(
                out,
                "\n{}: no column {}; the month adds up without a true-up, so none of its fees was paid up front",
                proof.month,
                proof.unproven().join(", ")
            );
        }
    }
    if let Some(invoice) = invoice {
        out.push('\n');
        out.push_str(&invoice_text(invoice, currency));
    }
    out
}

/// Writes the equation of each month.
fn equations(proofs: &[Proof]) -> String {
    let header = ["month", "unblended", "= amortised", "+ true-up", "+ upfront", "difference", ""];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for proof in proofs {
        let true_up = proof.true_up.total().map_or_else(|| "unknown".to_owned(), |sum| grouped(sum, 2));
        let mut remarks = Vec::new();
        if proof.partial {
            remarks.push("partial");
        }
        if !proof.holds() {
            remarks.push("does not add up");
        }
        rows.push(vec![
            proof.month.to_string(),
            grouped(proof.costs.unblended, 2),
            grouped(proof.costs.amortized, 2),
            true_up,
            grouped(proof.upfront, 2),
            grouped(proof.difference, 2),
            remarks.join(", "),
        ]);
    }
    text::columns(&rows, 0, |at| at == 0 || at == 6)
}

/// A basis of cost: its name, and how it is read.
type Basis = (&'static str, fn(&Costs) -> Option<Decimal>);

/// Writes the money by basis and cause: of the one month, or of all of them together.
fn causes(proofs: &[Proof], currency: &str) -> String {
    let mut sums: BTreeMap<Cause, Vec<Costs>> = BTreeMap::new();
    for proof in proofs {
        for (cause, costs) in &proof.causes {
            sums.entry(*cause).or_default().push(*costs);
        }
    }
    let all: Vec<Costs> = proofs.iter().map(|proof| proof.costs).collect();
    let bases: [Basis; 5] = [
        ("unblended", |costs| Some(costs.unblended)),
        ("amortised", |costs| Some(costs.amortized)),
        ("net unblended", |costs| costs.net_unblended),
        ("net amortised", |costs| costs.net_amortized),
        ("list", |costs| costs.list),
    ];
    let bases: Vec<Basis> = bases.into_iter().filter(|(_, of)| all.iter().any(|costs| of(costs).is_some())).collect();
    let span = match proofs {
        [one] => one.month.to_string(),
        [first, .., last] => format!("{} to {}", first.month, last.month),
        [] => String::new(),
    };
    let mut rows = vec![
        [
            vec![format!("{span}, {currency}"), "line items".to_owned()],
            bases.iter().map(|(name, _)| (*name).to_owned()).collect(),
        ]
        .concat(),
    ];
    let line = |name: &str, parts: &[Costs]| {
        let count: u64 = parts.iter().map(|costs| costs.line_items).sum();
        let mut row = vec![name.to_owned(), grouped(Decimal::from(count), 0)];
        for (_, of) in &bases {
            let known: Vec<Decimal> = parts.iter().filter_map(of).collect();
            row.push(if known.is_empty() { "–".to_owned() } else { grouped(known.into_iter().sum(), 2) });
        }
        row
    };
    for (cause, parts) in &sums {
        rows.push(line(cause.label(), parts));
    }
    rows.push(line("total", &all));
    let mut out = text::columns(&rows, 0, |at| at == 0);
    if proofs.len() > 1 {
        out.push_str("(--month M shows the causes of one month, --format csv those of each)\n");
    }
    out
}

/// Writes where a difference arises and what may be its reason.
fn trouble(proof: &Proof, currency: &str) -> String {
    let mut out = format!("\n{} does not add up: {}\n", proof.month, money(proof.difference, currency));
    for trace in &proof.traces {
        let _ = writeln!(out, "  {}: {}", text::plain(&trace.family), money(trace.difference, currency));
        out.push_str(&trace_rows(trace));
    }
    for suspect in &proof.suspects {
        for (number, line) in text::wrapped(&text::plain(suspect), 100).iter().enumerate() {
            let _ = writeln!(out, "  {}{line}", if number == 0 { "may be: " } else { "        " });
        }
    }
    out
}

/// Rows of a trace that are shown.
const MOST_ROWS: usize = 8;

fn trace_rows(trace: &Trace) -> String {
    let header = ["account", "product", "charge type", "unblended", "amortised", "true-up", "upfront"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for row in trace.rows.iter().take(MOST_ROWS) {
        rows.push(vec![
            text::plain(row.account_id.as_deref().unwrap_or("")),
            text::plain(&row.product_code),
            text::plain(&row.charge_type),
            grouped(row.unblended, 2),
            grouped(row.amortized, 2),
            grouped(row.true_up, 2),
            grouped(row.upfront, 2),
        ]);
    }
    let mut out = text::columns(&rows, 4, |at| at < 3);
    if trace.rows.len() > MOST_ROWS {
        let _ = writeln!(out, "    … and {} more", trace.rows.len() - MOST_ROWS);
    }
    out
}

fn invoice_text(invoice: &Invoice, currency: &str) -> String {
    let mut out = format!(
        "Invoice {} against the bill of {}, {}: ",
        money(invoice.amount, currency),
        invoice.month,
        money(invoice.bill, currency)
    );
    match &invoice.outcome {
        Outcome::Equal => out.push_str("equal to the cent\n"),
        Outcome::EqualRounded => {
            let _ = writeln!(
                out,
                "equal but for rounding ({}); each account, product and charge type rounded to cents gives {}",
                money(invoice.gap(), currency),
                money(invoice.rounded_bill, currency)
            );
        }
        Outcome::Unexplained => {
            let _ = writeln!(out, "gap {}, which nothing on the bill explains", money(invoice.gap(), currency));
        }
        Outcome::Explained(found) => {
            let _ = writeln!(out, "gap {}", money(invoice.gap(), currency));
            let one = if found.len() == 1 { "One sum" } else { "These sums" };
            let _ = writeln!(out, "{one} of the bill would explain it; compare with the invoice's own list:");
            for (index, explanation) in found.iter().enumerate() {
                let parts: Vec<String> = explanation
                    .parts
                    .iter()
                    .map(|(name, sum)| format!("{} {}", text::plain(name), grouped(*sum, 2)))
                    .collect();
                let rest = if explanation.rest.round_dp(2).is_zero() {
                    String::new()
                } else {
                    format!("; {} is left, as rounding leaves", grouped(explanation.rest, 2))
                };
                let _ =
                    writeln!(out, "  {}. {} ({}{rest})", index + 1, text::plain(&explanation.words), parts.join(" + "));
            }
        }
    }
    out
}

/// Builds a row per month and cause, and one with the proof of the month.
fn grid(proofs: &[Proof], currency: &str) -> Grid {
    let mut grid = Grid::new(&[
        "month",
        "cause",
        "line_items",
        "unblended_cost",
        "amortized_cost",
        "net_unblended_cost",
        "net_amortized_cost",
        "list_cost",
        "true_up",
        "upfront",
        "difference",
        "currency",
    ]);
    for proof in proofs {
        let mut push = |cause: &str, costs: &Costs, proven: [Option<Decimal>; 3]| {
            let mut row = vec![
                Cell::text(proof.month.to_string()),
                Cell::text(cause),
                Cell::Number(costs.line_items.into()),
                Cell::Exact(costs.unblended),
                Cell::Exact(costs.amortized),
                Cell::exact(costs.net_unblended),
                Cell::exact(costs.net_amortized),
                Cell::exact(costs.list),
            ];
            row.extend(proven.map(Cell::exact));
            row.push(Cell::text(currency));
            grid.rows.push(row);
        };
        for (cause, costs) in &proof.causes {
            push(cause.as_str(), costs, [None; 3]);
        }
        push("total", &proof.costs, [proof.true_up.total(), Some(proof.upfront), Some(proof.difference)]);
    }
    grid
}

fn exact(amount: Decimal) -> Value {
    Value::String(amount.normalize().to_string())
}

fn optional(amount: Option<Decimal>) -> Value {
    amount.map_or(Value::Null, exact)
}

fn costs_json(costs: &Costs) -> Value {
    json!({
        "line_items": costs.line_items,
        "unblended_cost": exact(costs.unblended),
        "amortized_cost": exact(costs.amortized),
        "net_unblended_cost": optional(costs.net_unblended),
        "net_amortized_cost": optional(costs.net_amortized),
        "list_cost": optional(costs.list),
    })
}

fn document(proofs: &[Proof], invoice: Option<&Invoice>, currency: &str) -> Value {
    let months: Vec<Value> = proofs
        .iter()
        .map(|proof| {
            let causes: Vec<Value> = proof
                .causes
                .iter()
                .map(|(cause, costs)| {
                    let mut value = costs_json(costs);
                    value["cause"] = cause.as_str().into();
                    value
                })
                .collect();
            let traces: Vec<Value> = proof.traces.iter().map(trace_json).collect();
            let mut value = costs_json(&proof.costs);
            value["month"] = proof.month.to_string().into();
            value["partial"] = proof.partial.into();
            value["true_up"] = json!({
                "reserved_instances": optional(proof.true_up.reserved),
                "savings_plans": optional(proof.true_up.plans),
                "total": optional(proof.true_up.total()),
            });
            value["upfront"] = exact(proof.upfront);
            value["difference"] = exact(proof.difference);
            value["adds_up"] = proof.holds().into();
            value["absent_columns"] = json!(proof.unproven());
            value["causes"] = causes.into();
            value["where"] = traces.into();
            value["possible_reasons"] = json!(proof.suspects);
            value
        })
        .collect();
    json!({ "currency": currency, "months": months, "invoice": invoice.map(invoice_json) })
}

fn trace_json(trace: &Trace) -> Value {
    let rows = trace.rows.iter().map(|row| {
        json!({
            "account_id": row.account_id,
            "product_code": row.product_code,
            "charge_type": row.charge_type,
            "unblended_cost": exact(row.unblended),
            "amortized_cost": exact(row.amortized),
            "true_up": exact(row.true_up),
            "upfront": exact(row.upfront),
        })
    });
    json!({ "family": trace.family, "difference": exact(trace.difference), "rows": rows.collect::<Vec<_>>() })
}

fn invoice_json(invoice: &Invoice) -> Value {
    let (outcome, found) = match &invoice.outcome {
        Outcome::Equal => ("equal", [].as_slice()),
        Outcome::EqualRounded => ("equal_but_for_rounding", [].as_slice()),
        Outcome::Explained(found) => ("explained", found.as_slice()),
        Outcome::Unexplained => ("unexplained", [].as_slice()),
    };
    let explanations = found.iter().map(|explanation| {
        let parts = explanation.parts.iter().map(|(name, sum)| json!({ "name": name, "unblended_cost": exact(*sum) }));
        json!({
            "explanation": explanation.words,
            "parts": parts.collect::<Vec<_>>(),
            "rest": exact(explanation.rest),
        })
    });
    json!({
        "month": invoice.month.to_string(),
        "amount": exact(invoice.amount),
        "bill": exact(invoice.bill),
        "gap": exact(invoice.gap()),
        "bill_rounded_by_part": exact(invoice.rounded_bill),
        "outcome": outcome,
        "explanations": explanations.collect::<Vec<_>>(),
    })
}
