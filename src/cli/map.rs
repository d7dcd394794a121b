//! `gravimeter map`: the Graviton candidates of a type, priced and explained.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{
    args::{Global, Map},
    bill::check_families,
    grid::{Cell, Grid},
    price_book::book,
};
use crate::{
    analysis::{Candidate, Detail, Judge, Judgement, NEAR_MISS, Policy, Question, Reason, Wanted, candidates},
    error::{Error, Result},
    pricing::{PriceBook, Speed, bare_type},
    terms::{Architecture, Service, Verdict},
    units::{grouped, ratio},
};

/// Runs the command.
pub(super) fn run(global: &Global, options: &Map) -> Result<()> {
    let book = book(global)?;
    let region = region(global);
    if !book.regions().iter().any(|known| known.code == region) {
        let known: Vec<&str> = book.regions().iter().map(|region| region.code.as_str()).collect();
        return Err(Error::usage(format!("\"{region}\" is not a region of the price table"))
            .hint(format!("it has {}", known.join(", "))));
    }
    check_families(global)?;
    let judge = Judge::new(book, global.policy());
    let mut grid = Grid::new(&[
        "type",
        "role",
        "candidate",
        "vcpu",
        "memory_gib",
        "price_per_hour",
        "saving_per_hour",
        "saving",
        "speed",
        "price_as_of",
        "note",
    ]);
    for name in &options.types {
        Asked::new(&judge, options, &region, name)?.answer(&mut grid);
    }
    grid.print(options.format)
}

/// Returns the region to price: of the command line, of the environment, else the largest one.
fn region(global: &Global) -> String {
    let set = || std::env::var("AWS_REGION").ok().filter(|region| !region.is_empty());
    global.region.clone().or_else(set).unwrap_or_else(|| "us-east-1".to_owned())
}

/// One type to be mapped.
struct Asked<'a> {
    judge: &'a Judge,
    options: &'a Map,
    question: Question,
}

impl<'a> Asked<'a> {
    fn new(judge: &'a Judge, options: &'a Map, region: &str, typed: &str) -> Result<Self> {
        let detail = Detail {
            service: options.service,
            os: Some(options.os.as_str()),
            engine: options.engine.as_deref(),
            deployment: options.deployment.as_deref(),
        };
        let mut question = Question::new(typed, region, detail);
        let book = judge.book();
        let listed = || book.rows().any(|row| row.service == question.service.as_str() && row.item == question.name);
        if book.shape(bare_type(typed)).is_none() && !listed() {
            return Err(Error::usage(format!("\"{typed}\" is not an instance type of the table"))
                .hint("write it as the bill does: m5.large, db.r5.large, cache.r5.large, r5.large.search")
                .hint("gravimeter sql -c \"select instance_type from instance_types\" lists them"));
        }
        question.variant = listed_variant(book, question.service, &question.variant)?;
        question.engine = question.engine.map(|_| question.variant.split('|').next().unwrap_or("").to_owned());
        Ok(Self { judge, options, question })
    }

