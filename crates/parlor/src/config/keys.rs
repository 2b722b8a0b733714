//! Every key there is: name, default, meaning. `parlor init` writes a file of it, `parlor doctor` shows the values.

use std::fmt::Write;

/// A key of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Dotted, as in the file: `section.name`.
    pub path: &'static str,
    /// The default, as text; empty for none.
    pub default: &'static str,
    /// What it is, in one or two sentences.
    pub about: &'static str,
    /// Never shown.
    pub secret: bool,
}

impl Key {
    /// The environment variable of this key.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("PARLOR_{}", self.path.replace('.', "_").to_uppercase())
    }
}

const fn key(path: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { path, default, about, secret: false }
}

const fn secret(path: &'static str, about: &'static str) -> Key {
    Key { path, default: "", about, secret: true }
}

/// All keys, by section.
pub const KEYS: &[Key] = &[
    key("listen", "127.0.0.1:7700", "Address and port to listen on."),
    key(
        "data_dir",
        "parlor-data",
        "Folder for the embedded database and other files; created if it is not there.",
    ),
    key("demo", "off", "Demo people who anyone may log in as. Only on a loopback address."),
    key(
        "database.url",
        "",
        "sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE. Empty: SQLite in data_dir.",
    ),
    key(
        "database.lanes",
        "0",
        "Connections that write to PostgreSQL, each in batches; 0: one per core, at most 4. SQLite has one writer.",
    ),
    key("database.readers", "8", "Connections that read."),
    key(
        "database.read_timeout_ms",
        "2000",
        "How long a query may take on PostgreSQL, waiting for a connection included.",
    ),
    key(
        "bus.url",
        "",
        "redis://HOST:PORT joins several nodes. This version runs on one node and refuses to start with it.",
    ),
    secret(
        "auth.jwt_secret",
        "The secret that your app signs its users' tokens with (HS256). 32 bytes or more.",
    ),
    key("auth.jwt_secret_file", "", "A file that holds auth.jwt_secret, instead of it."),
    key("auth.cookie", "auth_token", "The cookie that may hold the token."),
    secret("api.key", "The key of the server API (/api/v1/server). Empty: that API is closed."),
    key(
        "cors.origins",
        "",
        "Origins of pages elsewhere that may use this server with credentials, comma separated.",
    ),
    key(
        "privacy.messaging_access",
        "everyone",
        "Whose first message they take who have set nothing: everyone, followers, mutual or nobody.",
    ),
    key(
        "privacy.receipts",
        "true",
        "Whether they who have set nothing show others how far they have read, and are shown it.",
    ),
    key("reactions.set", "", "The reactions that there are, parted by spaces. Empty: any emoji."),
    key("reactions.per_user", "many", "many or one: how many reactions a user may have on a message."),
    key("log.format", "auto", "auto (pretty on a terminal, else JSON), pretty or json."),
    key("log.level", "info", "error, warn, info, debug, trace, or directives as in info,parlor_store=debug."),
    key("transport.shards", "0", "Threads that serve connections; 0: one per core."),
    key("limits.message_body_bytes", "16384", "The most bytes of a message's text."),
    key("limits.edit_window_ms", "0", "How long after it was sent a message may be edited; 0: for ever."),
    key("limits.unsend_window_ms", "0", "How long after it was sent a message may be unsent; 0: for ever."),
    key("limits.mentions_per_message", "50", "The most people that a message may mention."),
    key("limits.reactions_per_message", "50", "The most kinds of reactions that a message may have."),
    key("limits.event_bytes", "65536", "The most bytes of one event or REST body."),
    key(
        "limits.max_payload_bytes",
        "1000000",
        "The most bytes of one Engine.IO payload; beyond it the transport is closed.",
    ),
    key("limits.name_chars", "100", "The most characters of a name."),
    key("limits.description_chars", "1000", "The most characters of a conversation's description."),
    key("limits.slow_mode_s", "86400", "The most seconds that slow mode may make members wait."),
    key("limits.url_bytes", "500", "The most bytes of a URL."),
    key("limits.group_members", "256", "The most members of a group."),
    key("limits.blocks_per_user", "1000", "The most people that a user may block."),
    key("limits.follows_per_user", "10000", "The most people that a user may follow."),
    key(
        "limits.receipt_members",
        "32",
        "The most members that a conversation may have for them to be told of each other's receipts.",
    ),
    key(
        "limits.request_messages",
        "3",
        "How many messages somebody may send before his request is answered.",
    ),
    key("limits.requests_waiting", "100", "The most requests that may wait for a user."),
    key("limits.page_items", "50", "Items on a page when the client does not say."),
    key("limits.page_items_max", "200", "The most items that a client may ask for."),
    key(
        "limits.answer_bytes",
        "262144",
        "About how many bytes of items one answer holds; the rest follows by cursor.",
    ),
    key("limits.sync_rows", "1000", "The most rows that one answer of sync holds."),
    key("limits.sync_changes_per_conversation", "500", "A conversation further behind comes as reset."),
    key("limits.syncs_at_once", "4", "Syncs that read at once; more wait for their turn."),
    key("limits.syncs_waiting", "1024", "Syncs that may wait for their turn."),
    key("limits.syncs_per_user", "8", "Syncs of one user that may be under way or wait."),
    key(
        "limits.heads_digest_ms",
        "30000",
        "How long after a stream's last change its followers are told how far it has come; 0: never.",
    ),
    key(
        "limits.changes_kept_rows",
        "10000",
        "Changes that are kept of each conversation, for clients to catch up.",
    ),
    key("limits.user_changes_kept_rows", "10000", "Changes that are kept of each user's own stream."),
    key(
        "limits.changes_kept_days",
        "90",
        "Days after which changes of all streams go, between that and twice that; 0: however old.",
    ),
    key("limits.outbox_attempts", "20", "How often an effect is tried before it is given up."),
    key("limits.send_rate", "10/10s", "Messages per time and user over all his connections, or off."),
    key("limits.outbound_queue_bytes", "1048576", "Bytes that may wait for one connection."),
    key("limits.outbound_queue_frames", "512", "Frames that may wait for one connection."),
    key(
        "limits.outbound_answer_bytes",
        "4194304",
        "Bytes of acks that may wait for one connection, beside those.",
    ),
    key(
        "limits.write_stall_ms",
        "10000",
        "A connection that takes no byte for so long while some wait is closed.",
    ),
    key("limits.json_depth", "32", "Nesting of the JSON of a packet; beyond it the connection is closed."),
    key(
        "limits.binary_attachments_per_event",
        "10",
        "Binary attachments of one event; beyond it the connection is closed.",
    ),
    key("limits.namespaces_per_connection", "8", "Namespaces that one connection may join."),
    key("limits.rooms_per_socket", "10000", "Rooms that one socket may be in, its own included."),
    key(
        "limits.pending_acks_per_socket",
        "256",
        "Acknowledgements that the server waits for from one socket.",
    ),
    key("limits.connections", "100000", "Socket.IO connections of the node."),
    key(
        "limits.unadmitted_connections",
        "10000",
        "Connections of the node that have joined no namespace yet.",
    ),
    key(
        "limits.connections_per_user",
        "50",
        "Connections of one user; the oldest is ended when one more comes.",
    ),
    key("limits.connect_timeout_ms", "45000", "A connection that joined no namespace by then is closed."),
    key("limits.handshake_ms", "10000", "A request whose head or body is not whole by then is refused."),
    key("limits.handshake_header_bytes", "16384", "The most bytes of a request's line and headers."),
    key(
        "limits.handshake_kept_bytes",
        "10240",
        "The most bytes of query string, token and login cookie that a connection may bring and keep.",
    ),
    key("limits.handshakes_per_second", "1000", "New connections per second."),
    key("limits.handshakes_burst", "2000", "New connections that may come at once on top of the rate."),
    key(
        "limits.recovery_window_ms",
        "120000",
        "How long a session waits for a client that was cut off, and how old an event may be that is sent again; 0: no recovery.",
    ),
    key("limits.recovery_window_events", "300", "Events that are sent again at most."),
    key("limits.recovery_window_bytes", "1048576", "Their bytes."),
    key("limits.recovery_total_bytes", "67108864", "Bytes of events that a namespace keeps to send again."),
    key("limits.recovery_sessions", "20000", "Sessions of a namespace that wait for their clients."),
    key(
        "limits.recovery_probe_ms",
        "2000",
        "How long a connection may take to answer when another one claims its session.",
    ),
    key("limits.drain_ms", "30000", "How long connections may take to leave at SIGTERM."),
];

