use super::*;
use crate::{Broadcast, Frame, Room};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

const PID: Pid = [b'p'; 20];
const HOME: Home = Home { shard: 0, conn: 7 };

/// A log, the shard of one socket, and a clock.
struct Scene {
    log: Log,
    tracker: Option<Tracker>,
    position: u64,
    now: Instant,
}

impl Scene {
    /// With a connected socket of Ada's in `room`.
    fn new(change: impl FnOnce(&mut Bounds)) -> Self {
        let mut bounds = Bounds {
            window: Duration::from_secs(120),
            events: 5,
            bytes: 1000,
            total_bytes: 10_000,
            sessions: 3,
            sessions_per_user: 2,
        };
        change(&mut bounds);
        let log = Log::new(Epoch::new("epoch123"), bounds);
        let mut scene = Self { log, tracker: None, position: 0, now: Instant::now() };
        scene.broadcast("nobody-yet", "0");
        let start = scene.position;
        scene.log.begin(PID, Some("ada"), HOME);
        let mut tracker = Tracker::new(PID, start, start);
        tracker.join(&scene.log, &Room::new("room"), start);
        scene.tracker = Some(tracker);
        scene
    }

    /// Published, and dealt with by the shard at once.
    fn broadcast(&mut self, room: &str, text: &str) -> u64 {
        self.publish(Broadcast::to(Room::new(room), Frame::event_raw("/", "e", text)))
    }

    fn publish(&mut self, broadcast: Broadcast) -> u64 {
        self.log.publish(&broadcast, self.now, |stamp| self.position = stamp.position);
        self.position
    }

    fn direct(&mut self, text: &str) -> Option<String> {
        let frame = Frame::event_raw("/", "e", text);
        let tracker = self.tracker.as_mut().unwrap();
        tracker.stamp(&self.log, &frame, self.position, false).map(|frame| shown(&frame))
    }

    fn cut(&mut self) {
        let data = Arc::new("data");
        self.tracker.take().unwrap().park(&self.log, Room::new("own"), data, self.position);
    }

    fn claim(&self) -> Result<Claim, Lost> {
        self.log.claim(&PID, Some("ada"))
    }

    fn take_up(&self) -> Result<Parked, Lost> {
        self.log.take_up(&self.claim()?, HOME, self.position, self.now)
    }

    /// What is sent again, after a cut.
    fn missed(&mut self, offset: Offset) -> Option<Vec<String>> {
        if self.tracker.is_some() {
            self.cut();
        }
        let parked = self.take_up().unwrap();
        let missed = self.log.replay(&parked, &offset, self.position);
        self.tracker = Some(Tracker::resumed(PID, parked));
        missed.map(|frames| frames.iter().map(shown).collect())
    }

    fn after(&mut self, broadcast: u64) -> Option<Vec<String>> {
        self.missed(Offset::At(Position::of_broadcast(broadcast)))
    }
}

fn shown(frame: &Frame) -> String {
    let (_, packet, _) = crate::codec::websocket::split_server_frame(frame.bytes()).unwrap();
    let text = String::from_utf8(packet.to_vec()).unwrap();
    text.replace("42[\"e\",", "").replace("epoch123.", "").replace(']', "")
}

#[test]
fn what_came_after_the_offset_is_sent_again_in_order() {
    let mut scene = Scene::new(|_| {});
    let first = scene.broadcast("room", "1");
    scene.broadcast("elsewhere", "x");
    assert_eq!(scene.direct("2").unwrap(), "2,\"3.1\"");
    scene.broadcast("room", "3");
    scene.cut();
    scene.publish(Broadcast::to_all(Frame::event_raw("/", "e", "4")));
    assert_eq!(scene.after(first).unwrap(), ["2,\"3.1\"", "3,\"4\"", "4,\"5\""]);
    let direct = Offset::At(Position { broadcast: 3, direct: 1 });
    assert_eq!(scene.missed(direct).unwrap(), ["3,\"4\"", "4,\"5\""]);
    assert_eq!(scene.missed(Offset::Start).unwrap().len(), 4);
    assert_eq!(scene.after(5).unwrap(), [""; 0]);
}

