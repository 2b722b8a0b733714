//! One client: connects whenever it can, recovers or syncs, sends and reads, retries what got no answer.

mod cursor;
mod line;
mod mirror;
mod settle;
mod sync;
mod turn;

use std::{collections::VecDeque, rc::Rc, time::Duration};

use checker::What;
use protocol::{Message, Receipt, StreamHead};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::{
    cursor::Fit,
    line::{Draft, Line},
    mirror::Mirror,
};
use crate::{
    link::{Cut, Link},
    node::NAMESPACE,
    record::plain,
    wire::Packet,
    world::{Phase, World},
};

/// How long a client waits to be let in.
const CONNECT: Duration = Duration::from_secs(4);

/// How long a gap may be before it is asked for.
const GAP_GRACE: Duration = Duration::from_millis(250);

/// Why a connection is left.
pub(crate) enum Left {
    /// It ended, or nothing came any more.
    Broken,
    /// It is cut from outside.
    Cut(Cut),
    /// The server did what it must not.
    Defect(String),
}

/// A session that can be taken up again.
struct Session {
    pid: String,
    offset: Option<String>,
}

pub(crate) struct Client {
    number: usize,
    me: String,
    token: String,
    world: Rc<World>,
    mirror: Mirror,
    session: Option<Session>,
    waiting: VecDeque<Draft>,
    drafted: u64,
    /// Since when something is missing.
    gap_since: Option<Instant>,
    /// How often it was told that something was written elsewhere.
    told_of_elsewhere: u64,
    has_finished: bool,
}

impl Client {
    pub(crate) fn new(number: usize, me: String, token: String, world: Rc<World>) -> Self {
        Self {
            number,
            me,
            token,
            world,
            mirror: Mirror::default(),
            session: None,
            waiting: VecDeque::new(),
            drafted: 0,
            gap_since: None,
            told_of_elsewhere: 0,
            has_finished: false,
        }
    }

    pub(crate) async fn run(mut self) {
        while !self.connection().await {
            let longest = if self.world.chance.happens(200) { 2_000 } else { 300 };
            sleep(self.world.chance.millis(10..longest)).await;
        }
    }

    /// From a connect to the end of the connection; whether all is done.
    async fn connection(&mut self) -> bool {
        let Some(entrance) = self.world.entrance() else { return false };
        let mut line = Line::new(Link::open(&entrance, &self.world.chance));
        let left = self.converse(&mut line).await;
        let how = match &left {
            Err(Left::Cut(how)) => *how,
            Ok(()) | Err(Left::Broken | Left::Defect(_)) => Cut::Reset,
        };
        self.waiting.extend(line.cut(how));
        if let Err(Left::Defect(what)) = &left {
            self.world.record.found(format!("client {}: {what}", self.number));
        }
        self.world.record.trace(format_args!("client {} is away", self.number));
        left.is_ok()
    }

    async fn converse(&mut self, line: &mut Line) -> Result<(), Left> {
        let is_recovered = timeout(CONNECT, self.enter(line)).await.map_err(|_| Left::Broken)??;
        if !is_recovered {
            self.world.record.note(self.number, What::Connected);
        }
        if !is_recovered || !self.mirror.is_whole() {
            self.sync(line).await?;
        }
        let cut_at = Instant::now() + self.world.chance.millis(100..self.world.plan.cut_within_ms);
        let mut next = Instant::now() + self.world.chance.millis(0..50);
        loop {
            if self.world.phase() == Phase::Settle && self.is_idle(line) {
                return self.settle(line).await;
            }
            if self.gap_since.is_some_and(|since| since.elapsed() >= GAP_GRACE) {
                self.sync(line).await?;
            }
            tokio::select! {
                biased;
                packet = line.receive() => self.packet(line, packet?)?,
                () = sleep_until(next) => {
                    if Instant::now() >= cut_at && !self.world.is_calm() {
                        let silently = self.world.chance.happens(400);
                        return Err(Left::Cut(if silently { Cut::Silence } else { Cut::Reset }));
                    }
                    self.turn(line)?;
                    next = Instant::now() + self.world.chance.millis(10..400);
                }
            }
        }
    }

