//! Messages that somebody deletes for himself: gone for him wherever he looks, and there for everybody else.

use serde_json::{Value, json};
use testkit::{Backend, Person, TestServer};

use crate::{on_both, start, uuid};

on_both!(
    what_is_hidden_is_gone_for_one_and_there_for_others,
    what_is_hidden_is_not_unread_whatever_becomes_of_it,
    who_was_offline_is_told_by_sync,
    what_one_does_not_see_cannot_be_hidden,
);

async fn two(server: &TestServer) -> (Person, Person, String) {
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    (ada, bob, direct)
}

async fn say(who: &Person, conversation: &str, number: u128, body: &str) -> String {
    let path = format!("/conversations/{conversation}/messages");
    let sent = who.post(&path, json!({"id": uuid(number), "body": body})).await.unwrap();
    assert_eq!(sent.status, 201);
    format!("{path}/{}", uuid(number))
}

async fn hide(who: &Person, path: &str) {
    let hidden = who.delete(&format!("{path}?for=me")).await.unwrap();
    assert_eq!((hidden.status, hidden.json), (200, json!({})));
}

/// The texts of a conversation as somebody reads them, and of what his list shows of it.
async fn texts(who: &Person, conversation: &str) -> (Vec<String>, Value) {
    let page = who.get(&format!("/conversations/{conversation}/messages")).await.unwrap().json;
    let texts = page["items"].as_array().unwrap().iter().map(|m| m["body"].as_str().unwrap().to_owned());
    let seen = who.get(&format!("/conversations/{conversation}")).await.unwrap().json;
    (texts.collect(), seen["last_message"]["body"].clone())
}

async fn what_is_hidden_is_gone_for_one_and_there_for_others(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, direct) = two(&server).await;
    say(&ada, &direct, 1, "kept").await;
    let path = say(&ada, &direct, 2, "embarrassing").await;
    let user_rev = bob.get("/me").await.unwrap().json["user_rev"].as_i64().unwrap();
    let (mut writer, mut hider, mut phone) =
        (ada.connect().await.unwrap(), bob.connect().await.unwrap(), bob.connect().await.unwrap());

    let delete = json!({"conversation_id": direct, "id": uuid(2), "for": "me"});
    assert_eq!(hider.emit("message:delete", delete.clone()).await.unwrap(), json!({"ok": true}));
    for socket in [&mut hider, &mut phone] {
        let mut event = socket.next("message:hidden").await.unwrap();
        let last = event["last_message"].take();
        assert_eq!(last["body"], "kept");
        let expected = json!({
            "conversation_id": direct, "id": uuid(2), "seq": 2, "last_message": null, "read_seq": 0, "head_seq": 2,
            "head_rev": 2, "unread": 1, "total": 1, "prev_user_rev": user_rev, "user_rev": user_rev + 1,
        });
        assert_eq!(event, expected);
    }
    assert_eq!(hider.emit("message:delete", delete).await.unwrap(), json!({"ok": true}), "again is once");
    for socket in [&mut writer, &mut phone] {
        assert_eq!(socket.drained().await.unwrap(), []);
    }
    assert_eq!(texts(&bob, &direct).await, (vec!["kept".into()], json!("kept")));
    let all = vec!["embarrassing".to_owned(), "kept".to_owned()];
    assert_eq!(texts(&ada, &direct).await, (all, json!("embarrassing")));

    // For who does not see it there is nothing to do with it.
    assert_eq!(bob.get(&format!("{path}/versions")).await.unwrap().status, 404);
    let reaction = json!({"emoji": "👍", "on": true});
    assert_eq!(bob.post(&format!("{path}/reactions"), reaction).await.unwrap().status, 404);
    let reply = json!({"body": "why?", "reply_to": uuid(2)});
    assert_eq!(bob.post(&format!("/conversations/{direct}/messages"), reply).await.unwrap().status, 404);
    // And what its writer does with it is his.
    assert_eq!(ada.patch(&path, json!({"body": "harmless"})).await.unwrap().status, 200);
    assert_eq!(texts(&bob, &direct).await, (vec!["kept".into()], json!("kept")));
    // One's own as well, and the last one that there is.
    hide(&ada, &format!("/conversations/{direct}/messages/{}", uuid(1))).await;
    hide(&ada, &path).await;
    assert_eq!(texts(&ada, &direct).await, (vec![], Value::Null));
}

