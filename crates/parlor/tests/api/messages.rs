//! Sending: who gets it, in what order, once.

use serde_json::{Value, json};
use testkit::{Backend, Socket, TestServer};

use crate::{on_both, start, uuid};

on_both!(
    every_socket_of_every_participant_gets_the_bare_message,
    a_retry_is_answered_with_the_message_and_tells_nobody,
    another_text_under_the_same_id_is_a_conflict,
    sends_of_one_socket_keep_their_order,
    concurrent_sends_are_numbered_without_a_gap,
    concurrent_retries_of_one_id_store_one_message,
    eleven_in_ten_seconds_is_one_too_many,
    history_pages_backwards_and_forwards,
    answers_are_cut_before_they_are_too_large_for_a_connection,
);

async fn send(socket: &mut Socket, conversation: &str, id: &str, body: &str) -> Value {
    socket
        .emit("message:send", json!({"conversation_id": conversation, "id": id, "body": body}))
        .await
        .unwrap()
}

async fn every_socket_of_every_participant_gets_the_bare_message(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, eve) =
        (server.person("ada").unwrap(), server.person("bob").unwrap(), server.person("eve").unwrap());
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    let mut sockets =
        vec![ada.connect().await.unwrap(), bob.connect().await.unwrap(), bob.connect().await.unwrap()];
    sockets.push(Socket::connect(server.address, "/parlor", json!({"token": ada.token})).await.unwrap());
    let mut outsider = eve.connect().await.unwrap();

    let answer = send(&mut sockets[0], &garden, &uuid(1), "hello").await;
    let message = &answer["message"];
    assert_eq!(answer["ok"], true);
    assert_eq!(message["seq"], 1);
    assert_eq!((&message["prev_rev"], &message["rev"]), (&json!(0), &json!(1)));
    assert_eq!(message["sender_id"], "ada");
    assert_eq!(message["kind"], "text");
    assert_eq!(message["created_at"], "2026-01-01T00:00:00.000Z");
    for socket in &mut sockets {
        assert_eq!(&socket.next("message:new").await.unwrap(), message);
        assert_eq!(socket.drained().await.unwrap(), [], "once");
    }
    assert_eq!(outsider.drained().await.unwrap(), []);

    let posted =
        bob.post(&format!("/conversations/{garden}/messages"), json!({"body": "by REST"})).await.unwrap();
    assert_eq!((posted.status, &posted.json["seq"]), (201, &json!(2)));
    assert_eq!(sockets[0].next("message:new").await.unwrap(), posted.json);
}

async fn a_retry_is_answered_with_the_message_and_tells_nobody(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let (mut from, mut to) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    let first = send(&mut from, &direct, &uuid(1), "once").await;
    let again = send(&mut from, &direct, &uuid(1), "once").await;
    assert_eq!(first, again);
    let body = json!({"id": uuid(1).to_uppercase(), "body": "once"});
    let by_rest = ada.post(&format!("/conversations/{direct}/messages"), body).await.unwrap();
    assert_eq!((by_rest.status, &by_rest.json), (201, &first["message"]));

    to.next("message:new").await.unwrap();
    assert_eq!(to.drained().await.unwrap(), []);
}

async fn another_text_under_the_same_id_is_a_conflict(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let (mut from, mut to) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    send(&mut from, &direct, &uuid(1), "one").await;
    for answer in
        [send(&mut from, &direct, &uuid(1), "two").await, send(&mut to, &direct, &uuid(1), "one").await]
    {
        assert_eq!(answer["ok"], false);
        assert_eq!((&answer["error"]["code"], &answer["error"]["field"]), (&json!("conflict"), &json!("id")));
    }
    // In another conversation the id is free.
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    assert_eq!(send(&mut from, &garden, &uuid(1), "two").await["ok"], true);
}

async fn sends_of_one_socket_keep_their_order(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let (mut from, mut to) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    let mut last = 0;
    for number in 0..200 {
        let message = json!({"conversation_id": direct, "id": uuid(number), "body": number.to_string()});
        last = from.start("message:send", message).await.unwrap();
    }
    from.acknowledged(last).await.unwrap();
    for number in 0..200 {
        let message = to.next("message:new").await.unwrap();
        assert_eq!((&message["body"], &message["seq"]), (&json!(number.to_string()), &json!(number + 1)));
    }
}

async fn concurrent_sends_are_numbered_without_a_gap(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let people: Vec<String> = (0..8).map(|i| format!("user-{i}")).collect();
    let everyone: Vec<&str> = people.iter().map(String::as_str).collect();
    let owner = server.person("user-0").unwrap();
    let garden = owner.group("Garden", &everyone).await.unwrap();
    let mut watcher = owner.connect().await.unwrap();

    let sending: Vec<_> = people
        .iter()
        .map(|id| {
            let (person, garden) = (server.person(id).unwrap(), garden.clone());
            tokio::spawn(async move {
                let mut socket = person.connect().await.unwrap();
                let mut seqs = Vec::new();
                for number in 0..25 {
                    let message = json!({"conversation_id": garden, "body": number.to_string()});
                    let answer = socket.emit("message:send", message).await.unwrap();
                    seqs.push(answer["message"]["seq"].as_i64().unwrap());
                }
                assert!(seqs.is_sorted(), "a send acknowledged before another began comes before it");
                seqs
            })
        })
        .collect();
    let mut seqs = Vec::new();
    for sender in sending {
        seqs.extend(sender.await.unwrap());
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=200).collect::<Vec<i64>>());
    for seq in 1..=200 {
        let message = watcher.next("message:new").await.unwrap();
        assert_eq!((&message["seq"], &message["prev_rev"]), (&json!(seq), &json!(seq - 1)));
    }
}

