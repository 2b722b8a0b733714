import { describe, expect, it } from "vitest";
import type { Change, Conversation, Message, Participant, ServerEvent, SyncAnswer } from "../src/protocol";
import { conversationOf, GRACE, ME, messageNew, messageOf, setUpOnline } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const AT = "2026-11-21T09:30:00.000Z";
const held = ({ client }: Parts) => client.getSnapshot().conversations.get("c");
const item = (parts: Parts, n: number) => held(parts)?.items.find(({ id }) => id === `m${n}`);
const who = (parts: Parts) => held(parts)?.conversation.participants.map(({ user }) => user.id);

function edited(n: number, rev: number, given: Partial<Message> = {}): ServerEvent {
  const data = messageOf(n, { body: `edited at ${rev}`, edited_at: AT, prev_rev: rev - 1, rev, ...given });
  return { event: "message:updated", data };
}

function unsent(n: number, rev: number): ServerEvent {
  const { body: _, ...message } = messageOf(n, { prev_rev: rev - 1, rev, deleted_at: AT });
  return { event: "message:deleted", data: message };
}

function liked(n: number, rev: number, user_id = "ada"): ServerEvent {
  const sums = { emojis: ["👍"], reactions: [{ emoji: "👍", count: 1 }] };
  const data = { conversation_id: "c", id: `m${n}`, seq: n, prev_rev: rev - 1, rev, user_id, ...sums };
  return { event: "reaction:changed", data };
}

const ALAN: Participant = { user: { id: "alan", name: "Alan" }, role: "member" };
const joined = (rev: number): ServerEvent => ({
  event: "participant:joined",
  data: { conversation_id: "c", participant: ALAN, prev_rev: rev - 1, rev },
});
const left = (rev: number): ServerEvent => ({
  event: "participant:left",
  data: { conversation_id: "c", user_id: "alan", prev_rev: rev - 1, rev },
});

/** "c" is open with four messages, all of them read. */
async function withFour() {
  const four = { head: { seq: 4, rev: 4 }, read_seq: 4, last_message: messageOf(4) };
  const parts = await setUpOnline({ kind: "group", ...four });
  parts.client.watch("c");
  await parts.transport.call("message:list").answer({ items: [4, 3, 2, 1].map((n) => messageOf(n)) });
  return parts;
}

/** The same, while a sync is under way. */
async function syncing() {
  const parts = await withFour();
  await parts.transport.lose();
  await parts.transport.online();
  return { ...parts, sync: parts.transport.call("sync") };
}

function changesUpTo(rev: number, changes: readonly Change[], seq = 5, unread = seq - 4): SyncAnswer {
  const synced = { id: "c", head: { seq, rev }, read_seq: 4, unread, changes };
  return { epoch: "e1", user_rev: 1, conversations: [synced] };
}

function resetAt(given: Partial<Conversation> & Pick<Conversation, "head">): SyncAnswer {
  const conversation = conversationOf({ kind: "group", read_seq: 4, unread: 1, ...given });
  const { id, head, read_seq, unread } = conversation;
  return { epoch: "e1", user_rev: 1, conversations: [{ id, head, read_seq, unread, reset: true, conversation }] };
}

async function isWhole(parts: Parts) {
  await parts.clock.advance(250);
  if (parts.transport.waiting("sync")) {
    const { request, answer } = parts.transport.call("sync");
    expect(request.heads).toEqual({ c: held(parts)?.conversation.head.rev });
    await answer({ epoch: "e1", user_rev: 1, conversations: [] });
  }
  await parts.clock.advance(10_000);
  expect(parts.transport.waiting("sync")).toBe(0);
}

describe("a change that overtakes the sync answer with its message", () => {
  it("unsends it, and it does not count", async () => {
    const parts = await syncing();
    await parts.transport.deliver(unsent(5, 6));
    await parts.sync.answer(changesUpTo(5, [messageNew(5)]));
    expect(item(parts, 5)).toMatchObject({ body: "", deleted_at: AT });
    expect(held(parts)?.conversation.last_message).not.toHaveProperty("body");
    expect(held(parts)?.unread).toBe(0);
    await isWhole(parts);
  });

  it("edits it", async () => {
    const parts = await syncing();
    await parts.transport.deliver(edited(5, 6));
    await parts.sync.answer(changesUpTo(5, [messageNew(5)]));
    expect(item(parts, 5)?.body).toBe("edited at 6");
    expect(held(parts)).toMatchObject({ unread: 1, conversation: { last_message: { body: "edited at 6" } } });
    await isWhole(parts);
  });

  it("reacts to it", async () => {
    const parts = await syncing();
    await parts.transport.deliver(liked(5, 6));
    await parts.sync.answer(changesUpTo(5, [messageNew(5)]));
    expect(item(parts, 5)?.reactions).toEqual([{ emoji: "👍", count: 1, mine: true }]);
    await isWhole(parts);
  });

  it("waits on while something before it is missing", async () => {
    const parts = await syncing();
    await parts.transport.deliver(edited(5, 7));
    await parts.sync.answer(changesUpTo(5, [messageNew(5)]));
    expect(item(parts, 5)?.body).toBe("message 5");
    await parts.clock.advance(250);
    const again = parts.transport.call("sync");
    expect(again.request.heads).toEqual({ c: 5 });
    await again.answer(changesUpTo(6, [messageNew(6)], 6));
    expect(item(parts, 5)?.body).toBe("edited at 7");
    await isWhole(parts);
  });

  it("is not taken off the count twice, nor put back by a count that did not know it", async () => {
    const parts = await syncing();
    await parts.transport.deliver(messageNew(5));
    await parts.transport.deliver(unsent(5, 6));
    expect(held(parts)?.unread).toBe(0);
    await parts.sync.answer(changesUpTo(5, [messageNew(5)]));
    expect(held(parts)?.unread).toBe(0);
    await isWhole(parts);
  });
});

