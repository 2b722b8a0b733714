import { describe, expect, it } from "vitest";
import { ParlorError } from "../src/errors";
import type { Message, ServerEvent } from "../src/protocol";
import { messageNew, messageOf, setUpOnline } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const held = ({ client }: Pick<Parts, "client">) => client.getSnapshot().conversations.get("c");
const bodies = (parts: Pick<Parts, "client">) => held(parts)?.items.map(({ body }) => body);

/** Message `n` as it is after the change `rev`. */
function updated(n: number, rev: number, given: Partial<Message> = {}): ServerEvent {
  const edit = { body: `edited at ${rev}`, edited_at: "2026-11-21T09:30:00.000Z", prev_rev: rev - 1, rev };
  return { event: "message:updated", data: messageOf(n, { ...edit, ...given }) };
}

/** "c" with three messages, open. */
async function withThree() {
  const parts = await setUpOnline({ head: { seq: 3, rev: 3 }, last_message: messageOf(3) });
  parts.client.watch("c");
  await parts.transport.call("message:list").answer({ items: [3, 2, 1].map((n) => messageOf(n)) });
  return parts;
}

describe("a message that changed", () => {
  it("is shown in its place, in the list and as the last one", async () => {
    const parts = await withThree();
    const activity = held(parts)?.conversation.last_activity_at;
    await parts.transport.deliver(updated(2, 4));
    await parts.transport.deliver(updated(3, 5));
    expect(bodies(parts)).toEqual(["message 1", "edited at 4", "edited at 5"]);
    expect(held(parts)?.conversation).toMatchObject({
      head: { seq: 3, rev: 5 },
      last_message: { body: "edited at 5" },
      last_activity_at: activity,
    });
    expect(held(parts)?.unread).toBe(0);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("is not taken back by what was said before", async () => {
    const parts = await withThree();
    await parts.transport.deliver(updated(3, 5));
    await parts.transport.deliver(updated(3, 4));
    expect(bodies(parts)?.at(-1)).toBe("edited at 5");
    expect(held(parts)?.conversation.last_message?.body).toBe("edited at 5");
    await parts.clock.advance(1_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("that overtakes a new one does not hide it", async () => {
    const parts = await withThree();
    await parts.transport.deliver(updated(3, 5));
    await parts.transport.deliver(messageNew(4));
    expect(bodies(parts)).toEqual(["message 1", "message 2", "edited at 5", "message 4"]);
    expect(held(parts)?.conversation).toMatchObject({ head: { seq: 4, rev: 5 }, last_message: { seq: 4 } });
    expect(held(parts)?.unread).toBe(1);
  });

  it("is as it is now when the page was read before", async () => {
    const parts = await setUpOnline({ head: { seq: 3, rev: 3 } });
    parts.client.watch("c");
    await parts.transport.deliver(updated(2, 4));
    await parts.transport.call("message:list").answer({ items: [3, 2].map((n) => messageOf(n)), next_cursor: "x" });
    expect(bodies(parts)).toEqual(["edited at 4", "message 3"]);
    void parts.client.loadOlder("c");
    await parts.transport.deliver(updated(1, 5));
    await parts.transport.call("message:list").answer({ items: [messageOf(1)] });
    expect(bodies(parts)).toEqual(["edited at 5", "edited at 4", "message 3"]);
  });

  it("that is not loaded leaves no hole in what is", async () => {
    const parts = await setUpOnline({ head: { seq: 3, rev: 3 } });
    parts.client.watch("c");
    await parts.transport.call("message:list").answer({ items: [messageOf(3)], next_cursor: "x" });
    await parts.transport.deliver(updated(1, 4));
    expect(bodies(parts)).toEqual(["message 3"]);
  });

  it("comes by sync, as new and as changed", async () => {
    const parts = await withThree();
    await parts.transport.lose();
    await parts.transport.online();
    const sync = parts.transport.call("sync");
    expect(sync.request.heads).toEqual({ c: 3 });
    const changes = [
      { event: "message:new", data: messageOf(4, { body: "edited at 5" }) },
      updated(4, 5),
      updated(1, 6),
    ];
    await sync.answer({
      epoch: "e1",
      user_rev: 1,
      conversations: [{ id: "c", head: { seq: 4, rev: 6 }, read_seq: 3, unread: 1, changes }],
    });
    expect(bodies(parts)).toEqual(["edited at 6", "message 2", "message 3", "edited at 5"]);
    expect(held(parts)?.unread).toBe(1);
  });
});

describe("editing", () => {
  it("shows what the server made of it, once", async () => {
    const parts = await withThree();
    const editing = parts.client.edit("c", "m3", "edited at 4");
    const call = parts.transport.call("message:edit");
    expect(call.request).toEqual({ conversation_id: "c", id: "m3", body: "edited at 4" });
    const event = updated(3, 4);
    await call.answer({ message: event.data as Message });
    await editing;
    expect(bodies(parts)?.at(-1)).toBe("edited at 4");
    await parts.transport.deliver(event);
    expect(held(parts)?.conversation.head.rev).toBe(4);
  });

  it("throws what the server refuses, and changes nothing", async () => {
    const parts = await withThree();
    const editing = parts.client.edit("c", "m3", "late");
    await parts.transport.call("message:edit").fail(new ParlorError("too_late", "the window has passed"));
    await expect(editing).rejects.toMatchObject({ code: "too_late", retryable: false });
    expect(bodies(parts)?.at(-1)).toBe("message 3");
    await expect(parts.client.edit("c", "m3", "  ")).rejects.toMatchObject({ code: "invalid" });
  });
});

/** What is left of message `n` after the change `rev`. */
function deleted(n: number, rev: number, given: Partial<Message> = {}): ServerEvent {
  const { body: _, ...message } = messageOf(n, { prev_rev: rev - 1, rev, ...given });
  return { event: "message:deleted", data: { ...message, deleted_at: "2026-11-21T09:30:00.000Z" } };
}

describe("a message that was unsent", () => {
  const unread = (parts: Parts) => held(parts)?.unread;

  it("shows nothing of what it said, and is the last one still", async () => {
    const parts = await withThree();
    await parts.transport.deliver(deleted(3, 4));
    expect(held(parts)?.items.at(-1)).toMatchObject({ id: "m3", body: "", deleted_at: "2026-11-21T09:30:00.000Z" });
    expect(held(parts)?.conversation.last_message).not.toHaveProperty("body");
    expect(held(parts)?.conversation.head).toEqual({ seq: 3, rev: 4 });
  });

  it("counts no more: counted by the server, or by us", async () => {
    const parts = await setUpOnline({ head: { seq: 3, rev: 3 }, unread: 2, read_seq: 1 });
    await parts.transport.deliver(messageNew(4));
    expect(unread(parts)).toBe(3);
    await parts.transport.deliver(deleted(1, 5));
    expect(unread(parts)).toBe(3);
    await parts.transport.deliver(deleted(2, 6));
    await parts.transport.deliver(deleted(2, 6));
    expect(unread(parts)).toBe(2);
    await parts.transport.deliver(deleted(4, 7));
    expect(unread(parts)).toBe(1);
    expect(parts.client.getSnapshot().unread_total).toBe(1);
  });

  it("is not taken off a count that knew it", async () => {
    const parts = await setUpOnline({ head: { seq: 3, rev: 3 }, unread: 3 });
    // Counted on another device's request after message 2 was deleted, and told before that.
    const counted = { read_seq: 1, head_seq: 3, head_rev: 4, unread: 1 };
    await parts.transport.deliver({
      event: "unread:changed",
      data: { conversation_id: "c", ...counted, total: 1, prev_user_rev: 1, user_rev: 2 },
    });
    await parts.transport.deliver(deleted(2, 4));
    expect(unread(parts)).toBe(1);
  });

  it("of one's own changes no count", async () => {
    const parts = await setUpOnline({ head: { seq: 3, rev: 3 }, unread: 2 });
    const unsending = parts.client.unsend("c", "m2");
    const event = deleted(2, 4, { sender_id: "ada" });
    await parts.transport.call("message:delete").answer({ message: event.data as Message });
    await unsending;
    expect(unread(parts)).toBe(2);
  });

  it("that comes as new by sync is not counted", async () => {
    const parts = await setUpOnline();
    const { data } = deleted(1, 1);
    await parts.transport.deliver({ event: "message:new", data: data as Message });
    expect(unread(parts)).toBe(0);
  });
});

describe("a reply", () => {
  const quote = { id: "m2", seq: 2, sender_id: "grace", body: "message 2" };

  it("shows what it quotes from the start, and asks for it by id", async () => {
    const parts = await withThree();
    parts.client.send("c", "indeed", { reply_to: quote });
    expect(held(parts)?.items.at(-1)).toMatchObject({ body: "indeed", reply_to: quote });
    expect(parts.transport.call("message:send").request).toMatchObject({ body: "indeed", reply_to: "m2" });
  });

  it("quotes a message as it is now", async () => {
    const parts = await withThree();
    await parts.transport.deliver(messageNew(4, { reply_to: quote }));
    await parts.transport.deliver(updated(2, 5));
    expect(held(parts)?.items.at(-1)?.reply_to).toEqual({ ...quote, body: "edited at 5" });
    expect(held(parts)?.conversation.last_message?.reply_to?.body).toBe("edited at 5");
    await parts.transport.deliver(deleted(2, 6));
    expect(held(parts)?.items.at(-1)?.reply_to).toEqual({ id: "m2", seq: 2, sender_id: "grace" });
  });
});

describe("reactions", () => {
  const change = (rev: number, given: object): ServerEvent => ({
    event: "reaction:changed",
    data: { conversation_id: "c", id: "m2", seq: 2, prev_rev: rev - 1, rev, emojis: [], reactions: [], ...given },
  });
  const reactions = (parts: Parts) => held(parts)?.items[1]?.reactions;

  it("are summed by the server, and one's own known by who reacted", async () => {
    const parts = await withThree();
    const sums = [{ emoji: "👍", count: 2 }];
    await parts.transport.deliver(
      change(4, { user_id: "ada", emojis: ["👍"], reactions: [{ emoji: "👍", count: 1 }] }),
    );
    await parts.transport.deliver(change(5, { user_id: "grace", emojis: ["👍"], reactions: sums }));
    expect(reactions(parts)).toEqual([{ emoji: "👍", count: 2, mine: true }]);
    await parts.transport.deliver(updated(2, 6, { reactions: sums }));
    expect(reactions(parts)).toEqual([{ emoji: "👍", count: 2, mine: true }]);
    await parts.transport.deliver(change(7, { user_id: "ada", reactions: [{ emoji: "👍", count: 1 }] }));
    expect(reactions(parts)).toEqual([{ emoji: "👍", count: 1 }]);
    await parts.transport.deliver(change(8, { user_id: "grace" }));
    expect(reactions(parts)).toBeUndefined();
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("of nobody knows whom are asked for", async () => {
    const parts = await withThree();
    await parts.transport.deliver(change(4, { reactions: [{ emoji: "👍", count: 1 }] }));
    await parts.transport.deliver(messageNew(4, { rev: 5, prev_rev: 4 }));
    await parts.clock.advance(1_000);
    expect(parts.transport.call("sync").request.heads).toEqual({ c: 3 });
  });
});
