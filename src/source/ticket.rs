//! Files on their way to another machine: where they lie and at which version, never how to get in.
//!
//! Out goes a [`Ticket`] for each file. The other machine opens it with what it has itself ([`Stores`]): its own AWS
//! credentials, its own disk. The version goes with it, so that a file that was replaced is seen there as here.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::DateTime;
use object_store::{ObjectMeta, ObjectStore, local::LocalFileSystem, path::Path};
use serde::{Deserialize, Serialize};

use super::{Access, DataFile, s3};
use crate::error::{Error, Result};

/// A file, to be read on another machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    name: String,
    location: String,
    size: u64,
    /// Nanoseconds since 1970.
    modified: i64,
    e_tag: Option<String>,
    version: Option<String>,
    is_parquet: bool,
}

/// How S3 is reached, without a word about who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Way {
    region: Option<String>,
    endpoint_url: Option<String>,
    path_style: bool,
    request_payer: bool,
    no_sign_request: bool,
}

impl Access {
    /// Returns what another machine must know of the way to S3: nothing that is secret, and no profile of this one.
    pub fn way(&self) -> Way {
        Way {
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            path_style: self.path_style,
            request_payer: self.request_payer,
            no_sign_request: self.no_sign_request,
        }
    }

    /// Returns this machine's access on the way that another one names; what this one was told itself comes first.
    fn on(&self, way: &Way) -> Self {
        Self {
            region: self.region.clone().or_else(|| way.region.clone()),
            endpoint_url: self.endpoint_url.clone().or_else(|| way.endpoint_url.clone()),
            path_style: self.path_style || way.path_style,
            request_payer: self.request_payer || way.request_payer,
            no_sign_request: self.no_sign_request || way.no_sign_request,
            ..self.clone()
        }
    }
}

impl DataFile {
    /// Returns the ticket of the file.
    pub fn ticket(&self) -> Ticket {
        Ticket {
            name: self.name.clone(),
            location: self.object.location.to_string(),
            size: self.object.size,
            modified: self.object.last_modified.timestamp_nanos_opt().unwrap_or_default(),
            e_tag: self.object.e_tag.clone(),
            version: self.object.version.clone(),
            is_parquet: self.is_parquet,
        }
    }
}

/// The stores of this machine, from which tickets of others are served.
#[derive(Debug)]
pub struct Stores {
    access: Access,
    /// Names this machine in messages.
    host: String,
    local: Arc<dyn ObjectStore>,
    buckets: Mutex<BTreeMap<(Way, String), Arc<dyn ObjectStore>>>,
}

impl Stores {
    /// Returns the stores as this machine reaches them.
    pub fn new(access: Access, host: impl Into<String>) -> Self {
        Self { access, host: host.into(), local: Arc::new(LocalFileSystem::new()), buckets: Mutex::default() }
    }

    /// Returns the file of a ticket; its footer or header is not read yet.
    ///
    /// # Errors
    /// When a file of a disk is not there on this machine, or the ticket makes no sense.
    pub async fn file(&self, ticket: &Ticket, way: &Way) -> Result<DataFile> {
        let location = Path::parse(&ticket.location)
            .map_err(|error| Error::runtime(format!("the path of {} makes no sense: {error}", ticket.name)))?;
        let store = if s3::Uri::is_one(&ticket.name) {
            self.bucket(&s3::Uri::parse(&ticket.name)?.bucket, way).await
        } else {
            self.check_there(ticket)?;
            Arc::clone(&self.local)
        };
        Ok(DataFile {
            name: ticket.name.clone(),
            store,
            object: ObjectMeta {
                location,
                last_modified: DateTime::from_timestamp_nanos(ticket.modified),
                size: ticket.size,
                e_tag: ticket.e_tag.clone(),
                version: ticket.version.clone(),
            },
            // Asked of the whole bill only, where it was found.
            columns: Arc::default(),
            is_parquet: ticket.is_parquet,
            opened: None,
        })
    }

    async fn bucket(&self, name: &str, way: &Way) -> Arc<dyn ObjectStore> {
        let key = (way.clone(), name.to_owned());
        if let Some(known) = self.buckets.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let opened = super::bucket(name, &self.access.on(way)).await;
        // Another task may have been faster: all share one, with its connections and its patience.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(buckets.entry(key).or_insert(opened))
    }

    /// Refuses a file of a disk that this machine does not have.
    fn check_there(&self, ticket: &Ticket) -> Result<()> {
        let path = PathBuf::from(format!("/{}", ticket.location));
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::usage(format!(
                "{} is not there on {}, a node of the cluster: {} does not exist",
                ticket.name,
                self.host,
                path.display()
            ))
            .hint("files of a disk must lie under the same path on every node: share the folder, or read from S3")),
            Err(error) => Err(Error::io("read", &path, &error)),
            Ok(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn ticket(name: &str, location: &str) -> Ticket {
        Ticket {
            name: name.to_owned(),
            location: location.to_owned(),
            size: 3,
            modified: 1_700_000_000_123_456_789,
            e_tag: Some("\"a\"".to_owned()),
            version: None,
            is_parquet: true,
        }
    }

    #[tokio::test]
    async fn a_ticket_gives_the_file_back() {
        let stores = Stores::new(Access::default(), "here");
        let way = Access { region: Some("eu-west-1".to_owned()), ..Access::default() }.way();
        let remote = ticket("s3://bills/a/b.parquet", "a/b.parquet");
        let json = serde_json::to_string(&remote).unwrap();
        let file = stores.file(&serde_json::from_str(&json).unwrap(), &way).await.unwrap();
        assert_eq!((file.ticket(), file.store.to_string()), (remote.clone(), "s3://bills".to_owned()));
        let again = stores.file(&remote, &way).await.unwrap();
        assert!(Arc::ptr_eq(&file.store, &again.store));
        let other = stores.file(&remote, &Way::default()).await.unwrap();
        assert!(!Arc::ptr_eq(&file.store, &other.store));
    }

    #[tokio::test]
    async fn a_file_that_is_not_on_this_machine_is_named() {
        let stores = Stores::new(Access::default(), "node-2");
        let error = stores.file(&ticket("exports/x.parquet", "no/such/x.parquet"), &Way::default()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        let text = error.to_string();
        assert!(text.contains("exports/x.parquet is not there on node-2") && text.contains("/no/such/x.parquet"));
    }

    #[test]
    fn secrets_and_profiles_stay_here() {
        let access = Access { profile: Some("billing".to_owned()), no_sign_request: true, ..Access::default() };
        let json = serde_json::to_string(&access.way()).unwrap();
        assert!(!json.contains("billing") && !json.contains("profile"), "{json}");
        let there =
            Access { profile: Some("node".to_owned()), region: Some("eu-west-1".to_owned()), ..Access::default() };
        let way = Access { region: Some("us-east-1".to_owned()), path_style: true, ..access }.way();
        let on = there.on(&way);
        assert_eq!((on.profile.as_deref(), on.region.as_deref()), (Some("node"), Some("eu-west-1")));
        assert!(on.path_style && on.no_sign_request);
    }
}
