//! `gravimeter explain`: why a row says what it says, down to rule, prices and arithmetic.

use super::{
    args::{Explain, ExplainFormat, Global},
    bill::OpenBill,
    talk,
    text::{plain, print, wrapped},
};
use crate::{
    analysis::{Asked, Explanation, explain},
    error::{Error, Result},
};

/// Columns of text at most.
const WIDTH: usize = 100;

/// Column at which the text of a step begins.
const INDENT: usize = 20;

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Explain) -> Result<()> {
    let bill = OpenBill::open(global, &options.sources, None, None).await?;
    let (figures, _) = bill.figures().await?;
    let asked = Asked {
        month: options.month,
        account_id: options.account.clone(),
        region: global.region_of_rows.clone(),
        product_code: options.service.clone(),
        instance_type: options.instance_type.clone(),
        purchase_option: options.purchase_option,
        verdict: options.verdict,
    };
    if let Some(month) = asked.month
        && !figures.months.iter().any(|total| total.month == month)
    {
        let known: Vec<String> = figures.months.iter().map(|total| total.month.to_string()).collect();
        return Err(
            Error::usage(format!("the export has no month {month}")).hint(format!("it has {}", known.join(", ")))
        );
    }
    let found = explain(&figures, bill.judge.book(), &asked);
    if found.is_empty() {
        return Err(Error::usage("no compute of the month is like that")
            .hint("gravimeter sql SOURCE -c \"select * from graviton_opportunities\" lists what can be explained"));
    }
    let shown = &found[..found.len().min(options.top)];
    match options.format {
        ExplainFormat::Json => {
            let json = serde_json::to_string_pretty(shown)
                .map_err(|error| Error::runtime(format!("cannot write JSON: {error}")))?;
            print(&format!("{json}\n"))?;
        }
        ExplainFormat::Text => print(&shown.iter().map(text).collect::<Vec<_>>().join("\n"))?,
    }
    if shown.len() < found.len() {
        talk(
            global,
            &format!(
                "note: {} more rows; ask for more with --top, or for fewer with --type and the like",
                found.len() - shown.len()
            ),
        );
    }
    Ok(())
}

fn text(explanation: &Explanation) -> String {
    let mut out = format!("{}\n", plain(&explanation.title));
    for step in &explanation.steps {
        for (number, line) in wrapped(&plain(&step.text), WIDTH - INDENT).into_iter().enumerate() {
            let what = if number == 0 { step.what } else { "" };
            out.push_str("  ");
            out.push_str(what);
            out.push_str(&" ".repeat((INDENT - 2).saturating_sub(what.len())));
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}
