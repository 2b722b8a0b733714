//! The end: what a client holds is what a fresh look shows (G6).

use std::collections::BTreeMap;

use checker::What;
use protocol::{Conversation, ListConversations, Page};

use super::{Client, Left, line::Line};

impl Client {
    pub(super) async fn settle(&mut self, line: &mut Line) -> Result<(), Left> {
        self.world.record.note(self.number, What::Settled);
        let fresh = self.list(line).await?;
        let mut wrong = Vec::new();
        for conversation in fresh.values() {
            let messages = self.history(line, &conversation.id).await?;
            let Some(held) = self.mirror.conversations.get(&conversation.id) else {
                wrong.push(format!("does not know {}", conversation.id));
                continue;
            };
            let ours = (held.rev(), held.read_seq, held.unread());
            let theirs = (conversation.head.rev, conversation.read_seq, conversation.unread);
            if ours != theirs {
                wrong.push(format!(
                    "has (rev, read_seq, unread) {ours:?} of {}, not {theirs:?}",
                    conversation.id
                ));
            }
            if !held.messages.values().eq(messages.iter().rev()) {
                let seqs: Vec<i64> = held.messages.keys().copied().collect();
                wrong.push(format!(
                    "holds other messages of {}: seq {seqs:?} of {}",
                    conversation.id,
                    messages.len()
                ));
            }
        }
        let gone = self.mirror.conversations.keys().filter(|id| !fresh.contains_key(*id));
        wrong.extend(gone.map(|id| format!("holds {id}, which is not there")));
        for what in wrong {
            self.world.record.found(format!("client {} of {} {what}", self.number, self.me));
        }
        for conversation in fresh.into_values() {
            self.world.unread(&self.me, &conversation.id, conversation.unread);
        }
        Ok(())
    }

    async fn list(&mut self, line: &mut Line) -> Result<BTreeMap<String, Conversation>, Left> {
        let (mut all, mut list) = (BTreeMap::new(), ListConversations { cursor: None, limit: Some(5) });
        loop {
            let page: Page<Conversation> = self.ask(line, "conversation:list", &list).await?;
            all.extend(page.items.into_iter().map(|one| (one.id.clone(), one)));
            list.cursor = page.next_cursor;
            if list.cursor.is_none() {
                return Ok(all);
            }
        }
    }
}
