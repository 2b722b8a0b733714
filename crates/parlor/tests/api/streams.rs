//! Promise G6, for every command there is: who holds a snapshot and applies the events that came since, and who syncs
//! from any earlier point, hold what a fresh fetch gives.
//!
//! Profiles are in no stream yet, so of people only their ids and roles are compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
};

use http::Method;
use serde_json::{Value, json};
use service::chat::Command;
use testkit::{Backend, Person, Socket, TestServer, server::API_KEY};

use crate::{on_both, uuid};

on_both!(every_command_is_followed_by_events_and_by_sync);

/// Where commands are tried: people who know each other, and what they share.
struct World {
    server: TestServer,
    ada: Person,
    bob: Person,
    direct: String,
    garden: String,
    /// How often a row was run: what must be new each time is made of it.
    round: u128,
}

type Row = for<'w> fn(&'w World) -> Pin<Box<dyn Future<Output = ()> + 'w>>;

/// A row for every command; it carries the command out, for the first time and again.
const ROWS: &[(&str, Row)] = &[
    ("AnnounceUser", |world| Box::pin(announce_user(world))),
    ("CreateDirect", |world| Box::pin(create_direct(world))),
    ("CreateGroup", |world| Box::pin(create_group(world))),
    ("AddParticipants", |world| Box::pin(add_participants(world))),
    ("RemoveParticipant", |world| Box::pin(remove_participant(world))),
    ("ChangeRole", |world| Box::pin(change_role(world))),
    ("SendMessage", |world| Box::pin(send_message(world))),
    ("EditMessage", |world| Box::pin(edit_message(world))),
    ("UnsendMessage", |world| Box::pin(unsend_message(world))),
    ("ReactMessage", |world| Box::pin(react_message(world))),
    ("MarkRead", |world| Box::pin(mark_read(world))),
    ("SetBlock", |world| Box::pin(set_block(world))),
    ("SetFollow", |world| Box::pin(set_follow(world))),
    ("ChangeSettings", |world| Box::pin(change_settings(world))),
];

async fn announce_user(world: &World) {
    let back_end = world.server.caller(API_KEY);
    for id in ["bob".to_owned(), format!("new-{}", world.round)] {
        let profile = json!({"name": format!("Name {}", world.round)});
        assert!(back_end.put(&format!("/server/users/{id}"), profile).await.unwrap().status < 300);
    }
}

async fn create_direct(world: &World) {
    let other = format!("friend-{}", world.round);
    let made = world.ada.direct(&other).await.unwrap();
    assert_eq!(world.ada.direct(&other).await.unwrap(), made);
}

async fn create_group(world: &World) {
    world.bob.group("Shed", &["ada", "cleo"]).await.unwrap();
    world.ada.group("Alone", &[]).await.unwrap();
}

async fn add_participants(world: &World) {
    let path = format!("/conversations/{}/participants", world.garden);
    let new = format!("new-member-{}", world.round);
    for _ in 0..2 {
        let added = world.ada.post(&path, json!({"user_ids": ["dan", new, "bob"]})).await.unwrap();
        assert_eq!(added.status, 200, "{}", added.json);
    }
}

/// Bob is removed and added again, so that he comes back to what he held; Dan leaves, if he is there.
async fn remove_participant(world: &World) {
    let people = format!("/conversations/{}/participants", world.garden);
    let dan = world.server.person("dan").unwrap();
    let left = dan.delete(&format!("{people}/dan")).await.unwrap();
    assert!([204, 404].contains(&left.status), "{}", left.json);
    assert_eq!(world.ada.delete(&format!("{people}/bob")).await.unwrap().status, 204);
    assert_eq!(world.ada.delete(&format!("{people}/bob")).await.unwrap().status, 404);
    world
        .ada
        .post(&format!("/conversations/{}/messages", world.garden), json!({"body": "alone"}))
        .await
        .unwrap();
    assert_eq!(world.ada.post(&people, json!({"user_ids": ["bob"]})).await.unwrap().status, 200);
    // And from a group that he does not come back to.
    let shed = world.ada.group("Shed", &["bob"]).await.unwrap();
    for (who, name) in [(&world.ada, "ada"), (&world.bob, "bob")] {
        let left = who.delete(&format!("/conversations/{shed}/participants/{name}")).await.unwrap();
        assert_eq!(left.status, 204);
    }
}

