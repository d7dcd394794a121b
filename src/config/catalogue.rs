//! Every setting, once: its key in a file, the flag it stands for, what it takes, and what it is for.

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text in quotes.
    Text,
    /// A number, kept as it is written.
    Number,
    /// `true` or `false`.
    Switch,
    /// Texts in brackets, or one text.
    List,
}

/// A setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Section and name: `report.formats`.
    pub key: &'static str,
    /// The long flag it stands for, without dashes.
    pub flag: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is for, in a line.
    pub help: &'static str,
    /// A value as it is written in a file.
    pub example: &'static str,
    /// The commands it is for; none where it is for all of them.
    pub commands: &'static [&'static str],
    /// Whether it changes what a report says.
    pub shapes: bool,
    /// Whether it names files, which are searched from the folder of the settings file on.
    pub is_path: bool,
    /// Whether the flag says the opposite.
    pub is_inverted: bool,
    /// An older name in the environment.
    pub alias: Option<&'static str>,
}

/// The sections of a file.
pub const SECTIONS: &[(&str, &str)] = &[
    ("bill", "Which bill is read"),
    ("aws", "How S3 and AWS are reached; credentials come from where the AWS tools look, never from here"),
    ("report", "What the report shows"),
    ("graviton", "Which targets are taken"),
    ("prices", "Which prices count"),
    ("run", "How the program runs"),
    ("output", "Where the reports of the job go"),
    ("thresholds", "When the job ends with exit code 4, after the report is written"),
    ("notify", "Who is told of a report; the addresses are secrets and come by environment"),
];

/// Commands that make a report.
const REPORTS: &[&str] = &["report", "batch"];

/// The job and what belongs to it.
const JOBS: &[&str] = &["batch", "notify"];

/// Commands that read the months of a bill.
const READS: &[&str] = &["report", "batch", "reconcile", "verify"];

/// Commands that read a bill; others mean something else when no source is named.
const BILLS: &[&str] =
    &["report", "batch", "sql", "query run", "explain", "reconcile", "doctor", "verify", "prices refresh"];

