use super::*;

const TIMINGS: Timings = Timings { ping_interval: 300, ping_timeout: 200 };

fn open() -> Session {
    Session::open(1000, false, NEVER, TIMINGS)
}

#[test]
fn the_first_ping_comes_after_one_interval_and_a_pong_starts_the_next() {
    let mut session = open();
    assert_eq!(session.deadline(), 1300);
    assert_eq!(session.on_timer(1299, TIMINGS), Ok(false));
    assert_eq!(session.on_timer(1300, TIMINGS), Ok(true));
    assert_eq!(session.on_packet(1400, TIMINGS, Packet::Pong("")), Ok(Step::Nothing));
    assert_eq!(session.deadline(), 1700);
}

#[test]
fn a_missing_pong_ends_the_session_on_time_even_when_the_ping_went_out_late() {
    let mut session = open();
    assert_eq!(session.on_timer(1304, TIMINGS), Ok(true));
    assert_eq!(session.on_timer(1499, TIMINGS), Ok(false));
    assert_eq!(session.on_timer(1500, TIMINGS), Err(DisconnectReason::PingTimeout));
    assert_eq!(open().on_timer(1500, TIMINGS), Err(DisconnectReason::PingTimeout));
}

#[test]
fn a_pong_that_nobody_asked_for_changes_nothing() {
    let mut session = open();
    assert_eq!(session.on_packet(1299, TIMINGS, Packet::Pong("")), Ok(Step::Nothing));
    assert_eq!(session.deadline(), 1300);
}

#[test]
fn without_a_namespace_the_session_ends() {
    let mut session = Session::open(0, true, 100, TIMINGS);
    assert_eq!(session.on_timer(100, TIMINGS), Err(DisconnectReason::ConnectTimeout));
    session.admit();
    assert_eq!(session.on_timer(100, TIMINGS), Ok(false));
}

#[test]
fn polls_and_posts_do_not_overlap() {
    let mut session = open();
    assert_eq!(session.poll(), Ok(()));
    assert_eq!(session.post(), Ok(()));
    assert!(session.poll().is_err());
    assert!(session.post().is_err());
    session.answered();
    session.posted();
    assert_eq!(session.poll(), Ok(()));
    assert_eq!(session.post(), Ok(()));
}

#[test]
fn one_probe_at_a_time_and_none_after_the_upgrade() {
    let mut session = open();
    assert!(session.probe());
    assert!(!session.probe());
    session.probe_failed();
    assert!(session.probe());
    session.upgrade();
    assert!(!session.is_polling());
    assert!(!session.probe());
    assert!(session.poll().is_err());
}

#[test]
fn packets_that_only_servers_send_are_refused() {
    for packet in [Packet::Open("{}"), Packet::Ping(""), Packet::Upgrade] {
        assert!(open().on_packet(0, TIMINGS, packet).is_err());
    }
    assert_eq!(open().on_packet(0, TIMINGS, Packet::Close), Err(DisconnectReason::TransportClose));
}
