//! The large sample through the program: its sums are known before anything reads it.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;

use crate::support::{Runs, column, gravimeter, sql};

/// Line items, unblended and amortised cost of each month, as the sample's README states them.
fn stated(dir: &Path) -> BTreeMap<String, Vec<String>> {
    let readme = std::fs::read_to_string(dir.join("README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| 20"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        (cells[0].to_owned(), cells[1..5].iter().map(|&cell| cell.to_owned()).collect())
    })
    .collect()
}

#[test]
fn sums_equal_what_the_generator_states() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    gravimeter(&["sample", dir, "--rows", "30000", "--months", "2", "--seed", "5"]).assert().success();
    let stated = stated(folder.path());
    assert_eq!(stated.len(), 2);
    let rows = sql(
        dir,
        "select month, sum(line_items) as line_items, sum(unblended_cost) as unblended, sum(amortized_cost) as amortized, \
         sum(list_cost) as list from monthly_costs group by month order by month",
    );
    let months = column(&rows, "month");
    assert_eq!(months.len(), 2);
    for (at, name) in ["line_items", "unblended", "amortized", "list"].into_iter().enumerate() {
        for (month, found) in months.iter().zip(column(&rows, name)) {
            let known = &stated[&month[..7]][at];
            assert_eq!(found.parse::<Decimal>().unwrap(), known.parse::<Decimal>().unwrap(), "{name} of {month}");
        }
    }
}
