//! Message requests: the first words to somebody who takes none of strangers, and what cannot be seen of him meanwhile.

use http::Method;
use serde_json::{Value, json};
use testkit::{Backend, Person, Socket, TestServer};

use crate::{on_both, start, uuid};

on_both!(
    who_is_asked_sees_it_and_accepts,
    nothing_of_who_is_asked_can_be_seen_before,
    so_many_messages_are_taken_whatever_the_answer_is,
    who_declined_is_not_told_again_and_may_change_his_mind,
    who_is_blocked_asks_nobody,
    only_who_is_asked_can_answer,
    so_many_requests_wait_for_one,
    answers_and_messages_at_once_end_in_one_state,
);

async fn strict(server: &TestServer, id: &str) -> Person {
    let person = server.person(id).unwrap();
    person.get("/me").await.unwrap();
    let body = json!({"messaging_access": "followers"}).to_string();
    assert_eq!(person.call(Method::PATCH, "/me/settings", Some(body)).await.unwrap().status, 200);
    person
}

async fn say(who: &Person, conversation: &str, body: &str) -> (u16, Value) {
    let path = format!("/conversations/{conversation}/messages");
    let answer = who.post(&path, json!({"body": body})).await.unwrap();
    (answer.status, answer.json["code"].clone())
}

async fn waiting(who: &Person) -> Vec<Value> {
    who.get("/requests").await.unwrap().json["items"].as_array().unwrap().clone()
}

async fn respond(who: &Person, conversation: &str, how: &str) -> u16 {
    who.post(&format!("/requests/{conversation}/{how}"), json!({})).await.unwrap().status
}

async fn seen(who: &Person, conversation: &str) -> u16 {
    who.get(&format!("/conversations/{conversation}")).await.unwrap().status
}

async fn names(socket: &mut Socket) -> Vec<String> {
    socket.drained().await.unwrap().into_iter().map(|(name, _)| name).collect()
}

async fn who_is_asked_sees_it_and_accepts(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), strict(&server, "bob").await);
    let (mut asks, mut phone, mut desk) =
        (ada.connect().await.unwrap(), bob.connect().await.unwrap(), bob.connect().await.unwrap());
    let direct = ada.direct("bob").await.unwrap();
    assert_eq!(waiting(&bob).await, [] as [Value; 0], "nothing was said yet");
    assert_eq!(names(&mut phone).await, [""; 0]);
    for body in ["hello", "it is me"] {
        assert_eq!(say(&ada, &direct, body).await.0, 201);
    }
    for device in [&mut phone, &mut desk] {
        let told = device.next("request:new").await.unwrap();
        assert_eq!((&told["conversation_id"], &told["user"]["id"]), (&json!(direct), &json!("ada")));
        assert_eq!((&told["prev_user_rev"], &told["user_rev"]), (&json!(1), &json!(2)));
    }
    assert_eq!(names(&mut phone).await, [""; 0], "once");
    let request = bob.get(&format!("/requests/{direct}")).await.unwrap().json;
    let bodies: Vec<&Value> = request["messages"].as_array().unwrap().iter().map(|m| &m["body"]).collect();
    assert_eq!(bodies, ["hello", "it is me"]);
    names(&mut asks).await;
    let accepted = phone.emit("request:accept", json!({"conversation_id": direct})).await.unwrap();
    assert_eq!(accepted["ok"], true, "{accepted}");
    assert_eq!(accepted["conversation"]["participants"].as_array().unwrap().len(), 2);
    assert_eq!(names(&mut desk).await, ["conversation:new", "participant:joined", "request:updated"]);
    let joined = asks.next("participant:joined").await.unwrap();
    assert_eq!(joined["participant"]["user"]["id"], "bob");
    assert_eq!(waiting(&bob).await, [] as [Value; 0]);
    for body in ["one", "two", "three"] {
        assert_eq!(say(&ada, &direct, body).await.0, 201);
    }
    assert_eq!(say(&bob, &direct, "well then").await.0, 201);
    assert_eq!(respond(&bob, &direct, "accept").await, 200, "again changes nothing");
    assert_eq!(respond(&bob, &direct, "decline").await, 404, "nothing waits");
}

async fn nothing_of_who_is_asked_can_be_seen_before(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), strict(&server, "bob").await);
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, "hello").await;
    let mut asks = ada.connect().await.unwrap();
    // He looks, and tries what a participant could do.
    bob.get(&format!("/requests/{direct}")).await.unwrap();
    for (path, body) in
        [("read", json!({"seq": 1})), ("delivered", json!({"seq": 1})), ("messages", json!({"body": "x"}))]
    {
        let answer = bob.post(&format!("/conversations/{direct}/{path}"), body).await.unwrap();
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(seen(&bob, &direct).await, 404);
    assert_eq!(names(&mut asks).await, [""; 0]);
    let held = ada.get(&format!("/conversations/{direct}")).await.unwrap().json;
    assert_eq!((&held["request"]["id"], held["participants"].as_array().unwrap().len()), (&json!("bob"), 1));
    assert_eq!(respond(&bob, &direct, "decline").await, 204);
    let declined = ada.get(&format!("/conversations/{direct}")).await.unwrap().json;
    assert_eq!(
        (names(&mut asks).await, declined),
        (vec![], held),
        "a declined request looks like one that waits"
    );
}

