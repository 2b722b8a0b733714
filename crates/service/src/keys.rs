use std::collections::HashMap;

use store::{KeyKind, Store, StoreError};
use tokio::sync::Mutex;

/// How many keys are reserved at a time. Unused ones are lost at a restart, which costs nothing.
const BLOCK: i64 = 1000;

/// Numbers for new rows, taken from blocks that this node reserved: so a plan names what it writes, and no two
/// nodes give out the same.
pub(crate) struct Keys {
    store: Store,
    blocks: Mutex<HashMap<KeyKind, std::ops::Range<i64>>>,
}

impl Keys {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, blocks: Mutex::default() }
    }

    pub(crate) async fn next(&self, kind: KeyKind) -> Result<i64, StoreError> {
        let mut blocks = self.blocks.lock().await;
        let block = blocks.entry(kind).or_insert(0..0);
        if let Some(key) = block.next() {
            return Ok(key);
        }
        let first = self.store.reserve_keys(kind, BLOCK).await?;
        *block = first + 1..first + BLOCK;
        Ok(first)
    }
}
