//! The Pricing API in the test process, behind HTTP/1.1 on 127.0.0.1, and the ways in which it fails.
//!
//! Faithful where the program could notice: AWS JSON 1.1, filters that match exactly, pages and tokens that are bound to
//! their query, errors with their type, records that look like a price but for an attribute, bulk files behind a
//! redirection. Its prices are those of the embedded table, mapped backwards.

mod answers;
mod bulk;
mod catalogue;
mod ec2;
mod instances;
mod products;
mod usage;

use std::{
    collections::{BTreeMap, HashMap},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

pub(crate) use bulk::{PLAN_TERMS, plan_rate};
pub(crate) use catalogue::{Catalogue, Cell, Fact, REGIONS};
pub(crate) use products::{Product, RESERVED};

use crate::{
    s3_stand_in::{SECRET, http},
    support::gravimeter,
};

/// How the service misbehaves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// Of 100 requests, how many are throttled.
    pub throttle: u64,
    /// Of 100 requests, how many fail inside the service.
    pub broken: u64,
    /// Of 100 answers, how many break off.
    pub cut: u64,
    /// How many answers stop half-way and keep the connection open.
    pub hang: u64,
    /// The page with this number is no JSON.
    pub malformed: Option<u64>,
    /// On the page with this number one record is no JSON.
    pub malformed_record: Option<u64>,
    /// Bulk files are short of their end, and say so in their length.
    pub malformed_file: bool,
    /// Every page names the first as its next.
    pub circle: bool,
    /// Another publication: every record is of this day.
    pub published: Option<&'static str>,
    /// Every page is empty and names another one.
    pub endless: bool,
    /// Everything fails after so many pages.
    pub fail_after: Option<u64>,
    /// Every request is refused with this status, code and message.
    pub refuse: Option<(u16, &'static str, &'static str)>,
    /// Formats of bulk files.
    pub formats: Option<Vec<&'static str>>,
    /// Records of a page at most, where they shall be fewer than 100.
    pub page_size: Option<usize>,
    /// Every answer is late.
    pub delay: Duration,
    /// Decides chances.
    pub seed: u64,
}

#[derive(Debug, Default)]
struct State {
    faults: Faults,
    requests: u64,
    counts: BTreeMap<String, u64>,
    /// Pages that were answered.
    pages: u64,
    hung: u64,
    /// Tokens of another one have expired.
    epoch: u64,
    /// Products that a query finds.
    found: HashMap<u64, Arc<Vec<usize>>>,
    files: HashMap<String, Arc<Vec<u8>>>,
}

/// A running service; its threads end with the process.
#[derive(Debug)]
pub(crate) struct StandIn {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl StandIn {
    /// Starts the service.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || http::serve(connection, |request| answers::answer(&shared, port, request)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sets how it fails, and counts from zero.
    pub(crate) fn fails(&self, faults: Faults) {
        let mut state = self.state.lock().unwrap();
        (state.faults, state.requests, state.pages, state.hung) = (faults, 0, 0, 0);
        state.counts.clear();
    }

    /// Makes all tokens expire that were given out so far.
    pub(crate) fn expire_tokens(&self) {
        self.state.lock().unwrap().epoch += 1;
    }

    /// Returns how many requests there were since the faults were set.
    pub(crate) fn requests(&self) -> u64 {
        self.state.lock().unwrap().requests
    }

    /// Returns how many of them were for this action, or "GET" for a file.
    pub(crate) fn count(&self, action: &str) -> u64 {
        self.state.lock().unwrap().counts.get(action).copied().unwrap_or(0)
    }

    /// Returns how many pages of products were answered well.
    pub(crate) fn pages(&self) -> u64 {
        self.state.lock().unwrap().pages
    }

    /// Returns the program, pointed to this service, with credentials.
    #[allow(dead_code, reason = "for the tests of the command")]
    pub(crate) fn gravimeter(&self, args: &[&str]) -> Command {
        let mut command = self.without_credentials(args);
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", SECRET);
        command
    }

    /// Returns the program, pointed to this service, knowing nobody.
    #[allow(dead_code, reason = "for the tests of the command")]
    pub(crate) fn without_credentials(&self, args: &[&str]) -> Command {
        let mut command = gravimeter(args);
        nobody(&mut command);
        command.env("AWS_REGION", "ap-northeast-2").env("AWS_ENDPOINT_URL_PRICING", self.endpoint());
        command
    }
}

/// Takes everything about AWS out of a command's environment.
pub(crate) fn nobody(command: &mut Command) {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.env("AWS_CONFIG_FILE", "/nonexistent").env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
}
