//! The options of the scheduled job, `gravimeter batch`, and of `gravimeter notify`.

use std::{path::PathBuf, time::Duration};

use super::{Look, SOURCE, parse};
use crate::{
    batch::{MonthChoice, Threshold},
    cli::cluster::Nodes,
    units::Month,
};

/// Make the report of the month when there is a new one, publish it and tell people, once
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A report is made when month, delivery, settings and prices are not those of the last one; otherwise nothing is
done. Each is a folder DIR/MONTH/REVISION-KEY; DIR/MONTH/latest.json says which one counts. One run works at a time.

Examples:
  gravimeter batch gravimeter.toml
  gravimeter batch gravimeter.toml --months 2024-01 --fail-on 'mom>10%' --fail-on 'coverage<70%'
  gravimeter batch --source s3://my-bucket/exports --upload s3://my-reports/aws --slack --wait 10m"
)]
pub(in crate::cli) struct Batch {
    /// File with settings (default: ./gravimeter.toml, where it is there)
    #[arg(id = "settings", value_name = "CONFIG")]
    pub config: Option<PathBuf>,
    #[arg(long = "source", value_name = "SOURCE", help = SOURCE)]
    pub sources: Vec<String>,
    /// Months to report: last-final, last-complete, current, or a list
    #[arg(long, value_name = "MONTHS", default_value = "last-final", value_parser = parse::<MonthChoice>)]
    pub months: MonthChoice,
    #[command(flatten)]
    pub look: Look,
    /// Folder that gets the reports (default: reports, unless --upload is given)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Place in S3 that gets the reports
    #[arg(long, value_name = "s3://BUCKET/PREFIX")]
    pub upload: Option<String>,
    /// End with exit code 4, after the report is published, when a figure is beyond its limit: 'mom>10%', 'coverage<70%'
    #[arg(long = "fail-on", value_name = "FIGURE>LIMIT", value_delimiter = ',', value_parser = parse::<Threshold>)]
    pub fail_on: Vec<Threshold>,
    /// Wait so long for another run to end: 30s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub wait: Option<Duration>,
    #[command(flatten)]
    pub told: NotifyOptions,
    #[command(flatten)]
    pub nodes: Nodes,
}

/// Who is told.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Notification")]
pub(in crate::cli) struct NotifyOptions {
    /// Tell a Slack channel, by the incoming webhook in `GRAVIMETER_SLACK_WEBHOOK`
    #[arg(long)]
    pub slack: bool,
    /// Post JSON to the address in `GRAVIMETER_WEBHOOK_URL`, with the bearer token in `GRAVIMETER_WEBHOOK_TOKEN` where it is set
    #[arg(long)]
    pub webhook: bool,
    /// Publish to this SNS topic
    #[arg(long, value_name = "TOPIC_ARN")]
    pub sns: Option<String>,
    /// Where readers find the report; {month}, {folder} and {path} are filled in
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
    /// End well even if nobody could be told
    #[arg(long)]
    pub notify_optional: bool,
    /// Wait so long for an answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub notify_timeout: Duration,
}

/// Tell people of the last report: once more, or as a test
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter notify gravimeter.toml --test
  gravimeter notify gravimeter.toml --resend --month 2024-01
  gravimeter notify --test --upload s3://my-reports/aws --slack")]
pub(in crate::cli) struct Notify {
    /// File with settings (default: ./gravimeter.toml, where it is there)
    #[arg(id = "settings", value_name = "CONFIG")]
    pub config: Option<PathBuf>,
    /// Send a message that is marked as a test, with the figures of the newest report where there is one
    #[arg(long, required_unless_present = "resend")]
    pub test: bool,
    /// Send the message of the report again, whether it was sent or not
    #[arg(long, conflicts_with = "test")]
    pub resend: bool,
    /// Month whose message is sent (default: that of the newest report)
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub month: Option<Month>,
    /// Folder with the reports
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Place in S3 with the reports
    #[arg(long, value_name = "s3://BUCKET/PREFIX")]
    pub upload: Option<String>,
    #[command(flatten)]
    pub told: NotifyOptions,
}

/// Reads "30s", "10m", "2h".
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no time: write it as 30s, 10m or 2h");
    let text = text.trim();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err(wrong()),
    };
    let count: u64 = text[..text.len() - 1].trim().parse().map_err(|_| wrong())?;
    count.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration(" 10m "), Ok(Duration::from_mins(10)));
        assert_eq!(duration("2h"), Ok(Duration::from_hours(2)));
        for wrong in ["", "10", "m", "-1s", "1.5h", "10 minutes", "\u{e9}", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
