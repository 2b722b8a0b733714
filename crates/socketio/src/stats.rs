use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// A look at the whole server; the parts are read one after the other.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// Engine.IO connections that are open.
    pub connections: u64,
    /// Sockets that are connected, over all namespaces.
    pub sockets: u64,
    /// Frames handed to a transport since the start.
    pub frames_delivered: u64,
    /// Volatile frames that were dropped since the start.
    pub volatile_dropped: u64,
    /// Sessions that were taken up again since the start.
    pub recovered: u64,
    /// Times that the waiting events of a connection were dropped, and the client told so, since the start.
    pub invalidated: u64,
    /// How often what was refused, or a connection closed for a breach, since the start, by reason.
    pub refusals: BTreeMap<&'static str, u64>,
}

/// Counters of one shard. Only the shard writes them.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) connections: AtomicU64,
    pub(crate) sockets: AtomicU64,
    pub(crate) frames: AtomicU64,
    pub(crate) volatile_dropped: AtomicU64,
    pub(crate) recovered: AtomicU64,
    pub(crate) invalidated: AtomicU64,
    refusals: Mutex<BTreeMap<&'static str, u64>>,
}

impl Counters {
    /// Off the hot path: something was refused.
    pub(crate) fn refuse(&self, reason: &'static str) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        *refusals.entry(reason).or_default() += 1;
    }

    pub(crate) fn add_to(&self, stats: &mut Stats) {
        stats.connections += self.connections.load(Relaxed);
        stats.sockets += self.sockets.load(Relaxed);
        stats.frames_delivered += self.frames.load(Relaxed);
        stats.volatile_dropped += self.volatile_dropped.load(Relaxed);
        stats.recovered += self.recovered.load(Relaxed);
        stats.invalidated += self.invalidated.load(Relaxed);
        for (reason, count) in &*self.refusals.lock().unwrap_or_else(PoisonError::into_inner) {
            *stats.refusals.entry(reason).or_default() += count;
        }
    }
}

/// Adds without a locked instruction: there is one writer.
pub(crate) fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(more), Relaxed);
}

/// Takes one off, likewise.
pub(crate) fn decrement(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed).saturating_sub(1), Relaxed);
}
