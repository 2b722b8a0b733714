//! The OpenAPI document: REST from the routes themselves, and the events' payloads as schemas beside them.

use axum::Router;
use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, ResponseBuilder,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::{Edge, rest};

const PATH: &str = "/api/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Parlor",
        description = "Messaging for your app. Everything here is also said over Socket.IO at `/socket.io/`; \
the schemas named in `docs/protocol.md` are the events' payloads.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(
        protocol::AnswerRequest,
        protocol::BlockChanged,
        protocol::BlockUser,
        protocol::AddParticipants,
        protocol::ConversationChanged,
        protocol::ConversationCreated,
        protocol::ConversationNew,
        protocol::ConversationUpdated,
        protocol::DeleteConversation,
        protocol::DeleteMessage,
        protocol::ConversationRemoved,
        protocol::Draining,
        protocol::EditMessage,
        protocol::Error,
        protocol::ErrorCode,
        protocol::ListConversations,
        protocol::ListMessages,
        protocol::ListVersions,
        protocol::MarkDelivered,
        protocol::MarkRead,
        protocol::Nothing,
        protocol::ParticipantJoined,
        protocol::ParticipantLeft,
        protocol::ParticipantUpdated,
        protocol::Problem,
        protocol::ReactMessage,
        protocol::MessageHidden,
        protocol::ReactionChanged,
        protocol::Receipt,
        protocol::RemoveParticipant,
        protocol::RequestNew,
        protocol::RequestUpdated,
        protocol::SendMessage,
        protocol::SetState,
        protocol::SettingsChanged,
        protocol::Sent,
        protocol::StateChanged,
        protocol::StateSet,
        protocol::StreamHead,
        protocol::UnreadChanged,
        protocol::UpdateConversation,
        protocol::UpdateParticipant,
    )),
    modifiers(&Credentials, &AbsentRatherThanNull)
)]
struct Document;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let bearer = |description: &str| {
            let scheme =
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build();
            SecurityScheme::Http(scheme)
        };
        components.add_security_scheme("token", bearer("A token that the host app signed"));
        components.add_security_scheme("api_key", bearer("A key of the server API"));
        let cookie = ApiKeyValue::with_description("auth_token", "The login cookie; its name is configured");
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

struct AbsentRatherThanNull;

impl Modify for AbsentRatherThanNull {
    /// An optional field is left out when there is nothing to say; it is never null. The derive cannot know.
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let Some(components) = &mut openapi.components else { return };
        for schema in components.schemas.values_mut() {
            let Ok(mut json) = serde_json::to_value(&*schema) else { continue };
            without_null(&mut json);
            if let Ok(changed) = serde_json::from_value(json) {
                *schema = changed;
            }
        }
    }
}

/// `{"type": ["string", "null"]}` becomes `{"type": "string"}`, and a choice between null and one thing that thing.
fn without_null(schema: &mut Value) {
    let null = serde_json::json!({"type": "null"});
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = &types[..] {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("oneOf") {
                choices.retain(|choice| *choice != null);
                if let [only] = &choices[..] {
                    *schema = only.clone();
                    return without_null(schema);
                }
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(list) => list.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// Adds what the extractors answer for every route: who is not known, whose page may not, what is too large, and a
/// database that cannot be reached; every refusal is a problem document.
fn common_answers(openapi: &mut utoipa::openapi::OpenApi) {
    for item in openapi.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
            .into_iter()
            .flatten()
        {
            let body = operation.request_body.is_some();
            let statuses =
                ["401", "403", "503"].into_iter().chain(body.then_some("400")).chain(body.then_some("413"));
            let declared: Vec<String> = operation.responses.responses.keys().cloned().collect();
            let refusals =
                declared.iter().map(String::as_str).filter(|status| status.starts_with(['4', '5']));
            for status in statuses.chain(refusals) {
                let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
                let answer = ResponseBuilder::new()
                    .description("Refused; the code says why")
                    .content("application/problem+json", problem)
                    .build();
                operation.responses.responses.insert(status.to_owned(), answer.into());
            }
        }
    }
}

/// REST with its description.
pub(crate) fn described() -> OpenApiRouter<Edge> {
    let mut described = OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", rest::routes());
    common_answers(described.get_openapi_mut());
    described
}

/// The document as text, as it is committed to the repository.
#[must_use]
pub fn json() -> String {
    described().into_openapi().to_pretty_json().unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"))
}

/// The document as a file, and as pages to read it and try it out.
pub(crate) fn routes(document: utoipa::openapi::OpenApi) -> Router<Edge> {
    SwaggerUi::new("/api/docs").url(PATH, document).into()
}
