//! What documents must name, and that what they point to is there.

use std::path::Path;

use cargo_metadata::MetadataCommand;

use crate::{assert_none, files, read, registries, root};

#[test]
fn every_decision_is_in_the_index() {
    let index = read("docs/adr/README.md");
    let records = files().into_iter().filter_map(|path| path.strip_prefix("docs/adr/").map(str::to_owned));
    let missing: Vec<_> = records
        .filter(|name| name != "README.md" && !index.contains(&format!("]({name})")))
        .map(|name| format!("docs/adr/README.md does not list {name}"))
        .collect();
    assert_none("Decisions:", &missing);
}

#[test]
fn every_key_is_documented_with_its_variable() {
    let text = read("docs/configuration.md") + &read("docs/limits.md");
    let missing: Vec<_> = registries::keys()
        .into_iter()
        .flat_map(|key| [format!("PARLOR_{}", key.replace('.', "_").to_uppercase()), key])
        .filter(|name| !text.contains(&format!("`{name}`")))
        .map(|name| format!("neither docs/configuration.md nor docs/limits.md has `{name}`"))
        .collect();
    assert_none("Keys:", &missing);
}

#[test]
fn every_limit_of_the_transport_is_documented() {
    let text = read("docs/limits.md");
    let missing: Vec<_> = registries::transport_limits()
        .into_iter()
        .filter(|name| !text.contains(&format!("`{name}`")))
        .map(|name| format!("docs/limits.md does not have `{name}`"))
        .collect();
    assert_none("Limits:", &missing);
}

#[test]
fn every_event_and_code_is_documented() {
    let text = read("docs/protocol.md");
    let missing: Vec<_> = registries::events()
        .into_iter()
        .chain(registries::codes())
        .filter(|name| !text.contains(&format!("`{name}`")))
        .map(|name| format!("docs/protocol.md does not have `{name}`"))
        .collect();
    assert_none("Events and codes:", &missing);
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let text = read("docs/dependencies.md");
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let crates = metadata.packages.iter().flat_map(|package| &package.dependencies);
    let others = crates.filter(|dependency| dependency.path.is_none());
    let mut names: Vec<String> = others.map(|dependency| dependency.name.clone()).collect();
    for path in files().iter().filter(|path| path.ends_with("package.json")) {
        names.extend(npm_dependencies(&read(path)));
    }
    names.sort();
    names.dedup();
    let missing: Vec<_> = names
        .into_iter()
        .filter(|name| !name.starts_with("@parlor/") && !text.contains(&format!("`{name}`")))
        .map(|name| format!("docs/dependencies.md does not have `{name}`: what for, and why this one"))
        .collect();
    assert_none("Dependencies:", &missing);
}

/// The names in `dependencies` and `devDependencies`, which npm writes one a line.
fn npm_dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        match line {
            "\"dependencies\": {" | "\"devDependencies\": {" => inside = true,
            _ if line.starts_with('}') => inside = false,
            _ if inside => names.extend(line.split('"').nth(1).map(str::to_owned)),
            _ => {}
        }
    }
    names
}

#[test]
fn links_of_documents_lead_somewhere() {
    let mut faults = Vec::new();
    for document in files().into_iter().filter(|path| path.ends_with(".md")) {
        let folder = Path::new(&document).parent().unwrap();
        for target in links(&read(&document)) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !root().join(folder).join(path).exists() {
                faults.push(format!("{document} points to {target}, which is not there"));
            }
        }
    }
    assert_none("Links:", &faults);
}

#[test]
fn files_that_documents_name_are_there() {
    let there = files();
    let mut faults = Vec::new();
    for document in there.iter().filter(|path| path.ends_with(".md")) {
        let text = read(document);
        let names =
            prose(&text).flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|name| is_path(name));
        // Documents shorten: `server/src/http.rs`, or `lane/facts.rs` once the crate is named.
        let missing = names.filter(|name| !there.iter().any(|path| path.ends_with(name)));
        faults.extend(missing.map(|name| format!("{document} names {name}, which is not there")));
    }
    assert_none("Files in documents:", &faults);
}

fn is_path(name: &str) -> bool {
    let sources = [".rs", ".ts", ".tsx", ".sql", ".py", ".css", ".toml"];
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    name.contains('/') && name.chars().all(plain) && sources.iter().any(|end| name.ends_with(end))
}

/// The targets of `[text](target)`.
fn links(markdown: &str) -> impl Iterator<Item = &str> {
    let after = prose(markdown).flat_map(|line| line.split("](").skip(1));
    after.filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// The lines outside fenced code.
fn prose(markdown: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    markdown.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}
