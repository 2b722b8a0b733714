import { describe, expect, it } from "vitest";
import { ParlorError } from "../src/errors";
import { MemoryOutboxStorage } from "../src/outbox-storage";
import { FakeLocks, messageNew, messageOf, settle, setUp, setUpOnline } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const outgoing = ({ client }: Pick<Parts, "client">) => client.getSnapshot().outgoing.get("c") ?? [];

async function accept({ transport }: Pick<Parts, "transport">, n: number) {
  const { request, answer } = transport.call("message:send");
  await answer({ message: messageOf(n, { id: request.id ?? "", sender_id: "ada", body: request.body }) });
  return request;
}

describe("the outbox", () => {
  it("shows a message at once and sends it under the id it was shown with", async () => {
    const parts = await setUpOnline();
    const id = parts.client.send("c", "hello");
    expect(outgoing(parts)).toMatchObject([{ id, body: "hello", status: "sending" }]);
    expect(await accept(parts, 1)).toEqual({ conversation_id: "c", id, body: "hello" });
    expect(outgoing(parts)).toEqual([]);
    expect(parts.client.getSnapshot().list[0]?.conversation.last_message?.id).toBe(id);
  });

  it("keeps the order of a conversation: the next one goes when the one before was accepted", async () => {
    const parts = await setUpOnline();
    parts.client.send("c", "one");
    parts.client.send("c", "two");
    await settle();
    expect(parts.transport.waiting("message:send")).toBe(1);
    expect((await accept(parts, 1)).body).toBe("one");
    expect((await accept(parts, 2)).body).toBe("two");
  });

  it("keeps conversations apart: one that waits does not hold up another", async () => {
    const parts = await setUpOnline();
    parts.client.send("c", "here");
    parts.client.send("d", "there");
    await settle();
    expect(parts.transport.waiting("message:send")).toBe(2);
  });

  it("tries again under the same id when the ack was lost", async () => {
    const parts = await setUpOnline();
    const id = parts.client.send("c", "hello");
    await parts.transport.call("message:send").fail(new ParlorError("timeout", "no answer"));
    expect(outgoing(parts)).toMatchObject([{ id, status: "waiting" }]);
    await parts.clock.advance(1_000);
    expect((await accept(parts, 1)).id).toBe(id);
  });

  it("waits as long as the server says, in every conversation, when the rate is limited", async () => {
    const parts = await setUpOnline();
    parts.client.send("c", "hello");
    const limited = new ParlorError("rate_limited", "slow down", { retryable: true, retry_after_ms: 7_000 });
    await parts.transport.call("message:send").fail(limited);
    parts.client.send("d", "elsewhere");
    await parts.clock.advance(6_999);
    expect(parts.transport.waiting("message:send")).toBe(0);
    await parts.clock.advance(1);
    expect(parts.transport.waiting("message:send")).toBe(2);
  });

  it("sends after a reconnect what was written without a connection", async () => {
    const parts = await setUpOnline();
    await parts.transport.lose();
    const id = parts.client.send("c", "into the dark");
    expect(outgoing(parts)).toMatchObject([{ id, status: "waiting" }]);
    await parts.transport.online();
    expect((await accept(parts, 1)).id).toBe(id);
  });

  it("keeps a refused message with its reason, lets the next one pass, and retries or discards on demand", async () => {
    const parts = await setUpOnline();
    const id = parts.client.send("c", "no");
    parts.client.send("c", "yes");
    await parts.transport.call("message:send").fail(new ParlorError("read_only", "Only admins write here"));
    expect(outgoing(parts)[0]).toMatchObject({ id, status: "failed", error: { code: "read_only" } });
    await accept(parts, 1);

    parts.client.retry(id);
    expect(parts.transport.call("message:send").request.id).toBe(id);
    parts.client.discard(id);
    expect(outgoing(parts)).toEqual([]);
  });

  it("is done with a message whose broadcast comes before, or instead of, the ack", async () => {
    const parts = await setUpOnline();
    const id = parts.client.send("c", "hello");
    await parts.transport.deliver(messageNew(1, { id, sender_id: "ada", body: "hello" }));
    expect(outgoing(parts)).toEqual([]);
    await parts.transport.lose();
    await parts.transport.online();
    expect(parts.transport.waiting("message:send")).toBe(0);
  });

  it("refuses an empty and an over-long body before anything is shown", async () => {
    const parts = await setUpOnline();
    expect(() => parts.client.send("c", " \n ")).toThrow(expect.objectContaining({ code: "invalid", field: "body" }));
    expect(() => parts.client.send("c", "ä".repeat(8 * 1024 + 1))).toThrow(
      expect.objectContaining({ code: "too_large", limit: 16_384 }),
    );
    parts.client.send("c", "ä".repeat(8 * 1024));
    expect(outgoing(parts)).toHaveLength(1);
  });
});

describe("after a reload", () => {
  it("goes on in the old order, under the old ids, before anything new", async () => {
    const storage = new MemoryOutboxStorage();
    const before = setUp({ storage });
    before.client.connect();
    const ids = [before.client.send("c", "one"), before.client.send("c", "two")];
    await settle();
    before.client.disconnect();

    const after = setUp({ storage });
    after.client.connect();
    await settle();
    const third = after.client.send("c", "three");
    expect(outgoing(after).map(({ id }) => id)).toEqual([...ids, third]);
    await after.transport.online();
    expect((await accept(after, 1)).id).toBe(ids[0]);
    expect((await accept(after, 2)).id).toBe(ids[1]);
    expect((await accept(after, 3)).id).toBe(third);
    expect(await storage.load("ada")).toEqual([]);
  });

  it("remembers what was refused, and why", async () => {
    const storage = new MemoryOutboxStorage();
    const before = await setUpOnline({}, { storage });
    before.client.send("c", "no");
    await before.transport.call("message:send").fail(new ParlorError("read_only", "Only admins write here"));
    before.client.disconnect();

    const after = setUp({ storage });
    after.client.connect();
    await settle();
    expect(outgoing(after)).toMatchObject([{ status: "failed", error: { code: "read_only" } }]);
  });

  it("leaves other people's messages alone", async () => {
    const storage = new MemoryOutboxStorage();
    const before = setUp({ storage });
    before.client.connect();
    before.client.send("c", "Ada's");
    await settle();
    before.client.disconnect();

    const grace = setUp({ storage, user: { id: "grace" } });
    grace.client.connect();
    await settle();
    expect(outgoing(grace)).toEqual([]);
  });
});

describe("two tabs of one person", () => {
  it("do not send each other's messages, and take them over when the other is gone", async () => {
    const storage = new MemoryOutboxStorage();
    const locks = new FakeLocks();
    const first = setUp({ storage, locks });
    first.client.connect();
    const id = first.client.send("c", "from the first tab");
    await settle();

    const second = await setUpOnline({}, { storage, locks });
    expect(second.transport.waiting("message:send")).toBe(0);

    first.client.disconnect();
    await settle();
    expect(second.transport.call("message:send").request.id).toBe(id);
  });
});
