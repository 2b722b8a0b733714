import { describe, expect, it } from "vitest";
import { isMuted } from "../src/own-state";
import type { OwnState, ServerEvent } from "../src/protocol";
import { conversationOf, messageNew, messageOf, setUpOnline, syncOf, unreadChanged } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const state = ({ client }: Parts) => client.getSnapshot();
const held = (parts: Parts, id = "c") => state(parts).conversations.get(id);
const order = (parts: Parts) => state(parts).list.map(({ conversation }) => conversation.id);

const stateChanged = (own: OwnState, user_rev = 2, conversation_id = "c"): ServerEvent => ({
  event: "state:changed",
  data: { conversation_id, state: own, prev_user_rev: user_rev - 1, user_rev },
});

const PINNED = "2026-11-21T09:00:00.000Z";

async function withThree() {
  const parts = await setUpOnline();
  let user_rev = 1;
  for (const [id, minute] of [
    ["d", 1],
    ["e", 2],
  ] as const) {
    const other = conversationOf({ id, last_activity_at: `2026-11-21T08:0${minute}:00.000Z` });
    const data = { ...other, prev_user_rev: user_rev, user_rev: ++user_rev };
    await parts.transport.deliver({ event: "conversation:new", data });
  }
  return parts;
}

describe("what a conversation is for us alone", () => {
  it("follows its events, each once", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(stateChanged({ archived: true }));
    await parts.transport.deliver(stateChanged({ archived: true, marked_unread: true }, 3));
    await parts.transport.deliver(stateChanged({ archived: true }));
    expect(held(parts)?.conversation.state).toEqual({ archived: true, marked_unread: true });
    await parts.transport.deliver(unreadChanged({ prev_user_rev: 3, user_rev: 4 }));
    expect(held(parts)?.conversation.state).toEqual({ archived: true });
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("puts pinned ones on top, the last pinned first, and back", async () => {
    const parts = await withThree();
    expect(order(parts)).toEqual(["e", "d", "c"]);
    await parts.transport.deliver(stateChanged({ pinned_at: PINNED }, 4, "c"));
    await parts.transport.deliver(stateChanged({ pinned_at: "2026-11-21T09:01:00.000Z" }, 5, "d"));
    expect(order(parts)).toEqual(["d", "c", "e"]);
    await parts.transport.deliver(messageNew(1, { conversation_id: "e", created_at: "2026-11-21T10:00:00.000Z" }));
    expect(order(parts)).toEqual(["d", "c", "e"]);
    await parts.transport.deliver(stateChanged({}, 6, "d"));
    expect(order(parts)).toEqual(["c", "e", "d"]);
  });

  it("is caught up with by sync, but an event that overtook the answer stands", async () => {
    const parts = await setUpOnline();
    await parts.transport.lose();
    await parts.transport.online();
    await parts.transport.deliver(stateChanged({ archived: true }, 5));
    const synced = { id: "c", head: { seq: 0, rev: 0 }, read_seq: 0, unread: 0 };
    await parts.transport.call("sync").answer({ epoch: "e1", user_rev: 4, conversations: [synced] });
    expect(held(parts)?.conversation.state).toEqual({ archived: true });
    await parts.transport.lose();
    await parts.transport.online();
    const later = { ...synced, state: { pinned_at: PINNED } };
    await parts.transport.call("sync").answer({ epoch: "e1", user_rev: 6, conversations: [later] });
    expect(held(parts)?.conversation.state).toEqual({ pinned_at: PINNED });
  });

  it("is not changed by an answer that describes the conversation", async () => {
    const parts = await setUpOnline({ kind: "group" });
    const adding = parts.client.addParticipants("c", ["alan"]);
    await parts.transport.deliver(stateChanged({ archived: true }));
    await parts.transport.call("participant:add").answer({ conversation: conversationOf({ kind: "group" }) });
    await adding;
    expect(held(parts)?.conversation.state).toEqual({ archived: true });
  });

  it("is asked for by the client's methods", async () => {
    const parts = await setUpOnline();
    const setting = parts.client.setState("c", { muted: true });
    const call = parts.transport.call("state:set");
    expect(call.request).toEqual({ conversation_id: "c", muted: true });
    await call.answer({ state: { muted_until: "9999-01-01T00:00:00.000Z" } });
    await setting;
    const deleting = parts.client.deleteConversation("c");
    const remove = parts.transport.call("conversation:delete");
    expect(remove.request).toEqual({ id: "c" });
    await remove.answer({ state: { deleted_seq: 0 } });
    await deleting;
  });

  it("mutes until a time", () => {
    const muted = conversationOf({ state: { muted_until: PINNED } });
    const at = Date.parse(PINNED);
    expect([isMuted(muted, at - 1), isMuted(muted, at), isMuted(conversationOf(), 0)]).toEqual([true, false, false]);
  });
});

describe("a mark as unread", () => {
  it("is taken away by reading, although all is read", async () => {
    const parts = await setUpOnline({ head: { seq: 2, rev: 2 }, read_seq: 2, state: { marked_unread: true } });
    expect(held(parts)?.unread).toBe(0);
    parts.client.markRead("c");
    parts.client.markRead("c");
    expect(parts.transport.waiting("conversation:read")).toBe(1);
    const call = parts.transport.call("conversation:read");
    expect(call.request).toEqual({ id: "c", seq: 2 });
    await call.answer({ read_seq: 2, unread: 0 });
    await parts.transport.deliver(unreadChanged({ read_seq: 2, head_seq: 2 }));
    expect(held(parts)?.conversation.state).toEqual({});
    parts.client.markRead("c");
    expect(parts.transport.waiting("conversation:read")).toBe(0);
  });
});

describe("a conversation that we deleted", () => {
  const DELETED = stateChanged({ deleted_seq: 2 });
  const COUNTED = unreadChanged({ read_seq: 2, head_seq: 2, prev_user_rev: 2, user_rev: 3 });

  async function deleted() {
    const parts = await setUpOnline({ head: { seq: 2, rev: 2 }, unread: 2, last_message: messageOf(2) });
    const release = parts.client.watch("c");
    await parts.transport.call("message:list").answer({ items: [messageOf(2), messageOf(1)] });
    await parts.transport.deliver(DELETED);
    await parts.transport.deliver(COUNTED);
    return { ...parts, release };
  }

  it("is empty and in no list", async () => {
    const parts = await deleted();
    expect([order(parts), state(parts).unread_total]).toEqual([[], 0]);
    expect(held(parts)?.items).toEqual([]);
    expect(held(parts)?.conversation.last_message).toBeUndefined();
  });

  it("comes back with the next message, and with nothing from before", async () => {
    const parts = await deleted();
    await parts.transport.deliver(messageNew(3));
    expect([order(parts), state(parts).unread_total]).toEqual([["c"], 1]);
    expect(held(parts)?.items.map(({ id }) => id)).toEqual(["m3"]);
    // One from before is unsent: it counted nothing any more.
    const { body: _, ...unsent } = messageOf(2, { prev_rev: 3, rev: 4, deleted_at: PINNED });
    await parts.transport.deliver({ event: "message:deleted", data: unsent });
    expect([state(parts).unread_total, held(parts)?.items.length]).toEqual([1, 1]);
  });

  it("stays empty when a page from before comes late", async () => {
    const parts = await setUpOnline({ head: { seq: 2, rev: 2 } });
    parts.client.watch("c");
    await parts.transport.deliver(DELETED);
    await parts.transport.call("message:list").answer({ items: [messageOf(2), messageOf(1)] });
    expect(held(parts)?.items).toEqual([]);
  });

  it("is deleted by sync, too, with what came while we were away", async () => {
    const parts = await setUpOnline({ head: { seq: 1, rev: 1 } });
    await parts.transport.lose();
    await parts.transport.online();
    const changes = [messageNew(2), messageNew(3)];
    const synced = { id: "c", head: { seq: 3, rev: 3 }, read_seq: 2, unread: 1, changes, state: { deleted_seq: 2 } };
    await parts.transport.call("sync").answer({ epoch: "e1", user_rev: 3, conversations: [synced] });
    expect([order(parts), state(parts).unread_total]).toEqual([["c"], 1]);
    expect(held(parts)?.conversation.last_message?.seq).toBe(3);
  });

  it("is held by a new device without being listed", async () => {
    const parts = await setUpOnline({ head: { seq: 0, rev: 0 }, state: { deleted_seq: 0 } });
    expect([order(parts), state(parts).conversations.size]).toEqual([[], 1]);
    await parts.transport.lose();
    await parts.transport.online();
    await parts.transport.call("sync").answer(syncOf(1));
    expect(order(parts)).toEqual([]);
  });
});
