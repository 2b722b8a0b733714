//! Promise G6, for every command there is: who holds a snapshot and applies the events that came since, and who syncs
//! from any earlier point, hold what a fresh fetch gives.
//!
//! Profiles are in no stream yet, so of people only their ids and roles are compared.

use std::pin::Pin;

use http::Method;
use serde_json::{Value, json};
use service::chat::Command;
use testkit::{Backend, Person, Socket, TestServer, server::API_KEY};

mod mirror;

use crate::{on_both, uuid};
use mirror::Mirror;

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
    ("UpdateConversation", |world| Box::pin(update_conversation(world))),
    ("AddParticipants", |world| Box::pin(add_participants(world))),
    ("RemoveParticipant", |world| Box::pin(remove_participant(world))),
    ("ChangeRole", |world| Box::pin(change_role(world))),
    ("SendMessage", |world| Box::pin(send_message(world))),
    ("EditMessage", |world| Box::pin(edit_message(world))),
    ("UnsendMessage", |world| Box::pin(unsend_message(world))),
    ("HideMessage", |world| Box::pin(hide_message(world))),
    ("ReactMessage", |world| Box::pin(react_message(world))),
    ("MarkRead", |world| Box::pin(mark_read(world))),
    ("MarkDelivered", |world| Box::pin(mark_delivered(world))),
    ("SetState", |world| Box::pin(set_state(world))),
    ("DeleteConversation", |world| Box::pin(delete_conversation(world))),
    ("AnswerRequest", |world| Box::pin(answer_request(world))),
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

/// Each part of it, again, and taken away; the group stays one in which all write.
async fn update_conversation(world: &World) {
    let path = format!("/conversations/{}", world.garden);
    let update = async |change: Value| {
        assert_eq!(world.ada.patch(&path, change).await.unwrap().status, 200);
    };
    let named =
        json!({"name": format!("Garden {}", world.round), "description": "What grows", "slow_mode_s": 5});
    for _ in 0..2 {
        update(named.clone()).await;
    }
    update(json!({"avatar_url": "https://example.org/a.png", "read_only": true, "who_may_add": "owner"}))
        .await;
    say(&world.ada, &world.garden, "news").await;
    let kept = if world.round.is_multiple_of(2) { json!("") } else { json!("https://example.org/b.png") };
    let back = json!({"avatar_url": kept, "read_only": false, "who_may_add": "admins", "slow_mode_s": 0});
    update(back).await;
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
    mention(world).await;
}

/// Sends a message, and tells its path.
async fn say(who: &Person, conversation: &str, body: &str) -> String {
    let path = format!("/conversations/{conversation}/messages");
    let sent = who.post(&path, json!({"body": body})).await.unwrap();
    assert_eq!(sent.status, 201);
    format!("{path}/{}", sent.json["id"].as_str().unwrap())
}

