//! EC2 as its price list states it: each price among products that look the same but for an attribute.

use gravimeter::pricing::{PriceBook, PriceRow};
use rust_decimal::Decimal;

use super::products::{Product, Rate, one_of, place};

const NAME: &str = "Amazon Elastic Compute Cloud";

/// Returns the product of a row and those that are near to it.
pub(crate) fn products(book: &PriceBook, row: &PriceRow<'_>) -> Vec<Product> {
    let (system, operation) = match row.variant {
        "Linux" => ("Linux", "RunInstances"),
        "Windows" => ("Windows", "RunInstances:0002"),
        "RHEL" => ("RHEL", "RunInstances:0010"),
        "SLES" => ("SUSE", "RunInstances:000g"),
        _ => return Vec::new(),
    };
    let item = row.item;
    let (_, prefix) = place(row.region);
    let family = if item.contains(".metal") { "Compute Instance (bare metal)" } else { "Compute Instance" };
    let mut plain = Product::of(row, "AmazonEC2", NAME, family)
        .with(&[
            ("instanceType", item),
            ("operatingSystem", system),
            ("tenancy", "Shared"),
            ("preInstalledSw", "NA"),
            ("capacitystatus", "Used"),
            ("licenseModel", "No License required"),
            ("marketoption", "OnDemand"),
            ("availabilityzone", "NA"),
            ("currentGeneration", "Yes"),
            ("vpcnetworkingsupport", "true"),
            ("classicnetworkingsupport", "false"),
            ("processorArchitecture", "64-bit"),
            ("normalizationSizeFactor", "4"),
            ("storage", "EBS only"),
        ])
        .used(&format!("{prefix}BoxUsage:{item}"), operation);
    if let Some(shape) = book.shape(item) {
        plain.set("vcpu", &shape.vcpu.to_string());
    }
    plain.reserved = one_of(&format!("{} {item} {system}", row.region), 6);
    let plain = plain.finish();

    let mut near: Vec<Product> = Vec::new();
    let other = |changes: &[(&'static str, &str)], usage: &str, operation: &str, percent: i64| {
        let mut product = plain.clone().with(changes).used(&format!("{prefix}{usage}:{item}"), operation);
        product.reserved = false;
        product.times(percent).finish()
    };
    near.push(other(&[("tenancy", "Dedicated")], "DedicatedUsage", operation, 110));
    near.push(other(&[("tenancy", "Host")], "HostBoxUsage", operation, 0));
    let of_this = plain.sku.as_str();
    near.push(other(
        &[("capacitystatus", "UnusedCapacityReservation"), ("instancesku", of_this)],
        "UnusedBox",
        operation,
        100,
    ));
    near.push(other(
        &[("capacitystatus", "AllocatedCapacityReservation"), ("instancesku", of_this)],
        "Reservation",
        operation,
        0,
    ));
    match system {
        "Linux" => near.push(other(&[("preInstalledSw", "SQL Web")], "BoxUsage", "RunInstances:0200", 150)),
        "Windows" => {
            near.push(other(&[("preInstalledSw", "SQL Std")], "BoxUsage", "RunInstances:0006", 220));
            near.push(other(&[("preInstalledSw", "SQL Ent")], "BoxUsage", "RunInstances:0102", 480));
            near.push(other(&[("licenseModel", "Bring your own license")], "BoxUsage", "RunInstances:0800", 70));
        }
        _ => {}
    }
    if row.region == "us-east-1" && one_of(item, 4) {
        let changes =
            [("location", "US East (Boston)"), ("locationType", "AWS Local Zone"), ("regionCode", "us-east-1-bos-1")];
        near.push(plain.clone().with(&changes).used(&format!("BOS1-BoxUsage:{item}"), operation).times(120).finish());
    }
    if one_of(item, 20) && system == "Linux" {
        // Dated later, paid by the block: no price by the hour.
        let mut block = other(&[("marketoption", "CapacityBlock")], "CapacityBlock", operation, 90);
        block.rates = vec![Rate::flat("Hrs", Decimal::new(1, 1))];
        near.push(block);
    }
    near.push(plain);
    near
}
