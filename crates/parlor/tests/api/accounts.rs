//! Users: from the token's claims, from the host app, or from being written to.

use serde_json::json;
use testkit::{Backend, server::API_KEY};

use crate::{on_both, start};

on_both!(
    the_host_app_announces_users,
    the_server_api_wants_its_key,
    who_was_only_written_to_finds_the_conversation,
    people_are_found_by_the_beginning_of_id_or_name,
);

async fn the_host_app_announces_users(backend: Backend) {
    let server = start(backend).await;
    let host = server.caller(API_KEY);
    let ada = json!({"name": "Ada", "avatar_url": "https://example.org/ada.png", "email": "ada@example.org"});
    let first = host.put("/server/users/ada", ada.clone()).await.unwrap();
    assert_eq!(first.status, 201);
    assert_eq!(first.json, json!({"id": "ada", "name": "Ada", "avatar_url": "https://example.org/ada.png"}));
    assert_eq!(host.put("/server/users/ada", ada).await.unwrap().status, 200);
    let renamed = host.put("/server/users/ada", json!({"name": "Ada L."})).await.unwrap();
    assert_eq!(renamed.json["name"], "Ada L.");
    assert_eq!(renamed.json["avatar_url"], "https://example.org/ada.png", "what is absent stays");

    let me = server.person("ada").unwrap().get("/me").await.unwrap();
    assert_eq!(me.json, json!({"user": renamed.json, "user_rev": 0}));
    for (body, field) in [
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"avatar_url": "javascript:alert(1)"}), "avatar_url"),
        (json!({"name": 5}), "name"),
    ] {
        let refused = host.put("/server/users/ada", body).await.unwrap();
        assert_eq!((refused.status, &refused.json["field"]), (400, &json!(field)));
    }
}

async fn the_server_api_wants_its_key(backend: Backend) {
    let server = start(backend).await;
    let user = server.person("ada").unwrap();
    for caller in [user, server.caller("another key"), server.caller("")] {
        let refused = caller.put("/server/users/eve", json!({"name": "Eve"})).await.unwrap();
        assert_eq!((refused.status, &refused.json["code"]), (401, &json!("unauthenticated")));
    }
    assert_eq!(
        server.caller(API_KEY).get("/me").await.unwrap().status,
        401,
        "the key is no user's credential"
    );
}

async fn who_was_only_written_to_finds_the_conversation(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("nobody yet").await.unwrap();
    ada.post(&format!("/conversations/{direct}/messages"), json!({"body": "welcome"})).await.unwrap();
    let list = server.person("nobody yet").unwrap().get("/conversations").await.unwrap().json;
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["unread"]), (&json!(direct), &json!(1)));
}

async fn people_are_found_by_the_beginning_of_id_or_name(backend: Backend) {
    let server = start(backend).await;
    let host = server.caller(API_KEY);
    for (id, name) in [("u1", "Ada Lovelace"), ("u2", "Grace Hopper"), ("adam", "Smith"), ("u3", "100% Ada")]
    {
        host.put(&format!("/server/users/{id}"), json!({"name": name})).await.unwrap();
    }
    let ada = server.person("u1").unwrap();
    let found = |query: &'static str| {
        let ada = ada.clone();
        async move {
            let answer = ada.get(&format!("/users?query={query}")).await.unwrap().json;
            let ids =
                answer["items"].as_array().unwrap().iter().map(|u| u["id"].as_str().unwrap().to_owned());
            let mut ids: Vec<String> = ids.collect();
            ids.sort();
            ids
        }
    };
    assert_eq!(found("ADA").await, ["adam", "u1"]);
    assert_eq!(found("100%25").await, ["u3"], "% is a character like any other");
    assert_eq!(found("_").await, Vec::<String>::new());
}
