//! The cards at the top of the page.

use rust_decimal::Decimal;

use super::headline::signed_money;
use crate::{
    report::{
        model::{Kpi, KpiUnit, Report},
        words::Words,
    },
    terms::Basis,
    units::{Month, decimals, ratio},
};

/// What Graviton could still save in the month, as far as it is known.
pub(super) struct OpenSaving {
    /// Saving at list price of all eligible usage.
    pub total: Decimal,
    /// The part that needs an engine version which the bill does not show.
    pub conditional: Decimal,
    /// Share of the instance cost that is unpriced or unknown; `None` without instance usage.
    pub unpriced_share: Option<Decimal>,
    /// What of it the bill falls by if the moves are made now, at the rates that are paid.
    pub unlocked: Decimal,
    /// What of it is behind commitments, at the rates that are paid.
    pub locked: Decimal,
    /// What Arm usage of the month has saved already.
    pub realized: Decimal,
    /// What it has saved in all months up to this one; `None` when there is but one.
    pub realized_to_date: Option<Decimal>,
}

impl OpenSaving {
    pub(super) fn of(report: &Report) -> Self {
        let services = &report.savings_by_service;
        let past = || report.savings_by_month.iter().filter(|row| row.month <= report.month);
        Self {
            total: services.iter().map(|row| row.list_saving).sum(),
            conditional: services.iter().map(|row| row.conditional_saving).sum(),
            unpriced_share: report.footer.unpriced_share,
            unlocked: services.iter().map(|row| row.unlocked_saving).sum(),
            locked: services.iter().map(|row| row.locked_saving).sum(),
            realized: past().filter(|row| row.month == report.month).map(|row| row.realized_saving).sum(),
            realized_to_date: (past().count() > 1).then(|| past().map(|row| row.realized_saving).sum()),
        }
    }

    /// Returns the saving, or `None` when nothing is known of it: no price is not no saving.
    pub(super) fn known(&self) -> Option<Decimal> {
        let share = self.unpriced_share?;
        (!self.total.is_zero() || share.is_zero()).then_some(self.total)
    }
}

/// Returns the bill of a month on a basis.
pub(super) fn bill(report: &Report, month: Month, basis: Basis) -> Decimal {
    let row = report.months.iter().find(|row| row.month == month);
    row.map_or(Decimal::ZERO, |row| match basis {
        Basis::Amortized => row.amortized_cost,
        Basis::Unblended => row.unblended_cost,
    })
}

/// Returns the cards.
pub(super) fn kpis(report: &Report, saving: &OpenSaving, words: &Words) -> Vec<Kpi> {
    let teller =
        Teller { report, words, is_partial: report.months.iter().any(|row| row.month == report.month && row.partial) };
    let mut cards: Vec<Kpi> = Basis::ALL.iter().map(|&basis| teller.bill(basis)).collect();
    cards.extend(Basis::ALL.iter().map(|&basis| teller.since_first(basis)));
    cards.extend(teller.savings(saving));
    cards.extend(teller.shares(saving));
    for card in cards.iter_mut().filter(|card| card.basis.is_none()) {
        if let Some(told) = teller.against(card) {
            card.detail = format!("{}; {told}", card.detail);
        }
    }
    cards
}

struct Teller<'a> {
    report: &'a Report,
    words: &'a Words,
    is_partial: bool,
}

