// Sending and reading messages: shapes, identity, order, history.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect } from "../lib/clients.mjs";
import { assertBareMessage, assertExactlyOnce, assertProblem, assertRefused, assertSame, send } from "../lib/expect.mjs";
import { Parlor } from "../lib/parlor.mjs";
import { Python } from "../lib/python.mjs";
import { messageId } from "../lib/token.mjs";

describe("messages", () => {
  let parlor;
  let python;
  before(async () => {
    parlor = await Parlor.start();
    python = new Python();
  });
  after(() => Promise.all([parlor?.close(), python?.end()]));

  it("reach every socket of every participant, the sender's others included, and only once", async (t) => {
    const { id } = await parlor.rest("ada").direct("grace");
    const sockets = await Promise.all([
      connect(t, parlor, "ada"),
      connect(t, parlor, "ada", { namespace: "/parlor" }),
      connect(t, parlor, "grace", { transport: "polling" }),
      connect(t, parlor, "grace", { namespace: "/parlor" }),
    ]);
    const message = await send(sockets[0], id, "hello");
    assertBareMessage(message, { seq: 1, sender_id: "ada", kind: "text" });
    await assertExactlyOnce(sockets[0], sockets, id, [message]);
  });

  it("without an id get one from the server", async (t) => {
    const { id } = await parlor.rest("a1").direct("a2");
    const socket = await connect(t, parlor, "a1");
    const { ok, message } = await socket.emit("message:send", { conversation_id: id, body: "no id" });
    assert.equal(ok, true);
    assertBareMessage(message, { body: "no id" });
    await assertExactlyOnce(socket, [socket], id, [message]);
  });

  it("sent again with the same id are stored and told once", async (t) => {
    const { id } = await parlor.rest("b1").direct("b2");
    const [sender, tab, other] = await Promise.all([
      connect(t, parlor, "b1"),
      connect(t, parlor, "b1"),
      python.connect(parlor, "b2"),
    ]);
    const message_id = messageId();
    const retries = await Promise.all([
      ...Array.from({ length: 10 }, (_, at) => send([sender, tab][at % 2], id, "once", message_id)),
      ...Array.from({ length: 5 }, async () => {
        const { status, body } = await parlor
          .rest("b1")
          .post(`/conversations/${id}/messages`, { id: message_id, body: "once" });
        assert.equal(status, 201);
        return body;
      }),
    ]);
    for (const answer of retries) assert.deepEqual(answer, retries[0]);
    assert.deepEqual(await send(sender, id, "once", message_id), retries[0], "later too");
    await assertExactlyOnce(sender, [sender, tab, other], id, [retries[0]]);
    assert.equal((await parlor.rest("b1").history(id)).filter((message) => message.id === message_id).length, 1);
    await other.close();
  });

  it("with the same id and other content are a conflict", async (t) => {
    const { id } = await parlor.rest("c1").direct("c2");
    const [one, two] = await Promise.all([connect(t, parlor, "c1"), connect(t, parlor, "c2")]);
    const first = await send(one, id, "first");
    const other = { conversation_id: id, id: first.id, body: "second" };
    assertRefused(await one.emit("message:send", other), "conflict", { field: "id" });
    const same_words = { ...other, body: "first" };
    assertRefused(await two.emit("message:send", same_words), "conflict", { field: "id" });
    const twin = await parlor.rest("c1").post(`/conversations/${id}/messages`, { id: first.id, body: "second" });
    assertProblem(twin, 409, "conflict", { field: "id" });
    await assertExactlyOnce(one, [one, two], id, [first]);
    assert.deepEqual((await parlor.rest("c2").history(id))[0], first);
  });

  it("with the same id are allowed in different conversations", async (t) => {
    const [one, two] = await Promise.all(["d2", "d3"].map((other) => parlor.rest("d1").direct(other)));
    const socket = await connect(t, parlor, "d1");
    const first = await send(socket, one.id, "in one");
    const second = await send(socket, two.id, "in the other", first.id);
    assert.equal(second.seq, 1);
  });

  it("keep the order in which one connection sent them, and acknowledge in it", async (t) => {
    const { id } = await parlor.rest("e1").direct("e2");
    const [sender, reader] = await Promise.all([connect(t, parlor, "e1"), python.connect(parlor, "e2")]);
    const bodies = Array.from({ length: 100 }, (_, at) => `number ${at + 1}`);
    const messages = await Promise.all(bodies.map((body) => send(sender, id, body)));
    assert.deepEqual(messages.map(({ seq }) => seq), bodies.map((_, at) => at + 1));
    messages.reduce((before, { prev_rev, rev }) => (assert.equal(prev_rev, before), rev), messages[0].prev_rev);
    await assertExactlyOnce(sender, [sender, reader], id, messages);
    await reader.close();
  });

  it("are paged newest first, over the socket and over REST alike", async (t) => {
    const { id } = await parlor.rest("f1").direct("f2");
    const socket = await connect(t, parlor, "f1");
    const sent = await Promise.all(Array.from({ length: 120 }, (_, at) => send(socket, id, `${at + 1}`)));
    const newest_first = sent.toReversed();
    const list = (query) => socket.emit("message:list", { conversation_id: id, ...query });

    const first = await list({});
    assert.equal(first.ok, true);
    assertSame(first.items, newest_first.slice(0, 50), "50 unless asked for more");
    const second = await list({ cursor: first.next_cursor });
    assertSame(second.items, newest_first.slice(50, 100), "the second page");
    const third = await list({ cursor: second.next_cursor });
    assertSame(third.items, newest_first.slice(100), "the third page");
    assert.ok(!("next_cursor" in third), "absent at the end, not null");
    assertSame((await list({ limit: 1000 })).items, newest_first, "more than 200 are clamped, not refused");
    assert.deepEqual((await list({ before_seq: 11, limit: 5 })).items.map(({ seq }) => seq), [10, 9, 8, 7, 6]);
    const after_seq = (await list({ after_seq: 117 })).items.map(({ seq }) => seq);
    assert.deepEqual(after_seq, [120, 119, 118]);

    const rest = parlor.rest("f2");
    const page = await rest.get(`/conversations/${id}/messages?before_seq=11&limit=5`);
    assert.equal(page.status, 200);
    assertSame(page.body.items, newest_first.slice(110, 115), "REST");
    assertSame(await rest.history(id), sent, "REST, page by page");
  });

  it("are limited per user, over all his connections, with the time to wait", async (t) => {
    const strict = await Parlor.start(t, { PARLOR_LIMITS_SEND_RATE: "10/10s" });
    const { id } = await strict.rest("ada").direct("grace");
    const [one, two, grace] = await Promise.all(["ada", "ada", "grace"].map((user) => connect(t, strict, user)));
    for (let at = 0; at < 10; at++) await send([one, two][at % 2], id, `number ${at}`);
    const ack = await two.emit("message:send", { conversation_id: id, body: "one too many" });
    assertRefused(ack, "rate_limited", { limit: 10 });
    assert.ok(ack.error.retry_after_ms > 0 && ack.error.retry_after_ms <= 10_000, JSON.stringify(ack));
    assert.equal(ack.error.retryable, true);
    const twin = await strict.rest("ada").post(`/conversations/${id}/messages`, { body: "one too many" });
    assertProblem(twin, 429, "rate_limited", { limit: 10 });
    assert.ok(Number(twin.headers.get("retry-after")) >= 1);
    await send(grace, id, "others are not held up");
  });
});
