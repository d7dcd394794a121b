//! As much HTTP/1.1 as an S3 client speaks.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::Arc,
    thread,
    time::Duration,
};

#[derive(Debug)]
pub(crate) struct Request {
    pub method: String,
    /// Decoded, without the slash at its beginning.
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// By name in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
    pub end: End,
}

/// Bytes to send, from an object without copying it.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub bytes: Arc<Vec<u8>>,
    pub start: usize,
    pub end: usize,
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self { start: 0, end: bytes.len(), bytes: Arc::new(bytes) }
    }
}

/// How the body ends.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    #[default]
    Whole,
    /// The connection closes half-way.
    Cut,
    /// Nothing comes any more.
    Stalled,
    /// Nothing comes at all, until the other end goes.
    Silent,
}

/// Answers the requests of one connection.
pub(crate) fn serve(connection: TcpStream, answer: impl Fn(&Request) -> Answer) {
    connection.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut writer = connection;
    while let Some(request) = read(&mut reader) {
        let answer = answer(&request);
        if answer.end == End::Silent {
            let _ = std::io::copy(&mut reader, &mut std::io::sink());
            return;
        }
        if write(&mut writer, &answer, request.method == "HEAD").is_err() || answer.end != End::Whole {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|&count| count > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    });
    Some(Request { method, path: decoded(&path[1..]), query: query.collect(), headers, body })
}

fn write(writer: &mut TcpStream, answer: &Answer, head: bool) -> std::io::Result<()> {
    let Body { bytes, start, end } = &answer.body;
    let body = &bytes[*start..*end];
    let mut text = Vec::new();
    write!(text, "HTTP/1.1 {} Reason\r\ncontent-length: {}\r\n", answer.status, body.len())?;
    for (name, value) in &answer.headers {
        write!(text, "{name}: {value}\r\n")?;
    }
    text.extend(b"\r\n");
    writer.write_all(&text)?;
    if head {
        return Ok(());
    }
    match answer.end {
        End::Whole | End::Silent => writer.write_all(body),
        End::Cut => writer.write_all(&body[..body.len() / 2]),
        End::Stalled => {
            writer.write_all(&body[..body.len() / 2])?;
            thread::sleep(Duration::from_mins(1));
            Ok(())
        }
    }
}

/// Undoes the escapes of a URL.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escape = (byte == b'%').then(|| std::str::from_utf8(&tail[..2]).unwrap());
        bytes.push(escape.map_or(byte, |hex| u8::from_str_radix(hex, 16).unwrap()));
        rest = if escape.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap()
}
