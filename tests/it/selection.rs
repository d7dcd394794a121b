//! `report --account`, `--tag`, `--group-by`: the same numbers as SQL finds, and parts that add up to the bill.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{ROOT, Runs, column, failure, gravimeter, sql};

const PARTS: [&str; 5] = ["realized_saving", "list_saving", "effective_saving", "unlocked_saving", "locked_saving"];

fn sample(name: &str) -> String {
    Path::new(ROOT).join("sample-cur").join(name).to_str().unwrap().to_owned()
}

/// A folder for the cache and the reports of a test.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a report; returns it, and what the program says.
    fn report(&self, source: &str, options: &[&str]) -> (Value, String) {
        let (cache, out) = (self.path("cache"), self.path("out"));
        let (cache, out) = (cache.to_str().unwrap(), out.to_str().unwrap());
        let args = [&["report", source, "--cache-dir", cache, "--out", out, "--format", "json"], options].concat();
        let ran = gravimeter(&args).assert().success();
        let said = String::from_utf8(ran.get_output().stderr.clone()).unwrap();
        let text = fs::read_to_string(self.path("out").join("report.json")).unwrap();
        (serde_json::from_str(&text).unwrap(), said)
    }
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// Returns by month: unblended and amortised cost, then the savings.
fn months(report: &Value) -> Vec<(String, Vec<Decimal>)> {
    let (months, savings) = (report["months"].as_array().unwrap(), report["savings_by_month"].as_array().unwrap());
    let of_month = |(month, saving): (&Value, &Value)| {
        assert_eq!(month["month"], saving["month"]);
        let costs = ["unblended_cost", "amortized_cost"].map(|name| amount(&month[name]));
        let savings = PARTS.map(|name| amount(&saving[name]));
        (month["month"].as_str().unwrap().to_owned(), costs.into_iter().chain(savings).collect())
    };
    months.iter().zip(savings).map(of_month).collect()
}

