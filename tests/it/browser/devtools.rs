//! The DevTools protocol by pipe: JSON messages that end with a zero byte.
//!
//! Every wait has an end, and the browser is killed with the last page.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout},
    sync::{
        Arc, Condvar, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::chromium;

/// Longest time for one answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running browser; all tests that run at one time share one.
pub(super) struct Browser {
    child: Mutex<Child>,
    profile: TempDir,
    commands: Mutex<ChildStdin>,
    last: AtomicU64,
    inbox: Arc<Inbox>,
}

/// What the browser has said.
#[derive(Default)]
struct Inbox {
    answers: Mutex<HashMap<u64, mpsc::Sender<Value>>>,
    /// The events of each page.
    events: Mutex<HashMap<String, Vec<Value>>>,
    arrived: Condvar,
}

impl Browser {
    /// Returns the browser that runs, or starts one.
    pub(super) fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Browser>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(browser) = running.upgrade() {
            return browser;
        }
        let browser = Arc::new(Self::start());
        *running = Arc::downgrade(&browser);
        browser
    }

    fn start() -> Self {
        let (mut child, profile) = chromium::start();
        let (commands, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let inbox = Arc::new(Inbox::default());
        let reader = Arc::clone(&inbox);
        thread::spawn(move || reader.read(answers));
        let browser =
            Self { child: Mutex::new(child), profile, commands: Mutex::new(commands), last: AtomicU64::new(0), inbox };
        browser.call(None, "Browser.getVersion", &json!({}));
        browser
    }

    /// Gives a command and waits for its answer.
    fn call(&self, session: Option<&str>, method: &str, params: &Value) -> Value {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, receiver) = mpsc::channel();
        self.inbox.answers.lock().unwrap().insert(id, sender);
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let written = self.commands.lock().unwrap().write_all(&bytes);
        let answer = written.ok().and_then(|()| receiver.recv_timeout(PATIENCE).ok());
        let Some(answer) = answer else {
            panic!("Chromium does not answer {method}:\n{}", chromium::last_words(self.profile.path()));
        };
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }
}

impl Inbox {
    fn read(&self, answers: ChildStdout) {
        let mut answers = BufReader::new(answers);
        let mut bytes = Vec::new();
        while answers.read_until(0, &mut bytes).is_ok_and(|count| count > 0) {
            bytes.pop_if(|last| *last == 0);
            if let Ok(message) = serde_json::from_slice::<Value>(&bytes) {
                self.take(message);
            }
            bytes.clear();
        }
        // Nobody answers any more: whoever waits, stops.
        self.answers.lock().unwrap().clear();
    }

    fn take(&self, message: Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(sender) = self.answers.lock().unwrap().remove(&id) {
                let _ = sender.send(message);
            }
        } else if let Some(session) = message["sessionId"].as_str() {
            self.events.lock().unwrap().entry(session.to_owned()).or_default().push(message);
            self.arrived.notify_all();
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// How a page is opened.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the browser")]
pub(super) struct Look {
    pub width: u32,
    pub dark: bool,
    pub print: bool,
    /// Whether the scripts of the page run.
    pub scripts: bool,
    /// Whether the page's own security policy holds.
    pub policy: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 1440, dark: false, print: false, scripts: true, policy: true }
    }
}

/// A page in a browser context of its own.
pub(super) struct Page {
    browser: Arc<Browser>,
    context: String,
    session: String,
}

impl Page {
    /// Opens a file and waits until it is loaded.
    pub(super) fn open(file: &Path, look: &Look) -> Self {
        let browser = Browser::shared();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let context = text(
            &browser.call(None, "Target.createBrowserContext", &json!({"disposeOnDetach": true}))["browserContextId"],
        );
        let blank = json!({"url": "about:blank", "browserContextId": context});
        let target = text(&browser.call(None, "Target.createTarget", &blank)["targetId"]);
        let attached = browser.call(None, "Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        let page = Self { session: text(&attached["sessionId"]), browser, context };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        let metrics = json!({"width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": look.width < 500});
        page.call("Emulation.setDeviceMetricsOverride", &metrics);
        page.call("Emulation.setFocusEmulationEnabled", &json!({"enabled": true}));
        page.media(look.print, look.dark);
        page.call("Emulation.setScriptExecutionDisabled", &json!({"value": !look.scripts}));
        page.call("Page.setBypassCSP", &json!({"enabled": !look.policy}));
        page.call("Page.navigate", &json!({"url": format!("file://{}", file.display())}));
        page.wait_for("Page.loadEventFired");
        page
    }

    fn call(&self, method: &str, params: &Value) -> Value {
        self.browser.call(Some(&self.session), method, params)
    }

    /// Shows the page as on a screen or on paper, light or dark.
    pub(super) fn media(&self, print: bool, dark: bool) {
        let scheme = json!([{"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }}]);
        let media = json!({"media": if print { "print" } else { "screen" }, "features": scheme});
        self.call("Emulation.setEmulatedMedia", &media);
    }

    fn wait_for(&self, method: &str) {
        let deadline = Instant::now() + PATIENCE;
        let inbox = &self.browser.inbox;
        let mut events = inbox.events.lock().unwrap();
        while !events.get(&self.session).is_some_and(|events| events.iter().any(|event| event["method"] == method)) {
            assert!(Instant::now() < deadline, "{method} did not come");
            events = inbox.arrived.wait_timeout(events, Duration::from_millis(200)).unwrap().0;
        }
    }

    /// Returns the events of the page with this name.
    fn events(&self, method: &str) -> Vec<Value> {
        let events = self.browser.inbox.events.lock().unwrap();
        let of_page = events.get(&self.session).into_iter().flatten();
        of_page.filter(|event| event["method"] == method).map(|event| event["params"].clone()).collect()
    }

    /// Returns the addresses that the page has asked for, those inside itself aside.
    pub(super) fn requests(&self) -> Vec<String> {
        let asked = self.events("Network.requestWillBeSent");
        let asked = asked.iter().filter_map(|event| event["request"]["url"].as_str().map(str::to_owned));
        asked.filter(|url| !url.starts_with("data:")).collect()
    }

    /// Returns every error, warning and violation that the page has caused.
    pub(super) fn troubles(&self) -> Vec<String> {
        ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"]
            .into_iter()
            .flat_map(|method| self.events(method))
            .map(|event| event.to_string())
            .collect()
    }

    /// Evaluates an expression in the page.
    pub(super) fn eval(&self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Returns what the expression gives as lines of text.
    pub(super) fn texts(&self, expression: &str) -> Vec<String> {
        let found = self.eval(expression);
        found.as_array().unwrap().iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Presses the mouse in the middle of an element.
    pub(super) fn click(&self, selector: &str) {
        let place = self.eval(&format!(
            "(() => {{ const it = document.querySelector({selector:?}); it.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Presses a key: "Tab", "Enter", "Space", "ArrowRight"…
    pub(super) fn press(&self, key: &str) {
        let (name, code, text) = match key {
            "Tab" => ("Tab", 9, ""),
            "Enter" => ("Enter", 13, "\r"),
            "Space" => (" ", 32, " "),
            "ArrowRight" => ("ArrowRight", 39, ""),
            other => panic!("no key {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": name, "code": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Types a text into what has the focus.
    pub(super) fn write(&self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.browser.call(None, "Target.disposeBrowserContext", &json!({"browserContextId": self.context}));
        }
    }
}
