import { describe, expect, it } from "vitest";
import type { MessageHidden, ServerEvent } from "../src/protocol";
import { conversationOf, messageNew, messageOf, setUpOnline, syncOf } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const held = ({ client }: Pick<Parts, "client">) => client.getSnapshot().conversations.get("c");
const bodies = (parts: Pick<Parts, "client">) => held(parts)?.items.map(({ body }) => body);
const total = (parts: Parts) => parts.client.getSnapshot().unread_total;

/** Message `n` was deleted by us for ourselves, when there were three messages. */
function hidden(n: number, given: Partial<MessageHidden> = {}): ServerEvent {
  const counted = { read_seq: 0, head_seq: 3, head_rev: 3, unread: 2, total: 2 };
  const numbers = { seq: n, prev_user_rev: 1, user_rev: 2 };
  return { event: "message:hidden", data: { conversation_id: "c", id: `m${n}`, ...counted, ...numbers, ...given } };
}

/** "c" with three unread messages of somebody else, open. */
async function withThree() {
  const parts = await setUpOnline({ head: { seq: 3, rev: 3 }, last_message: messageOf(3), unread: 3 });
  parts.client.watch("c");
  return parts;
}

const page = [3, 2, 1].map((n) => messageOf(n));

describe("a message that was deleted for oneself", () => {
  it("is asked for, and goes when the server says so", async () => {
    const parts = await withThree();
    await parts.transport.call("message:list").answer({ items: page });
    const hiding = parts.client.hide("c", "m3");
    const call = parts.transport.call("message:delete");
    expect(call.request).toEqual({ conversation_id: "c", id: "m3", for: "me" });
    await call.answer({});
    await hiding;
    await parts.transport.deliver(hidden(3, { last_message: messageOf(2) }));
    expect(bodies(parts)).toEqual(["message 1", "message 2"]);
    expect(held(parts)?.conversation).toMatchObject({ head: { seq: 3, rev: 3 }, last_message: { id: "m2" } });
    expect(total(parts)).toBe(2);
  });

  it("is not shown by a page that was read before, nor counted when it is unsent", async () => {
    const parts = await withThree();
    await parts.transport.deliver(hidden(2));
    await parts.transport.call("message:list").answer({ items: page });
    expect(bodies(parts)).toEqual(["message 1", "message 3"]);
    const unsent = { deleted_at: "2026-11-21T10:00:00.000Z", prev_rev: 3, rev: 4 };
    await parts.transport.deliver({ event: "message:deleted", data: messageOf(2, unsent) });
    expect(total(parts)).toBe(2);
    expect(bodies(parts)).toEqual(["message 1", "message 3"]);
  });

  it("before this device came is known by the conversation", async () => {
    const parts = await setUpOnline({ head: { seq: 3, rev: 3 }, unread: 2, hidden: [2] });
    const unsent = { deleted_at: "2026-11-21T10:00:00.000Z", prev_rev: 3, rev: 4 };
    await parts.transport.deliver({ event: "message:deleted", data: messageOf(2, unsent) });
    expect(total(parts)).toBe(2);
  });

  it("comes late and is not shown", async () => {
    const parts = await withThree();
    await parts.transport.call("message:list").answer({ items: page });
    await parts.transport.deliver(hidden(4, { head_seq: 4, head_rev: 4, unread: 3, last_message: messageOf(3) }));
    await parts.transport.deliver(messageNew(4));
    expect(bodies(parts)).toEqual(["message 1", "message 2", "message 3"]);
    expect(held(parts)?.conversation).toMatchObject({ head: { seq: 4 }, last_message: { id: "m3" } });
    expect(total(parts)).toBe(3);
  });

  it("while this device was away is told by sync", async () => {
    const parts = await withThree();
    await parts.transport.call("message:list").answer({ items: page });
    await parts.transport.lose();
    await parts.transport.online();
    const now = { head: { seq: 4, rev: 5 }, last_message: messageOf(2), unread: 2 };
    const [conversation] = syncOf(2, [conversationOf(now)]).conversations;
    const gone = (rev: number) => ({
      event: "change:hidden",
      data: { conversation_id: "c", prev_rev: rev - 1, rev },
    });
    if (!conversation) throw new Error("one was asked for");
    await parts.transport.call("sync").answer({
      ...syncOf(2),
      conversations: [{ ...conversation, hidden: [3, 4], changes: [gone(4), gone(5)] }],
    });
    expect(bodies(parts)).toEqual(["message 1", "message 2"]);
    expect(held(parts)?.conversation).toMatchObject({ head: { seq: 4, rev: 5 }, last_message: { id: "m2" } });
    expect(total(parts)).toBe(2);
    await parts.transport.deliver(messageNew(5, { prev_rev: 5, rev: 6 }));
    expect(bodies(parts)?.at(-1)).toBe("message 5");
    expect(parts.transport.waiting("sync")).toBe(0);
  });
});
