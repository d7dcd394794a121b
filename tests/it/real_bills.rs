//! Real bills beside the checkout, with the totals that a second engine (DuckDB) found. Skipped where they are not.

use std::path::Path;

use crate::support::{ROOT, Runs, column, gravimeter, sql};

/// Every bill that this version reads, Parquet and CSV.
pub(crate) const ALL: [&str; 7] = [
    "wa-labs-2018-10",
    "wa-labs-licensing",
    "cur2-2026-04",
    "cur2-2026-04-csv",
    "cur1-csv-2023-11",
    "nise-2025-q1",
    "focus-1.2-synthetic",
];

/// Returns the folder of a real bill, or `None` when it is not on this machine.
pub(crate) fn bill(name: &str) -> Option<String> {
    let path = Path::new(ROOT).join("../shared/cur-data").join(name);
    if path.is_dir() {
        return Some(path.to_str().unwrap().to_owned());
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

fn near(found: &str, expected: f64) {
    let found: f64 = found.parse().unwrap();
    assert!((found - expected).abs() <= expected.abs() * 1e-6, "{found} is not {expected}");
}

#[test]
fn wa_labs_2018_10_has_the_totals_of_a_second_engine() {
    let Some(bill) = bill("wa-labs-2018-10") else { return };
    let rows = sql(
        &bill,
        "select sum(unblended_cost) as u, sum(amortized_cost) as a, sum(line_items) as n from monthly_costs",
    );
    near(&column(&rows, "u")[0], 4_064.483_131_54);
    near(&column(&rows, "a")[0], 4_195.957_109_32);
    assert_eq!(column(&rows, "n"), ["119307"]);
}

#[test]
fn cur2_2026_04_has_the_totals_of_a_second_engine() {
    let Some(bill) = bill("cur2-2026-04") else { return };
    let rows = sql(
        &bill,
        "select charge_type, sum(unblended_cost) as u, sum(line_items) as n from monthly_costs group by charge_type order by charge_type",
    );
    assert_eq!(column(&rows, "charge_type"), ["Credit", "Tax", "Usage"]);
    let costs = column(&rows, "u");
    near(&costs[0], -47.681_693_899_8);
    near(&costs[2], 47.681_693_832_2);
    let lines: u64 = column(&rows, "n").iter().map(|count| count.parse::<u64>().unwrap()).sum();
    assert_eq!(lines, 1_882);
}

#[test]
fn csv_deliveries_have_the_totals_of_a_second_engine() {
    let bills = [
        ("cur2-2026-04-csv", "1882", Some(-0.000_000_067_6)),
        ("cur1-csv-2023-11", "1281", Some(1.682_308_697_4)),
        ("nise-2025-q1", "43200", None),
    ];
    for (name, lines, unblended) in bills {
        let Some(bill) = bill(name) else { continue };
        let rows = sql(&bill, "select sum(unblended_cost) as u, sum(line_items) as n from monthly_costs");
        assert_eq!(column(&rows, "n"), [lines], "{name}");
        if let Some(unblended) = unblended {
            near(&column(&rows, "u")[0], unblended);
        }
    }
}

#[test]
fn hours_of_traps_are_those_of_a_second_engine() {
    let Some(bill) = bill("wa-labs-2018-10") else { return };
    let rows = sql(
        &bill,
        "select instance_type, purchase_option, sum(hours) as hours from graviton_opportunities
         where instance_type in ('c5.large', 't2.large') group by 1, 2 order by 1, 2",
    );
    assert_eq!(column(&rows, "purchase_option"), ["OnDemand", "Reserved", "Spot", "OnDemand", "Reserved"]);
    let hours: Vec<f64> = column(&rows, "hours").iter().map(|hours| hours.parse().unwrap()).collect();
    let hinted = sql(
        &bill,
        "select sum(usage_amount) as hours from line_items
         where usage_type = 'BoxUsage:t2.large' and charge_type in ('Usage', 'DiscountedUsage')",
    );
    near(&column(&hinted, "hours")[0], hours[3] + hours[4]);
    near(
        &column(
            &sql(
                &bill,
                "select sum(usage_amount) as hours from line_items where usage_type like 'SpotUsage:c5.large%'",
            ),
            "hours",
        )[0],
        hours[2],
    );
}

#[test]
fn buckets_of_real_bills_add_up_to_the_last_decimal() {
    for name in ALL {
        let Some(bill) = bill(name) else { continue };
        let rows = sql(
            &bill,
            "select (select sum(amortized_cost) from monthly_costs)
                        - (select sum(c) from (select verdict, sum(amortized_cost) as c from line_items group by verdict)) as difference",
        );
        assert_eq!(column(&rows, "difference"), ["0"], "{name}");
    }
}

#[test]
fn reports_of_real_bills_are_written_whole() {
    for name in ALL {
        let Some(bill) = bill(name) else { continue };
        let out = tempfile::tempdir().unwrap();
        gravimeter(&["report", &bill, "--out", out.path().to_str().unwrap()]).assert().success();
        for file in ["report.html", "report.json", "csv/graviton_opportunities.csv", "charts/cost_by_service.png"] {
            assert!(out.path().join(file).is_file(), "{name}: {file}");
        }
    }
}
