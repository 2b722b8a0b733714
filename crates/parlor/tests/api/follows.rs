//! Follows, and whose first message somebody takes.

use http::Method;
use serde_json::{Value, json};
use testkit::{Backend, Person, TestServer, client::Answer, server::API_KEY};

use crate::{on_both, start};

on_both!(
    a_first_message_is_taken_as_the_other_has_set_it,
    what_began_goes_on_whatever_is_set_later,
    the_host_app_keeps_the_graph,
    follows_are_between_two_who_are_known,
    follows_are_limited_and_listed_by_pages,
    settings_are_told_to_all_devices,
    the_configuration_says_what_holds_at_first,
);

async fn set(who: &Person, access: &str) -> Answer {
    let body = json!({"messaging_access": access}).to_string();
    who.call(Method::PATCH, "/me/settings", Some(body)).await.unwrap()
}

async fn follow(who: &Person, whom: &str) -> Answer {
    who.put(&format!("/users/{whom}/follow"), json!({})).await.unwrap()
}

/// The status, and why not; or who is asked first.
async fn begin(who: &Person, whom: &str) -> (u16, Value) {
    let answer = who.post("/conversations", json!({"kind": "direct", "user_id": whom})).await.unwrap();
    let asked = answer.json["request"]["id"].clone();
    (answer.status, if asked.is_null() { answer.json["code"].clone() } else { asked })
}

async fn known<const N: usize>(server: &TestServer, ids: [&str; N]) -> [Person; N] {
    let people = ids.map(|id| server.person(id).unwrap());
    for person in &people {
        person.get("/me").await.unwrap();
    }
    people
}

async fn a_first_message_is_taken_as_the_other_has_set_it(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob, cleo, dan, eve] = known(&server, ["ada", "bob", "cleo", "dan", "eve"]).await;
    // Bob follows nobody, Cleo and Eve follow Ada, Dan and Ada follow each other.
    for (who, whom) in [(&cleo, "ada"), (&eve, "ada"), (&dan, "ada"), (&ada, "dan")] {
        assert_eq!(follow(who, whom).await.json["following"], true);
    }
    let refused = (403, json!("not_allowed"));
    assert_eq!(set(&ada, "nobody").await.json, json!({"messaging_access": "nobody", "receipts": true}));
    for who in [&bob, &cleo, &dan] {
        assert_eq!(begin(who, "ada").await, refused);
    }
    let (open, asked) = ((201, Value::Null), (201, json!("ada")));
    set(&ada, "mutual").await;
    assert_eq!((begin(&cleo, "ada").await, begin(&dan, "ada").await), (asked.clone(), open.clone()));
    set(&ada, "followers").await;
    assert_eq!((begin(&bob, "ada").await, begin(&eve, "ada").await), (asked, open));
    let group = json!({"kind": "group", "name": "Garden", "user_ids": ["ada"]});
    let group = bob.post("/conversations", group).await.unwrap();
    assert_eq!((group.status, &group.json["code"]), (403, &json!("not_allowed")), "nor by way of a group");
    assert_eq!(begin(&ada, "bob").await.0, 201, "she herself may write to anybody");
    let found = bob.get("/users?query=ada").await.unwrap().json;
    assert_eq!(found["items"][0]["id"], "ada", "who takes no message can be found");
}

async fn what_began_goes_on_whatever_is_set_later(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = known(&server, ["ada", "bob"]).await;
    let direct = bob.direct("ada").await.unwrap();
    set(&ada, "nobody").await;
    let path = format!("/conversations/{direct}/messages");
    assert_eq!(bob.post(&path, json!({"body": "still here"})).await.unwrap().status, 201);
    assert_eq!(begin(&bob, "ada").await.0, 200);
}

