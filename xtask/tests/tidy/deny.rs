//! `deny.toml`, checked without cargo-deny being there: licences, and who may use what of others.

use std::{collections::HashMap, sync::LazyLock};

use cargo_metadata::{Metadata, MetadataCommand, PackageId};
use toml::{Table, Value};

use crate::{assert_none, read, root, spdx};

static DENY: LazyLock<Table> = LazyLock::new(|| read("deny.toml").parse().unwrap());

/// The whole tree as built here. Crates of other platforms are left out: they need not be downloaded.
static TREE: LazyLock<Metadata> = LazyLock::new(|| {
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let platform = ["--filter-platform".to_owned(), host];
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).other_options(platform).exec().unwrap()
});

fn texts<'a>(value: &'a Value, list: &str) -> Vec<&'a str> {
    value[list].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// The packages that are part of the tree, with the names of those that use them directly.
fn users() -> HashMap<&'static PackageId, Vec<&'static str>> {
    let names: HashMap<&PackageId, &str> = TREE.packages.iter().map(|p| (&p.id, p.name.as_str())).collect();
    let mut users: HashMap<&PackageId, Vec<&str>> = HashMap::new();
    for node in &TREE.resolve.as_ref().unwrap().nodes {
        users.entry(&node.id).or_default();
        for used in &node.dependencies {
            users.entry(used).or_default().push(names[&node.id]);
        }
    }
    users
}

#[test]
fn crates_of_others_are_used_only_where_deny_toml_lets_them() {
    let users = users();
    let mut faults = Vec::new();
    for ban in DENY["bans"]["deny"].as_array().unwrap() {
        let (name, wrappers) = (ban["crate"].as_str().unwrap(), texts(ban, "wrappers"));
        let banned: Vec<_> = TREE.packages.iter().filter(|p| p.name.as_str() == name).collect();
        let used_by: Vec<&str> = banned.iter().flat_map(|p| users[&p.id].iter().copied()).collect();
        let reason = ban["reason"].as_str().unwrap();
        for user in used_by.iter().filter(|user| !wrappers.contains(user)) {
            faults.push(format!("{user} must not use {name}: {reason}"));
        }
        for wrapper in wrappers.iter().filter(|wrapper| !used_by.contains(wrapper)) {
            faults.push(format!("{wrapper} may use {name} and does not; take it off the list"));
        }
    }
    assert_none("Third-party edges (deny.toml, [bans]):", &faults);
}

#[test]
fn licences_are_on_the_list() {
    let (users, allowed) = (users(), texts(&DENY["licenses"], "allow"));
    let others = TREE.packages.iter().filter(|p| p.source.is_some() && users.contains_key(&p.id));
    let faults: Vec<_> = others
        .filter(|package| !package.license.as_deref().is_some_and(|text| spdx::is_met(text, &allowed)))
        .map(|package| format!("{} {} is under {:?}", package.name, package.version, package.license))
        .collect();
    assert_none("Licences (deny.toml, [licenses]):", &faults);
}

#[test]
fn crates_come_from_crates_io() {
    let faults: Vec<_> = TREE
        .packages
        .iter()
        .filter(|package| package.source.as_ref().is_some_and(|source| !source.is_crates_io()))
        .map(|package| format!("{} comes from {}", package.name, package.source.as_ref().unwrap()))
        .collect();
    assert_none("Sources (deny.toml, [sources]):", &faults);
}