/// Every setting, in the order of the file.
pub static CATALOGUE: &[Setting] = &[
    list("bill.sources", "source", "Folders, files or s3://BUCKET/PREFIX with Cost and Usage Reports", r#"["s3://my-bucket/exports/cur2"]"#)
        .of(BILLS)
        .path(),
    text("bill.export", "export", "Export to read when the source holds several", r#""seoul-cur2""#).shapes(),
    text("bill.from", "from", "First month to read", r#""2024-01""#).of(READS).shapes(),
    list("bill.inventories", "inventory", "Files with the engine versions of databases", r#"["databases.json"]"#)
        .shapes()
        .path(),
    text("aws.profile", "profile", "Profile of the AWS configuration", r#""billing""#),
    text("aws.region", "region", "Region of the bucket; of the prices with map and prices", r#""ap-northeast-2""#),
    text("aws.endpoint_url", "endpoint-url", "Another S3 service than that of AWS", r#""http://127.0.0.1:9000""#),
    switch("aws.path_style", "path-style", "Name the bucket in the path"),
    switch("aws.request_payer", "request-payer", "Agree to pay for the requests"),
    switch("aws.no_sign_request", "no-sign-request", "Read a public bucket without credentials"),
    number("aws.give_up_after", "give-up-after", "Repeat failing requests for so many seconds", "180"),
    list("report.months", "months", "Months to report: \"last-final\", \"last-complete\", \"current\", or a list such as [\"2024-01\", \"2024-02\"]", r#""last-final""#)
        .of(&["batch"]),
    list("report.formats", "format", "Formats to write: html, png, csv, json, xlsx, md, pdf", r#"["html", "xlsx"]"#)
        .of(REPORTS)
        .shapes(),
    text("report.group_by", "group-by", "Break the bill down: account, region or tag:KEY", r#""tag:team""#)
        .of(REPORTS)
        .shapes(),
    text("report.basis", "basis", "Cost basis shown first: amortized or unblended", r#""amortized""#).of(REPORTS).shapes(),
    text("report.lang", "lang", "Language of reports: en or ko", r#""ko""#).shapes(),
    list("report.accounts", "account", "Only these accounts, by id or exact name", r#"["111122223333"]"#)
        .of(REPORTS)
        .shapes(),
    list("report.tags", "tag", "Only line items with these tags, KEY= for those without it", r#"["team=search"]"#)
        .of(REPORTS)
        .shapes(),
    number("report.top", "top", "Rows that the page shows of the longest tables; the files have all", "25")
        .of(REPORTS)
        .shapes(),
    number("report.min_saving", "min-saving", "Leave out opportunities that save less a month, in the bill's currency", "10")
        .of(REPORTS)
        .shapes(),
    text("report.currency", "currency", "Show all amounts in another currency, converted by rate", r#""KRW""#)
        .of(REPORTS)
        .shapes(),
    number("report.rate", "rate", "What one unit of the bill's currency is worth in that of currency", "1390.5")
        .of(REPORTS)
        .shapes(),
    text("report.compare", "compare", "Report the later of two months against the earlier one", r#""2023-05:2024-01""#)
        .of(REPORTS)
        .shapes(),
    text("report.theme", "theme", "Paper of the PNG charts: light or dark", r#""dark""#).of(REPORTS).shapes(),
    text("report.font", "font", "Font for what the embedded one lacks in the PNG charts", r#""NotoSansKR-Regular.otf""#)
        .of(REPORTS)
        .shapes()
        .path(),
    text("report.chromium", "chromium", "Browser that prints the PDF", r#""/usr/bin/chromium""#)
        .of(REPORTS)
        .also("GRAVIMETER_CHROMIUM"),
    list("report.calendar", "calendar", "iCalendar files of planned events, drawn over the costs", r#"["events.ics"]"#)
        .of(REPORTS)
        .shapes()
        .path(),
    text("graviton.target", "target", "Which admissible target is taken: cheapest, newest, graviton2 to graviton5", r#""newest""#)
        .shapes(),
    switch("graviton.allow_slower", "allow-slower", "Take targets that are measured to be slower, too").shapes(),
    text("graviton.allow_loss", "allow-loss", "Take targets that lose up to this share of vCPUs, memory, storage or network", r#""12%""#)
        .shapes(),
    list("graviton.pins", "pin", "Target family for a source family, over the policy", r#"["c5=c7g"]"#).shapes(),
    list("graviton.baselines", "baseline", "x86 family that a Graviton family is held against", r#"["m7g=m5"]"#).shapes(),
    text("prices.as_of", "as-of", "Day of the price table, or the eight digits of a table", r#""2026-11-18""#).shapes(),
    number("run.threads", "threads", "Worker threads (default: the cores of the machine)", "2"),
    text("run.memory_limit", "memory-limit", "Memory to use at most (default: 60 % of the machine or container)", r#""4GB""#),
    text("run.cache_dir", "cache-dir", "Folder that keeps rollups and refreshed prices", r#""/var/cache/gravimeter""#)
        .path()
        .also("GRAVIMETER_CACHE_DIR"),
    text("run.wait", "wait", "Wait so long for another run of the job to end (default: not at all)", r#""10m""#)
        .of(&["batch"]),
    text("run.log_format", "log-format", "How the program talks on stderr: human or json", r#""json""#),
    switch("run.quiet", "quiet", "Say nothing but errors"),
    text("output.dir", "out", "Folder that gets a folder for each month (default: reports, unless upload is set)", r#""reports""#)
        .of(JOBS)
        .path(),
    text("output.upload", "upload", "Where reports are uploaded to", r#""s3://my-bucket/reports""#).of(JOBS),
    list("thresholds.fail_on", "fail-on", "Conditions on figures of the report", r#"["mom>10%", "unlocked_saving>1000", "coverage<70%"]"#)
        .of(REPORTS),
    switch("notify.slack", "slack", "Tell the Slack channel of GRAVIMETER_SLACK_WEBHOOK").of(JOBS),
    switch("notify.webhook", "webhook", "Post JSON to GRAVIMETER_WEBHOOK_URL, with GRAVIMETER_WEBHOOK_TOKEN where it is set").of(JOBS),
    text("notify.sns", "sns", "Publish to this SNS topic", r#""arn:aws:sns:ap-northeast-2:111122223333:costs""#).of(JOBS),
    text("notify.link", "link", "Link to the report in messages; {month}, {folder} and {path} are filled in", r#""https://reports.example.com/{path}""#)
        .of(JOBS),
    switch("notify.required", "notify-optional", "Whether the job fails when a message cannot be sent").of(JOBS).inverted(),
    text("notify.timeout", "notify-timeout", "How long one attempt to send a message may take", r#""30s""#).of(JOBS),
];

impl Setting {
    const fn new(key: &'static str, flag: &'static str, kind: Kind, help: &'static str, example: &'static str) -> Self {
        Self {
            key,
            flag,
            kind,
            help,
            example,
            commands: &[],
            shapes: false,
            is_path: false,
            is_inverted: false,
            alias: None,
        }
    }

    const fn of(mut self, commands: &'static [&'static str]) -> Self {
        self.commands = commands;
        self
    }

    const fn shapes(mut self) -> Self {
        self.shapes = true;
        self
    }

    const fn path(mut self) -> Self {
        self.is_path = true;
        self
    }

    const fn inverted(mut self) -> Self {
        self.is_inverted = true;
        self
    }

    const fn also(mut self, variable: &'static str) -> Self {
        self.alias = Some(variable);
        self
    }

    /// Finds a setting by its key.
    pub fn find(key: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|setting| setting.key == key)
    }

    /// Returns the section of the key.
    pub fn section(&self) -> &'static str {
        self.key.split_once('.').map_or("", |(section, _)| section)
    }

    /// Returns the key without its section.
    pub fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }

    /// Returns its name in the environment.
    pub fn variable(&self) -> String {
        format!("GRAVIMETER_{}", self.key.replace('.', "_").to_ascii_uppercase())
    }
}

const fn text(key: &'static str, flag: &'static str, help: &'static str, example: &'static str) -> Setting {
    Setting::new(key, flag, Kind::Text, help, example)
}

const fn number(key: &'static str, flag: &'static str, help: &'static str, example: &'static str) -> Setting {
    Setting::new(key, flag, Kind::Number, help, example)
}

const fn list(key: &'static str, flag: &'static str, help: &'static str, example: &'static str) -> Setting {
    Setting::new(key, flag, Kind::List, help, example)
}

const fn switch(key: &'static str, flag: &'static str, help: &'static str) -> Setting {
    Setting::new(key, flag, Kind::Switch, help, "true")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_setting_has_a_section_and_names_of_its_own() {
        let keys: BTreeSet<&str> = CATALOGUE.iter().map(|setting| setting.key).collect();
        let variables: BTreeSet<String> = CATALOGUE.iter().map(Setting::variable).collect();
        assert_eq!((keys.len(), variables.len()), (CATALOGUE.len(), CATALOGUE.len()));
        for setting in CATALOGUE {
            assert!(SECTIONS.iter().any(|(section, _)| *section == setting.section()), "{}", setting.key);
            assert!(!setting.help.is_empty() && !setting.help.ends_with('.'), "{}", setting.key);
            assert_eq!(Setting::find(setting.key), Some(setting));
        }
        assert_eq!(Setting::find("report.group_by").unwrap().variable(), "GRAVIMETER_REPORT_GROUP_BY");
    }

    #[test]
    fn the_sections_of_the_file_stand_together() {
        let mut met: Vec<&str> = CATALOGUE.iter().map(Setting::section).collect();
        met.dedup();
        let sections: Vec<&str> = SECTIONS.iter().map(|(section, _)| *section).collect();
        assert_eq!(met, sections);
    }
}
