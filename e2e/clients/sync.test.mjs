// Sync: from nothing, from what a client holds, page by page; what it gives and live events make the same view.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect } from "../lib/clients.mjs";
import { assertBareConversation, send } from "../lib/expect.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("sync", () => {
  let parlor;
  before(async () => {
    parlor = await Parlor.start();
  });
  after(() => parlor?.close());

  const groups = (user, others, count) =>
    Promise.all(Array.from({ length: count }, (_, at) => parlor.rest(user).group(`Group ${at}`, others)));
  const byId = (conversations) => new Map(conversations.map((conversation) => [conversation.id, conversation]));

  it("from nothing gives every conversation", async (t) => {
    const [one, two] = await groups("ada", ["grace"], 2);
    const [ada, grace] = await Promise.all([connect(t, parlor, "ada"), connect(t, parlor, "grace")]);
    const message = await send(ada, one.id, "hello");
    const answer = await grace.emit("sync", {});
    assert.deepEqual(Object.keys(answer).sort(), ["blocked", "conversations", "epoch", "ok", "requests", "settings", "user_rev"]);
    const synced = byId(answer.conversations);
    assert.deepEqual([...synced.keys()].sort(), [one.id, two.id].sort());
    for (const { id, head, conversation, read_seq, unread } of synced.values()) {
      assertBareConversation(conversation, { id, head, read_seq, unread });
    }
    assert.deepEqual(synced.get(one.id).conversation.last_message, message);
    assert.equal(synced.get(one.id).unread, 1);
    assert.equal((await parlor.rest("grace").get("/me")).body.user_rev, answer.user_rev);
    const { ok, ...over_socket } = answer;
    assert.deepEqual((await parlor.rest("grace").post("/sync", {})).body, over_socket, "the same over REST");
    assert.deepEqual(await grace.emit("sync"), answer, "and without an argument");
  });

  it("from heads gives what was missed, as the live events were", async (t) => {
    const [quiet, busy] = await groups("b1", ["b2"], 2);
    const [sender, live, mirror] = await Promise.all(["b1", "b2", "b2"].map((user) => connect(t, parlor, user)));
    await send(sender, quiet.id, "before");
    await send(sender, busy.id, "before");
    const held = await mirror.emit("sync", {});
    const heads = Object.fromEntries(held.conversations.map(({ id, head }) => [id, head.rev]));
    await mirror.close();

    const missed = [];
    for (const body of ["one", "two", "three"]) missed.push(await send(sender, busy.id, body));
    const unheard_of = await parlor.rest("b3").group("New", ["b2"]);
    await live.emit("conversation:read", { id: busy.id, seq: 2 });

    const answer = await live.emit("sync", { user_rev: held.user_rev, heads });
    assert.equal(answer.ok, true, JSON.stringify(answer));
    const synced = byId(answer.conversations);
    assert.deepEqual([...synced.keys()].sort(), [busy.id, unheard_of.id].sort(), "and nothing that has not changed");
    const changed = synced.get(busy.id);
    const events = await live.inbox.until(({ items }) => {
      const seen = items.filter(({ event, data }) => event === "message:new" && missed.some(({ id }) => id === data.id));
      return seen.length === missed.length && seen.map(({ event, data }) => ({ event, data }));
    });
    assert.deepEqual(changed.changes, events, "the very events, in order");
    assert.deepEqual([changed.read_seq, changed.unread], [2, 2]);
    assert.deepEqual(changed.head, { seq: 4, rev: missed[2].rev });
    assert.ok(!("reset" in changed) && !("conversation" in changed));
    assertBareConversation(synced.get(unheard_of.id).conversation, { id: unheard_of.id, name: "New" });

    heads[busy.id] = changed.head.rev;
    heads[unheard_of.id] = synced.get(unheard_of.id).head.rev;
    const { conversations } = await live.emit("sync", { user_rev: answer.user_rev, heads });
    assert.deepEqual(conversations, [], "nothing is left");
  });

  it("gives a read elsewhere, though no message came", async (t) => {
    const [{ id }] = await groups("c1", ["c2"], 1);
    const [sender, phone] = await Promise.all([connect(t, parlor, "c1"), connect(t, parlor, "c2")]);
    const { seq } = await send(sender, id, "read me");
    const held = await phone.emit("sync", {});
    const heads = { [id]: held.conversations[0].head.rev };
    await parlor.rest("c2").post(`/conversations/${id}/read`, { seq });
    const answer = await phone.emit("sync", { user_rev: held.user_rev, heads });
    assert.deepEqual(answer.conversations.map(({ id, read_seq, unread }) => ({ id, read_seq, unread })), [
      { id, read_seq: seq, unread: 0 },
    ]);
    assert.ok(answer.user_rev > held.user_rev);
  });

  it("resets a conversation that is too far behind, and pages by cursor", async (t) => {
    const strict = await Parlor.start(t, { PARLOR_LIMITS_SYNC_ROWS: "10", PARLOR_LIMITS_SYNC_CHANGES_PER_CONVERSATION: "5" });
    const rest = strict.rest("ada");
    const all = [];
    for (let at = 0; at < 25; at++) all.push(await rest.group(`Group ${at}`, ["grace"]));
    const [ada, grace] = await Promise.all([connect(t, strict, "ada"), connect(t, strict, "grace")]);

    const collect = async (request) => {
      const first = await grace.emit("sync", request);
      const conversations = [...first.conversations];
      let pages = 1;
      for (let { cursor } = first; cursor; pages++) {
        const next = await grace.emit("sync", { ...request, cursor });
        assert.equal(next.ok, true, JSON.stringify(next));
        conversations.push(...next.conversations);
        cursor = next.cursor;
      }
      return { user_rev: first.user_rev, conversations, pages };
    };
    const held = await collect({});
    assert.ok(held.pages > 1, "10 rows at a time");
    assert.deepEqual(held.conversations.map(({ id }) => id).sort(), all.map(({ id }) => id).sort(), "each once");

    const heads = Object.fromEntries(held.conversations.map(({ id, head }) => [id, head.rev]));
    for (let at = 0; at < 5; at++) await send(ada, all[0].id, `five: ${at}`);
    for (let at = 0; at < 6; at++) await send(ada, all[1].id, `six: ${at}`);
    const { conversations } = await collect({ user_rev: held.user_rev, heads });
    const synced = byId(conversations);
    assert.equal(synced.size, 2);
    assert.deepEqual(synced.get(all[0].id).changes?.map(({ data }) => data.body), [0, 1, 2, 3, 4].map((at) => `five: ${at}`));
    const behind = synced.get(all[1].id);
    assert.deepEqual([behind.reset, behind.changes, behind.unread], [true, undefined, 6]);
    assertBareConversation(behind.conversation, { id: all[1].id, unread: 6 });
  });
});
