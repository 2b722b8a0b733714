//! Configuration: one TOML file, every key also as an environment variable (`auth.jwt_secret` is
//! `PARLOR_AUTH_JWT_SECRET`), some as flags. A flag beats the environment, the environment the file, the file the
//! default. Unknown keys are errors with a suggestion.

mod keys;
mod settings;
mod sources;

pub use keys::{KEYS, Key, commented_file};
pub(crate) use settings::write_private;
pub use settings::{SECRET_BYTES, Settings};
pub use sources::{Origin, Sources, Value};
