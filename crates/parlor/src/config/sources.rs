use std::{collections::BTreeMap, fmt, path::Path};

use super::{KEYS, Key};
use crate::Failure;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(String),
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => f.write_str(path),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A key's value, as text, and where it came from.
#[derive(Debug, Clone)]
pub struct Value {
    /// As it was written.
    pub text: String,
    /// Where.
    pub origin: Origin,
}

/// The values in force.
#[derive(Debug, Clone)]
pub struct Sources(BTreeMap<&'static str, Value>);

impl Sources {
    /// Defaults, then the file, then the environment.
    ///
    /// # Errors
    /// An unreadable file, an unknown key or variable, a value that is no text, number, switch or list.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        let default = |key: &Key| Value { text: key.default.to_owned(), origin: Origin::Default };
        let mut sources = Self(KEYS.iter().map(|key| (key.path, default(key))).collect());
        if let Some(path) = file {
            sources.add_file(path)?;
        }
        sources.add_environment(environment)?;
        Ok(sources)
    }

    /// Puts a flag above everything else.
    pub fn set_flag(&mut self, path: &'static str, flag: &'static str, text: Option<String>) {
        if let Some(text) = text {
            self.0.insert(path, Value { text, origin: Origin::Flag(flag) });
        }
    }

    /// The value of a key of the registry.
    #[must_use]
    pub fn get(&self, path: &'static str) -> Value {
        self.0.get(path).cloned().unwrap_or(Value { text: String::new(), origin: Origin::Default })
    }

    fn add_file(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Config(format!("the configuration {shown} cannot be read: {error}")))?;
        let table: toml::Table = toml::from_str(&text)
            .map_err(|error| Failure::Config(format!("the configuration {shown} is not TOML: {error}")))?;
        for (name, value) in flatten("", &table) {
            let Some(key) = KEYS.iter().find(|key| key.path == name) else {
                let known = KEYS.iter().map(|key| key.path.to_owned());
                return Err(Failure::Config(unknown(
                    &format!("{shown} has an unknown key {name}"),
                    &name,
                    known,
                )));
            };
            let text = scalar(value).ok_or_else(|| {
                Failure::Config(format!(
                    "{name} in {shown} must be text, a number, true/false or a list of texts"
                ))
            })?;
            self.0.insert(key.path, Value { text, origin: Origin::File(shown.clone()) });
        }
        Ok(())
    }

    fn add_environment(
        &mut self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), Failure> {
        for (variable, text) in environment {
            if !variable.starts_with("PARLOR_") || is_not_ours(&variable) {
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| key.variable() == variable) else {
                let known = KEYS.iter().map(Key::variable);
                let problem = format!("the environment has an unknown variable {variable}");
                return Err(Failure::Config(unknown(&problem, &variable, known)));
            };
            self.0.insert(key.path, Value { text, origin: Origin::Environment(variable) });
        }
        Ok(())
    }
}

/// Variables of this prefix that are no keys: the file itself, what development tools use, and what Kubernetes puts
/// into every pod beside a service that is called parlor.
fn is_not_ours(variable: &str) -> bool {
    matches!(variable, "PARLOR_CONFIG" | "PARLOR_BIN" | "PARLOR_SERVER" | "PARLOR_PORT")
        || variable.starts_with("PARLOR_SERVICE_")
        || variable.starts_with("PARLOR_PORT_")
}

fn flatten<'a>(prefix: &str, table: &'a toml::Table) -> Vec<(String, &'a toml::Value)> {
    let mut flat = Vec::new();
    for (name, value) in table {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flat.extend(flatten(&path, inner)),
            value => flat.push((path, value)),
        }
    }
    flat
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(switch) => Some(if *switch { "on" } else { "off" }.to_owned()),
        toml::Value::Array(list) => {
            let texts: Option<Vec<&str>> = list.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

fn unknown(problem: &str, name: &str, known: impl Iterator<Item = String>) -> String {
    let near = known
        .map(|candidate| (strsim::damerau_levenshtein(name, &candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 1 + name.len() / 4);
    match near {
        Some((_, near)) => format!("{problem}; did you mean {near}?"),
        None => format!("{problem}; `parlor init --print` lists all keys"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Result<Sources, Failure> {
        Sources::read(None, pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn a_variable_sets_its_key_and_others_are_left_alone() {
        let others =
            [("PATH", "/bin"), ("PARLOR_PORT", "tcp://10.0.0.1:7700"), ("PARLOR_SERVICE_HOST", "10.0.0.1")];
        let sources = environment(&[&[("PARLOR_AUTH_JWT_SECRET", "s")][..], &others].concat()).unwrap();
        assert_eq!(sources.get("auth.jwt_secret").text, "s");
        assert_eq!(sources.get("listen").origin, Origin::Default);
    }

    #[test]
    fn a_misspelt_variable_is_an_error_with_a_suggestion() {
        let error = environment(&[("PARLOR_DATABASE_ULR", "x")]).unwrap_err().to_string();
        assert!(error.ends_with("did you mean PARLOR_DATABASE_URL?"), "{error}");
    }
}
