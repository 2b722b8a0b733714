//! The OpenAPI document holds every route and every event's payload.

use serde_json::Value;

#[test]
fn the_document_describes_routes_and_payloads() {
    let document: Value = serde_json::from_str(&server::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/api/v1/me",
        "/api/v1/users",
        "/api/v1/conversations",
        "/api/v1/conversations/{id}",
        "/api/v1/conversations/{id}/messages",
        "/api/v1/conversations/{id}/read",
        "/api/v1/sync",
        "/api/v1/server/users/{id}",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for schema in
        ["Message", "Conversation", "ConversationNew", "UnreadChanged", "SendMessage", "Synced", "ErrorCode"]
    {
        assert!(schemas.contains_key(schema), "{schema}");
    }
    let mut ids = std::collections::HashSet::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(ids.insert(operation["operationId"].to_string()), "{method} {path} has an id of its own");
            assert!(operation["security"].is_array(), "{method} {path} says who may ask");
            assert!(operation["responses"]["401"].is_object(), "{method} {path} says what strangers get");
        }
    }
}