async fn the_host_app_keeps_the_graph(backend: Backend) {
    let server = start(backend).await;
    let host = server.caller(API_KEY);
    let put = host.put("/server/users/cleo/follows/ada", json!({})).await.unwrap();
    assert_eq!((put.status, &put.json["following"]), (200, &json!(true)));
    let [ada, cleo] = known(&server, ["ada", "cleo"]).await;
    set(&ada, "followers").await;
    assert_eq!(
        ada.get("/users/cleo").await.unwrap().json,
        json!({"user": {"id": "cleo"}, "following": false, "followed": true, "blocked": false})
    );
    let ended = host.call(Method::DELETE, "/server/users/cleo/follows/ada", None).await.unwrap();
    assert_eq!((ended.status, &ended.json["following"]), (200, &json!(false)));
    assert_eq!(begin(&cleo, "ada").await, (201, json!("ada")), "she is asked now");
    let stranger = ada.put("/server/users/cleo/follows/ada", json!({})).await.unwrap();
    assert_eq!(stranger.status, 401, "a user has no key");
}

async fn follows_are_between_two_who_are_known(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = known(&server, ["ada", "bob"]).await;
    let oneself = follow(&ada, "ada").await;
    assert_eq!((oneself.status, &oneself.json["field"]), (400, &json!("user_id")));
    assert_eq!(follow(&ada, "nobody").await.status, 404);
    assert_eq!(ada.get("/users/nobody").await.unwrap().status, 404);
    bob.put("/users/ada/block", json!({})).await.unwrap();
    for (who, whom) in [(&ada, "bob"), (&bob, "ada")] {
        let across = follow(who, whom).await;
        assert_eq!((across.status, &across.json["code"]), (403, &json!("not_allowed")));
    }
    assert_eq!(ada.get("/users/bob").await.unwrap().json["blocked"], false, "nobody learns who blocks him");
}

async fn follows_are_limited_and_listed_by_pages(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_FOLLOWS_PER_USER", "2")]).await.unwrap();
    let [ada, _, _, _] = known(&server, ["ada", "bob", "cleo", "dan"]).await;
    assert_eq!((follow(&ada, "bob").await.status, follow(&ada, "cleo").await.status), (200, 200));
    let beyond = follow(&ada, "dan").await;
    assert_eq!(
        (beyond.status, &beyond.json["code"], &beyond.json["limit"]),
        (409, &json!("limit_reached"), &json!(2))
    );
    let first = ada.get("/me/following?limit=1").await.unwrap().json;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/me/following?limit=1&cursor={cursor}")).await.unwrap().json;
    assert_eq!((&first["items"][0]["id"], &second["items"][0]["id"]), (&json!("bob"), &json!("cleo")));
}

async fn settings_are_told_to_all_devices(backend: Backend) {
    let server = start(backend).await;
    let [ada] = known(&server, ["ada"]).await;
    let mut devices = [ada.connect().await.unwrap(), ada.connect().await.unwrap()];
    set(&ada, "mutual").await;
    for device in &mut devices {
        let told = device.next("settings:changed").await.unwrap();
        assert_eq!(
            told,
            json!({"messaging_access": "mutual", "receipts": true, "prev_user_rev": 0, "user_rev": 1})
        );
    }
    set(&ada, "mutual").await;
    assert_eq!(ada.get("/me").await.unwrap().json["user_rev"], 1, "it was so already");
    let wrong = set(&ada, "friends").await;
    assert_eq!((wrong.status, &wrong.json["field"]), (400, &json!("messaging_access")));
}

async fn the_configuration_says_what_holds_at_first(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_PRIVACY_MESSAGING_ACCESS", "nobody")]).await.unwrap();
    let [ada, bob] = known(&server, ["ada", "bob"]).await;
    assert_eq!(
        ada.get("/me/settings").await.unwrap().json,
        json!({"messaging_access": "nobody", "receipts": true})
    );
    assert_eq!(
        ada.post("/sync", json!({})).await.unwrap().json["settings"],
        json!({"messaging_access": "nobody", "receipts": true})
    );
    assert_eq!(begin(&bob, "ada").await.0, 403);
    assert_eq!(begin(&bob, "somebody new").await.0, 403, "who is announced later has it from the start");
    set(&ada, "everyone").await;
    assert_eq!(begin(&bob, "ada").await.0, 201);
}