/// Adds months up.
fn add(sums: &mut Vec<(String, Vec<Decimal>)>, part: Vec<(String, Vec<Decimal>)>) {
    if sums.is_empty() {
        *sums = part;
        return;
    }
    for ((month, sums), (other, part)) in sums.iter_mut().zip(part) {
        assert_eq!(*month, other, "every report has all months");
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
}

/// Returns what a statement finds by month, in the order of the report.
fn found(source: &str, statement: &str, names: &[&str]) -> Vec<(String, Vec<Decimal>)> {
    let rows = sql(source, statement);
    let columns: Vec<Vec<String>> = names.iter().map(|name| column(&rows, name)).collect();
    let amounts = |row: usize| columns.iter().map(|column| column[row].parse().unwrap_or_default()).collect();
    let months = column(&rows, "month").into_iter();
    months.enumerate().map(|(row, month)| (month[..7].to_owned(), amounts(row))).collect()
}

#[test]
fn the_report_of_an_account_has_the_numbers_of_sql() {
    let (place, source) = (Place::new(), sample("cur2"));
    let accounts =
        column(&sql(&source, "select distinct account_id from monthly_costs order by account_id"), "account_id");
    assert!(accounts.len() > 2, "{accounts:?}");
    let mut sums = Vec::new();
    for account in &accounts {
        let of_account = months(&place.report(&source, &["--account", account]).0);
        let table = |name: &str, columns: &[&str]| {
            let sums: Vec<String> = columns.iter().map(|column| format!("sum({column}) as {column}")).collect();
            let statement = format!(
                "select month, {} from {name} where account_id = '{account}' group by month order by month",
                sums.join(", ")
            );
            found(&source, &statement, columns)
        };
        let of_month = |month: &str| &of_account.iter().find(|(known, _)| known == month).unwrap().1;
        for (month, costs) in table("monthly_costs", &["unblended_cost", "amortized_cost"]) {
            assert_eq!(of_month(&month)[..2], costs, "{account} {month}");
        }
        for (month, savings) in table("graviton_opportunities", &PARTS[1..]) {
            assert_eq!(of_month(&month)[3..], savings, "{account} {month}");
        }
        for (month, saving) in table("graviton_realized", &PARTS[..1]) {
            assert_eq!(of_month(&month)[2..3], saving, "{account} {month}");
        }
        add(&mut sums, of_account);
    }
    assert_eq!(sums, months(&place.report(&source, &[]).0));
    // By name, and several at a time.
    let names =
        column(&sql(&source, "select distinct account_name from line_items order by account_name"), "account_name");
    let all: Vec<&str> = names.iter().flat_map(|name| ["--account", name.as_str()]).collect();
    let (report, _) = place.report(&source, &all);
    assert_eq!(months(&report), sums);
    let notes = report["footer"]["notes"].to_string();
    assert!(notes.contains(&format!("only a part of the bill is shown, accounts {}", names[0])), "{notes}");
}

#[test]
fn the_reports_of_all_values_of_a_tag_add_up_to_the_bill() {
    for (name, key) in [("cur2", "user_team"), ("cur1", "Team")] {
        let (place, source) = (Place::new(), sample(name));
        let statement = "select coalesce(tags['user_team'], '') as team, month, sum(unblended_cost) as unblended_cost,
                sum(amortized_cost) as amortized_cost
            from line_items group by 1, 2 order by 1, 2";
        let rows = sql(&source, statement);
        let costs = found(&source, statement, &["unblended_cost", "amortized_cost"]);
        let by_team: Vec<(String, (String, Vec<Decimal>))> = column(&rows, "team").into_iter().zip(costs).collect();
        let mut teams: Vec<&String> = by_team.iter().map(|(team, _)| team).collect();
        teams.dedup();
        assert!(teams.len() > 5 && teams[0].is_empty(), "{teams:?}");
        let mut sums = Vec::new();
        for team in teams {
            let (report, said) = place.report(&source, &["--tag", &format!("{key}={team}")]);
            assert_eq!(said.contains("every month was rolled up by an earlier run"), !sums.is_empty(), "{said}");
            let of_team = months(&report);
            for (month, costs) in by_team.iter().filter(|(known, _)| known == team).map(|(_, month)| month) {
                let (_, known) = of_team.iter().find(|(known, _)| known == month).unwrap();
                assert_eq!(known[..2], *costs, "{name} {team} {month}");
            }
            add(&mut sums, of_team);
        }
        assert_eq!(sums, months(&place.report(&source, &[]).0), "{name}");
    }
}

#[test]
fn every_set_of_tags_is_read_once() {
    let (place, source) = (Place::new(), sample("cur2"));
    let read_nothing = |options: &[&str]| place.report(&source, options).1.contains("read 0 B");
    assert!(!read_nothing(&[]));
    assert!(!read_nothing(&["--tag", "team=data"]));
    assert!(read_nothing(&["--tag", "user:Team=media", "--tag", "team=data", "--group-by", "tag:Team"]));
    assert!(read_nothing(&["--group-by", "tag:user_team"]));
    assert!(!read_nothing(&["--tag", "team=data", "--group-by", "tag:environment"]));
    assert!(read_nothing(&["--tag", "environment=prod", "--group-by", "tag:team"]));
    assert!(read_nothing(&[]), "the rollup without tags is still there");
    assert!(read_nothing(&["--group-by", "region", "--account", "444455556666"]));
}

#[test]
fn what_the_bill_does_not_have_is_named_with_what_it_has() {
    for (name, options, says) in [
        ("cur2", ["--tag", "taem=data"], ["has the tag \"taem\"", "the bill has user_team, user_"]),
        ("cur1", ["--group-by", "tag:nothing"], ["has the tag \"nothing\"", "user_team"]),
        ("cur2", ["--tag", "team=dtaa"], ["team = \"dtaa\"", "team is data, "]),
        ("cur2", ["--account", "seoul-prdo"], ["account \"seoul-prdo\"", "the bill has 444455556666 (seoul-prod), "]),
        ("cur2", ["--account", "44445555666"], ["account \"44445555666\"", "the bill has 444455556666 (seoul-prod), "]),
        ("cur2", ["--tag", "team"], ["\"team\" is no tag", "KEY=VALUE"]),
        ("cur2", ["--group-by", "team"], ["none of account, region, tag:KEY", "--group-by"]),
    ] {
        let said = failure(&[&["report", &sample(name)], &options[..]].concat(), 2);
        assert!(says.iter().all(|says| said.contains(says)), "{options:?}: {said}");
    }
    let none_of_both = ["--account", "seoul-payer", "--tag", "team=media"];
    let said = failure(&[&["report", &sample("cur2")], &none_of_both[..]].concat(), 2);
    assert!(said.contains("account seoul-payer and tag team = media"), "{said}");
}
