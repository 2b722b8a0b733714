//! Who may do what: a row for every operation of REST and every event that a client may emit.

use http::Method;
use serde_json::{Value, json};

use super::world::{Actor, World};

/// An operation, and the status that each actor gets, in the order of [`Actor::ALL`].
pub(super) struct Row {
    /// Its `operationId`.
    pub(super) operation: &'static str,
    /// The event that does the same.
    pub(super) event: Option<&'static str>,
    /// What of the operation, where it has several rows.
    pub(super) about: &'static str,
    pub(super) call: fn(&Case<'_, '_>) -> Call,
    /// Without a login: anonymous, expired, service. With one: stranger, former; member, moderator, admin, owner;
    /// blocker, blocked.
    pub(super) expect: [u16; 11],
}

/// Who asks, and about what.
pub(super) struct Case<'w, 's> {
    pub(super) world: &'w World<'s>,
    pub(super) actor: Actor,
    /// Usually what the actor's operations are about.
    pub(super) conversation: &'w str,
}

impl Case<'_, '_> {
    fn own(&self) -> &str {
        self.world.own(self.actor)
    }

    fn foreign(&self) -> &str {
        self.world.foreign(self.actor)
    }

    fn other(&self) -> String {
        self.world.other(self.actor)
    }

    /// A member without any other role; in a direct conversation the other one.
    fn mate(&self) -> String {
        if self.actor.is_user() && self.conversation == self.world.direct {
            self.other()
        } else {
            self.world.id_of("aside")
        }
    }
}

/// A REST call, and the argument of the event that does the same.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
    pub(super) argument: Value,
}

fn call(method: Method, path: String, body: Value, argument: Value) -> Call {
    Call { method, path, body, argument }
}

fn get(path: String, argument: Value) -> Call {
    call(Method::GET, path, Value::Null, argument)
}

/// A call about a conversation; `body` is what the event has beside the conversation.
fn within(case: &Case<'_, '_>, method: Method, rest: &str, body: Value) -> Call {
    let path = format!("/conversations/{}{rest}", case.conversation);
    let argument = merged(json!({"conversation_id": case.conversation}), &body);
    call(method, path, body, argument)
}

/// A call about a message.
fn of_message(case: &Case<'_, '_>, method: Method, id: &str, rest: &str, body: Value) -> Call {
    let call = within(case, method, &format!("/messages/{id}{rest}"), body);
    Call { argument: merged(call.argument, &json!({"id": id})), ..call }
}

/// A call about somebody in a conversation.
fn of_participant(case: &Case<'_, '_>, method: Method, user: &str, body: Value) -> Call {
    let call = within(case, method, &format!("/participants/{user}"), body);
    Call { argument: merged(call.argument, &json!({"user_id": user})), ..call }
}

/// A call about another user.
fn of_user(case: &Case<'_, '_>, method: Method, rest: &str) -> Call {
    let user = case.other();
    call(method, format!("/users/{user}{rest}"), json!({}), json!({"user_id": user}))
}

fn merged(mut into: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        into[name] = value.clone();
    }
    into
}

/// What every user may, about himself.
const OWN: [u16; 11] = [401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200];
/// What makes something new.
const NEW: [u16; 11] = [401, 401, 401, 201, 201, 201, 201, 201, 201, 201, 201];
/// What everybody who is there may.
const THERE: [u16; 11] = [401, 401, 401, 404, 404, 200, 200, 200, 200, 200, 200];
/// What everybody in a group may, and nobody in a direct conversation with a block.
const TALK: [u16; 11] = [401, 401, 401, 404, 404, 200, 200, 200, 200, 403, 403];
/// What only the host app may.
const HOST: [u16; 11] = [401, 401, 200, 401, 401, 401, 401, 401, 401, 401, 401];
/// What nobody may who is there.
const NOBODY: [u16; 11] = [401, 401, 401, 404, 404, 403, 403, 403, 403, 403, 403];
/// What admins and the owner of a group may.
const ADMINS: [u16; 11] = [401, 401, 401, 404, 404, 403, 403, 200, 200, 403, 403];

fn row(
    operation: &'static str,
    event: Option<&'static str>,
    about: &'static str,
    expect: [u16; 11],
    call: fn(&Case<'_, '_>) -> Call,
) -> Row {
    Row { operation, event, about, call, expect }
}

/// All of them.
pub(super) fn rows() -> Vec<Row> {
    let mut all = of_conversations();
    all.extend(of_messages());
    all.extend(of_participants());
    all.extend(of_requests());
    all.extend(of_users());
    all.extend(of_the_server_api());
    all
}

