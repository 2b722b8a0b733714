//! Who may use whom among our own crates and packages. The picture is in ARCHITECTURE.md.

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::{assert_none, files, read, root};

/// A crate, the crates of ours that it may use, and why no more.
const ALLOWED: &[(&str, &[&str], &str)] = &[
    ("parlor-protocol", &[], "the wire contract knows nothing of the domain, so neither bends to the other"),
    ("parlor-socketio", &[], "the transport knows nothing of chat and could be published alone"),
    ("parlor-chat", &[], "the rules are pure: what they need to know is handed to them"),
    (
        "parlor-store",
        &["parlor-chat"],
        "it writes plans and reads facts; it neither publishes nor speaks a wire",
    ),
    (
        "parlor-realtime",
        &["parlor-chat", "parlor-protocol", "parlor-socketio"],
        "it turns committed changes into frames; it must not be able to read or write the database",
    ),
    (
        "parlor-service",
        &["parlor-chat", "parlor-store", "parlor-realtime"],
        "the one door: it knows no HTTP, no socket and no wire type",
    ),
    (
        "parlor-server",
        &["parlor-service", "parlor-protocol", "parlor-socketio"],
        "edges translate; rules and types of the domain come through the service, the database not at all",
    ),
    (
        "parlor",
        &[
            "parlor-chat",
            "parlor-protocol",
            "parlor-realtime",
            "parlor-server",
            "parlor-service",
            "parlor-socketio",
            "parlor-store",
        ],
        "wiring: the only place that names a backend",
    ),
    (
        "parlor-testkit",
        &[
            "parlor",
            "parlor-chat",
            "parlor-checker",
            "parlor-server",
            "parlor-service",
            "parlor-socketio",
            "parlor-store",
        ],
        "it starts what tests need; nothing that ships may use it",
    ),
    (
        "parlor-loadgen",
        &["parlor-protocol", "parlor-socketio"],
        "a client: it knows the wire, not the server",
    ),
    (
        "parlor-sim",
        &[
            "parlor-chat",
            "parlor-checker",
            "parlor-protocol",
            "parlor-server",
            "parlor-service",
            "parlor-socketio",
            "parlor-store",
            "parlor-testkit",
        ],
        "it wires what ships onto a simulated database and network; nothing that ships may use it",
    ),
    ("parlor-checker", &[], "it must not share a mistake with what it judges"),
    ("parlor-floor", &[], "it measures what the machine gives without anything of ours"),
    ("xtask", &[], "it looks at the repository from outside"),
];

/// What tests may use on top.
const FOR_TESTS: &str = "parlor-testkit";

#[test]
fn crates_use_only_what_the_architecture_lets_them() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let ours = |name: &str| ALLOWED.iter().find(|(known, ..)| *known == name);
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let Some((_, allowed, why)) = ours(name) else {
            faults.push(format!("{name} is in no row of the table in xtask/tests/tidy/edges.rs; add one"));
            continue;
        };
        for dependency in &package.dependencies {
            let used = dependency.name.as_str();
            let is_ours = dependency.path.is_some() || ours(used).is_some();
            let for_tests = used == FOR_TESTS && dependency.kind == DependencyKind::Development;
            if is_ours && !for_tests && !allowed.contains(&used) {
                faults.push(format!("{name} must not use {used} ({:?}): {why}", dependency.kind));
            }
        }
    }
    let members: Vec<_> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    for (name, ..) in ALLOWED {
        if !members.iter().any(|member| member == name) {
            faults.push(format!("{name} has a row in the table and is no crate of the workspace"));
        }
    }
    assert_none("Edges between our crates:", &faults);
}

/// A package and the packages of ours that it may use: the SDK knows no framework, the hooks know no screen.
const PACKAGES: &[(&str, &[&str])] =
    &[("client", &[]), ("react", &["@parlor/client"]), ("web", &["@parlor/client", "@parlor/react"])];

#[test]
fn packages_use_only_the_ones_before_them() {
    let mut faults = Vec::new();
    for (package, allowed) in PACKAGES {
        let own = format!("@parlor/{package}");
        let sources = files().into_iter().filter(|path| {
            path.starts_with(&format!("packages/{package}/"))
                && [".ts", ".tsx", "package.json"].iter().any(|end| path.ends_with(end))
        });
        for path in sources {
            let text = read(&path);
            // In strings only; `@parlor/source` is the name of a condition, not of a package.
            let used =
                text.split('"').filter(|part| part.starts_with("@parlor/") && *part != "@parlor/source");
            let wrong =
                used.filter(|used| !used.starts_with(&own) && !allowed.iter().any(|a| used.starts_with(a)));
            faults.extend(wrong.map(|used| format!("{path} uses {used}")));
        }
    }
    assert_none("Edges between our packages (client <- react <- web):", &faults);
}
