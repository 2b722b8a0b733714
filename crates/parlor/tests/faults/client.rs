//! One client: connects whenever it can, syncs, sends without pause, retries what got no answer, and at the end waits
//! until it holds everything.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use testkit::{Error, Packet, Person, Socket, checker::What};
use tokio::sync::watch;

use crate::{
    Dice,
    recorder::{Recorder, message, plain, synced},
};

/// Sends of one client that wait for their answers.
const IN_FLIGHT: usize = 4;

/// Between attempts to come back, as clients pause.
const PAUSE: Duration = Duration::from_millis(10);

/// A client that holds less than the head for so long has lost something; the checker says what.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a swarm is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Send.
    Send,
    /// Get answers for what was sent, and send nothing new.
    Finish,
    /// Everybody has finished: hold everything, and go.
    Settle,
}

/// What an answer of `unavailable` or `internal` means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nobody knows: try again with the same id.
    Unknown,
    /// Nothing was written, and the client leaves it at that.
    Certain,
}

/// Somebody's text, until it is answered.
#[derive(Clone)]
struct Draft {
    conversation: String,
    id: String,
    body: String,
}

pub(crate) struct Client {
    pub(crate) number: usize,
    pub(crate) person: Person,
    pub(crate) conversations: Vec<String>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) phase: watch::Receiver<Phase>,
    pub(crate) finished: watch::Sender<usize>,
    pub(crate) failure: Failure,
    pub(crate) dice: Dice,
    state: State,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Draft>,
    sent: u64,
    /// By conversation (plain id): the last change up to which everything is held.
    held: HashMap<String, u64>,
    /// Changes beyond it.
    ahead: HashMap<String, BTreeMap<u64, u64>>,
    has_finished: bool,
}

/// Why a connection is left.
enum Left {
    Settled,
    Broken,
}

impl From<Error> for Left {
    fn from(_: Error) -> Self {
        Self::Broken
    }
}

impl Client {
    #[allow(clippy::too_many_arguments, reason = "a swarm fills it in one place")]
    pub(crate) fn new(
        number: usize,
        person: Person,
        conversations: Vec<String>,
        recorder: Arc<Recorder>,
        phase: watch::Receiver<Phase>,
        finished: watch::Sender<usize>,
        failure: Failure,
        seed: u64,
    ) -> Self {
        let dice = Dice(seed);
        let state = State::default();
        Self { number, person, conversations, recorder, phase, finished, failure, dice, state }
    }

