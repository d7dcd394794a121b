//! Reports for the tests of the presentation: a realistic one, a hostile one and plain ones of any length and size.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::model::*;
use crate::{
    terms::{Basis, Verdict},
    units::{Month, ratio},
};

/// Cost of nine services in ten months, in cents; the last month is partial.
const COSTS: [(&str, [i64; 10]); 9] = [
    (
        "AmazonRDS",
        [2_284_550, 2_301_020, 2_190_330, 2_050_410, 1_904_300, 1_811_240, 1_722_900, 1_690_120, 1_679_950, 871_200],
    ),
    (
        "AmazonEC2",
        [1_120_400, 1_135_290, 1_161_700, 1_150_080, 1_149_990, 1_120_030, 1_102_440, 1_098_200, 1_093_300, 561_700],
    ),
    ("AmazonElastiCache", [310_200, 310_200, 300_100, 290_550, 283_020, 262_130, 251_440, 249_900, 250_050, 130_090]),
    ("AmazonS3", [280_110, 284_560, 291_230, 299_440, 305_020, 312_870, 320_410, 331_090, 338_770, 170_400]),
    ("AmazonCloudFront", [205_440, 199_020, 210_870, 220_310, 215_660, 240_980, 233_330, 260_010, 255_120, 118_230]),
    ("AmazonES", [148_800, 148_800, 148_800, 144_000, 144_000, 138_240, 138_240, 133_920, 133_920, 69_120]),
    ("AWSLambda", [99_870, 104_320, 110_090, 120_760, 131_050, 140_020, 149_330, 165_555, 160_200, 80_040]),
    (
        "AWSEnterpriseSupportWithAVeryLongServiceName",
        [90_000, 90_000, 90_000, 90_000, 90_000, 90_000, 90_000, 90_000, 90_000, 45_000],
    ),
    ("AmazonCloudWatch", [29_730, 30_010, 31_440, 33_950, 34_120, 36_600, 38_820, 40_910, 41_230, 20_870]),
];

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn months_from(first: Month, count: usize) -> Vec<Month> {
    std::iter::successors(Some(first), |month| Some(month.next())).take(count).collect()
}

