//! The published JSON Schema: every report is valid by it, and it says of every field of the model what it is.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::support::{ROOT, Runs, files, gravimeter};

/// The part of JSON Schema that `docs/report.schema.json` uses.
pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn published() -> Self {
        let text = fs::read_to_string(Path::new(ROOT).join("docs/report.schema.json")).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    /// Returns what is wrong with the document.
    pub(crate) fn faults(&self, document: &Value) -> Vec<String> {
        self.check(&self.0, document, "$")
    }

    fn check(&self, schema: &Value, value: &Value, path: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (keyword, rule) in schema.as_object().unwrap() {
            match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => {}
                "$ref" => {
                    let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    faults.extend(self.check(&self.0["$defs"][name], value, path));
                }
                "type" => {
                    let is_right = match rule.as_str().unwrap() {
                        "object" => value.is_object(),
                        "array" => value.is_array(),
                        "string" => value.is_string(),
                        "integer" => value.is_u64() || value.is_i64(),
                        "boolean" => value.is_boolean(),
                        "null" => value.is_null(),
                        other => panic!("type {other}"),
                    };
                    if !is_right {
                        faults.push(format!("{path} is no {rule}: {value:.60}"));
                    }
                }
                "const" => faults.extend((value != rule).then(|| format!("{path} is not {rule}"))),
                "enum" => {
                    let is_one = rule.as_array().unwrap().contains(value);
                    faults.extend((!is_one).then(|| format!("{path} is none of {rule}: {value}")));
                }
                "pattern" => {
                    let fits = value.as_str().is_none_or(|text| fits(rule.as_str().unwrap(), text));
                    faults.extend((!fits).then(|| format!("{path} is not like {rule}: {value}")));
                }
                "minimum" => {
                    let is_less = value.as_i64().is_some_and(|number| number < rule.as_i64().unwrap());
                    faults.extend(is_less.then(|| format!("{path} is less than {rule}")));
                }
                "minItems" | "maxItems" => {
                    let (count, bound) = (value.as_array().map(Vec::len), usize::try_from(rule.as_u64().unwrap()));
                    let fits = count.is_none_or(|count| match keyword.as_str() {
                        "minItems" => count >= bound.unwrap(),
                        _ => count <= bound.unwrap(),
                    });
                    faults.extend((!fits).then(|| format!("{path} has another number of items than {rule}")));
                }
                "items" => {
                    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                        faults.extend(self.check(rule, item, &format!("{path}[{at}]")));
                    }
                }
                "properties" => {
                    for (name, rule) in rule.as_object().unwrap() {
                        if let Some(inner) = value.get(name) {
                            faults.extend(self.check(rule, inner, &format!("{path}.{name}")));
                        }
                    }
                }
                "required" => {
                    let missing =
                        rule.as_array().unwrap().iter().filter(|name| value.get(name.as_str().unwrap()).is_none());
                    faults.extend(missing.map(|name| format!("{path} has no {name}")));
                }
                "additionalProperties" => {
                    assert_eq!(rule, &Value::Bool(false));
                    let known = schema["properties"].as_object().unwrap();
                    let unknown =
                        value.as_object().into_iter().flatten().filter(|(name, _)| !known.contains_key(*name));
                    faults.extend(unknown.map(|(name, _)| format!("{path}.{name} is not in the schema")));
                }
                "anyOf" => {
                    let branches: Vec<_> =
                        rule.as_array().unwrap().iter().map(|branch| self.check(branch, value, path)).collect();
                    if branches.iter().all(|faults| !faults.is_empty()) {
                        faults.extend(branches.into_iter().flatten());
                    }
                }
                other => panic!("the test does not know the keyword {other}"),
            }
        }
        faults
    }
}

/// The patterns of the schema, each as a test of its own.
fn fits(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = |text: &str, lengths: &[usize]| {
        let parts: Vec<&str> = text.split('-').collect();
        let is_shaped = parts.iter().zip(lengths).all(|(part, length)| digits(part) && part.len() == *length);
        let within =
            |at: usize, most: u32| parts.get(at).is_none_or(|part| (1..=most).contains(&part.parse().unwrap()));
        parts.len() == lengths.len() && is_shaped && within(1, 12) && within(2, 31)
    };
    match pattern {
        r"^-?[0-9]+(\.[0-9]+)?$" => {
            let unsigned = text.strip_prefix('-').unwrap_or(text);
            unsigned.split_once('.').map_or(digits(unsigned), |(whole, part)| digits(whole) && digits(part))
        }
        "^[0-9]{4}-(0[1-9]|1[0-2])$" => date(text, &[4, 2]),
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$" => date(text, &[4, 2, 2]),
        "^[A-Z]{3}$" => text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        "^[a-z0-9_]+$" => !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')),
        other => panic!("the test does not know the pattern {other}"),
    }
}

