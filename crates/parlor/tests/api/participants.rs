//! Who is in a group: adding, removing, leaving, roles, and what those who are not in it any more get.

use serde_json::{Value, json};
use testkit::{Backend, Person, TestServer};

use crate::{on_both, start};

on_both!(
    who_is_added_sees_the_group_and_what_was_said,
    who_is_removed_gets_nothing_more_and_reads_nothing,
    roles_decide_who_may,
    an_owner_who_leaves_is_followed,
    of_two_transfers_at_once_one_is_made,
    a_send_is_before_the_removal_of_its_writer_or_not_there,
    adding_and_leaving_at_once_end_the_same_for_all,
    the_same_people_added_by_two_at_once_are_in_it_once,
    of_a_group_that_the_last_one_left_nobody_is_told,
);

/// How often each race is run: `PARLOR_TEST_RACES` for more.
#[allow(clippy::disallowed_methods, reason = "tests have no configuration")]
fn rounds() -> usize {
    std::env::var("PARLOR_TEST_RACES").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(25)
}

fn people(id: &str) -> String {
    format!("/conversations/{id}/participants")
}

async fn add(who: &Person, id: &str, whom: &[&str]) -> u16 {
    who.post(&people(id), json!({"user_ids": whom})).await.unwrap().status
}

async fn remove(who: &Person, id: &str, whom: &str) -> u16 {
    who.delete(&format!("{}/{whom}", people(id))).await.unwrap().status
}

async fn give(who: &Person, id: &str, whom: &str, role: &str) -> u16 {
    who.patch(&format!("{}/{whom}", people(id)), json!({"role": role})).await.unwrap().status
}

