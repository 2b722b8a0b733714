//! The edges of Parlor. Each translates: what came in becomes one command or query of the service, what came of it
//! becomes an answer. No rule and no SQL lives here.
//!
//! `use_cases/` has one module per feature, named as everywhere else, and speaks the types of `protocol`; `rest/` and
//! `socket/` ask the same functions there.

mod assets;
pub mod auth;
mod cursor;
pub mod demo;
mod edge;
mod error;
mod http;
mod openapi;
mod rest;
mod socket;
mod use_cases;

pub use crate::http::{CONTENT_SECURITY_POLICY, fallback};
pub use assets::bundle_is_embedded;
pub use edge::{Edge, Settings};
pub use openapi::json as openapi_json;
pub use socket::{Gate, NAMESPACES};