async fn change_role(world: &World) {
    let bob = format!("/conversations/{}/participants/bob", world.garden);
    let ada = format!("/conversations/{}/participants/ada", world.garden);
    for role in ["moderator", "moderator", "member", "owner"] {
        assert_eq!(world.ada.patch(&bob, json!({"role": role})).await.unwrap().status, 200);
    }
    assert_eq!(world.bob.patch(&ada, json!({"role": "owner"})).await.unwrap().status, 200);
    assert_eq!(world.ada.patch(&bob, json!({"role": "member"})).await.unwrap().status, 200);
}

async fn send_message(world: &World) {
    for (number, (who, conversation)) in
        [(&world.ada, &world.garden), (&world.bob, &world.direct), (&world.bob, &world.garden)]
            .into_iter()
            .enumerate()
    {
        let message = json!({"id": uuid(world.round * 10 + number as u128), "body": format!("{number}")});
        for _ in 0..2 {
            let path = format!("/conversations/{conversation}/messages");
            assert_eq!(who.post(&path, message.clone()).await.unwrap().status, 201);
        }
    }
    reply(world).await;
}

/// Sends a message, and tells its path.
async fn say(who: &Person, conversation: &str, body: &str) -> String {
    let path = format!("/conversations/{conversation}/messages");
    let sent = who.post(&path, json!({"body": body})).await.unwrap();
    assert_eq!(sent.status, 201);
    format!("{path}/{}", sent.json["id"].as_str().unwrap())
}

/// A reply, to what is changed and taken back afterwards.
async fn reply(world: &World) {
    let path = say(&world.ada, &world.garden, "asked").await;
    let (messages, id) = path.rsplit_once('/').unwrap();
    for body in ["answered", "and again"] {
        let reply = json!({"body": body, "reply_to": id});
        assert_eq!(world.bob.post(messages, reply).await.unwrap().status, 201);
    }
    assert_eq!(world.ada.patch(&path, json!({"body": "asked better"})).await.unwrap().status, 200);
    if world.round.is_multiple_of(2) {
        assert_eq!(world.ada.delete(&format!("{path}?for=everyone")).await.unwrap().status, 200);
    }
}

/// The last message of a conversation, and one that is not.
async fn edit_message(world: &World) {
    let first = say(&world.ada, &world.garden, "frist").await;
    say(&world.bob, &world.garden, "between").await;
    let last = say(&world.ada, &world.garden, "lats").await;
    for (path, body) in [(&first, "first"), (&last, "last"), (&first, "the first"), (&first, "the first")] {
        assert_eq!(world.ada.patch(path, json!({"body": body})).await.unwrap().status, 200);
    }
}

/// Several people with several emoji, again and no longer; an edit in between.
async fn react_message(world: &World) {
    let path = say(&world.ada, &world.garden, "what do you think?").await;
    let react = async |who: &Person, emoji: &str, on: bool| {
        let reaction = json!({"emoji": emoji, "on": on});
        assert_eq!(who.post(&format!("{path}/reactions"), reaction).await.unwrap().status, 200);
    };
    react(&world.bob, "👍", true).await;
    react(&world.ada, "👍", true).await;
    react(&world.ada, "🎉", true).await;
    react(&world.ada, "🎉", true).await;
    assert_eq!(world.ada.patch(&path, json!({"body": "and now?"})).await.unwrap().status, 200);
    react(&world.bob, "👍", false).await;
    if world.round.is_multiple_of(2) {
        assert_eq!(world.ada.delete(&format!("{path}?for=everyone")).await.unwrap().status, 200);
    }
}

