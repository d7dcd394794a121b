//! The names the rules go by: tables and columns of the bill, functions, charge types.

/// A table that SQL sees.
#[derive(Debug)]
pub(super) struct Table {
    pub name: &'static str,
    /// Columns that place a row in time; empty where a row belongs to no month.
    pub period: &'static [&'static str],
    /// Has `charge_type` and `currency`.
    pub has_charges: bool,
    /// Has rows that are no usage: tax, credits, refunds.
    pub has_taxes: bool,
}

const MONTH: &[&str] = &["month"];

const fn figures(name: &'static str) -> Table {
    Table { name, period: MONTH, has_charges: false, has_taxes: false }
}

const fn costs(name: &'static str, period: &'static [&'static str]) -> Table {
    Table { name, period, has_charges: true, has_taxes: true }
}

const TABLES: &[Table] = &[
    costs("line_items", &["month", "usage_start", "usage_end"]),
    costs("monthly_costs", MONTH),
    costs("daily_costs", &["month", "day"]),
    // Holds compute and the fees of its commitments only, so no tax and no credits.
    Table { has_taxes: false, ..costs("hourly_usage", &["month", "hour"]) },
    costs("resource_costs", MONTH),
    figures("graviton_opportunities"),
    figures("graviton_realized"),
    figures("graviton_adoption"),
    figures("commitment_coverage"),
    figures("commitments"),
    Table { period: &[], ..figures(BRIDGE) },
    Table { period: &[], ..figures("prices") },
    Table { period: &[], ..figures("instance_types") },
];

/// The table of which each row compares two months.
pub(super) const BRIDGE: &str = "cost_bridge";

/// Returns the table of that name, in lower case.
pub(super) fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// Columns of money and whether they may be NULL.
const MONEY: &[(&str, bool)] = &[
    ("unblended_cost", false),
    ("amortized_cost", false),
    ("net_unblended_cost", true),
    ("net_amortized_cost", true),
    ("list_cost", true),
    ("upfront_cost", false),
    ("amortized_upfront", true),
    ("public_rate", true),
    ("source_price", true),
    ("target_price", true),
    ("target_rate", true),
    ("list_saving", true),
    ("effective_saving", true),
    ("unlocked_saving", true),
    ("locked_saving", true),
    ("transition_cost", true),
    ("baseline_cost", true),
    ("baseline_price", true),
    ("realized_saving", true),
    ("on_demand_cost", false),
    ("reserved_cost", false),
    ("savings_plan_cost", false),
    ("spot_cost", false),
    ("unused_commitment", false),
    ("cost", false),
    ("unused_cost", false),
    ("remaining_cost", true),
    ("price", false),
    ("amount", false),
];

/// Names the columns of money that the tables have.
pub(super) fn money() -> impl Iterator<Item = &'static str> {
    MONEY.iter().map(|(name, _)| *name)
}

/// Tells whether a column holds money, by its own name or by one that people give to sums of it.
pub(super) fn is_money(column: &str) -> bool {
    money().any(|name| name == column) || ["_cost", "_price", "_saving"].iter().any(|end| column.ends_with(end))
}

/// Tells whether a column of a table may be NULL in a row that has other amounts.
pub(super) fn is_nullable(column: &str) -> bool {
    MONEY.iter().any(|(name, nullable)| *nullable && *name == column)
}

/// Tells whether it is a cost of line items.
pub(super) fn is_cost(column: &str) -> bool {
    is_net(column) || matches!(column, "unblended_cost" | "amortized_cost" | "list_cost" | "upfront_cost")
}

/// Tells whether it is a cost as cash, in which the fees of commitments are not spread.
pub(super) fn is_cash(column: &str) -> bool {
    matches!(column, "unblended_cost" | "net_unblended_cost")
}

/// Tells whether it is a cost after private discounts.
pub(super) fn is_net(column: &str) -> bool {
    matches!(column, "net_unblended_cost" | "net_amortized_cost")
}

/// Tells whether a column places a row in time, in any table.
pub(super) fn is_period(column: &str) -> bool {
    is_month(column) || matches!(column, "usage_start" | "usage_end" | "day" | "hour")
}

/// Tells whether a column is a billing month.
pub(super) fn is_month(column: &str) -> bool {
    matches!(column, "month" | "from_month" | "to_month")
}

/// Columns that only rows of usage have: a filter on one leaves tax, credits and refunds out.
pub(super) const OF_USAGE: &[&str] = &[
    "purchase_option",
    "usage_kind",
    "verdict",
    "instance_type",
    "instance_family",
    "architecture",
    "vcpu",
    "operating_system",
    "database_engine",
    "deployment_option",
    "tenancy",
];

/// Usage that a Savings Plan covers, at its on-demand price.
pub(super) const COVERED: &str = "SavingsPlanCoveredUsage";

/// Takes the on-demand price of covered usage back.
pub(super) const NEGATION: &str = "SavingsPlanNegation";

/// Tells whether a function makes one value of many rows.
pub(super) fn is_aggregate(function: &str) -> bool {
    const OTHERS: &[&str] =
        &["count", "min", "max", "median", "array_agg", "string_agg", "any_value", "bool_and", "bool_or", "corr"];
    const FAMILIES: &[&str] = &["approx_", "stddev", "var_", "percentile_", "quantile_", "covar", "regr_", "bit_"];
    is_adding(function) || OTHERS.contains(&function) || FAMILIES.iter().any(|start| function.starts_with(start))
}

/// Tells whether a function adds its rows up.
pub(super) fn is_adding(function: &str) -> bool {
    matches!(function, "sum" | "avg" | "mean")
}

/// Tells whether a function puts another value in the place of NULL.
pub(super) fn is_coalesce(function: &str) -> bool {
    matches!(function, "coalesce" | "ifnull" | "nvl" | "nvl2" | "zeroifnull")
}

/// Tells whether a function looks at another row of its window.
pub(super) fn is_neighbour(function: &str) -> bool {
    matches!(function, "lag" | "lead" | "first_value" | "last_value" | "nth_value")
}
