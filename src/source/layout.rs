//! What the folders of a delivery say: the export, the billing month, and the execution or assembly.
//!
//! Pure functions over path components; no file is touched. Spellings of partitions seen in the field:
//! `year=2018/month=10` (not zero-padded), `BILLING_PERIOD=2026-04` and `billing_period=2026-04`,
//! `20181001-20181101`. Below them a create-new delivery adds one folder per execution or assembly.

use crate::units::Month;

/// The folders above a file, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout<'a> {
    /// What stands above the partition folders; the whole path when there are none.
    pub export: &'a [String],
    /// The partition folders themselves.
    pub partition: &'a [String],
    /// What stands below them: nothing, or an execution or assembly folder.
    pub below: &'a [String],
    /// The billing month that the partition names.
    pub month: Option<Month>,
}

impl<'a> Layout<'a> {
    /// Takes the folders of a file apart; the deepest partition counts.
    pub(super) fn of(dirs: &'a [String]) -> Self {
        for end in (1..=dirs.len()).rev() {
            let name = &dirs[end - 1];
            if let Some(month) = billing_period(name).or_else(|| date_range(name)) {
                return Self::split(dirs, end - 1, end, Some(month));
            }
            if end > 1
                && let Some(month) = year_and_month(&dirs[end - 2], name)
            {
                return Self::split(dirs, end - 2, end, Some(month));
            }
        }
        match dirs.split_last() {
            Some((last, above)) if is_assembly(last) => Self::split(dirs, above.len(), above.len(), None),
            _ => Self::split(dirs, dirs.len(), dirs.len(), None),
        }
    }

    fn split(dirs: &'a [String], start: usize, end: usize, month: Option<Month>) -> Self {
        Self { export: &dirs[..start], partition: &dirs[start..end], below: &dirs[end..], month }
    }

    /// Returns the folder of the export: what stands above `data` or `metadata` of a Data Exports delivery, else
    /// what stands above the partitions.
    pub(super) fn export_folder(&self) -> &'a [String] {
        match self.export.split_last() {
            Some((last, above))
                if !above.is_empty() && (last == "metadata" || (last == "data" && self.is_billing_period())) =>
            {
                above
            }
            _ => self.export,
        }
    }

    /// Tells whether the partition is spelled as Data Exports does.
    pub(super) fn is_billing_period(&self) -> bool {
        matches!(self.partition, [name] if billing_period(name).is_some())
    }

    /// Tells whether the file lies under the `metadata` folder of a Data Exports delivery.
    pub(super) fn is_metadata(&self) -> bool {
        self.export.last().is_some_and(|last| last == "metadata")
    }
}

/// Reads `BILLING_PERIOD=2026-04`, in either case of the key.
fn billing_period(name: &str) -> Option<Month> {
    let (key, value) = name.split_once('=')?;
    let padded = value.len() == 7;
    (padded && key.eq_ignore_ascii_case("billing_period")).then(|| value.parse().ok())?
}

/// Reads `year=2018` and `month=10`.
fn year_and_month(year: &str, month: &str) -> Option<Month> {
    let year = year.strip_prefix("year=").filter(|digits| digits.len() == 4)?;
    let month = month.strip_prefix("month=").filter(|digits| (1..=2).contains(&digits.len()))?;
    (all_digits(year) && all_digits(month)).then(|| Month::new(year.parse().ok()?, month.parse().ok()?))?
}

/// Reads `20181001-20181101`: the month that the range begins with.
fn date_range(name: &str) -> Option<Month> {
    let (start, end) = name.split_once('-')?;
    let (start, end) = (day(start)?, day(end)?);
    (start < end).then(|| Month::of(start))
}

fn day(text: &str) -> Option<chrono::NaiveDate> {
    (text.len() == 8 && all_digits(text)).then(|| chrono::NaiveDate::parse_from_str(text, "%Y%m%d").ok())?
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads the `20191201T000000.000Z` of a CUR 1 manifest.
pub(super) fn month_of_instant(text: &str) -> Option<Month> {
    day(text.get(..8)?).map(Month::of)
}

/// Returns the digits of the timestamp that begins the name of an execution or assembly folder, as in
/// `2026-04-16T15:24:15.653Z-<id>` and `20220503T120125Z`; larger is newer.
///
/// Separators do not count, because file systems without `:` replace it.
pub(super) fn timestamp(name: &str) -> Option<String> {
    let (stamp, _) = name.split_once('Z')?;
    let digits: String = stamp.chars().filter(char::is_ascii_digit).collect();
    let only_stamp = stamp.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | '_' | 'T'));
    let well_formed = only_stamp && stamp.contains('T') && digits.len() >= 14;
    // A missing fraction is an earlier instant of the same second.
    well_formed.then(|| format!("{digits:0<23}"))
}

