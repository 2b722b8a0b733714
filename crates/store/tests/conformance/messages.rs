//! History.

use chat::Page;
use store::HistoryRange;

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    an_empty_conversation_has_an_empty_page,
    history_comes_newest_first_between_the_given_numbers,
    pages_follow_each_other_without_a_gap,
    a_body_comes_back_as_it_was,
);

fn range(before_seq: Option<i64>, after_seq: Option<i64>) -> HistoryRange {
    HistoryRange { before_seq, after_seq }
}

async fn an_empty_conversation_has_an_empty_page(bed: Bed) {
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let page = bed.store.history(ada.key, room, range(None, None), 10).await.unwrap();
    assert_eq!(page, Some(Page { items: vec![], next: None }));
}

async fn history_comes_newest_first_between_the_given_numbers(bed: Bed) {
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 1..=9 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    let cases: [(_, _, usize, &[i64], _); 9] = [
        (None, None, 20, &[9, 8, 7, 6, 5, 4, 3, 2, 1], None),
        (None, None, 9, &[9, 8, 7, 6, 5, 4, 3, 2, 1], None),
        (None, None, 3, &[9, 8, 7], Some(7)),
        (Some(4), None, 20, &[3, 2, 1], None),
        (Some(4), None, 2, &[3, 2], Some(2)),
        (None, Some(6), 20, &[9, 8, 7], None),
        (None, Some(6), 2, &[9, 8], Some(8)),
        (Some(6), Some(2), 20, &[5, 4, 3], None),
        (Some(1), Some(i64::MAX), 20, &[], None),
    ];
    for (before, after, limit, expected, next) in cases {
        let page = bed.store.history(ada.key, room, range(before, after), limit).await.unwrap().unwrap();
        let numbers: Vec<_> = page.items.iter().map(|message| message.seq).collect();
        assert_eq!((&numbers[..], page.next), (expected, next), "{before:?} {after:?} {limit}");
    }
}

async fn pages_follow_each_other_without_a_gap(bed: Bed) {
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 1..=10 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    for limit in 1..=11 {
        let (mut numbers, mut before) = (Vec::new(), None);
        loop {
            let page =
                bed.store.history(ada.key, room, range(before, Some(2)), limit).await.unwrap().unwrap();
            numbers.extend(page.items.iter().map(|message| message.seq));
            match page.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
        assert_eq!(numbers, [10, 9, 8, 7, 6, 5, 4, 3], "pages of {limit}");
    }
}

async fn a_body_comes_back_as_it_was(bed: Bed) {
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let long = "é".repeat(8_192);
    for body in ["  spaces kept  ", "👩‍👩‍👧 ع \u{202e}x", "'; DROP TABLE messages; --", "{1,2}\\", &long]
    {
        let sent = bed.send(&ada, room, body).await;
        let stored = bed.all(&ada, room).await.pop().unwrap();
        assert_eq!(stored, sent);
        assert_eq!(stored.body.as_deref(), Some(body));
    }
}
