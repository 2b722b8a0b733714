use std::time::Duration;

/// A cookie that holds the Engine.IO session id, for proxies that send a session's requests to one node by it. Set on
/// the response that opens a session with long-polling; one over WebSocket alone has no second request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// Its name. A name or another part that does not fit a header means that no cookie is set.
    pub name: String,
    /// The paths that it is sent to. Default `/`.
    pub path: Option<String>,
    /// The hosts that it is sent to; none means the one that set it.
    pub domain: Option<String>,
    /// Hidden from scripts, as a session id should be. Default true.
    pub http_only: bool,
    /// Sent over TLS only. Default false.
    pub secure: bool,
    /// Whether requests that other sites cause bring it. Default [`SameSite::Lax`].
    pub same_site: Option<SameSite>,
    /// How long a browser keeps it; none means until it is closed.
    pub max_age: Option<Duration>,
}

/// Whether a cookie goes along with requests that other sites cause (RFC 6265bis).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Never.
    Strict,
    /// Only when the user follows a link.
    Lax,
    /// Always; browsers then ask for [`Cookie::secure`].
    None,
}

impl Cookie {
    /// With the defaults.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: Some("/".to_owned()),
            domain: None,
            http_only: true,
            secure: false,
            same_site: Some(SameSite::Lax),
            max_age: None,
        }
    }

    /// The value of a `Set-Cookie` header.
    pub(crate) fn header(&self, value: &str) -> String {
        let mut header = format!("{}={value}", self.name);
        let named = [("Path", &self.path), ("Domain", &self.domain)];
        for (attribute, text) in named {
            if let Some(text) = text {
                header.push_str(&format!("; {attribute}={text}"));
            }
        }
        if let Some(age) = self.max_age {
            header.push_str(&format!("; Max-Age={}", age.as_secs()));
        }
        if self.http_only {
            header.push_str("; HttpOnly");
        }
        if self.secure {
            header.push_str("; Secure");
        }
        header.push_str(match self.same_site {
            Some(SameSite::Strict) => "; SameSite=Strict",
            Some(SameSite::Lax) => "; SameSite=Lax",
            Some(SameSite::None) => "; SameSite=None",
            None => "",
        });
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes() {
        assert_eq!(Cookie::new("io").header("x"), "io=x; Path=/; HttpOnly; SameSite=Lax");
        let bare = Cookie { path: None, http_only: false, same_site: None, ..Cookie::new("io") };
        assert_eq!(bare.header("x"), "io=x");
        let full = Cookie {
            domain: Some("a.example".into()),
            secure: true,
            same_site: Some(SameSite::None),
            max_age: Some(Duration::from_secs(60)),
            ..Cookie::new("io")
        };
        let expected = "io=x; Path=/; Domain=a.example; Max-Age=60; HttpOnly; Secure; SameSite=None";
        assert_eq!(full.header("x"), expected);
    }
}
