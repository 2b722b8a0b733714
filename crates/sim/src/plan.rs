//! What a seed stands for.

use crate::chance::Chance;

/// How often what goes wrong, in a thousand times.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// Operations of the store that take long.
    pub(crate) slow: u64,
    pub(crate) commits_refused: u64,
    pub(crate) answers_lost: u64,
    pub(crate) reads_failed: u64,
}

/// One run, before it begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) faults: Faults,
    /// Lanes of each node.
    pub(crate) lanes: usize,
    pub(crate) users: usize,
    pub(crate) devices_per_user: usize,
    /// How long people are at it, in milliseconds.
    pub(crate) busy_ms: u64,
    /// How often the node dies meanwhile.
    pub(crate) crashes: u64,
    /// Connections are cut after so many milliseconds at the latest.
    pub(crate) cut_within_ms: u64,
    /// Frames that may wait for a connection.
    pub(crate) queue_frames: usize,
    /// Events that a session taken up again is told at most.
    pub(crate) recovery_events: usize,
    /// Changes of a conversation that `sync` tells one by one.
    pub(crate) sync_changes: usize,
    /// When heads of quiet streams are told; 0: never, so that events alone must tell everything.
    pub(crate) heads_digest_ms: u64,
}

impl Plan {
    /// Mild ones and rough ones: what is wrong may show only where little else happens.
    pub(crate) fn of(chance: &Chance) -> Self {
        let rarely = |often: u64| if chance.happens(500) { chance.within(1..often) } else { 0 };
        Self {
            faults: Faults {
                slow: rarely(200),
                commits_refused: rarely(60),
                answers_lost: rarely(100),
                reads_failed: if chance.happens(250) { chance.within(1..40) } else { 0 },
            },
            lanes: chance.within(1..4) as usize,
            users: chance.within(2..5) as usize,
            devices_per_user: chance.within(1..3) as usize,
            busy_ms: chance.within(1_000..4_000),
            crashes: if chance.happens(500) { chance.within(1..3) } else { 0 },
            cut_within_ms: chance.within(500..6_000),
            queue_frames: if chance.happens(250) { chance.within(4..12) as usize } else { 512 },
            recovery_events: if chance.happens(300) { chance.within(2..6) as usize } else { 40 },
            sync_changes: chance.within(3..60) as usize,
            heads_digest_ms: if chance.happens(300) { chance.within(500..3_000) } else { 0 },
        }
    }
}
