//! What IAM allows: known actions on named things, all that the job asks S3 for, and nothing that it does not ask for.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::{example, folder, json, replaced};
use crate::{
    s3_stand_in::{Asked, BUCKET, StandIn},
    support::{ROOT, Runs, files},
};

/// Every action that an example allows, and whether it may be on everything because AWS knows nothing smaller for it.
const ACTIONS: [(&str, bool); 20] = [
    ("ecr:BatchCheckLayerAvailability", false),
    ("ecr:BatchGetImage", false),
    ("ecr:GetAuthorizationToken", true),
    ("ecr:GetDownloadUrlForLayer", false),
    ("ecs:RunTask", false),
    ("iam:PassRole", false),
    ("kms:Decrypt", false),
    ("kms:GenerateDataKey", false),
    ("logs:CreateLogStream", false),
    ("logs:PutLogEvents", false),
    ("pricing:GetPriceListFileUrl", true),
    ("pricing:GetProducts", true),
    ("pricing:ListPriceLists", true),
    ("s3:GetObject", false),
    ("s3:ListBucket", false),
    ("s3:PutObject", false),
    ("secretsmanager:GetSecretValue", false),
    ("sns:Publish", false),
    ("sqs:SendMessage", false),
    ("sts:AssumeRole", false),
];

/// The texts of a value that is one text or several.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
        other => panic!("neither a text nor a list: {other}"),
    }
}

/// Tells whether a pattern with stars covers a text, as IAM's `StringLike` and its ARNs do.
fn covers(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((begin, rest)) => text
            .strip_prefix(begin)
            .is_some_and(|text| (0..=text.len()).any(|at| text.is_char_boundary(at) && covers(rest, &text[at..]))),
    }
}

/// An action on a thing; a listing has a prefix.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    action: &'static str,
    resource: String,
    prefix: Option<String>,
}

/// What IAM is asked when S3 gets this request.
fn wishes(asked: &Asked) -> Vec<Wish> {
    let bucket = format!("arn:aws:s3:::{BUCKET}");
    let list =
        |prefix: &str| Wish { action: "s3:ListBucket", resource: bucket.clone(), prefix: Some(prefix.to_owned()) };
    let object = |action| Wish { action, resource: format!("{bucket}/{}", asked.key), prefix: None };
    match (asked.method.as_str(), asked.key.as_str()) {
        ("GET", "") => vec![list(asked.query.get("prefix").map_or("", String::as_str))],
        // That something is not there is told only to those who might list it.
        ("GET" | "HEAD", key) if asked.status == 404 => vec![object("s3:GetObject"), list(key)],
        ("GET" | "HEAD", _) => vec![object("s3:GetObject")],
        ("PUT" | "POST", _) => vec![object("s3:PutObject")],
        ("DELETE", _) => vec![object("s3:DeleteObject")],
        other => panic!("{other:?}"),
    }
}

/// A statement of a policy; each allows.
struct Statement {
    name: String,
    actions: Vec<String>,
    resources: Vec<String>,
    prefixes: Option<Vec<String>>,
}

impl Statement {
    fn allows(&self, wish: &Wish) -> bool {
        self.actions.iter().any(|action| action == wish.action)
            && self.resources.iter().any(|resource| covers(resource, &wish.resource))
            && self.prefixes.as_ref().is_none_or(|prefixes| {
                wish.prefix.as_ref().is_some_and(|prefix| prefixes.iter().any(|pattern| covers(pattern, prefix)))
            })
    }
}

/// Reads the statements of a policy.
fn statements(name: &str, text: &str) -> Vec<Statement> {
    let policy: Value = serde_json::from_str(text).unwrap();
    let statements = policy["Statement"].as_array().unwrap().iter().map(|statement| Statement {
        name: format!("{name}: {}", statement["Sid"]),
        actions: texts(&statement["Action"]),
        resources: texts(&statement["Resource"]),
        prefixes: statement["Condition"]["StringLike"].get("s3:prefix").map(texts),
    });
    statements.collect()
}

fn policy_names() -> Vec<String> {
    let names = files(&folder().join("iam"));
    names.iter().map(|file| format!("iam/{}", file.display())).collect()
}

