//! From any past state to now.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{Backend, Person, TestServer};

use crate::{on_both, start};

on_both!(
    a_client_with_nothing_is_given_every_conversation,
    a_client_is_given_what_it_missed_and_no_more,
    a_client_that_is_far_behind_begins_afresh,
    a_read_mark_set_elsewhere_is_told,
    a_long_answer_is_continued_by_cursor,
    more_conversations_than_one_event_holds_are_synced_in_parts,
    who_follows_another_history_is_told_to_begin_with_nothing,
    snapshot_and_events_equal_a_fresh_fetch,
    what_is_below_the_floor_is_a_reset,
    a_user_s_stream_below_its_floor_is_a_reset_of_everything,
    what_is_older_than_is_kept_is_a_reset,
);

async fn say(person: &Person, conversation: &str, times: usize) {
    for _ in 0..times {
        person.post(&format!("/conversations/{conversation}/messages"), json!({"body": "x"})).await.unwrap();
    }
}

async fn sync(person: &Person, body: Value) -> Value {
    let answer = person.post("/sync", body).await.unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.json);
    answer.json
}

async fn a_client_with_nothing_is_given_every_conversation(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    say(&ada, &garden, 2).await;
    let all = sync(&ada, json!({})).await;
    assert_eq!(all["user_rev"], 2);
    let mut given: Vec<(&str, i64, bool)> = all["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            (c["id"].as_str().unwrap(), c["head"]["rev"].as_i64().unwrap(), c["conversation"].is_object())
        })
        .collect();
    given.sort_unstable();
    let mut expected = [(direct.as_str(), 0, true), (garden.as_str(), 2, true)];
    expected.sort_unstable();
    assert_eq!(given, expected);
}

async fn a_client_is_given_what_it_missed_and_no_more(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let quiet = ada.direct("bob").await.unwrap();
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    say(&ada, &garden, 5).await;
    let missed = sync(&ada, json!({"user_rev": 2, "heads": {quiet.clone(): 0, garden.clone(): 3}})).await;
    let [changed] = &missed["conversations"].as_array().unwrap()[..] else { panic!("{missed}") };
    assert_eq!(changed["id"], garden.as_str());
    assert!(changed.get("conversation").is_none() && changed.get("reset").is_none());
    let changes = changed["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    for (change, rev) in changes.iter().zip([4, 5]) {
        assert_eq!(change["event"], "message:new");
        assert_eq!((&change["data"]["rev"], &change["data"]["prev_rev"]), (&json!(rev), &json!(rev - 1)));
    }
    let nothing = sync(&ada, json!({"user_rev": 2, "heads": {quiet: 0, garden: 5}})).await;
    assert_eq!(nothing["conversations"], json!([]));
}

async fn a_client_that_is_far_behind_begins_afresh(backend: Backend) {
    let limits = [("PARLOR_LIMITS_SYNC_CHANGES_PER_CONVERSATION", "3")];
    let server = TestServer::with(backend, &limits).await.unwrap();
    let ada = server.person("ada").unwrap();
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    say(&ada, &garden, 5).await;
    let behind = |rev: i64| json!({"user_rev": 1, "heads": {garden.clone(): rev}});
    let near = sync(&ada, behind(2)).await;
    assert_eq!(near["conversations"][0]["changes"].as_array().unwrap().len(), 3);
    let far = sync(&ada, behind(1)).await;
    assert_eq!(far["conversations"][0]["reset"], true);
    assert!(far["conversations"][0]["conversation"].is_object());
}

async fn a_read_mark_set_elsewhere_is_told(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, 2).await;
    let before = sync(&bob, json!({})).await["user_rev"].as_i64().unwrap();
    bob.post(&format!("/conversations/{direct}/read"), json!({"seq": 2})).await.unwrap();
    let told = sync(&bob, json!({"user_rev": before, "heads": {direct.clone(): 2}})).await;
    assert_eq!(told["user_rev"], before + 1);
    let [changed] = &told["conversations"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!((&changed["read_seq"], &changed["unread"]), (&json!(2), &json!(0)));
}

