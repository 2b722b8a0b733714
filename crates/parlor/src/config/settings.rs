use std::{net::SocketAddr, path::PathBuf};

use server::auth::ApiKey;
use service::{
    SendRate,
    chat::{
        Environment, Limits,
        settings::{MessagingAccess, UserSettings},
    },
};
use store::DatabaseUrl;

use super::Sources;
use crate::Failure;

/// A shorter secret than this is weaker than HS256 is (RFC 7518, section 3.2); it is used, with a warning, since it
/// is the host app's to choose.
pub const SECRET_BYTES: usize = 32;

/// The configuration, parsed.
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder of the embedded database.
    pub data_dir: PathBuf,
    /// Demo people.
    pub demo: bool,
    /// The database.
    pub database: DatabaseUrl,
    /// PostgreSQL connections that write; 0: by the number of cores.
    pub lanes: usize,
    /// Connections that read.
    pub readers: usize,
    /// How long a query may take on PostgreSQL.
    pub read_timeout_ms: u64,
    /// The secret of tokens, if one is configured.
    pub jwt_secret: Option<Vec<u8>>,
    /// The cookie that may hold a token.
    pub cookie: String,
    /// The key of the server API.
    pub api_key: Option<String>,
    /// Foreign origins that may use cookies.
    pub cors_origins: Vec<String>,
    /// Threads that serve connections; 0: one per core.
    pub shards: usize,
    /// The limits of the domain.
    pub limits: Limits,
    /// The limits of the transport.
    pub transport: socketio::Limits,
    /// `None`: off.
    pub send_rate: Option<SendRate>,
    /// What holds for users who have chosen nothing.
    pub user_settings: UserSettings,
    /// How long a drain may take.
    pub drain_ms: u64,
}

impl Settings {
    /// Parses what is in force.
    ///
    /// # Errors
    /// The first value that is not of its form, with its key, where it came from, and what is expected.
    pub fn parse(sources: &Sources) -> Result<Self, Failure> {
        let read = Reader(sources);
        let data_dir = PathBuf::from(read.text("data_dir"));
        let settings = Self {
            listen: read.parsed("listen", "an address and a port, as 127.0.0.1:7700")?,
            demo: read.switch("demo")?,
            database: read.database(&data_dir)?,
            data_dir,
            lanes: read.number("database.lanes", 0, 64)?,
            readers: read.number("database.readers", 1, 256)?,
            read_timeout_ms: read.number("database.read_timeout_ms", 10, 60_000)? as u64,
            jwt_secret: read.secret()?,
            cookie: read.cookie()?,
            api_key: Some(read.text("api.key")).filter(|key| !key.is_empty()),
            cors_origins: read.origins()?,
            shards: read.number("transport.shards", 0, 256)?,
            limits: read.limits()?,
            transport: read.transport()?,
            send_rate: read.send_rate()?,
            user_settings: UserSettings {
                messaging_access: read.messaging_access()?,
                receipts: read.switch("privacy.receipts")?,
            },
            drain_ms: read.number("limits.drain_ms", 0, 600_000)? as u64,
        };
        if !read.text("bus.url").is_empty() {
            return Err(read.wrong("bus.url", "nothing: this version runs on one node, without a bus"));
        }
        if settings.limits.message_body_bytes > settings.transport.event_bytes {
            return Err(
                read.wrong("limits.message_body_bytes", "no more than limits.event_bytes, which holds it")
            );
        }
        if settings.demo && !settings.listen.ip().is_loopback() {
            let message = "demo lets anyone log in as anybody, so it listens on loopback only (listen = 127.0.0.1:7700)";
            return Err(Failure::Config(message.into()));
        }
        Ok(settings)
    }

    /// The key of the server API, ready to be compared.
    #[must_use]
    pub fn api_key(&self) -> Option<ApiKey> {
        self.api_key.as_deref().map(ApiKey::new)
    }

