-- purpose: the one scan that every figure comes from: line items reduced to what their month's figures need
-- grain:   one row per month, payer, account, region, product, charge type and kind of usage
-- inputs:  line_items
-- columns: the grouping columns of line_items, and
--   line_items          count of line items
--   usage_amount        quantity in the unit of the usage; hours where usage_kind is instance_hours
--   *_cost              decimal, in `currency`; net and list are null where the bill has none
--   upfront_cost        the part of unblended_cost that pays for commitments in advance, or its refund
--   amortized_upfront   share of earlier upfront payments that the month carries; null when unknown for any line item
--   usage_through       latest end of usage that spans a day or less, UTC: how far the data reaches
--   any_usage_through   latest end of any usage, UTC
select
    month,
    payer_account_id,
    account_id,
    account_name,
    region,
    product_code,
    charge_type,
    purchase_option,
    usage_kind,
    instance_type,
    architecture,
    vcpu,
    operating_system,
    database_engine,
    deployment_option,
    tenancy,
    licensed_software,
    price_variant,
    public_rate,
    currency,
    verdict,
    reason,
    count(*) as line_items,
    sum(usage_amount) as usage_amount,
    sum(unblended_cost) as unblended_cost,
    sum(amortized_cost) as amortized_cost,
    sum(net_unblended_cost) as net_unblended_cost,
    sum(net_amortized_cost) as net_amortized_cost,
    sum(list_cost) as list_cost,
    sum(upfront_cost) as upfront_cost,
    case when count(amortized_upfront) = count(*) then sum(amortized_upfront) end as amortized_upfront,
    max(usage_end) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and usage_end <= usage_start + interval '1 day'
    ) as usage_through,
    max(coalesce(usage_end, usage_start)) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    ) as any_usage_through
from line_items
group by
    month,
    payer_account_id,
    account_id,
    account_name,
    region,
    product_code,
    charge_type,
    purchase_option,
    usage_kind,
    instance_type,
    architecture,
    vcpu,
    operating_system,
    database_engine,
    deployment_option,
    tenancy,
    licensed_software,
    price_variant,
    public_rate,
    currency,
    verdict,
    reason