#[test]
fn an_offset_of_an_earlier_session_is_the_start_and_one_from_the_future_is_refused() {
    let mut scene = Scene::new(|_| {});
    scene.broadcast("room", "1");
    assert_eq!(scene.after(0).unwrap(), ["1,\"2\""]);
    assert_eq!(scene.after(3), None);
    assert_eq!(scene.missed(Offset::Unknown), None);
}

#[test]
fn exceptions_and_two_rooms_of_one_broadcast() {
    let mut scene = Scene::new(|_| {});
    let log = &scene.log;
    scene.tracker.as_mut().unwrap().join(log, &Room::new("other"), scene.position);
    let rooms: Arc<[Room]> = [Room::new("room"), Room::new("other")].into();
    let frame = |text: &str| Frame::event_raw("/", "e", text);
    let broadcast = |except: &[&str], text: &str| Broadcast {
        rooms: rooms.clone(),
        except: except.iter().map(|room| Room::new(*room)).collect(),
        volatile: text == "volatile",
        frame: frame(text),
    };
    scene.publish(broadcast(&[], "once"));
    scene.publish(broadcast(&["other"], "not to us"));
    scene.publish(broadcast(&["elsewhere"], "to us"));
    scene.publish(broadcast(&[], "volatile"));
    assert_eq!(scene.missed(Offset::Start).unwrap(), ["once,\"2\"", "to us,\"4\""]);
}

#[test]
fn recovery_window_events_and_bytes_at_the_limit_and_beyond() {
    let mut scene = Scene::new(|_| {});
    for n in 0..5 {
        scene.broadcast("room", &n.to_string());
    }
    assert_eq!(scene.missed(Offset::Start).unwrap().len(), 5);
    scene.broadcast("room", "5");
    assert_eq!(scene.missed(Offset::Start), None);
    assert_eq!(scene.after(2).unwrap().len(), 5);

    let mut mixed = Scene::new(|_| {});
    for _ in 0..3 {
        mixed.broadcast("room", "1");
        mixed.direct("2");
    }
    assert_eq!(mixed.missed(Offset::Start), None, "six of both kinds");
    assert_eq!(mixed.after(2).unwrap().len(), 5);

    let mut large = Scene::new(|_| {});
    large.broadcast("room", &format!("\"{}\"", "x".repeat(970)));
    assert_eq!(large.missed(Offset::Start).unwrap().len(), 1);
    large.direct("1");
    assert_eq!(large.missed(Offset::Start), None);
    assert_eq!(large.after(2).unwrap().len(), 1);
}

#[test]
fn recovery_window_ms_at_the_limit_and_beyond() {
    let mut scene = Scene::new(|_| {});
    scene.broadcast("room", "1");
    scene.now += Duration::from_millis(119_999);
    scene.log.sweep(scene.now);
    assert_eq!(scene.missed(Offset::Start).unwrap().len(), 1);
    assert_eq!(scene.log.held().0, 1);
    scene.now += Duration::from_millis(1);
    scene.log.sweep(scene.now);
    assert_eq!(scene.log.held(), (0, 0));
    assert_eq!(scene.missed(Offset::Start), None);
    assert_eq!(scene.after(2).unwrap(), [""; 0], "an idle client has missed nothing");
}

#[test]
fn recovery_total_bytes_bounds_all_rooms_together() {
    let mut scene = Scene::new(|bounds| bounds.total_bytes = 300);
    let log = &scene.log;
    scene.tracker.as_mut().unwrap().join(log, &Room::new("other"), scene.position);
    let text = format!("\"{}\"", "x".repeat(100));
    scene.broadcast("room", &text);
    scene.broadcast("other", &text);
    assert_eq!(scene.missed(Offset::Start).unwrap().len(), 2);
    scene.broadcast("other", &text);
    assert_eq!(scene.log.held().0, 2);
    assert_eq!(scene.missed(Offset::Start), None);
    assert_eq!(scene.after(2).unwrap().len(), 2);
}

