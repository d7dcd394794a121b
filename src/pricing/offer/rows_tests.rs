//! Offer files and Savings Plan files in CSV.

use super::{
    reason,
    samples::{lines, read},
};

const PREFACE: &str = "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"For information, only\"\n\
    \"Publication Date\",\"2026-03-20T04:29:25Z\"\n\"Version\",\"20260320042925\"\n\"OfferCode\",\"AmazonEC2\"\n";

const HEADER: &str = "\"SKU\",\"OfferTermCode\",\"RateCode\",\"TermType\",\"PriceDescription\",\"EffectiveDate\",\
    \"StartingRange\",\"EndingRange\",\"Unit\",\"PricePerUnit\",\"Currency\",\"LeaseContractLength\",\
    \"PurchaseOption\",\"OfferingClass\",\"Product Family\",\"serviceCode\",\"Location\",\"Location Type\",\
    \"Instance Type\",\"Tenancy\",\"Operating System\",\"License Model\",\"usageType\",\"operation\",\
    \"CapacityStatus\",\"Pre Installed S/W\",\"Region Code\"\n";

fn row(sku: &str, term: &str, rate: &str, price: &str, lease: [&str; 3], tenancy: &str) -> String {
    let kind = if lease[0].is_empty() { "OnDemand" } else { "Reserved" };
    let unit = if rate == "2TG2D8R56U" { "Quantity" } else { "Hrs" };
    let cells = [
        sku,
        term,
        &format!("{sku}.{term}.{rate}"),
        kind,
        "a, b",
        "2026-03-01",
        "0",
        "Inf",
        unit,
        price,
        "USD",
        lease[0],
        lease[1],
        lease[2],
        "Compute Instance",
        "AmazonEC2",
        "US East (N. Virginia)",
        "AWS Region",
        "c5.xlarge",
        tenancy,
        "Linux",
        "No License required",
        "BoxUsage:c5.xlarge",
        "RunInstances",
        "Used",
        "NA",
        "us-east-1",
    ];
    let cells: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\"")).collect();
    format!("{}\n", cells.join(","))
}

#[test]
fn an_offer_file_gives_on_demand_and_reserved_prices() {
    let sku = "35AEEWH98DECPC35";
    let partial = ["1yr", "Partial Upfront", "standard"];
    let text = [
        PREFACE.to_owned(),
        HEADER.to_owned(),
        row(sku, "HU7G6KETJZ", "6YS6EN2CT7", "0.0510000000", partial, "Shared"),
        row("ZZZZZZZZZZZZZZZZ", "JRTCKXETXF", "6YS6EN2CT7", "9", [""; 3], "Host"),
        row(sku, "JRTCKXETXF", "6YS6EN2CT7", "0.1700000000", [""; 3], "Shared"),
        row("ZZZZZZZZZZZZZZZZ", "JRTCKXETXF", "6YS6EN2CT7", "9", [""; 3], "Host"),
        row(sku, "HU7G6KETJZ", "2TG2D8R56U", "447", partial, "Shared"),
    ]
    .concat();
    let read = read(text).unwrap();
    assert_eq!(
        lines(&read),
        [
            "EC2 us-east-1 c5.xlarge Linux OnDemand 0.17 Hrs",
            "EC2 us-east-1 c5.xlarge Linux RI-1yr-PartialUpfront 0.1020273973 Hrs",
        ]
    );
    assert_eq!(read.left_out.into_iter().collect::<Vec<_>>(), [(reason::HOST, 1)]);
    let sheet = &read.sheets[0];
    assert_eq!((sheet.offers[0].as_str(), sheet.version.as_deref()), ("AmazonEC2", Some("20260320042925")));
    assert_eq!(sheet.published.to_string(), "2026-03-20");
}