async fn concurrent_retries_of_one_id_store_one_message(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let retries: Vec<_> = (0..10)
        .map(|_| {
            let (ada, path) = (ada.clone(), format!("/conversations/{direct}/messages"));
            tokio::spawn(
                async move { ada.post(&path, json!({"id": uuid(1), "body": "once"})).await.unwrap() },
            )
        })
        .collect();
    let mut answers = Vec::new();
    for retry in retries {
        answers.push(retry.await.unwrap());
    }
    assert!(
        answers.iter().all(|answer| answer.status == 201 && answer.json == answers[0].json),
        "{answers:?}"
    );
    let history = ada.get(&format!("/conversations/{direct}/messages")).await.unwrap();
    assert_eq!(history.json["items"].as_array().unwrap().len(), 1);
}

async fn eleven_in_ten_seconds_is_one_too_many(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    let (mut one, mut two) = (ada.connect().await.unwrap(), ada.connect().await.unwrap());
    for number in 0..5 {
        assert_eq!(send(&mut one, &direct, &uuid(number), "x").await["ok"], true);
        assert_eq!(send(&mut two, &garden, &uuid(number), "x").await["ok"], true);
    }
    server.environment.advance_ms(4_000);
    let refused = send(&mut one, &direct, &uuid(99), "x").await;
    assert_eq!(refused["error"]["code"], "rate_limited");
    assert_eq!(refused["error"]["retry_after_ms"], 6_000);
    assert_eq!(refused["error"]["retryable"], true);
    let by_rest = ada.post(&format!("/conversations/{garden}/messages"), json!({"body": "x"})).await.unwrap();
    assert_eq!(by_rest.status, 429);
    server.environment.advance_ms(6_000);
    assert_eq!(send(&mut one, &direct, &uuid(99), "x").await["ok"], true);
}

async fn history_pages_backwards_and_forwards(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let mut socket = ada.connect().await.unwrap();
    for number in 1..=60 {
        send(&mut socket, &direct, &uuid(number), &number.to_string()).await;
    }
    let seqs = |page: &Value| -> Vec<i64> {
        page["items"].as_array().unwrap().iter().map(|message| message["seq"].as_i64().unwrap()).collect()
    };
    let path = format!("/conversations/{direct}/messages");
    let first = ada.get(&path).await.unwrap().json;
    assert_eq!(seqs(&first), (11..=60).rev().collect::<Vec<_>>());
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("{path}?cursor={cursor}")).await.unwrap().json;
    assert_eq!(seqs(&second), (1..=10).rev().collect::<Vec<_>>());
    assert!(second.get("next_cursor").is_none());

    assert_eq!(seqs(&ada.get(&format!("{path}?before_seq=5")).await.unwrap().json), [4, 3, 2, 1]);
    let newer = json!({"conversation_id": direct, "after_seq": 57});
    assert_eq!(seqs(&socket.emit("message:list", newer).await.unwrap()), [60, 59, 58]);
    assert_eq!(seqs(&ada.get(&format!("{path}?limit=100000")).await.unwrap().json).len(), 60, "clamped");
    assert_eq!(seqs(&ada.get(&format!("{path}?limit=2")).await.unwrap().json), [60, 59]);
}

async fn answers_are_cut_before_they_are_too_large_for_a_connection(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let direct = eve.direct("ada").await.unwrap();
    let mut socket = ada.connect().await.unwrap();
    let before = socket.emit("sync", json!({})).await.unwrap();
    // As large as a message may be, and twice that as JSON.
    let long = "\"".repeat(16 * 1024);
    for number in 1..=120 {
        let body = json!({"id": uuid(number), "body": long});
        assert_eq!(eve.post(&format!("/conversations/{direct}/messages"), body).await.unwrap().status, 201);
    }

    let (mut seqs, mut ask) = (Vec::new(), json!({"conversation_id": direct, "limit": 200}));
    loop {
        let page = socket.emit("message:list", ask.clone()).await.unwrap();
        assert!(page.to_string().len() < 400_000, "{}", page.to_string().len());
        seqs.extend(page["items"].as_array().unwrap().iter().map(|message| message["seq"].as_i64().unwrap()));
        let Some(cursor) = page.get("next_cursor") else { break };
        ask["cursor"] = cursor.clone();
    }
    assert_eq!(seqs, (1..=120).rev().collect::<Vec<_>>());
    let behind = json!({"user_rev": before["user_rev"], "heads": {direct.clone(): 0}});
    let caught_up = socket.emit("sync", behind).await.unwrap();
    assert_eq!(caught_up["conversations"][0]["reset"], true, "more was missed than one answer holds");
}