/// Returns ten months of nine services; the report month is the ninth, the tenth is partial.
pub(crate) fn report() -> Report {
    let months = months_from(Month::new(2023, 5).unwrap(), 10);
    let total = |slot: usize| COSTS.iter().map(|(_, costs)| cents(costs[slot])).sum::<Decimal>();
    let change = |from: usize, to: usize| -> Vec<ChangeRow> {
        COSTS
            .iter()
            .map(|(name, costs)| ChangeRow {
                basis: Basis::Amortized,
                product_code: (*name).to_owned(),
                from_cost: cents(costs[from]),
                to_cost: cents(costs[to]),
                change: cents(costs[to] - costs[from]),
            })
            .collect()
    };
    let compute = |slot: usize| [0, 1, 2, 5].iter().map(|&s| cents(COSTS[s].1[slot])).sum::<Decimal>();
    let bill = total(8);
    Report {
        schema_version: SCHEMA_VERSION,
        title: "AWS bill and Graviton savings, Jan 2024".to_owned(),
        headline: "The bill of Jan 2024 was 40,425.40 USD, 0.4 % less than in Dec 2023; moving what is still on x86 \
                   to Graviton would save another 2,180.49 USD a month at list price."
            .to_owned(),
        month: months[8],
        previous_month: Some(months[7]),
        first_month: Some(months[0]),
        currency: "USD".to_owned(),
        language: crate::report::words::Language::English,
        exchange: None,
        revision: Some(revision(months[8], bill)),
        basis: Basis::Amortized,
        shown: None,
        groups: None,
        locked_by_month: Vec::new(),
        accounts: Vec::new(),
        regions: Vec::new(),
        events: events(),
        bursts: bursts(),
        steady_usage: steady_usage(),
        daily_costs: (1..=31).map(|number| day_row(number, cents(130_400))).collect(),
        hourly_instances: (0..744).map(hour_row).collect(),
        quality: Vec::new(),
        findings: Vec::new(),
        months: months
            .iter()
            .enumerate()
            .map(|(slot, &month)| MonthRow {
                month,
                partial: slot == 9,
                data_through: Some(if slot == 9 {
                    day(2024, 2, 15)
                } else {
                    month.next().first_day().pred_opt().unwrap()
                }),
                line_items: 1_204_331 + slot as u64 * 10_007,
                unblended_cost: total(slot) + cents(if slot == 0 { 1_250_000 } else { -41_233 }),
                amortized_cost: total(slot),
                net_unblended_cost: None,
                net_amortized_cost: None,
            })
            .collect(),
        kpis: kpis(bill),
        cost_by_service: months
            .iter()
            .enumerate()
            .flat_map(|(slot, &month)| {
                COSTS.iter().map(move |(name, costs)| ServiceCost {
                    month,
                    product_code: (*name).to_owned(),
                    unblended_cost: cents(costs[slot]),
                    amortized_cost: cents(costs[slot]),
                })
            })
            .collect(),
        coverage: months
            .iter()
            .enumerate()
            .zip(0_i64..)
            .map(|((slot, &month), step)| {
                let all = compute(slot);
                let share = |percent: i64| all * Decimal::new(percent, 2);
                let reserved = 20 + step;
                CoverageRow {
                    month,
                    on_demand_cost: share(100 - reserved - 25 - 6),
                    reserved_cost: share(reserved),
                    savings_plan_cost: share(25),
                    spot_cost: share(6),
                    unused_commitment: share(3),
                    coverage: Some(Decimal::new(52 + step, 2)),
                    utilization: Some(Decimal::new(931, 3)),
                    effective_savings_rate: Some(Decimal::new(18, 2)),
                }
            })
            .collect(),
        adoption: months
            .iter()
            .enumerate()
            .zip(0_i64..)
            .map(|((slot, &month), step)| {
                let graviton = compute(slot) * Decimal::new(4 + 6 * step, 2);
                let eligible = compute(slot) * Decimal::new(80, 2);
                AdoptionShare {
                    month,
                    graviton_cost: graviton,
                    compute_cost: compute(slot),
                    eligible_cost: eligible,
                    share_of_compute: ratio(graviton, compute(slot)),
                    share_of_eligible: ratio(graviton, eligible),
                    hours_share: Some(Decimal::new(4 + 6 * step, 2)),
                    vcpu_hours_share: Some(Decimal::new(5 + 6 * step, 2)),
                    normalized_units_share: None,
                    hours_share_of_eligible: Some(Decimal::new(5 + 7 * step, 2)),
                    vcpu_hours_share_of_eligible: Some(Decimal::new(6 + 7 * step, 2)),
                    normalized_units_share_of_eligible: None,
                }
            })
            .collect(),
        month_over_month: change(7, 8),
        since_first: change(0, 8),
        buckets: buckets(bill),
        savings_by_service: [
            ("AmazonRDS", 812_400, 143_020),
            ("AmazonEC2", 401_200, 60_333),
            ("AmazonElastiCache", 99_100, 9_410),
            ("AmazonES", 41_000, 5_286),
        ]
        .into_iter()
        .map(|(name, list, saving)| ServiceSaving {
            product_code: name.to_owned(),
            list_cost: cents(list),
            list_saving: cents(saving),
            conditional_saving: Decimal::ZERO,
            effective_saving: cents(saving * 8 / 10),
            unlocked_saving: cents(saving * 5 / 10),
            locked_saving: cents(saving * 8 / 10 - saving * 5 / 10),
        })
        .collect(),
        bridge_previous: bridge(months[7], months[8], 7, 8),
        bridge: bridge(months[0], months[8], 0, 8),
        savings_by_month: months
            .iter()
            .zip(0_i64..)
            .map(|(&month, step)| SavingsMonth {
                month,
                realized_saving: cents(40_000 * step),
                list_saving: cents(500_000 - 30_000 * step),
                effective_saving: cents(450_000 - 30_000 * step),
                unlocked_saving: cents(300_000 - 20_000 * step),
                locked_saving: cents(150_000 - 10_000 * step),
            })
            .collect(),
        realized: vec![RealizedRow {
            product_code: "AmazonRDS".to_owned(),
            amortized_cost: cents(800_000),
            baseline_cost: cents(950_000),
            realized_saving: cents(150_000),
            not_computed_cost: cents(1_200),
        }],
        coverage_by_service: vec![CoverageByService {
            product_code: "AmazonRDS".to_owned(),
            on_demand_cost: cents(500_000),
            reserved_cost: cents(700_000),
            savings_plan_cost: Decimal::ZERO,
            spot_cost: Decimal::ZERO,
            unused_commitment: cents(9_000),
            coverage: Some(Decimal::new(62, 2)),
            utilization: Some(Decimal::new(987, 3)),
            effective_savings_rate: Some(Decimal::new(21, 2)),
        }],
        commitments: vec![commitment("arn:aws:rds:ap-northeast-2:111122223333:ri:1")],
        expiry: vec![ExpiryRow {
            unlock_month: Month::new(2024, 10),
            product_code: "AmazonRDS".to_owned(),
            commitments: 2,
            cost: cents(120_000),
            locked_saving: cents(12_000),
        }],
        opportunities: (0..31).map(opportunity).collect(),
        held_back: held_back(),
        footer: footer(),
    }
}

