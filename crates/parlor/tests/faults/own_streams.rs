//! A user's own stream, when the answer to a commit was lost: what was committed is told without anybody's doing.

use serde_json::json;
use testkit::{CuttingProxy, EphemeralPostgres, Lose, Program};

use crate::binary;

const DATABASE: &str = "parlor";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_keeps_nobody_from_hearing_of_his_own() {
    let cluster = EphemeralPostgres::start().await.unwrap();
    cluster.migrated(DATABASE).await.unwrap();
    let proxy = CuttingProxy::start(cluster.port()).await.unwrap();
    let address = format!("postgres://postgres@{}/{DATABASE}", proxy.addr);
    // Digests would show that something is missing, and not what.
    let variables = [("PARLOR_LIMITS_HEADS_DIGEST_MS", "0")];
    let database = store::DatabaseUrl::Postgres(address);
    let program = Program::start(binary(), Some(database), &variables).await.unwrap();
    let (ada, bob) = (program.person("ada").unwrap(), program.person("bob").unwrap());
    let (mut hers, mut his) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());

    let group = json!({"kind": "group", "name": "Garden", "user_ids": ["bob"]});
    let (cut, answer) = tokio::join!(proxy.cut(Lose::Answer), hers.emit("conversation:create", group));
    cut.unwrap();
    assert_eq!(answer.unwrap()["error"]["code"], "unavailable");
    let garden = his.next("conversation:new").await.unwrap();
    assert_eq!((&garden["name"], &garden["user_rev"]), (&json!("Garden"), &json!(1)));
    assert_eq!(hers.next("conversation:new").await.unwrap()["id"], garden["id"]);

    // The lane may still be without a connection.
    let message = json!({"conversation_id": garden["id"], "id": uuid::Uuid::from_u128(1), "body": "hi"});
    while hers.emit("message:send", message.clone()).await.unwrap()["ok"] != true {}
    let read = json!({"id": garden["id"], "seq": 1});
    let (cut, answer) = tokio::join!(proxy.cut(Lose::Answer), his.emit("conversation:read", read));
    cut.unwrap();
    assert_eq!(answer.unwrap()["error"]["code"], "unavailable");
    let told = his.next("unread:changed").await.unwrap();
    assert_eq!((&told["read_seq"], &told["unread"], &told["user_rev"]), (&json!(1), &json!(0), &json!(2)));
}