/// Makes a report and returns its JSON.
fn report(arguments: &[&str]) -> Value {
    let out = tempfile::tempdir().unwrap();
    let arguments = [&["report"], arguments, &["--format", "json", "--quiet", "--out", out.path().to_str().unwrap()]];
    gravimeter(&arguments.concat()).assert().success();
    serde_json::from_slice(&fs::read(out.path().join("report.json")).unwrap()).unwrap()
}

#[test]
fn reports_are_valid() {
    let schema = Schema::published();
    for arguments in [
        &["sample-cur/cur2"][..],
        &["sample-cur/cur1", "--month", "2023-05"],
        &["sample-cur/cur2", "--compare", "2023-06:2023-09", "--lang", "ko", "--basis", "unblended"],
        &["sample-cur/cur2", "--group-by", "tag:team", "--currency", "KRW", "--rate", "1390.5"],
        &["sample-cur/cur2", "--tag", "team=", "--group-by", "region", "--month", "2024-02"],
    ] {
        let faults = schema.faults(&report(arguments));
        assert!(faults.is_empty(), "{arguments:?}: {:#?}", &faults[..faults.len().min(5)]);
    }
}

#[test]
fn the_program_prints_the_schema() {
    let ran = gravimeter(&["report", "--schema"]).assert().success();
    let published = fs::read(Path::new(ROOT).join("docs/report.schema.json")).unwrap();
    assert!(ran.get_output().stdout == published);
    gravimeter(&["report"]).assert().code(2);
}

#[test]
fn what_is_wrong_is_found() {
    let schema = Schema::published();
    let valid = report(&["sample-cur/cur2"]);
    let wrong = |change: fn(&mut Value), says: &str| {
        let mut document = valid.clone();
        change(&mut document);
        let faults = schema.faults(&document);
        assert!(faults.iter().any(|fault| fault.contains(says)), "{says}: {faults:?}");
    };
    wrong(|json| json["months"][0]["amortized_cost"] = 1.5.into(), "$.months[0].amortized_cost is no \"string\"");
    wrong(|json| json["months"][0]["amortized_cost"] = "1,5".into(), "is not like");
    wrong(|json| json["months"][0]["month"] = "2024-13".into(), "is not like");
    wrong(|json| json["months"][0]["new"] = 1.into(), "$.months[0].new is not in the schema");
    wrong(|json| drop(json.as_object_mut().unwrap().remove("kpis")), "$ has no \"kpis\"");
    wrong(|json| json["buckets"][0]["verdict"] = "maybe".into(), "is none of");
    wrong(|json| json["footer"]["definitions"][0] = serde_json::json!(["a"]), "number of items");
    wrong(|json| json["schema_version"] = 0.into(), "$.schema_version is not 1");
}

/// A field that is added to the model, renamed or gone fails here, whatever the bill of the other test has.
#[test]
fn every_field_of_the_model_is_described() {
    let schema = Schema::published().0;
    let folder = Path::new(ROOT).join("src/report/model");
    let mut structs = 0;
    for file in files(&folder) {
        let text = fs::read_to_string(folder.join(&file)).unwrap();
        for rest in text.split("\npub struct ").skip(1) {
            let (name, body) = rest.split_once(" {\n").unwrap();
            let body = body.split("\n}").next().unwrap();
            let fields = body.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'));
            let fields: BTreeSet<&str> = fields.map(|(field, _)| field).collect();
            let described = if name == "Report" { &schema } else { &schema["$defs"][name] };
            let known = described["properties"].as_object().unwrap_or_else(|| panic!("{name} is not in the schema"));
            assert_eq!(known.keys().map(String::as_str).collect::<BTreeSet<_>>(), fields, "{name}");
            let required: BTreeSet<&str> =
                described["required"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
            assert_eq!(required, fields, "{name}: a field is never left out, null says that it is not known");
            for (field, rule) in known {
                for text in ["title", "description"] {
                    assert!(rule[text].as_str().is_some_and(|text| !text.is_empty()), "{name}.{field} has no {text}");
                }
            }
            structs += 1;
        }
    }
    assert!(structs > 15, "only {structs} structs were found: is the search broken?");
}
