//! Parts of a bill worked by hand: m5.large at 0.096 an hour, whose target m6g.large costs 0.077.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{BreakdownRow, Dimension, Figures, Judge, Policy, Selection, TagFilter};
use crate::{
    error::{Error, Result},
    pricing::PriceBook,
    rollup::{
        TagValues, UsageRow,
        fixture::{at, hours, row, usd},
    },
    terms::{Architecture, PurchaseOption},
};

fn tags(env: &str, team: &str) -> TagValues {
    [env, team].map(|value| Some(value).filter(|value| !value.is_empty()).map(Arc::from)).into()
}

/// Hours on demand at list price.
fn machine(name: &str, amount: &str, cost: &str, tags: TagValues) -> UsageRow {
    let cost = usd(cost);
    let own = hours(name, amount);
    let through = at("2024-02-01T00:00:00Z");
    UsageRow { amortized_cost: cost, unblended_cost: cost, list_cost: Some(cost), tags, usage_through: through, ..own }
}

/// By environment and team: 100 h of data, 200 h of web, 100 h of web on Arm in dev; 300 h and a tax without tags in
/// another account.
fn bill() -> Vec<UsageRow> {
    let mut arm = machine("m6g.large", "100", "7.7", tags("dev", "web"));
    arm.architecture = Some(Architecture::Arm);
    let lab =
        |row: UsageRow| UsageRow { account_id: Some("222233334444".into()), account_name: Some("lab".into()), ..row };
    let tax = UsageRow { unblended_cost: usd("5"), amortized_cost: usd("5"), ..row("2024-01", "AmazonEC2", "Tax") };
    let mut other = machine("m5.large", "300", "28.8", tags("", ""));
    other.region = Some("us-west-2".into());
    vec![
        machine("m5.large", "100", "9.6", tags("prod", "data")),
        machine("m5.large", "200", "19.2", tags("prod", "web")),
        arm,
        lab(other),
        lab(UsageRow { tags: tags("", ""), ..tax }),
    ]
}

fn of(rows: Vec<UsageRow>, accounts: &[&str], filters: &[&str]) -> Result<Figures> {
    let judge = Judge::new(PriceBook::embedded().unwrap(), Policy::default());
    let filters: Vec<TagFilter> = filters.iter().map(|text| text.parse().unwrap()).collect();
    let accounts = accounts.iter().map(|name| (*name).to_owned()).collect();
    let mut selection = Selection::new(accounts, filters, Some(&Dimension::Tag("team".to_owned())));
    selection.keys = vec!["env".to_owned(), "team".to_owned()];
    Figures::of(rows, &judge, &selection)
}

/// Returns cost, open and realised saving of January.
fn january(figures: &Figures) -> [Decimal; 3] {
    let list = figures.opportunities.iter().filter_map(|row| row.list_saving).sum();
    let realized = figures.realized.iter().filter_map(|row| row.realized_saving).sum();
    [figures.months[0].costs.amortized, list, realized]
}

fn selected(accounts: &[&str], filters: &[&str]) -> [Decimal; 3] {
    january(&of(bill(), accounts, filters).unwrap())
}

fn refused(accounts: &[&str], filters: &[&str]) -> Error {
    let error = of(bill(), accounts, filters).unwrap_err();
    assert_eq!(error.kind().exit_code(), 2, "{error}");
    error
}

#[test]
fn values_of_a_tag_are_alternatives_and_tags_add_conditions() {
    assert_eq!(selected(&[], &[]), ["70.3", "11.4", "1.9"].map(usd));
    assert_eq!(selected(&[], &["team=data"]), ["9.6", "1.9", "0"].map(usd));
    assert_eq!(selected(&[], &["team=data", "Team=web"]), ["36.5", "5.7", "1.9"].map(usd));
    assert_eq!(selected(&[], &["team=web", "env=dev"]), ["7.7", "0", "1.9"].map(usd));
    assert_eq!(selected(&[], &["team="]), ["33.8", "5.7", "0"].map(usd));
    assert_eq!(selected(&["lab"], &[]), ["33.8", "5.7", "0"].map(usd));
    assert_eq!(selected(&["222233334444", "111122223333"], &["env=prod"]), ["28.8", "5.7", "0"].map(usd));
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    let error = refused(&["lob"], &[]);
    assert!(error.to_string().contains("account \"lob\""), "{error}");
    assert!(error.hints()[0].starts_with("the bill has 222233334444 (lab), 111122223333"), "{error:?}");
    let error = refused(&[], &["team=wob"]);
    assert_eq!(error.hints(), ["team is web, data"]);
    let error = refused(&["lab"], &["team=web", "team=data"]);
    assert!(error.to_string().contains("account lab and tag team = web or data"), "{error}");
    for text in ["team", "=web"] {
        assert_eq!(text.parse::<TagFilter>().unwrap_err().kind().exit_code(), 2, "{text}");
    }
}

