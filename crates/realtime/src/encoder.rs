use crate::Event;

/// An event's name and its one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The name that clients listen to.
    pub name: &'static str,
    /// The argument, as JSON text.
    pub json: String,
}

/// Puts events in the words of one vocabulary. Each event is encoded once per vocabulary, never per recipient.
pub trait Encoder: Send + Sync + 'static {
    /// The event in this vocabulary; `None` when it has no word for it.
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    fn encode(&self, event: &Event) -> Result<Option<Encoded>, serde_json::Error>;
}