impl Teller<'_> {
    fn card(&self, id: &'static str, unit: KpiUnit, value: Option<Decimal>, detail: String) -> Kpi {
        let text = |part: &str| self.words.fill(&format!("kpi.{id}.{part}"), &[("month", &self.month())]);
        Kpi { id, basis: None, label: text("label"), unit, value, change: None, detail, definition: text("definition") }
    }

    fn month(&self) -> String {
        self.words.month(self.report.month)
    }

    fn money(&self, amount: Decimal) -> String {
        self.words.money(amount, &self.report.currency)
    }

    fn uncompared(&self) -> String {
        self.words.say(if self.is_partial { "kpi.uncompared.partial" } else { "kpi.uncompared.alone" })
    }

    /// Returns the change of a figure against the month before, where both are known.
    fn change(&self, of: impl Fn(Month) -> Option<Decimal>) -> Option<Decimal> {
        Some(of(self.report.month)? - of(self.report.previous_month?)?)
    }

    /// Tells the change of a card against the month before.
    fn against(&self, card: &Kpi) -> Option<String> {
        let (change, previous) = card.change.zip(self.report.previous_month)?;
        let (places, whole) = match card.unit {
            KpiUnit::Money => (decimals(&self.report.currency), Decimal::ONE),
            KpiUnit::Ratio => (1, Decimal::ONE_HUNDRED),
        };
        let (name, change) = match card.unit {
            _ if (change * whole).round_dp(places).is_zero() => ("kpi.against.same", String::new()),
            KpiUnit::Money => ("kpi.against.money", signed_money(change, &self.report.currency, self.words)),
            KpiUnit::Ratio => ("kpi.against.ratio", self.signed_percent(change)),
        };
        Some(self.words.fill(name, &[("change", &change), ("previous", &self.words.month(previous))]))
    }

    fn bill(&self, basis: Basis) -> Kpi {
        let report = self.report;
        let cost = bill(report, report.month, basis);
        let (name, value) = match basis {
            Basis::Amortized => ("unblended", bill(report, report.month, Basis::Unblended)),
            Basis::Unblended => ("amortized", bill(report, report.month, Basis::Amortized)),
        };
        let other = self.words.fill(&format!("kpi.bill.other.{name}"), &[("amount", &self.money(value))]);
        let detail = match report.previous_month {
            Some(previous) => {
                let before = bill(report, previous, basis);
                let change = signed_money(cost - before, &report.currency, self.words);
                let share = growth(cost - before, before);
                let share = share.map_or_else(String::new, |share| format!(" ({})", self.signed_percent(share)));
                let values =
                    [("change", change.as_str()), ("share", &share), ("previous", &self.words.month(previous))];
                self.words.fill("kpi.bill.against", &values)
            }
            None => self.uncompared(),
        };
        let mut card = self.card("bill", KpiUnit::Money, Some(cost), format!("{detail}; {other}"));
        card.definition = self.words.say(&format!("kpi.bill.definition_{basis}"));
        card.basis = Some(basis);
        card.change = self.change(|month| Some(bill(report, month, basis)));
        card
    }

    fn since_first(&self, basis: Basis) -> Kpi {
        let report = self.report;
        let change = report.first_month.map(|first| bill(report, report.month, basis) - bill(report, first, basis));
        let detail = report.first_month.zip(change).map_or_else(
            || self.uncompared(),
            |(first, change)| {
                let before = bill(report, first, basis);
                let (amount, month) = (self.money(before), self.words.month(first));
                match growth(change, before) {
                    Some(share) => {
                        let values = [("share", self.signed_percent(share)), ("amount", amount), ("first", month)];
                        let values = [0, 1, 2].map(|at| (values[at].0, values[at].1.as_str()));
                        self.words.fill("kpi.change_since_first.share", &values)
                    }
                    None => self.words.fill("kpi.change_since_first.base", &[("amount", &amount), ("first", &month)]),
                }
            },
        );
        let mut card = self.card("change_since_first", KpiUnit::Money, change, detail);
        if let Some(first) = report.first_month {
            card.label = self.words.fill("kpi.change_since_first.since", &[("first", &self.words.month(first))]);
        }
        card.basis = Some(basis);
        card
    }

    fn savings(&self, saving: &OpenSaving) -> Vec<Kpi> {
        let report = self.report;
        let by_month = |of: fn(&crate::report::model::SavingsMonth) -> Decimal| {
            self.change(|month| report.savings_by_month.iter().find(|row| row.month == month).map(of))
        };
        let has_compute = saving.unpriced_share.is_some();
        let span = if self.is_partial { "days" } else { "month" };
        let mut detail = self.words.fill(&format!("kpi.open_list_saving.{span}"), &[("month", &self.month())]);
        if !saving.conditional.is_zero() {
            let part = self.money(saving.conditional);
            detail = format!("{detail}; {}", self.words.fill("kpi.open_list_saving.condition", &[("amount", &part)]));
        }
        let mut open = self.card("open_list_saving", KpiUnit::Money, saving.known(), detail);
        open.change = open.value.and(by_month(|row| row.list_saving));
        let held = if saving.locked.is_zero() {
            self.words.say("kpi.unlocked_saving.all")
        } else {
            self.words.fill("kpi.unlocked_saving.rest", &[("amount", &self.money(saving.locked))])
        };
        let mut unlocked = self.card("unlocked_saving", KpiUnit::Money, saving.known().map(|_| saving.unlocked), held);
        unlocked.change = unlocked.value.and(by_month(|row| row.unlocked_saving));
        let unlocks = report.expiry.iter().filter(|row| !row.locked_saving.is_zero());
        let next = unlocks.filter_map(|row| row.unlock_month).min();
        let later = next.map_or_else(
            || self.words.say("kpi.locked_saving.never"),
            |month| self.words.fill("kpi.locked_saving.from", &[("unlock", &self.words.month(month))]),
        );
        let later = if saving.locked.is_zero() { self.words.say("kpi.unlocked_saving.all") } else { later };
        let mut locked = self.card("locked_saving", KpiUnit::Money, saving.known().map(|_| saving.locked), later);
        locked.change = locked.value.and(by_month(|row| row.locked_saving));
        let past = match saving.realized_to_date.zip(report.months.first()) {
            Some((sum, first)) => {
                let (sum, first) = (self.money(sum), self.words.month(first.month));
                self.words.fill("kpi.realized_saving.since", &[("sum", &sum), ("first", &first)])
            }
            None => self.words.fill("kpi.realized_saving.month", &[("month", &self.month())]),
        };
        let mut realized = self.card("realized_saving", KpiUnit::Money, has_compute.then_some(saving.realized), past);
        realized.change = realized.value.and(by_month(|row| row.realized_saving));
        vec![open, unlocked, locked, realized]
    }

    fn shares(&self, saving: &OpenSaving) -> Vec<Kpi> {
        let report = self.report;
        let arm = |month: Month| report.adoption.iter().find(|row| row.month == month);
        let covered = |month: Month| report.coverage.iter().find(|row| row.month == month);
        let told = arm(report.month).and_then(|row| row.share_of_eligible).map_or_else(
            || self.words.say("kpi.graviton_share.none"),
            |share| self.words.fill("kpi.graviton_share.eligible", &[("share", &self.words.percent(share))]),
        );
        let share = |month| arm(month).and_then(|row| row.share_of_compute);
        let mut graviton = self.card("graviton_share", KpiUnit::Ratio, share(report.month), told);
        graviton.change = self.change(share);
        let told = covered(report.month).and_then(|row| row.utilization).map_or_else(
            || self.words.say("kpi.coverage.none"),
            |used| self.words.fill("kpi.coverage.used", &[("share", &self.words.percent(used))]),
        );
        let share = |month| covered(month).and_then(|row| row.coverage);
        let mut coverage = self.card("coverage", KpiUnit::Ratio, share(report.month), told);
        coverage.change = self.change(share);
        let told = self.words.say("kpi.unpriced_share.where");
        vec![graviton, coverage, self.card("unpriced_share", KpiUnit::Ratio, saving.unpriced_share, told)]
    }

    fn signed_percent(&self, share: Decimal) -> String {
        let sign = if share.is_sign_negative() { "−" } else { "+" };
        format!("{sign}{}", self.words.percent(share.abs()))
    }
}

/// Returns change ÷ base; growth of nothing or of a credit has no percentage.
fn growth(change: Decimal, base: Decimal) -> Option<Decimal> {
    ratio(change, base).filter(|_| base > Decimal::ZERO)
}