async fn so_many_messages_are_taken_whatever_the_answer_is(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_REQUEST_MESSAGES", "2")]).await.unwrap();
    let (ada, bob, eve) =
        (server.person("ada").unwrap(), strict(&server, "bob").await, server.person("eve").unwrap());
    for (number, who) in [(1, &ada), (2, &eve)] {
        let direct = who.direct("bob").await.unwrap();
        let path = format!("/conversations/{direct}/messages");
        assert_eq!(say(who, &direct, "one").await.0, 201);
        if number == 2 {
            assert_eq!(respond(&bob, &direct, "decline").await, 204);
        }
        let second = json!({"id": uuid(number), "body": "two"});
        for _ in 0..2 {
            assert_eq!(who.post(&path, second.clone()).await.unwrap().status, 201, "and a retry of it");
        }
        assert_eq!(say(who, &direct, "three").await, (409, json!("request_pending")));
        assert_eq!(who.post(&path, second).await.unwrap().status, 201, "a retry is still answered");
    }
}

async fn who_declined_is_not_told_again_and_may_change_his_mind(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), strict(&server, "bob").await);
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, "hello").await;
    let mut phone = bob.connect().await.unwrap();
    assert_eq!(respond(&bob, &direct, "decline").await, 204);
    assert_eq!(phone.next("request:updated").await.unwrap()["accepted"], false);
    say(&ada, &direct, "are you there?").await;
    assert_eq!((names(&mut phone).await, waiting(&bob).await.len()), (vec![], 0));
    assert_eq!(ada.direct("bob").await.unwrap(), direct, "there is no second one");
    assert_eq!(bob.direct("ada").await.unwrap(), direct, "who writes to somebody takes what he said");
    assert_eq!((seen(&bob, &direct).await, say(&bob, &direct, "sorry").await.0), (200, 201));
}

async fn who_is_blocked_asks_nobody(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), strict(&server, "bob").await);
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, "hello").await;
    let mut phone = bob.connect().await.unwrap();
    assert_eq!(bob.put("/users/ada/block", json!({})).await.unwrap().status, 200);
    assert_eq!(names(&mut phone).await, ["block:changed", "request:updated"]);
    assert_eq!(waiting(&bob).await.len(), 0);
    assert_eq!(say(&ada, &direct, "hello?").await.0, 201, "she cannot tell");
    assert_eq!(names(&mut phone).await, [""; 0]);
    assert_eq!(respond(&bob, &direct, "accept").await, 403);
    let eve = server.person("eve").unwrap();
    eve.get("/me").await.unwrap();
    bob.put("/users/eve/block", json!({})).await.unwrap();
    let begun = eve.post("/conversations", json!({"kind": "direct", "user_id": "bob"})).await.unwrap();
    assert_eq!((begun.status, &begun.json["code"]), (403, &json!("not_allowed")));
}

async fn only_who_is_asked_can_answer(backend: Backend) {
    let server = start(backend).await;
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let bob = strict(&server, "bob").await;
    let direct = ada.direct("bob").await.unwrap();
    assert_eq!(respond(&bob, &direct, "accept").await, 404, "nothing was asked yet");
    say(&ada, &direct, "hello").await;
    for who in [&ada, &eve] {
        assert_eq!(who.get(&format!("/requests/{direct}")).await.unwrap().status, 404);
        for how in ["accept", "decline"] {
            let answer = who.post(&format!("/requests/{direct}/{how}"), json!({})).await.unwrap();
            assert_eq!(answer.status, 404, "{}", answer.json);
        }
    }
    let talk = ada.direct("eve").await.unwrap();
    say(&ada, &talk, "no request").await;
    assert_eq!(respond(&eve, &talk, "accept").await, 404);
}

async fn so_many_requests_wait_for_one(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_REQUESTS_WAITING", "2")]).await.unwrap();
    let bob = strict(&server, "bob").await;
    let mut asked = Vec::new();
    for (name, expected) in [("ada", 201), ("cleo", 201), ("dan", 403)] {
        let who = server.person(name).unwrap();
        let direct = who.direct("bob").await.unwrap();
        assert_eq!(say(&who, &direct, "hello").await.0, expected, "{name}");
        asked.push((who, direct));
    }
    assert_eq!(waiting(&bob).await.len(), 2);
    assert_eq!(respond(&bob, &asked[0].1, "decline").await, 204);
    assert_eq!(say(&asked[2].0, &asked[2].1, "hello").await.0, 201);
}

async fn answers_and_messages_at_once_end_in_one_state(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let bob = strict(&server, "bob").await;
    for round in 0..10 {
        let ada = server.person(&format!("ada-{round}")).unwrap();
        let direct = ada.direct("bob").await.unwrap();
        say(&ada, &direct, "hello").await;
        let how = if round % 2 == 0 { "accept" } else { "decline" };
        let (answered, first, second) =
            tokio::join!(respond(&bob, &direct, how), say(&ada, &direct, "one"), say(&ada, &direct, "two"));
        assert!([200, 204].contains(&answered), "{answered}");
        assert_eq!((first.0, second.0), (201, 201));
        assert_eq!(seen(&bob, &direct).await, if round % 2 == 0 { 200 } else { 404 });
        let fourth = say(&ada, &direct, "three").await.0;
        assert_eq!(fourth, if round % 2 == 0 { 201 } else { 409 });
        assert_eq!(waiting(&bob).await.len(), 0);
    }
}
