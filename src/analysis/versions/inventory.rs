//! An inventory of resources with their engine versions, as CSV or as the AWS command line prints it.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    error::{Error, Result},
    normalize::ResourceMonth,
    pricing::Version,
    terms::Service,
    units::Month,
};

/// What an inventory says of a resource, at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    account: Option<String>,
    region: Option<String>,
    /// `None` = at any time.
    month: Option<Month>,
    engine: Option<String>,
    version: String,
}

/// Engine versions by resource.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// By ARN and by the name at its end.
    entries: BTreeMap<String, Vec<Entry>>,
    resources: usize,
}

/// The names under which CSV files and the AWS command line give a field.
const ARN: &[&str] =
    &["arn", "resource_arn", "resource_id", "DBInstanceArn", "ARN", "Arn", "ClusterArn", "DBClusterArn"];
const VERSION: &[&str] = &["engine_version", "version", "EngineVersion", "ElasticsearchVersion", "KafkaVersion"];
const ENGINE: &[&str] = &["engine", "Engine"];

impl Inventory {
    /// Reads a file: JSON when it begins like it, else CSV with a header.
    ///
    /// # Errors
    /// When the file is neither, or names no resource with a version; the message names the line.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let mut inventory = Self::default();
        let text = text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with(['{', '[']) {
            let json: Value = serde_json::from_str(text)
                .map_err(|error| Error::usage(format!("{name} is not valid JSON: {error}")))?;
            inventory.walk(&json);
        } else {
            inventory.read_csv(name, text)?;
        }
        if inventory.resources == 0 {
            return Err(Error::usage(format!("{name} names no resource with an engine version")).hint(
                "pass a CSV with the columns arn and engine_version (and account_id, region, engine, month), or the output \
                 of `aws rds describe-db-instances` and the like",
            ));
        }
        Ok(inventory)
    }

    /// Adds another inventory.
    pub fn merge(&mut self, other: Self) {
        for (key, entries) in other.entries {
            self.entries.entry(key).or_default().extend(entries);
        }
        self.resources += other.resources;
    }

    /// Returns the number of entries read.
    pub fn len(&self) -> usize {
        self.resources
    }

    /// Tells whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.resources == 0
    }

    fn read_csv(&mut self, name: &str, text: &str) -> Result<()> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let broken = |error: csv::Error| Error::usage(format!("cannot read {name}: {error}"));
        let header = reader.headers().map_err(broken)?.clone();
        let column =
            |names: &[&str]| header.iter().position(|head| names.iter().any(|name| head.eq_ignore_ascii_case(name)));
        let (Some(arn), Some(version)) = (column(ARN), column(VERSION)) else {
            return Err(Error::usage(format!("{name} has no columns arn and engine_version"))
                .hint(format!("it has {}", header.iter().collect::<Vec<_>>().join(", "))));
        };
        let optional = [column(&["account_id", "account"]), column(&["region"]), column(&["month"]), column(ENGINE)];
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let line = record.position().map_or(0, csv::Position::line);
            let field = |at: Option<usize>| at.and_then(|at| record.get(at)).filter(|text| !text.is_empty());
            let [account, region, month, engine] = optional.map(|at| field(at).map(str::to_owned));
            let Some(version) = field(Some(version)) else { continue };
            version.parse::<Version>().map_err(|error| Error::usage(format!("{name} line {line}: {error}")))?;
            let month = month.map(|month| month.get(..7).unwrap_or(&month).parse::<Month>()).transpose();
            let month = month.map_err(|error| Error::usage(format!("{name} line {line}: {error}")))?;
            let Some(arn) = field(Some(arn)) else {
                return Err(Error::usage(format!("{name} line {line}: no resource is named")));
            };
            self.insert(arn, Entry { account, region, month, engine, version: version.to_owned() });
        }
        Ok(())
    }

    /// Finds the objects that have an ARN and a version, however deep they lie.
    fn walk(&mut self, json: &Value) {
        match json {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Value::Object(fields) => {
                let text = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)?.as_str());
                let nested = || find(json, VERSION);
                if let Some((arn, version)) = text(ARN).zip(text(VERSION).or_else(nested))
                    && version.parse::<Version>().is_ok()
                {
                    // This field speaks of Elasticsearch only.
                    let elastic = fields.contains_key("ElasticsearchVersion").then_some("Elasticsearch");
                    let engine = text(ENGINE).or(elastic).map(str::to_owned);
                    let entry = Entry { account: None, region: None, month: None, engine, version: version.to_owned() };
                    self.insert(arn, entry);
                    return;
                }
                fields.values().for_each(|value| self.walk(value));
            }
            _ => {}
        }
    }

    fn insert(&mut self, arn: &str, mut entry: Entry) {
        // arn:aws:rds:us-east-1:111122223333:db:name
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        if let [_, _, _, region, account, _] = parts[..] {
            entry.region.get_or_insert_with(|| region.to_owned());
            entry.account.get_or_insert_with(|| account.to_owned());
        }
        self.resources += 1;
        let name = name_of(arn);
        if name != arn {
            self.entries.entry(name.to_owned()).or_default().push(entry.clone());
        }
        self.entries.entry(arn.to_owned()).or_default().push(entry);
    }

    /// Returns the version of a resource in a month; a text that names the engine too for OpenSearch.
    ///
    /// Of several entries the one of that month counts, else the last one before it, else the first one after it; of two for
    /// one month the later version: a row has one version.
    pub(super) fn version(&self, resource: &ResourceMonth<'_>) -> Option<Arc<str>> {
        let fits = |entry: &&Entry| {
            let same = |own: &Option<String>, other: Option<&str>| {
                own.as_deref().zip(other).is_none_or(|(own, other)| own.is_empty() || own == other)
            };
            same(&entry.account, resource.account_id) && same(&entry.region, resource.region)
        };
        let entries = self.entries.get(resource.id).or_else(|| self.entries.get(name_of(resource.id)))?;
        let order = |entry: &&Entry| {
            let age = match entry.month {
                None => (1, 0),
                Some(month) if month <= resource.month => (2, month.to_date32()),
                Some(month) => (0, -month.to_date32()),
            };
            (age, entry.version.parse::<Version>().map(|version| version.numbers().to_vec()).unwrap_or_default())
        };
        let entry = entries.iter().filter(fits).max_by_key(order)?;
        let is_search = resource.service == Some(Service::OpenSearch);
        Some(match &entry.engine {
            Some(engine) if is_search && !entry.version.contains('_') => format!("{engine}_{}", entry.version).into(),
            _ => entry.version.as_str().into(),
        })
    }
}