/// A configuration file with every key at its default, explained and commented out.
#[must_use]
pub fn commented_file() -> String {
    let mut file = String::from(
        "# Parlor's configuration. Every key can also be an environment variable:\n\
         # auth.jwt_secret is PARLOR_AUTH_JWT_SECRET. `parlor doctor --config FILE` shows what is in force.\n",
    );
    let mut section = "";
    for key in KEYS {
        let (in_section, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if in_section != section {
            let _ = write!(file, "\n[{in_section}]");
            section = in_section;
        }
        let plain = key.default.parse::<i64>().is_ok();
        let value = if plain { key.default.to_owned() } else { format!("{:?}", key.default) };
        let _ = write!(file, "\n# {}\n# {name} = {value}\n", key.about);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_file_is_toml_with_and_without_its_comments() {
        let file = commented_file();
        assert!(toml::from_str::<toml::Table>(&file).is_ok());
        let open: String = file
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(setting) if setting.contains(" = ") => format!("{setting}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let table: toml::Table = toml::from_str(&open).unwrap();
        assert_eq!(table["limits"]["page_items"].as_integer(), Some(50));
    }

    #[test]
    fn sections_are_together_and_variables_unique() {
        let mut variables: Vec<String> = KEYS.iter().map(Key::variable).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), KEYS.len());
        let mut sections: Vec<&str> = KEYS.iter().map(|key| key.path.split('.').next().unwrap()).collect();
        sections.dedup();
        let apart = sections.len();
        sections.sort_unstable();
        sections.dedup();
        assert_eq!(sections.len(), apart);
    }
}
