//! Demo mode: people who are there already, and a login without a password. Loopback only; never for real users.

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use protocol::{DemoLogin, DemoSession, Error, ErrorCode, Page, User};
use service::{
    Service, ServiceError,
    chat::{
        Actor, ConversationId, Limits, MessageId, UserId,
        accounts::{AnnounceUser, Profile},
        conversations::{CreateDirect, CreateGroup, Name},
        messages::{MessageBody, SendMessage},
        receipts::MarkRead,
        settings::{ChangeSettings, Chosen, MessagingAccess},
    },
};

use crate::{
    Edge,
    auth::{Claims, sign},
    error::internal,
    rest::Refused,
};

/// How long a demo login lasts.
const SESSION_SECONDS: f64 = 7.0 * 24.0 * 3600.0;

/// Who is there: id, name.
const PEOPLE: [(&str, &str); 5] = [
    ("ada", "Ada Lovelace"),
    ("grace", "Grace Hopper"),
    ("alan", "Alan Turing"),
    ("hedy", "Hedy Lamarr"),
    ("katherine", "Katherine Johnson"),
];

/// Signs the logins of demo mode.
pub struct Demo {
    /// The secret that the authenticator checks with.
    pub secret: Vec<u8>,
}

/// The ids of the demo people, for what is printed at the start.
pub fn people() -> impl Iterator<Item = (&'static str, &'static str)> {
    PEOPLE.into_iter()
}

pub(crate) fn routes(edge: &Edge) -> Router<Edge> {
    if edge.settings.demo.is_none() {
        return Router::new();
    }
    Router::new().route("/api/v1/demo/people", get(list_people)).route("/api/v1/demo/login", post(login))
}

async fn list_people() -> Json<Page<User>> {
    Json(Page { items: PEOPLE.into_iter().map(user).collect(), next_cursor: None })
}

fn user((id, name): (&str, &str)) -> User {
    User { id: id.to_owned(), name: Some(name.to_owned()), avatar_url: None }
}

async fn login(
    State(edge): State<Edge>,
    crate::rest::Body(login): crate::rest::Body<DemoLogin>,
) -> Result<Json<DemoSession>, Refused> {
    let person = PEOPLE.into_iter().find(|(id, _)| *id == login.user_id);
    let (Some((id, name)), Some(demo)) = (person, &edge.settings.demo) else {
        let message =
            format!("there is no demo person {:?}; GET /api/v1/demo/people lists them", login.user_id);
        return Err(Refused(Error::new(ErrorCode::NotFound, message).field("user_id")));
    };
    let now_s = edge.service.environment().now().0 as f64 / 1000.0;
    let claims = Claims { name: Some(name.to_owned()), exp: now_s + SESSION_SECONDS, ..Claims::new(id) };
    let token = sign(&demo.secret, &claims).map_err(|error| internal(&error))?;
    Ok(Json(DemoSession { token, user: user((id, name)) }))
}

/// What they said before you came: who to whom (`None`: the group), in order.
const TALK: [(&str, Option<&str>, &str); 16] = [
    ("grace", None, "Morning! The greenhouse heating was off again last night. I found it at 4 °C."),
    ("alan", None, "The timer's relay sticks. I can bring a new one on Saturday."),
    (
        "katherine",
        None,
        "If it happens below 3 °C we lose the seedlings. I worked it out: about six hours of margin.",
    ),
    (
        "hedy",
        None,
        "I have a spare thermostat that talks over radio. It changes its channel, so the microwave can't jam it.",
    ),
    ("ada", None, "Lovely. Bring both; I'll write down what it should do when they disagree."),
    ("grace", None, "And this time somebody please tapes the moth into the log book."),
    ("grace", Some("ada"), "Did you see the new notes on the loom?"),
    ("ada", Some("grace"), "Yes! The part where the cards loop back is the best thing in it."),
    ("grace", Some("ada"), "I'd call it a subroutine, but nobody listens."),
    ("alan", Some("ada"), "Quick question about chess on paper: do you have an hour tonight?"),
    ("ada", Some("alan"), "After eight. Bring the long version."),
    ("hedy", Some("katherine"), "Are you coming to the concert on Friday?"),
    ("katherine", Some("hedy"), "Only if it ends before the launch window 🙂"),
    ("alan", Some("grace"), "The relay came. It is bigger than I thought."),
    ("hedy", Some("ada"), "Would you play the piano part? It needs exactly eighty-eight hands."),
    ("katherine", Some("ada"), "I checked your numbers by hand. They are right."),
];

/// Puts the demo people and their talk in, unless somebody is there already.
///
/// # Errors
/// When the database cannot be reached.
pub async fn seed(service: &Service) -> Result<(), ServiceError> {
    let mut actors = Vec::new();
    for (id, name) in PEOPLE {
        let profile = Profile { name: Some(name.to_owned()), ..Profile::default() };
        let (user, _) = service.announce(AnnounceUser { id: UserId::from_stored(id), profile }).await?;
        actors.push(Actor { key: user.key, id: user.id });
    }
    let Some(first) = actors.first() else { return Ok(()) };
    if !service.conversations(first, None, Some(1)).await?.items.is_empty() {
        return Ok(());
    }
    let open = Chosen { messaging_access: Some(MessagingAccess::Everyone), ..Chosen::default() };
    for actor in &actors {
        service.execute(actor, ChangeSettings(open)).await?;
    }
    let limits = Limits::default();
    let group = group(service, &actors, first, &limits).await?;
    for (from, to, text) in TALK {
        let Some(from) = actors.iter().find(|actor| actor.id.as_str() == from) else { continue };
        let conversation = match to {
            None => group,
            Some(to) => {
                let id = ConversationId(service.environment().new_uuid());
                service.execute(from, CreateDirect { id, with: UserId::from_stored(to) }).await?.0
            }
        };
        let id = MessageId(service.environment().new_uuid());
        let body = MessageBody::parse(text, &limits)?;
        let sent = service
            .execute(from, SendMessage { conversation, id, body, reply_to: None, extras: Default::default() })
            .await?;
        // Who answers has read what came before.
        service.execute(from, MarkRead { conversation, seq: sent.seq }).await?;
    }
    Ok(())
}

async fn group(
    service: &Service,
    actors: &[Actor],
    owner: &Actor,
    limits: &Limits,
) -> Result<ConversationId, ServiceError> {
    let id = ConversationId(service.environment().new_uuid());
    let with = actors.iter().map(|actor| actor.id.clone()).collect();
    let name = Name::parse("Greenhouse", limits)?;
    let group = CreateGroup::parse(id, name, with, &owner.id, limits)?;
    Ok(service.execute(owner, group).await?.0)
}
