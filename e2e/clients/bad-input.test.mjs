// Events and requests that are wrong: an error that names the field and the limit, and the connection lives on.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { connect, connect3 } from "../lib/clients.mjs";
import { assertBareMessage, assertProblem, assertRefused, send } from "../lib/expect.mjs";
import { Parlor } from "../lib/parlor.mjs";
import { Python } from "../lib/python.mjs";

const BODY_BYTES = 16 * 1024;

/** What is no `message:send`: name, change to a good one, code, field, limit. */
const BAD_SENDS = [
  ["no conversation", { conversation_id: undefined }, "invalid", "conversation_id"],
  ["a conversation that is a number", { conversation_id: 5 }, "invalid", "conversation_id"],
  ["a conversation that is null", { conversation_id: null }, "invalid", "conversation_id"],
  ["a conversation that is no UUID", { conversation_id: "general" }, "invalid", "conversation_id"],
  ["a conversation that is not there", { conversation_id: randomUUID() }, "not_found"],
  ["an id that is no UUID", { id: "1" }, "invalid", "id"],
  ["an id that is empty", { id: "" }, "invalid", "id"],
  ["an id that is a number", { id: 7 }, "invalid", "id"],
  ["an id that is a list", { id: ["a"] }, "invalid", "id"],
  ["no body", { body: undefined }, "invalid", "body"],
  ["a body that is null", { body: null }, "invalid", "body"],
  ["a body that is a number", { body: 5 }, "invalid", "body"],
  ["a body that is an object", { body: { $ne: 1 } }, "invalid", "body"],
  ["a body that is a list", { body: ["x"] }, "invalid", "body"],
  ["an empty body", { body: "" }, "invalid", "body"],
  ["a body of white space", { body: " \n\t\u00a0" }, "invalid", "body"],
  ["a body of nothing to see", { body: "\u200b\u200d\u2060\ufeff" }, "invalid", "body"],
  ["a body with NUL", { body: "a\u0000b" }, "invalid", "body"],
  ["a body one byte too long", { body: "x".repeat(BODY_BYTES + 1) }, "too_large", "body", BODY_BYTES],
  ["a body too long in bytes only", { body: "ä".repeat(BODY_BYTES / 2) + "x" }, "too_large", "body", BODY_BYTES],
];

const NO_OBJECTS = [null, 5, "text", [], [{}], true, [null]];