    /// Joins the namespace; whether the session of before was taken up.
    async fn enter(&mut self, line: &mut Line) -> Result<bool, Left> {
        let mut auth = json!({"token": self.token, "sync": true, "recover": true});
        if let Some(session) = &self.session {
            auth["pid"] = json!(session.pid);
            if let Some(offset) = &session.offset {
                auth["offset"] = json!(offset);
            }
        }
        loop {
            match line.receive().await? {
                Packet::Open => line.say(&format!("40{auth}")),
                Packet::Connected(answer) => return self.entered(&answer),
                Packet::Refused(why) => return Err(Left::Defect(format!("{NAMESPACE} refused it: {why}"))),
                other => return Err(Left::Defect(format!("{other:?} before it was let in"))),
            }
        }
    }

    fn entered(&mut self, answer: &Value) -> Result<bool, Left> {
        let pid = answer["pid"].as_str().ok_or_else(|| Left::Defect("no pid".to_owned()))?;
        let is_recovered = self.session.as_ref().is_some_and(|session| session.pid == pid);
        let how = if is_recovered { "recovered" } else { "connected" };
        self.world.record.trace(format_args!("client {} {how}", self.number));
        if is_recovered {
            self.world.count_recovery();
        } else {
            self.session = Some(Session { pid: pid.to_owned(), offset: None });
        }
        Ok(is_recovered)
    }

    fn packet(&mut self, line: &mut Line, packet: Packet) -> Result<(), Left> {
        match packet {
            Packet::Event(name, arguments) => self.event(&name, arguments),
            Packet::Ack(number, answer) => self.answered(line, number, &answer),
            other => Err(Left::Defect(format!("{other:?} within a session"))),
        }
    }

    fn event(&mut self, name: &str, mut arguments: Vec<Value>) -> Result<(), Left> {
        if let Some(session) = &mut self.session
            && let Some(offset) = arguments.get(1).and_then(Value::as_str)
        {
            session.offset = Some(offset.to_owned());
        }
        let argument = if arguments.is_empty() { Value::Null } else { arguments.swap_remove(0) };
        match name {
            "message:new" => self.message(&read(argument)?),
            "participant:joined" | "participant:left" | "participant:updated" => {
                self.mirror.member(&argument);
            }
            "conversation:removed" => self.mirror.lost(&read(argument)?),
            "conversation:new" => self.mirror.gained(&read(argument)?),
            "unread:changed" => self.mirror.read(&read(argument)?),
            "receipt:read" => self.receipt(&read(argument)?)?,
            "heads:digest" => self.mirror.compare(&read::<Vec<StreamHead>>(argument)?),
            "sync:needed" => {
                self.world.record.note(self.number, What::SyncNeeded);
                self.is_missing_something();
                return Ok(());
            }
            other => return Err(Left::Defect(format!("an event {other}"))),
        }
        self.note_gap();
        Ok(())
    }

    fn message(&mut self, message: &Message) {
        let prev_rev = message.prev_rev.max(0) as u64;
        if self.mirror.message(message, &self.me) == Fit::Gap && self.world.may_leave_gaps() {
            // What could not be read is skipped, and the client sees it.
            self.world.record.note(self.number, What::SyncNeeded);
        }
        self.world.record.note(self.number, What::Event { prev_rev, message: told(message) });
    }

    /// Receipts are in no stream: they may come before the message that they are about. They are others'.
    fn receipt(&self, receipt: &Receipt) -> Result<(), Left> {
        if receipt.user_id == self.me {
            return Err(Left::Defect(format!("a receipt of its own: {receipt:?}")));
        }
        Ok(())
    }

    /// Asks at the next turn, whatever the numbers say.
    fn is_missing_something(&mut self) {
        self.mirror.knows_too_little = true;
        self.gap_since = Some(Instant::now() - GAP_GRACE);
    }

    /// Notes since when something is missing, if it is.
    fn note_gap(&mut self) {
        self.gap_since = match self.mirror.is_whole() {
            true => None,
            false => self.gap_since.or(Some(Instant::now())),
        };
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Left> {
    serde_json::from_value(value).map_err(|error| Left::Defect(error.to_string()))
}

/// A message as the checker has it.
fn told(message: &Message) -> checker::Message {
    checker::Message {
        conversation: plain(&message.conversation_id),
        id: plain(&message.id),
        seq: message.seq.max(0) as u64,
        rev: message.rev.max(0) as u64,
        sender: message.sender_id.clone(),
        body: message.body.clone().unwrap_or_default(),
    }
}
