//! A client that says exactly what it is told to.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

pub(crate) const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Ws {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16),
    End,
}

pub(crate) fn tcp(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A masked client frame; `first` has the FIN bit and the opcode.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut out = vec![first];
    match payload.len() {
        len @ 0..126 => out.push(0x80 | len as u8),
        len @ 126..65_536 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

impl Ws {
    /// Opens a transport; what the server says first is still to be read.
    pub(crate) fn upgrade(addr: SocketAddr, query: &str, headers: &str) -> Result<Self, u16> {
        let mut stream = tcp(addr);
        write!(
            stream,
            "GET /socket.io/?EIO=4&transport=websocket{query} HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\n\
             Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
        )
        .unwrap();
        let (mut buffer, mut chunk) = (Vec::new(), [0; 1024]);
        loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8(buffer.drain(..end + 4).collect()).unwrap();
                let status = head[9..12].parse().unwrap();
                return if status == 101 { Ok(Self { stream, buffer }) } else { Err(status) };
            }
            let read = stream.read(&mut chunk).unwrap();
            assert!(read > 0, "closed inside the response");
            buffer.extend_from_slice(&chunk[..read]);
        }
    }

    /// An open Engine.IO session.
    pub(crate) fn open(addr: SocketAddr) -> Self {
        Self::open_with(addr, "")
    }

    pub(crate) fn open_with(addr: SocketAddr, headers: &str) -> Self {
        let mut ws = Self::upgrade(addr, "", &format!("{KEY}{headers}")).unwrap();
        assert!(ws.text().starts_with("0{\"sid\":\""));
        ws
    }

    /// Connected to `/`; returns the socket's id too.
    pub(crate) fn connected(addr: SocketAddr) -> (Self, String) {
        let mut ws = Self::open(addr);
        let id = ws.connect("", "");
        (ws, id)
    }

    /// Joins a namespace (`""` or `"/name,"`) and returns the socket's id.
    pub(crate) fn connect(&mut self, namespace: &str, auth: &str) -> String {
        self.send(&format!("40{namespace}{auth}"));
        let reply = self.text();
        let sid =
            reply.strip_prefix(&format!("40{namespace}{{\"sid\":\"")).unwrap_or_else(|| panic!("{reply}"));
        let id = sid.strip_suffix("\"}").unwrap();
        assert_eq!(id.len(), 20);
        id.to_owned()
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.bytes(&frame(0x81, text.as_bytes()));
    }

    pub(crate) fn binary(&mut self, data: &[u8]) {
        self.bytes(&frame(0x82, data));
    }

    /// The server may close while much is written.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    pub(crate) fn see(&mut self) -> Seen {
        let mut chunk = [0; 16 * 1024];
        loop {
            if let Some(seen) = self.take_frame() {
                return seen;
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return Seen::End,
                Ok(read) => self.buffer.extend_from_slice(&chunk[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return Seen::End,
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }

    fn take_frame(&mut self) -> Option<Seen> {
        let (&first, &short) = (self.buffer.first()?, self.buffer.get(1)?);
        let (header, len) = match short {
            126 => (4, usize::from(u16::from_be_bytes(self.buffer.get(2..4)?.try_into().unwrap()))),
            127 => (10, u64::from_be_bytes(self.buffer.get(2..10)?.try_into().unwrap()) as usize),
            short => (2, usize::from(short)),
        };
        let payload = self.buffer.get(header..header + len)?.to_vec();
        self.buffer.drain(..header + len);
        Some(match first {
            0x81 => Seen::Text(String::from_utf8(payload).unwrap()),
            0x82 => Seen::Binary(payload),
            0x8a => Seen::Pong(payload),
            0x88 => Seen::Close(u16::from_be_bytes([payload[0], payload[1]])),
            other => panic!("frame {other:#x}"),
        })
    }

    pub(crate) fn text(&mut self) -> String {
        match self.see() {
            Seen::Text(text) => text,
            other => panic!("{other:?}"),
        }
    }

    /// Sends an event and expects it back: everything before it has been dealt with.
    pub(crate) fn echoes(&mut self) {
        self.send(r#"42["echo","still here"]"#);
        assert_eq!(self.text(), r#"42["echo","still here"]"#);
    }

    /// Reads on until the server closes; the code, if it said one.
    pub(crate) fn ending(&mut self) -> Option<u16> {
        let mut code = None;
        loop {
            match self.see() {
                Seen::Close(said) => code = Some(said),
                Seen::End => return code,
                _ => {}
            }
        }
    }
}

/// One HTTP request on a connection of its own: status, head, body.
pub(crate) fn http(addr: SocketAddr, request: &str, headers: &str, body: &str) -> (u16, String, String) {
    let mut stream = tcp(addr);
    start_http(&mut stream, addr, request, headers, body);
    finish_http(stream)
}

pub(crate) fn start_http(stream: &mut TcpStream, addr: SocketAddr, request: &str, headers: &str, body: &str) {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!("{request} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n{length}{headers}\r\n");
    // The server may refuse before it has read everything.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
}

pub(crate) fn finish_http(mut stream: TcpStream) -> (u16, String, String) {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    (
        head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0),
        head.to_lowercase(),
        body.to_owned(),
    )
}

/// A long-polling session.
pub(crate) struct Poller {
    pub(crate) addr: SocketAddr,
    pub(crate) sid: String,
    headers: String,
}

impl Poller {
    pub(crate) fn open(addr: SocketAddr) -> Self {
        Self::open_with(addr, "")
    }

    pub(crate) fn open_with(addr: SocketAddr, headers: &str) -> Self {
        Self::open_at(addr, "", headers)
    }

    /// With more in the query.
    pub(crate) fn open_query(addr: SocketAddr, query: &str) -> Self {
        Self::open_at(addr, query, "")
    }

    fn open_at(addr: SocketAddr, query: &str, headers: &str) -> Self {
        let request = format!("GET /socket.io/?EIO=4&transport=polling{query}");
        let (status, _, body) = http(addr, &request, headers, "");
        assert_eq!(status, 200);
        let open: serde_json::Value = serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(open["upgrades"], serde_json::json!(["websocket"]));
        Self { addr, sid: open["sid"].as_str().unwrap().to_owned(), headers: headers.to_owned() }
    }

    pub(crate) fn path(&self) -> String {
        format!("/socket.io/?EIO=4&transport=polling&sid={}", self.sid)
    }

    pub(crate) fn get(&self) -> (u16, String) {
        let (status, _, body) = http(self.addr, &format!("GET {}", self.path()), &self.headers, "");
        (status, body)
    }

    /// A GET that could be followed by others, as browsers send it.
    pub(crate) fn keep_alive_get(&self) -> TcpStream {
        let mut stream = tcp(self.addr);
        self.get_on(&mut stream);
        stream
    }

    /// Has an answer on such a connection, by its length.
    pub(crate) fn hears_on(stream: &mut TcpStream) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend_from_slice(&byte);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    }

    /// Another GET on it.
    pub(crate) fn get_on(&self, stream: &mut TcpStream) {
        write!(stream, "GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.path(), self.addr).unwrap();
    }

    /// A GET whose answer is awaited later.
    pub(crate) fn start_get(&self) -> TcpStream {
        let mut stream = tcp(self.addr);
        start_http(&mut stream, self.addr, &format!("GET {}", self.path()), &self.headers, "");
        stream
    }

    pub(crate) fn post(&self, body: &str) -> (u16, String) {
        let (status, _, body) = http(self.addr, &format!("POST {}", self.path()), &self.headers, body);
        (status, body)
    }

    pub(crate) fn says(&self, body: &str) {
        assert_eq!(self.post(body), (200, "ok".to_owned()));
    }

    pub(crate) fn hears(&self, body: &str) {
        assert_eq!(self.get(), (200, body.to_owned()));
    }
}
