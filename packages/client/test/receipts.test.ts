import { describe, expect, it } from "vitest";
import type { ParlorClient } from "../src/client";
import type { ReceiptState, ServerEvent } from "../src/protocol";
import { conversationOf, messageNew, messageOf, settle, setUpOnline, syncOf } from "./fakes";

const at = (n: number) => new Date(Date.parse("2026-11-21T10:00:00.000Z") + n).toISOString();

function receipt(kind: "read" | "delivered", seq: number, user_id = "grace"): ServerEvent {
  return { event: `receipt:${kind}`, data: { conversation_id: "c", user_id, seq, at: at(seq) } };
}

/** The server's answers about receipts, in the hands of the test. */
function answers() {
  const waiting: ((items: readonly ReceiptState[]) => Promise<void>)[] = [];
  const fetch = (() =>
    new Promise((resolve) => {
      waiting.push((items) => {
        resolve(new Response(JSON.stringify({ items }), { status: 200 }));
        return settle().then(settle);
      });
    })) as typeof globalThis.fetch;
  return { fetch, waiting };
}

const read = (client: ParlorClient) => client.getSnapshot().receipts.get("c")?.get("grace")?.read?.seq;

describe("receipts", () => {
  it("are loaded where somebody looks, and only grow", async () => {
    const { fetch, waiting } = answers();
    const { client, transport } = await setUpOnline({ head: { seq: 9, rev: 9 } }, { fetch });
    client.watchReceipts("c");
    await waiting[0]?.([{ user_id: "grace", read: { seq: 4, at: at(4) } }]);
    expect(read(client)).toBe(4);
    await transport.deliver(receipt("read", 7));
    await transport.deliver(receipt("read", 5));
    expect(read(client)).toBe(7);
    await transport.deliver(receipt("delivered", 8));
    expect(client.getSnapshot().receipts.get("c")?.get("grace")?.delivered?.seq).toBe(8);
    await transport.deliver(receipt("read", 9, "ada"));
    expect(client.getSnapshot().receipts.get("c")?.has("ada")).toBe(false);
  });

  it("that overtake the answer stand", async () => {
    const { fetch, waiting } = answers();
    const { client, transport } = await setUpOnline({ head: { seq: 9, rev: 9 } }, { fetch });
    client.watchReceipts("c");
    await transport.deliver(receipt("read", 6));
    await waiting[0]?.([{ user_id: "grace", read: { seq: 4, at: at(4) } }]);
    expect(read(client)).toBe(6);
  });

  it("are loaded again after a sync, and who shows none any more is forgotten", async () => {
    const { fetch, waiting } = answers();
    const { client, transport } = await setUpOnline({ head: { seq: 9, rev: 9 } }, { fetch });
    client.watchReceipts("c");
    await waiting[0]?.([{ user_id: "grace", read: { seq: 4, at: at(4) } }]);
    await transport.lose();
    await transport.online();
    await transport.call("sync").answer(syncOf(1));
    await waiting[1]?.([]);
    expect(read(client)).toBeUndefined();
  });

  it("are not held by who shows none", async () => {
    const { fetch, waiting } = answers();
    const { client, transport } = await setUpOnline({ head: { seq: 9, rev: 9 } }, { fetch });
    client.watchReceipts("c");
    await waiting[0]?.([{ user_id: "grace", read: { seq: 4, at: at(4) } }]);
    const settings = (receipts: boolean, user_rev: number): ServerEvent => ({
      event: "settings:changed",
      data: { messaging_access: "everyone", receipts, prev_user_rev: user_rev - 1, user_rev },
    });
    await transport.deliver(settings(false, 2));
    expect(client.getSnapshot().receipts.size).toBe(0);
    await transport.deliver(receipt("read", 7));
    expect(client.getSnapshot().receipts.size).toBe(0);
    await transport.deliver(settings(true, 3));
    await waiting[1]?.([{ user_id: "grace", read: { seq: 7, at: at(7) } }]);
    expect(read(client)).toBe(7);
  });
});

describe("what reached this device", () => {
  it("is told once for many messages, a moment later", async () => {
    const { transport, clock } = await setUpOnline();
    for (const n of [1, 2, 3]) await transport.deliver(messageNew(n));
    expect(transport.waiting("conversation:delivered")).toBe(0);
    await clock.advance(1_000);
    const call = transport.call("conversation:delivered");
    expect(call.request).toEqual({ id: "c", seq: 3 });
    await call.answer({ delivered_seq: 3 });
    await clock.advance(5_000);
    expect(transport.waiting("conversation:delivered")).toBe(0);
  });

  it("is not told of what is read at once, of one's own, or in groups", async () => {
    const { client, transport, clock } = await setUpOnline();
    await transport.deliver(messageNew(1));
    client.markRead("c");
    await transport.deliver(messageNew(2, { sender_id: "ada" }));
    await clock.advance(5_000);
    expect(transport.waiting("conversation:delivered")).toBe(0);
    const group = await setUpOnline({ kind: "group" });
    await group.transport.deliver(messageNew(1));
    await group.clock.advance(5_000);
    expect(group.transport.waiting("conversation:delivered")).toBe(0);
  });

  it("is told after a sync of what came while we were away", async () => {
    const { transport, clock } = await setUpOnline();
    await transport.lose();
    await transport.online();
    const last_message = messageOf(4);
    const news = conversationOf({ head: { seq: 4, rev: 4 }, unread: 4, last_message });
    await transport.call("sync").answer(syncOf(1, [news]));
    await clock.advance(1_000);
    expect(transport.call("conversation:delivered").request).toEqual({ id: "c", seq: 4 });
  });
});