/// Who is in it, as `name role`.
async fn roles(who: &Person, id: &str) -> Vec<String> {
    let seen = who.get(&format!("/conversations/{id}")).await.unwrap().json;
    let participants = seen["participants"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    participants.map(|one| format!("{} {}", text(&one["user"]["id"]), text(&one["role"]))).collect()
}

async fn who_is_added_sees_the_group_and_what_was_said(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob, cleo] = ["ada", "bob", "cleo"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob"]).await.unwrap();
    ada.post(&format!("/conversations/{id}/messages"), json!({"body": "before"})).await.unwrap();
    let (mut to_bob, mut to_cleo) = (bob.connect().await.unwrap(), cleo.connect().await.unwrap());
    let mut of_ada = ada.connect().await.unwrap();
    let answer =
        of_ada.emit("participant:add", json!({"conversation_id": id, "user_ids": ["cleo", "bob"]})).await;
    assert_eq!(answer.unwrap()["conversation"]["participants"].as_array().unwrap().len(), 3);

    let new = to_cleo.next("conversation:new").await.unwrap();
    assert_eq!((&new["id"], &new["unread"], &new["head"]["seq"]), (&json!(id), &json!(0), &json!(2)));
    let joined = to_bob.next("participant:joined").await.unwrap();
    assert_eq!((&joined["participant"]["user"]["id"], &joined["prev_rev"]), (&json!("cleo"), &json!(1)));
    let note = to_bob.next("message:new").await.unwrap();
    assert_eq!((&note["kind"], &note["sender_id"]), (&json!("system"), &json!("ada")));
    assert_eq!(note["note"], json!({"event": "added", "user_ids": ["cleo"]}));
    assert!(note.get("body").is_none());
    assert_eq!(cleo.history(&id).await.unwrap().len(), 2, "all of it");

    ada.post(&format!("/conversations/{id}/messages"), json!({"body": "welcome"})).await.unwrap();
    assert_eq!(to_cleo.next("participant:joined").await.unwrap()["rev"], 2);
    let seen = cleo.get(&format!("/conversations/{id}")).await.unwrap().json;
    assert_eq!(
        (&seen["unread"], &seen["head"]["seq"]),
        (&json!(1), &json!(3)),
        "what Parlor says is never unread"
    );
    assert_eq!(add(&ada, &id, &[]).await, 400);
}

async fn who_is_removed_gets_nothing_more_and_reads_nothing(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
    ada.post(&format!("/conversations/{id}/messages"), json!({"body": "before"})).await.unwrap();
    let mut to_bob = bob.connect().await.unwrap();
    assert_eq!(remove(&ada, &id, "bob").await, 204);
    let removed = to_bob.next("conversation:removed").await.unwrap();
    assert_eq!((&removed["conversation_id"], &removed["prev_user_rev"]), (&json!(id), &json!(1)));

    ada.post(&format!("/conversations/{id}/messages"), json!({"body": "without him"})).await.unwrap();
    let other = ada.group("Shed", &["bob"]).await.unwrap();
    assert_eq!(to_bob.next("conversation:new").await.unwrap()["id"], json!(other));
    let events = to_bob.drained().await.unwrap();
    assert!(events.iter().all(|(_, event)| event["conversation_id"] != json!(id)), "{events:?}");
    let path = format!("/conversations/{id}");
    let absent = bob.get("/conversations/00000000-0000-0000-0000-000000000000").await.unwrap();
    for (answer, what) in [
        (bob.get(&path).await, "the conversation"),
        (bob.get(&format!("{path}/messages")).await, "its history"),
        (bob.post(&format!("{path}/messages"), json!({"body": "hi"})).await, "sending"),
        (bob.post(&format!("{path}/read"), json!({"seq": 1})).await, "reading"),
        (bob.post(&people(&id), json!({"user_ids": ["eve"]})).await, "adding"),
        (bob.delete(&format!("{}/bob", people(&id))).await, "leaving"),
        (bob.patch(&format!("{}/ada", people(&id)), json!({"role": "member"})).await, "giving roles"),
    ] {
        let answer = answer.unwrap();
        assert_eq!((answer.status, &answer.json), (404, &absent.json), "{what}");
    }
    assert_eq!(roles(&ada, &id).await, ["ada owner", "cleo member"]);
    assert_eq!(bob.get("/users?query=eve").await.unwrap().json["items"], json!([]), "nobody was made by it");
}

async fn roles_decide_who_may(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob, cleo, dan] = ["ada", "bob", "cleo", "dan"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob", "cleo", "dan", "eve"]).await.unwrap();
    assert_eq!(give(&ada, &id, "bob", "admin").await, 200);
    assert_eq!(give(&bob, &id, "cleo", "moderator").await, 200);
    // who_may_add is `admins` by default.
    assert_eq!((add(&cleo, &id, &["fay"]).await, add(&bob, &id, &["fay"]).await), (403, 200));
    assert_eq!((remove(&dan, &id, "eve").await, remove(&cleo, &id, "bob").await), (403, 403));
    assert_eq!((remove(&cleo, &id, "eve").await, remove(&bob, &id, "ada").await), (204, 403));
    assert_eq!((give(&bob, &id, "dan", "admin").await, give(&bob, &id, "dan", "owner").await), (403, 403));
    assert_eq!(
        (give(&ada, &id, "ada", "member").await, give(&ada, &id, "nobody", "member").await),
        (400, 404)
    );
    assert_eq!(give(&ada, &id, "dan", "king").await, 400);
    assert_eq!(give(&ada, &id, "bob", "owner").await, 200);
    assert_eq!(
        roles(&dan, &id).await,
        ["ada admin", "bob owner", "cleo moderator", "dan member", "fay member"]
    );
    let direct = ada.direct("bob").await.unwrap();
    assert_eq!((add(&ada, &direct, &["dan"]).await, remove(&ada, &direct, "ada").await), (403, 403));
}

async fn an_owner_who_leaves_is_followed(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob, cleo] = ["ada", "bob", "cleo"].map(|name| server.person(name).unwrap());
    let id = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
    assert_eq!(give(&ada, &id, "cleo", "moderator").await, 200);
    let mut to_bob = bob.connect().await.unwrap();
    assert_eq!(remove(&ada, &id, "ada").await, 204);
    assert_eq!(roles(&bob, &id).await, ["bob member", "cleo owner"]);
    assert_eq!(to_bob.next("participant:left").await.unwrap()["user_id"], "ada");
    let updated = to_bob.next("participant:updated").await.unwrap();
    assert_eq!((&updated["user_id"], &updated["role"]), (&json!("cleo"), &json!("owner")));
    let note = to_bob.next("message:new").await.unwrap()["note"].clone();
    assert_eq!(note, json!({"event": "left", "user_ids": ["cleo"]}));
    assert_eq!((remove(&cleo, &id, "cleo").await, remove(&bob, &id, "bob").await), (204, 204));
    assert_eq!(bob.get(&format!("/conversations/{id}")).await.unwrap().status, 404);
}

