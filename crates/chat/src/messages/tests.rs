use super::*;
use crate::fixtures::{actor, direct};
use uuid::Uuid;

fn command(body: &str) -> SendMessage {
    SendMessage {
        conversation: ConversationId(Uuid::from_u128(5)),
        id: MessageId(Uuid::from_u128(9)),
        body: MessageBody::parse(body, &Limits::default()).unwrap(),
        reply_to: None,
        extras: Extras::default(),
    }
}

#[test]
fn a_send_rests_on_the_members_and_on_the_id_being_new() {
    let Decision::Write(plan) =
        send(&actor(1, "ada"), &command("hi"), Some(&direct()), &SendFacts::default(), Timestamp(7)).unwrap()
    else {
        panic!("a new message is written")
    };
    assert_eq!(plan.guards.len(), 2);
    assert_eq!((plan.messages(), plan.conversation_changes()), (1, 1));
}

#[test]
fn nothing_is_sent_across_a_block() {
    let blocked = ConversationFacts { blocked: true, ..direct() };
    let sent = send(&actor(1, "ada"), &command("hi"), Some(&blocked), &SendFacts::default(), Timestamp(7));
    assert_eq!(sent.unwrap_err(), Refusal::NotAllowed);
}

#[test]
fn a_stranger_and_a_missing_conversation_look_alike() {
    let stranger =
        send(&actor(3, "eve"), &command("hi"), Some(&direct()), &SendFacts::default(), Timestamp(7));
    let missing = send(&actor(1, "ada"), &command("hi"), None, &SendFacts::default(), Timestamp(7));
    assert_eq!(stranger.unwrap_err(), missing.unwrap_err());
}

#[test]
fn a_retry_gets_the_stored_message_and_another_text_a_conflict() {
    let Decision::Write(plan) =
        send(&actor(1, "ada"), &command("hi"), Some(&direct()), &SendFacts::default(), Timestamp(7)).unwrap()
    else {
        panic!("a new message is written")
    };
    let Write::Message(new) = &plan.writes[0] else { panic!("{plan:?}") };
    let stored = StoredMessage { message: new.numbered(4, 6), request_hash: new.request_hash };
    let again = send(
        &actor(1, "ada"),
        &command("hi"),
        Some(&direct()),
        &SendFacts { stored: Some(&stored), ..SendFacts::default() },
        Timestamp(8),
    )
    .unwrap();
    assert!(matches!(again, Decision::Answer(message) if message == stored.message));
    let other_text = send(
        &actor(1, "ada"),
        &command("ho"),
        Some(&direct()),
        &SendFacts { stored: Some(&stored), ..SendFacts::default() },
        Timestamp(8),
    );
    let other_sender = send(
        &actor(2, "bob"),
        &command("hi"),
        Some(&direct()),
        &SendFacts { stored: Some(&stored), ..SendFacts::default() },
        Timestamp(8),
    );
    assert!(matches!(other_text, Err(Refusal::Conflict { .. })));
    assert!(matches!(other_sender, Err(Refusal::Conflict { .. })));
}

#[test]
fn a_body_is_bounded_in_bytes_and_must_show_something() {
    let limits = Limits::default();
    assert!(MessageBody::parse(&"x".repeat(16_384), &limits).is_ok());
    assert!(matches!(
        MessageBody::parse(&"x".repeat(16_385), &limits),
        Err(Refusal::TooLarge { given: 16_385, limit: Limit { name: "message_body_bytes", .. }, .. })
    ));
    for blank in ["", " \n\t", "\u{200b}\u{feff}", "\u{2800}", "\u{3164}", "a\0b"] {
        assert!(MessageBody::parse(blank, &limits).is_err(), "{blank:?}");
    }
    for text in ["👩‍👩‍👧", "0", "❤️", "ع"] {
        assert!(MessageBody::parse(text, &limits).is_ok(), "{text:?}");
    }
}

#[test]
fn a_reply_rests_on_what_it_quotes_and_its_hash_on_which_that_is() {
    let Decision::Write(plan) =
        send(&actor(2, "bob"), &command("frist"), Some(&direct()), &SendFacts::default(), Timestamp(7))
            .unwrap()
    else {
        panic!("a new message is written")
    };
    let Write::Message(first) = &plan.writes[0] else { panic!("{plan:?}") };
    let original = first.numbered(4, 6);
    let reply =
        SendMessage { reply_to: Some(original.id), id: MessageId(Uuid::from_u128(10)), ..command("hi") };
    let try_reply = |original| {
        send(
            &actor(1, "ada"),
            &reply,
            Some(&direct()),
            &SendFacts { original, ..SendFacts::default() },
            Timestamp(8),
        )
    };
    let Decision::Write(plan) = try_reply(Some(&original)).unwrap() else { panic!("it is new") };
    assert!(plan.guards.contains(&Guard::MessageRev { conversation: ConversationKey(5), seq: 4, rev: 6 }));
    let Write::Message(new) = &plan.writes[0] else { panic!("{plan:?}") };
    let quote =
        Quote { id: original.id, seq: 4, sender_id: original.sender_id.clone(), body: Some("frist".into()) };
    assert_eq!(new.reply_to, Some(quote));
    assert_ne!(new.request_hash, command("hi").request_hash(&actor(1, "ada").id));

    let unsent = Message { body: None, deleted_at: Some(Timestamp(9)), ..original.clone() };
    let absent = try_reply(None).unwrap_err();
    assert_eq!(absent, Refusal::NotFound { what: "message" });
    assert_eq!(try_reply(Some(&unsent)).unwrap_err(), absent);
}

#[test]
fn a_quote_is_cut_between_characters() {
    let Decision::Write(plan) = send(
        &actor(1, "ada"),
        &command(&"é".repeat(201)),
        Some(&direct()),
        &SendFacts::default(),
        Timestamp(7),
    )
    .unwrap() else {
        panic!("a new message is written")
    };
    let Write::Message(new) = &plan.writes[0] else { panic!("{plan:?}") };
    assert_eq!(Quote::of(&new.numbered(1, 1)).body, Some("é".repeat(200)));
}
