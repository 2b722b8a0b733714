//! What a client does by itself.

use std::time::Duration;

use checker::What;
use protocol::{MarkRead, SendMessage, Sent};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Client, Left,
    line::{Draft, Line, Pending},
    read, told,
};
use crate::world::Phase;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(3);

/// Attempts that wait for their answers.
const IN_FLIGHT: usize = 3;

impl Client {
    /// Nothing waits to be sent or answered.
    pub(super) fn is_idle(&self, line: &Line) -> bool {
        line.pending.is_empty() && self.waiting.is_empty()
    }

    pub(super) fn turn(&mut self, line: &mut Line) -> Result<(), Left> {
        self.give_up_waiting(line);
        let told = self.world.told_of_elsewhere(&self.me);
        if told > std::mem::replace(&mut self.told_of_elsewhere, told) {
            self.is_missing_something();
        }
        if self.world.phase() == Phase::Busy {
            self.act(line)?;
        } else if self.is_idle(line) && !self.has_finished && self.gap_since.is_none() {
            self.has_finished = true;
            self.world.count_finished();
        }
        while line.pending.len() < IN_FLIGHT
            && let Some(draft) = self.waiting.pop_front()
        {
            self.send(line, draft)?;
        }
        Ok(())
    }

    /// What got no answer in time is tried again.
    fn give_up_waiting(&mut self, line: &mut Line) {
        let late = line.pending.extract_if(.., |_, pending| pending.deadline <= Instant::now());
        self.waiting.extend(late.map(|(_, pending)| pending.draft));
    }

    fn act(&mut self, line: &mut Line) -> Result<(), Left> {
        let chance = self.world.chance.clone();
        let known: Vec<String> = self.mirror.conversations.keys().cloned().collect();
        let Some(conversation) = chance.pick(&known) else {
            return if chance.happens(300) { self.create(line) } else { Ok(()) };
        };
        match chance.within(0..100) {
            0..60 => self.draft(conversation),
            60..80 => self.mark(line, conversation)?,
            80..84 if known.len() < 8 => self.create(line)?,
            _ => {}
        }
        Ok(())
    }

    fn draft(&mut self, conversation: &str) {
        self.drafted += 1;
        let draft = Draft {
            conversation: conversation.to_owned(),
            id: self.world.chance.uuid().to_string(),
            body: format!("{} of client {}", self.drafted, self.number),
        };
        match self.world.chance.within(0..16) {
            // The same again at once, and other content under the same id.
            0 => self.waiting.push_back(draft.clone()),
            1 => self.waiting.push_back(Draft { body: format!("{} (other)", draft.body), ..draft.clone() }),
            _ => {}
        }
        self.waiting.push_back(draft);
    }

    fn mark(&mut self, line: &mut Line, conversation: &str) -> Result<(), Left> {
        let last = self.mirror.conversations.get(conversation).and_then(|held| held.messages.keys().last());
        let seq = self.world.chance.within(0..last.map_or(1, |last| *last as u64) + 2) as i64;
        line.ask("conversation:read", &MarkRead { id: conversation.to_owned(), seq }).map(drop)
    }

    fn create(&mut self, line: &mut Line) -> Result<(), Left> {
        let others: Vec<&String> = self.world.users.iter().filter(|user| **user != self.me).collect();
        let create = match self.world.chance.pick(&others) {
            Some(other) if self.world.chance.happens(400) => json!({"kind": "direct", "user_id": other}),
            _ => {
                let some: Vec<_> = others.iter().filter(|_| self.world.chance.happens(700)).collect();
                json!({"kind": "group", "name": "Garden", "user_ids": some})
            }
        };
        line.ask("conversation:create", &create).map(drop)
    }

    fn send(&mut self, line: &mut Line, draft: Draft) -> Result<(), Left> {
        let Draft { conversation, id, body } = draft.clone();
        let attempt = self.world.record.invoked(self.number, &conversation, &id, &body);
        let send =
            SendMessage { conversation_id: conversation, id: Some(id), body, reply_to: None, mentions: None };
        let number = line.ask("message:send", &send)?;
        line.pending.insert(number, Pending { attempt, draft, deadline: Instant::now() + ANSWER });
        Ok(())
    }

    pub(super) fn answered(&mut self, line: &mut Line, number: u64, answer: &Value) -> Result<(), Left> {
        let Some(Pending { attempt, draft, .. }) = line.pending.remove(&number) else { return Ok(()) };
        if answer["ok"] == true {
            let message = told(&read::<Sent>(answer.clone())?.message);
            self.world.record.note(self.number, What::Acknowledged { attempt, message });
            return Ok(());
        }
        match answer["error"]["code"].as_str().unwrap_or_default() {
            // Nobody knows whether it was written.
            "unavailable" | "internal" => self.waiting.push_back(draft),
            "conflict" => self.world.record.note(self.number, What::Refused { attempt }),
            other => return Err(Left::Defect(format!("a send was refused with {other}: {answer}"))),
        }
        Ok(())
    }
}