#[test]
fn nothing_is_kept_for_nobody() {
    let mut scene = Scene::new(|_| {});
    scene.broadcast("elsewhere", "1");
    assert_eq!(scene.log.held().0, 0);
    scene.tracker.take().unwrap().end(&scene.log);
    scene.broadcast("room", "1");
    scene.publish(Broadcast::to_all(Frame::event_raw("/", "e", "1")));
    assert_eq!(scene.log.held().0, 0);
    assert_eq!(scene.claim().unwrap_err(), Lost::Unknown);
}

#[test]
fn a_session_is_taken_up_once_by_its_user_and_within_the_window() {
    let mut scene = Scene::new(|_| {});
    assert_eq!(scene.claim().unwrap().holder, Some(HOME));
    assert_eq!(scene.take_up().err(), Some(Lost::InUse));
    scene.cut();
    assert_eq!(scene.claim().unwrap().holder, None);
    for other in [Some("bob"), None] {
        assert_eq!(scene.log.claim(&PID, other).unwrap_err(), Lost::Foreign);
    }
    assert!(scene.take_up().is_ok());
    assert_eq!(scene.take_up().err(), Some(Lost::InUse));
    assert_eq!(scene.claim().unwrap().holder, Some(HOME));

    let mut late = Scene::new(|_| {});
    late.cut();
    late.now = Instant::now() + Duration::from_secs(121);
    assert_eq!(late.take_up().err(), Some(Lost::Unknown));
    late.broadcast("room", "1");
    assert_eq!(late.log.held().0, 0, "nobody follows the room any more");
}

#[test]
fn recovery_sessions_at_the_limit_and_beyond() {
    let mut scene = Scene::new(|_| {});
    scene.cut();
    let cut = |n: u8| {
        let pid = [n; 20];
        scene.log.begin(pid, None, HOME);
        Tracker::new(pid, 1, 1).park(&scene.log, Room::new("own"), Arc::new(()), 1);
    };
    (1..3).for_each(cut);
    assert_eq!(scene.claim().unwrap().holder, None);
    cut(3);
    assert_eq!(scene.claim().unwrap_err(), Lost::Unknown);
    assert_eq!(scene.log.claim(&[3; 20], None).unwrap().holder, None);
}

#[test]
fn one_users_sessions_at_the_limit_and_beyond() {
    let scene = Scene::new(|bounds| bounds.sessions = 10);
    let cut = |n: u8, user| {
        scene.log.begin([n; 20], Some(user), HOME);
        Tracker::new([n; 20], 1, 1).park(&scene.log, Room::new("own"), Arc::new(()), 1);
    };
    let waits = |n: u8, user| scene.log.claim(&[n; 20], Some(user)).is_ok();
    cut(0, "bob");
    (1..=2).for_each(|n| cut(n, "eve"));
    assert!(waits(1, "eve") && waits(2, "eve"));
    cut(3, "eve");
    assert!(!waits(1, "eve") && waits(2, "eve") && waits(3, "eve") && waits(0, "bob"));
    let claim = scene.log.claim(&[3; 20], Some("eve")).unwrap();
    assert!(scene.log.take_up(&claim, HOME, scene.position, scene.now).is_ok());
    cut(4, "eve");
    assert!(waits(2, "eve") && waits(4, "eve"), "one that came back does not count");
}

#[test]
fn what_a_socket_was_excepted_from_stays_so_whatever_room_it_loses_while_away() {
    let blocked: Arc<[Room]> = Arc::new([Room::new("blocked")]);
    for by_removal in [false, true] {
        let mut scene = Scene::new(|_| {});
        let position = scene.position;
        scene.tracker.as_mut().unwrap().join(&scene.log, &blocked[0], position);
        let to = |text: &str| Broadcast::to(Room::new("room"), Frame::event_raw("/", "e", text));
        scene.publish(Broadcast { except: blocked.clone(), ..to("not for it") });
        scene.cut();
        if by_removal {
            let removal = Removal::Leave { of: Arc::new([]), rooms: blocked.clone() };
            scene.log.remove(&removal, 1, |at| scene.position = at);
        }
        let mut parked = scene.take_up().unwrap();
        parked.retain(&scene.log, scene.position, |room| *room != blocked[0]);
        assert!(parked.rooms().eq([&Room::new("room")]));
        let missed = scene.log.replay(&parked, &Offset::Start, scene.position);
        assert_eq!(missed.map(|frames| frames.len()), Some(0));
    }
}

