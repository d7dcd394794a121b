//! What the Price List API is asked for: offer codes and filters of each service.
//!
//! Filters only spare pages. Old and reduced records lack many attributes, and the reading leaves out what does not belong.

/// A query of `GetProducts`; several where the filters of one cannot say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Service code: `AmazonEC2`.
    pub service_code: &'static str,
    /// Attributes and the values they must have.
    pub filters: Vec<(&'static str, String)>,
}

impl Query {
    /// Returns the query with the name of the region in the place of its code, which old records do not have.
    #[must_use]
    pub fn by_location(&self, location: &str) -> Self {
        let named = |(field, value): &(&'static str, String)| match *field {
            REGION => ("location", location.to_owned()),
            field => (field, value.clone()),
        };
        Self { service_code: self.service_code, filters: self.filters.iter().map(named).collect() }
    }

    /// Returns the code of the region.
    pub fn region(&self) -> Option<&str> {
        self.filters.iter().find(|(field, _)| *field == REGION).map(|(_, value)| value.as_str())
    }
}

/// Attribute with the code of the region.
const REGION: &str = "regionCode";

/// A service of the price table.
struct Offer {
    service: &'static str,
    /// Its offers, one or more.
    codes: &'static [&'static str],
    /// The filters of each query.
    asks: &'static [&'static [(&'static str, &'static str)]],
}

/// Filters of instances without licensed software, on shared hardware, in use.
const PLAIN_INSTANCE: &[(&str, &str)] = &[("tenancy", "Shared"), ("preInstalledSw", "NA"), ("capacitystatus", "Used")];

/// A query without filters but the region.
const ALL: &[&[(&str, &str)]] = &[&[]];

/// Says what a service is asked for.
const fn offer(
    service: &'static str,
    codes: &'static [&'static str],
    asks: &'static [&'static [(&'static str, &'static str)]],
) -> Offer {
    Offer { service, codes, asks }
}

/// All services that have a price list.
static OFFERS: &[Offer] = &[
    offer("EC2", &["AmazonEC2"], &[PLAIN_INSTANCE]),
    offer("RDS", &["AmazonRDS"], &[&[("productFamily", "Database Instance")]]),
    offer("ElastiCache", &["AmazonElastiCache"], ALL),
    offer("OpenSearch", &["AmazonES"], ALL),
    offer("MemoryDB", &["AmazonMemoryDB"], ALL),
    offer("DocumentDB", &["AmazonDocDB"], ALL),
    offer("Neptune", &["AmazonNeptune"], ALL),
    offer("MSK", &["AmazonMSK"], ALL),
    offer("EMR", &["ElasticMapReduce"], ALL),
    offer("SageMaker", &["AmazonSageMaker"], &[&[("productFamily", "ML Instance")]]),
    offer("Redshift", &["AmazonRedshift"], ALL),
    offer("Lambda", &["AWSLambda"], ALL),
    offer("Fargate", &["AmazonECS"], ALL),
    offer("EKS", &["AmazonEKS"], ALL),
    offer("CodeBuild", &["CodeBuild"], ALL),
    offer("APIGateway", &["AmazonApiGateway"], ALL),
    offer("ELB", &["AWSELB"], ALL),
    offer("NATGateway", &["AmazonEC2"], &[&[("productFamily", "NAT Gateway")]]),
];

fn find(service: &str) -> Option<&'static Offer> {
    OFFERS.iter().find(|offer| offer.service == service)
}

/// Returns the services that have a price list, in the spelling of the price table.
pub fn services() -> impl Iterator<Item = &'static str> {
    OFFERS.iter().map(|offer| offer.service)
}

/// Returns the codes under which the bulk files of a service are listed.
pub fn offer_codes(service: &str) -> Option<&'static [&'static str]> {
    find(service).map(|offer| offer.codes)
}

/// Returns what `GetProducts` is asked for a service in a region; `None` for one without a price list.
pub fn queries(service: &str, region: &str) -> Option<Vec<Query>> {
    let offer = find(service)?;
    let queries = offer.codes.iter().flat_map(|code| {
        offer.asks.iter().map(|ask| {
            let filters = ask.iter().map(|(name, value)| (*name, (*value).to_owned()));
            Query { service_code: code, filters: [(REGION, region.to_owned())].into_iter().chain(filters).collect() }
        })
    });
    Some(queries.collect())
}

/// Returns the codes under which the rates of Savings Plans are listed: of each plan the one of the API, then the one of the
/// files.
pub fn plan_offers() -> &'static [[&'static str; 2]] {
    &[
        ["ComputeSavingsPlans", "AWSComputeSavingsPlan"],
        ["MachineLearningSavingsPlans", "AWSMachineLearningSavingsPlans"],
        ["DatabaseSavingsPlans", "AWSDatabaseSavingsPlans"],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_is_asked_for_by_region() {
        assert_eq!(services().count(), 18);
        for service in services() {
            let queries = queries(service, "ap-northeast-2").unwrap();
            assert!(!queries.is_empty());
            for query in queries {
                assert_eq!(query.filters[0], ("regionCode", "ap-northeast-2".to_owned()), "{service}");
                assert!(offer_codes(service).unwrap().contains(&query.service_code));
            }
        }
        let ec2 = &queries("EC2", "us-east-1").unwrap()[0];
        assert!(ec2.filters.contains(&("preInstalledSw", "NA".to_owned())));
        assert_eq!(queries("RDS-Storage", "us-east-1"), None);
        assert_eq!(offer_codes("S3"), None);
        assert_eq!(plan_offers().len(), 3);
    }
}
