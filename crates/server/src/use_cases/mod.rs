//! What clients can ask for, one module per feature. Each use case parses what `protocol` gives it into one command or
//! query of the service, and makes of its outcome what `protocol` answers with; every edge asks these functions.

pub(crate) mod blocks;
pub(crate) mod conversations;
pub(crate) mod details;
pub(crate) mod follows;
pub(crate) mod messages;
pub(crate) mod own_state;
pub(crate) mod participants;
pub(crate) mod receipts;
pub(crate) mod requests;
pub(crate) mod sync;