describe("bad input", () => {
  let parlor;
  let python;
  let ours;
  before(async () => {
    parlor = await Parlor.start();
    python = new Python();
    ours = (await parlor.rest("ada").direct("grace")).id;
  });
  after(() => Promise.all([parlor?.close(), python?.end()]));

  /** The connection still does what it should. */
  const livesOn = (socket) => send(socket, ours, "still here");

  describe("in message:send", () => {
    for (const [name, change, code, field, limit] of BAD_SENDS) {
      it(`${name} is ${code}`, async (t) => {
        const [ada, hers] = await Promise.all([connect(t, parlor, "ada"), python.connect(parlor, "ada")]);
        const payload = { conversation_id: ours, body: "good", ...change };
        for (const socket of [ada, hers]) {
          assertRefused(await socket.emit("message:send", payload), code, { field, limit });
          ada.tell("message:send", payload); // not acknowledged: nobody to tell, nothing breaks
          await livesOn(socket);
        }
        await hers.close();
        if (!("conversation_id" in change)) {
          const { conversation_id, ...post } = payload;
          const answer = await parlor.rest("ada").post(`/conversations/${ours}/messages`, post);
          assertProblem(answer, code === "too_large" ? 413 : 400, code, { field, limit });
        }
      });
    }

    it("takes a body of exactly the limit, in letters of two bytes too", async (t) => {
      const ada = await connect(t, parlor, "ada");
      await send(ada, ours, "x".repeat(BODY_BYTES));
      await send(ada, ours, "ä".repeat(BODY_BYTES / 2));
    });

    it("takes fields that it does not know for what they are: nothing", async (t) => {
      const ada = await connect(t, parlor, "ada");
      const extra = { conversation_id: ours, body: "x", sender_id: "grace", seq: 1, __proto__: null, constructor: 1 };
      const { message } = await ada.emit("message:send", extra);
      assertBareMessage(message, { sender_id: "ada" });
    });
  });

  const EVENTS = ["message:send", "conversation:read", "conversation:create", "conversation:list", "message:list", "sync"];
  for (const event of EVENTS) {
    it(`${event} refuses what is no object`, async (t) => {
      const sockets = [await connect(t, parlor, "ada"), await connect3(t, parlor, "ada", { namespace: "/parlor" })];
      for (const socket of sockets) {
        for (const argument of NO_OBJECTS) assertRefused(await socket.emit(event, argument), "invalid");
        await livesOn(socket);
      }
    });
  }

  it("of unknown and reserved names is refused by name", async (t) => {
    const ada = await connect(t, parlor, "ada");
    for (const event of ["message:sned", "", "__proto__", "constructor", "message:new", "x".repeat(5000), "a\u0000b"]) {
      assertRefused(await ada.emit(event, {}), "invalid", { field: "event" });
    }
    await livesOn(ada);
  });

  const BAD_OTHERS = [
    ["conversation:read", { id: "nonsense", seq: 1 }, "invalid", "id"],
    ["conversation:read", { id: randomUUID(), seq: 1 }, "not_found"],
    ["conversation:read", { id: "ours", seq: -1 }, "invalid", "seq"],
    ["conversation:read", { id: "ours", seq: "1" }, "invalid", "seq"],
    ["conversation:read", { id: "ours", seq: 1.5 }, "invalid", "seq"],
    ["conversation:read", { id: "ours", seq: 2 ** 63 }, "invalid", "seq"],
    ["conversation:read", { id: "ours" }, "invalid", "seq"],
    ["conversation:create", {}, "invalid", "kind"],
    ["conversation:create", { kind: "channel" }, "invalid", "kind"],
    ["conversation:create", { kind: "direct" }, "invalid", "user_id"],
    ["conversation:create", { kind: "direct", user_id: 5 }, "invalid", "user_id"],
    ["conversation:create", { kind: "direct", user_id: "" }, "invalid", "user_id"],
    ["conversation:create", { kind: "direct", user_id: "x".repeat(5000) }, "invalid", "user_id"],
    ["conversation:create", { kind: "direct", user_id: "a\u0000b" }, "invalid", "user_id"],
    ["conversation:create", { kind: "group", user_ids: ["grace"] }, "invalid", "name"],
    ["conversation:create", { kind: "group", name: " ", user_ids: ["grace"] }, "invalid", "name"],
    ["conversation:create", { kind: "group", name: "x".repeat(101), user_ids: ["grace"] }, "invalid", "name", 100],
    ["conversation:create", { kind: "group", name: "x", user_ids: "grace" }, "invalid", "user_ids"],
    ["conversation:create", { kind: "group", name: "x", user_ids: ["grace", ""] }, "invalid", "user_ids"],
    ["conversation:create", { kind: "group", name: "x", user_ids: Array.from({ length: 256 }, (_, n) => `m${n}`) }, "limit_reached", "user_ids", 256],
    ["conversation:list", { limit: "ten" }, "invalid", "limit"],
    ["conversation:list", { limit: -1 }, "invalid", "limit"],
    ["conversation:list", { cursor: "not a cursor" }, "invalid", "cursor"],
    ["message:list", { conversation_id: "nonsense" }, "invalid", "conversation_id"],
    ["message:list", { conversation_id: randomUUID() }, "not_found"],
    ["message:list", { conversation_id: "ours", before_seq: "x" }, "invalid", "before_seq"],
    ["message:list", { conversation_id: "ours", cursor: "AAAA" }, "invalid", "cursor"],
    ["sync", { heads: [] }, "invalid", "heads"],
    ["sync", { heads: { nonsense: 1 } }, "invalid", "heads"],
    ["sync", { user_rev: "x" }, "invalid", "user_rev"],
    ["sync", { cursor: "tampered" }, "invalid", "cursor"],
  ];
  for (const [event, payload, code, field, limit] of BAD_OTHERS) {
    it(`${event} ${JSON.stringify(payload).slice(0, 70)} is ${code}${field ? ` of ${field}` : ""}`, async (t) => {
      const ada = await connect(t, parlor, "ada");
      const filled = Object.entries(payload).map(([name, value]) => [name, value === "ours" ? ours : value]);
      assertRefused(await ada.emit(event, Object.fromEntries(filled)), code, { field, limit });
      await livesOn(ada);
    });
  }

  it("beyond 64 KiB for one event is too_large, and the connection lives on", async (t) => {
    for (const transport of ["websocket", "polling"]) {
      const ada = await connect(t, parlor, "ada", { transport });
      const huge = { conversation_id: ours, body: "x".repeat(70_000) };
      assertRefused(await ada.emit("message:send", huge), "too_large", { limit: 65_536 });
      await livesOn(ada);
    }
  });

  it("of others' conversations is not found, and tells them nothing", async (t) => {
    const [ada, eve] = await Promise.all([connect(t, parlor, "ada"), connect(t, parlor, "eve")]);
    const absent = (await eve.emit("message:send", { conversation_id: randomUUID(), body: "x" })).error;
    for (const [event, payload] of [
      ["message:send", { conversation_id: ours, body: "let me in" }],
      ["message:list", { conversation_id: ours }],
      ["conversation:read", { id: ours, seq: 1 }],
    ]) {
      const ack = await eve.emit(event, payload);
      assertRefused(ack, "not_found");
      assert.deepEqual(ack.error, absent, "as if it were not there");
    }
    const held = await eve.emit("sync", { user_rev: 0, heads: { [ours]: 0 } });
    assert.ok(!held.conversations?.some(({ changes, conversation }) => changes || conversation), JSON.stringify(held));
    const rest = parlor.rest("eve");
    for (const answer of [
      await rest.get(`/conversations/${ours}`),
      await rest.get(`/conversations/${ours}/messages`),
      await rest.post(`/conversations/${ours}/messages`, { body: "x" }),
      await rest.post(`/conversations/${ours}/read`, { seq: 1 }),
    ]) {
      assertProblem(answer, 404, "not_found");
    }
    const fence = await livesOn(ada);
    await ada.inbox.message(fence.id);
    assert.ok(ada.inbox.messages(ours).every(({ sender_id }) => sender_id === "ada"));
    assert.deepEqual(eve.inbox.all("message:new"), []);
  });
});
