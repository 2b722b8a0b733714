//! Messages that name people, as the service sends them.

use chat::{
    Actor, ConversationId, Decision, Limits, MessageId, UserKey,
    extras::Extras,
    mentions::Mentions,
    messages::{self, Message, MessageBody, SendFacts, SendMessage},
};

use crate::bed::Bed;

impl Bed {
    /// Sends a message that names these or all, as the service does.
    pub(crate) async fn mention(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        body: &str,
        users: &[&Actor],
        all: bool,
    ) -> Message {
        let facts = self.facts(conversation).await;
        let keys: Vec<UserKey> = users.iter().map(|user| user.key).collect();
        let blocks = self.store.blocks_between(actor.key, &keys).await.unwrap();
        let mentions = Mentions { users: users.iter().map(|user| user.id.clone()).collect(), all };
        let command = SendMessage {
            conversation,
            id: MessageId(self.uuid()),
            body: MessageBody::parse(body, &Limits::default()).unwrap(),
            reply_to: None,
            extras: Extras { mentions },
        };
        let known = SendFacts { blocks: &blocks, ..SendFacts::default() };
        match messages::send(actor, &command, Some(&facts), &known, self.now()).unwrap() {
            Decision::Write(plan) => self.sent(plan).await,
            Decision::Answer(_) => panic!("a send without a stored message is written"),
        }
    }
}
