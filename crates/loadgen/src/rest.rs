//! Conversations are made over REST, before anything is measured.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::people::Person;

/// Keep-alive connections that create side by side.
const WORKERS: usize = 16;

#[derive(Deserialize)]
struct Created {
    id: String,
}

/// A conversation to be made.
#[derive(Debug)]
pub(crate) struct NewConversation<'a> {
    creator: &'a Person,
    body: Value,
}

impl<'a> NewConversation<'a> {
    pub(crate) fn direct(creator: &'a Person, other: &Person) -> Self {
        Self { creator, body: json!({ "kind": "direct", "user_id": other.id }) }
    }

    pub(crate) fn group(creator: &'a Person, others: &[Person]) -> Self {
        let user_ids: Vec<_> = others.iter().map(|person| &person.id).collect();
        Self { creator, body: json!({ "kind": "group", "name": "Load", "user_ids": user_ids }) }
    }
}

/// Makes them all; their ids, in the order given.
pub(crate) fn create(address: SocketAddr, wanted: &[NewConversation<'_>]) -> Result<Vec<String>> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, String)>> {
        let mut connection = Connection::open(address)?;
        let mut made = Vec::new();
        while let Some((number, conversation)) = take(&next, wanted) {
            made.push((number, connection.create(conversation)?));
        }
        Ok(made)
    };
    let mut made = thread::scope(|scope| -> Result<Vec<_>> {
        let workers: Vec<_> = (0..WORKERS.min(wanted.len())).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::with_capacity(wanted.len());
        for worker in workers {
            let part =
                worker.join().map_err(|_| Failure::Protocol("a worker that creates conversations died"))?;
            all.extend(part?);
        }
        Ok(all)
    })?;
    made.sort_unstable();
    Ok(made.into_iter().map(|(_, id)| id).collect())
}

/// What is served at a path.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Vec<u8>> {
    let mut connection = Connection::open(address)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.stream.get_mut().write_all(request.as_bytes())?;
    match connection.answer()? {
        (200, body) => Ok(body),
        (status, _) => Err(Failure::Refused(format!("GET {path}: {status}"))),
    }
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    items.get(number).map(|item| (number, item))
}

/// One HTTP/1.1 connection that is kept.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { address, stream: BufReader::new(stream) })
    }

    fn create(&mut self, conversation: &NewConversation<'_>) -> Result<String> {
        let body = conversation.body.to_string();
        let answer = self.call(conversation.creator, "POST", "/conversations", &body)?;
        Ok(serde_json::from_slice::<Created>(&answer)?.id)
    }

    /// A request of this person below `/api/v1`; what is answered to it.
    pub(crate) fn call(&mut self, person: &Person, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            person.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (status, answer) = self.answer()?;
        match status {
            200 | 201 => Ok(answer),
            _ => Err(Failure::Refused(format!(
                "{method} {path}: {status} {}",
                String::from_utf8_lossy(&answer)
            ))),
        }
    }

    /// Status and body. Chunked bodies are not understood: neither server sends them here.
    fn answer(&mut self) -> Result<(u16, Vec<u8>)> {
        let status = self.line()?.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length =
                    value.trim().parse().map_err(|_| Failure::Protocol("content-length is no number"))?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status.ok_or(Failure::Protocol("no HTTP status"))?, body))
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        if line.is_empty() {
            return Err(Failure::Protocol("the HTTP connection ended early"));
        }
        Ok(line.trim_end().to_owned())
    }
}
