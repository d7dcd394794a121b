//! S3 in the test process: a bucket in memory behind HTTP/1.1 on 127.0.0.1, and the ways in which S3 fails.
//!
//! Faithful where the program could notice: pages and their tokens, prefixes and delimiters, ranges, conditions, ETags
//! that are those of the content, errors in XML, conditional and multipart uploads.

mod answers;
pub(crate) mod http;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    net::TcpListener,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use crate::support::{files, gravimeter};

/// The one bucket.
pub(crate) const BUCKET: &str = "bills";

/// Never to be seen in any output.
pub(crate) const SECRET: &str = "secret0canary0secret0canary0secret0canary";

/// New contents by key.
pub(crate) type Swap = Vec<(String, Vec<u8>)>;

/// How the service misbehaves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// Of 100 requests, how many are answered with 503 SlowDown.
    pub slow_down: u64,
    /// Of 100 requests, how many are answered with 500 InternalError.
    pub broken: u64,
    /// Of 100 bodies of objects, how many break off.
    pub cut: u64,
    /// How many bodies of objects stop half-way and keep the connection open.
    pub stall: u64,
    /// Every request is refused with this status, code and message.
    pub refuse: Option<(u16, &'static str, &'static str)>,
    /// Requests for objects are refused with this status, code and message.
    pub refuse_objects: Option<(u16, &'static str, &'static str)>,
    /// The bucket lies in this region and knows no other.
    pub region: Option<&'static str>,
    /// Requests may come without a signature.
    pub public: bool,
    /// After so many GETs of objects, these keys get this content; in this order.
    pub swaps: Vec<(u64, Swap)>,
    /// Every answer with an object is late.
    pub delay: Duration,
    /// After so many PUTs all further ones are refused with this status and code.
    pub refuse_puts: Option<(u64, u16, &'static str)>,
    /// The PUT of this number, from 1, is never answered; `true` when it is done all the same.
    pub hold_put: Option<(u64, bool)>,
    /// Decides chances.
    pub seed: u64,
}

/// An object at one version.
#[derive(Debug, Clone)]
struct Stored {
    bytes: Arc<Vec<u8>>,
    e_tag: String,
}

impl Stored {
    fn new(bytes: Vec<u8>) -> Self {
        let half = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            (salt, &bytes).hash(&mut hasher);
            hasher.finish()
        };
        let e_tag = format!("\"{:016x}{:016x}\"", half(1), half(2));
        Self { bytes: Arc::new(bytes), e_tag }
    }
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Stored>,
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    faults: Faults,
    requests: u64,
    gets: u64,
    puts: u64,
    stalled: u64,
    /// A PUT waits for its answer.
    is_held: bool,
    /// GETs of objects that name no version.
    unpinned: BTreeSet<String>,
    /// What was asked for, in order.
    journal: Vec<Asked>,
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub method: String,
    /// Empty where the bucket itself is meant.
    pub key: String,
    pub query: BTreeMap<String, String>,
    /// Of the answer.
    pub status: u16,
}

impl Asked {
    fn of(request: &http::Request, status: u16) -> Self {
        let key = request.path.split_once('/').map_or("", |(_, key)| key).to_owned();
        Self { method: request.method.clone(), key, query: request.query.clone(), status }
    }
}

/// A running service; its threads end with the process.
#[derive(Debug)]
pub(crate) struct StandIn {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl StandIn {
    /// Serves the files below a folder under a prefix.
    pub(crate) fn serving(folder: &Path, prefix: &str) -> Self {
        let service = Self::empty();
        for file in files(folder) {
            service.put(&format!("{prefix}{}", file.display()), fs::read(folder.join(&file)).unwrap());
        }
        service
    }

    /// Serves an empty bucket.
    pub(crate) fn empty() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    http::serve(connection, |request| {
                        let answer = answers::answer(&shared, request);
                        shared.lock().unwrap().journal.push(Asked::of(request, answer.status));
                        answer
                    });
                });
            }
        });
        Self { port, state }
    }

    pub(crate) fn put(&self, key: &str, bytes: Vec<u8>) {
        self.state.lock().unwrap().objects.insert(key.to_owned(), Stored::new(bytes));
    }

    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().objects.get(key).map(|object| object.bytes.to_vec())
    }

    pub(crate) fn fails(&self, faults: Faults) {
        let mut state = self.state.lock().unwrap();
        (state.faults, state.gets, state.puts, state.stalled, state.is_held) = (faults, 0, 0, 0, false);
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns how many objects were read since the faults were set.
    pub(crate) fn gets(&self) -> u64 {
        self.state.lock().unwrap().gets
    }

    /// Returns how many PUTs came since the faults were set.
    pub(crate) fn puts(&self) -> u64 {
        self.state.lock().unwrap().puts
    }

    /// Waits until the PUT has come that is not answered.
    pub(crate) fn wait_until_held(&self) {
        let begin = Instant::now();
        while !self.state.lock().unwrap().is_held {
            assert!(begin.elapsed() < Duration::from_mins(2), "no PUT came to be held");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Returns the objects below a prefix, without it.
    pub(crate) fn below(&self, prefix: &str) -> BTreeMap<String, Vec<u8>> {
        let state = self.state.lock().unwrap();
        let found = state.objects.iter().filter_map(|(key, object)| Some((key.strip_prefix(prefix)?, object)));
        found.map(|(key, object)| (key.to_owned(), object.bytes.to_vec())).collect()
    }

    /// Returns what was asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.lock().unwrap().journal)
    }

    /// Returns the keys of which no particular version was asked for.
    pub(crate) fn unpinned(&self) -> Vec<String> {
        self.state.lock().unwrap().unpinned.iter().cloned().collect()
    }

    /// Returns the program, with credentials for this service.
    pub(crate) fn gravimeter(&self, args: &[&str]) -> Command {
        let mut command = self.without_credentials(args);
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", SECRET).arg("--no-cache");
        command
    }

    /// Returns the program, pointed to this service, with a cache.
    pub(crate) fn cached(&self, cache: &Path, args: &[&str]) -> Command {
        let mut command = self.without_credentials(args);
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", SECRET);
        command.args(["--cache-dir", cache.to_str().unwrap()]);
        command
    }

    /// Returns the program, pointed to this service, knowing nobody.
    pub(crate) fn without_credentials(&self, args: &[&str]) -> Command {
        let mut command = gravimeter(args);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.env("AWS_CONFIG_FILE", "/nonexistent").env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
        command.env("AWS_REGION", "us-east-1").args(["--endpoint-url", &self.endpoint()]);
        command
    }
}
