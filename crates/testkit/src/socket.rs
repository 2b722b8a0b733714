//! A Socket.IO v5 client over WebSocket, as small as tests need.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::Error;

/// A test that waits longer than this for the server has found a defect; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connected socket of one namespace.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    namespace: String,
    next_ack: u64,
    /// Events that came while something else was waited for.
    events: VecDeque<(String, Value)>,
}

/// What came from the server.
#[derive(Debug)]
pub enum Packet {
    /// An event's name and its first argument.
    Event(String, Value),
    /// The acknowledgement of the event with this number, and its argument.
    Ack(u64, Value),
    /// The namespace is joined.
    Connected,
    /// The namespace refused, and why.
    Refused(Value),
    /// The namespace is left.
    Disconnected,
}

impl Socket {
    /// Opens a WebSocket and joins a namespace with this `auth`.
    ///
    /// # Errors
    /// [`Error::Setup`] with the text of the `connect_error`, as JSON.
    pub async fn connect(address: SocketAddr, namespace: &str, auth: Value) -> Result<Self, Error> {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (stream, _) = connect_async(url).await.map_err(setup)?;
        let namespace = if namespace == "/" { String::new() } else { format!("{namespace},") };
        let mut socket = Self { stream, namespace, next_ack: 0, events: VecDeque::new() };
        socket.send(format!("40{}{auth}", socket.namespace)).await?;
        loop {
            match socket.receive().await? {
                Packet::Connected => return Ok(socket),
                Packet::Refused(why) => return Err(Error::Setup(why.to_string())),
                _ => {}
            }
        }
    }

    /// Emits an event with one argument and waits for the acknowledgement's.
    ///
    /// # Errors
    /// When the connection ends first.
    pub async fn emit(&mut self, event: &str, argument: Value) -> Result<Value, Error> {
        let id = self.start(event, argument).await?;
        self.acknowledged(id).await
    }

    /// Emits an event and does not wait; see [`Self::acknowledged`].
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn start(&mut self, event: &str, argument: Value) -> Result<u64, Error> {
        let id = self.next_ack;
        self.next_ack += 1;
        let packet = format!("42{}{id}{}", self.namespace, serde_json::json!([event, argument]));
        self.send(packet).await?;
        Ok(id)
    }

    /// The answer to an event that was started; those of earlier ones are passed over.
    ///
    /// # Errors
    /// When the connection ends first.
    pub async fn acknowledged(&mut self, id: u64) -> Result<Value, Error> {
        loop {
            match self.receive().await? {
                Packet::Ack(acknowledged, answer) if acknowledged == id => return Ok(answer),
                Packet::Event(name, argument) => self.events.push_back((name, argument)),
                _ => {}
            }
        }
    }

    /// The next event of this name; others stay for later.
    ///
    /// # Errors
    /// When the connection ends first.
    pub async fn next(&mut self, event: &str) -> Result<Value, Error> {
        if let Some(at) = self.events.iter().position(|(name, _)| name == event) {
            return Ok(self.events.remove(at).map_or(Value::Null, |(_, argument)| argument));
        }
        loop {
            match self.receive().await? {
                Packet::Event(name, argument) if name == event => return Ok(argument),
                Packet::Event(name, argument) => self.events.push_back((name, argument)),
                _ => {}
            }
        }
    }

    /// Events that are here already: an acknowledged round trip makes sure that what was sent before has come.
    ///
    /// # Errors
    /// When the connection ends first.
    pub async fn drained(&mut self) -> Result<Vec<(String, Value)>, Error> {
        let _ = self.emit("sync", serde_json::json!({"heads": {}})).await?;
        Ok(self.events.drain(..).collect())
    }

    /// Waits until the server closes the connection.
    ///
    /// # Errors
    /// When it does not.
    pub async fn closed(&mut self) -> Result<(), Error> {
        loop {
            match self.receive().await {
                Ok(Packet::Disconnected) | Err(Error::Closed) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a text frame as it is.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn send(&mut self, text: String) -> Result<(), Error> {
        self.stream.send(Message::text(text)).await.map_err(setup)
    }

    /// The next packet; what [`next`](Self::next) passed over is not given again.
    ///
    /// # Errors
    /// When the connection ends first.
    pub async fn receive(&mut self) -> Result<Packet, Error> {
        loop {
            let received = tokio::time::timeout(PATIENCE, self.stream.next()).await;
            let frame = received.map_err(|_| Error::Setup("nothing came from the server".to_owned()))?;
            let Some(Ok(Message::Text(text))) = frame else {
                match frame {
                    Some(Ok(Message::Close(_))) | None | Some(Err(_)) => return Err(Error::Closed),
                    _ => continue,
                }
            };
            if text.as_str() == "2" {
                self.send("3".to_owned()).await?;
            } else if let Some(packet) = parse(text.as_str(), &self.namespace) {
                return Ok(packet);
            }
        }
    }
}

fn parse(text: &str, namespace: &str) -> Option<Packet> {
    let (kind, rest) = (text.get(..2)?, text.get(2..)?.strip_prefix(namespace)?);
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let json = || serde_json::from_str::<Value>(&rest[digits..]).unwrap_or(Value::Null);
    Some(match kind {
        "40" => Packet::Connected,
        "41" => Packet::Disconnected,
        "42" => {
            let mut arguments = json();
            Packet::Event(arguments[0].as_str()?.to_owned(), arguments[1].take())
        }
        "43" => Packet::Ack(rest[..digits].parse().ok()?, json()[0].take()),
        "44" => Packet::Refused(json()),
        _ => return None,
    })
}

fn setup(error: tokio_tungstenite::tungstenite::Error) -> Error {
    Error::Setup(format!("websocket: {error}"))
}