/// What is read and what is not; the last message of a conversation, and one that is not.
async fn unsend_message(world: &World) {
    let first = say(&world.ada, &world.garden, "one").await;
    let second = say(&world.bob, &world.garden, "two").await;
    let last = say(&world.ada, &world.garden, "three").await;
    for (who, path) in [(&world.ada, &first), (&world.bob, &second), (&world.ada, &last), (&world.ada, &last)]
    {
        assert_eq!(who.delete(&format!("{path}?for=everyone")).await.unwrap().status, 200);
    }
    // A count that was made before, and one that is made after.
    let unread = say(&world.bob, &world.garden, "four").await;
    mark_read(world).await;
    assert_eq!(world.bob.delete(&format!("{unread}?for=everyone")).await.unwrap().status, 200);
}

async fn mark_read(world: &World) {
    for (who, conversation, seq) in [
        (&world.ada, &world.direct, 1),
        (&world.bob, &world.garden, i64::MAX),
        (&world.ada, &world.direct, 0),
    ] {
        let path = format!("/conversations/{conversation}/read");
        assert_eq!(who.post(&path, json!({"seq": seq})).await.unwrap().status, 200);
    }
}

async fn set_block(world: &World) {
    // The second of each changes nothing, and the two of the world stay on speaking terms.
    for (who, whom) in [(&world.ada, "cleo"), (&world.bob, "ada"), (&world.ada, "cleo")] {
        assert_eq!(who.put(&format!("/users/{whom}/block"), json!({})).await.unwrap().status, 200);
    }
    let lifted = world.bob.call(Method::DELETE, "/users/ada/block", None).await.unwrap();
    assert_eq!(lifted.json["blocked"], false);
    if world.round.is_multiple_of(2) {
        let lifted = world.ada.call(Method::DELETE, "/users/cleo/block", None).await.unwrap();
        assert_eq!(lifted.status, 200);
    }
}

async fn set_follow(world: &World) {
    for (who, whom) in [(&world.ada, "bob"), (&world.bob, "ada"), (&world.ada, "bob")] {
        assert_eq!(who.put(&format!("/users/{whom}/follow"), json!({})).await.unwrap().status, 200);
    }
    assert_eq!(world.bob.call(Method::DELETE, "/users/ada/follow", None).await.unwrap().status, 200);
}

async fn change_settings(world: &World) {
    // The other rows need people who can be written to.
    for access in ["nobody", "mutual", "mutual", "everyone"] {
        let body = json!({"messaging_access": access}).to_string();
        assert_eq!(world.bob.call(Method::PATCH, "/me/settings", Some(body)).await.unwrap().status, 200);
    }
}

async fn every_command_is_followed_by_events_and_by_sync(backend: Backend) {
    let mut names: Vec<&str> = ROWS.iter().map(|(name, _)| *name).collect();
    let mut commands = Command::NAMES.to_vec();
    names.sort_unstable();
    commands.sort_unstable();
    assert_eq!(names, commands, "each command has its row");

    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let garden = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
    let mut world = World { server, ada, bob, direct, garden, round: 1 };
    // Who is added and leaves is looked at, too.
    let dan = world.server.person("dan").unwrap();
    let mut clients = [Client::of(&world.ada).await, Client::of(&world.bob).await, Client::of(&dan).await];
    // In the order of the list and against it: what is the first there is the last here.
    for (name, row) in ROWS.iter().chain(ROWS.iter().rev()) {
        row(&world).await;
        world.round += 1;
        for client in &mut clients {
            client.check(name).await;
        }
    }
}

/// Somebody who mirrors by events, and remembers every point that he was at.
struct Client {
    person: Person,
    socket: Socket,
    mirror: Mirror,
    earlier: Vec<Mirror>,
}

