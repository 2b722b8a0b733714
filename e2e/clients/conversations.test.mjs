// Conversations: made once, announced to everybody in them, listed, counted, read.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect } from "../lib/clients.mjs";
import { assertBareConversation, assertExactlyOnce, send } from "../lib/expect.mjs";
import { Parlor } from "../lib/parlor.mjs";
import { Python } from "../lib/python.mjs";

describe("conversations", () => {
  let parlor;
  let python;
  before(async () => {
    parlor = await Parlor.start();
    python = new Python();
  });
  after(() => Promise.all([parlor?.close(), python?.end()]));

  it("that are direct are made once, from both sides at once", async (t) => {
    const [ada, grace] = await Promise.all([connect(t, parlor, "ada"), python.connect(parlor, "grace")]);
    const acks = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        at % 2
          ? ada.emit("conversation:create", { kind: "direct", user_id: "grace" })
          : grace.emit("conversation:create", { kind: "direct", user_id: "ada" }),
      ),
    );
    for (const ack of acks) {
      assert.deepEqual(Object.keys(ack).sort(), ["conversation", "created", "ok"], JSON.stringify(ack));
      assert.equal(ack.ok, true);
      assertBareConversation(ack.conversation, { kind: "direct", head: { seq: 0, rev: ack.conversation.head.rev }, unread: 0 });
    }
    const [{ conversation }] = acks;
    assert.equal(new Set(acks.map((ack) => ack.conversation.id)).size, 1);
    assert.equal(acks.filter(({ created }) => created).length, 1, "one made it");
    assert.deepEqual(conversation.participants.map(({ user }) => user.id).sort(), ["ada", "grace"]);

    const message = await send(ada, conversation.id, "so here we are");
    for (const { inbox } of [ada, grace]) {
      await inbox.message(message.id);
      const announced = inbox.all("conversation:new").filter(({ id }) => id === conversation.id);
      assert.equal(announced.length, 1, "announced once");
      const { prev_user_rev, user_rev, ...bare } = announced[0];
      assertBareConversation(bare, { id: conversation.id, kind: "direct", unread: 0 });
      assert.ok(prev_user_rev < user_rev);
    }
    await grace.close();
  });

  it("that are direct answer 201 once and 200 after, over REST", async () => {
    const rest = [parlor.rest("b1"), parlor.rest("b2")];
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        rest[at % 2].post("/conversations", { kind: "direct", user_id: at % 2 ? "b1" : "b2" }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(9).fill(200), 201]);
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    assertBareConversation(answers[0].body, { kind: "direct" });
  });

  it("with somebody whom nobody announced create him", async (t) => {
    const ada = await connect(t, parlor, "c1");
    const { conversation } = await ada.emit("conversation:create", { kind: "direct", user_id: "c-unheard-of" });
    const message = await send(ada, conversation.id, "are you there?");
    const late = await connect(t, parlor, "c-unheard-of");
    const { items } = await late.emit("conversation:list", {});
    assert.deepEqual(items.map(({ id, unread, last_message }) => ({ id, unread, last_message })), [
      { id: conversation.id, unread: 1, last_message: message },
    ]);
  });

  it("with oneself have one participant, and are direct", async (t) => {
    const socket = await connect(t, parlor, "solo");
    const make = () => socket.emit("conversation:create", { kind: "direct", user_id: "solo" });
    const [first, again] = [await make(), await make()];
    assert.deepEqual([first.created, again.created], [true, false]);
    assert.equal(again.conversation.id, first.conversation.id);
    assert.deepEqual(first.conversation.participants.map(({ user }) => user.id), ["solo"]);
    const message = await send(socket, first.conversation.id, "note to self");
    await assertExactlyOnce(socket, [socket], first.conversation.id, [message]);
    assert.equal((await make()).conversation.unread, 0);
  });

  it("that are groups are announced to everybody in them, the maker's other sockets included", async (t) => {
    const people = ["d1", "d1", "d2", "d3"];
    const sockets = await Promise.all(people.map((user) => connect(t, parlor, user)));
    const outsider = await connect(t, parlor, "d4");
    const ack = await sockets[0].emit("conversation:create", { kind: "group", name: "Rowers ⛵", user_ids: ["d2", "d3", "d2"] });
    assert.equal(ack.ok, true, JSON.stringify(ack));
    assert.equal(ack.created, true);
    const { conversation } = ack;
    assertBareConversation(conversation, { kind: "group", name: "Rowers ⛵", created_by: "d1", unread: 0, read_seq: 0 });
    assert.deepEqual(
      conversation.participants.map(({ user, role }) => [user.id, role]),
      [["d1", "owner"], ["d2", "member"], ["d3", "member"]],
    );
    for (const { inbox } of sockets) {
      const { prev_user_rev, user_rev, ...bare } = await inbox.next("conversation:new", ({ id }) => id === conversation.id);
      assertBareConversation(bare, { id: conversation.id, name: "Rowers ⛵", participants: conversation.participants });
      assert.ok(prev_user_rev < user_rev);
    }
    const message = await send(sockets[2], conversation.id, "ready");
    await Promise.all(sockets.map(({ inbox }) => inbox.message(message.id)));
    await outsider.emit("conversation:list", {});
    assert.deepEqual(outsider.inbox.all("conversation:new"), []);
    assert.deepEqual(outsider.inbox.all("message:new"), []);
  });

  it("are listed by newest activity, page by page, with last message and unread", async (t) => {
    const socket = await connect(t, parlor, "e0");
    const others = await Promise.all([1, 2, 3, 4, 5].map((n) => connect(t, parlor, `e${n}`)));
    const ids = [];
    for (const [at, other] of others.entries()) {
      const { conversation } = await other.emit("conversation:create", { kind: "direct", user_id: "e0" });
      for (let n = 0; n <= at; n++) await send(other, conversation.id, `message ${n}`);
      ids.push(conversation.id);
    }
    const last = await send(others[1], ids[1], "and up again");
    const expected = [ids[1], ids[4], ids[3], ids[2], ids[0]];
    const pages = [];
    let cursor;
    do {
      const page = await socket.emit("conversation:list", { limit: 2, ...(cursor && { cursor }) });
      assert.equal(page.ok, true, JSON.stringify(page));
      pages.push(page.items);
      cursor = page.next_cursor;
    } while (cursor);
    assert.deepEqual(pages.map((page) => page.length), [2, 2, 1]);
    const items = pages.flat();
    assert.deepEqual(items.map(({ id }) => id), expected);
    assert.deepEqual(items.map(({ unread }) => unread), [3, 5, 4, 3, 1]);
    assert.deepEqual(items[0].last_message, last);
    assert.equal(items[0].last_activity_at, last.created_at);
    for (const item of items) assertBareConversation(item);
    const rest = await parlor.rest("e0").get("/conversations");
    assert.deepEqual(rest.body.items, items);
    assert.deepEqual((await parlor.rest("e0").get(`/conversations/${ids[1]}`)).body, items[0]);
  });

  it("count what is unread, and tell the reader's own devices when it is read", async (t) => {
    const [ada, grace, grace2] = await Promise.all(["f1", "f2", "f2"].map((user) => connect(t, parlor, user)));
    const { conversation } = await ada.emit("conversation:create", { kind: "direct", user_id: "f2" });
    const { id } = conversation;
    for (const body of ["one", "two", "three"]) await send(ada, id, body);
    const unread = async (user) => (await parlor.rest(user).get(`/conversations/${id}`)).body;
    assert.deepEqual([(await unread("f1")).unread, (await unread("f2")).unread], [0, 3], "own messages are never unread");

    const read = (socket, seq) => socket.emit("conversation:read", { id, seq });
    assert.deepEqual(await read(grace, 2), { ok: true, read_seq: 2, unread: 1 });
    const told = await grace2.inbox.next("unread:changed", ({ read_seq }) => read_seq === 2);
    const { prev_user_rev, user_rev, head_rev, ...rest } = told;
    assert.ok(head_rev >= 3);
    assert.deepEqual(rest, { conversation_id: id, read_seq: 2, head_seq: 3, unread: 1, total: 1 });
    assert.ok(prev_user_rev < user_rev);
    assert.deepEqual(await read(grace, 1), { ok: true, read_seq: 2, unread: 1 }, "backwards moves nothing");
    assert.deepEqual(await read(grace2, 999), { ok: true, read_seq: 3, unread: 0 }, "beyond the head is the head");
    await grace.inbox.next("unread:changed", (change) => change.read_seq === 3 && change.unread === 0 && change.total === 0);
    const twin = await parlor.rest("f2").post(`/conversations/${id}/read`, { seq: 3 });
    assert.deepEqual([twin.status, twin.body], [200, { read_seq: 3, unread: 0 }]);
    const after_all = await unread("f2");
    assert.deepEqual([after_all.unread, after_all.read_seq], [0, 3]);

    await send(grace, id, "my own answer");
    assert.equal((await unread("f2")).unread, 0);
    assert.equal((await unread("f1")).unread, 1);
    const fence = await send(grace, id, "fence");
    await ada.inbox.message(fence.id);
    assert.deepEqual(ada.inbox.all("unread:changed").filter((change) => change.read_seq === 2), [], "nobody else is told");
  });
});
