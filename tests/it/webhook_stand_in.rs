//! A receiver of messages in the test process, behind HTTP/1.1 on 127.0.0.1, and the ways in which receivers fail.
//!
//! It needs nothing of the other tests: those within the crate use it too.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

/// Never to be seen in any output: the path of the addresses, and the token.
pub(crate) const CANARY: &str = "canary0webhook0canary0webhook";

/// Nothing takes so long.
const PATIENCE: Duration = Duration::from_mins(2);

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Takes it: 200 and "ok", as Slack does.
    Takes,
    /// Takes it, and says so this much later.
    Late(Duration),
    /// Takes it, and never says so.
    Silent,
    /// Takes it, and says so when the test lets go.
    Held,
    /// Takes it, and closes the connection without an answer.
    Cut,
    /// Closes the connection when the headers have come.
    CutEarly,
    /// Answers this status, these header lines and this text.
    Answers(u16, String, &'static str),
    /// Answers this status when the headers have come, and reads no body.
    AnswersEarly(u16),
}

impl Behaviour {
    /// Refuses with a status; the sender may come again at once.
    pub(crate) fn refuses(status: u16) -> Self {
        Self::Answers(status, "retry-after: 0\r\n".to_owned(), "")
    }
}

/// A request whose every byte arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub path: String,
    /// By name in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// Whether the receiver took it for a message.
    pub is_taken: bool,
}

#[derive(Debug)]
struct State {
    /// What becomes of the next requests, one each.
    next: VecDeque<Behaviour>,
    /// What becomes of those after them.
    then: Behaviour,
    whole: Vec<Request>,
    /// Requests that broke off.
    torn: usize,
    /// Those who are held may go.
    is_let_go: bool,
    /// Bytes of the last body that have come, and those that were announced.
    body: (usize, usize),
}

/// A running receiver; its threads end with the process.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    port: u16,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Receiver {
    /// Starts a receiver that takes everything.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (next, then, whole) = (VecDeque::new(), Behaviour::Takes, Vec::new());
        let shared = Arc::new((
            Mutex::new(State { next, then, whole, torn: 0, is_let_go: false, body: (0, 0) }),
            Condvar::new(),
        ));
        let receiver = Self { port, shared };
        let serving = receiver.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                thread::spawn(move || serving.serve(connection));
            }
        });
        receiver
    }

    /// Decides what becomes of the next requests, one each, and of those after them.
    pub(crate) fn behaves(&self, next: impl IntoIterator<Item = Behaviour>, then: Behaviour) {
        self.change(|state| (state.next, state.then) = (next.into_iter().collect(), then));
    }

    /// Returns the address, whose path is a secret.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{CANARY}", self.port)
    }

    /// Returns an address at which nobody listens, and what keeps it so.
    pub(crate) fn nobody() -> (String, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // The port of our own end belongs to this connection, and no one can connect to it.
        let taken = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (format!("http://{}/{CANARY}", taken.local_addr().unwrap()), taken)
    }

    /// Returns the requests that came whole, in their order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.0.lock().unwrap().whole.clone()
    }

    /// Returns the bodies that were taken for messages.
    pub(crate) fn messages(&self) -> Vec<Vec<u8>> {
        self.requests().into_iter().filter(|request| request.is_taken).map(|request| request.body).collect()
    }

    /// Waits until so many requests broke off.
    pub(crate) fn wait_for_torn(&self, count: usize) {
        self.wait(|state| state.torn >= count);
    }

    /// Waits until all of a body but the last byte has come.
    pub(crate) fn wait_for_all_but_one(&self) {
        self.wait(|state| state.body.1 > 0 && state.body.0 + 1 == state.body.1);
    }

    /// Waits until so many requests came whole.
    pub(crate) fn wait_for(&self, count: usize) {
        self.wait(|state| state.whole.len() >= count);
    }

    /// Lets those go who are held.
    pub(crate) fn let_go(&self) {
        self.change(|state| state.is_let_go = true);
    }

    fn wait(&self, until: impl Fn(&State) -> bool) {
        let (state, changed) = &*self.shared;
        let begin = Instant::now();
        let mut state = state.lock().unwrap();
        while !until(&state) {
            let left = PATIENCE.checked_sub(begin.elapsed()).unwrap_or_else(|| panic!("it does not come: {state:?}"));
            state = changed.wait_timeout(state, left).unwrap().0;
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.shared.0.lock().unwrap());
        self.shared.1.notify_all();
        changed
    }

    /// Answers the requests of one connection.
    fn serve(&self, connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        let mut writer = connection;
        while let Some((path, headers)) = head(&mut reader) {
            let behaviour = self.change(|state| state.next.pop_front().unwrap_or_else(|| state.then.clone()));
            match behaviour {
                Behaviour::CutEarly => {
                    self.change(|state| state.torn += 1);
                    return;
                }
                Behaviour::AnswersEarly(status) => {
                    let _ = write!(writer, "HTTP/1.1 {status} Early\r\ncontent-length: 0\r\n\r\n");
                    // Closed with bytes unread, it would take the answer back.
                    let _ = std::io::copy(&mut reader, &mut std::io::sink());
                    return;
                }
                _ => {}
            }
            let Some(body) = self.body(&mut reader, &headers) else {
                self.change(|state| state.torn += 1);
                return;
            };
            let is_taken = !matches!(behaviour, Behaviour::Answers(status, ..) if !(200..300).contains(&status));
            self.change(|state| state.whole.push(Request { path, headers, body, is_taken }));
            let answered = match behaviour {
                Behaviour::Late(delay) => {
                    thread::sleep(delay);
                    answer(&mut writer, 200, "", "ok")
                }
                Behaviour::Silent => {
                    // Until the other end has gone.
                    let _ = std::io::copy(&mut reader, &mut std::io::sink());
                    return;
                }
                Behaviour::Held => {
                    self.wait(|state| state.is_let_go);
                    answer(&mut writer, 200, "", "ok")
                }
                Behaviour::Answers(status, headers, text) => answer(&mut writer, status, &headers, text),
                Behaviour::Takes => answer(&mut writer, 200, "", "ok"),
                Behaviour::Cut | Behaviour::CutEarly | Behaviour::AnswersEarly(_) => return,
            };
            if answered.is_err() {
                return;
            }
        }
    }

    /// Reads a body of known length; `None` where it breaks off.
    fn body(&self, reader: &mut impl Read, headers: &BTreeMap<String, String>) -> Option<Vec<u8>> {
        let length: usize = headers["content-length"].parse().unwrap();
        let mut body = vec![0; length];
        let mut count = 0;
        self.change(|state| state.body = (0, length));
        while count < length {
            match reader.read(&mut body[count..]) {
                Ok(more) if more > 0 => count += more,
                _ => return None,
            }
            self.change(|state| state.body = (count, length));
        }
        Some(body)
    }
}

fn head(reader: &mut impl BufRead) -> Option<(String, BTreeMap<String, String>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|&count| count > 0)?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => return Some((path, headers)),
        };
    }
}

fn answer(writer: &mut TcpStream, status: u16, headers: &str, text: &str) -> std::io::Result<()> {
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", text.len()) };
    writer.write_all(format!("HTTP/1.1 {status} Reason\r\n{length}{headers}\r\n{text}").as_bytes())
}
