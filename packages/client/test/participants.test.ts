import { describe, expect, it } from "vitest";
import type { ServerEvent } from "../src/protocol";
import { conversationOf, GRACE, ME, messageNew, messageOf, setUpOnline, syncOf } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const ALAN = { id: "alan", name: "Alan" };
const state = ({ client }: Parts) => client.getSnapshot();
const who = (parts: Parts) =>
  state(parts)
    .conversations.get("c")
    ?.conversation.participants.map(({ user, role }) => `${user.id} ${role}`);

const joined = (rev: number, user = ALAN): ServerEvent => ({
  event: "participant:joined",
  data: { conversation_id: "c", participant: { user, role: "member" }, prev_rev: rev - 1, rev },
});
const left = (rev: number, user_id: string): ServerEvent => ({
  event: "participant:left",
  data: { conversation_id: "c", user_id, prev_rev: rev - 1, rev },
});
const updated = (rev: number, user_id: string): ServerEvent => ({
  event: "participant:updated",
  data: { conversation_id: "c", user_id, role: "admin", prev_rev: rev - 1, rev },
});
const removed = (user_rev = 2): ServerEvent => ({
  event: "conversation:removed",
  data: { conversation_id: "c", prev_user_rev: user_rev - 1, user_rev },
});

describe("who is in a conversation", () => {
  it("follows its events, each once", async () => {
    const parts = await setUpOnline({ kind: "group" });
    for (const event of [joined(1), updated(2, "alan"), left(3, "grace"), joined(1)])
      await parts.transport.deliver(event);
    expect(who(parts)).toEqual(["ada owner", "alan admin"]);
    expect(state(parts).conversations.get("c")?.conversation.head).toEqual({ seq: 0, rev: 3 });
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("puts who comes back behind all others", async () => {
    const parts = await setUpOnline({ kind: "group" });
    for (const event of [joined(1), left(2, "grace"), joined(3, GRACE)]) await parts.transport.deliver(event);
    expect(who(parts)).toEqual(["ada owner", "alan member", "grace member"]);
  });

  it("is caught up with by sync, in order", async () => {
    const parts = await setUpOnline({ kind: "group" });
    await parts.transport.deliver(updated(3, "alan"));
    await parts.clock.advance(250);
    const changes = [joined(1), left(2, "grace"), updated(3, "alan")];
    const synced = { id: "c", head: { seq: 0, rev: 3 }, read_seq: 0, unread: 0, changes };
    await parts.transport.call("sync").answer({ epoch: "e1", user_rev: 1, conversations: [synced] });
    expect(who(parts)).toEqual(["ada owner", "alan admin"]);
  });

  it("takes numbers of the stream that messages go on from", async () => {
    const parts = await setUpOnline({ kind: "group" });
    await parts.transport.deliver(joined(1));
    const note = { event: "added", user_ids: ["alan"] } as const;
    const { body: _, ...system } = messageOf(1, { kind: "system", note, prev_rev: 1, rev: 2, sender_id: "grace" });
    await parts.transport.deliver({ event: "message:new", data: system });
    const held = state(parts).conversations.get("c");
    expect([held?.unread, held?.conversation.head]).toEqual([0, { seq: 1, rev: 2 }]);
    await parts.clock.advance(1_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });
});

describe("a conversation that we are not in any more", () => {
  it("is gone, with what was unread in it", async () => {
    const parts = await setUpOnline({ kind: "group", head: { seq: 2, rev: 2 }, unread: 2 });
    expect(state(parts).unread_total).toBe(2);
    await parts.transport.deliver(removed());
    expect([state(parts).conversations.size, state(parts).list.length, state(parts).unread_total]).toEqual([0, 0, 0]);
  });

  it("is gone by sync, too, and is begun afresh when we are added again", async () => {
    const parts = await setUpOnline({ kind: "group" });
    await parts.transport.lose();
    await parts.transport.online();
    await parts.transport.call("sync").answer({ ...syncOf(3), removed: ["c"] });
    expect(state(parts).conversations.size).toBe(0);
    const again = conversationOf({
      kind: "group",
      head: { seq: 5, rev: 9 },
      participants: [{ user: ME, role: "member" }],
    });
    const data = { ...again, prev_user_rev: 3, user_rev: 4 };
    await parts.transport.deliver({ event: "conversation:new", data });
    await parts.transport.deliver(messageNew(6, { prev_rev: 9, rev: 10 }));
    expect(state(parts).conversations.get("c")?.conversation.head).toEqual({ seq: 6, rev: 10 });
    await parts.clock.advance(1_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });
});

describe("commands", () => {
  it("add, remove, leave and give roles", async () => {
    const parts = await setUpOnline({ kind: "group" });
    const adding = parts.client.addParticipants("c", ["alan"]);
    const call = parts.transport.call("participant:add");
    expect(call.request).toEqual({ conversation_id: "c", user_ids: ["alan"] });
    await call.answer({ conversation: conversationOf({ kind: "group" }) });
    await adding;
    const leaving = parts.client.leave("c");
    const remove = parts.transport.call("participant:remove");
    expect(remove.request).toEqual({ conversation_id: "c", user_id: "ada" });
    await remove.answer({});
    await leaving;
    const giving = parts.client.setRole("c", "grace", "owner");
    const update = parts.transport.call("participant:update");
    expect(update.request).toEqual({ conversation_id: "c", user_id: "grace", role: "owner" });
    await update.answer({ conversation: conversationOf({ kind: "group" }) });
    await giving;
  });
});