describe("a change that overtakes its message", () => {
  it.each([
    ["unsent", unsent(5, 6), { body: "", deleted_at: AT }, 0],
    ["edited", edited(5, 6), { body: "edited at 6" }, 1],
    ["reacted to", liked(5, 6), { reactions: [{ emoji: "👍", count: 1, mine: true }] }, 1],
  ])("waits for it: %s", async (_, change, shown, unread) => {
    const parts = await withFour();
    await parts.transport.deliver(change);
    await parts.transport.deliver(messageNew(5));
    expect(item(parts, 5)).toMatchObject(shown);
    expect(held(parts)?.unread).toBe(unread);
    await parts.clock.advance(10_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("does not keep an earlier change of the same message away", async () => {
    const parts = await withFour();
    await parts.transport.deliver(liked(4, 6));
    await parts.transport.deliver(edited(4, 5));
    expect(item(parts, 4)).toMatchObject({ body: "edited at 5", reactions: [{ emoji: "👍", count: 1, mine: true }] });
  });

  it("takes people out who came before it", async () => {
    const parts = await withFour();
    await parts.transport.deliver(left(6));
    await parts.transport.deliver(joined(5));
    expect(who(parts)).toEqual(["ada", "grace"]);
  });

  it("is asked for again when too many wait", async () => {
    const parts = await withFour();
    for (let rev = 6; rev <= 106; rev++) await parts.transport.deliver(edited(4, rev));
    await parts.transport.deliver(edited(3, 5));
    await parts.clock.advance(250);
    // The hundred last ones are kept: the one before them is missing, like one that was lost.
    const sync = parts.transport.call("sync");
    expect(sync.request.heads).toEqual({ c: 5 });
    await sync.answer(changesUpTo(6, [edited(4, 6)], 4));
    expect(item(parts, 4)?.body).toBe("edited at 106");
    await isWhole(parts);
  });
});

describe("a change that overtakes a reset", () => {
  const head = { seq: 5, rev: 5 };

  it("of an old message leaves the answer's last message", async () => {
    const parts = await syncing();
    await parts.transport.deliver(edited(3, 6));
    await parts.sync.answer(resetAt({ head, last_message: messageOf(5) }));
    expect(held(parts)?.conversation).toMatchObject({ head: { seq: 5, rev: 6 }, last_message: { id: "m5" } });
    await parts.transport.call("message:list").answer({ items: [messageOf(5), messageOf(4)] });
    await isWhole(parts);
  });

  it("of the last message changes it", async () => {
    const parts = await syncing();
    await parts.transport.deliver(unsent(5, 6));
    await parts.sync.answer(resetAt({ head, last_message: messageOf(5) }));
    expect(held(parts)?.conversation.last_message).toMatchObject({ id: "m5", deleted_at: AT });
    expect(held(parts)?.unread).toBe(0);
  });

  it("by a new message keeps that the last one", async () => {
    const parts = await syncing();
    await parts.transport.deliver(messageNew(6, { prev_rev: 6, rev: 7 }));
    await parts.sync.answer(resetAt({ head, last_message: messageOf(5), last_activity_at: messageOf(5).created_at }));
    expect(held(parts)?.conversation).toMatchObject({ head: { seq: 6, rev: 7 }, last_message: { id: "m6" } });
    expect(held(parts)?.unread).toBe(2);
  });

  it("by who joined keeps who the answer says, too", async () => {
    const parts = await syncing();
    await parts.transport.deliver(joined(6));
    await parts.sync.answer(resetAt({ head, participants: [{ user: ME, role: "owner" }] }));
    expect(who(parts)).toEqual(["ada", "alan"]);
    expect(who(parts)).not.toContain(GRACE.id);
  });

  it("is not undone by an answer that we have followed beyond", async () => {
    const parts = await syncing();
    await parts.transport.deliver(joined(5));
    await parts.transport.deliver(left(6));
    await parts.sync.answer(changesUpTo(5, [joined(5)], 4));
    expect(who(parts)).toEqual(["ada", "grace"]);
    await isWhole(parts);
  });
});
