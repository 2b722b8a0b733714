//! A backup that was taken while people write, and put in place after a crash: it fits together, holds what was
//! acknowledged before it began, and clients of the history that is gone begin afresh.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use testkit::{
    EphemeralPostgres, Person, Program,
    postgres::{pg_dump, pg_restore},
};
use tokio::{sync::watch, task::JoinSet};

use crate::binary;

const SENDERS: u128 = 4;

/// The ids that were acknowledged, with their `seq`.
type Acknowledged = BTreeMap<String, u64>;

/// People who write without pause until their server is gone.
struct Load {
    ada: Person,
    conversation: String,
    acknowledged: Arc<watch::Sender<Acknowledged>>,
    _senders: JoinSet<()>,
}

impl Load {
    async fn start(program: &Program) -> Self {
        let ada = program.person("ada").unwrap();
        let conversation = ada.group("Garden", &["grace", "hedy"]).await.unwrap();
        let acknowledged = Arc::new(watch::Sender::new(Acknowledged::new()));
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let path = format!("/conversations/{conversation}/messages");
            let (ada, acknowledged) = (ada.clone(), acknowledged.clone());
            senders.spawn(async move {
                for number in 1.. {
                    let id = uuid::Uuid::from_u128(sender << 64 | number).to_string();
                    let message = json!({"id": id, "body": format!("{number} of {sender}")});
                    let Ok(answer) = ada.post(&path, message).await else { break };
                    assert_eq!(answer.status, 201, "{:?}", answer.json);
                    let seq = answer.json["seq"].as_u64().unwrap();
                    acknowledged.send_modify(|all| {
                        all.insert(id, seq);
                    });
                }
            });
        }
        Self { ada, conversation, acknowledged, _senders: senders }
    }

    /// What is acknowledged once so many more are.
    async fn more(&self, more: usize) -> Acknowledged {
        let mut all = self.acknowledged.subscribe();
        let until = all.borrow_and_update().len() + more;
        all.wait_for(|all| all.len() >= until).await.unwrap().clone()
    }

    async fn sync(&self, held: Value) -> Value {
        let answer = self.ada.post("/sync", held).await.unwrap();
        assert_eq!(answer.status, 200, "{:?}", answer.json);
        answer.json
    }

    /// What a client that starts now holds, and would say when it comes back.
    async fn held(&self) -> Value {
        let now = self.sync(json!({})).await;
        let heads: BTreeMap<&str, &Value> = now["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|conversation| (conversation["id"].as_str().unwrap(), &conversation["head"]["rev"]))
            .collect();
        json!({"epoch": now["epoch"], "user_rev": now["user_rev"], "heads": heads})
    }

    /// Everything of it once the backup is in place.
    async fn judge(&self, before: &Acknowledged, strangers: [Value; 2]) -> u64 {
        let history = self.ada.history(&self.conversation).await.unwrap();
        let seqs: Vec<u64> = history.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
        let last = seqs.len() as u64;
        assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
        let stored: BTreeMap<&str, u64> =
            history.iter().map(|message| message["id"].as_str().unwrap()).zip(seqs).collect();
        for (id, seq) in before {
            assert_eq!(stored.get(&**id), Some(seq), "{id} was acknowledged before the backup began");
        }
        // One is behind what was restored, one ahead of it; both are of a history that is gone.
        for held in strangers {
            let told = self.sync(held).await;
            assert_eq!((&told["reset"], &told["conversations"]), (&json!(true), &json!([])), "{told}");
        }
        let fresh = self.sync(json!({})).await;
        let list = self.ada.get("/conversations").await.unwrap().json;
        assert_eq!(fresh["conversations"][0]["conversation"], list["items"][0]);
        assert_eq!(fresh["conversations"][0]["head"]["rev"], json!(last));
        let held = self.held().await;
        let path = format!("/conversations/{}/messages", self.conversation);
        assert_eq!(self.ada.post(&path, json!({"body": "after"})).await.unwrap().status, 201);
        let next = self.sync(held).await;
        assert_eq!(next["conversations"][0]["changes"][0]["data"]["seq"], json!(last + 1), "{next}");
        last
    }
}

/// Runs a command that must succeed; what it printed.
async fn succeed(program: &Program, arguments: &[&str]) -> String {
    let output = program.run(arguments).await.unwrap();
    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}{complaint}");
    said.into_owned()
}

/// Runs a command that must fail with this code; its complaint.
async fn fail(program: &Program, code: i32, arguments: &[&str]) -> String {
    let output = program.run(arguments).await.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {complaint}");
    complaint
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_restored_on_sqlite() {
    let mut program = Program::start(binary(), None, &[]).await.unwrap();
    let load = Load::start(&program).await;
    load.more(50).await;
    let early = load.held().await;
    let before = load.more(50).await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.db").display().to_string();
    succeed(&program, &["backup", &backup]).await;
    load.more(50).await;
    let late = load.held().await;
    let refused = fail(&program, 1, &["restore", &backup]).await;
    assert!(refused.contains("in use by another Parlor"), "{refused}");
    succeed(&program, &["check"]).await;
    program.kill().await.unwrap();

    let restored = succeed(&program, &["restore", &backup]).await;
    let checked = succeed(&program, &["check"]).await;
    assert!(checked.contains(" 0 broken") && !checked.contains("FOUND"), "{checked}");
    program.restart().await.unwrap();
    let last = load.judge(&before, [early, late]).await;
    assert!(restored.contains(&format!(" {last} messages")), "{restored}");
    assert!(restored.contains("kept what was there"), "{restored}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_restored_on_postgresql() {
    let cluster = EphemeralPostgres::start().await.unwrap();
    let database = cluster.migrated("lived").await.unwrap();
    let mut program = Program::start(binary(), Some(database), &[]).await.unwrap();
    let load = Load::start(&program).await;
    load.more(50).await;
    let early = load.held().await;
    let before = load.more(50).await;
    for refused in [["backup", "backup.db"], ["restore", "backup.db"]] {
        let complaint = fail(&program, 2, &refused).await;
        assert!(complaint.contains("pg_") && complaint.contains("docs/operations.md"), "{complaint}");
    }
    // As docs/operations.md has it.
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("parlor.dump");
    pg_dump(&program.database, &backup).await.unwrap();
    load.more(50).await;
    let late = load.held().await;
    program.kill().await.unwrap();
    cluster.execute("CREATE DATABASE restored").await.unwrap();
    program.database = cluster.url("restored");
    pg_restore(&program.database, &backup).await.unwrap();
    cluster.execute_in("restored", "UPDATE epoch SET id = gen_random_uuid()").await.unwrap();

    let checked = succeed(&program, &["check"]).await;
    assert!(checked.contains(" 0 broken"), "{checked}");
    program.restart().await.unwrap();
    load.judge(&before, [early, late]).await;
    // What is wrong is told by the exit code.
    cluster.execute_in("restored", "DELETE FROM messages WHERE seq = 2").await.unwrap();
    let found = program.run(&["check"]).await.unwrap();
    let said = String::from_utf8_lossy(&found.stdout);
    assert_eq!(found.status.code(), Some(1), "{said}");
    assert!(said.contains("FOUND  seq                1 conversations"), "{said}");
    program.database = cluster.url("nowhere");
    let complaint = fail(&program, 2, &["check"]).await;
    assert!(complaint.contains("nothing was checked"), "{complaint}");
}