/// Two events, of which one has a long name.
fn events() -> Vec<EventRow> {
    let event = |name: &str, start: &str, end: &str, peak| EventRow {
        name: name.to_owned(),
        start: start.to_owned(),
        end: end.to_owned(),
        all_day: false,
        hours: 2,
        cost: Some(cents(9_700)),
        usual_cost: Some(cents(4_000)),
        extra_cost: Some(cents(5_700)),
        peak_instances: peak,
        peak_average: Some(Decimal::new(5_667, 2)),
        days_cost: cents(130_400),
        usual_days_cost: Some(cents(125_000)),
        source: "launches.ics".to_owned(),
    };
    vec![
        event("New year sale", "2024-01-12T11:20:00Z", "2024-01-12T12:40:00Z", Some(130)),
        event(
            "Lunar new year flash sale with a live broadcast and new collections",
            "2024-01-12T20:00:00Z",
            "2024-01-14T00:00:00Z",
            None,
        ),
    ]
}

fn bursts() -> Vec<BurstRow> {
    vec![BurstRow {
        product_code: "AmazonEC2".to_owned(),
        region: Some("ap-northeast-2".to_owned()),
        start: "2024-01-12T11:00:00Z".to_owned(),
        end: "2024-01-12T12:00:00Z".to_owned(),
        hours_above: 1,
        baseline_instances: Some(Decimal::from(20)),
        peak_instances: Some(130),
        baseline_average: Decimal::from(20),
        peak_average: Decimal::new(5_667, 2),
        extra_hours: Decimal::new(3_667, 2),
        cost: cents(544),
        extra_cost: cents(352),
        events: Some("New year sale".to_owned()),
    }]
}

fn steady_usage() -> Vec<SteadyRow> {
    vec![SteadyRow {
        product_code: "AmazonEC2".to_owned(),
        region: Some("ap-northeast-2".to_owned()),
        instance_type: "m5.large".to_owned(),
        variant: Some("Linux".to_owned()),
        instances: Decimal::from(20),
        hours: 744,
        on_demand_price: Some(Decimal::new(118, 3)),
        committed_rate: Some(Decimal::new(87, 3)),
        offering: Some("ComputeSP-1yr-NoUpfront".to_owned()),
        price_as_of: Some(day(2024, 1, 2)),
        saving: Some(cents(46_128)),
    }]
}

