import { describe, expect, it } from "vitest";
import { ParlorError } from "../src/errors";
import { messageNew, setUpOnline, syncOf, unreadChanged } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const unread = ({ client }: Parts) => client.getSnapshot().conversations.get("c")?.unread;

describe("unread", () => {
  it("counts messages of others, not one's own nor the system's", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(messageNew(1));
    await parts.transport.deliver(messageNew(2, { sender_id: "ada" }));
    await parts.transport.deliver(messageNew(3, { kind: "system" }));
    expect(unread(parts)).toBe(1);
    expect(parts.client.getSnapshot().unread_total).toBe(1);
  });

  it("adds to the server's count only what came after it was made", async () => {
    const parts = await setUpOnline({ head: { seq: 5, rev: 5 }, unread: 2, read_seq: 3 });
    await parts.transport.deliver(messageNew(6));
    await parts.transport.deliver(messageNew(7));
    expect(unread(parts)).toBe(4);
    // Counted on another device's request when message 7 was not yet there.
    await parts.transport.deliver(unreadChanged({ read_seq: 5, head_seq: 6, unread: 1 }));
    expect(unread(parts)).toBe(2);
    await parts.transport.deliver(
      unreadChanged({ read_seq: 7, head_seq: 7, unread: 0, prev_user_rev: 2, user_rev: 3 }),
    );
    expect(unread(parts)).toBe(0);
  });

  it("ignores a count that it has seen", async () => {
    const parts = await setUpOnline({ unread: 3, head: { seq: 3, rev: 3 } });
    await parts.transport.deliver(unreadChanged({ unread: 9, head_seq: 3, prev_user_rev: 0, user_rev: 1 }));
    expect(unread(parts)).toBe(3);
  });

  it("falls at once when read, and the server is told once", async () => {
    const parts = await setUpOnline({ head: { seq: 5, rev: 5 }, unread: 5 });
    parts.client.markRead("c");
    parts.client.markRead("c", 4);
    expect(unread(parts)).toBe(0);
    const call = parts.transport.call("conversation:read");
    expect(call.request).toEqual({ id: "c", seq: 5 });
    await call.answer({ read_seq: 5, unread: 0 });
    expect(parts.transport.waiting("conversation:read")).toBe(0);
  });

  it("tells the furthest mark when one reads on during the call", async () => {
    const parts = await setUpOnline({ head: { seq: 5, rev: 5 }, unread: 5 });
    parts.client.markRead("c", 2);
    parts.client.markRead("c", 3);
    parts.client.markRead("c", 5);
    await parts.transport.call("conversation:read").answer({ read_seq: 2, unread: 3 });
    expect(unread(parts)).toBe(0);
    expect(parts.transport.call("conversation:read").request.seq).toBe(5);
  });

  it("tells what was read while away after the next sync", async () => {
    const parts = await setUpOnline({ head: { seq: 5, rev: 5 }, unread: 5 });
    await parts.transport.lose();
    parts.client.markRead("c");
    expect(unread(parts)).toBe(0);
    await parts.transport.online();
    await parts.transport.call("sync").answer(syncOf(1));
    expect(parts.transport.call("conversation:read").request.seq).toBe(5);
  });

  it("takes a refused mark back", async () => {
    const parts = await setUpOnline({ head: { seq: 5, rev: 5 }, unread: 5 });
    parts.client.markRead("c");
    await parts.transport.call("conversation:read").fail(new ParlorError("not_found", "gone"));
    expect(unread(parts)).toBe(5);
  });
});