    pub(crate) async fn run(mut self) {
        while let Left::Broken = self.connection().await.unwrap_or_else(|left| left) {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// From a connect to the end of the connection.
    async fn connection(&mut self) -> Result<Left, Left> {
        let mut socket = self.person.connect().await?;
        self.recorder.note(self.number, What::Connected);
        self.state.ahead.clear();
        let sync = self.sync(&mut socket).await?;
        self.synced(&sync).await?;
        let mut asked: HashMap<u64, (u64, Draft)> = HashMap::new();
        let left = self.exchange(&mut socket, &mut asked).await;
        // What got no answer is tried again, first of all.
        for (_, (_, draft)) in asked {
            self.state.waiting.push_front(draft);
        }
        left
    }

    async fn exchange(
        &mut self,
        socket: &mut Socket,
        asked: &mut HashMap<u64, (u64, Draft)>,
    ) -> Result<Left, Left> {
        loop {
            let phase = *self.phase.borrow_and_update();
            while asked.len() < IN_FLIGHT
                && let Some(draft) = self.next_draft(phase)
            {
                self.send(socket, draft, asked).await?;
            }
            if asked.is_empty() && phase == Phase::Finish && !self.state.has_finished {
                self.state.has_finished = true;
                self.finished.send_modify(|count| *count += 1);
            }
            if phase == Phase::Settle && asked.is_empty() {
                return self.settle(socket).await;
            }
            let mut next = self.phase.clone();
            tokio::select! {
                packet = socket.receive() => self.packet(packet?, asked).await?,
                _ = next.changed() => {}
            }
        }
    }

    fn next_draft(&mut self, phase: Phase) -> Option<Draft> {
        if let Some(draft) = self.state.waiting.pop_front() {
            return Some(draft);
        }
        (phase == Phase::Send).then(|| {
            self.state.sent += 1;
            let at = self.dice.roll(self.conversations.len() as u64) as usize;
            let number = (self.number as u128) << 64 | u128::from(self.state.sent);
            Draft {
                conversation: self.conversations[at].clone(),
                id: uuid::Uuid::from_u128(number).to_string(),
                body: format!("{} of client {}", self.state.sent, self.number),
            }
        })
    }

    /// Mostly once; sometimes the same again at once, sometimes other content under the same id.
    async fn send(
        &mut self,
        socket: &mut Socket,
        draft: Draft,
        asked: &mut HashMap<u64, (u64, Draft)>,
    ) -> Result<(), Left> {
        let dice = self.dice.roll(16);
        self.attempt(socket, &draft, asked).await?;
        match dice {
            0 => self.attempt(socket, &draft, asked).await,
            1 => {
                let other = Draft { body: format!("{} (another text)", draft.body), ..draft };
                self.attempt(socket, &other, asked).await
            }
            _ => Ok(()),
        }
    }

    async fn attempt(
        &mut self,
        socket: &mut Socket,
        draft: &Draft,
        asked: &mut HashMap<u64, (u64, Draft)>,
    ) -> Result<(), Left> {
        let Draft { conversation, id, body } = draft;
        let attempt = self.recorder.invoked(self.number, conversation, id, body);
        let argument = json!({"conversation_id": conversation, "id": id, "body": body});
        match socket.start("message:send", argument).await {
            Ok(ack) => {
                asked.insert(ack, (attempt, draft.clone()));
                Ok(())
            }
            Err(error) => {
                self.state.waiting.push_front(draft.clone());
                Err(error.into())
            }
        }
    }

    async fn packet(&mut self, packet: Packet, asked: &mut HashMap<u64, (u64, Draft)>) -> Result<(), Left> {
        match packet {
            Packet::Event(name, payload) => self.event(&name, &payload),
            Packet::Ack(number, answer) => {
                if let Some((attempt, draft)) = asked.remove(&number) {
                    self.answered(attempt, draft, &answer).await;
                }
            }
            Packet::Disconnected => return Err(Left::Broken),
            Packet::Connected | Packet::Refused(_) => {}
        }
        Ok(())
    }

    async fn answered(&mut self, attempt: u64, draft: Draft, answer: &Value) {
        if answer["ok"] == true {
            let message = message(&answer["message"]);
            return self.recorder.note(self.number, What::Acknowledged { attempt, message });
        }
        let code = answer["error"]["code"].as_str().unwrap_or_default();
        let may_be_written = matches!(code, "unavailable" | "internal");
        if !may_be_written || self.failure == Failure::Certain {
            self.recorder.note(self.number, What::Refused { attempt });
        } else {
            self.state.waiting.push_back(draft);
        }
        if may_be_written {
            self.recorder.note_failure();
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn event(&mut self, name: &str, payload: &Value) {
        if name == "message:new" {
            let message = message(payload);
            let prev_rev = payload["prev_rev"].as_u64().unwrap_or_default();
            let ahead = self.state.ahead.entry(message.conversation.clone()).or_default();
            ahead.insert(prev_rev, message.rev);
            let conversation = message.conversation.clone();
            self.recorder.note(self.number, What::Event { prev_rev, message });
            self.state.advance(&conversation);
        }
    }

    /// Asks what was missed; events that come meanwhile are taken.
    async fn sync(&mut self, socket: &mut Socket) -> Result<Vec<Value>, Left> {
        let ids = self.conversations.iter();
        let heads: HashMap<_, _> =
            ids.filter_map(|id| Some((id.clone(), *self.state.held.get(&plain(id))?))).collect();
        let mut told = Vec::new();
        let mut request = json!({"heads": heads});
        loop {
            let mut answer = self.ask(socket, "sync", request.clone()).await?;
            if answer["ok"] != true {
                return Err(Left::Broken);
            }
            if let Value::Array(conversations) = answer["conversations"].take() {
                told.extend(conversations);
            }
            if answer["cursor"].is_null() {
                return Ok(told);
            }
            request["cursor"] = answer["cursor"].take();
        }
    }

    /// Noted only once it is whole, since only then does the client hold it.
    async fn synced(&mut self, told: &[Value]) -> Result<(), Left> {
        let told: Vec<_> = told.iter().map(synced).collect();
        let mut fetched = Vec::new();
        for synced in told.iter().filter(|synced| synced.reset) {
            let id = self.conversations.iter().find(|id| plain(id) == synced.conversation);
            let Some(id) = id else { continue };
            let messages: Vec<_> = self.person.history(id).await?.iter().map(message).collect();
            fetched.push((synced.conversation.clone(), messages));
        }
        for synced in told.iter().filter(|synced| !synced.reset) {
            let held = self.state.held.entry(synced.conversation.clone()).or_default();
            *held = synced.head_rev.max(*held);
        }
        let conversations: Vec<_> = told.iter().map(|synced| synced.conversation.clone()).collect();
        self.recorder.note(self.number, What::Synced(told));
        for (conversation, messages) in fetched {
            let last = messages.last().map_or(0, |message| message.rev);
            self.state.held.insert(conversation.clone(), last);
            self.recorder.note(self.number, What::Fetched { conversation, messages });
        }
        conversations.iter().for_each(|conversation| self.state.advance(conversation));
        Ok(())
    }

    async fn ask(&mut self, socket: &mut Socket, event: &str, argument: Value) -> Result<Value, Left> {
        let number = socket.start(event, argument).await?;
        loop {
            match socket.receive().await? {
                Packet::Ack(answered, answer) if answered == number => return Ok(answer),
                Packet::Event(name, payload) => self.event(&name, &payload),
                Packet::Disconnected => return Err(Left::Broken),
                _ => {}
            }
        }
    }

    /// Waits until events have brought everything that there is: a sync would hide what they left out.
    async fn settle(&mut self, socket: &mut Socket) -> Result<Left, Left> {
        let list = self.ask(socket, "conversation:list", json!({"limit": 200})).await?;
        let Some(items) = list["items"].as_array() else { return Err(Left::Broken) };
        let head = |item: &Value| Some((plain(item["id"].as_str()?), item["head"]["rev"].as_u64()?));
        let heads: Vec<_> = items.iter().filter_map(head).collect();
        let started = tokio::time::Instant::now();
        while !heads.iter().all(|(id, rev)| self.state.held.get(id).copied().unwrap_or(0) >= *rev) {
            match tokio::time::timeout_at(started + PATIENCE, socket.receive()).await {
                Ok(packet) => self.packet(packet?, &mut HashMap::new()).await?,
                Err(_) => break,
            }
        }
        self.recorder.note(self.number, What::Settled);
        Ok(Left::Settled)
    }
}

impl State {
    /// Joins what is ahead to what is held, as far as it goes on from there.
    fn advance(&mut self, conversation: &str) {
        let held = self.held.entry(conversation.to_owned()).or_default();
        let Some(ahead) = self.ahead.get_mut(conversation) else { return };
        while let Some(first) = ahead.first_entry()
            && *first.key() <= *held
        {
            *held = first.remove().max(*held);
        }
    }
}
