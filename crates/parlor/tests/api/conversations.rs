//! Making and listing conversations.

use serde_json::{Value, json};
use testkit::Backend;

use crate::{on_both, start};

on_both!(
    a_direct_conversation_is_one_per_pair,
    both_at_once_get_the_same_direct_conversation,
    members_are_told_of_a_new_conversation,
    the_list_is_in_the_order_of_activity_and_pages,
    a_conversation_is_not_there_for_who_is_not_in_it,
    the_socket_can_do_what_rest_can,
    the_same_new_people_in_many_new_conversations_at_once,
);

async fn a_direct_conversation_is_one_per_pair(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let create = |with: &str| json!({"kind": "direct", "user_id": with});
    let first = ada.post("/conversations", create("bob")).await.unwrap();
    assert_eq!(first.status, 201);
    assert_eq!(first.json["kind"], "direct");
    assert_eq!(first.json["head"], json!({"seq": 0, "rev": 0}));
    assert!(first.json.get("last_message").is_none(), "a new direct conversation holds no message");
    let again = ada.post("/conversations", create("bob")).await.unwrap();
    let back = bob.post("/conversations", create("ada")).await.unwrap();
    assert_eq!((again.status, back.status), (200, 200));
    assert_eq!((&again.json["id"], &back.json["id"]), (&first.json["id"], &first.json["id"]));

    let alone = ada.post("/conversations", create("ada")).await.unwrap();
    assert_eq!(alone.json["participants"].as_array().unwrap().len(), 1);
}

async fn both_at_once_get_the_same_direct_conversation(backend: Backend) {
    let server = start(backend).await;
    let tasks: Vec<_> = (0..12)
        .map(|i| {
            let (me, other) = if i % 2 == 0 { ("ada", "bob") } else { ("bob", "ada") };
            let person = server.person(me).unwrap();
            tokio::spawn(async move { person.direct(other).await.unwrap() })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

async fn members_are_told_of_a_new_conversation(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let mut socket = bob.connect().await.unwrap();
    let body = json!({"kind": "group", "name": " Garden ", "user_ids": ["bob", "carol", "bob", "ada"]});
    let made = ada.post("/conversations", body).await.unwrap();
    assert_eq!((made.status, &made.json["name"]), (201, &json!("Garden")));
    let told = socket.next("conversation:new").await.unwrap();
    assert_eq!(told["id"], made.json["id"]);
    assert_eq!((&told["prev_user_rev"], &told["user_rev"]), (&json!(0), &json!(1)));
    let roles: Vec<(&str, &str)> = told["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["user"]["id"].as_str().unwrap(), p["role"].as_str().unwrap()))
        .collect();
    assert_eq!(roles.len(), 3);
    for expected in [("ada", "owner"), ("bob", "member"), ("carol", "member")] {
        assert!(roles.contains(&expected), "{roles:?}");
    }
}

async fn the_list_is_in_the_order_of_activity_and_pages(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let mut ids = Vec::new();
    for number in 0..5 {
        // Two of them at the same moment.
        server.environment.advance_ms(if number == 3 { 0 } else { 1000 });
        ids.push(ada.group(&format!("Group {number}"), &["bob"]).await.unwrap());
    }
    server.environment.advance_ms(1000);
    ada.post(&format!("/conversations/{}/messages", ids[1]), json!({"body": "up"})).await.unwrap();

    let names = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = ada.get("/conversations").await.unwrap().json;
    assert_eq!(names(&all)[..2], ["Group 1", "Group 4"]);
    assert_eq!(names(&all)[4], "Group 0");
    assert_eq!(all["items"][0]["last_message"]["body"], "up");
    assert_eq!(all["items"][0]["last_activity_at"], all["items"][0]["last_message"]["created_at"]);

    let mut paged = Vec::new();
    let mut path = "/conversations?limit=2".to_owned();
    loop {
        let page = ada.get(&path).await.unwrap().json;
        paged.extend(names(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/conversations?limit=2&cursor={cursor}");
    }
    assert_eq!(paged, names(&all), "pages hold each once, in order");
}

async fn a_conversation_is_not_there_for_who_is_not_in_it(backend: Backend) {
    let server = start(backend).await;
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let mut socket = eve.connect().await.unwrap();
    let absent = "00000000-0000-0000-0000-000000000001";
    for path in ["", "/messages"] {
        let foreign = eve.get(&format!("/conversations/{direct}{path}")).await.unwrap();
        let missing = eve.get(&format!("/conversations/{absent}{path}")).await.unwrap();
        assert_eq!((foreign.status, &foreign.json), (404, &missing.json));
    }
    for (event, argument) in [
        ("message:send", json!({"conversation_id": direct, "body": "x"})),
        ("message:list", json!({"conversation_id": direct})),
        ("conversation:read", json!({"id": direct, "seq": 1})),
    ] {
        assert_eq!(socket.emit(event, argument).await.unwrap()["error"]["code"], "not_found", "{event}");
    }
    assert_eq!(eve.get("/conversations").await.unwrap().json["items"], json!([]));
}

async fn the_socket_can_do_what_rest_can(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let mut socket = ada.connect().await.unwrap();
    let made = socket.emit("conversation:create", json!({"kind": "direct", "user_id": "bob"})).await.unwrap();
    assert_eq!((&made["ok"], &made["created"]), (&json!(true), &json!(true)));
    let again =
        socket.emit("conversation:create", json!({"kind": "direct", "user_id": "bob"})).await.unwrap();
    assert_eq!((&again["conversation"], &again["created"]), (&made["conversation"], &json!(false)));
    let listed = socket.emit("conversation:list", json!({})).await.unwrap();
    assert_eq!(listed["items"], json!([made["conversation"]]));
    let by_rest =
        ada.get(&format!("/conversations/{}", made["conversation"]["id"].as_str().unwrap())).await.unwrap();
    assert_eq!(by_rest.json, made["conversation"]);
}

async fn the_same_new_people_in_many_new_conversations_at_once(backend: Backend) {
    let server = start(backend).await;
    for round in 0..4 {
        let tasks: Vec<_> = (0..24)
            .map(|task| {
                let person = server.person(&format!("maker-{task}")).unwrap();
                // Each names them in another order.
                let people: Vec<String> =
                    (0..12).map(|i| format!("new-{round}-{}", (i * 5 + task) % 12)).collect();
                tokio::spawn(async move {
                    let body = json!({"kind": "group", "name": "Garden", "user_ids": people});
                    let group = person.post("/conversations", body).await.unwrap();
                    let with = json!({"kind": "direct", "user_id": format!("new-{round}-{}", task % 3)});
                    let direct = person.post("/conversations", with).await.unwrap();
                    (group, direct)
                })
            })
            .collect();
        for task in tasks {
            let (group, direct) = task.await.unwrap();
            assert_eq!((group.status, direct.status), (201, 201), "{} {}", group.json, direct.json);
            assert_eq!(group.json["participants"].as_array().unwrap().len(), 13);
        }
    }
}
