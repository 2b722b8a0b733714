//! Credentials: which are taken, which refused, and how it is said.

use serde_json::{Value, json};
use server::auth::{Claims, Subject, sign};
use testkit::{Backend, Person, Socket, TestServer, server::SECRET};

use crate::{on_both, start};

on_both!(
    a_refusal_has_a_code_over_socket_and_rest,
    the_subject_is_sub_else_id,
    claims_bring_the_profile_up_to_date,
    a_token_ends_by_the_servers_clock,
    a_cookie_counts_only_for_pages_that_may_use_it,
    a_connection_belongs_to_one_user,
);

fn token(claims: &Claims) -> String {
    sign(SECRET.as_bytes(), claims).unwrap()
}

async fn refused(server: &TestServer, token: &str) -> (Value, Value) {
    let Err(over_socket) = Socket::connect(server.address, "/parlor", json!({"token": token})).await else {
        panic!("let in")
    };
    let by_rest = server.caller(token).get("/me").await.unwrap();
    assert_eq!((by_rest.status, by_rest.content_type.as_str()), (401, "application/problem+json"));
    (serde_json::from_str(&over_socket.to_string()).unwrap(), by_rest.json)
}

async fn a_refusal_has_a_code_over_socket_and_rest(backend: Backend) {
    let server = start(backend).await;
    let good = server.person("ada").unwrap().token;
    let foreign = sign(b"the secret of somebody else", &Claims { exp: 9e9, ..Claims::new("ada") }).unwrap();
    let nobody = token(&Claims { exp: 9e9, ..Claims::default() });
    let blank = token(&Claims { exp: 9e9, ..Claims::new("  ") });
    let long = "x".repeat(9000);
    let cut = &good[..good.len() - 4];
    for bad in ["", "nonsense", "a.b.c", &foreign, &nobody, &blank, &long, cut] {
        let (connect_error, problem) = refused(&server, bad).await;
        assert_eq!(connect_error["data"]["code"], "unauthenticated", "{bad:?}");
        assert_eq!(connect_error["message"], connect_error["data"]["message"]);
        assert_eq!((&problem["code"], &problem["status"]), (&json!("unauthenticated"), &json!(401)));
        assert!(bad.is_empty() || !connect_error.to_string().contains(bad), "a token is never repeated");
    }
    let Err(error) = Socket::connect(server.address, "/", json!({"token": 5})).await else {
        panic!("let in")
    };
    assert!(error.to_string().contains("no credential"), "{error}");
}

async fn the_subject_is_sub_else_id(backend: Backend) {
    let server = start(backend).await;
    let me = |claims: Claims| {
        let caller = server.caller(&token(&claims));
        async move { caller.get("/me").await.unwrap().json["user"]["id"].clone() }
    };
    let id = |id: Subject| Claims { id: Some(id), exp: 9e9, ..Claims::default() };
    assert_eq!(me(id(Subject::Number(17))).await, "17");
    assert_eq!(me(id(Subject::Text("ada".into()))).await, "ada");
    let both = Claims { sub: Some(Subject::Text("the sub".into())), ..id(Subject::Number(17)) };
    assert_eq!(me(both).await, "the sub");
}

async fn claims_bring_the_profile_up_to_date(backend: Backend) {
    let server = start(backend).await;
    let named = |name: &str| token(&Claims { name: Some(name.into()), exp: 9e9, ..Claims::new("ada") });
    let me = |token: String| {
        let caller: Person = server.caller(&token);
        async move { caller.get("/me").await.unwrap().json["user"]["name"].clone() }
    };
    assert_eq!(me(named("Ada")).await, "Ada");
    assert_eq!(me(named("Ada Lovelace")).await, "Ada Lovelace");
    let nameless = server.person("ada").unwrap();
    assert_eq!(nameless.get("/me").await.unwrap().json["user"]["name"], "Ada Lovelace");
}

async fn a_token_ends_by_the_servers_clock(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    assert_eq!(ada.get("/me").await.unwrap().status, 200);
    server.environment.advance_ms(3600 * 1000);
    let (connect_error, _) = refused(&server, &ada.token).await;
    assert!(connect_error["message"].as_str().unwrap().contains("expired"));
}

async fn a_cookie_counts_only_for_pages_that_may_use_it(backend: Backend) {
    let allowed = [("PARLOR_CORS_ORIGINS", "https://app.example.org")];
    let server = TestServer::with(backend, &allowed).await.unwrap();
    let ada = server.person("ada").unwrap();
    let cookie = format!("theme=dark; auth_token={}", ada.token);
    let own = format!("http://{}", server.address);
    let create = json!({"kind": "group", "name": "Garden", "user_ids": []}).to_string();
    let post = |headers: Vec<(&'static str, String)>| {
        let (ada, create) = (ada.clone(), create.clone());
        async move {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            ada.call_with(http::Method::POST, "/conversations", &headers, Some(create)).await.unwrap()
        }
    };
    for origin in [None, Some(own), Some("https://app.example.org".to_owned())] {
        let mut headers = vec![("cookie", cookie.clone())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        assert_eq!(post(headers).await.status, 201);
    }
    for origin in
        ["https://evil.example", "null", "https://app.example.org.evil.example", "http://app.example.org"]
    {
        for another in ["Basic eDp5", "Digest x", ""] {
            let headers = vec![
                ("cookie", cookie.clone()),
                ("origin", origin.to_owned()),
                ("authorization", another.to_owned()),
            ];
            let refused = post(headers).await;
            assert_eq!(
                (refused.status, &refused.json["code"]),
                (403, &json!("forbidden")),
                "{origin} {another}"
            );
        }
        // What a foreign page cannot send by itself is no cookie's concern.
        let token = vec![("origin", origin.to_owned()), ("authorization", format!("Bearer {}", ada.token))];
        assert_eq!(post(token).await.status, 201);
    }
}

async fn a_connection_belongs_to_one_user(backend: Backend) {
    let server = start(backend).await;
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let mut socket = ada.connect().await.unwrap();
    socket.send(format!("40/parlor,{}", json!({"token": ada.token}))).await.unwrap();
    assert_eq!(socket.emit("sync", json!({})).await.unwrap()["ok"], true);
    socket.send(format!("40/parlor,{}", json!({"token": eve.token}))).await.unwrap();
    socket.closed().await.unwrap();

    let mut socket = ada.connect().await.unwrap();
    socket.send(format!("40/parlor,{}", json!({"token": eve.token}))).await.unwrap();
    socket.closed().await.unwrap();
}