    /// The secret of tokens: the configured one, or, in demo mode, one that is made once and kept in the data
    /// folder.
    ///
    /// # Errors
    /// When there is none, or the data folder cannot be written.
    pub fn signing_secret(&self, environment: &dyn Environment) -> Result<Vec<u8>, Failure> {
        if let Some(secret) = &self.jwt_secret {
            return Ok(secret.clone());
        }
        if !self.demo {
            return Err(Failure::Config(
                "no logins are configured: set PARLOR_AUTH_JWT_SECRET (auth.jwt_secret) to the secret that your app \
                 signs its tokens with, write a configuration with `parlor init`, or try PARLOR_DEMO=1"
                    .into(),
            ));
        }
        let path = self.data_dir.join("demo.secret");
        let outside = |error| Failure::Outside(format!("{} cannot be kept: {error}", path.display()));
        match std::fs::read(&path) {
            Ok(secret) if secret.len() >= SECRET_BYTES => return Ok(secret),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(outside(error)),
        }
        let mut random = [0; 32];
        environment.random(&mut random);
        let secret = server::auth::secret_text(random).into_bytes();
        std::fs::create_dir_all(&self.data_dir).map_err(outside)?;
        write_private(&path, &secret).map_err(outside)?;
        Ok(secret)
    }
}

/// Writes a file that only its owner reads.
pub(crate) fn write_private(path: &std::path::Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

/// Reads values with errors that name the key and where it was set.
struct Reader<'a>(&'a Sources);

