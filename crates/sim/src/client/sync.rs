//! Reading what is not told: `sync`, and the history of what must begin afresh.

use std::time::Duration;

use checker::What;
use protocol::{ListMessages, Message, Page, Synced};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, timeout_at};

use super::{Client, Left, line::Line, read, told};
use crate::{record::plain, wire::Packet};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(4);

impl Client {
    /// Brings the mirror up to date. Events that come meanwhile are taken afterwards.
    pub(super) async fn sync(&mut self, line: &mut Line) -> Result<(), Left> {
        self.pages(line).await?;
        self.read_histories(line).await?;
        self.gap_since = None;
        for (name, arguments) in std::mem::take(&mut line.early) {
            self.event(&name, arguments)?;
        }
        self.note_gap();
        Ok(())
    }

    async fn pages(&mut self, line: &mut Line) -> Result<(), Left> {
        let mut position = self.mirror.position();
        let mut pages: Vec<Synced> = Vec::new();
        loop {
            let page: Synced = self.ask(line, "sync", &position).await?;
            if page.reset {
                self.mirror.forget();
                (position, pages) = (self.mirror.position(), Vec::new());
                continue;
            }
            position.cursor.clone_from(&page.cursor);
            position.epoch = Some(page.epoch.clone());
            let (after, heads) = (page.cursor.clone(), position.heads.take());
            position.heads =
                heads.map(|heads| heads.into_iter().filter(|(id, _)| Some(id) > after.as_ref()).collect());
            pages.push(page);
            if after.is_none() {
                break;
            }
        }
        let conversations = || pages.iter().flat_map(|page| &page.conversations);
        self.world.record.note(self.number, What::Synced(conversations().map(synced).collect()));
        conversations().for_each(|one| self.mirror.absorb(one, &self.me));
        pages.iter().for_each(|page| self.mirror.drop_removed(page));
        pages.first().into_iter().for_each(|first| self.mirror.finish(first));
        Ok(())
    }

    async fn read_histories(&mut self, line: &mut Line) -> Result<(), Left> {
        let stale = self.mirror.conversations.iter().filter(|(_, held)| held.is_stale);
        let stale: Vec<String> = stale.map(|(id, _)| id.clone()).collect();
        for id in stale {
            let messages = self.history(line, &id).await?;
            let noted = messages.iter().map(told).collect();
            self.world.record.note(self.number, What::Fetched { conversation: plain(&id), messages: noted });
            if let Some(held) = self.mirror.conversations.get_mut(&id) {
                held.messages.extend(messages.into_iter().map(|message| (message.seq, message)));
                held.is_stale = false;
            }
        }
        Ok(())
    }

    pub(super) async fn history(&mut self, line: &mut Line, id: &str) -> Result<Vec<Message>, Left> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let list = ListMessages {
                conversation_id: id.to_owned(),
                before_seq: None,
                after_seq: None,
                cursor,
                limit: Some(50),
            };
            let page: Page<Message> = self.ask(line, "message:list", &list).await?;
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// Asks and waits; an answer that is no answer ends the connection.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        line: &mut Line,
        event: &str,
        argument: &impl Serialize,
    ) -> Result<T, Left> {
        let number = line.ask(event, argument)?;
        let deadline = Instant::now() + ANSWER;
        loop {
            match timeout_at(deadline, line.receive()).await.map_err(|_| Left::Broken)?? {
                Packet::Ack(answered, answer) if answered == number => {
                    return if answer["ok"] == true { read(answer) } else { Err(Left::Broken) };
                }
                Packet::Event(name, arguments) => line.early.push((name, arguments)),
                other => self.packet(line, other)?,
            }
        }
    }
}

fn synced(one: &protocol::SyncedConversation) -> checker::Synced {
    let changes = one.changes.iter().flatten();
    checker::Synced {
        conversation: plain(&one.id),
        head_rev: one.head.rev.max(0) as u64,
        reset: one.reset || one.conversation.is_some(),
        messages: changes.filter_map(message_of).map(told).collect(),
    }
}

/// Nobody here changes a message, so every change of a conversation is a new one.
fn message_of(change: &protocol::Replayed) -> Option<&protocol::Message> {
    use protocol::Replayed;
    match change {
        Replayed::MessageNew(message)
        | Replayed::MessageUpdated(message)
        | Replayed::MessageDeleted(message) => Some(message),
        _ => None,
    }
}
