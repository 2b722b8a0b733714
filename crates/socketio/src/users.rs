//! Whose connections are whose, so that one user cannot have them all. Touched when a connection joins its first
//! namespace and when it goes.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A keyed hash of the principal: short, and nobody outside can make two that collide.
type User = u64;
/// Grows with every connection; 0 is never given out.
type Serial = u64;

/// Every connection that belongs to somebody, by user and age. One ordered map, since most users have one connection.
#[derive(Default)]
pub(crate) struct Users {
    keys: RandomState,
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    by_age: BTreeMap<(User, Serial), Place>,
    last: Serial,
}

/// Where a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) shard: u16,
    pub(crate) conn: u32,
}

/// One connection's entry, which goes when this is dropped.
pub(crate) struct Entry {
    users: Arc<Users>,
    user: User,
    pub(crate) serial: Serial,
}

impl Users {
    /// Enters a connection. If its user has more than `limit` now, the oldest loses its entry and is returned, to be
    /// closed.
    pub(crate) fn enter(
        self: &Arc<Self>,
        principal: &str,
        place: Place,
        limit: usize,
    ) -> (Entry, Option<(Place, Serial)>) {
        let user = self.keys.hash_one(principal);
        let mut places = self.places();
        places.last += 1;
        let serial = places.last;
        places.by_age.insert((user, serial), place);
        let mut own = places.by_age.range((user, 0)..=(user, Serial::MAX));
        let oldest = own.next().map(|(key, place)| (*key, *place));
        let is_passed = 1 + own.count() > limit.max(1);
        let evicted = oldest.filter(|_| is_passed).map(|(key, place)| {
            places.by_age.remove(&key);
            (place, key.1)
        });
        (Entry { users: self.clone(), user, serial }, evicted)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.users.places().by_age.remove(&(self.user, self.serial));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(conn: u32) -> Place {
        Place { shard: 0, conn }
    }

    #[test]
    fn the_oldest_of_a_user_goes_and_others_are_left_alone() {
        let users = Arc::new(Users::default());
        let enter = |principal, conn| users.enter(principal, place(conn), 2);
        let (_bob, none) = enter("bob", 0);
        assert_eq!(none, None);
        let (first, second) = (enter("ada", 1), enter("ada", 2));
        assert_eq!((first.1, second.1), (None, None));
        let (third, evicted) = enter("ada", 3);
        assert_eq!(evicted, Some((place(1), first.0.serial)));
        // One that goes by itself makes room; one that lost its entry does not take another's with it.
        drop((first, second));
        let (_fourth, evicted) = enter("ada", 4);
        assert_eq!(evicted, None);
        let (_fifth, evicted) = enter("ada", 5);
        assert_eq!(evicted, Some((place(3), third.serial)));
    }

    #[test]
    fn nothing_is_left_when_all_have_gone() {
        let users = Arc::new(Users::default());
        drop((0..100).map(|conn| users.enter("ada", place(conn), 10)).collect::<Vec<_>>());
        assert!(users.places().by_age.is_empty());
    }
}
