//! Bulk files: offers and Savings Plans, as CSV and as JSON.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{
    answers::PLANS,
    catalogue::Catalogue,
    products::{Product, sku},
};

/// Offer, family, prefix of the usage type, years and payment of each plan.
pub(crate) const PLAN_TERMS: [(&str, &str, &str, u32, &str); 7] = [
    ("AWSComputeSavingsPlan", "ComputeSavingsPlans", "ComputeSP", 1, "No Upfront"),
    ("AWSComputeSavingsPlan", "ComputeSavingsPlans", "ComputeSP", 3, "All Upfront"),
    ("AWSComputeSavingsPlan", "EC2InstanceSavingsPlans", "EC2InstanceSP", 1, "Partial Upfront"),
    ("AWSComputeSavingsPlan", "EC2InstanceSavingsPlans", "EC2InstanceSP", 3, "No Upfront"),
    ("AWSDatabaseSavingsPlans", "DatabaseSavingsPlans", "DatabaseSP", 1, "No Upfront"),
    ("AWSMachineLearningSavingsPlans", "MachineLearningSavingsPlans", "SageMakerSP", 1, "No Upfront"),
    ("AWSMachineLearningSavingsPlans", "MachineLearningSavingsPlans", "SageMakerSP", 3, "Partial Upfront"),
];

/// Service codes whose products a plan may cover.
const PLANNED: [&str; 6] = ["AmazonEC2", "AmazonECS", "AWSLambda", "AmazonRDS", "AmazonElastiCache", "AmazonSageMaker"];

/// First columns of the CSV of an offer.
const TERM_COLUMNS: [&str; 16] = [
    "SKU",
    "OfferTermCode",
    "RateCode",
    "TermType",
    "PriceDescription",
    "EffectiveDate",
    "StartingRange",
    "EndingRange",
    "Unit",
    "PricePerUnit",
    "Currency",
    "RelatedTo",
    "LeaseContractLength",
    "PurchaseOption",
    "OfferingClass",
    "Product Family",
];

/// Columns of the CSV of a Savings Plan.
const PLAN_COLUMNS: [&str; 22] = [
    "SKU",
    "RateCode",
    "Unit",
    "EffectiveDate",
    "DiscountedRate",
    "Currency",
    "DiscountedSKU",
    "DiscountedServiceCode",
    "DiscountedUsageType",
    "DiscountedOperation",
    "PurchaseOption",
    "LeaseContractLength",
    "LeaseContractLengthUnit",
    "ServiceCode",
    "UsageType",
    "Operation",
    "Description",
    "Instance Family",
    "Location",
    "Location Type",
    "Granularity",
    "Product Family",
];

const DISCLAIMER: &str = "This pricing list is for informational purposes only. All prices are subject to the \
                          additional terms included in the pricing pages on http://aws.amazon.com. All Free Tier \
                          prices are also subject to the terms included at https://aws.amazon.com/free/";

/// Returns the file of an offer in a region.
pub(super) fn document(code: &str, region: &str, json: bool) -> String {
    if PLANS.iter().any(|(_, offer)| *offer == code) {
        return if json { plan_json(code, region) } else { plan_csv(code, region) };
    }
    let products = Catalogue::get().of(code, region);
    if json { offer_json(code, &products) } else { offer_csv(code, &products) }
}

/// Version and publication of the newest.
fn published(products: &[&Product]) -> (String, String) {
    products.iter().max_by_key(|product| product.as_of).map(|product| product.published()).unwrap()
}

fn offer_json(code: &str, products: &[&Product]) -> String {
    let (version, publication) = published(products);
    let (mut all, mut on_demand, mut reserved) = (Map::new(), Map::new(), Map::new());
    for product in products {
        all.insert(
            product.sku.clone(),
            json!({ "sku": product.sku, "productFamily": product.family, "attributes": product.attributes }),
        );
        on_demand.insert(product.sku.clone(), Value::Object(product.on_demand()));
        if product.reserved {
            reserved.insert(product.sku.clone(), Value::Object(product.reserved_terms()));
        }
    }
    let document = json!({
        "formatVersion": "v1.0", "disclaimer": DISCLAIMER, "offerCode": code, "version": version,
        "publicationDate": publication, "products": all, "terms": { "OnDemand": on_demand, "Reserved": reserved },
        "attributesList": {},
    });
    serde_json::to_string_pretty(&document).unwrap()
}

