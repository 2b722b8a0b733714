//! A person with a login: REST calls and sockets.

use std::net::SocketAddr;

use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{Error, Socket};

/// Somebody who asks.
#[derive(Debug, Clone)]
pub struct Person {
    address: SocketAddr,
    /// His id.
    pub id: String,
    /// His token.
    pub token: String,
}

/// What a REST call came to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The answer's `content-type`.
    pub content_type: String,
    /// The answer; `Null` where it is not JSON.
    pub json: Value,
}

impl Person {
    pub(crate) fn new(address: SocketAddr, id: &str, token: String) -> Self {
        Self { address, id: id.to_owned(), token }
    }

    /// All messages of a conversation, oldest first.
    ///
    /// # Errors
    /// When there is no answer, or another one.
    pub async fn history(&self, conversation: &str) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/conversations/{conversation}/messages?limit=200{cursor}");
            let mut page = self.get(&path).await?.json;
            let Value::Array(items) = page["items"].take() else {
                return Err(Error::Setup(format!("no items in {page}")));
            };
            all.extend(items);
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        all.reverse();
        Ok(all)
    }

    /// `GET /api/v1{path}`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Result<Answer, Error> {
        self.call(Method::GET, path, None).await
    }

    /// `POST /api/v1{path}` with this body.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: Value) -> Result<Answer, Error> {
        self.call(Method::POST, path, Some(body.to_string())).await
    }

    /// `PATCH /api/v1{path}` with this body.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn patch(&self, path: &str, body: Value) -> Result<Answer, Error> {
        self.call(Method::PATCH, path, Some(body.to_string())).await
    }

    /// `DELETE /api/v1{path}`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn delete(&self, path: &str) -> Result<Answer, Error> {
        self.call(Method::DELETE, path, None).await
    }

    /// `PUT /api/v1{path}` with this body.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn put(&self, path: &str, body: Value) -> Result<Answer, Error> {
        self.call(Method::PUT, path, Some(body.to_string())).await
    }

    /// Any call under `/api/v1`, with any text as its body.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn call(&self, method: Method, path: &str, body: Option<String>) -> Result<Answer, Error> {
        let authorization = format!("Bearer {}", self.token);
        self.call_with(method, path, &[("authorization", &authorization)], body).await
    }

    /// A call with these headers and no credential but what they hold.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer, Error> {
        let stream = TcpStream::connect(self.address).await?;
        let failed = |error: &dyn std::fmt::Display| Error::Setup(format!("no answer: {error}"));
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| failed(&error))?;
        // Ends by itself when the answer has been read.
        tokio::spawn(connection);
        let request = headers
            .iter()
            .fold(Request::builder(), |request, (name, value)| request.header(*name, *value))
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, self.address.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::<hyper::body::Bytes>::from(body.unwrap_or_default()))
            .map_err(|error| failed(&error))?;
        let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = response.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status, content_type, json })
    }

    /// Connects to the namespace `/` over WebSocket.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn connect(&self) -> Result<Socket, Error> {
        Socket::connect(self.address, "/", serde_json::json!({"token": self.token})).await
    }

    /// The id of his direct conversation with somebody.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn direct(&self, with: &str) -> Result<String, Error> {
        let made =
            self.post("/conversations", serde_json::json!({"kind": "direct", "user_id": with})).await?;
        text(&made.json, "id")
    }

    /// The id of a new group of his.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn group(&self, name: &str, with: &[&str]) -> Result<String, Error> {
        let body = serde_json::json!({"kind": "group", "name": name, "user_ids": with});
        text(&self.post("/conversations", body).await?.json, "id")
    }
}

fn text(json: &Value, field: &str) -> Result<String, Error> {
    json[field].as_str().map(str::to_owned).ok_or_else(|| Error::Setup(format!("no {field} in {json}")))
}