pub(crate) fn day_row(number: u32, cost: Decimal) -> DayRow {
    let other_cost = if number == 1 { cost / Decimal::from(4) } else { Decimal::ZERO };
    DayRow {
        day: day(2024, 1, number),
        usage_cost: cost,
        other_cost,
        amortized_cost: cost + other_cost,
        unblended_cost: cost,
        events: (number == 12).then(|| "New year sale".to_owned()),
    }
}

/// Twenty instances always, 130 in one hour.
pub(crate) fn hour_row(number: u32) -> HourRow {
    let is_burst = number == 11 * 24 + 11;
    HourRow {
        hour: format!("2024-01-{:02}T{:02}:00:00Z", number / 24 + 1, number % 24),
        product_code: "AmazonEC2".to_owned(),
        region: Some("ap-northeast-2".to_owned()),
        instances: Some(if is_burst { 130 } else { 20 }),
        average: if is_burst { Decimal::new(5_667, 2) } else { Decimal::from(20) },
        cost: cents(if is_burst { 544 } else { 192 }),
    }
}

/// Every change half usage, half Graviton.
fn bridge(from_month: Month, to_month: Month, from: usize, to: usize) -> Vec<BridgeLine> {
    COSTS
        .iter()
        .map(|(name, costs)| {
            let change = cents(costs[to] - costs[from]);
            let half = change / Decimal::TWO;
            BridgeLine {
                basis: Basis::Amortized,
                from_month,
                to_month,
                product_code: (*name).to_owned(),
                usage: half,
                list_price: Decimal::ZERO,
                commitment: Decimal::ZERO,
                graviton: change - half,
                mix: Decimal::ZERO,
                credits_tax_fees: Decimal::ZERO,
                other: Decimal::ZERO,
                change,
            }
        })
        .collect()
}

fn commitment(arn: &str) -> CommitmentLine {
    CommitmentLine {
        arn: arn.to_owned(),
        kind: "ReservedInstance".to_owned(),
        offering: Some("standard".to_owned()),
        scope: "db.r6g in ap-northeast-2".to_owned(),
        terms: "1yr, No Upfront".to_owned(),
        start_date: Some(day(2023, 10, 1)),
        end_date: Some(day(2024, 9, 30)),
        unlock_month: Month::new(2024, 10),
        cost: cents(120_000),
        unused_cost: cents(9_000),
        utilization: Some(Decimal::new(925, 3)),
        remaining_cost: Some(cents(960_000)),
    }
}

fn kpis(bill: Decimal) -> Vec<Kpi> {
    let card = |id, label: &str, unit, value, detail: &str, definition: &str| Kpi {
        change: None,
        basis: None,
        id,
        label: label.to_owned(),
        unit,
        value,
        detail: detail.to_owned(),
        definition: definition.to_owned(),
    };
    vec![
        card(
            "bill_amortized",
            "Bill, amortised",
            KpiUnit::Money,
            Some(bill),
            "−173.05 USD (−0.4 %) against Dec 2023",
            "RI and SP fees spread over the usage they cover.",
        ),
        card(
            "bill_unblended",
            "Bill, unblended",
            KpiUnit::Money,
            Some(bill - cents(41_233)),
            "ties to the invoice",
            "Cash cost as AWS charges it.",
        ),
        card(
            "open_saving",
            "Saving still open",
            KpiUnit::Money,
            Some(cents(218_049)),
            "31 opportunities, at list price",
            "Hours × (list price − list price of the cheapest admissible Graviton target).",
        ),
        card(
            "graviton_share",
            "Graviton share of compute",
            KpiUnit::Ratio,
            Some(Decimal::new(52, 2)),
            "4.0 % in May 2023",
            "Amortised cost of Arm instances ÷ amortised cost of all instances.",
        ),
        card(
            "coverage",
            "Covered by commitments",
            KpiUnit::Ratio,
            Some(Decimal::new(60, 2)),
            "utilisation 93.1 %",
            "List cost of covered usage ÷ list cost of covered and on-demand usage.",
        ),
        card(
            "net_bill",
            "Bill, net of discounts",
            KpiUnit::Money,
            None,
            "the bill has no net columns",
            "Amortised cost after private discounts.",
        ),
    ]
}