/// Returns the name at the end of an ARN.
fn name_of(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}

/// Finds a text of one of the names anywhere inside.
fn find<'j>(json: &'j Value, names: &[&str]) -> Option<&'j str> {
    match json {
        Value::Object(fields) => names
            .iter()
            .find_map(|name| fields.get(*name)?.as_str())
            .or_else(|| fields.values().filter(|value| value.is_object()).find_map(|value| find(value, names))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    const ARN: &str = "arn:aws:rds:us-east-1:111122223333:db:shop";

    fn at(inventory: &Inventory, id: &str, month: &str) -> Option<String> {
        inventory.version(&resource(id, month, Service::Rds)).map(|version| version.to_string())
    }

    fn resource<'a>(id: &'a str, month: &str, service: Service) -> ResourceMonth<'a> {
        ResourceMonth {
            id,
            month: month.parse().unwrap(),
            account_id: Some("111122223333"),
            region: Some("us-east-1"),
            service: Some(service),
        }
    }

    #[test]
    fn csv_has_a_version_for_each_month() {
        let text =
            format!("ARN,engine_version,month\n{ARN},5.7.44,2024-01\n{ARN},8.0.35,2024-03-01\n{ARN},8.0.36,2024-03\n");
        let inventory = Inventory::parse("i.csv", &text).unwrap();
        for (month, version) in [
            ("2023-12", "5.7.44"),
            ("2024-01", "5.7.44"),
            ("2024-02", "5.7.44"),
            ("2024-03", "8.0.36"),
            ("2024-09", "8.0.36"),
        ] {
            assert_eq!(at(&inventory, ARN, month).as_deref(), Some(version), "{month}");
        }
        assert_eq!(at(&inventory, "shop", "2024-01").as_deref(), Some("5.7.44"), "a bill may name the resource only");
        assert_eq!(at(&inventory, "arn:aws:rds:us-east-1:111122223333:db:other", "2024-01"), None);
    }

    #[test]
    fn another_account_or_region_is_another_resource() {
        let text = "arn,engine_version,account_id,region\nshop,8.0.35,999999999999,us-east-1\n";
        assert_eq!(at(&Inventory::parse("i.csv", text).unwrap(), "shop", "2024-01"), None);
        let text = "arn,engine_version,account_id,region\nshop,8.0.35,111122223333,us-east-1\n";
        assert_eq!(at(&Inventory::parse("i.csv", text).unwrap(), ARN, "2024-01").as_deref(), Some("8.0.35"));
    }

    #[test]
    fn the_answers_of_the_aws_command_line_are_read() {
        let rds =
            format!(r#"{{"DBInstances":[{{"DBInstanceArn":"{ARN}","Engine":"mysql","EngineVersion":"8.0.35"}}]}}"#);
        assert_eq!(at(&Inventory::parse("i.json", &rds).unwrap(), ARN, "2024-01").as_deref(), Some("8.0.35"));
        let kafka = r#"{"ClusterInfoList":[{"ClusterArn":"arn:aws:kafka:us-east-1:111122223333:cluster/k/1",
            "Provisioned":{"CurrentBrokerSoftwareInfo":{"KafkaVersion":"3.5.1"}}}]}"#;
        let inventory = Inventory::parse("k.json", kafka).unwrap();
        let found = at(&inventory, "arn:aws:kafka:us-east-1:111122223333:cluster/k/1", "2024-01");
        assert_eq!(found.as_deref(), Some("3.5.1"));
    }

    #[test]
    fn the_engine_of_a_search_domain_stands_before_its_version() {
        let inventory = Inventory::parse("i.csv", "arn,engine,engine_version\nd,Elasticsearch,7.10\n").unwrap();
        let of = |inventory: &Inventory| inventory.version(&resource("d", "2024-01", Service::OpenSearch));
        assert_eq!(of(&inventory).as_deref(), Some("Elasticsearch_7.10"));
        // The older field speaks of Elasticsearch only.
        let older = r#"{"DomainStatusList":[{"ARN":"d","ElasticsearchVersion":"6.8"}]}"#;
        assert_eq!(of(&Inventory::parse("i.json", older).unwrap()).as_deref(), Some("Elasticsearch_6.8"));
    }

    #[test]
    fn what_is_no_inventory_is_refused() {
        for (text, message) in [
            ("{\"DBInstances\":[]}", "names no resource"),
            ("{", "not valid JSON"),
            ("a,b\n1,2\n", "no columns arn and engine_version"),
            ("arn,engine_version\nx,latest\n", "line 2"),
            ("arn,engine_version,month\nx,8.0.1,January\n", "line 2"),
            ("", "no columns"),
        ] {
            let error = Inventory::parse("i", text).unwrap_err();
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert_eq!(error.kind().exit_code(), 2);
        }
    }
}