#[test]
fn months_are_those_of_the_whole_bill() {
    let mut rows = bill();
    let february = UsageRow {
        month: "2024-02".parse().unwrap(),
        usage_through: at("2024-03-01T00:00:00Z"),
        ..machine("m5.large", "10", "0.96", tags("prod", "web"))
    };
    rows.push(february);
    let data = of(rows, &[], &["team=data"]).unwrap();
    let [january, february] = data.months.as_slice() else { panic!("{:?}", data.months) };
    assert_eq!((january.partial, january.costs.amortized), (false, usd("9.6")));
    // Nothing of it is selected: that is 0, and what the bill does not know is still unknown.
    let costs = february.costs;
    assert_eq!((costs.line_items, costs.amortized, costs.list), (0, usd("0"), Some(usd("0"))));
    assert_eq!((costs.net_amortized, february.partial), (None, false));
    assert_eq!(data.whole.iter().map(|month| month.costs.amortized).collect::<Vec<_>>(), ["70.3", "0.96"].map(usd));
}

/// Two teams under one plan pay 70 % and 60 % of list. The rate is that of the whole row, 65 %: of 3.80 list saving 2.47,
/// and each team has half of the hours.
#[test]
fn rates_are_those_of_the_whole_bill() {
    let covered = |cost: &str, team: &str| {
        let mut row = machine("m5.large", "100", cost, tags("", team));
        row.purchase_option = Some(PurchaseOption::SavingsPlan);
        row.charge_type = "SavingsPlanCoveredUsage".into();
        UsageRow { list_cost: Some(usd("9.6")), ..row }
    };
    let rows = || vec![covered("6.72", "data"), covered("5.76", "web")];
    let saving = |filters: &[&str]| {
        let figures = of(rows(), &[], filters).unwrap();
        let [row] = figures.opportunities.as_slice() else { panic!("{:?}", figures.opportunities) };
        (row.amortized_cost, row.effective_saving.unwrap(), row.locked_saving.unwrap(), row.paid_rate.unwrap())
    };
    assert_eq!(saving(&[]), (usd("12.48"), usd("2.47"), usd("2.47"), usd("0.65")));
    assert_eq!(saving(&["team=data"]), (usd("6.72"), usd("1.235"), usd("1.235"), usd("0.65")));
    assert_eq!(saving(&["team=web"]), (usd("5.76"), usd("1.235"), usd("1.235"), usd("0.65")));
}

fn shown(rows: &[BreakdownRow]) -> Vec<(&str, [Decimal; 6])> {
    let figures = |row: &BreakdownRow| {
        let costs = [row.costs.amortized, row.compute_cost, row.graviton_cost, row.eligible_cost];
        let savings = [row.list_saving, row.realized_saving];
        [costs[0], costs[1], costs[2], costs[3], savings[0], savings[1]]
    };
    rows.iter().map(|row| (row.key.as_deref().unwrap_or("none"), figures(row))).collect()
}

#[test]
fn a_breakdown_has_every_line_item_once() {
    let figures = of(bill(), &[], &[]).unwrap();
    let by = |text: &str| figures.breakdown(&text.parse().unwrap());
    let (teams, accounts, regions) = (by("tag:team"), by("account"), by("region"));
    assert_eq!(
        shown(&teams),
        [
            ("none", ["33.8", "28.8", "0", "28.8", "5.7", "0"].map(usd)),
            ("web", ["26.9", "26.9", "7.7", "19.2", "3.8", "1.9"].map(usd)),
            ("data", ["9.6", "9.6", "0", "9.6", "1.9", "0"].map(usd)),
        ]
    );
    assert_eq!(
        shown(&accounts),
        [
            ("111122223333", ["36.5", "36.5", "7.7", "28.8", "5.7", "1.9"].map(usd)),
            ("222233334444", ["33.8", "28.8", "0", "28.8", "5.7", "0"].map(usd)),
        ]
    );
    assert_eq!(accounts[1].name.as_deref(), Some("lab"));
    assert_eq!(shown(&regions)[1], ("us-west-2", ["28.8", "28.8", "0", "28.8", "5.7", "0"].map(usd)));
    for rows in [&teams, &accounts, &regions] {
        let sum = |of: fn(&BreakdownRow) -> Decimal| rows.iter().map(of).sum::<Decimal>();
        assert_eq!(
            [sum(|row| row.costs.amortized), sum(|row| row.list_saving), sum(|row| row.realized_saving)],
            january(&figures)
        );
        assert_eq!(sum(|row| row.effective_saving), sum(|row| row.unlocked_saving + row.locked_saving));
        assert_eq!(rows.iter().map(|row| row.costs.line_items).sum::<u64>(), 5);
    }
    let data = of(bill(), &[], &["team=data"]).unwrap();
    assert_eq!(shown(&data.breakdown(&Dimension::Tag("env".to_owned()))).len(), 1);
}

#[test]
fn dimensions_are_read_and_written() {
    for text in ["account", "region", "tag:team", "tag:user:Cost Center"] {
        assert_eq!(text.parse::<Dimension>().unwrap().to_string(), text);
    }
    for text in ["team", "tag:", "Account", ""] {
        assert_eq!(text.parse::<Dimension>().unwrap_err().kind().exit_code(), 2, "{text}");
    }
}
