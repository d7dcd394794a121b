//! The report in words: title, headline, cards, notes and definitions, told from the figures of the model.
//!
//! It runs last, when every amount is in the currency of the report.

mod cards;
mod headline;
mod remark;

use super::{model::Report, words::Words};
pub(super) use remark::Remark;

/// Fills in every text of the report.
pub(super) fn tell(report: &mut Report, remarks: &[Remark], words: &Words) {
    report.language = words.language;
    report.title = words.fill("report.title", &[("month", &words.month(report.month))]);
    let saving = cards::OpenSaving::of(report);
    report.kpis = cards::kpis(report, &saving, words);
    report.headline = headline::headline(report, &saving, words);
    for row in &mut report.held_back {
        if let Some(text) = words.find(&format!("reason.{}", row.reason)) {
            text.clone_into(&mut row.explanation);
        }
    }
    report.findings = remarks.iter().map(|remark| remark.finding(&report.currency, words)).collect();
    report.footer.notes = report.findings.iter().map(|finding| finding.text.clone()).collect();
    for text in report.footer.sources.iter_mut().chain([&mut report.footer.target_policy]) {
        *text = words.translated(text);
    }
    if let Some(warning) = &mut report.footer.price_warning {
        *warning = words.translated(warning);
    }
    report.footer.definitions = definitions(words);
}

/// Returns every term with its meaning, in the order of the page.
fn definitions(words: &Words) -> Vec<(String, String)> {
    const TERMS: [&str; 30] = [
        "unblended",
        "amortised",
        "list_price",
        "list_saving",
        "effective_saving",
        "unlocked_saving",
        "locked_saving",
        "realised_saving",
        "effect_usage",
        "effect_list_price",
        "effect_commitment",
        "effect_graviton",
        "effect_mix",
        "effect_credits",
        "effect_other",
        "effort",
        "conditional",
        "verdict_graviton",
        "verdict_eligible",
        "verdict_costlier",
        "verdict_blocked",
        "verdict_unpriced",
        "verdict_unknown",
        "verdict_not_applicable",
        "coverage",
        "utilisation",
        "savings_rate",
        "adds_up",
        "partial",
        "speed",
    ];
    let text = |term: &str, part: &str| words.say(&format!("definition.{term}.{part}"));
    TERMS.iter().map(|term| (text(term, "term"), text(term, "meaning"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{analysis::Reason, report::words::Language};

    #[test]
    fn every_reason_and_term_is_told() {
        for language in Language::ALL {
            let words = Words::of(language).unwrap();
            for reason in Reason::ALL {
                assert!(words.find(&format!("reason.{reason}")).is_some(), "{language}: {reason}");
            }
            for (term, meaning) in definitions(&words) {
                assert!(!term.starts_with('[') && !meaning.starts_with('['), "{language}: {term} {meaning}");
            }
        }
        let english = Words::of(Language::English).unwrap();
        for reason in Reason::ALL {
            assert_eq!(english.find(&format!("reason.{reason}")), Some(reason.explanation()));
        }
    }
}