fn buckets(bill: Decimal) -> Vec<Bucket> {
    let parts = [1_640_200, 1_353_700, 40_110, 122_090, 31_000, 0];
    let rest = bill - parts.iter().map(|part| cents(*part)).sum::<Decimal>();
    let amounts = parts.into_iter().map(cents).chain([rest]);
    Verdict::ALL
        .iter()
        .zip(amounts)
        .map(|(&verdict, amount)| Bucket {
            verdict,
            line_items: 183_484,
            unblended_cost: amount,
            amortized_cost: amount,
        })
        .collect()
}

fn opportunity(rank: i64) -> OpportunityRow {
    let shapes = [
        ("AmazonRDS", "db.r5.4xlarge", "db.r6g.4xlarge", Some("Aurora MySQL"), Some("Multi-AZ")),
        ("AmazonEC2", "c5.9xlarge", "c8g.8xlarge", None, None),
        ("AmazonElastiCache", "cache.r5.xlarge", "cache.r7g.xlarge", Some("Redis"), None),
    ];
    let (service, source, target, engine, deployment) = shapes[usize::try_from(rank).unwrap() % 3];
    OpportunityRow {
        account_id: format!("{:012}", 111_122_223_333_i64 + rank),
        account_name: (rank % 4 != 3).then(|| format!("production-payments-{rank}")),
        region: "ap-northeast-2".to_owned(),
        product_code: service.to_owned(),
        instance_type: source.to_owned(),
        operating_system: (service == "AmazonEC2").then(|| "Linux".to_owned()),
        database_engine: engine.map(str::to_owned),
        deployment_option: deployment.map(str::to_owned),
        purchase_option: Some(["OnDemand", "Reserved", "SavingsPlan"][usize::try_from(rank).unwrap() % 3].to_owned()),
        target_instance_type: target.to_owned(),
        hours: Decimal::new(744 * (31 - rank) * 100 + 25, 2),
        source_price: Decimal::new(2_784, 3),
        target_price: Decimal::new(24_832, 4),
        target_rate: None,
        amortized_cost: cents(90_000 - rank * 1_000),
        list_saving: cents(22_000 - rank * 700),
        effective_saving: Some(cents(20_000 - rank * 600)),
        unlocked_saving: Some(cents(if rank % 3 == 1 { 0 } else { 20_000 - rank * 600 })),
        locked_saving: Some(cents(if rank % 3 == 1 { 20_000 - rank * 600 } else { 0 })),
        unlock_month: if rank % 3 == 1 { Month::new(2024, 10) } else { None },
        effort: Some("low".to_owned()),
        transition_cost: Some(cents(1_200)),
        payback_days: Some(Decimal::new(21, 1)),
        condition: engine.map(|engine| format!("{engine} 8.0.17 or later")),
        estimate: (rank == 5).then(|| "Target size assumed: no 9xlarge".to_owned()),
        price_as_of: day(2024, 1, 15),
    }
}

fn held_back() -> Vec<HeldBackRow> {
    [
        (Verdict::Blocked, "windows", "Windows does not run on Graviton.", "AmazonEC2", 61_020),
        (
            Verdict::Blocked,
            "gpu",
            "GPU and accelerator instances have no Graviton counterpart with the same device.",
            "AmazonEC2",
            40_900,
        ),
        (
            Verdict::Costlier,
            "costlier",
            "Every admissible Graviton target is dearer in this region; the cheapest is m7g.large.",
            "AmazonEC2",
            40_110,
        ),
        (
            Verdict::Unpriced,
            "no_target_price",
            "A target is sold here, its price is not in the table.",
            "AmazonES",
            31_000,
        ),
    ]
    .into_iter()
    .map(|(verdict, reason, explanation, product_code, cost)| HeldBackRow {
        verdict,
        reason: reason.to_owned(),
        explanation: explanation.to_owned(),
        product_code: product_code.to_owned(),
        instance_types: vec!["m5.large".to_owned(), "m5.2xlarge".to_owned(), "t3.medium".to_owned()],
        hours: Decimal::new(14_880, 1),
        amortized_cost: cents(cost),
    })
    .collect()
}