#[test]
fn stars_cover_what_they_should() {
    for (pattern, text) in [("a/*", "a/"), ("a/*", "a/b/c"), ("*", ""), ("a*c*e", "abcde"), ("a", "a")] {
        assert!(covers(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in [("a/*", "a"), ("a/*", "ab/c"), ("a", "ab"), ("a*c", "abcd")] {
        assert!(!covers(pattern, text), "{pattern} {text}");
    }
}

#[test]
fn every_action_is_known_and_bound_to_something() {
    let mut met = BTreeSet::new();
    for name in policy_names() {
        let policy = json(&name);
        assert_eq!(policy["Version"], "2012-10-17", "{name}");
        let is_trust = name.contains("trust-");
        let mut names = BTreeSet::new();
        for statement in policy["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow", "{name}");
            assert!(is_trust || names.insert(statement["Sid"].as_str().unwrap().to_owned()), "{name}: {statement}");
            // A role is for somebody, a policy for something.
            assert_eq!(statement.get("Principal").is_some(), is_trust, "{name}");
            assert_eq!(statement.get("Resource").is_some(), !is_trust, "{name}");
            for action in texts(&statement["Action"]) {
                if is_trust && action == "sts:AssumeRoleWithWebIdentity" {
                    let condition = &statement["Condition"]["StringEquals"];
                    assert!(condition["token.actions.githubusercontent.com:sub"].is_string(), "{name}");
                    continue;
                }
                let known = ACTIONS.iter().find(|(known, _)| *known == action);
                let (known, on_everything) = known.unwrap_or_else(|| panic!("{name}: {action}"));
                assert_eq!(is_trust, *known == "sts:AssumeRole", "{name}");
                met.insert(*known);
                if !is_trust {
                    let everything = texts(&statement["Resource"]).iter().any(|resource| resource == "*");
                    assert_eq!(everything, *on_everything, "{name}: {action}");
                }
            }
        }
    }
    assert_eq!(met, ACTIONS.iter().map(|(action, _)| *action).collect());
}

#[test]
fn the_pages_ask_for_the_same_permissions() {
    let actions = |text: &str| -> BTreeSet<String> {
        let all = text.split('"').filter(|word| word.starts_with("pricing:") || word.starts_with("s3:"));
        all.filter(|word| *word != "s3:prefix").map(str::to_owned).collect()
    };
    let page = |name: &str| fs::read_to_string(Path::new(ROOT).join(name)).unwrap();
    assert_eq!(actions(&page("docs/prices.md")), actions(&example("iam/refresh-prices.json")));
    assert_eq!(actions(&page("README.md")), actions(&example("iam/read-bill.json")));
}

#[test]
fn s3_is_asked_for_what_the_policies_allow_and_they_allow_no_more() {
    // The stand-in has one bucket for both.
    let policy = |name: &str, bucket: &str| {
        let text = example(&format!("iam/{name}.json"));
        assert!(text.contains(&format!("arn:aws:s3:::{bucket}")));
        statements(name, &text.replace(&format!(":::{bucket}"), &format!(":::{BUCKET}")))
    };
    let allowed = [policy("read-bill", "example-bill"), policy("upload-report", "example-reports")];
    let service = StandIn::serving(&Path::new(ROOT).join("sample-cur/cur2"), "exports/");
    let place = tempfile::tempdir().unwrap();
    let changes = [
        ("example-bill".to_owned(), BUCKET.to_owned()),
        ("example-reports".to_owned(), BUCKET.to_owned()),
        ("dir = \"/var/lib/gravimeter/reports\"\n".to_owned(), String::new()),
        ("slack = true\n".to_owned(), String::new()),
    ];
    let text = changes.iter().fold(example("gravimeter.toml"), |text, (theirs, ours)| replaced(&text, theirs, ours));
    let file = place.path().join("gravimeter.toml");
    fs::write(&file, text).unwrap();

    let mut used = BTreeSet::new();
    for run in ["the first run", "a run with nothing to do"] {
        let command = &mut service.cached(&place.path().join("cache"), &["batch", file.to_str().unwrap()]);
        command.current_dir(place.path()).assert();
        let asked = service.asked();
        assert!(!asked.is_empty(), "{run}");
        for request in &asked {
            for wish in wishes(request) {
                let by = allowed.iter().flatten().find(|statement| statement.allows(&wish));
                let by = by.unwrap_or_else(|| panic!("{run}: nothing allows {wish:?}: {request:?}"));
                used.insert((by.name.clone(), wish.action));
            }
        }
        let latest = service.get("gravimeter/2024-01/latest.json");
        assert!(latest.is_some(), "{run}");
        let wrote = asked.iter().any(|request| request.key.ends_with("report.html") && request.method == "PUT");
        assert_eq!(wrote, run == "the first run", "{run}");
    }
    let offered = allowed.iter().flatten().flat_map(|statement| {
        statement.actions.iter().map(|action| (statement.name.clone(), action.clone())).collect::<Vec<_>>()
    });
    let used: BTreeSet<(String, String)> = used.into_iter().map(|(name, action)| (name, action.to_owned())).collect();
    assert_eq!(offered.collect::<BTreeSet<_>>(), used);
}
