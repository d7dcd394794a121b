//! Volume tiers: usage whose price falls with its volume has an item for each tier.

use rust_decimal::Decimal;

/// Usage type, volume at which the tier begins, item.
const TIERS: &[(&str, i64, &str)] = &[
    ("Lambda-GB-Second", 0, "Lambda-GB-Second"),
    ("Lambda-GB-Second", 6_000_000_000, "Lambda-GB-Second:Tier2(6e9-15e9)"),
    ("Lambda-GB-Second", 15_000_000_000, "Lambda-GB-Second:Tier3(>15e9)"),
    ("Lambda-GB-Second-ARM", 0, "Lambda-GB-Second-ARM"),
    ("Lambda-GB-Second-ARM", 7_500_000_000, "Lambda-GB-Second-ARM:Tier2(7.5e9-18.75e9)"),
    ("Lambda-GB-Second-ARM", 18_750_000_000, "Lambda-GB-Second-ARM:Tier3(>18.75e9)"),
    ("ApiGatewayRequest", 0, "ApiGatewayRequest:first333M"),
    ("ApiGatewayRequest", 333_000_000, "ApiGatewayRequest:next667M"),
    ("ApiGatewayRequest", 1_000_000_000, "ApiGatewayRequest:next19B"),
    ("ApiGatewayRequest", 20_000_000_000, "ApiGatewayRequest:over20B"),
    ("ApiGatewayHttpRequest", 0, "ApiGatewayHttpRequest:first300M"),
    ("ApiGatewayHttpRequest", 300_000_000, "ApiGatewayHttpRequest:over300M"),
    ("ApiGatewayMessage", 0, "ApiGatewayMessage:first1B"),
    ("ApiGatewayMessage", 1_000_000_000, "ApiGatewayMessage:over1B"),
];

/// Tells whether the usage type has tiers.
pub(super) fn has(usage: &str) -> bool {
    TIERS.iter().any(|(known, ..)| *known == usage)
}

/// Returns the item of the tier that begins at this volume.
pub(super) fn item(usage: &str, begin: Decimal) -> Option<&'static str> {
    TIERS.iter().find(|(known, at, _)| *known == usage && Decimal::from(*at) == begin).map(|(.., item)| *item)
}