/// Mentions of some and of all; one is unsent, one is hidden.
async fn mention(world: &World) {
    let path = format!("/conversations/{}/messages", world.garden);
    let mut sent = Vec::new();
    for (who, mentions) in [
        (&world.ada, json!({"user_ids": ["bob", "cleo"]})),
        (&world.bob, json!({"all": true})),
        (&world.ada, json!({"user_ids": ["bob"], "all": true})),
        (&world.bob, json!({"user_ids": ["ada", "bob"]})),
    ] {
        let message = who.post(&path, json!({"body": "you there", "mentions": mentions})).await.unwrap();
        assert_eq!(message.status, 201, "{}", message.json);
        sent.push(format!("{path}/{}", message.json["id"].as_str().unwrap()));
    }
    assert_eq!(world.ada.patch(&sent[2], json!({"body": "you there?"})).await.unwrap().status, 200);
    assert_eq!(world.ada.delete(&format!("{}?for=everyone", sent[0])).await.unwrap().status, 200);
    assert_eq!(world.ada.delete(&format!("{}?for=me", sent[1])).await.unwrap().status, 200);
    if world.round.is_multiple_of(2) {
        assert_eq!(world.bob.delete(&format!("{}?for=everyone", sent[3])).await.unwrap().status, 200);
    }
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

/// Of others and one's own, read and unread, the last one and one that is not; and what is unsent or edited afterwards.
async fn hide_message(world: &World) {
    let first = say(&world.ada, &world.garden, "one").await;
    let second = say(&world.bob, &world.garden, "two").await;
    let third = say(&world.ada, &world.garden, "three").await;
    for (who, path) in
        [(&world.bob, &first), (&world.bob, &second), (&world.ada, &second), (&world.bob, &first)]
    {
        assert_eq!(who.delete(&format!("{path}?for=me")).await.unwrap().status, 200);
    }
    assert_eq!(world.ada.patch(&first, json!({"body": "the first"})).await.unwrap().status, 200);
    assert_eq!(world.bob.patch(&second, json!({"body": "the second"})).await.unwrap().status, 404);
    assert_eq!(world.bob.delete(&format!("{third}?for=me")).await.unwrap().status, 200);
    if world.round.is_multiple_of(2) {
        assert_eq!(world.ada.delete(&format!("{third}?for=everyone")).await.unwrap().status, 200);
    }
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

async fn mark_delivered(world: &World) {
    say(&world.ada, &world.direct, "has it come?").await;
    for (who, seq) in [(&world.bob, i64::MAX), (&world.bob, 1), (&world.ada, 1)] {
        let path = format!("/conversations/{}/delivered", world.direct);
        assert_eq!(who.post(&path, json!({"seq": seq})).await.unwrap().status, 200);
    }
}

/// Every part of it, twice, and back; marks that reading takes away.
async fn set_state(world: &World) {
    let set = async |who: &Person, conversation: &str, change: Value| {
        let body = change.to_string();
        let path = format!("/conversations/{conversation}/state");
        assert_eq!(who.call(Method::PATCH, &path, Some(body)).await.unwrap().status, 200);
    };
    let (on, off) = (world.round.is_multiple_of(2), world.round % 2 == 1);
    for _ in 0..2 {
        let change = json!({"archived": on, "pinned": off, "muted": on, "marked_unread": true});
        set(&world.ada, &world.garden, change).await;
    }
    set(&world.bob, &world.direct, json!({"marked_unread": true})).await;
    set(&world.bob, &world.garden, json!({"muted_until": "2090-01-01T00:00:00.000Z", "pinned": true})).await;
    set(&world.bob, &world.garden, json!({"muted": false})).await;
    mark_read(world).await;
}

/// What is read and what is not; with something said afterwards, and without; again.
async fn delete_conversation(world: &World) {
    let delete = async |who: &Person, conversation: &str| {
        let deleted = who.delete(&format!("/conversations/{conversation}")).await.unwrap();
        assert_eq!(deleted.status, 204, "{}", deleted.json);
    };
    let gone = say(&world.ada, &world.garden, "gone for Bob").await;
    delete(&world.bob, &world.garden).await;
    delete(&world.bob, &world.garden).await;
    delete(&world.ada, &world.direct).await;
    if world.round.is_multiple_of(2) {
        say(&world.ada, &world.garden, "and here again").await;
    }
    // He is not told twice of what is gone for him, and it counts for nobody.
    assert_eq!(world.ada.delete(&format!("{gone}?for=everyone")).await.unwrap().status, 200);
    let empty = world.ada.group("Empty", &["bob"]).await.unwrap();
    delete(&world.bob, &empty).await;
}

/// Bob takes first messages of some only: one asks and is accepted, one is declined, one waits, one is blocked.
async fn answer_request(world: &World) {
    let access = async |who: &Person, access: &str| {
        let body = json!({"messaging_access": access}).to_string();
        assert_eq!(who.call(Method::PATCH, "/me/settings", Some(body)).await.unwrap().status, 200);
    };
    access(&world.bob, "mutual").await;
    for (name, how) in
        [("accepted", Some("accept")), ("declined", Some("decline")), ("blocked", None), ("waits", None)]
    {
        let stranger = world.server.person(&format!("{name}-{}", world.round)).unwrap();
        let direct = stranger.direct("bob").await.unwrap();
        say(&stranger, &direct, "hello").await;
        say(&stranger, &direct, "it is me").await;
        if let Some(how) = how {
            let answered = world.bob.post(&format!("/requests/{direct}/{how}"), json!({})).await.unwrap();
            assert!([200, 204].contains(&answered.status), "{}", answered.json);
        }
    }
    let block = format!("/users/blocked-{}/block", world.round);
    assert_eq!(world.bob.put(&block, json!({})).await.unwrap().status, 200);
    // And what who asks holds, as Ada asks: Dan, who is looked at too, accepts her every second time.
    let dan = world.server.person("dan").unwrap();
    access(&dan, "mutual").await;
    let direct = world.ada.direct("dan").await.unwrap();
    let sent = json!({"id": uuid(world.round * 10 + 7), "body": "may I?"});
    let sent = world.ada.post(&format!("/conversations/{direct}/messages"), sent).await.unwrap();
    assert!([201, 403].contains(&sent.status), "{}", sent.json);
    if world.round.is_multiple_of(2) {
        let accepted = dan.post(&format!("/requests/{direct}/accept"), json!({})).await.unwrap();
        assert!([200, 404].contains(&accepted.status), "{}", accepted.json);
    }
    access(&world.bob, "everyone").await;
    access(&dan, "everyone").await;
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
    let changes =
        ["nobody", "mutual", "mutual", "everyone"].map(|access| json!({"messaging_access": access}));
    let receipts = [false, false, true].map(|receipts| json!({"receipts": receipts}));
    for change in changes.into_iter().chain(receipts) {
        let body = change.to_string();
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
        assert_eq!(self.mirror.listed(), fresh, "by events, after {command}");
        for earlier in &self.earlier {
            let mut mirror = earlier.clone();
            mirror.sync(&self.person).await;
            assert_eq!(mirror.listed(), fresh, "by sync from {:?}, after {command}", earlier.user_rev);
        }
        self.earlier.push(self.mirror.clone());
    }
}
