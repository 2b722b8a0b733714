//! Who is asking: tokens that the host app signed, and the key of the server API.

mod claims;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
pub use claims::{Claims, Subject};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use protocol::{Error, ErrorCode};
use service::chat::Timestamp;
use sha2::{Digest, Sha256};

/// How far ahead of ours the clock of who signs tokens may be.
const CLOCK_SKEW_MS: i64 = 15_000;

/// The most bytes of a token that are looked at.
pub const TOKEN_BYTES: usize = 8 * 1024;

/// A credential, by where it was found. The first that is there counts; a bad one is not made good by a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential<'a>(Option<(&'a str, Source)>);

/// Where a credential was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The page put it there itself: `auth.token`, or a header that a foreign page cannot set without leave.
    Page,
    /// The browser sent it along, whichever page asked.
    Cookie,
}

impl<'a> Credential<'a> {
    /// `auth: {token}` in CONNECT, else `Authorization: Bearer`, else the cookie of this name.
    #[must_use]
    pub fn find(
        token: Option<&'a str>,
        authorization: Option<&'a str>,
        cookies: Option<&'a str>,
        cookie_name: &str,
    ) -> Self {
        let by_page = token.or_else(|| authorization.and_then(bearer)).map(|token| (token, Source::Page));
        let by_browser = || Some((cookies.and_then(|cookies| cookie(cookies, cookie_name))?, Source::Cookie));
        Self(by_page.or_else(by_browser))
    }

    /// The credential itself, if there is one.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        self.0.map(|(text, _)| text)
    }

    /// Did the browser send it along by itself? Then it counts only for pages that may use it.
    #[must_use]
    pub fn is_cookie(&self) -> bool {
        matches!(self.0, Some((_, Source::Cookie)))
    }
}

/// The token of an `Authorization` header of the scheme Bearer (RFC 6750, section 2.1).
#[must_use]
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of a cookie (RFC 6265, section 5.4), its quotes taken off.
#[must_use]
pub fn cookie<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"'))
    })
}

/// Checks tokens: JWT (RFC 7519), HS256, signed by the host app with the configured secret.
pub struct Authenticator {
    key: DecodingKey,
    validation: Validation,
    cookie: String,
}

impl Authenticator {
    /// Tokens of this secret; `cookie` names the cookie that may hold one.
    #[must_use]
    pub fn hs256(secret: &[u8], cookie: impl Into<String>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Times are checked here, against the clock that tests can move.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self { key: DecodingKey::from_secret(secret), validation, cookie: cookie.into() }
    }

    /// The name of the cookie that may hold a token.
    #[must_use]
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// What the token says, if it is ours and in force.
    ///
    /// # Errors
    /// `unauthenticated`, saying what is wrong without repeating the token.
    pub fn verify(&self, credential: &Credential<'_>, now: Timestamp) -> Result<Claims, Error> {
        let Some((token, _)) = credential.0 else {
            return Err(refused(
                "no credential: send auth.token at connect, an Authorization: Bearer header, or the login cookie",
            ));
        };
        if token.len() > TOKEN_BYTES {
            return Err(refused(format!(
                "the token has {} bytes; at most {TOKEN_BYTES} are looked at",
                token.len()
            )));
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation)
            .map_err(|error| refused(explain(&error)))?
            .claims;
        let now_s = now.0 as f64 / 1000.0;
        let skew_s = CLOCK_SKEW_MS as f64 / 1000.0;
        if claims.exp <= now_s {
            return Err(refused("the token has expired; get a new one"));
        }
        if claims.nbf.is_some_and(|from| from > now_s + skew_s) {
            return Err(refused("the token is not valid yet (nbf); check the clocks"));
        }
        Ok(claims)
    }
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::Unauthenticated, message)
}

fn explain(error: &jsonwebtoken::errors::Error) -> String {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => "the token is not signed with this server's secret".into(),
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
            "the token's algorithm is not HS256".into()
        }
        ErrorKind::Json(error) => format!("the token's claims are not as expected: {error}"),
        _ => "the token is not a JWT".into(),
    }
}

/// Signs a token with the configured secret: for `parlor token`, demo mode and tests.
///
/// # Errors
/// When the claims cannot be written as JSON.
pub fn sign(secret: &[u8], claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret))
}

/// The key of the server API, kept as its hash.
pub struct ApiKey([u8; 32]);

impl ApiKey {
    /// This key.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Is it this one? Hashes are compared, so the time taken tells nothing of the key.
    #[must_use]
    pub fn matches(&self, shown: &str) -> bool {
        let shown: [u8; 32] = Sha256::digest(shown.as_bytes()).into();
        shown == self.0
    }
}

/// New secret text of 32 random bytes, for configurations.
#[must_use]
pub fn secret_text(random: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"an example of a secret of some length";

    fn verify(token: &str, now_s: i64) -> Result<Claims, Error> {
        Authenticator::hs256(SECRET, "auth_token")
            .verify(&Credential(Some((token, Source::Page))), Timestamp(now_s * 1000))
    }

    fn ada(exp: f64) -> Claims {
        Claims { exp, ..Claims::new("ada") }
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let token = sign(SECRET, &ada(100.0)).unwrap();
        assert_eq!(verify(&token, 99).unwrap().user_id().unwrap().as_str(), "ada");
        assert_eq!(verify(&token, 100).unwrap_err().code, ErrorCode::Unauthenticated);
    }

    #[test]
    fn a_token_of_another_secret_or_algorithm_is_refused() {
        assert!(verify(&sign(b"another secret", &ada(100.0)).unwrap(), 1).is_err());
        let key = EncodingKey::from_secret(SECRET);
        let hs384 = jsonwebtoken::encode(&Header::new(Algorithm::HS384), &ada(100.0), &key).unwrap();
        assert!(verify(&hs384, 1).unwrap_err().message.contains("HS256"));
        let none = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
            URL_SAFE_NO_PAD.encode(r#"{"sub":"ada","exp":100}"#)
        );
        assert!(verify(&none, 1).is_err());
    }

    #[test]
    fn a_token_without_expiry_or_with_one_in_words_is_refused() {
        let key = EncodingKey::from_secret(SECRET);
        for claims in [serde_json::json!({"sub": "ada"}), serde_json::json!({"sub": "ada", "exp": "100"})] {
            let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
            assert!(verify(&token, 1).unwrap_err().message.contains("exp"), "{claims}");
        }
    }

    #[test]
    fn the_first_credential_counts() {
        let find = |token, header, cookies| Credential::find(token, header, cookies, "auth_token").0;
        assert_eq!(find(Some("a"), Some("Bearer b"), Some("auth_token=c")), Some(("a", Source::Page)));
        assert_eq!(find(None, Some("bearer b"), Some("auth_token=c")), Some(("b", Source::Page)));
        let beside_another = find(None, Some("Basic b"), Some("x=y; auth_token=\"c\"; z"));
        assert_eq!(beside_another, Some(("c", Source::Cookie)));
        assert_eq!(find(None, None, Some("xauth_token=c")), None);
    }
}