impl Reader<'_> {
    fn text(&self, path: &'static str) -> String {
        self.0.get(path).text.trim().to_owned()
    }

    fn wrong(&self, path: &'static str, expected: &str) -> Failure {
        let value = self.0.get(path);
        let secret = super::KEYS.iter().any(|key| key.path == path && key.secret);
        let shown = if secret { "a secret".to_owned() } else { format!("{:?}", value.text) };
        Failure::Config(format!("{path} is {shown} (from {}); expected {expected}", value.origin))
    }

    fn parsed<T: std::str::FromStr>(&self, path: &'static str, expected: &str) -> Result<T, Failure> {
        self.text(path).parse().map_err(|_| self.wrong(path, expected))
    }

    fn number(&self, path: &'static str, least: usize, most: usize) -> Result<usize, Failure> {
        let number: Option<usize> = self.text(path).parse().ok();
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.wrong(path, &format!("a number from {least} to {most}")))
    }

    fn switch(&self, path: &'static str) -> Result<bool, Failure> {
        match self.text(path).as_str() {
            "1" | "on" | "true" | "yes" => Ok(true),
            "" | "0" | "off" | "false" | "no" => Ok(false),
            _ => Err(self.wrong(path, "on or off")),
        }
    }

    fn database(&self, data_dir: &std::path::Path) -> Result<DatabaseUrl, Failure> {
        let url = self.text("database.url");
        if url.is_empty() {
            return Ok(DatabaseUrl::Sqlite(data_dir.join("parlor.db")));
        }
        DatabaseUrl::parse(&url).map_err(|error| {
            Failure::Config(format!("database.url (from {}): {error}", self.0.get("database.url").origin))
        })
    }

    fn secret(&self) -> Result<Option<Vec<u8>>, Failure> {
        let (secret, file) = (self.text("auth.jwt_secret"), self.text("auth.jwt_secret_file"));
        let secret = match (secret.is_empty(), file.is_empty()) {
            (true, true) => return Ok(None),
            (false, true) => secret,
            (false, false) => {
                return Err(self.wrong("auth.jwt_secret_file", "nothing, since auth.jwt_secret is set"));
            }
            (true, false) => std::fs::read_to_string(&file)
                .map(|text| text.trim().to_owned())
                .map_err(|error| self.wrong("auth.jwt_secret_file", &format!("a readable file ({error})")))?,
        };
        Ok(Some(secret.into_bytes()))
    }

    /// A name as RFC 6265, section 4.1.1, has it.
    fn cookie(&self) -> Result<String, Failure> {
        let name = self.text("auth.cookie");
        let is_token = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            return Err(self.wrong("auth.cookie", "a cookie's name: visible ASCII without separators"));
        }
        Ok(name)
    }

    fn origins(&self) -> Result<Vec<String>, Failure> {
        let text = self.text("cors.origins");
        let origins: Vec<String> = text
            .split(',')
            .map(|o| o.trim().trim_end_matches('/').to_owned())
            .filter(|o| !o.is_empty())
            .collect();
        let is_origin = |origin: &String| {
            let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            rest.is_some_and(|authority| !authority.is_empty() && !authority.contains(['/', '*', ' ']))
        };
        if origins.iter().all(is_origin) {
            return Ok(origins);
        }
        Err(self.wrong("cors.origins", "origins as https://app.example.org, comma separated, no wildcard"))
    }

    fn send_rate(&self) -> Result<Option<SendRate>, Failure> {
        let text = self.text("limits.send_rate");
        if text == "off" {
            return Ok(None);
        }
        let parsed = text.split_once('/').and_then(|(messages, window)| {
            let seconds: i64 = window.strip_suffix('s')?.parse().ok()?;
            let messages: usize = messages.parse().ok()?;
            let possible = (1..=10_000).contains(&messages) && (1..=3600).contains(&seconds);
            possible.then(|| SendRate { messages, window_ms: seconds * 1000 })
        });
        parsed
            .map(Some)
            .ok_or_else(|| self.wrong("limits.send_rate", "as 10/10s (messages per seconds), or off"))
    }

    fn messaging_access(&self) -> Result<MessagingAccess, Failure> {
        let text = self.text("privacy.messaging_access");
        let named = MessagingAccess::NAMES.iter().find(|(name, _)| *name == text);
        named
            .map(|(_, access)| *access)
            .ok_or_else(|| self.wrong("privacy.messaging_access", "everyone, followers, mutual or nobody"))
    }

    fn reaction_set(&self) -> Result<Vec<String>, Failure> {
        let set: Vec<String> = self.text("reactions.set").split_whitespace().map(str::to_owned).collect();
        if set.iter().all(|one| one.len() <= 64 && !one.contains(['"', '[', ']', ','])) {
            return Ok(set);
        }
        Err(self.wrong("reactions.set", "emoji of at most 64 bytes each, parted by spaces"))
    }

    fn one_reaction_per_user(&self) -> Result<bool, Failure> {
        match self.text("reactions.per_user").as_str() {
            "many" => Ok(false),
            "one" => Ok(true),
            _ => Err(self.wrong("reactions.per_user", "many or one")),
        }
    }

    fn limits(&self) -> Result<Limits, Failure> {
        Ok(Limits {
            message_body_bytes: self.number("limits.message_body_bytes", 1, 1_000_000)?,
            edit_window_ms: self.number("limits.edit_window_ms", 0, 1 << 40)? as u64,
            unsend_window_ms: self.number("limits.unsend_window_ms", 0, 1 << 40)? as u64,
            mentions_per_message: self.number("limits.mentions_per_message", 1, 1000)?,
            reactions_per_message: self.number("limits.reactions_per_message", 1, 1000)?,
            reaction_set: self.reaction_set()?,
            one_reaction_per_user: self.one_reaction_per_user()?,
            name_chars: self.number("limits.name_chars", 1, 10_000)?,
            description_chars: self.number("limits.description_chars", 1, 100_000)?,
            slow_mode_s: self.number("limits.slow_mode_s", 1, 31_536_000)? as i64,
            url_bytes: self.number("limits.url_bytes", 1, 10_000)?,
            group_members: self.number("limits.group_members", 2, 1000)?,
            blocks_per_user: self.number("limits.blocks_per_user", 1, 10_000)?,
            follows_per_user: self.number("limits.follows_per_user", 1, 1_000_000)?,
            receipt_members: self.number("limits.receipt_members", 2, 1000)?,
            request_messages: self.number("limits.request_messages", 1, 100)?,
            requests_waiting: self.number("limits.requests_waiting", 1, 1000)?,
            page_items: self.number("limits.page_items", 1, 1000)?,
            page_items_max: self.number("limits.page_items_max", 1, 1000)?,
            answer_bytes: self.number("limits.answer_bytes", 10_000, 100_000_000)?,
            sync_rows: self.number("limits.sync_rows", 10, 100_000)?,
            sync_changes_per_conversation: self.number("limits.sync_changes_per_conversation", 1, 100_000)?,
            syncs_at_once: self.number("limits.syncs_at_once", 1, 256)?,
            syncs_waiting: self.number("limits.syncs_waiting", 1, 1_000_000)?,
            syncs_per_user: self.number("limits.syncs_per_user", 1, 10_000)?,
            heads_digest_ms: self.number("limits.heads_digest_ms", 0, 3_600_000)? as u64,
            changes_kept_rows: self.number("limits.changes_kept_rows", 1, 1_000_000_000)?,
            user_changes_kept_rows: self.number("limits.user_changes_kept_rows", 1, 1_000_000_000)?,
            changes_kept_days: self.number("limits.changes_kept_days", 0, 36_500)?,
            outbox_attempts: self.number("limits.outbox_attempts", 1, 1000)?,
        })
    }

    fn transport(&self) -> Result<socketio::Limits, Failure> {
        Ok(socketio::Limits {
            max_payload_bytes: self.number("limits.max_payload_bytes", 1_000, 100_000_000)?,
            event_bytes: self.number("limits.event_bytes", 1_000, 100_000_000)?,
            json_depth: self.number("limits.json_depth", 8, 100)?,
            binary_attachments_per_event: self.number("limits.binary_attachments_per_event", 0, 1_000)?,
            namespaces_per_connection: self.number("limits.namespaces_per_connection", 1, 1_000)?,
            rooms_per_socket: self.number("limits.rooms_per_socket", 2, 1 << 20)?,
            pending_acks_per_socket: self.number("limits.pending_acks_per_socket", 1, 1 << 20)?,
            outbound_queue_bytes: self.number("limits.outbound_queue_bytes", 10_000, 1 << 30)?,
            outbound_queue_frames: self.number("limits.outbound_queue_frames", 8, 1 << 20)?,
            outbound_answer_bytes: self.number("limits.outbound_answer_bytes", 10_000, 1 << 30)?,
            write_stall_ms: self.millis("limits.write_stall_ms")?,
            connect_timeout_ms: self.millis("limits.connect_timeout_ms")?,
            // hyper buffers no less than 8 KiB, and a million is more than any proxy passes on.
            handshake_header_bytes: self.number("limits.handshake_header_bytes", 8 * 1024, 1 << 20)?,
            handshake_kept_bytes: self.number("limits.handshake_kept_bytes", 512, 1 << 20)?,
            handshake_ms: self.millis("limits.handshake_ms")?,
            handshakes_per_second: self.rate("limits.handshakes_per_second", 1)?,
            handshakes_burst: self.rate("limits.handshakes_burst", 0)?,
            connections: self.number("limits.connections", 1, 1 << 30)?,
            unadmitted_connections: self.number("limits.unadmitted_connections", 1, 1 << 30)?,
            connections_per_user: self.number("limits.connections_per_user", 1, 1 << 30)?,
            recovery_window_ms: self.number("limits.recovery_window_ms", 0, 600_000)? as u64,
            recovery_window_events: self.number("limits.recovery_window_events", 1, 1 << 20)?,
            recovery_window_bytes: self.number("limits.recovery_window_bytes", 1_000, 1 << 30)?,
            recovery_total_bytes: self.number("limits.recovery_total_bytes", 1_000, 1 << 34)?,
            recovery_sessions: self.number("limits.recovery_sessions", 1, 1 << 24)?,
            recovery_probe_ms: self.millis("limits.recovery_probe_ms")?,
        })
    }

    fn millis(&self, path: &'static str) -> Result<u64, Failure> {
        Ok(self.number(path, 100, 600_000)? as u64)
    }

    fn rate(&self, path: &'static str, least: usize) -> Result<u32, Failure> {
        Ok(u32::try_from(self.number(path, least, 1_000_000)?).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, Failure> {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Settings::parse(&Sources::read(None, pairs).unwrap())
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.limits, Limits::default());
        assert_eq!(settings.transport, socketio::Limits::default());
        assert_eq!(settings.send_rate, Some(SendRate::default()));
        assert_eq!(settings.database.to_string(), "sqlite:parlor-data/parlor.db");
    }

    #[test]
    fn a_wrong_value_names_its_key_its_source_and_what_is_expected() {
        for (variable, value, part) in [
            ("PARLOR_LISTEN", "localhost", "127.0.0.1:7700"),
            ("PARLOR_LIMITS_PAGE_ITEMS", "0", "from 1 to 1000"),
            ("PARLOR_LIMITS_SEND_RATE", "fast", "10/10s"),
            ("PARLOR_LIMITS_SEND_RATE", "10/99999999999999999s", "10/10s"),
            ("PARLOR_AUTH_COOKIE", "a b", "cookie's name"),
            ("PARLOR_LIMITS_MESSAGE_BODY_BYTES", "99999", "limits.event_bytes"),
            ("PARLOR_DATABASE_URL", "mysql://x", "sqlite:"),
            ("PARLOR_DEMO", "maybe", "on or off"),
            ("PARLOR_CORS_ORIGINS", "*", "no wildcard"),
        ] {
            let Err(failure) = settings(&[(variable, value)]) else { panic!("{variable}={value} passed") };
            let text = failure.to_string();
            assert!(text.contains(part) && text.contains(variable), "{text}");
        }
    }

    #[test]
    fn demo_stays_on_loopback() {
        assert!(settings(&[("PARLOR_DEMO", "1")]).is_ok());
        assert!(settings(&[("PARLOR_DEMO", "1"), ("PARLOR_LISTEN", "0.0.0.0:7700")]).is_err());
    }
}