async fn quick(backend: Backend) -> TestServer {
    TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap()
}

async fn of_two_transfers_at_once_one_is_made(backend: Backend) {
    let server = quick(backend).await;
    let ada = server.person("ada").unwrap();
    for _ in 0..rounds() {
        let id = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
        let (to_bob, to_cleo) =
            tokio::join!(give(&ada, &id, "bob", "owner"), give(&ada, &id, "cleo", "owner"));
        let mut answers = [to_bob, to_cleo];
        answers.sort_unstable();
        assert_eq!(answers, [200, 403]);
        let seen = roles(&ada, &id).await;
        assert_eq!(seen.iter().filter(|one| one.ends_with(" owner")).count(), 1, "{seen:?}");
        assert_eq!(seen[0], "ada admin");
    }
}

async fn a_send_is_before_the_removal_of_its_writer_or_not_there(backend: Backend) {
    let server = quick(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    for round in 0..rounds() {
        let id = ada.group("Garden", &["bob"]).await.unwrap();
        let path = format!("/conversations/{id}/messages");
        let send =
            async |n: usize| bob.post(&path, json!({"body": format!("{round} {n}")})).await.unwrap().status;
        let (a, b, removed, c, d) =
            tokio::join!(send(0), send(1), remove(&ada, &id, "bob"), send(2), send(3));
        assert_eq!(removed, 204);
        let sent = [a, b, c, d];
        assert!(sent.iter().all(|status| [201, 404].contains(status)), "{sent:?}");
        let history = ada.history(&id).await.unwrap();
        let kinds: Vec<&str> = history.iter().map(|message| message["kind"].as_str().unwrap()).collect();
        assert_eq!(
            kinds.iter().filter(|kind| **kind == "text").count(),
            sent.iter().filter(|s| **s == 201).count()
        );
        assert_eq!(kinds.last(), Some(&"system"), "nothing of his comes after his removal");
    }
}

async fn adding_and_leaving_at_once_end_the_same_for_all(backend: Backend) {
    let server = quick(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let mut to_bob = bob.connect().await.unwrap();
    for _ in 0..rounds() {
        let id = ada.group("Garden", &["bob"]).await.unwrap();
        let (added, left) = tokio::join!(add(&ada, &id, &["bob"]), remove(&bob, &id, "bob"));
        assert_eq!((added, left), (200, 204));
        let is_in = roles(&ada, &id).await.contains(&"bob member".to_owned());
        assert_eq!(bob.get(&format!("/conversations/{id}")).await.unwrap().status == 200, is_in);
        // Whichever came last, his own stream ends with it.
        let events = to_bob.drained().await.unwrap();
        let own = events.iter().rev().find(|(name, _)| name.starts_with("conversation:")).unwrap();
        assert_eq!(own.0 == "conversation:new", is_in, "{events:?}");
    }
}

async fn the_same_people_added_by_two_at_once_are_in_it_once(backend: Backend) {
    let server = quick(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    for round in 0..rounds() {
        let id = ada.group("Garden", &["bob"]).await.unwrap();
        assert_eq!(give(&ada, &id, "bob", "admin").await, 200);
        let new = [format!("x{round}"), format!("y{round}")];
        let new = [new[0].as_str(), new[1].as_str()];
        assert_eq!(tokio::join!(add(&ada, &id, &new), add(&bob, &id, &new)), (200, 200));
        let seen = roles(&bob, &id).await;
        assert_eq!(seen.len(), 4, "{seen:?}");
        assert_eq!(ada.history(&id).await.unwrap().len(), 2, "one note tells of both");
    }
}

async fn of_a_group_that_the_last_one_left_nobody_is_told(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let id = ada.group("Alone", &[]).await.unwrap();
    let mut to_bob = bob.connect().await.unwrap();
    assert_eq!(remove(&ada, &id, "ada").await, 204);
    assert_eq!(to_bob.drained().await.unwrap(), []);
}
