//! The words that stand beside the figures: one definition of each term.

/// Definition of the bill.
pub(super) const KPI_BILL: &str =
    "Amortised cost of all line items of the month: RI and SP fees stand with the usage they cover.";
/// Definition of the change.
pub(super) const KPI_CHANGE: &str = "Amortised cost of the month minus that of the first complete month in the data.";
/// Definition of the open saving.
pub(super) const KPI_SAVING: &str = "Σ hours × (list price of the source − list price of the Graviton type that the target \
     policy chooses), over usage where that is positive.";
/// Definition of what can be saved now.
pub(super) const KPI_UNLOCKED: &str = "The part of the effective saving by which the bill falls if the moves are made now: on-demand usage, and usage under a \
     Compute or Database Savings Plan as far as on-demand usage of the month takes up what the plan is left with.";
/// Definition of what was saved.
pub(super) const KPI_REALIZED: &str = "What the Arm usage of the month would have cost on its documented x86 predecessor, at the same purchase option, \
     minus what it did cost. Spot and types without a predecessor are left out.";
/// Definition of the Graviton share.
pub(super) const KPI_GRAVITON: &str =
    "Amortised cost of compute on Arm ÷ that of all compute; RI, SP and Spot on both sides.";
/// Definition of coverage.
pub(super) const KPI_COVERAGE: &str =
    "List cost of usage covered by RI or SP ÷ list cost of covered and on-demand usage; Spot stands apart.";

/// Definition of the share that could not be priced.
pub(super) const KPI_UNPRICED: &str = "Amortised cost of instance usage whose verdict is unpriced or unknown ÷ that of all instance usage. Never counted as zero saving.";

/// Returns every term of the page with its meaning.
pub(super) fn definitions() -> Vec<(String, String)> {
    [
        ("unblended", "Cash cost as AWS charges it; ties to the invoice."),
        (
            "amortised",
            "RI and SP fees spread over the usage they cover; what nobody used stays on the fee's own row.",
        ),
        ("list price", "Public on-demand price per hour, from the dated price table of this tool."),
        ("list saving", KPI_SAVING),
        ("effective saving", "At the rates of this payer, discounts included. Under a Reserved Instance or Savings Plan: what is paid − hours × rate of the target under the same commitment, where that rate is known; else, and on demand, list saving × what is paid ÷ list of that very usage, noted as a ratio."),
        ("unlocked saving", KPI_UNLOCKED),
        ("locked saving", "The rest of the effective saving: behind Reserved Instances, EC2 Instance Savings Plans and plans with nothing to take up what is freed. It is free from the first month after the end of the commitment."),
        ("realised saving", KPI_REALIZED),
        ("effect: usage", "More or less capacity (vCPU hours of a region, system or engine and deployment), storage and transfer, at what was paid for it in the earlier month."),
        ("effect: list price", "Another public price of a type that ran in both months; another Spot price."),
        ("effect: commitment", "Other rates of Reserved Instances and Savings Plans, their fees and their waste."),
        ("effect: Graviton", "Arm in the place of x86: hours × (list price of the predecessor − own list price), at what was paid of list in the earlier month."),
        ("effect: mix", "Other families, sizes and generations of the same capacity."),
        ("effort", "low: a managed service changes its nodes; medium: nodes and images; high: software of one's own. The table is pricing-cache/effort.csv."),
        ("conditional", "The part of a saving that needs an engine version; a bill does not show which one runs."),
        ("graviton", "Verdict: already on Arm."),
        ("eligible", "Verdict: a cheaper Graviton type with at least the vCPUs, memory, 90 % of the local storage and 70 % of the baseline network is sold in the region, and is not measured to be slower."),
        ("costlier", "Verdict: Graviton types fit, none of them is cheaper."),
        ("blocked", "Verdict: cannot move, with the reason."),
        ("unpriced", "Verdict: a target exists, its price here is not known. Never counted as zero."),
        ("unknown", "Verdict: the bill does not say enough, or this version has no rule."),
        ("not applicable", "Verdict: no architecture to choose: storage, transfer, fees, credits, tax."),
        ("coverage", KPI_COVERAGE),
        ("utilisation", "Used commitment ÷ (used + unused), at amortised cost."),
        ("speed", "Geekbench 6 multi-core at equal vCPU count, measured by Spare Cores (CC BY-SA 4.0). A speed-up is never counted as money."),
    ]
    .into_iter()
    .map(|(term, meaning)| (term.to_owned(), meaning.to_owned()))
    .collect()
}
