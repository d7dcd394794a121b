//! Services that are paid by use, as their price lists state them, with their tiers.

use gravimeter::pricing::PriceRow;

use super::products::{HOURLY, Product, Rate, always, place};

/// Returns the products of a service in a region; tiers are rates of one product.
pub(crate) fn products(rows: &[PriceRow<'_>]) -> Vec<Product> {
    let mut products: Vec<Product> = Vec::new();
    for row in rows {
        let Some((mut product, rate)) = one(row) else { continue };
        product.rates = vec![rate];
        let product = product.finish();
        match products.iter_mut().find(|known| known.sku == product.sku) {
            Some(known) => known.rates.extend(product.rates),
            None => products.push(product),
        }
    }
    for product in &mut products {
        // Every tier has a rate code of its own.
        product.rates.sort_by_key(|rate| rate.begin.parse::<u64>().unwrap());
        for (place, rate) in product.rates.iter_mut().enumerate().skip(1) {
            rate.code = format!("{}{place}", &HOURLY[..9]);
        }
    }
    products.extend(rows.first().into_iter().flat_map(near));
    products
}

/// Tells whether a row becomes a product.
pub(crate) fn covers(row: &PriceRow<'_>) -> bool {
    one(row).is_some()
}

fn rate(row: &PriceRow<'_>, unit: &'static str, begin: &str, end: &str) -> Rate {
    Rate { code: HOURLY.to_owned(), unit, begin: begin.to_owned(), end: end.to_owned(), usd: row.price }
}

fn flat(row: &PriceRow<'_>, unit: &'static str) -> Rate {
    rate(row, unit, "0", "Inf")
}

/// The product of a row, without its rates, and its rate.
fn one(row: &PriceRow<'_>) -> Option<(Product, Rate)> {
    match row.service {
        "Lambda" => lambda(row),
        "Fargate" => Some(fargate(row)),
        "EKS" => Some(kubernetes(row)),
        "CodeBuild" => build(row),
        "APIGateway" => gateway(row),
        "ELB" => balancer(row),
        "NATGateway" => translation(row),
        _ => None,
    }
}

fn lambda(row: &PriceRow<'_>) -> Option<(Product, Rate)> {
    let (usage, tier) = row.item.split_once(':').unwrap_or((row.item, ""));
    let arm = usage.ends_with("-ARM");
    let bounds = match (usage, tier) {
        ("Lambda-GB-Second", "") => ("0", "6000000000"),
        ("Lambda-GB-Second", "Tier2(6e9-15e9)") => ("6000000000", "15000000000"),
        ("Lambda-GB-Second", _) => ("15000000000", "Inf"),
        ("Lambda-GB-Second-ARM", "") => ("0", "7500000000"),
        ("Lambda-GB-Second-ARM", "Tier2(7.5e9-18.75e9)") => ("7500000000", "18750000000"),
        ("Lambda-GB-Second-ARM", _) => ("18750000000", "Inf"),
        _ => ("0", "Inf"),
    };
    let group = match usage.trim_end_matches("-ARM") {
        "Lambda-GB-Second" => "AWS-Lambda-Duration",
        "Request" => "AWS-Lambda-Requests",
        "Lambda-Provisioned-GB-Second" => "AWS-Lambda-Duration-Provisioned",
        "Lambda-Provisioned-Concurrency" => "AWS-Lambda-Provisioned-Concurrency",
        "Lambda-Storage-GB-Second" => "AWS-Lambda-Storage-Duration",
        "Lambda-Edge-GB-Second" => "AWS-Lambda-Edge-Duration",
        "Lambda-Edge-Request" => "AWS-Lambda-Edge-Requests",
        _ => return None,
    };
    let group = if arm { format!("{group}-ARM") } else { group.to_owned() };
    let (unit, operation) =
        if usage.contains("Request") { ("Requests", "Invoke") } else { ("Lambda-GB-Second", "Invoke") };
    let (_, prefix) = place(row.region);
    let product = Product::of(row, "AWSLambda", "AWS Lambda", "Serverless")
        .with(&[("group", &group), ("groupDescription", "Invocation of a function")])
        .used(&format!("{prefix}{usage}"), operation);
    Some((product, rate(row, unit, bounds.0, bounds.1)))
}

fn fargate(row: &PriceRow<'_>) -> (Product, Rate) {
    let product = Product::of(row, "AmazonECS", "Amazon Elastic Container Service", "Compute")
        .used(&format!("{}{}", always(row.region), row.item), "");
    let product = match row.item {
        item if item.contains("vCPU") => product.with(&[("cputype", "perCPU"), ("tenancy", "Shared")]),
        item if item.contains("Ephemeral") => product.with(&[("storagetype", "default")]),
        item if item.contains("GB") => product.with(&[("memorytype", "perGB"), ("tenancy", "Shared")]),
        item if item.contains("OS-Hours") => product.with(&[("operatingSystem", "Windows")]),
        _ => product,
    };
    (product, flat(row, if row.item.contains("Ephemeral") { "GB-Hours" } else { "hours" }))
}

fn kubernetes(row: &PriceRow<'_>) -> (Product, Rate) {
    let usage = row.item.strip_prefix("EKS-").unwrap_or(row.item);
    let operation = match usage {
        "AmazonEKS-Hours:perCluster" => "CreateOperation",
        "AmazonEKS-Hours:extendedSupport" => "ExtendedSupport",
        _ => "",
    };
    let product = Product::of(row, "AmazonEKS", "Amazon Elastic Container Service for Kubernetes", "Compute")
        .with(&[("tiertype", "HAStandard")])
        .used(&format!("{}{usage}", always(row.region)), operation);
    (product, flat(row, if usage.starts_with("Fargate") { "hours" } else { "Hours" }))
}

fn build(row: &PriceRow<'_>) -> Option<(Product, Rate)> {
    let (fleet, system) = row.variant.split_once('/').unwrap_or((row.variant, ""));
    let (class, size) = row.item.split_once('.')?;
    let image = match (class, system) {
        ("arm1", _) => "ARM",
        ("gpu1", _) => "LinuxGPU",
        ("general1", system) => system,
        _ => row.item,
    };
    let usage = match fleet {
        "OnDemand-EC2" => format!("Build-Min:{image}:g1.{size}"),
        "OnDemand-Lambda" => format!("Build-Sec:{}", row.item),
        _ => format!("{fleet}-Min:{image}:{}", row.item),
    };
    let mut product = Product::of(row, "CodeBuild", "CodeBuild", "Compute")
        .with(&[("computeFamily", fleet), ("computeType", row.item)])
        .used(&format!("{}{usage}", always(row.region)), "");
    if !system.is_empty() {
        product.set("operatingSystem", system);
    }
    Some((product, flat(row, if fleet == "OnDemand-Lambda" { "seconds" } else { "minutes" })))
}

fn gateway(row: &PriceRow<'_>) -> Option<(Product, Rate)> {
    let prefix = always(row.region);
    let product = |family: &str, usage: &str| {
        Product::of(row, "AmazonApiGateway", "Amazon API Gateway", family).used(&format!("{prefix}{usage}"), family)
    };
    if let Some(size) = row.item.strip_prefix("ApiGatewayCacheUsage:") {
        let size = size.trim_end_matches("GB");
        let product = product("Amazon API Gateway Cache", row.item).with(&[("cacheMemorySizeGb", size)]);
        return Some((product.used(&format!("{prefix}{}", row.item), "RunInstances"), flat(row, "Hrs")));
    }
    let (usage, tier) = row.item.split_once(':').unwrap_or((row.item, ""));
    let (begin, end) = match (usage, tier) {
        ("ApiGatewayRequest", "first333M") => ("0", "333000000"),
        ("ApiGatewayRequest", "next667M") => ("333000000", "1000000000"),
        ("ApiGatewayRequest", "next19B") => ("1000000000", "20000000000"),
        ("ApiGatewayRequest", "over20B") => ("20000000000", "Inf"),
        ("ApiGatewayHttpRequest", "first300M") => ("0", "300000000"),
        ("ApiGatewayHttpRequest", "over300M") => ("300000000", "Inf"),
        ("ApiGatewayMessage", "first1B") => ("0", "1000000000"),
        ("ApiGatewayMessage", "over1B") => ("1000000000", "Inf"),
        ("ApiGatewayMinute", "") => ("0", "Inf"),
        _ => return None,
    };
    let family = if row.variant == "WebSocket" { "WebSocket" } else { "API Calls" };
    let operation = match row.variant {
        "HTTP" => "ApiGatewayHttpApi",
        "REST" => "ApiGatewayRequest",
        _ => "ApiGatewayWebSocket",
    };
    let unit = match usage {
        "ApiGatewayMinute" => "Minutes",
        "ApiGatewayMessage" => "Messages",
        _ => "Requests",
    };
    let product = product(family, usage).used(&format!("{prefix}{usage}"), operation);
    Some((product, rate(row, unit, begin, end)))
}

fn balancer(row: &PriceRow<'_>) -> Option<(Product, Rate)> {
    let (family, operation) = match row.variant {
        "Application" => ("Load Balancer-Application", "LoadBalancing:Application"),
        "Network" => ("Load Balancer-Network", "LoadBalancing:Network"),
        "Gateway" => ("Load Balancer-Gateway", "LoadBalancing:Gateway"),
        "Classic" => ("Load Balancer", "LoadBalancing"),
        _ => return None,
    };
    let (_, prefix) = place(row.region);
    let product = Product::of(row, "AWSELB", "Elastic Load Balancing", family)
        .with(&[("group", "ELB:Balancer")])
        .used(&format!("{prefix}{}", row.item), operation);
    Some((product, flat(row, row.unit)))
}

fn translation(row: &PriceRow<'_>) -> Option<(Product, Rate)> {
    let (usage, unit) = match row.item {
        "Hourly charge for NAT Gateways" => ("NatGateway-Hours", "Hrs"),
        "Charge for per GB data processed by NatGateways" => ("NatGateway-Bytes", "GB"),
        "Per hour and per Gbps charge for NAT Gateways with provisioned bandwidth" => ("NatGateway-Prvd-Hours", "Hrs"),
        _ => return None,
    };
    let (_, prefix) = place(row.region);
    let product = Product::of(row, "AmazonEC2", "Amazon Elastic Compute Cloud", "NAT Gateway")
        .with(&[("group", "NGW:NatGateway"), ("groupDescription", row.item)])
        .used(&format!("{prefix}{usage}"), "NatGateway");
    Some((product, flat(row, unit)))
}

/// Products of the same service that are no price of it in the region.
fn near(row: &PriceRow<'_>) -> Vec<Product> {
    let prefix = always(row.region);
    match row.service {
        "Lambda" => {
            // The free tier, which counts over all regions.
            let free = Product::of(row, "AWSLambda", "AWS Lambda", "Serverless")
                .with(&[("group", "AWS-Lambda-Duration"), ("location", "Any"), ("locationType", "Other")])
                .used("Global-Lambda-GB-Second", "Invoke");
            vec![free.times(0).finish()]
        }
        "ELB" => {
            let store = Product::of(row, "AWSELB", "Elastic Load Balancing", "Load Balancer-Application")
                .used(&format!("{prefix}TS-LoadBalancerUsage"), "LoadBalancing:Application:TrustStore");
            let outposts = Product::of(row, "AWSELB", "Elastic Load Balancing", "Load Balancer-Application")
                .with(&[("locationType", "AWS Outposts")])
                .used(&format!("{prefix}Outposts-LCUUsage"), "LoadBalancing:Application");
            vec![store.times(30).finish(), outposts.times(50).finish()]
        }
        "CodeBuild" => {
            let reserved = Product::of(row, "CodeBuild", "CodeBuild", "Compute")
                .used(&format!("{prefix}Build-Min:Linux:Reserved:t4g.medium"), "");
            vec![reserved.finish()]
        }
        "EKS" => {
            let auto = Product::of(row, "AmazonEKS", "Amazon Elastic Container Service for Kubernetes", "Compute")
                .used(&format!("{prefix}EKS-Auto:c5.large"), "EKSAutoUsage");
            vec![auto.times(5).finish()]
        }
        _ => Vec::new(),
    }
}