fn of_conversations() -> Vec<Row> {
    vec![
        row("list_conversations", Some("conversation:list"), "", OWN, |_| {
            get("/conversations".into(), json!({}))
        }),
        row("create_conversation", Some("conversation:create"), "a group", NEW, |_| {
            let body = json!({"kind": "group", "name": "Shed", "user_ids": []});
            call(Method::POST, "/conversations".into(), body.clone(), body)
        }),
        row(
            "create_conversation",
            Some("conversation:create"),
            "a direct one: that of the two is there, and a block takes it from neither",
            [401, 401, 401, 201, 201, 201, 201, 201, 201, 200, 200],
            |case| {
                let body = json!({"kind": "direct", "user_id": case.other()});
                call(Method::POST, "/conversations".into(), body.clone(), body)
            },
        ),
        row("update_conversation", Some("conversation:update"), "", ADMINS, |case| {
            let body = json!({"name": "Orchard"});
            let argument = merged(json!({"id": case.conversation}), &body);
            Call { argument, ..within(case, Method::PATCH, "", body) }
        }),
        row("read_conversation", None, "", THERE, |case| within(case, Method::GET, "", Value::Null)),
        row("mark_read", Some("conversation:read"), "", THERE, |case| {
            let argument = json!({"id": case.conversation, "seq": 1});
            Call { argument, ..within(case, Method::POST, "/read", json!({"seq": 1})) }
        }),
        row(
            "mark_delivered",
            Some("conversation:delivered"),
            "in direct conversations only",
            [401, 401, 401, 404, 404, 400, 400, 400, 400, 200, 200],
            |case| {
                let argument = json!({"id": case.conversation, "seq": 1});
                Call { argument, ..within(case, Method::POST, "/delivered", json!({"seq": 1})) }
            },
        ),
        row("list_receipts", None, "", THERE, |case| within(case, Method::GET, "/receipts", Value::Null)),
        row("set_state", Some("state:set"), "", THERE, |case| {
            within(case, Method::PATCH, "/state", json!({"archived": true}))
        }),
        row(
            "delete_conversation",
            Some("conversation:delete"),
            "for oneself",
            [401, 401, 401, 404, 404, 204, 204, 204, 204, 204, 204],
            |case| {
                let argument = json!({"id": case.conversation});
                Call { argument, ..within(case, Method::DELETE, "", Value::Null) }
            },
        ),
        row("sync", Some("sync"), "", OWN, |case| {
            let body = json!({"user_rev": 0, "heads": {case.conversation: 0}});
            call(Method::POST, "/sync".into(), body.clone(), body)
        }),
    ]
}

fn of_messages() -> Vec<Row> {
    const SENT: [u16; 11] = [401, 401, 401, 404, 404, 201, 201, 201, 201, 403, 403];
    vec![
        row("list_messages", Some("message:list"), "", THERE, |case| {
            within(case, Method::GET, "/messages", Value::Null)
        }),
        row("send_message", Some("message:send"), "", SENT, |case| {
            within(case, Method::POST, "/messages", json!({"body": "hi"}))
        }),
        row("send_message", Some("message:send"), "a reply", SENT, |case| {
            within(case, Method::POST, "/messages", json!({"body": "hi", "reply_to": case.foreign()}))
        }),
        row("edit_message", Some("message:edit"), "one's own", TALK, |case| {
            of_message(case, Method::PATCH, case.own(), "", json!({"body": "better"}))
        }),
        row("edit_message", Some("message:edit"), "somebody else's", NOBODY, |case| {
            of_message(case, Method::PATCH, case.foreign(), "", json!({"body": "worse"}))
        }),
        row("delete_message", Some("message:delete"), "one's own", THERE, |case| unsend(case, case.own())),
        row("delete_message", Some("message:delete"), "somebody else's", NOBODY, |case| {
            unsend(case, case.foreign())
        }),
        row("delete_message", Some("message:delete"), "for oneself", THERE, |case| {
            let call = of_message(case, Method::DELETE, case.foreign(), "?for=me", Value::Null);
            Call { argument: merged(call.argument, &json!({"for": "me"})), ..call }
        }),
        row("list_message_receipts", None, "", THERE, |case| {
            of_message(case, Method::GET, case.own(), "/receipts", Value::Null)
        }),
        row("react_message", Some("message:react"), "", TALK, |case| {
            let body = json!({"emoji": "👍", "on": true});
            of_message(case, Method::POST, case.foreign(), "/reactions", body)
        }),
        row("list_message_versions", Some("message:versions"), "", THERE, |case| {
            of_message(case, Method::GET, case.foreign(), "/versions", Value::Null)
        }),
    ]
}

fn unsend(case: &Case<'_, '_>, id: &str) -> Call {
    let call = of_message(case, Method::DELETE, id, "?for=everyone", Value::Null);
    Call { argument: merged(call.argument, &json!({"for": "everyone"})), ..call }
}