/// Tells whether the folder is one execution or assembly: a timestamp, or a UUID.
fn is_assembly(name: &str) -> bool {
    timestamp(name).is_some() || is_uuid(name)
}

fn is_uuid(name: &str) -> bool {
    let groups: Vec<&str> = name.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs(path: &str) -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn check(path: &str, export: &str, month: Option<&str>, below: &str) {
        let parts = dirs(path);
        let layout = Layout::of(&parts);
        assert_eq!(layout.export_folder().join("/"), export, "export of {path}");
        assert_eq!(layout.month.map(|month| month.to_string()).as_deref(), month, "month of {path}");
        assert_eq!(layout.below.join("/"), below, "below of {path}");
    }

    #[test]
    fn partitions_give_the_month_and_the_export() {
        check("b/WorkshopCUR/WorkshopCUR/year=2018/month=10", "b/WorkshopCUR/WorkshopCUR", Some("2018-10"), "");
        check("b/r/year=2019/month=3", "b/r", Some("2019-03"), "");
        check("cur2/ha/data/BILLING_PERIOD=2025-07", "cur2/ha", Some("2025-07"), "");
        check("f/focus/data/billing_period=2024-11", "f/focus", Some("2024-11"), "");
        check("cur2/ha/metadata/BILLING_PERIOD=2025-07", "cur2/ha", Some("2025-07"), "");
        check("p/r/20220401-20220501/20220503T120125Z", "p/r", Some("2022-04"), "20220503T120125Z");
        check(
            "cur2/ha/data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-04e9",
            "cur2/ha",
            Some("2026-04"),
            "2026-04-16T15:24:15.653Z-04e9",
        );
    }

    #[test]
    fn folders_that_are_no_partition_are_part_of_the_export() {
        check("bills/oct", "bills/oct", None, "");
        check("data/year=2018/month=10", "data", Some("2018-10"), "");
        check("b/year=2018/month=13", "b/year=2018/month=13", None, "");
        check("b/month=10", "b/month=10", None, "");
        check("b/BILLING_PERIOD=2026-4", "b/BILLING_PERIOD=2026-4", None, "");
        check("b/20180101-20170101", "b/20180101-20170101", None, "");
        check("b/wa-labs-2018-10", "b/wa-labs-2018-10", None, "");
    }

    #[test]
    fn an_assembly_folder_without_a_partition_is_not_the_export() {
        check("b/r/c3bed2b7-e72a-4d7a-92ad-96ed624f3e07", "b/r", None, "c3bed2b7-e72a-4d7a-92ad-96ed624f3e07");
        check("b/r/20220503T120125Z", "b/r", None, "20220503T120125Z");
    }

    #[test]
    fn the_deepest_partition_counts() {
        check("20200101-20200201/r/year=2018/month=1", "20200101-20200201/r", Some("2018-01"), "");
    }

    #[test]
    fn timestamps_order_by_time_whatever_their_spelling() {
        let seconds = timestamp("2026-04-16T15:24:15Z-04e9").unwrap();
        let fraction = timestamp("2026-04-16T15:24:15.653Z-04e9").unwrap();
        let windows = timestamp("2026-04-16T15_24_16.000Z-0000").unwrap();
        let compact = timestamp("20260417T000000Z").unwrap();
        assert!(seconds < fraction && fraction < windows && windows < compact);
        assert_eq!(timestamp("c3bed2b7-e72a-4d7a-92ad-96ed624f3e07"), None);
        assert_eq!(timestamp("ZurichT"), None);
        assert_eq!(timestamp("2026-04Z"), None);
    }

    #[test]
    fn the_instant_of_a_manifest_gives_the_month() {
        assert_eq!(month_of_instant("20191201T000000.000Z").unwrap().to_string(), "2019-12");
        assert_eq!(month_of_instant("2019"), None);
    }
}