#[test]
fn the_data_of_before_waits_until_the_application_was_told_of_it() {
    let mut scene = Scene::new(|_| {});
    scene.cut();
    let parked = scene.take_up().unwrap();
    // Its new connection is cut before anybody heard of it.
    Tracker::resumed(PID, parked).park(&scene.log, Room::new("own"), Arc::new("another"), scene.position);
    let previous = scene.take_up().unwrap().data;
    assert_eq!(previous.downcast_ref::<&str>(), Some(&"data"));
}

#[test]
fn a_room_that_may_not_be_kept_is_missed() {
    let mut scene = Scene::new(|_| {});
    scene.broadcast("room", "1");
    scene.direct("2");
    scene.cut();
    let mut parked = scene.take_up().unwrap();
    parked.retain(&scene.log, scene.position, |room| room.name() != "room");
    let missed = scene.log.replay(&parked, &Offset::Start, scene.position).unwrap();
    assert_eq!(missed.iter().map(shown).collect::<Vec<_>>(), ["2,\"2.1\""]);
}

#[test]
fn what_was_sent_before_the_log_followed_is_known_to_be_missing() {
    let mut scene = Scene::new(|_| {});
    // Published while the socket's shard is behind, and followed by nobody yet.
    let behind = scene.position;
    let on_its_way = scene.broadcast("late", "1");
    let tracker = scene.tracker.as_mut().unwrap();
    assert_eq!(tracker.join(&scene.log, &Room::new("late"), behind), on_its_way);
    scene.position = behind;
    assert_eq!(scene.missed(Offset::Start), None, "it has not even been sent to the socket");
    scene.position = on_its_way;
    scene.tracker.as_mut().unwrap().note_unlogged(on_its_way);
    assert_eq!(scene.missed(Offset::Start), None);
    assert_eq!(scene.after(on_its_way).unwrap(), [""; 0]);
    let next = scene.broadcast("late", "2");
    assert_eq!(scene.after(on_its_way).unwrap(), [format!("2,\"{next}\"")]);
}

#[test]
fn exceptions_count_as_they_were_when_the_broadcast_came() {
    let mut scene = Scene::new(|_| {});
    let rooms: Arc<[Room]> = [Room::new("room")].into();
    let except = |text: &str| {
        let (rooms, frame) = (rooms.clone(), Frame::event_raw("/", "e", text));
        Broadcast { rooms, except: [Room::new("quiet")].into(), volatile: false, frame }
    };
    scene.publish(except("before"));
    let (log, position) = (&scene.log, scene.position);
    scene.tracker.as_mut().unwrap().join(log, &Room::new("quiet"), position);
    scene.publish(except("not to us"));
    let (log, position) = (&scene.log, scene.position);
    scene.tracker.as_mut().unwrap().leave(log, &Room::new("quiet"), position);
    scene.publish(except("after"));
    assert_eq!(scene.missed(Offset::Start).unwrap(), ["before,\"2\"", "after,\"4\""]);
}

#[test]
fn a_shard_that_is_behind_does_not_take_a_session_up() {
    let mut scene = Scene::new(|_| {});
    scene.broadcast("room", "1");
    scene.cut();
    let behind = scene.log.take_up(&scene.claim().unwrap(), HOME, scene.position - 1, scene.now);
    assert_eq!(behind.err(), Some(Lost::InUse));
    assert!(scene.take_up().is_ok());
}

