//! What a group is called and how it is kept: name, description, picture; read-only and slow mode; who may add people.

use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Backend, Person, TestServer};

use crate::{on_both, start};

on_both!(
    what_is_changed_is_told_to_all_and_in_the_group,
    what_cannot_be_changed_is_refused,
    in_a_read_only_group_moderators_and_above_write,
    in_slow_mode_a_member_waits_for_his_turn,
    a_retry_in_slow_mode_gets_its_message,
    who_may_add_decides_who_adds,
    of_sends_at_once_in_slow_mode_one_is_stored,
    a_send_is_before_a_group_is_read_only_or_refused,
);

async fn update(who: &Person, id: &str, change: Value) -> Answer {
    who.call(Method::PATCH, &format!("/conversations/{id}"), Some(change.to_string())).await.unwrap()
}

async fn say(who: &Person, id: &str, message: Value) -> Answer {
    who.post(&format!("/conversations/{id}/messages"), message).await.unwrap()
}

async fn quick(backend: Backend) -> TestServer {
    TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap()
}

async fn what_is_changed_is_told_to_all_and_in_the_group(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob"]).await.unwrap();
    let mut to_bob = bob.connect().await.unwrap();
    let mut of_ada = ada.connect().await.unwrap();
    let change = json!({"id": id, "name": " Orchard ", "description": "Apples\nand pears",
        "avatar_url": "https://example.org/a.png", "slow_mode_s": 30});
    let answer = of_ada.emit("conversation:update", change).await.unwrap();
    assert_eq!((&answer["ok"], &answer["conversation"]["name"]), (&json!(true), &json!("Orchard")));
    let settings = json!({"who_may_add": "admins", "history": "all", "read_only": false, "slow_mode_s": 30});
    let told = to_bob.next("conversation:updated").await.unwrap();
    assert_eq!(
        told,
        json!({"conversation_id": id, "name": "Orchard", "description": "Apples\nand pears",
            "avatar_url": "https://example.org/a.png", "settings": settings, "prev_rev": 0, "rev": 1})
    );
    let note = to_bob.next("message:new").await.unwrap();
    let fields = json!(["name", "description", "avatar_url", "settings"]);
    assert_eq!(note["note"], json!({"event": "updated", "fields": fields, "name": "Orchard"}));
    assert_eq!((&note["kind"], &note["sender_id"]), (&json!("system"), &json!("ada")));
    let seen = bob.get(&format!("/conversations/{id}")).await.unwrap().json;
    assert_eq!((&seen["settings"], &seen["unread"]), (&settings, &json!(0)));
    let less = update(&ada, &id, json!({"description": "", "avatar_url": ""})).await;
    assert_eq!((less.status, less.json.get("description"), less.json.get("avatar_url")), (200, None, None));
    let told = to_bob.next("conversation:updated").await.unwrap();
    assert_eq!((told.get("description"), &told["name"], &told["rev"]), (None, &json!("Orchard"), &json!(3)));
    to_bob.next("message:new").await.unwrap();
    assert_eq!(update(&ada, &id, json!({"name": "Orchard", "read_only": false})).await.status, 200);
    assert_eq!(to_bob.drained().await.unwrap(), [], "nothing new");
}

async fn what_cannot_be_changed_is_refused(backend: Backend) {
    let server = TestServer::with(
        backend,
        &[
            ("PARLOR_LIMITS_NAME_CHARS", "5"),
            ("PARLOR_LIMITS_DESCRIPTION_CHARS", "5"),
            ("PARLOR_LIMITS_URL_BYTES", "10"),
            ("PARLOR_LIMITS_SLOW_MODE_S", "5"),
        ],
    )
    .await
    .unwrap();
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(|name| server.person(name).unwrap());
    let id = ada.group("Shed", &["bob"]).await.unwrap();
    for (change, field) in [
        (json!({"name": "123456"}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"description": "123456"}), "description"),
        (json!({"avatar_url": "http://1234"}), "avatar_url"),
        (json!({"avatar_url": "javascript"}), "avatar_url"),
        (json!({"slow_mode_s": 6}), "slow_mode_s"),
        (json!({"slow_mode_s": -1}), "slow_mode_s"),
        (json!({"who_may_add": "nobody"}), "who_may_add"),
        (json!({"read_only": 1}), "read_only"),
    ] {
        let refused = update(&ada, &id, change.clone()).await;
        assert_eq!((refused.status, &refused.json["field"]), (400, &json!(field)), "{change}");
    }
    let allowed =
        json!({"name": "éàüös", "description": "12345", "avatar_url": "http://123", "slow_mode_s": 5});
    assert_eq!(update(&ada, &id, allowed).await.status, 200);
    assert_eq!(update(&bob, &id, json!({"name": "Mine"})).await.status, 403);
    assert_eq!(update(&eve, &id, json!({"name": "Mine"})).await.status, 404);
    let direct = ada.direct("bob").await.unwrap();
    assert_eq!(update(&ada, &direct, json!({"name": "Us"})).await.status, 403);
}

