//! `gravimeter notify`: a test of the channels, or the message of a report once more.

use super::{
    args::{Global, Notify as Options},
    batch::{Teller, channels, newest, shelves},
};
use crate::error::{Error, Result};

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Options) -> Result<()> {
    let teller = Teller::new(global, &options.told, channels(&options.told)?);
    teller.has_channels()?;
    let (shelves, _) = shelves(global, options.out.as_deref(), options.upload.as_deref()).await?;
    let home = shelves.last().ok_or_else(|| Error::runtime("there is no place for reports"))?.as_ref();
    let month = match options.month {
        Some(month) => Some(month),
        None => home.months().await?.pop(),
    };
    let current = match month {
        Some(month) => newest(home, month).await?,
        None => None,
    };
    if options.test {
        return teller.test(home, current.as_ref()).await;
    }
    let Some(current) = current else {
        let what = month.map_or_else(|| "no report".to_owned(), |month| format!("no report of {month}"));
        return Err(
            Error::usage(format!("there is {what} at {}", home.name_of(""))).hint("make it with: gravimeter batch")
        );
    };
    teller.tell(home, &current, true).await?.map_or(Ok(()), Err)
}
