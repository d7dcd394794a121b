//! Units of work: the pages of a service in a region, or the bulk file of an offer in a region.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_pricing::{primitives::DateTime, types::PriceList};
use chrono::{NaiveDate, NaiveTime};

use super::{
    api::Api,
    download::download,
    failure::{Failure, Subject},
    staging::{self, Page, Unit},
};
use crate::{
    error::{Error, Kind, Result},
    pricing::{PriceBook, Query, Reading},
};

/// So many pages in a row without a product are no list.
const EMPTY_PAGES: u32 = 20;

/// A piece of a refresh that succeeds or fails by itself.
#[derive(Debug)]
pub(super) struct Work {
    /// What it is about: "EC2 in us-east-1".
    pub name: String,
    /// What it asks for.
    pub what: What,
    /// Where its answers are kept.
    pub unit: Unit,
}

/// What is asked for.
#[derive(Debug)]
pub(super) enum What {
    /// All pages of these queries.
    Pages(Vec<Query>),
    /// The bulk file of an offer in a region, as of an instant; the first code that AWS knows counts.
    File { codes: Vec<&'static str>, region: String, effective: Option<NaiveDate> },
}

/// What a unit has fetched.
#[derive(Debug)]
pub(super) struct Fetched {
    /// Files in staging.
    pub files: Vec<PathBuf>,
    /// Answers that an earlier run had fetched.
    pub reused: u64,
}

impl Work {
    /// Fetches all of it that is not in staging.
    pub(super) async fn fetch(&self, api: &Api, book: &PriceBook, today: NaiveDate) -> Result<Fetched> {
        match &self.what {
            What::Pages(queries) => {
                // A token that AWS refuses is of an earlier list or has expired: from the beginning, once.
                match self.pages(api, book, today, queries).await? {
                    Ok(fetched) => return Ok(fetched),
                    Err(_) => self.unit.clear()?,
                }
                match self.pages(api, book, today, queries).await? {
                    Ok(fetched) => Ok(fetched),
                    Err(error) => {
                        self.unit.clear()?;
                        Err(error)
                    }
                }
            }
            What::File { codes, region, effective } => self.file(api, codes, region, *effective).await,
        }
    }

    /// Fetches all pages; the inner error is that of a refused token.
    async fn pages(&self, api: &Api, book: &PriceBook, today: NaiveDate, queries: &[Query]) -> Result<Result<Fetched>> {
        let mut fetched = Fetched { files: Vec::new(), reused: 0 };
        // Where no record has the code of the region, its name may find some.
        let by_name = |query: &Query| {
            let region = book.regions().iter().find(|known| Some(known.code.as_str()) == query.region())?;
            Some(query.by_location(&region.location))
        };
        let asked: Vec<(Query, bool)> = queries
            .iter()
            .flat_map(|query| [Some((query.clone(), false)), by_name(query).map(|query| (query, true))])
            .flatten()
            .collect();
        let mut found_by_code = false;
        for (place, (query, is_twin)) in asked.iter().enumerate() {
            if *is_twin && found_by_code {
                continue;
            }
            found_by_code = false;
            let mut tokens = BTreeSet::new();
            let mut token: Option<String> = None;
            let mut empty = 0;
            // What is kept behind a page that is asked for again belongs to another chain of tokens.
            let mut kept = true;
            for number in 1.. {
                let path = self.unit.page_path(place, number);
                let next = if let Some(page) = staging::page(&path).filter(|_| kept) {
                    fetched.reused += 1;
                    found_by_code |= !page.records.is_empty();
                    page.next
                } else {
                    let name = self.page_name(queries.len(), place, number);
                    api.talk(&format!("asking for prices of {name}"));
                    let subject = api.subject(name, "pricing:GetProducts");
                    if kept && number > 1 && !self.still_begins_so(api, &subject, query, place).await? {
                        let newer = "AWS has published another list since the pages that were kept";
                        return Ok(Err(subject.stop(Kind::Transient, newer)));
                    }
                    kept = false;
                    let (records, next) = match api.products(&subject, query, token.as_deref()).await {
                        Ok(answer) => answer,
                        Err(failure @ Failure::Token(_)) => return Ok(Err(subject.error(failure))),
                        // AWS knows no such service, or none there.
                        Err(Failure::Missing) => (Vec::new(), None),
                        Err(failure) => return Err(subject.error(failure)),
                    };
                    if next.as_ref().is_some_and(|next| tokens.contains(next) || token.as_ref() == Some(next)) {
                        return Err(subject.malformed("its pages go round in a circle"));
                    }
                    check(book, &records, today).map_err(|error| subject.malformed(&error.to_string()))?;
                    empty = if records.is_empty() { empty + 1 } else { 0 };
                    if empty >= EMPTY_PAGES && next.is_some() {
                        return Err(subject.malformed(&format!("{EMPTY_PAGES} pages in a row have no product")));
                    }
                    found_by_code |= !records.is_empty();
                    let page = Page { next, records };
                    self.unit.keep(&path, &page)?;
                    page.next
                };
                fetched.files.push(path);
                let Some(next) = next else { break };
                tokens.insert(next.clone());
                token = Some(next);
            }
        }
        Ok(Ok(fetched))
    }