#[test]
fn broken_lines_are_named() {
    let good = row("A", "JRTCKXETXF", "6YS6EN2CT7", "1", [""; 3], "Shared");
    for (line, expected) in [
        (good.replace("\"1\",\"USD\"", "\"-1\",\"USD\""), "test.json line 7: SKU A: the price -1 is negative"),
        (good.replace("\"1\",\"USD\"", "\"\",\"USD\""), "test.json line 7: SKU A: no priceperunit"),
        (good.replace("\"A\",", "\"\","), "test.json line 7: no sku"),
        (good.replace("A.JRT", "B.JRT"), "SKU A: the rate B.JRTCKXETXF.6YS6EN2CT7 is another SKU's"),
        ("\"A\",\"B\"\n".to_owned(), "test.json line 7: SKU A: 2 fields, the header has 27"),
    ] {
        let error = read(format!("{PREFACE}{HEADER}{line}")).map(|read| lines(&read)).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(read(PREFACE).map(|read| lines(&read)).unwrap_err().to_string().contains("is no price list"));
}

#[test]
fn a_savings_plan_file_gives_rates() {
    let header = "SKU,RateCode,Unit,EffectiveDate,DiscountedRate,Currency,DiscountedSKU,DiscountedServiceCode,\
        DiscountedUsageType,DiscountedOperation,PurchaseOption,LeaseContractLength,LeaseContractLengthUnit,ServiceCode,\
        UsageType,Operation,Description,Instance Family,Location,Location Type,Granularity,Product Family,\
        DiscountedRegionCode,DiscountedInstanceType\n";
    let row = |plan: &str, usage: &str, operation: &str, rate: &str, kind: &str| {
        format!(
            "{plan},{plan}.2E92YMZ2XD6UMPWS,Hrs,2024-07-01T07:36:03Z,{rate},USD,2E92YMZ2XD6UMPWS,AmazonEC2,{usage},{operation},\
             All Upfront,3,year,ComputeSavingsPlans,{kind},,,c5,Asia Pacific (Tokyo),AWS Region,hourly,,ap-northeast-1,c5.xlarge\n"
        )
    };
    let text = [
        PREFACE.replace("AmazonEC2", "ComputeSavingsPlans"),
        header.to_owned(),
        row("HG9V2UBQC2P9GB3T", "APN1-BoxUsage:c5.xlarge", "RunInstances", "0.08", "APN1-EC2SP:c5.3yrAllUpfront"),
        row("HG9V2UBQC2P9GB3T", "APN1-BoxUsage:c5.xlarge", "RunInstances:0010", "0.151", "APN1-EC2SP:c5.3yrAllUpfront"),
        row("HG9V2UBQC2P9GB3T", "APN1-UnusedDed:c5.xlarge", "RunInstances", "0.1", "APN1-EC2SP:c5.3yrAllUpfront"),
        row("HG9V2UBQC2P9GB3T", "APN1-DedicatedUsage:c5.xlarge", "RunInstances", "0.1", "APN1-EC2SP:c5.3yrAllUpfront"),
        row("HG9V2UBQC2P9GB3T", "APN1-BoxUsage:c5.xlarge", "RunInstances:0014", "0.631", "APN1-EC2SP:c5.3yrAllUpfront"),
        row("AAAAAAAAAAAAAAAA", "APN1-BoxUsage:c5.xlarge", "RunInstances", "0.09", "ComputeSP:3yrAllUpfront"),
    ]
    .concat();
    let read = read(text).unwrap();
    assert_eq!(
        lines(&read),
        [
            "EC2 ap-northeast-1 c5.xlarge Linux ComputeSP-3yr-AllUpfront 0.09 Hrs",
            "EC2 ap-northeast-1 c5.xlarge Linux EC2InstanceSP-3yr-AllUpfront 0.08 Hrs",
            "EC2 ap-northeast-1 c5.xlarge RHEL EC2InstanceSP-3yr-AllUpfront 0.151 Hrs",
        ]
    );
    assert_eq!(read.left_out[reason::CAPACITY], 1);
    assert_eq!(read.left_out[reason::DEDICATED], 1);
    assert_eq!(read.left_out[reason::SOFTWARE], 1);
    assert_eq!(read.sheets[0].offers, ["ComputeSavingsPlans"]);
}
