//! Who is told of what: a row for every event that the server emits.

use http::Method;
use serde_json::{Value, json};

use super::world::{Actor, World};

/// What makes the server emit an event, and to whom.
pub(super) enum Told {
    /// Somebody's call; exactly these hear of it, by the ends of their ids.
    To(fn(&World<'_>) -> Cause, &'static [&'static str]),
    /// It is about the connection itself; `digest.rs`, `overflow.rs` and `life.rs` test these.
    Connection,
}

/// A call, and whose.
pub(super) struct Cause {
    pub(super) of: Actor,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
}

/// Everybody in the group.
const GROUP: &[&str] = &["member", "moderator", "admin", "owner", "witness"];

/// An event, and who is told.
pub(super) fn audiences() -> Vec<(&'static str, Told)> {
    vec![
        (
            "message:new",
            Told::To(|world| in_group(world, Actor::Member, Method::POST, "/messages", hi()), GROUP),
        ),
        ("message:updated", Told::To(|world| of_own(world, Method::PATCH, "", hi()), GROUP)),
        (
            "message:deleted",
            Told::To(|world| of_own(world, Method::DELETE, "?for=everyone", Value::Null), GROUP),
        ),
        (
            "reaction:changed",
            Told::To(
                |world| of_own(world, Method::POST, "/reactions", json!({"emoji": "👍", "on": true})),
                GROUP,
            ),
        ),
        ("conversation:new", Told::To(add_stranger, &["stranger"])),
        ("conversation:removed", Told::To(|world| remove(world, &world.id(Actor::Member)), &["member"])),
        (
            "participant:joined",
            Told::To(add_stranger, &["stranger", "member", "moderator", "admin", "owner", "witness"]),
        ),
        (
            "participant:left",
            Told::To(
                |world| remove(world, &world.id(Actor::Member)),
                &["moderator", "admin", "owner", "witness"],
            ),
        ),
        ("participant:updated", Told::To(give_a_role, GROUP)),
        (
            "unread:changed",
            Told::To(
                |world| in_group(world, Actor::Member, Method::POST, "/read", json!({"seq": 2})),
                &["member"],
            ),
        ),
        (
            "conversation:updated",
            Told::To(
                |world| in_group(world, Actor::Owner, Method::PATCH, "", json!({"name": "Orchard"})),
                GROUP,
            ),
        ),
        ("request:new", Told::To(ask, &["blocker"])),
        ("request:updated", Told::To(decline, &["blocker"])),
        (
            "state:changed",
            Told::To(
                |world| in_group(world, Actor::Member, Method::PATCH, "/state", json!({"archived": true})),
                &["member"],
            ),
        ),
        ("receipt:read", Told::To(read_all, &["moderator", "admin", "owner", "witness"])),
        ("receipt:read", Told::To(|world| in_direct(world, "/read"), &[])),
        ("receipt:delivered", Told::To(delivered, &["former"])),
        ("receipt:delivered", Told::To(|world| in_direct(world, "/delivered"), &[])),
        (
            "message:hidden",
            Told::To(|world| of_own(world, Method::DELETE, "?for=me", Value::Null), &["member"]),
        ),
        (
            "block:changed",
            Told::To(
                |world| {
                    let path = format!("/users/{}/block", world.id_of("witness"));
                    Cause { of: Actor::Stranger, method: Method::PUT, path, body: json!({}) }
                },
                &["stranger"],
            ),
        ),
        (
            "settings:changed",
            Told::To(
                |_| {
                    let body = json!({"messaging_access": "nobody"});
                    Cause { of: Actor::Member, method: Method::PATCH, path: "/me/settings".into(), body }
                },
                &["member"],
            ),
        ),
        ("heads:digest", Told::Connection),
        ("sync:needed", Told::Connection),
        ("server:draining", Told::Connection),
    ]
}

fn hi() -> Value {
    json!({"body": "hi"})
}

fn in_group(world: &World<'_>, of: Actor, method: Method, rest: &str, body: Value) -> Cause {
    Cause { of, method, path: format!("/conversations/{}{rest}", world.group), body }
}

fn read_all(world: &World<'_>) -> Cause {
    in_group(world, Actor::Member, Method::POST, "/read", json!({"seq": 1_000}))
}

fn delivered(world: &World<'_>) -> Cause {
    let path = format!("/conversations/{}/delivered", world.pair);
    Cause { of: Actor::Stranger, method: Method::POST, path, body: json!({"seq": 1}) }
}

/// What the moderator says first.
fn ask(world: &World<'_>) -> Cause {
    let path = format!("/conversations/{}/messages", world.unsaid);
    Cause { of: Actor::Moderator, method: Method::POST, path, body: hi() }
}

fn decline(world: &World<'_>) -> Cause {
    let path = format!("/requests/{}/decline", world.asked);
    Cause { of: Actor::Blocker, method: Method::POST, path, body: json!({}) }
}

/// By him who is blocked.
fn in_direct(world: &World<'_>, rest: &str) -> Cause {
    let path = format!("/conversations/{}{rest}", world.direct);
    Cause { of: Actor::Blocked, method: Method::POST, path, body: json!({"seq": 1_000}) }
}

fn of_own(world: &World<'_>, method: Method, rest: &str, body: Value) -> Cause {
    let id = world.own(Actor::Member);
    in_group(world, Actor::Member, method, &format!("/messages/{id}{rest}"), body)
}

fn add_stranger(world: &World<'_>) -> Cause {
    let body = json!({"user_ids": [world.id(Actor::Stranger)]});
    in_group(world, Actor::Owner, Method::POST, "/participants", body)
}

fn remove(world: &World<'_>, user: &str) -> Cause {
    in_group(world, Actor::Owner, Method::DELETE, &format!("/participants/{user}"), Value::Null)
}

fn give_a_role(world: &World<'_>) -> Cause {
    let path = format!("/participants/{}", world.id_of("aside"));
    in_group(world, Actor::Owner, Method::PATCH, &path, json!({"role": "moderator"}))
}
