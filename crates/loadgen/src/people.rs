//! Who sends: invented people with tokens that we sign ourselves.

use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;

use crate::clock::since_epoch;
use crate::failure::{Failure, Result};

/// One person of the run.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    name: &'a str,
    exp: u64,
}

impl Person {
    /// What the Socket.IO CONNECT packet carries.
    pub(crate) fn auth(&self) -> String {
        serde_json::json!({ "token": self.token }).to_string()
    }
}

/// Invents `count` people: new ones each time, or those of the run that is named.
pub(crate) fn invent(count: usize, secret: Option<&str>, run: Option<&str>) -> Result<Vec<Person>> {
    let secret =
        secret.ok_or_else(|| Failure::Usage("this scenario needs --secret to sign tokens".into()))?;
    let key = EncodingKey::from_secret(secret.as_bytes());
    let run = run.map_or_else(|| format!("{:x}", since_epoch().as_millis()), str::to_owned);
    let day = 24 * 60 * 60;
    let exp = since_epoch().as_secs() + day;
    (0..count)
        .map(|number| {
            // As `parlor dev seed --prefix load-{run}` calls them.
            let (id, name) = (format!("load-{run}-{number}"), format!("load-{run} {number}"));
            let token = encode(&Header::default(), &Claims { sub: &id, name: &name, exp }, &key)?;
            Ok(Person { id, token })
        })
        .collect()
}
