//! Many clients at once, from their first send to the verdict.

use std::{path::PathBuf, sync::Arc};

use testkit::{Program, dump};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    client::{Client, Failure, Phase},
    recorder::{Recorder, plain},
};

const USERS: [&str; 5] = ["ada", "grace", "hedy", "mary", "joan"];

/// Each user has two: what one device does, the other sees.
const CLIENTS_PER_USER: usize = 2;

pub(crate) struct Swarm {
    pub(crate) recorder: Arc<Recorder>,
    clients: JoinSet<()>,
    phase: watch::Sender<Phase>,
    finished: watch::Receiver<usize>,
    size: usize,
}

impl Swarm {
    /// Makes conversations and lets clients loose on them.
    pub(crate) async fn start(program: &Program, failure: Failure, seed: u64) -> Self {
        Self::watching(program, failure, seed, None).await
    }

    /// As [`start`](Self::start), noting how long a diary is whenever something happens.
    pub(crate) async fn watching(
        program: &Program,
        failure: Failure,
        seed: u64,
        diary: Option<PathBuf>,
    ) -> Self {
        let ada = program.person(USERS[0]).unwrap();
        let mut conversations = vec![];
        for (name, with) in [("All", &USERS[1..]), ("Many", &USERS[1..]), ("Also", &USERS[1..])] {
            conversations.push(ada.group(name, with).await.unwrap());
        }
        let owners: Vec<&str> = USERS.iter().flat_map(|user| [*user; CLIENTS_PER_USER]).collect();
        let users = owners.iter().map(|user| (*user).to_owned()).collect();
        let recorder = Arc::new(Recorder::new(users, diary));
        let (phase, phases) = watch::channel(Phase::Send);
        let (finish, finished) = watch::channel(0);
        let mut clients = JoinSet::new();
        for (number, user) in owners.iter().enumerate() {
            let client = Client::new(
                number,
                program.person(user).unwrap(),
                conversations.clone(),
                recorder.clone(),
                phases.clone(),
                finish.clone(),
                failure,
                seed + number as u64,
            );
            clients.spawn(client.run());
        }
        Self { recorder, clients, phase, finished, size: owners.len() }
    }

    /// Lets everybody finish, and judges. Fails with all that is wrong.
    pub(crate) async fn verdict(mut self, program: &Program) -> String {
        self.phase.send_replace(Phase::Finish);
        let size = self.size;
        self.finished.wait_for(|finished| *finished == size).await.unwrap();
        self.phase.send_replace(Phase::Settle);
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
        let history = self.recorder.history();
        let mut dump = dump(&program.database).await.unwrap();
        for user in USERS {
            let person = program.person(user).unwrap();
            let list = person.get("/conversations?limit=200").await.unwrap().json;
            for item in list["items"].as_array().unwrap() {
                let id = plain(item["id"].as_str().unwrap());
                let conversations =
                    dump.conversations.iter_mut().filter(|conversation| conversation.id == id);
                let members = conversations.flat_map(|conversation| &mut conversation.members);
                members
                    .filter(|member| member.user == user)
                    .for_each(|member| member.unread = item["unread"].as_u64());
            }
        }
        let found = testkit::checker::check(&history, &dump);
        let stored: usize = dump.conversations.iter().map(|conversation| conversation.messages.len()).sum();
        let first: Vec<String> = found.iter().take(20).map(ToString::to_string).collect();
        assert!(found.is_empty(), "{} broken promises, among them:\n{}", found.len(), first.join("\n"));
        assert!(stored > 0, "nothing was stored, so nothing was tested");
        let checked = program.run(&["check"]).await.unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
        format!("{stored} messages stored, {} entries judged", history.entries.len())
    }
}