    fn answer(&self, grid: &mut Grid) {
        let book = self.judge.book();
        let judgement = self.judge.judge(&self.question.workload(book));
        let source = book.shape(&self.question.name);
        let source_price = book
            .trusted(self.question.service.as_str(), &self.question.region, &self.question.name, &self.question.variant)
            .map(|price| (price.usd, price.as_of));
        grid.rows.push(vec![
            Cell::text(&self.question.name),
            Cell::text(judgement.verdict.as_str()),
            Cell::Null,
            Cell::exact(source.map(|shape| shape.vcpu.into())),
            Cell::exact(source.map(|shape| shape.memory_gib)),
            Cell::exact(source_price.map(|(usd, _)| usd)),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::optional(source_price.map(|(_, as_of)| as_of.to_string())),
            Cell::optional(Self::verdict_note(&judgement)),
        ]);
        let Some(shape) = source.filter(|shape| shape.architecture == Architecture::X86) else { return };
        if matches!(judgement.verdict, Verdict::Blocked | Verdict::Graviton)
            && judgement.target.is_none()
            && !is_about_shape(&judgement)
        {
            return;
        }
        let wanted = Wanted {
            service: self.question.service,
            region: &self.question.region,
            variant: &self.question.variant,
            shape,
        };
        let found = candidates(book, &wanted);
        let source_usd = source_price.map(|(usd, _)| usd);
        let target = judgement.target.as_ref().map(|target| target.name.as_str());
        let near_policy = Policy { allow_loss: NEAR_MISS, ..self.judge.policy().clone() };
        let listed = |role: &'static str, wanted: &dyn Fn(&Candidate<'_>) -> bool, count: usize| {
            let of_role: Vec<(&'static str, &Candidate<'_>)> = found
                .iter()
                .filter(|candidate| wanted(candidate))
                .take(count)
                .map(|candidate| (role, candidate))
                .collect();
            of_role
        };
        let is_target = |candidate: &Candidate<'_>| Some(candidate.instance_type.as_str()) == target;
        let fits = |candidate: &Candidate<'_>| candidate.is_admissible(shape, self.judge.policy());
        let is_near = |candidate: &Candidate<'_>| {
            let cheaper = matches!((candidate.price, source_usd), (Some(price), Some(source)) if price.usd < source);
            cheaper && candidate.is_admissible(shape, &near_policy) && !fits(candidate)
        };
        let rows = listed("target", &is_target, 1)
            .into_iter()
            .chain(listed("alternative", &|c| fits(c) && !is_target(c) && c.price.is_some(), self.options.top))
            .chain(listed("slower", &|c| c.losses.is_empty() && c.is_slower() && !fits(c), 2))
            .chain(listed("near miss", &|c| is_near(c) && !is_target(c), self.options.top));
        for (role, candidate) in rows {
            grid.rows.push(self.row(role, candidate, source_usd));
        }
        if !judgement.unpriced_targets.is_empty() {
            let names = judgement.unpriced_targets.join(", ");
            let mut row = vec![Cell::Null; grid.header.len()];
            row[0] = Cell::text(&self.question.name);
            row[1] = Cell::text("price not known");
            row[10] = Cell::text(format!(
                "{} fit and are sold here, price not known: {names}",
                judgement.unpriced_targets.len()
            ));
            grid.rows.push(row);
        }
    }

    fn verdict_note(judgement: &Judgement<'_>) -> Option<String> {
        let reason = judgement.reason.map(|reason| format!("{reason}: {}", reason.explanation()));
        let needs =
            judgement.target.as_ref().and(judgement.condition.as_ref()).map(|version| format!("needs {version}"));
        let parts: Vec<String> = reason.into_iter().chain(needs).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    fn row(&self, role: &str, candidate: &Candidate<'_>, source_usd: Option<Decimal>) -> Vec<Cell> {
        let saving = candidate.price.zip(source_usd).map(|(price, source)| source - price.usd);
        let share = saving.zip(source_usd).and_then(|(saving, source)| ratio(saving, source));
        let losses: Vec<String> = candidate.losses.iter().map(|loss| format!("loses: {loss}")).collect();
        let speed_basis = match &candidate.speed {
            Speed::Ratio { measured: false, basis, .. } => vec![format!("speed derived: {basis}")],
            Speed::Unknown => vec!["speed not measured".to_owned()],
            Speed::Ratio { .. } => Vec::new(),
        };
        let unpriced = candidate.price.is_none().then(|| "sold in the region, price not known".to_owned());
        let notes: Vec<String> = losses.into_iter().chain(speed_basis).chain(unpriced).collect();
        vec![
            Cell::text(&self.question.name),
            Cell::text(role),
            Cell::text(&candidate.instance_type),
            Cell::Exact(candidate.shape.vcpu.into()),
            Cell::Exact(candidate.shape.memory_gib),
            Cell::exact(candidate.price.map(|price| price.usd)),
            Cell::exact(saving),
            Cell::optional(share.map(|share| format!("{} %", grouped(share * Decimal::ONE_HUNDRED, 1)))),
            Cell::exact(match &candidate.speed {
                Speed::Ratio { value, .. } => Some(value.round_dp(3)),
                Speed::Unknown => None,
            }),
            Cell::optional(candidate.price.map(|price| price.as_of.to_string())),
            if notes.is_empty() { Cell::Null } else { Cell::text(notes.join("; ")) },
        ]
    }
}

/// Tells whether candidates explain the verdict although there is no target.
fn is_about_shape(judgement: &Judgement<'_>) -> bool {
    matches!(judgement.reason, Some(Reason::NoEquivalent | Reason::Slower))
}

/// Returns the variant as the price table spells it; a typing error is no fact about Graviton.
fn listed_variant(book: &PriceBook, service: Service, typed: &str) -> Result<String> {
    let listed: BTreeSet<&str> =
        book.rows().filter(|row| row.service == service.as_str()).map(|row| row.variant).collect();
    if let Some(found) = listed.iter().find(|variant| variant.eq_ignore_ascii_case(typed)) {
        return Ok((*found).to_owned());
    }
    let known: Vec<&str> = listed.into_iter().collect();
    Err(Error::usage(format!("the price table has no {service} variant \"{typed}\""))
        .hint(format!("it has {}", known.join(", ")))
        .hint("set it with --os for EC2, --engine and --deployment for databases and caches"))
}
