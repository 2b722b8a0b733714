//! What a client that mirrors streams does with events and with answers of sync.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::Person;

/// What a client holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Mirror {
    pub(super) user_rev: Option<i64>,
    conversations: BTreeMap<String, Held>,
    blocked: BTreeSet<String>,
    settings: Value,
    /// Who waits for an answer, by conversation.
    requests: BTreeMap<String, String>,
}

/// A conversation without its profiles, and its messages.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    conversation: Value,
    /// What he deleted for himself beyond his read mark.
    hidden: BTreeSet<i64>,
    messages: BTreeMap<i64, Value>,
    /// How far others have come, by user. In no stream: read with the history, and followed by events.
    receipts: BTreeMap<String, Value>,
}

fn id(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn waiting(requests: &Value) -> BTreeMap<String, String> {
    let requests = requests.as_array().unwrap().iter();
    requests.map(|one| (id(&one["conversation_id"]), id(&one["user"]["id"]))).collect()
}

async fn receipts(person: &Person, conversation: &str) -> BTreeMap<String, Value> {
    let page = person.get(&format!("/conversations/{conversation}/receipts?limit=200")).await.unwrap().json;
    let known = page["items"].as_array().into_iter().flatten();
    let known = known.filter(|state| state.get("read").is_some() || state.get("delivered").is_some());
    known.map(|state| (id(&state["user_id"]), state.clone())).collect()
}

impl Held {
    async fn fetched(person: &Person, id: &str, described: &Value) -> Self {
        let mut conversation = described.clone();
        let described = conversation.as_object_mut().unwrap();
        for stream in ["prev_user_rev", "user_rev"] {
            described.remove(stream);
        }
        let hidden = described.remove("hidden").unwrap_or(json!([]));
        let hidden = hidden.as_array().unwrap().iter().map(number).collect();
        for participant in conversation["participants"].as_array_mut().unwrap() {
            participant["user"] = participant["user"]["id"].clone();
        }
        let page = person.get(&format!("/conversations/{id}/messages?limit=200")).await.unwrap().json;
        // He may not be in it any more.
        let messages = page["items"].as_array().into_iter().flatten();
        let messages = messages.map(|m| (number(&m["seq"]), m.clone())).collect();
        Self { conversation, hidden, messages, receipts: receipts(person, id).await }
    }

    /// Takes note of a change's number; false for a repetition.
    fn follows(&mut self, change: &Value) -> bool {
        let head = &mut self.conversation["head"];
        if number(&change["rev"]) <= number(&head["rev"]) {
            return false;
        }
        assert_eq!(change["prev_rev"], head["rev"], "no gap in the conversation's stream");
        head["rev"] = change["rev"].clone();
        true
    }

    /// Somebody joined, left, or has another role.
    fn participant(&mut self, name: &str, event: &Value) {
        if !self.follows(event) {
            return;
        }
        let participants = self.conversation["participants"].as_array_mut().unwrap();
        match name {
            "participant:joined" => {
                let mut joined = event["participant"].clone();
                joined["user"] = joined["user"]["id"].clone();
                participants.retain(|one| one["user"] != joined["user"]);
                participants.push(joined.clone());
                if self.conversation["request"]["id"] == joined["user"] {
                    self.conversation.as_object_mut().unwrap().remove("request");
                }
            }
            "participant:left" => {
                participants.retain(|one| one["user"] != event["user_id"]);
                self.receipts.remove(event["user_id"].as_str().unwrap());
            }
            _ => {
                let updated = participants.iter_mut().find(|one| one["user"] == event["user_id"]);
                updated.unwrap()["role"] = event["role"].clone();
            }
        }
    }

    fn message(&mut self, me: &str, message: &Value) {
        if !self.follows(message) {
            return;
        }
        self.messages.insert(number(&message["seq"]), message.clone());
        self.conversation["head"] = json!({"seq": message["seq"], "rev": message["rev"]});
        self.conversation["last_message"] = message.clone();
        self.conversation["last_activity_at"] = message["created_at"].clone();
        let counts =
            message["sender_id"] != me && message["kind"] != "system" && message.get("deleted_at").is_none();
        let unread = number(&self.conversation["unread"]) + i64::from(counts);
        self.conversation["unread"] = json!(unread);
        if counts && names(message, me) {
            self.add_mentions(1);
        }
    }

    /// A count of nothing is absent.
    fn add_mentions(&mut self, more: i64) {
        let count = self.conversation.get("mentions").map_or(0, number) + more;
        self.take_mentions(&json!({"mentions": count}));
    }

    fn take_mentions(&mut self, counted: &Value) {
        let conversation = self.conversation.as_object_mut().unwrap();
        conversation.remove("mentions");
        let count = counted.get("mentions").filter(|count| number(count) != 0);
        conversation.extend(count.map(|count| ("mentions".to_owned(), count.clone())));
    }
}

/// Nobody blocks who writes here.
fn names(message: &Value, me: &str) -> bool {
    let named = message["mentions"]["user_ids"].as_array().into_iter().flatten().any(|id| id == me);
    named || message["mentions"]["all"] == true
}

impl Held {
    /// What the conversation is for him alone.
    fn own(&mut self, state: Option<&Value>) {
        let conversation = self.conversation.as_object_mut().unwrap();
        match state.filter(|state| **state != json!({})) {
            Some(state) => drop(conversation.insert("state".to_owned(), state.clone())),
            None => drop(conversation.remove("state")),
        }
        let deleted = self.deleted();
        self.messages.retain(|seq, _| *seq > deleted);
        if self.conversation["last_message"]["seq"].as_i64().is_some_and(|seq| seq <= deleted) {
            self.conversation.as_object_mut().unwrap().remove("last_message");
        }
    }

    /// Up to where it is deleted for him.
    fn deleted(&self) -> i64 {
        self.conversation["state"]["deleted_seq"].as_i64().unwrap_or(-1)
    }

    /// A change of the conversation's stream.
    fn change(&mut self, me: &str, name: &str, change: &Value) {
        match name {
            "message:new" => self.message(me, change),
            "message:updated" => self.updated(change),
            "participant:joined" | "participant:left" | "participant:updated" => {
                self.participant(name, change);
            }
            "reaction:changed" => self.reacted(me, change),
            "conversation:updated" => self.details(change),
            "change:hidden" => drop(self.follows(change)),
            "message:deleted" => {
                if number(&change["rev"]) > number(&self.conversation["head"]["rev"]) {
                    self.uncount(me, change);
                }
                self.updated(change);
            }
            other => panic!("a change that no client knows: {other}"),
        }
    }

    /// What the conversation is called and how it is kept, all of it.
    fn details(&mut self, change: &Value) {
        if !self.follows(change) {
            return;
        }
        let conversation = self.conversation.as_object_mut().unwrap();
        for part in ["name", "description", "avatar_url", "settings"] {
            match change.get(part) {
                Some(value) => drop(conversation.insert(part.to_owned(), value.clone())),
                None => drop(conversation.remove(part)),
            }
        }
    }

    /// Who is among those who reacted, each client knows by himself.
    fn reacted(&mut self, me: &str, change: &Value) {
        if number(&change["rev"]) <= number(&self.conversation["head"]["rev"]) {
            return;
        }
        let Some(held) = self.messages.get(&number(&change["seq"])) else {
            self.follows(change);
            return;
        };
        let is_mine = |emoji: &Value| {
            if change["user_id"] == me {
                return change["emojis"].as_array().unwrap().contains(emoji);
            }
            let before = held["reactions"].as_array().into_iter().flatten();
            before.into_iter().any(|one| one["emoji"] == *emoji && one["mine"] == true)
        };
        let mut reactions = change["reactions"].clone();
        for one in reactions.as_array_mut().unwrap() {
            if is_mine(&one["emoji"]) {
                one["mine"] = json!(true);
            }
        }
        let mut message = held.clone();
        message["reactions"] = reactions;
        if message["reactions"] == json!([]) {
            message.as_object_mut().unwrap().remove("reactions");
        }
        (message["prev_rev"], message["rev"]) = (change["prev_rev"].clone(), change["rev"].clone());
        self.updated(&message);
    }

    /// Events do not say which reactions are one's own: they stay as they are held.
    fn keeping_mine(&self, event: &Value) -> Value {
        let mut message = event.clone();
        let held =
            self.messages.get(&number(&event["seq"])).map_or(Value::Null, |held| held["reactions"].clone());
        if let Some(reactions) = message.get_mut("reactions").and_then(Value::as_array_mut) {
            for one in reactions {
                let mut before = held.as_array().into_iter().flatten();
                if before.any(|own| own["emoji"] == one["emoji"] && own["mine"] == true) {
                    one["mine"] = json!(true);
                }
            }
        }
        message
    }

    /// He deleted messages for himself.
    fn hide(&mut self, seqs: &[i64]) {
        self.messages.retain(|seq, _| !seqs.contains(seq));
        self.hidden.extend(seqs);
        self.forget_read();
    }

    /// Of what is read nothing is counted.
    fn forget_read(&mut self) {
        let read_seq = number(&self.conversation["read_seq"]);
        self.hidden.retain(|seq| *seq > read_seq);
    }

    /// What was unsent is not unread any more.
    fn uncount(&mut self, me: &str, message: &Value) {
        let counted = number(&message["seq"]) > number(&self.conversation["read_seq"])
            && message["sender_id"] != me
            && !self.hidden.contains(&number(&message["seq"]));
        self.conversation["unread"] = json!(number(&self.conversation["unread"]) - i64::from(counted));
        let held = self.messages.get(&number(&message["seq"]));
        if counted && held.is_some_and(|held| names(held, me)) {
            self.add_mentions(-1);
        }
    }

    /// A message that is held is another now; of one that is not held there is nothing to see.
    fn updated(&mut self, message: &Value) {
        let head = &mut self.conversation["head"];
        if number(&message["rev"]) <= number(&head["rev"]) {
            return;
        }
        assert_eq!(message["prev_rev"], head["rev"], "no gap in the conversation's stream");
        head["rev"] = message["rev"].clone();
        if let Some(held) = self.messages.get_mut(&number(&message["seq"])) {
            *held = message.clone();
        }
        // What answers it quotes it as it is now.
        for held in self.messages.values_mut().chain(self.conversation.get_mut("last_message")) {
            if held["reply_to"]["id"] == message["id"] {
                let quote = held["reply_to"].as_object_mut().unwrap();
                quote.remove("body");
                quote.extend(message.get("body").map(|body| ("body".to_owned(), body.clone())));
            }
        }
        if self.conversation["last_message"]["id"] == message["id"] {
            self.conversation["last_message"] = message.clone();
        }
    }
}

impl Mirror {
    /// Without what he deleted and where nothing was said since: it is in no list.
    pub(super) fn listed(&self) -> Self {
        let mut mirror = self.clone();
        mirror.conversations.retain(|_, held| number(&held.conversation["head"]["seq"]) > held.deleted());
        mirror
    }

    /// As somebody holds it who has just come.
    pub(super) async fn fresh(person: &Person) -> Self {
        let me = person.get("/me").await.unwrap().json;
        let blocked = person.get("/me/blocks?limit=200").await.unwrap().json;
        let blocked = blocked["items"].as_array().unwrap().iter().map(|user| id(&user["id"])).collect();
        let user_rev = me["user_rev"].as_i64();
        let settings = person.get("/me/settings").await.unwrap().json;
        let requests = waiting(&person.get("/requests?limit=200").await.unwrap().json["items"]);
        let mut mirror = Self { user_rev, conversations: BTreeMap::new(), blocked, settings, requests };
        let page = person.get("/conversations?limit=200").await.unwrap().json;
        assert!(page.get("next_cursor").is_none());
        for described in page["items"].as_array().unwrap() {
            let id = described["id"].as_str().unwrap();
            mirror.conversations.insert(id.to_owned(), Held::fetched(person, id, described).await);
        }
        mirror
    }

    pub(super) async fn apply(&mut self, person: &Person, name: &str, event: &Value) {
        if let Some(previous) = event["prev_user_rev"].as_i64() {
            assert_eq!(Some(previous), self.user_rev, "no gap in the user's stream");
            self.user_rev = event["user_rev"].as_i64();
        }
        match name {
            "conversation:new" => {
                let id = event["id"].as_str().unwrap();
                self.conversations.insert(id.to_owned(), Held::fetched(person, id, event).await);
            }
            "message:new"
            | "message:updated"
            | "message:deleted"
            | "reaction:changed"
            | "conversation:updated"
            | "participant:joined"
            | "participant:left"
            | "participant:updated" => {
                let held = self.held(event);
                let event = if name == "message:updated" { held.keeping_mine(event) } else { event.clone() };
                held.change(&person.id, name, &event);
            }
            "conversation:removed" => {
                self.conversations.remove(event["conversation_id"].as_str().unwrap());
            }
            "unread:changed" => {
                let held = self.held(event);
                assert_eq!(event["head_seq"], held.conversation["head"]["seq"]);
                held.conversation["read_seq"] = event["read_seq"].clone();
                held.conversation["unread"] = event["unread"].clone();
                let mut state = held.conversation.get("state").cloned().unwrap_or_else(|| json!({}));
                state.as_object_mut().unwrap().remove("marked_unread");
                if let Some(marked) = event.get("marked_unread") {
                    state["marked_unread"] = marked.clone();
                }
                held.own(Some(&state));
                held.take_mentions(event);
                held.forget_read();
            }
            "message:hidden" => {
                let held = self.held(event);
                assert_eq!(event["head_rev"], held.conversation["head"]["rev"]);
                held.hide(&[number(&event["seq"])]);
                held.conversation["unread"] = event["unread"].clone();
                held.take_mentions(event);
                let conversation = held.conversation.as_object_mut().unwrap();
                conversation.remove("last_message");
                let last = event.get("last_message").map(|last| ("last_message".to_owned(), last.clone()));
                conversation.extend(last);
            }
            "state:changed" => self.held(event).own(event.get("state")),
            "request:new" => {
                self.requests.insert(id(&event["conversation_id"]), id(&event["user"]["id"]));
            }
            "request:updated" => drop(self.requests.remove(&id(&event["conversation_id"]))),
            "block:changed" if event["blocked"] == true => {
                assert!(self.blocked.insert(id(&event["user_id"])));
            }
            "block:changed" => assert!(self.blocked.remove(&id(&event["user_id"]))),
            "receipt:read" | "receipt:delivered" => {
                let kind = name.trim_start_matches("receipt:");
                let user_id = &event["user_id"];
                let states = &mut self.held(event).receipts;
                let state = states.entry(id(user_id)).or_insert_with(|| json!({"user_id": user_id}));
                state[kind] = json!({"seq": event["seq"], "at": event["at"]});
            }
            "settings:changed" => {
                self.settings =
                    json!({"messaging_access": event["messaging_access"], "receipts": event["receipts"]});
                self.read_receipts(person).await;
            }
            "heads:digest" => {}
            other => panic!("an event that no client knows: {other}"),
        }
    }

    pub(super) fn held(&mut self, event: &Value) -> &mut Held {
        let held = self.conversations.get_mut(event["conversation_id"].as_str().unwrap());
        held.unwrap_or_else(|| panic!("told of what is not held: {event}"))
    }

    async fn read_receipts(&mut self, person: &Person) {
        for (id, held) in &mut self.conversations {
            held.receipts = receipts(person, id).await;
        }
    }

    pub(super) async fn sync(&mut self, person: &Person) {
        let heads: BTreeMap<&String, &Value> =
            self.conversations.iter().map(|(id, held)| (id, &held.conversation["head"]["rev"])).collect();
        let position = match self.user_rev {
            Some(user_rev) => json!({"user_rev": user_rev, "heads": heads}),
            None => json!({}),
        };
        let answer = person.post("/sync", position).await.unwrap().json;
        assert!(answer.get("reset").is_none() && answer.get("cursor").is_none(), "{answer}");
        self.user_rev = answer["user_rev"].as_i64();
        if let Some(blocked) = answer["blocked"].as_array() {
            self.blocked = blocked.iter().map(id).collect();
        }
        if let Some(requests) = answer.get("requests") {
            self.requests = waiting(requests);
        }
        if let Some(settings) = answer.get("settings") {
            self.settings = settings.clone();
        }
        for removed in answer["removed"].as_array().into_iter().flatten() {
            self.conversations.remove(removed.as_str().unwrap());
        }
        for told in answer["conversations"].as_array().unwrap() {
            let id = told["id"].as_str().unwrap();
            if let Some(described) = told.get("conversation") {
                self.conversations.insert(id.to_owned(), Held::fetched(person, id, described).await);
            }
            let held = self.conversations.get_mut(id).unwrap();
            for change in told["changes"].as_array().into_iter().flatten() {
                held.change(&person.id, change["event"].as_str().unwrap(), &change["data"]);
            }
            assert_eq!(held.conversation["head"], told["head"]);
            held.conversation["read_seq"] = told["read_seq"].clone();
            held.conversation["unread"] = told["unread"].clone();
            held.take_mentions(told);
            let hidden: Vec<i64> = told["hidden"].as_array().into_iter().flatten().map(number).collect();
            held.hide(&hidden);
            held.own(told.get("state"));
        }
        self.read_receipts(person).await;
    }
}
