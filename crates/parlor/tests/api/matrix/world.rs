//! A group and a direct conversation with everybody in them who can stand to a conversation in some way.

use serde_json::json;
use server::auth::{Claims, sign};
use testkit::{
    Person, Socket, TestServer,
    server::{API_KEY, SECRET},
};

/// How somebody stands to what he asks for. The order is that of the columns of `rows.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    /// Without any credential.
    Anonymous,
    /// With a token that has ended.
    Expired,
    /// With the key of the server API.
    Service,
    /// A user who was never in the group.
    Stranger,
    /// A user who was removed from the group.
    Former,
    Member,
    Moderator,
    Admin,
    Owner,
    /// In the direct conversation, and blocks the other.
    Blocker,
    /// In the direct conversation, and is blocked.
    Blocked,
}

use Actor::{
    Admin, Anonymous, Blocked, Blocker, Expired, Former, Member, Moderator, Owner, Service, Stranger,
};

impl Actor {
    pub(super) const ALL: [Self; 11] =
        [Anonymous, Expired, Service, Stranger, Former, Member, Moderator, Admin, Owner, Blocker, Blocked];

    /// Those who have a login.
    pub(super) const USERS: [Self; 8] = [Stranger, Former, Member, Moderator, Admin, Owner, Blocker, Blocked];

    pub(super) fn is_user(self) -> bool {
        Self::USERS.contains(&self)
    }

    /// The end of his id.
    pub(super) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// A message of each, in what he is or was in.
struct Message {
    of: Actor,
    id: String,
}

/// See the module. Many of them fit into one server.
pub(super) struct World<'a> {
    server: &'a TestServer,
    number: u32,
    /// All but the stranger and those of the direct conversation are or were in it, and a witness.
    pub(super) group: String,
    /// Of the blocker and the blocked.
    pub(super) direct: String,
    /// Of the stranger and the former member, who wrote in it.
    pub(super) pair: String,
    /// Where the member asked the blocker, who takes first messages of followers only; it waits for an answer.
    pub(super) asked: String,
    /// Where the moderator is about to ask him, and has said nothing yet.
    pub(super) unsaid: String,
    messages: Vec<Message>,
    /// A message of the witness in the group.
    pub(super) foreign: String,
}

impl<'a> World<'a> {
    pub(super) async fn new(server: &'a TestServer, number: u32) -> Self {
        let mut world = Self {
            server,
            number,
            group: String::new(),
            direct: String::new(),
            pair: String::new(),
            asked: String::new(),
            unsaid: String::new(),
            messages: Vec::new(),
            foreign: String::new(),
        };
        for user in Actor::USERS {
            world.person(user).get("/me").await.unwrap();
        }
        let owner = world.person(Owner);
        let ids: Vec<String> = [Former, Member, Moderator, Admin].map(|actor| world.id(actor)).into();
        let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (witness, aside) = (world.id_of("witness"), world.id_of("aside"));
        ids.extend([witness.as_str(), aside.as_str()]);
        world.group = owner.group("Garden", &ids).await.unwrap();
        world.direct = world.person(Blocked).direct(&world.id(Blocker)).await.unwrap();
        for (actor, role) in [(Moderator, "moderator"), (Admin, "admin")] {
            let path = format!("/conversations/{}/participants/{}", world.group, world.id(actor));
            assert_eq!(owner.patch(&path, json!({"role": role})).await.unwrap().status, 200);
        }
        for of in [Former, Member, Moderator, Admin, Owner, Blocker, Blocked] {
            let id = say(&world.person(of), world.conversation(of)).await;
            world.messages.push(Message { of, id });
        }
        world.pair = world.person(Former).direct(&world.id(Stranger)).await.unwrap();
        say(&world.person(Former), &world.pair).await;
        let strict = json!({"messaging_access": "followers"});
        assert_eq!(world.person(Blocker).patch("/me/settings", strict).await.unwrap().status, 200);
        world.asked = world.person(Member).direct(&world.id(Blocker)).await.unwrap();
        say(&world.person(Member), &world.asked).await;
        world.unsaid = world.person(Moderator).direct(&world.id(Blocker)).await.unwrap();
        world.foreign = say(&world.witness(), &world.group).await;
        let former = format!("/conversations/{}/participants/{}", world.group, world.id(Former));
        assert_eq!(owner.delete(&former).await.unwrap().status, 204);
        let block = format!("/users/{}/block", world.id(Blocked));
        assert_eq!(world.person(Blocker).put(&block, json!({})).await.unwrap().status, 200);
        world
    }

    pub(super) fn id(&self, actor: Actor) -> String {
        self.id_of(&actor.name())
    }

    /// The id of somebody who is no actor.
    pub(super) fn id_of(&self, name: &str) -> String {
        format!("w{}-{name}", self.number)
    }

    /// Who asks as this actor.
    pub(super) fn person(&self, actor: Actor) -> Person {
        match actor {
            Anonymous => self.server.caller(""),
            Service => self.server.caller(API_KEY),
            Expired => {
                let claims = Claims { exp: 1_000.0, ..Claims::new(&self.id(Member)) };
                self.server.caller(&sign(SECRET.as_bytes(), &claims).unwrap())
            }
            _ => self.server.person(&self.id(actor)).unwrap(),
        }
    }

    /// A member of the group who only looks on.
    pub(super) fn witness(&self) -> Person {
        self.server.person(&self.id_of("witness")).unwrap()
    }

    /// What the actor's operations are about.
    pub(super) fn conversation(&self, actor: Actor) -> &str {
        if matches!(actor, Blocker | Blocked) { &self.direct } else { &self.group }
    }

    /// A message that the actor wrote there; the foreign one if he never wrote.
    pub(super) fn own(&self, actor: Actor) -> &str {
        self.messages.iter().find(|message| message.of == actor).map_or(&self.foreign, |message| &message.id)
    }

    /// A message there that somebody else wrote.
    pub(super) fn foreign(&self, actor: Actor) -> &str {
        match actor {
            Blocker => self.own(Blocked),
            Blocked => self.own(Blocker),
            _ => &self.foreign,
        }
    }

    /// Somebody else who is there.
    pub(super) fn other(&self, actor: Actor) -> String {
        match actor {
            Blocker => self.id(Blocked),
            Blocked => self.id(Blocker),
            _ => self.id_of("witness"),
        }
    }

    /// Sockets of all who have a login, and of the witness last.
    pub(super) async fn sockets(&self) -> Vec<(String, Socket)> {
        let mut all = Vec::new();
        for actor in Actor::USERS {
            all.push((actor.name(), self.person(actor).connect().await.unwrap()));
        }
        all.push(("witness".to_owned(), self.witness().connect().await.unwrap()));
        all
    }
}

/// Sends a message; its id.
pub(super) async fn say(who: &Person, conversation: &str) -> String {
    let sent = who.post(&format!("/conversations/{conversation}/messages"), json!({"body": "hello"})).await;
    sent.unwrap().json["id"].as_str().unwrap().to_owned()
}