/// The unread of a user's only conversation, in the list and by a mark that moves nothing.
async fn unread(who: &Person, conversation: &str) -> Value {
    let seen = who.get(&format!("/conversations/{conversation}")).await.unwrap().json;
    let read =
        who.post(&format!("/conversations/{conversation}/read"), json!({"seq": 0})).await.unwrap().json;
    assert_eq!(seen["unread"], read["unread"]);
    seen["unread"].clone()
}

async fn what_is_hidden_is_not_unread_whatever_becomes_of_it(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, direct) = two(&server).await;
    let mut paths = Vec::new();
    for number in 1..=4 {
        paths.push(say(&ada, &direct, number, "x").await);
    }
    bob.post(&format!("/conversations/{direct}/read"), json!({"seq": 1})).await.unwrap();
    // One that is read, one that is not, that one again, and his own.
    for (path, left) in [(&paths[0], 3), (&paths[2], 2), (&paths[2], 2)] {
        hide(&bob, path).await;
        assert_eq!(unread(&bob, &direct).await, left);
    }
    let own = say(&bob, &direct, 5, "mine").await;
    hide(&bob, &own).await;
    assert_eq!(unread(&bob, &direct).await, 2);
    let seen = bob.get(&format!("/conversations/{direct}")).await.unwrap().json;
    assert_eq!(seen["hidden"], json!([3, 5]), "so that clients know what they must not take off");
    assert_eq!(ada.delete(&format!("{}?for=everyone", paths[2])).await.unwrap().status, 200);
    assert_eq!(unread(&bob, &direct).await, 2);
    bob.post(&format!("/conversations/{direct}/read"), json!({"seq": 3})).await.unwrap();
    assert_eq!(unread(&bob, &direct).await, 1);
}

async fn who_was_offline_is_told_by_sync(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, direct) = two(&server).await;
    say(&ada, &direct, 1, "kept").await;
    let before = bob.get("/me").await.unwrap().json["user_rev"].clone();
    let path = say(&ada, &direct, 2, "secret").await;
    hide(&bob, &path).await;
    ada.patch(&path, json!({"body": "secret still"})).await.unwrap();
    say(&ada, &direct, 3, "later").await;
    // From before the message was sent, and from after it.
    for held in [1, 2] {
        let position = json!({"user_rev": before, "heads": {direct.clone(): held}});
        let synced = bob.post("/sync", position).await.unwrap().json;
        assert!(!synced.to_string().contains("secret"), "{synced}");
        let told = &synced["conversations"][0];
        assert_eq!((&told["hidden"], &told["unread"]), (&json!([2]), &json!(2)));
        assert_eq!(told["conversation"]["last_message"]["body"], "later");
        let changes: Vec<&str> =
            told["changes"].as_array().unwrap().iter().map(|c| c["event"].as_str().unwrap()).collect();
        let expected = ["change:hidden", "change:hidden", "message:new"];
        assert_eq!(changes, expected[held - 1..]);
    }
    // Its writer is told as ever.
    let position = json!({"user_rev": before, "heads": {direct.clone(): 1}});
    let synced = ada.post("/sync", position).await.unwrap().json;
    assert_eq!(synced["conversations"][0]["changes"][0]["data"]["body"], "secret still");
}

async fn what_one_does_not_see_cannot_be_hidden(backend: Backend) {
    let server = start(backend).await;
    let (ada, _, direct) = two(&server).await;
    let eve = server.person("eve").unwrap();
    let path = say(&ada, &direct, 1, "mine").await;
    let foreign = eve.delete(&format!("{path}?for=me")).await.unwrap();
    let absent = eve.delete(&format!("{}?for=me", path.replace(&direct, &uuid(77)))).await.unwrap();
    assert_eq!((foreign.status, foreign.json), (404, absent.json));
    let unknown = ada.delete(&format!("{}?for=me", path.replace(&uuid(1), &uuid(2)))).await.unwrap();
    assert_eq!((unknown.status, &unknown.json["code"]), (404, &json!("not_found")));
    assert_eq!(ada.delete(&format!("{path}?for=nobody")).await.unwrap().status, 400);
}
