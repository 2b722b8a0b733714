// `kill -9` in the middle of concurrent sends, on both databases: everything acknowledged is there exactly once, and
// after retrying the rest with the same ids, so is everything.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { temporaryFolder } from "../lib/cleanup.mjs";
import { connect, connect3 } from "../lib/clients.mjs";
import { assertSame, send } from "../lib/expect.mjs";
import { Parlor, run } from "../lib/parlor.mjs";
import { Postgres } from "../lib/postgres.mjs";
import { Python } from "../lib/python.mjs";
import { messageId } from "../lib/token.mjs";

const SENDS = 200;
const COMES_BACK = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 500 };

/** Kills the server at this acknowledgement; gives what was to be sent and what was acknowledged. */
async function sendUntilKilled(parlor, sockets, conversations, kill_at) {
  const acked = new Map();
  let killed;
  const all = Array.from({ length: SENDS }, (_, at) => ({
    socket: sockets[at % sockets.length],
    message: {
      conversation_id: conversations[at % conversations.length],
      id: messageId(),
      body: `message ${at}, killed at ${kill_at}`,
    },
  }));
  const sends = all.map(async ({ socket, message }) => {
    const ack = await socket.emit("message:send", message);
    assert.equal(ack.ok, true, JSON.stringify(ack));
    acked.set(message.id, ack.message);
    if (acked.size === kill_at) killed = parlor.kill();
  });
  await Promise.allSettled(sends);
  await killed;
  assert.ok(killed, `${acked.size} acknowledged, none was the ${kill_at}th`);
  return { all, acked };
}

async function survive(t, parlor, python) {
  const rest = () => parlor.rest("ada");
  const conversations = [
    (await rest().direct("grace")).id,
    (await rest().group("One", ["grace", "hedy"])).id,
    (await rest().group("Two", ["hedy", "grace"])).id,
  ];
  const sockets = await Promise.all([
    connect(t, parlor, "ada", COMES_BACK),
    connect(t, parlor, "grace", { transport: "polling", ...COMES_BACK }),
    connect3(t, parlor, "ada", { namespace: "/parlor", ...COMES_BACK }),
    python.connect(parlor, "grace", { reconnection: true }),
  ]);
  const everything = [];
  for (const kill_at of [1, 40, 150]) {
    const before = sockets.map(({ inbox }) => inbox.all("connect").length);
    const { all, acked } = await sendUntilKilled(parlor, sockets, conversations, kill_at);
    everything.push(...all);
    await parlor.restart();
    await Promise.all(
      sockets.map(({ inbox }, at) => inbox.until(() => inbox.all("connect").length > before[at], "a connect", 30_000)),
    );
    const stored = await history(parlor, conversations);
    for (const message of acked.values()) assertSame([stored.get(message.id) ?? {}], [message], "acknowledged and there");
    t.diagnostic(`killed at ${kill_at}: ${acked.size} acknowledged, ${stored.size} stored of ${everything.length}`);

    // A client does not know what became of the rest; nor need it care.
    const retries = all.map(({ socket, message: { conversation_id, id, body } }) => send(socket, conversation_id, body, id));
    const answers = await Promise.all(retries);
    for (const message of answers) {
      const known = acked.get(message.id) ?? stored.get(message.id);
      if (known) assertSame([message], [known], "the retry gives what was stored");
    }
    const complete = await history(parlor, conversations);
    assert.equal(complete.size, everything.length);
    for (const { message } of everything) assert.equal(complete.get(message.id)?.body, message.body);
  }
  await sockets[3].close();
}

/** All that is stored, by id; each once, numbered without a gap. */
async function history(parlor, conversations) {
  const stored = new Map();
  for (const id of conversations) {
    const messages = await parlor.rest("grace").history(id);
    assert.deepEqual(messages.map(({ seq }) => seq), messages.map((_, at) => at + 1), "1..n");
    for (const message of messages) {
      assert.ok(!stored.has(message.id), `${message.id} is there twice`);
      stored.set(message.id, message);
    }
  }
  return stored;
}

describe("kill -9 in the middle of 200 concurrent sends", () => {
  let python;
  let postgres;
  before(async () => {
    python = new Python();
    postgres = await Postgres.start();
  });
  after(() => Promise.all([python?.end(), postgres?.stop()]));

  it("loses nothing acknowledged on SQLite", async (t) => {
    await survive(t, await Parlor.start(t), python);
  });

  it("loses nothing acknowledged on PostgreSQL", async (t) => {
    await survive(t, await Parlor.start(t, { PARLOR_DATABASE_URL: postgres.migrated("crash") }), python);
  });

  it("leaves SQLite as it was, and a second start finds it whole", async (t) => {
    const parlor = await Parlor.start(t);
    const { id } = await parlor.rest("ada").direct("grace");
    const socket = await connect(t, parlor, "ada");
    const message = await send(socket, id, "before");
    for (let at = 0; at < 3; at++) {
      await parlor.kill();
      await parlor.restart();
    }
    assertSame(await parlor.rest("grace").history(id), [message], "after three kills");
    const doctor = run(["doctor", "--data-dir", parlor.data_dir]);
    assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
  });

  it("needs the schema: serve without `migrate up` says so and ends", async (t) => {
    const PARLOR_DATABASE_URL = postgres.create("unmigrated");
    const serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", temporaryFolder("data")];
    const refused = run(serve, { PARLOR_DATABASE_URL });
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /parlor migrate up/);
    assert.doesNotMatch(refused.stdout, /Parlor is at/);
    const status = run(["migrate", "status"], { PARLOR_DATABASE_URL });
    assert.equal(status.code, 0, status.stderr);
    const migrated = run(["migrate", "up"], { PARLOR_DATABASE_URL });
    assert.equal(migrated.code, 0, migrated.stderr);
    assert.equal(run(["migrate", "up"], { PARLOR_DATABASE_URL }).code, 0, "again changes nothing");
    const parlor = await Parlor.start(t, { PARLOR_DATABASE_URL });
    const { id } = await parlor.rest("ada").direct("grace");
    await send(await connect(t, parlor, "ada"), id, "on PostgreSQL");
  });

  it("needs a database that is there: serve says what it cannot reach, without the password", () => {
    const PARLOR_DATABASE_URL = "postgres://parlor:hunter2@127.0.0.1:9/parlor";
    const serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", temporaryFolder("data")];
    const { code, stderr } = run(serve, { PARLOR_DATABASE_URL });
    assert.equal(code, 1, stderr);
    assert.ok(stderr.length > 20 && !stderr.includes("hunter2"), stderr);
  });
});