    /// Tells whether the first page is the one that was kept: pages of two publications make no list.
    async fn still_begins_so(&self, api: &Api, subject: &Subject, query: &Query, place: usize) -> Result<bool> {
        let kept = staging::page(&self.unit.page_path(place, 1)).map(|page| page.records);
        match api.products(subject, query, None).await {
            Ok((records, _)) => Ok(kept == Some(records)),
            Err(failure) => Err(subject.error(failure)),
        }
    }

    fn page_name(&self, queries: usize, place: usize, number: usize) -> String {
        if queries == 1 {
            format!("{}, page {number}", self.name)
        } else {
            format!("{}, query {}, page {number}", self.name, place / 2 + 1)
        }
    }

    /// Fetches a bulk file.
    async fn file(&self, api: &Api, codes: &[&str], region: &str, effective: Option<NaiveDate>) -> Result<Fetched> {
        for ending in ["csv", "json"] {
            let path = self.unit.document_path(ending);
            if path.is_file() {
                return Ok(Fetched { files: vec![path], reused: 1 });
            }
        }
        api.talk(&format!("asking for prices of {}", self.name));
        let subject = api.subject(self.name.clone(), "pricing:ListPriceLists");
        let Some(list) = self.listed(api, &subject, codes, region, effective).await? else {
            return Ok(Fetched { files: Vec::new(), reused: 0 });
        };
        let arn = list.price_list_arn.ok_or_else(|| subject.malformed("there is no PriceListArn"))?;
        let formats = list.file_formats.unwrap_or_default();
        let format = ["csv", "json"].into_iter().find(|format| formats.iter().any(|known| known == format));
        let format = format.ok_or_else(|| {
            subject.stop(Kind::Incomplete, &format!("the price list has neither CSV nor JSON, only {formats:?}"))
        })?;
        let subject = api.subject(self.name.clone(), "pricing:GetPriceListFileUrl");
        let url = api.file_url(&subject, &arn, format).await.map_err(|failure| subject.error(failure))?;
        let path = self.unit.document_path(format);
        download(api, &subject, &url, &self.unit, &path).await.map_err(|failure| subject.error(failure))?;
        Ok(Fetched { files: vec![path], reused: 0 })
    }

    /// Finds the price list under the first code that AWS knows; `None` where it has none.
    async fn listed(
        &self,
        api: &Api,
        subject: &Subject,
        codes: &[&str],
        region: &str,
        effective: Option<NaiveDate>,
    ) -> Result<Option<PriceList>> {
        let mut unknown = None;
        for code in codes {
            match api.price_list(subject, code, region, instant(effective)).await {
                Ok(list) => return Ok(Some(list)),
                Err(Failure::Missing) => return Ok(None),
                // A code of another time is no mistake as long as there is another one.
                Err(failure @ Failure::Unknown(_)) => unknown = Some(failure),
                Err(failure) => return Err(subject.error(failure)),
            }
        }
        match unknown {
            Some(failure) => Err(subject.error(failure)),
            None => Ok(None),
        }
    }

    /// Has what was fetched read.
    pub(super) fn read(&self, reading: &mut Reading<'_>, fetched: &Fetched, today: NaiveDate) -> Result<()> {
        for path in &fetched.files {
            if let What::File { effective, .. } = &self.what {
                reading.document(&self.name, staging::document(path)?, Some(effective.unwrap_or(today)))?;
                continue;
            }
            let page =
                staging::page(path).ok_or_else(|| Error::incomplete(format!("{} is not whole", path.display())))?;
            for record in &page.records {
                reading.product(record, Some(today))?;
            }
        }
        Ok(())
    }
}

/// Checks that records can be read.
fn check(book: &PriceBook, records: &[String], today: NaiveDate) -> Result<()> {
    let mut reading = Reading::new(book);
    records.iter().try_for_each(|record| reading.product(record, Some(today)))
}

/// Returns the end of the day, or now.
fn instant(day: Option<NaiveDate>) -> DateTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let end = day.and_then(|day| day.succ_opt()).map(|next| next.and_time(NaiveTime::MIN).and_utc().timestamp() - 1);
    DateTime::from_secs(end.map_or(now, |end| end.min(now)))
}
