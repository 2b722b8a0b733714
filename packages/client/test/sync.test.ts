import { describe, expect, it } from "vitest";
import { ParlorError } from "../src/errors";
import type { ServerEvent, StreamHead } from "../src/protocol";
import { conversationOf, messageNew, messageOf, setUp, setUpOnline, syncOf, unreadChanged } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const held = ({ client }: Pick<Parts, "client">, id = "c") => client.getSnapshot().conversations.get(id);
const seqs = (parts: Pick<Parts, "client">) => held(parts)?.items.map(({ seq }) => seq);

/** Opens "c" with its first `count` messages. */
async function withHistory(count: number) {
  const parts = await setUpOnline({ head: { seq: count, rev: count } });
  parts.client.watch("c");
  const items = Array.from({ length: count }, (_, index) => messageOf(count - index));
  await parts.transport.call("message:list").answer({ items });
  return parts;
}

/** Connected again, with three conversations from before. */
async function backWithThree() {
  const parts = setUp();
  parts.client.connect();
  await parts.transport.online();
  const three = ["a", "b", "c"].map((id) => conversationOf({ id }));
  await parts.transport.call("sync").answer(syncOf(7, three));
  await parts.transport.lose();
  await parts.transport.online();
  return parts;
}

describe("live messages", () => {
  it("appear once, however often they come", async () => {
    const parts = await withHistory(2);
    await parts.transport.deliver(messageNew(3));
    await parts.transport.deliver(messageNew(3));
    expect(seqs(parts)).toEqual([1, 2, 3]);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("may overtake each other for a moment without a sync", async () => {
    const parts = await withHistory(2);
    await parts.transport.deliver(messageNew(4));
    await parts.transport.deliver(messageNew(3));
    await parts.clock.advance(1_000);
    expect(seqs(parts)).toEqual([1, 2, 3, 4]);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("that leave a gap are followed by a sync from the last contiguous revision", async () => {
    const parts = await withHistory(2);
    await parts.transport.deliver(messageNew(5));
    await parts.clock.advance(250);
    const sync = parts.transport.call("sync");
    expect(sync.request).toEqual({ epoch: "e1", user_rev: 1, heads: { c: 2 } });
    const changes = [3, 4, 5].map((n) => ({ event: "message:new", data: messageOf(n) }));
    await sync.answer({
      epoch: "e1",
      user_rev: 1,
      conversations: [{ id: "c", head: { seq: 5, rev: 5 }, read_seq: 0, unread: 5, changes }],
    });
    expect(seqs(parts)).toEqual([1, 2, 3, 4, 5]);
    await parts.clock.advance(10_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("of an unknown conversation bring it by a sync", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(messageNew(1, { conversation_id: "new" }));
    await parts.clock.advance(250);
    const conversation = conversationOf({ id: "new", head: { seq: 1, rev: 1 }, unread: 1 });
    await parts.transport.call("sync").answer(syncOf(2, [conversation]));
    expect(held(parts, "new")?.unread).toBe(1);
  });

  it("keep the identity of everything that they do not touch", async () => {
    const parts = await withHistory(2);
    const before = held(parts);
    await parts.transport.deliver(messageNew(3));
    expect(held(parts)?.items[0]).toBe(before?.items[0]);
    expect(held(parts)?.conversation.participants).toBe(before?.conversation.participants);
  });
});

describe("sync", () => {
  it("asks for everything first, then for what came after", async () => {
    const parts = setUp();
    parts.client.connect();
    await parts.transport.online();
    const first = parts.transport.call("sync");
    expect(first.request).toEqual({});
    expect(parts.client.getSnapshot().synced).toBe(false);
    await first.answer(syncOf(7, [conversationOf({ head: { seq: 3, rev: 4 } })]));
    expect(parts.client.getSnapshot().synced).toBe(true);

    await parts.transport.lose();
    await parts.transport.online();
    expect(parts.transport.call("sync").request).toEqual({ epoch: "e1", user_rev: 7, heads: { c: 4 } });
  });

  it("follows the cursor from the same position and takes the first answer's user_rev", async () => {
    const parts = setUp();
    parts.client.connect();
    await parts.transport.online();
    await parts.transport.call("sync").answer({ ...syncOf(7, [conversationOf()]), cursor: "c" });
    expect(parts.client.getSnapshot().synced).toBe(false);
    const second = parts.transport.call("sync");
    expect(second.request).toEqual({ epoch: "e1", cursor: "c" });
    await second.answer(syncOf(9, [conversationOf({ id: "d" })]));
    expect([...parts.client.getSnapshot().conversations.keys()]).toEqual(["c", "d"]);
    await parts.transport.deliver({ event: "sync:needed", data: {} });
    await parts.clock.advance(250);
    expect(parts.transport.call("sync").request.user_rev).toBe(7);
  });

  it("drops a reset conversation's history and reads it again while it is looked at", async () => {
    const parts = await withHistory(2);
    await parts.transport.lose();
    await parts.transport.online();
    const head = { seq: 900, rev: 900 };
    await parts.transport.call("sync").answer({
      epoch: "e1",
      user_rev: 2,
      conversations: [{ id: "c", head, read_seq: 2, unread: 898, reset: true, conversation: conversationOf({ head }) }],
    });
    const list = parts.transport.call("message:list");
    expect(list.request).toMatchObject({ conversation_id: "c" });
    await list.answer({ items: [messageOf(900), messageOf(899)], next_cursor: "older" });
    expect(seqs(parts)).toEqual([899, 900]);
    await parts.transport.deliver(messageNew(901));
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("is tried again after a failure, and one that an earlier connection began counts for nothing", async () => {
    const parts = setUp();
    parts.client.connect();
    await parts.transport.online();
    await parts.transport.call("sync").fail(new ParlorError("unavailable", "later"));
    await parts.clock.advance(1_000);
    const stale = parts.transport.call("sync");
    await parts.transport.lose();
    await parts.transport.online();
    await stale.answer(syncOf(1, [conversationOf({ id: "stale" })]));
    expect(parts.client.getSnapshot().conversations.size).toBe(0);
    await parts.transport.call("sync").answer(syncOf(1, [conversationOf()]));
    expect(parts.client.getSnapshot().synced).toBe(true);
  });

  it("sends more heads than one event holds in parts, from the same position", async () => {
    const parts = setUp();
    parts.client.connect();
    await parts.transport.online();
    const id = (n: number) => String(n).padStart(5, "0");
    const all = Array.from({ length: 2_500 }, (_, n) => conversationOf({ id: id(n), head: { seq: n, rev: n } }));
    await parts.transport.call("sync").answer(syncOf(7, all));
    await parts.transport.lose();
    await parts.transport.online();
    const sent: string[] = [];
    for (const [count, upto] of [
      [1_000, id(999)],
      [1_000, id(1_999)],
      [500, undefined],
    ] as const) {
      const { request, answer } = parts.transport.call("sync");
      expect([request.epoch, request.user_rev, request.upto]).toEqual(["e1", 7, upto]);
      expect(Object.keys(request.heads ?? {})).toHaveLength(count);
      expect(JSON.stringify(["sync", request]).length).toBeLessThan(65_536);
      sent.push(...Object.keys(request.heads ?? {}));
      await answer({ ...syncOf(8), ...(upto && { cursor: upto }) });
    }
    expect(sent).toEqual(all.map((conversation) => conversation.id));
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("continues with the heads beyond the cursor when an answer ends early", async () => {
    const parts = await backWithThree();
    await parts.transport.call("sync").answer({ ...syncOf(7), cursor: "b" });
    expect(parts.transport.call("sync").request).toEqual({ epoch: "e1", user_rev: 7, heads: { c: 0 }, cursor: "b" });
  });

  it("asks for less at a time when the server finds a request too large", async () => {
    const parts = await backWithThree();
    let heads: number;
    do {
      const { request, fail } = parts.transport.call("sync");
      heads = Object.keys(request.heads ?? {}).length;
      if (heads > 1) await fail(new ParlorError("too_large", "too much"));
      await parts.clock.advance(0);
    } while (heads > 1);
    expect(heads).toBe(1);
  });

  it("begins with nothing when the server's history is another, and keeps what waits to be sent", async () => {
    const parts = await withHistory(2);
    await parts.transport.lose();
    const waiting = parts.client.send("c", "still here");
    await parts.transport.online();
    await parts.transport.call("sync").answer({ epoch: "e2", user_rev: 0, reset: true, conversations: [] });
    const afresh = parts.transport.call("sync");
    expect(afresh.request).toEqual({});
    expect(parts.client.getSnapshot().conversations.size).toBe(0);
    await afresh.answer({ ...syncOf(0, [conversationOf({ head: { seq: 1, rev: 1 } })]), epoch: "e2" });
    await parts.transport.call("message:list").answer({ items: [messageOf(1)] });
    expect(held(parts)?.items.map(({ id }) => id)).toEqual(["m1", waiting]);
    // The new history is followed from where it is, although the old one had come further.
    await parts.transport.deliver(messageNew(2, { id: "another" }));
    expect(held(parts)?.items.map(({ id }) => id)).toEqual(["m1", "another", waiting]);
    await parts.transport.deliver(unreadChanged({ prev_user_rev: 0, user_rev: 1 }));
    await parts.clock.advance(10_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("follows a gap in the user's own stream", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(unreadChanged({ prev_user_rev: 4, user_rev: 5 }));
    await parts.clock.advance(250);
    expect(parts.transport.waiting("sync")).toBe(1);
  });
});

describe("a digest of heads", () => {
  const digest = (...data: StreamHead[]): ServerEvent => ({ event: "heads:digest", data });
  const headOf = (rev: number, conversation_id = "c"): StreamHead => ({ conversation_id, seq: rev, rev });

  it("changes nothing while we have come as far, or farther", async () => {
    const parts = await withHistory(2);
    const before = parts.client.getSnapshot();
    await parts.transport.deliver(digest(headOf(2), { user_rev: 1 }));
    await parts.transport.deliver(digest(headOf(1), { user_rev: 0 }));
    await parts.clock.advance(10_000);
    expect(parts.transport.waiting("sync")).toBe(0);
    expect(parts.client.getSnapshot()).toBe(before);
  });

  it("shows that the last message was lost, and a sync brings it", async () => {
    const parts = await withHistory(2);
    await parts.transport.deliver(digest(headOf(3)));
    await parts.clock.advance(250);
    const sync = parts.transport.call("sync");
    expect(sync.request).toEqual({ epoch: "e1", user_rev: 1, heads: { c: 2 } });
    const changes = [{ event: "message:new", data: messageOf(3) }];
    await sync.answer({
      epoch: "e1",
      user_rev: 1,
      conversations: [{ id: "c", head: { seq: 3, rev: 3 }, read_seq: 0, unread: 3, changes }],
    });
    expect(seqs(parts)).toEqual([1, 2, 3]);
    await parts.transport.deliver(digest(headOf(3)));
    await parts.clock.advance(10_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it.each([
    ["of our own stream", { user_rev: 2 }],
    ["of a conversation that we do not know", headOf(1, "new")],
  ])("%s is followed by a sync too", async (_, head) => {
    const parts = await setUpOnline();
    await parts.transport.deliver(digest(head));
    await parts.clock.advance(250);
    expect(parts.transport.waiting("sync")).toBe(1);
  });

  it("asks once, even if the answer holds nothing new", async () => {
    const parts = await withHistory(2);
    await parts.transport.deliver(digest(headOf(3)));
    await parts.clock.advance(250);
    await parts.transport.call("sync").answer(syncOf(1));
    await parts.clock.advance(10_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("does not bring a sync forward that a busy server has put off", async () => {
    const parts = await withHistory(2);
    await parts.transport.deliver(digest(headOf(3)));
    await parts.clock.advance(250);
    const busy = new ParlorError("rate_limited", "later", { retry_after_ms: 4_000 });
    await parts.transport.call("sync").fail(busy);
    await parts.transport.deliver(digest(headOf(3)));
    await parts.clock.advance(3_999);
    expect(parts.transport.waiting("sync")).toBe(0);
    await parts.clock.advance(1);
    expect(parts.transport.waiting("sync")).toBe(1);
  });
});

describe("history", () => {
  it("puts older pages in front, once each, until the beginning", async () => {
    const parts = await setUpOnline({ head: { seq: 4, rev: 4 } });
    parts.client.watch("c");
    await parts.transport.call("message:list").answer({ items: [messageOf(4), messageOf(3)], next_cursor: "x" });
    const loading = parts.client.loadOlder("c");
    void parts.client.loadOlder("c");
    const older = parts.transport.call("message:list");
    expect(older.request).toMatchObject({ before_seq: 3 });
    expect(parts.transport.waiting("message:list")).toBe(0);
    await older.answer({ items: [messageOf(2), messageOf(1)] });
    await loading;
    expect(seqs(parts)).toEqual([1, 2, 3, 4]);
    expect(held(parts)?.timeline.older).toBe("end");
  });

  it("keeps what arrives while it loads", async () => {
    const parts = await setUpOnline({ head: { seq: 2, rev: 2 } });
    parts.client.watch("c");
    await parts.transport.deliver(messageNew(3));
    await parts.transport.call("message:list").answer({ items: [messageOf(2), messageOf(1)] });
    expect(seqs(parts)).toEqual([1, 2, 3]);
  });

  it("says that it failed and loads again on demand; a lost connection is no failure", async () => {
    const parts = await setUpOnline();
    parts.client.watch("c");
    await parts.transport.call("message:list").fail(new ParlorError("internal", "oh"));
    expect(held(parts)?.timeline.status).toBe("failed");
    void parts.client.reload("c");
    await parts.transport.lose();
    expect(held(parts)?.timeline.status).toBe("unloaded");
    await parts.transport.online();
    await parts.transport.call("sync").answer(syncOf(1));
    expect(parts.transport.waiting("message:list")).toBe(1);
  });
});