#[test]
fn of_several_claims_the_last_is_good() {
    let mut scene = Scene::new(|_| {});
    let claims = [(); 3].map(|()| scene.claim().unwrap());
    scene.cut();
    let outcomes = claims.map(|claim| scene.log.take_up(&claim, HOME, scene.position, scene.now).map(drop));
    assert_eq!(outcomes, [Err(Lost::InUse), Err(Lost::InUse), Ok(())]);
}

#[test]
fn recovery_total_bytes_bounds_what_sockets_are_sent_alone() {
    let kept = |scene: &Scene| scene.log.direct_bytes.load(std::sync::atomic::Ordering::Relaxed);
    let mut scene = Scene::new(|bounds| bounds.total_bytes = 80);
    scene.direct("\"missed\"");
    let len = kept(&scene);
    assert!(len > 0 && len * 2 <= 80 && len * 3 > 80, "{len}");
    scene.direct("\"missed\"");
    let start = Offset::At(Position::of_broadcast(scene.position));
    assert_eq!(scene.missed(start).map(|missed| missed.len()), Some(2));
    scene.direct("\"beyond\"");
    assert_eq!(kept(&scene), 2 * len, "the oldest of its own went");
    assert_eq!(scene.missed(Offset::At(Position::of_broadcast(scene.position))), None);

    let mut ended = Scene::new(|_| {});
    ended.direct("1");
    ended.tracker.take().unwrap().end(&ended.log);
    assert_eq!(kept(&ended), 0);
}

#[test]
fn a_busy_room_does_not_push_out_a_quiet_one() {
    let mut scene = Scene::new(|bounds| bounds.total_bytes = 1_500);
    let log = &scene.log;
    scene.tracker.as_mut().unwrap().join(log, &Room::new("busy"), scene.position);
    scene.broadcast("room", "\"quiet\"");
    for _ in 0..1_000 {
        // Five of these are all that a room keeps.
        scene.broadcast("busy", &format!("\"{}\"", "x".repeat(100)));
    }
    assert_eq!(scene.log.held().0, 6);
    let mut parked = {
        scene.cut();
        scene.take_up().unwrap()
    };
    parked.retain(&scene.log, scene.position, |room| room.name() != "busy");
    assert_eq!(scene.log.held().0, 1, "nobody follows the busy room any more");
    let missed = scene.log.replay(&parked, &Offset::Start, scene.position).unwrap();
    assert_eq!(missed.iter().map(shown).collect::<Vec<_>>(), ["\"quiet\",\"2\""]);
}

/// A room, and who is taken out of it, or away altogether, before its shard comes to know.
fn removed_before_it_was_cut(removal: &Removal) -> Result<Parked, Lost> {
    let mut scene = Scene::new(|_| {});
    let mut position = 0;
    scene.log.remove(removal, 2, |at| position = at);
    scene.log.removed(position);
    // The socket's own shard has not come to it.
    scene.cut();
    scene.position = position;
    scene.log.removed(position);
    scene.take_up()
}

#[test]
fn a_removal_holds_for_who_is_cut_off_before_it_comes_to_its_shard() {
    let of: Arc<[Room]> = Arc::new([Room::new("room")]);
    let leave = Removal::Leave { of: of.clone(), rooms: of.clone() };
    assert!(removed_before_it_was_cut(&leave).unwrap().rooms().next().is_none());
    let elsewhere = Removal::Leave { of: Arc::new([Room::new("elsewhere")]), rooms: of.clone() };
    assert_eq!(removed_before_it_was_cut(&elsewhere).unwrap().rooms().count(), 1);
    assert_eq!(removed_before_it_was_cut(&Removal::Disconnect { of }).err(), Some(Lost::Unknown));
}

#[test]
fn a_removal_does_not_hold_for_who_joined_after_it() {
    let mut scene = Scene::new(|_| {});
    let of: Arc<[Room]> = Arc::new([]);
    let leave = Removal::Leave { of: of.clone(), rooms: Arc::new([Room::new("room")]) };
    scene.log.remove(&leave, 2, |at| scene.position = at);
    scene.log.removed(scene.position);
    // This shard has, the other has not.
    scene.cut();
    assert_eq!(scene.take_up().unwrap().rooms().count(), 1);
}
