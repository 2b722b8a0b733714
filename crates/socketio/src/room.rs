use std::{
    fmt,
    hash::{BuildHasher, Hash, Hasher, RandomState},
    sync::{Arc, LazyLock},
};

/// Keyed per process, so that nobody outside can make names that collide.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The name of a room, hashed once. Clones share it. Every socket is in the room that has its id as name.
#[derive(Clone)]
pub struct Room {
    hash: u64,
    name: Arc<str>,
}

impl Room {
    /// A room by its name, such as `user:ada`. Rooms exist while they have members.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        let name = name.into();
        Self { hash: KEYS.hash_one(&*name), name }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl PartialEq for Room {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.name == other.name
    }
}

impl Eq for Room {}

impl Hash for Room {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Room").field(&self.name).finish()
    }
}

impl From<&str> for Room {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// For maps by [`Room`]: the hash is there already.
#[derive(Default)]
pub(crate) struct Prehashed(u64);

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