fn of_participants() -> Vec<Row> {
    const OWNERS: [u16; 11] = [401, 401, 401, 404, 404, 403, 403, 403, 200, 403, 403];
    const REMOVE: [u16; 11] = [401, 401, 401, 404, 404, 403, 204, 204, 204, 403, 403];
    const LEAVE: [u16; 11] = [401, 401, 401, 404, 404, 204, 204, 204, 204, 403, 403];
    vec![
        row("add_participants", Some("participant:add"), "", ADMINS, |case| {
            let body = json!({"user_ids": [case.world.id_of("newcomer")]});
            within(case, Method::POST, "/participants", body)
        }),
        row("remove_participant", Some("participant:remove"), "a member", REMOVE, |case| {
            of_participant(case, Method::DELETE, &case.mate(), Value::Null)
        }),
        row("remove_participant", Some("participant:remove"), "oneself", LEAVE, |case| {
            of_participant(case, Method::DELETE, &case.world.id(case.actor), Value::Null)
        }),
        row("update_participant", Some("participant:update"), "a role", ADMINS, |case| {
            of_participant(case, Method::PATCH, &case.mate(), json!({"role": "moderator"}))
        }),
        row("update_participant", Some("participant:update"), "another owner", OWNERS, |case| {
            of_participant(case, Method::PATCH, &case.mate(), json!({"role": "owner"}))
        }),
    ]
}

fn of_requests() -> Vec<Row> {
    /// Only the blocker is asked; who asked him may not see as much as that it waits.
    const ASKED: [u16; 11] = [401, 401, 401, 404, 404, 404, 404, 404, 404, 200, 404];
    const DECLINED: [u16; 11] = [401, 401, 401, 404, 404, 404, 404, 404, 404, 204, 404];
    fn request(case: &Case<'_, '_>, method: Method, rest: &str) -> Call {
        // In place of the actor's own conversation.
        let own = case.conversation == case.world.conversation(case.actor);
        let id = if own { &case.world.asked } else { case.conversation };
        call(method, format!("/requests/{id}{rest}"), json!({}), json!({"conversation_id": id}))
    }
    vec![
        row("list_requests", None, "", OWN, |_| get("/requests".into(), Value::Null)),
        row("read_request", None, "", ASKED, |case| request(case, Method::GET, "")),
        row("accept_request", Some("request:accept"), "", ASKED, |case| {
            request(case, Method::POST, "/accept")
        }),
        row("decline_request", Some("request:decline"), "", DECLINED, |case| {
            request(case, Method::POST, "/decline")
        }),
    ]
}

fn of_users() -> Vec<Row> {
    /// Who blocks somebody, or is blocked, cannot follow him.
    const FOLLOW: [u16; 11] = [401, 401, 401, 200, 200, 200, 200, 200, 200, 403, 403];
    vec![
        row("read_me", None, "", OWN, |_| get("/me".into(), Value::Null)),
        row("list_blocks", None, "", OWN, |_| get("/me/blocks".into(), Value::Null)),
        row("list_following", None, "", OWN, |_| get("/me/following".into(), Value::Null)),
        row("read_settings", None, "", OWN, |_| get("/me/settings".into(), Value::Null)),
        row("change_settings", None, "", OWN, |_| {
            let body = json!({"messaging_access": "nobody"});
            call(Method::PATCH, "/me/settings".into(), body, Value::Null)
        }),
        row("search_users", None, "", OWN, |_| get("/users?query=w".into(), Value::Null)),
        row("read_user", None, "", OWN, |case| of_user(case, Method::GET, "")),
        row("block_user", Some("user:block"), "", OWN, |case| of_user(case, Method::PUT, "/block")),
        row("unblock_user", Some("user:unblock"), "", OWN, |case| of_user(case, Method::DELETE, "/block")),
        row("follow_user", None, "", FOLLOW, |case| of_user(case, Method::PUT, "/follow")),
        row("unfollow_user", None, "", OWN, |case| of_user(case, Method::DELETE, "/follow")),
    ]
}

fn of_the_server_api() -> Vec<Row> {
    fn path(case: &Case<'_, '_>, rest: &str) -> String {
        format!("/server/users/{}{rest}", case.world.id_of("witness"))
    }
    fn follow(case: &Case<'_, '_>, method: Method) -> Call {
        let rest = format!("/follows/{}", case.world.id_of("aside"));
        call(method, path(case, &rest), json!({}), Value::Null)
    }
    vec![
        row("put_user", None, "", HOST, |case| {
            call(Method::PUT, path(case, ""), json!({"name": "Eve"}), Value::Null)
        }),
        row("put_follow", None, "", HOST, |case| follow(case, Method::PUT)),
        row("delete_follow", None, "", HOST, |case| follow(case, Method::DELETE)),
    ]
}
