//! Reactions: who sees what, and what is refused.

use serde_json::{Value, json};
use testkit::{Answer, Backend, Person, TestServer};

use crate::{on_both, start, uuid};

on_both!(
    reactions_are_summed_and_everybody_knows_his_own,
    what_is_no_emoji_or_not_to_be_seen_is_refused,
    one_kind_more_than_allowed_is_refused,
    a_user_has_one_reaction_where_so_configured,
    what_is_unsent_has_no_reactions,
);

async fn written(ada: &Person) -> (String, String) {
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    let path = format!("/conversations/{garden}/messages");
    ada.post(&path, json!({"id": uuid(1), "body": "what do you think?"})).await.unwrap();
    (garden, format!("{path}/{}", uuid(1)))
}

async fn react(who: &Person, path: &str, emoji: &str, on: bool) -> Answer {
    who.post(&format!("{path}/reactions"), json!({"emoji": emoji, "on": on})).await.unwrap()
}

async fn reactions_are_summed_and_everybody_knows_his_own(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let (garden, path) = written(&ada).await;
    let mut watching = bob.connect().await.unwrap();
    let first = react(&ada, &path, "👍", true).await;
    assert_eq!(
        (first.status, &first.json["reactions"]),
        (200, &json!([{"emoji": "👍", "count": 1, "mine": true}]))
    );
    let event = watching.next("reaction:changed").await.unwrap();
    let expected = json!({
        "conversation_id": garden, "id": uuid(1), "seq": 1, "prev_rev": 1, "rev": 2, "user_id": "ada",
        "emojis": ["👍"], "reactions": [{"emoji": "👍", "count": 1}],
    });
    assert_eq!(event, expected);
    assert_eq!(react(&ada, &path, "👍", true).await.json, first.json, "again is once");
    assert_eq!(watching.drained().await.unwrap(), []);
    react(&bob, &path, "👍", true).await;
    react(&bob, &path, "🎉", true).await;
    let seen = async |who: &Person| -> Value {
        let listed = who.get(&format!("/conversations/{garden}/messages")).await.unwrap().json;
        let last = who.get(&format!("/conversations/{garden}")).await.unwrap().json["last_message"].clone();
        assert_eq!(listed["items"][0], last);
        last["reactions"].clone()
    };
    assert_eq!(
        seen(&ada).await,
        json!([{"emoji": "👍", "count": 2, "mine": true}, {"emoji": "🎉", "count": 1}])
    );
    let of_bob =
        json!([{"emoji": "👍", "count": 2, "mine": true}, {"emoji": "🎉", "count": 1, "mine": true}]);
    assert_eq!(seen(&bob).await, of_bob);
    react(&ada, &path, "👍", false).await;
    assert_eq!(seen(&ada).await, json!([{"emoji": "👍", "count": 1}, {"emoji": "🎉", "count": 1}]));
}

async fn what_is_no_emoji_or_not_to_be_seen_is_refused(backend: Backend) {
    let server = start(backend).await;
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let (garden, path) = written(&ada).await;
    for text in ["", "lol", "<b>"] {
        let refused = react(&ada, &path, text, true).await;
        assert_eq!((refused.status, &refused.json["field"]), (400, &json!("emoji")));
    }
    let foreign = react(&eve, &path, "👍", true).await;
    let absent = react(&eve, &path.replace(&garden, &uuid(77)), "👍", true).await;
    assert_eq!((foreign.status, foreign.json), (404, absent.json));
    assert_eq!(react(&ada, &path.replace(&uuid(1), &uuid(2)), "👍", true).await.status, 404);
}

async fn one_kind_more_than_allowed_is_refused(backend: Backend) {
    let limits = [("PARLOR_LIMITS_REACTIONS_PER_MESSAGE", "2")];
    let server = TestServer::with(backend, &limits).await.unwrap();
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let (_, path) = written(&ada).await;
    for emoji in ["👍", "🎉"] {
        assert_eq!(react(&ada, &path, emoji, true).await.status, 200);
    }
    let refused = react(&bob, &path, "👎", true).await;
    assert_eq!((refused.status, &refused.json["limit"]), (400, &json!(2)));
    assert_eq!(react(&bob, &path, "👍", true).await.status, 200);
}

async fn a_user_has_one_reaction_where_so_configured(backend: Backend) {
    let variables = [("PARLOR_REACTIONS_PER_USER", "one"), ("PARLOR_REACTIONS_SET", "👍 👎")];
    let server = TestServer::with(backend, &variables).await.unwrap();
    let ada = server.person("ada").unwrap();
    let (_, path) = written(&ada).await;
    react(&ada, &path, "👍", true).await;
    let other = react(&ada, &path, "👎", true).await;
    assert_eq!(other.json["reactions"], json!([{"emoji": "👎", "count": 1, "mine": true}]));
    assert_eq!(react(&ada, &path, "🎉", true).await.status, 400);
}

async fn what_is_unsent_has_no_reactions(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let (_, path) = written(&ada).await;
    react(&bob, &path, "👍", true).await;
    let left = ada.delete(&format!("{path}?for=everyone")).await.unwrap().json;
    assert!(left["message"].get("reactions").is_none());
    assert_eq!(react(&bob, &path, "👍", true).await.status, 404);
}
