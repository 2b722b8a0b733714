use protocol::{Error, ErrorCode};
use serde::{Deserialize, Serialize, Serializer};
use service::chat::{Limits, UserId, accounts::Profile};

use crate::error::from_refusal;

/// The claims of a token that Parlor reads.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Claims {
    /// The user's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<Subject>,
    /// The user's id where there is no `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Subject>,
    /// Seconds since the epoch at which the token ends.
    #[serde(serialize_with = "whole_where_it_is")]
    pub exp: f64,
    /// Seconds since the epoch before which it is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<f64>,
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where mail goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// A NumericDate may have a fraction (RFC 7519, section 2), but not every verifier takes a needless one.
fn whole_where_it_is<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if seconds.fract() == 0.0 {
        serializer.serialize_i64(*seconds as i64)
    } else {
        serializer.serialize_f64(*seconds)
    }
}

/// A user's id in a token: text, or the number of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Subject {
    /// As it is.
    Text(String),
    /// Written in decimals.
    Number(i64),
}

impl Claims {
    /// Claims of this user that end at once; set `exp`.
    #[must_use]
    pub fn new(user: &str) -> Self {
        Self { sub: Some(Subject::Text(user.to_owned())), ..Self::default() }
    }

    /// Who it is.
    ///
    /// # Errors
    /// `unauthenticated` when the token names nobody.
    pub fn user_id(&self) -> Result<UserId, Error> {
        let text = match self.sub.as_ref().or(self.id.as_ref()) {
            Some(Subject::Text(text)) => text.clone(),
            Some(Subject::Number(number)) => number.to_string(),
            None => String::new(),
        };
        UserId::parse(&text, "sub").map_err(|refusal| {
            Error::new(
                ErrorCode::Unauthenticated,
                format!("the token names no user (sub, else id): {refusal}"),
            )
        })
    }

    /// What it says of him. What a token has of the wrong length is the host app's mistake, so it is told.
    ///
    /// # Errors
    /// `invalid`, naming the claim.
    pub fn profile(&self, limits: &Limits) -> Result<Profile, Error> {
        Profile::parse(self.name.clone(), self.email.clone(), self.picture.clone(), limits)
            .map_err(from_refusal)
    }
}