async fn a_long_answer_is_continued_by_cursor(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SYNC_ROWS", "10")]).await.unwrap();
    let ada = server.person("ada").unwrap();
    for number in 0..25 {
        ada.group(&format!("Group {number}"), &[]).await.unwrap();
    }
    let (mut seen, mut cursor, mut answers) = (Vec::new(), None, 0);
    loop {
        let page = match &cursor {
            None => sync(&ada, json!({})).await,
            Some(cursor) => sync(&ada, json!({"cursor": cursor})).await,
        };
        answers += 1;
        let ids =
            page["conversations"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned());
        seen.extend(ids);
        cursor = page["cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert!(answers >= 3, "{answers}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
}

/// Promise G6, for the commands that there are: who holds a snapshot and applies the events that came since holds what
/// a fresh fetch gives.
async fn snapshot_and_events_equal_a_fresh_fetch(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let mut socket = bob.connect().await.unwrap();
    let mut mirror = Mirror::of(&sync(&bob, json!({})).await);

    say(&ada, &direct, 3).await;
    bob.post(&format!("/conversations/{direct}/read"), json!({"seq": 2})).await.unwrap();
    say(&bob, &direct, 1).await;
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    say(&ada, &garden, 2).await;

    for (name, event) in socket.drained().await.unwrap() {
        mirror.apply(&name, &event);
    }
    assert_eq!(mirror, Mirror::of(&sync(&bob, json!({})).await));
}

/// What a client shows: per conversation head, last message, read mark and unread; and the user's own revision.
#[derive(Debug, PartialEq)]
struct Mirror {
    user_rev: i64,
    conversations: BTreeMap<String, (i64, i64, Value, i64, i64)>,
}

impl Mirror {
    fn of(synced: &Value) -> Self {
        let mut mirror =
            Self { user_rev: synced["user_rev"].as_i64().unwrap(), conversations: BTreeMap::new() };
        for entry in synced["conversations"].as_array().unwrap() {
            mirror.take(&entry["conversation"]);
        }
        mirror
    }

    fn take(&mut self, conversation: &Value) {
        let number = |value: &Value| value.as_i64().unwrap();
        let head = &conversation["head"];
        let shown = (
            number(&head["seq"]),
            number(&head["rev"]),
            conversation["last_message"].clone(),
            number(&conversation["read_seq"]),
            number(&conversation["unread"]),
        );
        self.conversations.insert(conversation["id"].as_str().unwrap().to_owned(), shown);
    }

    fn apply(&mut self, name: &str, event: &Value) {
        if let Some(previous) = event["prev_user_rev"].as_i64() {
            assert_eq!(previous, self.user_rev, "no gap in the user's stream");
            self.user_rev = event["user_rev"].as_i64().unwrap();
        }
        match name {
            "conversation:new" => self.take(event),
            "message:new" => {
                let shown = self.conversations.get_mut(event["conversation_id"].as_str().unwrap()).unwrap();
                assert_eq!(event["prev_rev"], shown.1, "no gap in the conversation's stream");
                (shown.0, shown.1) = (event["seq"].as_i64().unwrap(), event["rev"].as_i64().unwrap());
                shown.2 = event.clone();
                shown.4 += i64::from(event["sender_id"] != "bob");
            }
            "unread:changed" => {
                let shown = self.conversations.get_mut(event["conversation_id"].as_str().unwrap()).unwrap();
                shown.3 = event["read_seq"].as_i64().unwrap();
                shown.4 = event["unread"].as_i64().unwrap();
            }
            other => panic!("an event that no client knows: {other}"),
        }
    }
}

/// The request for what is beyond `cursor`, with at most 1 000 heads.
fn part(held: &Value, heads: &BTreeMap<String, i64>, cursor: Option<&str>) -> Value {
    let beyond: Vec<_> =
        heads.iter().filter(|(id, _)| cursor.is_none_or(|cursor| id.as_str() > cursor)).collect();
    let some: serde_json::Map<_, _> =
        beyond.iter().take(1_000).map(|(id, rev)| ((*id).clone(), json!(rev))).collect();
    let mut request = json!({"epoch": held["epoch"], "user_rev": held["user_rev"]});
    if beyond.len() > some.len() {
        request["upto"] = json!(beyond[some.len() - 1].0);
    }
    if let Some(cursor) = cursor {
        request["cursor"] = json!(cursor);
    }
    request["heads"] = Value::Object(some);
    request
}

async fn more_conversations_than_one_event_holds_are_synced_in_parts(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let mut socket = ada.connect().await.unwrap();
    // In batches, since 64 events of a socket may be under way.
    for _ in 0..2_000 / 25 {
        for _ in 0..25 {
            let group = json!({"kind": "group", "name": "Group", "user_ids": []});
            socket.start("conversation:create", group).await.unwrap();
        }
        for _ in 0..25 {
            socket.next("conversation:new").await.unwrap();
        }
    }
    let (mut heads, mut cursor, mut held) = (BTreeMap::new(), None, Value::Null);
    loop {
        let asked = cursor.as_ref().map_or(json!({}), |cursor| json!({"cursor": cursor}));
        let page = socket.emit("sync", asked).await.unwrap();
        for one in page["conversations"].as_array().unwrap() {
            heads.insert(one["id"].as_str().unwrap().to_owned(), one["head"]["rev"].as_i64().unwrap());
        }
        cursor = page["cursor"].as_str().map(str::to_owned);
        if held.is_null() {
            held = page;
        }
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(heads.len(), 2_000);
    let changed: Vec<String> = heads.keys().step_by(400).cloned().collect();
    for id in &changed {
        say(&ada, id, 1).await;
    }
    let too_large = socket.emit("sync", json!({"heads": heads})).await.unwrap();
    assert_eq!(too_large["error"]["code"], "too_large");
    for over_rest in [false, true] {
        let (mut told, mut cursor, mut asked) = (Vec::new(), None, 0);
        loop {
            let request = part(&held, &heads, cursor.as_deref());
            assert!(request.to_string().len() < 60_000);
            let answer = match over_rest {
                true => sync(&ada, request).await,
                false => socket.emit("sync", request).await.unwrap(),
            };
            asked += 1;
            let ids = answer["conversations"].as_array().unwrap().iter();
            told.extend(ids.map(|one| one["id"].as_str().unwrap().to_owned()));
            cursor = answer["cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((told.as_slice(), asked), (changed.as_slice(), 2));
    }
}

async fn who_follows_another_history_is_told_to_begin_with_nothing(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let held = sync(&ada, json!({})).await;
    let position = |epoch: &str, user_rev: i64, rev: i64| json!({"epoch": epoch, "user_rev": user_rev, "heads": {direct.clone(): rev}});
    let epoch = held["epoch"].as_str().unwrap();
    let follows = sync(&ada, position(epoch, 1, 0)).await;
    assert_eq!(follows, json!({"epoch": epoch, "user_rev": 1, "conversations": []}));
    let others = ["00000000-0000-4000-8000-000000000000", "no epoch at all"];
    for request in
        [position(others[0], 1, 0), position(others[1], 1, 0), position(epoch, 2, 0), position(epoch, 1, 7)]
    {
        let answer = sync(&ada, request.clone()).await;
        let expected = json!({"epoch": epoch, "user_rev": 1, "reset": true, "conversations": []});
        assert_eq!(answer, expected, "{request}");
    }
}

async fn what_is_below_the_floor_is_a_reset(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_CHANGES_KEPT_ROWS", "4")]).await.unwrap();
    let ada = server.person("ada").unwrap();
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    say(&ada, &garden, 6).await;
    let news = async |server: &TestServer, rev: i64| {
        let ada = server.person("ada").unwrap();
        let told = sync(&ada, json!({"user_rev": 1, "heads": {garden.clone(): rev}})).await;
        let [changed] = &told["conversations"].as_array().unwrap()[..] else { panic!("{told}") };
        (changed["reset"] == true, changed["changes"].as_array().map(Vec::len))
    };
    assert_eq!(news(&server, 1).await, (false, Some(5)));
    // A server looks at its schedules when it starts, and ends what it is at when it stops.
    server.environment.advance_ms(3_600_000);
    let server = server.restart().await.unwrap().restart().await.unwrap();
    assert!(news(&server, 1).await.0);
    assert_eq!(news(&server, 2).await, (false, Some(4)), "the floor itself is enough");
    let path = format!("/conversations/{garden}/messages");
    let all = server.person("ada").unwrap().get(&path).await.unwrap().json;
    assert_eq!(all["items"].as_array().unwrap().len(), 6, "messages stay");
}

async fn a_user_s_stream_below_its_floor_is_a_reset_of_everything(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_USER_CHANGES_KEPT_ROWS", "4")]).await.unwrap();
    let ada = server.person("ada").unwrap();
    for _ in 0..6 {
        ada.group("Garden", &[]).await.unwrap();
    }
    let news = async |server: &TestServer, user_rev: i64| {
        let ada = server.person("ada").unwrap();
        let told = sync(&ada, json!({"user_rev": user_rev})).await;
        (told["reset"] == true, told["conversations"].as_array().unwrap().len())
    };
    assert_eq!(news(&server, 1).await, (false, 6));
    server.environment.advance_ms(3_600_000);
    let server = server.restart().await.unwrap().restart().await.unwrap();
    assert_eq!(news(&server, 1).await, (true, 0));
    assert_eq!(news(&server, 2).await, (false, 6), "the floor itself is enough");
    let ada = server.person("ada").unwrap();
    assert_eq!(sync(&ada, json!({})).await["user_rev"], 6, "who begins with nothing is given all");
}

async fn what_is_older_than_is_kept_is_a_reset(backend: Backend) {
    const DAY_MS: i64 = 86_400_000;
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_CHANGES_KEPT_DAYS", "1")]).await.unwrap();
    let ada = server.person("ada").unwrap();
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    say(&ada, &garden, 3).await;
    // How far the streams are is noted on the first of these days.
    server.environment.advance_ms(DAY_MS);
    let server = server.restart().await.unwrap().restart().await.unwrap();
    say(&server.person("ada").unwrap(), &garden, 1).await;
    server.environment.advance_ms(DAY_MS);
    let server = server.restart().await.unwrap().restart().await.unwrap();
    let ada = server.person("ada").unwrap();
    let all = sync(&ada, json!({})).await;
    let news = async |rev: i64| {
        let told = sync(&ada, json!({"user_rev": all["user_rev"], "heads": {garden.clone(): rev}})).await;
        let [changed] = &told["conversations"].as_array().unwrap()[..] else { panic!("{told}") };
        (changed["reset"] == true, changed["changes"].as_array().map(Vec::len))
    };
    assert!(news(2).await.0);
    assert_eq!(news(3).await, (false, Some(1)), "the last is of today");
    assert_eq!(sync(&ada, json!({"user_rev": 0})).await["reset"], true);
}
