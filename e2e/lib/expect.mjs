import assert from "node:assert/strict";
import { messageId } from "./token.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function assertTime(value) {
  assert.match(value, TIME);
}

/** Exactly the fields of a message, and of the right form. */
export function assertBareMessage(message, expected = {}) {
  const fields = ["body", "conversation_id", "created_at", "id", "kind", "prev_rev", "rev", "sender_id", "seq"];
  assert.deepEqual(Object.keys(message).sort(), fields);
  assert.match(message.id, UUID);
  assert.match(message.conversation_id, UUID);
  assertTime(message.created_at);
  assert.ok(Number.isInteger(message.seq) && message.seq > 0, `seq ${message.seq}`);
  assert.ok(message.prev_rev < message.rev, `prev_rev ${message.prev_rev}, rev ${message.rev}`);
  assert.equal(message.kind, "text");
  for (const [field, value] of Object.entries(expected)) assert.deepEqual(message[field], value, field);
}

/** Exactly the fields of a conversation as `asker` sees it. */
export function assertBareConversation(conversation, expected = {}) {
  const always = ["created_at", "created_by", "head", "id", "kind", "last_activity_at", "participants", "read_seq", "settings", "unread"];
  const fields = [
    ...always,
    ...(conversation.kind === "group" ? ["name"] : []),
    ...(conversation.head.seq > 0 ? ["last_message"] : []),
  ];
  assert.deepEqual(Object.keys(conversation).sort(), fields.sort());
  assert.match(conversation.id, UUID);
  assertTime(conversation.created_at);
  assertTime(conversation.last_activity_at);
  assert.deepEqual(Object.keys(conversation.head).sort(), ["rev", "seq"]);
  assert.deepEqual(Object.keys(conversation.settings).sort(), ["history", "read_only", "slow_mode_s", "who_may_add"]);
  for (const { user, role } of conversation.participants) {
    assert.equal(typeof user.id, "string");
    assert.match(role, /^(owner|admin|moderator|member)$/);
  }
  for (const [field, value] of Object.entries(expected)) assert.deepEqual(conversation[field], value, field);
}

/** Exactly the fields of an error; `{code, field?, limit?}` as expected, and a message for people. */
export function assertError(error, code, { field, limit } = {}) {
  assert.equal(error?.code, code, JSON.stringify(error));
  assert.ok(error.message.length > 10, `a message for people: ${JSON.stringify(error)}`);
  assert.equal(typeof error.retryable, "boolean");
  assert.equal(error.field, field, `field of ${JSON.stringify(error)}`);
  if (limit !== undefined) assert.equal(error.limit, limit, `limit of ${JSON.stringify(error)}`);
  const known = new Set(["code", "message", "field", "limit", "retry_after_ms", "retryable"]);
  for (const name of Object.keys(error)) assert.ok(known.has(name), `${name} is no field of an error`);
}

/** The same lists; a failure names the first difference and not hundreds of messages. */
export function assertSame(actual, expected, what) {
  const texts = [actual, expected].map((list) => list.map((item) => JSON.stringify(item, Object.keys(item).sort())));
  const at = texts[1].findIndex((text, index) => text !== texts[0][index]);
  const differ = at >= 0 ? `; at ${at}: ${texts[0][at]?.slice(0, 300)} instead of ${texts[1][at].slice(0, 300)}` : "";
  assert.ok(!differ && actual.length === expected.length, `${what}: ${actual.length} of ${expected.length}${differ}`);
}

/** A failed acknowledgement. */
export function assertRefused(ack, code, details) {
  assert.deepEqual(Object.keys(ack ?? {}).sort(), ["error", "ok"], JSON.stringify(ack));
  assert.equal(ack.ok, false);
  assertError(ack.error, code, details);
}

/** A REST error: problem details (RFC 9457). */
export function assertProblem({ status, headers, body }, expected_status, code, details) {
  assert.equal(status, expected_status, JSON.stringify(body));
  assert.equal(headers.get("content-type"), "application/problem+json");
  const { type, title, status: repeated, detail, ...error } = body;
  for (const text of [type, title, detail]) assert.ok(text?.length > 0, JSON.stringify(body));
  assert.equal(repeated, expected_status);
  assertError({ message: detail, ...error }, code, details);
}

/** Sends and gives the stored message. */
export async function send(client, conversation_id, body, id = messageId()) {
  const ack = await client.emit("message:send", { conversation_id, id, body });
  assert.deepEqual(Object.keys(ack).sort(), ["message", "ok"], JSON.stringify(ack));
  assert.equal(ack.ok, true);
  assertBareMessage(ack.message, { id, conversation_id, body });
  return ack.message;
}

/**
 * Every one of these sockets has these messages: each exactly once, bare, in the order of `seq`. A last message is
 * sent and awaited first: events keep their order, so what would come twice has come by then.
 */
export async function assertExactlyOnce(sender, sockets, conversation_id, messages) {
  const fence = await send(sender, conversation_id, "fence");
  await Promise.all(sockets.map((socket) => socket.inbox.message(fence.id)));
  const ids = new Set(messages.map(({ id }) => id));
  const expected = [...messages].sort((a, b) => a.seq - b.seq);
  for (const { inbox } of sockets) {
    const got = inbox.messages(conversation_id);
    assertSame(got.filter(({ id }) => ids.has(id)), expected, `${inbox.owner}: each once, in order, as acknowledged`);
    got.reduce((before, { seq }) => (assert.ok(seq > before, `${inbox.owner}: seq ${seq} after ${before}`), seq), 0);
    assert.equal(inbox.items.filter(({ event, args }) => event === "message:new" && args.length !== 1).length, 0);
  }
}