fn footer() -> Footer {
    let definition = |term: &str, meaning: &str| (term.to_owned(), meaning.to_owned());
    Footer {
        gravimeter: "0.1.0",
        sources: vec!["seoul-cur2 (CUR 2.0 Parquet, 10 months, 10 files)".to_owned()],
        rows_read: 12_493_625,
        bytes_read: 1_312_094_331,
        bytes_skipped: 4_000_000_000,
        athena_usd: Decimal::new(6_560, 6),
        target_policy: "cheapest target".to_owned(),
        prices_as_of: day(2024, 1, 31),
        price_table: "0f1e2d3c".to_owned(),
        price_warning: Some("12.5 % of the priced compute rests on old prices".to_owned()),
        prices_used: Some((day(2023, 12, 1), day(2024, 1, 15))),
        unpriced_share: Some(Decimal::new(97, 4)),
        notes: vec!["The bill has no net columns: net figures are left out.".to_owned()],
        definitions: vec![
            definition("Amortised", "RI and SP fees spread over the usage they cover, unused commitment in its month."),
            definition("List price", "AWS's public on-demand price in that region, dated."),
            definition(
                "Eligible",
                "A Graviton target with at least the vCPUs and memory is sold there and is cheaper.",
            ),
        ],
    }
}

/// Text that tries to leave HTML, SVG, CSV and attributes.
pub(crate) const HOSTILE: &str =
    "=cmd|'/c calc'!A1</td></title></svg><script>alert(1)</script><img src=x onerror=alert(1)>\"'&";

fn revision(month: Month, bill: Decimal) -> Revision {
    let (before, change) = (bill - cents(1_234), cents(1_234));
    Revision {
        number: 2,
        previous: 1,
        causes: vec![Cause { id: "delivery", detail: "seoul-cur2 2024-01".to_owned() }],
        months: vec![RevisedMonth {
            month,
            line_items_before: 4_537,
            line_items: 4_540,
            unblended_before: before,
            unblended_cost: bill,
            unblended_change: change,
            amortized_before: before,
            amortized_cost: bill,
            amortized_change: change,
        }],
        services: vec![RevisedService {
            product_code: "AmazonEC2".to_owned(),
            unblended_before: cents(100_000),
            unblended_cost: cents(101_234),
            unblended_change: change,
            amortized_before: cents(100_000),
            amortized_cost: cents(101_234),
            amortized_change: change,
        }],
        amounts: vec![RevisedAmount { figure: "bill", before: Some(before), now: Some(bill) }],
        ratios: vec![RevisedRatio { figure: "coverage", ratio_before: None, ratio: Some(Decimal::new(42, 2)) }],
    }
}