async fn in_a_read_only_group_moderators_and_above_write(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob, cleo] = ["ada", "bob", "cleo"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
    let moderator = json!({"role": "moderator"});
    assert_eq!(cleo_role(&ada, &id, moderator).await, 200);
    let his = say(&bob, &id, json!({"body": "before"})).await.json["id"].clone();
    assert_eq!(update(&ada, &id, json!({"read_only": true})).await.status, 200);
    let refused = say(&bob, &id, json!({"body": "after"})).await;
    assert_eq!((refused.status, &refused.json["code"]), (403, &json!("read_only")));
    let his = format!("/conversations/{id}/messages/{}", his.as_str().unwrap());
    let edited = bob.patch(&his, json!({"body": "edited"})).await.unwrap();
    assert_eq!((edited.status, &edited.json["code"]), (403, &json!("read_only")));
    let reacted = bob.post(&format!("{his}/reactions"), json!({"emoji": "👍", "on": true})).await.unwrap();
    let unsent = bob.delete(&format!("{his}?for=everyone")).await.unwrap();
    assert_eq!((reacted.status, unsent.status), (200, 200), "no new words");
    for who in [&ada, &cleo] {
        assert_eq!(say(who, &id, json!({"body": "news"})).await.status, 201);
    }
    assert_eq!(update(&ada, &id, json!({"read_only": false})).await.status, 200);
    assert_eq!(say(&bob, &id, json!({"body": "at last"})).await.status, 201);
}

async fn cleo_role(ada: &Person, id: &str, role: Value) -> u16 {
    ada.patch(&format!("/conversations/{id}/participants/cleo"), role).await.unwrap().status
}

async fn in_slow_mode_a_member_waits_for_his_turn(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob, cleo] = ["ada", "bob", "cleo"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
    assert_eq!(update(&ada, &id, json!({"slow_mode_s": 60})).await.status, 200);
    assert_eq!(say(&bob, &id, json!({"body": "one"})).await.status, 201);
    server.environment.advance_ms(59_999);
    let early = say(&bob, &id, json!({"body": "two"})).await;
    assert_eq!((early.status, &early.json["code"]), (429, &json!("slow_mode")));
    assert_eq!((&early.json["retry_after_ms"], &early.json["retryable"]), (&json!(1), &json!(true)));
    assert_eq!(say(&cleo, &id, json!({"body": "each has his own turn"})).await.status, 201);
    for body in ["the owner", "does not wait"] {
        assert_eq!(say(&ada, &id, json!({"body": body})).await.status, 201);
    }
    server.environment.advance_ms(1);
    assert_eq!(say(&bob, &id, json!({"body": "two"})).await.status, 201);
    assert_eq!(update(&ada, &id, json!({"slow_mode_s": 0})).await.status, 200);
    assert_eq!(say(&bob, &id, json!({"body": "three"})).await.status, 201);
}

async fn a_retry_in_slow_mode_gets_its_message(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob"]).await.unwrap();
    assert_eq!(update(&ada, &id, json!({"slow_mode_s": 60})).await.status, 200);
    let message = json!({"id": crate::uuid(7), "body": "once"});
    let first = say(&bob, &id, message.clone()).await;
    let again = say(&bob, &id, message).await;
    assert_eq!((first.status, again.status, &again.json), (201, 201, &first.json));
    let other = say(&bob, &id, json!({"id": crate::uuid(7), "body": "another"})).await;
    assert_eq!(other.status, 409);
}

async fn who_may_add_decides_who_adds(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob, cleo] = ["ada", "bob", "cleo"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
    assert_eq!(cleo_role(&ada, &id, json!({"role": "admin"})).await, 200);
    let add = async |who: &Person, whom: &str| {
        let path = format!("/conversations/{id}/participants");
        who.post(&path, json!({"user_ids": [whom]})).await.unwrap().status
    };
    for (who_may_add, by_owner, by_admin, by_member) in
        [("owner", 200, 403, 403), ("admins", 200, 200, 403), ("anyone", 200, 200, 200)]
    {
        assert_eq!(update(&ada, &id, json!({"who_may_add": who_may_add})).await.status, 200);
        let added = [
            add(&ada, &format!("a-{who_may_add}")).await,
            add(&cleo, &format!("c-{who_may_add}")).await,
            add(&bob, &format!("b-{who_may_add}")).await,
        ];
        assert_eq!(added, [by_owner, by_admin, by_member], "{who_may_add}");
    }
}

async fn of_sends_at_once_in_slow_mode_one_is_stored(backend: Backend) {
    let server = quick(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    for _ in 0..20 {
        let id = ada.group("Garden", &["bob"]).await.unwrap();
        assert_eq!(update(&ada, &id, json!({"slow_mode_s": 60})).await.status, 200);
        let send = async || say(&bob, &id, json!({"body": "now"})).await.status;
        let (a, b, c, d) = tokio::join!(send(), send(), send(), send());
        let mut sent = [a, b, c, d];
        sent.sort_unstable();
        assert_eq!(sent, [201, 429, 429, 429]);
    }
}

async fn a_send_is_before_a_group_is_read_only_or_refused(backend: Backend) {
    let server = quick(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    for _ in 0..20 {
        let id = ada.group("Garden", &["bob"]).await.unwrap();
        let send = async || say(&bob, &id, json!({"body": "now"})).await.status;
        let (a, b, closed, c) =
            tokio::join!(send(), send(), update(&ada, &id, json!({"read_only": true})), send());
        assert_eq!(closed.status, 200);
        let history = ada.history(&id).await.unwrap();
        let sent = [a, b, c];
        assert!(sent.iter().all(|status| [201, 403].contains(status)), "{sent:?}");
        let texts = history.iter().filter(|message| message["kind"] == "text").count();
        assert_eq!(texts, sent.iter().filter(|status| **status == 201).count());
        assert_eq!(history.last().unwrap()["kind"], "system", "nothing of his comes after it");
    }
}