/// Returns the name of the column of an attribute.
fn column(attribute: &str) -> String {
    let known = match attribute {
        "servicecode" => "serviceCode",
        "servicename" => "serviceName",
        "usagetype" => "usageType",
        "operation" => "operation",
        "vcpu" => "vCPU",
        "capacitystatus" => "CapacityStatus",
        "preInstalledSw" => "Pre Installed S/W",
        "marketoption" => "MarketOption",
        "availabilityzone" => "AvailabilityZone",
        "vpcnetworkingsupport" => "VPCNetworkingSupport",
        "classicnetworkingsupport" => "ClassicNetworkingSupport",
        "instancesku" => "instanceSKU",
        "cputype" => "CPU Type",
        "memorytype" => "Memory Type",
        "storagetype" => "Storage Type",
        "tiertype" => "Tier Type",
        "cacheMemorySizeGb" => "Cache Memory Size (GiB)",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let mut name = String::new();
    for (place, letter) in attribute.chars().enumerate() {
        if place == 0 {
            name.push(letter.to_ascii_uppercase());
            continue;
        }
        if letter.is_ascii_uppercase() {
            name.push(' ');
        }
        name.push(letter);
    }
    name
}

fn line(text: &mut String, fields: &[String]) {
    let quoted: Vec<String> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
    writeln!(text, "{}", quoted.join(",")).unwrap();
}

fn metadata(code: &str, version: &str, publication: &str) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("FormatVersion", "v1.0"),
        ("Disclaimer", DISCLAIMER),
        ("Publication Date", publication),
        ("Version", version),
        ("OfferCode", code),
    ] {
        line(&mut text, &[name.to_owned(), value.to_owned()]);
    }
    text
}

fn offer_csv(code: &str, products: &[&Product]) -> String {
    let (version, publication) = published(products);
    let mut text = metadata(code, &version, &publication);
    let attributes: Vec<&str> = {
        let names: BTreeSet<&str> = products.iter().flat_map(|product| product.attributes.keys().copied()).collect();
        names.into_iter().collect()
    };
    let header = TERM_COLUMNS.iter().map(|name| (*name).to_owned());
    line(&mut text, &header.chain(attributes.iter().map(|name| column(name))).collect::<Vec<_>>());
    for product in products {
        let mut terms = vec![("OnDemand", product.on_demand())];
        if product.reserved {
            terms.push(("Reserved", product.reserved_terms()));
        }
        for (kind, term) in terms.iter().flat_map(|(kind, all)| all.values().map(move |term| (*kind, term))) {
            let of = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
            for dimension in term["priceDimensions"].as_object().unwrap().values() {
                let mut fields = vec![
                    product.sku.clone(),
                    of(term, "offerTermCode"),
                    of(dimension, "rateCode"),
                    kind.to_owned(),
                    of(dimension, "description"),
                    "2025-01-01".to_owned(),
                    of(dimension, "beginRange"),
                    of(dimension, "endRange"),
                    of(dimension, "unit"),
                    of(&dimension["pricePerUnit"], "USD"),
                    "USD".to_owned(),
                    String::new(),
                    of(&term["termAttributes"], "LeaseContractLength"),
                    of(&term["termAttributes"], "PurchaseOption"),
                    of(&term["termAttributes"], "OfferingClass"),
                    product.family.clone(),
                ];
                fields.extend(attributes.iter().map(|name| product.get(name).to_owned()));
                line(&mut text, &fields);
            }
        }
    }
    text
}

/// Returns the rate of a plan for a product, where it covers it.
pub(crate) fn plan_rate(product: &Product, family: &str, years: u32) -> Option<Decimal> {
    let usage = product.get("usagetype");
    let instances = product.code == "AmazonEC2" && !usage.contains("HostBoxUsage") && !usage.contains("Reservation:");
    let covered = match family {
        "EC2InstanceSavingsPlans" => instances,
        "DatabaseSavingsPlans" => {
            product.code == "AmazonRDS" && product.get("databaseEngine").contains("SQL")
                || product.code == "AmazonElastiCache" && product.get("cacheEngine") == "Valkey"
        }
        "MachineLearningSavingsPlans" => product.code == "AmazonSageMaker",
        _ => {
            instances
                || product.code == "AmazonECS" && usage.contains("Fargate") && !usage.contains("Ephemeral")
                || product.code == "AWSLambda" && usage.contains("GB-Second") && product.rates.len() == 1
        }
    };
    let percent = if years == 1 { 72 } else { 50 };
    let percent = if family == "EC2InstanceSavingsPlans" { percent - 8 } else { percent };
    covered.then(|| (product.rates[0].usd * Decimal::new(percent, 2)).round_dp(10).normalize())
}

/// A plan of the file: SKU, description, family, usage type, years, payment, instance family.
struct Plan {
    sku: String,
    family: &'static str,
    usage: String,
    years: u32,
    payment: &'static str,
    instances: Option<String>,
}