impl Client {
    async fn of(person: &Person) -> Self {
        let socket = person.connect().await.unwrap();
        let mirror = Mirror::fresh(person).await;
        Self { person: person.clone(), socket, earlier: vec![Mirror::default(), mirror.clone()], mirror }
    }

    async fn check(&mut self, command: &str) {
        for (name, event) in self.socket.drained().await.unwrap() {
            self.mirror.apply(&self.person, &name, &event).await;
        }
        let fresh = Mirror::fresh(&self.person).await;
        assert_eq!(self.mirror, fresh, "by events, after {command}");
        for earlier in &self.earlier {
            let mut mirror = earlier.clone();
            mirror.sync(&self.person).await;
            assert_eq!(mirror, fresh, "by sync from {:?}, after {command}", earlier.user_rev);
        }
        self.earlier.push(fresh);
    }
}

/// What a client holds.
#[derive(Debug, Clone, Default, PartialEq)]
struct Mirror {
    user_rev: Option<i64>,
    conversations: BTreeMap<String, Held>,
    blocked: BTreeSet<String>,
    settings: Value,
}

/// A conversation without its profiles, and its messages.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    conversation: Value,
    messages: BTreeMap<i64, Value>,
}

fn id(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

impl Held {
    async fn fetched(person: &Person, id: &str, described: &Value) -> Self {
        let mut conversation = described.clone();
        for stream in ["prev_user_rev", "user_rev"] {
            conversation.as_object_mut().unwrap().remove(stream);
        }
        for participant in conversation["participants"].as_array_mut().unwrap() {
            participant["user"] = participant["user"]["id"].clone();
        }
        let page = person.get(&format!("/conversations/{id}/messages?limit=200")).await.unwrap().json;
        // He may not be in it any more.
        let messages = page["items"].as_array().into_iter().flatten();
        Self { conversation, messages: messages.map(|m| (number(&m["seq"]), m.clone())).collect() }
    }

    /// Takes note of a change's number; false for a repetition.
    fn follows(&mut self, change: &Value) -> bool {
        let head = &mut self.conversation["head"];
        if number(&change["rev"]) <= number(&head["rev"]) {
            return false;
        }
        assert_eq!(change["prev_rev"], head["rev"], "no gap in the conversation's stream");
        head["rev"] = change["rev"].clone();
        true
    }

    /// Somebody joined, left, or has another role.
    fn participant(&mut self, name: &str, event: &Value) {
        if !self.follows(event) {
            return;
        }
        let participants = self.conversation["participants"].as_array_mut().unwrap();
        match name {
            "participant:joined" => {
                let mut joined = event["participant"].clone();
                joined["user"] = joined["user"]["id"].clone();
                participants.retain(|one| one["user"] != joined["user"]);
                participants.push(joined);
            }
            "participant:left" => participants.retain(|one| one["user"] != event["user_id"]),
            _ => {
                let updated = participants.iter_mut().find(|one| one["user"] == event["user_id"]);
                updated.unwrap()["role"] = event["role"].clone();
            }
        }
    }

    fn message(&mut self, me: &str, message: &Value) {
        if !self.follows(message) {
            return;
        }
        self.messages.insert(number(&message["seq"]), message.clone());
        self.conversation["head"] = json!({"seq": message["seq"], "rev": message["rev"]});
        self.conversation["last_message"] = message.clone();
        self.conversation["last_activity_at"] = message["created_at"].clone();
        let counts =
            message["sender_id"] != me && message["kind"] != "system" && message.get("deleted_at").is_none();
        let unread = number(&self.conversation["unread"]) + i64::from(counts);
        self.conversation["unread"] = json!(unread);
    }
}

impl Held {
    /// A change of the conversation's stream.
    fn change(&mut self, me: &str, name: &str, change: &Value) {
        match name {
            "message:new" => self.message(me, change),
            "message:updated" => self.updated(change),
            "participant:joined" | "participant:left" | "participant:updated" => {
                self.participant(name, change);
            }
            "reaction:changed" => self.reacted(me, change),
            "message:deleted" => {
                if number(&change["rev"]) > number(&self.conversation["head"]["rev"]) {
                    self.uncount(me, change);
                }
                self.updated(change);
            }
            other => panic!("a change that no client knows: {other}"),
        }
    }

    /// Who is among those who reacted, each client knows by himself.
    fn reacted(&mut self, me: &str, change: &Value) {
        if number(&change["rev"]) <= number(&self.conversation["head"]["rev"]) {
            return;
        }
        let held = &self.messages[&number(&change["seq"])];
        let is_mine = |emoji: &Value| {
            if change["user_id"] == me {
                return change["emojis"].as_array().unwrap().contains(emoji);
            }
            let before = held["reactions"].as_array().into_iter().flatten();
            before.into_iter().any(|one| one["emoji"] == *emoji && one["mine"] == true)
        };
        let mut reactions = change["reactions"].clone();
        for one in reactions.as_array_mut().unwrap() {
            if is_mine(&one["emoji"]) {
                one["mine"] = json!(true);
            }
        }
        let mut message = held.clone();
        message["reactions"] = reactions;
        if message["reactions"] == json!([]) {
            message.as_object_mut().unwrap().remove("reactions");
        }
        (message["prev_rev"], message["rev"]) = (change["prev_rev"].clone(), change["rev"].clone());
        self.updated(&message);
    }

    /// Events do not say which reactions are one's own: they stay as they are held.
    fn keeping_mine(&self, event: &Value) -> Value {
        let mut message = event.clone();
        let held =
            self.messages.get(&number(&event["seq"])).map_or(Value::Null, |held| held["reactions"].clone());
        if let Some(reactions) = message.get_mut("reactions").and_then(Value::as_array_mut) {
            for one in reactions {
                let mut before = held.as_array().into_iter().flatten();
                if before.any(|own| own["emoji"] == one["emoji"] && own["mine"] == true) {
                    one["mine"] = json!(true);
                }
            }
        }
        message
    }

    /// What was unsent is not unread any more.
    fn uncount(&mut self, me: &str, message: &Value) {
        let counted =
            number(&message["seq"]) > number(&self.conversation["read_seq"]) && message["sender_id"] != me;
        self.conversation["unread"] = json!(number(&self.conversation["unread"]) - i64::from(counted));
    }

    /// A message that is held is another now; of one that is not held there is nothing to see.
    fn updated(&mut self, message: &Value) {
        let head = &mut self.conversation["head"];
        if number(&message["rev"]) <= number(&head["rev"]) {
            return;
        }
        assert_eq!(message["prev_rev"], head["rev"], "no gap in the conversation's stream");
        head["rev"] = message["rev"].clone();
        if let Some(held) = self.messages.get_mut(&number(&message["seq"])) {
            *held = message.clone();
        }
        // What answers it quotes it as it is now.
        for held in self.messages.values_mut().chain([&mut self.conversation["last_message"]]) {
            if held["reply_to"]["id"] == message["id"] {
                let quote = held["reply_to"].as_object_mut().unwrap();
                quote.remove("body");
                quote.extend(message.get("body").map(|body| ("body".to_owned(), body.clone())));
            }
        }
        if self.conversation["last_message"]["id"] == message["id"] {
            self.conversation["last_message"] = message.clone();
        }
    }
}

impl Mirror {
    /// As somebody holds it who has just come.
    async fn fresh(person: &Person) -> Self {
        let me = person.get("/me").await.unwrap().json;
        let blocked = person.get("/me/blocks?limit=200").await.unwrap().json;
        let blocked = blocked["items"].as_array().unwrap().iter().map(|user| id(&user["id"])).collect();
        let user_rev = me["user_rev"].as_i64();
        let settings = person.get("/me/settings").await.unwrap().json;
        let mut mirror = Self { user_rev, conversations: BTreeMap::new(), blocked, settings };
        let page = person.get("/conversations?limit=200").await.unwrap().json;
        assert!(page.get("next_cursor").is_none());
        for described in page["items"].as_array().unwrap() {
            let id = described["id"].as_str().unwrap();
            mirror.conversations.insert(id.to_owned(), Held::fetched(person, id, described).await);
        }
        mirror
    }

    async fn apply(&mut self, person: &Person, name: &str, event: &Value) {
        if let Some(previous) = event["prev_user_rev"].as_i64() {
            assert_eq!(Some(previous), self.user_rev, "no gap in the user's stream");
            self.user_rev = event["user_rev"].as_i64();
        }
        match name {
            "conversation:new" => {
                let id = event["id"].as_str().unwrap();
                self.conversations.insert(id.to_owned(), Held::fetched(person, id, event).await);
            }
            "message:new"
            | "message:updated"
            | "message:deleted"
            | "reaction:changed"
            | "participant:joined"
            | "participant:left"
            | "participant:updated" => {
                let held = self.held(event);
                let event = if name == "message:updated" { held.keeping_mine(event) } else { event.clone() };
                held.change(&person.id, name, &event);
            }
            "conversation:removed" => {
                self.conversations.remove(event["conversation_id"].as_str().unwrap());
            }
            "unread:changed" => {
                let held = self.held(event);
                assert_eq!(event["head_seq"], held.conversation["head"]["seq"]);
                held.conversation["read_seq"] = event["read_seq"].clone();
                held.conversation["unread"] = event["unread"].clone();
            }
            "block:changed" if event["blocked"] == true => {
                assert!(self.blocked.insert(id(&event["user_id"])));
            }
            "block:changed" => assert!(self.blocked.remove(&id(&event["user_id"]))),
            "settings:changed" => self.settings = json!({"messaging_access": event["messaging_access"]}),
            "heads:digest" => {}
            other => panic!("an event that no client knows: {other}"),
        }
    }

    fn held(&mut self, event: &Value) -> &mut Held {
        let held = self.conversations.get_mut(event["conversation_id"].as_str().unwrap());
        held.unwrap_or_else(|| panic!("told of what is not held: {event}"))
    }

    async fn sync(&mut self, person: &Person) {
        let heads: BTreeMap<&String, &Value> =
            self.conversations.iter().map(|(id, held)| (id, &held.conversation["head"]["rev"])).collect();
        let position = match self.user_rev {
            Some(user_rev) => json!({"user_rev": user_rev, "heads": heads}),
            None => json!({}),
        };
        let answer = person.post("/sync", position).await.unwrap().json;
        assert!(answer.get("reset").is_none() && answer.get("cursor").is_none(), "{answer}");
        self.user_rev = answer["user_rev"].as_i64();
        if let Some(blocked) = answer["blocked"].as_array() {
            self.blocked = blocked.iter().map(id).collect();
        }
        if let Some(settings) = answer.get("settings") {
            self.settings = settings.clone();
        }
        for removed in answer["removed"].as_array().into_iter().flatten() {
            self.conversations.remove(removed.as_str().unwrap());
        }
        for told in answer["conversations"].as_array().unwrap() {
            let id = told["id"].as_str().unwrap();
            if let Some(described) = told.get("conversation") {
                self.conversations.insert(id.to_owned(), Held::fetched(person, id, described).await);
            }
            let held = self.conversations.get_mut(id).unwrap();
            for change in told["changes"].as_array().into_iter().flatten() {
                held.change(&person.id, change["event"].as_str().unwrap(), &change["data"]);
            }
            assert_eq!(held.conversation["head"], told["head"]);
            held.conversation["read_seq"] = told["read_seq"].clone();
            held.conversation["unread"] = told["unread"].clone();
        }
    }
}