/// Returns the report with hostile text in every field that comes from the bill.
pub(crate) fn hostile() -> Report {
    let mut report = report();
    if let Some(revision) = &mut report.revision {
        revision.causes[0].detail = HOSTILE.to_owned();
        revision.services[0].product_code = HOSTILE.to_owned();
    }
    report.title = HOSTILE.to_owned();
    report.headline = HOSTILE.to_owned();
    report.currency = "<b>USD".to_owned();
    for row in &mut report.cost_by_service {
        if row.product_code == "AmazonRDS" {
            row.product_code = HOSTILE.to_owned();
        }
    }
    for row in report.month_over_month.iter_mut().chain(&mut report.since_first).take(1) {
        row.product_code = HOSTILE.to_owned();
    }
    report.since_first[0].product_code = HOSTILE.to_owned();
    report.savings_by_service[0].product_code = HOSTILE.to_owned();
    report.bridge[0].product_code = HOSTILE.to_owned();
    report.bridge_previous[0].product_code = HOSTILE.to_owned();
    report.realized[0].product_code = HOSTILE.to_owned();
    report.coverage_by_service[0].product_code = HOSTILE.to_owned();
    report.commitments[0] = CommitmentLine { scope: HOSTILE.to_owned(), ..commitment(HOSTILE) };
    report.expiry[0].product_code = HOSTILE.to_owned();
    report.kpis[0].label = HOSTILE.to_owned();
    report.kpis[0].detail = HOSTILE.to_owned();
    for text in ["+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx"].into_iter().zip(&mut report.opportunities) {
        text.1.account_name = Some(text.0.to_owned());
    }
    let row = &mut report.opportunities[5];
    row.account_name = Some(HOSTILE.to_owned());
    row.instance_type = HOSTILE.to_owned();
    row.condition = Some(HOSTILE.to_owned());
    row.estimate = Some(HOSTILE.to_owned());
    report.held_back[0].explanation = HOSTILE.to_owned();
    report.held_back[0].instance_types = vec![HOSTILE.to_owned()];
    report.footer.sources = vec![HOSTILE.to_owned()];
    report.footer.notes = vec![HOSTILE.to_owned()];
    report.footer.definitions = vec![(HOSTILE.to_owned(), HOSTILE.to_owned())];
    report
}

/// Returns a report of `months` months in which two services share a monthly bill of `cents`.
pub(crate) fn plain(months: usize, amount: i64) -> Report {
    let mut report = report();
    let list = months_from(Month::new(2021, 3).unwrap(), months);
    let (large, small) = (cents(amount) * Decimal::new(3, 0) / Decimal::new(4, 0), cents(amount) / Decimal::new(4, 0));
    let month_row = report.months[0].clone();
    report.months = list
        .iter()
        .map(|&month| MonthRow { month, partial: month == list[0], amortized_cost: cents(amount), ..month_row.clone() })
        .collect();
    report.month = list[months - 1];
    report.first_month = Some(list[0]);
    report.previous_month = (months > 1).then(|| list[months.saturating_sub(2)]);
    report.cost_by_service = list
        .iter()
        .flat_map(|&month| {
            [("AmazonEC2", large), ("AmazonRDS", small)].map(|(name, cost)| ServiceCost {
                month,
                product_code: name.to_owned(),
                unblended_cost: cost,
                amortized_cost: cost,
            })
        })
        .collect();
    let coverage = report.coverage[0].clone();
    report.coverage = list
        .iter()
        .map(|&month| CoverageRow { month, on_demand_cost: large, reserved_cost: small, ..coverage.clone() })
        .collect();
    let adoption = report.adoption[0].clone();
    report.adoption = list.iter().map(|&month| AdoptionShare { month, ..adoption.clone() }).collect();
    report.since_first = [("AmazonEC2", large), ("AmazonRDS", -large)]
        .map(|(name, change)| ChangeRow {
            basis: Basis::Amortized,
            product_code: name.to_owned(),
            from_cost: small,
            to_cost: small + change,
            change,
        })
        .to_vec();
    report.month_over_month.clone_from(&report.since_first);
    report.savings_by_service.truncate(1);
    report.savings_by_service[0].list_cost = large;
    report.savings_by_service[0].list_saving = small;
    let first = report.bridge[0].clone();
    report.bridge = vec![BridgeLine {
        from_month: list[0],
        basis: Basis::Amortized,
        to_month: report.month,
        usage: large,
        graviton: -large,
        change: Decimal::ZERO,
        ..first
    }];
    let savings = report.savings_by_month[1].clone();
    report.savings_by_month = list
        .iter()
        .map(|&month| SavingsMonth { month, realized_saving: small, unlocked_saving: large, ..savings.clone() })
        .collect();
    report
}