/// Returns the plans of a file and what each covers.
fn plans(code: &str, region: &str) -> Vec<(Plan, Vec<(&'static Product, Decimal)>)> {
    let catalogue = Catalogue::get();
    let products: Vec<&Product> = PLANNED.iter().flat_map(|code| catalogue.of(code, region)).collect();
    let mut all = Vec::new();
    for (_, family, name, years, payment) in PLAN_TERMS.into_iter().filter(|term| term.0 == code) {
        let mut rates: BTreeMap<Option<String>, Vec<(&Product, Decimal)>> = BTreeMap::new();
        for product in &products {
            let Some(rate) = plan_rate(product, family, years) else { continue };
            let of_family = product.get("instanceType").split('.').next().unwrap_or_default().to_owned();
            let key = (family == "EC2InstanceSavingsPlans").then_some(of_family);
            rates.entry(key).or_default().push((product, rate));
        }
        for (instances, rates) in rates {
            let detail = format!("{years}yr{}", payment.replace(' ', ""));
            let usage = match &instances {
                Some(instances) => format!("{name}:{instances}.{detail}"),
                None => format!("{name}:{detail}"),
            };
            let sku = sku(&format!("{region} {usage}"));
            all.push((Plan { sku, family, usage, years, payment, instances }, rates));
        }
    }
    all
}

fn description(plan: &Plan) -> String {
    let Plan { years, payment, instances, family, .. } = plan;
    let name = match (instances, *family) {
        (Some(instances), _) => format!("{instances} EC2 Instance"),
        (None, "DatabaseSavingsPlans") => "Database".to_owned(),
        (None, "MachineLearningSavingsPlans") => "SageMaker".to_owned(),
        (None, _) => "Compute".to_owned(),
    };
    format!("{years} year {payment} {name} Savings Plan")
}

/// Service code of a plan.
fn service_code(plan: &Plan) -> &'static str {
    if plan.family == "EC2InstanceSavingsPlans" { "ComputeSavingsPlans" } else { plan.family }
}

fn plan_json(code: &str, region: &str) -> String {
    let (mut products, mut terms) = (Vec::new(), Vec::new());
    for (plan, rates) in plans(code, region) {
        let mut attributes = json!({
            "purchaseOption": plan.payment, "granularity": "hourly", "locationType": "AWS Region",
            "purchaseTerm": format!("{}yr", plan.years), "location": "Any",
        });
        if let Some(instances) = &plan.instances {
            attributes["instanceType"] = instances.as_str().into();
            attributes["regionCode"] = region.into();
        }
        products.push(json!({
            "sku": plan.sku, "productFamily": plan.family, "serviceCode": service_code(&plan),
            "usageType": plan.usage, "operation": "", "attributes": attributes,
        }));
        let rates: Vec<Value> = rates
            .iter()
            .map(|(product, rate)| {
                json!({
                    "discountedSku": product.sku, "discountedUsageType": product.get("usagetype"),
                    "discountedOperation": product.get("operation"), "discountedServiceCode": product.code,
                    "rateCode": format!("{}.{}", plan.sku, product.sku), "unit": product.rates[0].unit,
                    "discountedRate": { "price": rate.to_string(), "currency": "USD" },
                    "discountedRegionCode": region, "discountedInstanceType": product.get("instanceType"),
                })
            })
            .collect();
        terms.push(json!({
            "sku": plan.sku, "description": description(&plan), "effectiveDate": "2025-12-01T00:00:00Z",
            "leaseContractLength": { "duration": plan.years, "unit": "year" }, "rates": rates,
        }));
    }
    json!({
        "version": "20251201000000", "publicationDate": "2025-12-01T00:00:00Z", "regionCode": region,
        "products": products, "terms": { "savingsPlan": terms },
    })
    .to_string()
}

fn plan_csv(code: &str, region: &str) -> String {
    let mut text = metadata(code, "20251201000000", "2025-12-01T00:00:00Z");
    line(&mut text, &PLAN_COLUMNS.map(str::to_owned));
    for (plan, rates) in plans(code, region) {
        for (product, rate) in rates {
            let fields = [
                plan.sku.as_str(),
                &format!("{}.{}", plan.sku, product.sku),
                product.rates[0].unit,
                "2025-12-01",
                &rate.to_string(),
                "USD",
                &product.sku,
                product.code,
                product.get("usagetype"),
                product.get("operation"),
                plan.payment,
                &plan.years.to_string(),
                "year",
                service_code(&plan),
                &plan.usage,
                "",
                &description(&plan),
                plan.instances.as_deref().unwrap_or_default(),
                "Any",
                "AWS Region",
                "hourly",
                plan.family,
            ];
            line(&mut text, &fields.map(str::to_owned));
        }
    }
    text
}
