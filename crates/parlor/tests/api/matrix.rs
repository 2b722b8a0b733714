//! Who may do what, and who is told: every operation and every event that there is, for everybody who could ask.
//! What nobody gave a row fails here.

mod audiences;
mod rows;
mod world;

use std::collections::BTreeSet;

use audiences::{Told, audiences};
use http::Method;
use protocol::events;
use rows::{Call, Case, Row, rows};
use serde_json::{Value, json};
use testkit::{Answer, Backend, Person, Socket, TestServer, contents};
use world::{Actor, World, say};

use crate::on_both;

on_both!(
    what_is_refused_changes_nothing_and_nobody_hears_of_it,
    what_is_allowed_is_done,
    nobody_else_is_told,
    without_a_login_there_is_no_socket,
);

/// A conversation that is not there.
const ABSENT: &str = "00000000-0000-0000-0000-000000000000";

#[test]
fn every_operation_and_every_event_has_a_row() {
    let document: Value = serde_json::from_str(&server::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let operations: BTreeSet<&str> = operations.map(|one| one["operationId"].as_str().unwrap()).collect();
    let rows = rows();
    assert_eq!(rows.iter().map(|row| row.operation).collect::<BTreeSet<_>>(), operations);
    let emitted: BTreeSet<&str> = rows.iter().filter_map(|row| row.event).collect();
    assert_eq!(emitted, events::CLIENT.iter().copied().collect());
    let told: BTreeSet<&str> = audiences().iter().map(|(event, _)| *event).collect();
    assert_eq!(told, events::SERVER.iter().copied().collect());
}

async fn quick(backend: Backend) -> TestServer {
    TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap()
}

async fn ask(person: &Person, call: &Call) -> Answer {
    let body = (!call.body.is_null()).then(|| call.body.to_string());
    person.call(call.method.clone(), &call.path, body).await.unwrap()
}

fn shown(row: &Row, actor: Actor) -> String {
    format!("{} {} by {actor:?}", row.operation, row.about)
}

async fn what_is_refused_changes_nothing_and_nobody_hears_of_it(backend: Backend) {
    let server = quick(backend).await;
    let world = World::new(&server, 0).await;
    let mut sockets = world.sockets().await;
    for row in rows() {
        let before = contents(&server.database_url()).await.unwrap();
        for (actor, status) in Actor::ALL.into_iter().zip(row.expect).filter(|(_, status)| *status >= 400) {
            let what = shown(&row, actor);
            let case = Case { world: &world, actor, conversation: world.conversation(actor) };
            let call = (row.call)(&case);
            let person = world.person(actor);
            let answer = ask(&person, &call).await;
            assert_eq!(answer.status, status, "{what}: {}", answer.json);
            if status == 404 {
                let absent = ask(&person, &(row.call)(&Case { conversation: ABSENT, ..case })).await;
                assert_eq!(answer.json, absent.json, "{what}: as if it were not there");
            }
            if let Some(event) = row.event.filter(|_| actor.is_user()) {
                let socket = socket_of(&mut sockets, &actor.name());
                let told = socket.emit(event, call.argument).await.unwrap();
                assert_eq!(told["ok"], false, "{what}: {told}");
                assert_eq!(told["error"]["code"], answer.json["code"], "{what}: {told}");
            }
        }
        assert_eq!(contents(&server.database_url()).await.unwrap(), before, "{}", row.operation);
        nothing_was_told(&world, &mut sockets, row.operation).await;
    }
}

fn socket_of<'s>(sockets: &'s mut [(String, Socket)], name: &str) -> &'s mut Socket {
    sockets.iter_mut().find(|(of, _)| of == name).map(|(_, socket)| socket).unwrap()
}

/// Something is said in the group; it must be the first that anybody hears.
async fn nothing_was_told(world: &World<'_>, sockets: &mut [(String, Socket)], what: &str) {
    let id = say(&world.person(Actor::Owner), &world.group).await;
    socket_of(sockets, "witness").next("message:new").await.unwrap();
    for (name, socket) in sockets {
        let events = socket.drained().await.unwrap();
        assert!(events.iter().all(|(_, event)| event["id"] == json!(id)), "{what} told {name}: {events:?}");
    }
}

async fn what_is_allowed_is_done(backend: Backend) {
    let server = quick(backend).await;
    let mut worlds = 0;
    let mut fresh = None;
    for row in rows() {
        for (actor, status) in Actor::ALL.into_iter().zip(row.expect).filter(|(_, status)| *status < 400) {
            for event in [None, row.event].into_iter().take(1 + usize::from(row.event.is_some())) {
                let world = match fresh.take() {
                    Some(world) => world,
                    None => {
                        worlds += 1;
                        World::new(&server, worlds).await
                    }
                };
                let case = Case { world: &world, actor, conversation: world.conversation(actor) };
                let call = (row.call)(&case);
                let what = shown(&row, actor);
                if let Some(event) = event {
                    let mut socket = world.person(actor).connect().await.unwrap();
                    let told = socket.emit(event, call.argument).await.unwrap();
                    assert_eq!(told["ok"], true, "{what}, {event}: {told}");
                } else {
                    let answer = ask(&world.person(actor), &call).await;
                    assert_eq!(answer.status, status, "{what}: {}", answer.json);
                }
                if call.method == Method::GET {
                    fresh = Some(world);
                }
            }
        }
    }
}

async fn nobody_else_is_told(backend: Backend) {
    let server = quick(backend).await;
    for (number, (event, told)) in (0..).zip(audiences()) {
        let Told::To(cause, hearers) = told else { continue };
        let world = World::new(&server, number).await;
        let mut sockets = world.sockets().await;
        let cause = cause(&world);
        let body = (!cause.body.is_null()).then(|| cause.body.to_string());
        let answer = world.person(cause.of).call(cause.method, &cause.path, body).await.unwrap();
        assert!(answer.status < 300, "{event}: {}", answer.json);
        for hearer in hearers {
            socket_of(&mut sockets, hearer).next(event).await.unwrap();
        }
        for (name, socket) in &mut sockets {
            let events = socket.drained().await.unwrap();
            assert!(events.iter().all(|(heard, _)| heard != event), "{event} told {name}: {events:?}");
        }
    }
}

async fn without_a_login_there_is_no_socket(backend: Backend) {
    let server = quick(backend).await;
    let world = World::new(&server, 0).await;
    for actor in [Actor::Anonymous, Actor::Expired, Actor::Service] {
        assert!(world.person(actor).connect().await.is_err(), "{actor:?}");
    }
}
