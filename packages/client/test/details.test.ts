import { describe, expect, it } from "vitest";
import { mayAdd, mayChange, mayWriteAlways } from "../src/permissions";
import type { ConversationSettings, ConversationUpdated, ServerEvent } from "../src/protocol";
import { conversationOf, ME, messageNew, setUpOnline } from "./fakes";

type Parts = Awaited<ReturnType<typeof setUpOnline>>;

const KEPT: ConversationSettings = { who_may_add: "admins", history: "all", read_only: false, slow_mode_s: 0 };
const held = ({ client }: Parts) => client.getSnapshot().conversations.get("c")?.conversation;

const updated = (rev: number, given: Partial<ConversationUpdated> = {}): ServerEvent => ({
  event: "conversation:updated",
  data: { conversation_id: "c", name: "Orchard", settings: KEPT, prev_rev: rev - 1, rev, ...given },
});

describe("what a group is called and how it is kept", () => {
  it("follows its events; what they do not name is gone", async () => {
    const parts = await setUpOnline({ kind: "group", name: "Garden" });
    await parts.transport.deliver(updated(1, { description: "What grows", avatar_url: "/a.png" }));
    expect(held(parts)).toMatchObject({ name: "Orchard", description: "What grows", head: { seq: 0, rev: 1 } });
    await parts.transport.deliver(updated(2, { settings: { ...KEPT, read_only: true } }));
    await parts.transport.deliver(updated(1, { name: "Garden" }));
    expect(held(parts)).not.toHaveProperty("description");
    expect(held(parts)).toMatchObject({ name: "Orchard", settings: { read_only: true }, head: { rev: 2 } });
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("is caught up with by sync, in order", async () => {
    const parts = await setUpOnline({ kind: "group", name: "Garden" });
    await parts.transport.deliver(updated(2, { name: "Meadow" }));
    await parts.clock.advance(250);
    const changes = [updated(1), updated(2, { name: "Meadow" })];
    const synced = { id: "c", head: { seq: 0, rev: 2 }, read_seq: 0, unread: 0, changes };
    await parts.transport.call("sync").answer({ epoch: "e1", user_rev: 1, conversations: [synced] });
    expect(held(parts)?.name).toBe("Meadow");
    await parts.transport.deliver(messageNew(1, { prev_rev: 2, rev: 3 }));
    await parts.clock.advance(1_000);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("is changed by what is named", async () => {
    const parts = await setUpOnline({ kind: "group", name: "Garden" });
    const changing = parts.client.updateConversation("c", { name: "Orchard", slow_mode_s: 10 });
    const call = parts.transport.call("conversation:update");
    expect(call.request).toEqual({ id: "c", name: "Orchard", slow_mode_s: 10 });
    await call.answer({ conversation: conversationOf({ kind: "group", name: "Orchard" }) });
    await changing;
    expect(held(parts)?.name).toBe("Orchard");
  });

  it("says who may do what", () => {
    const as = (role: "owner" | "admin" | "moderator" | "member", who_may_add: ConversationSettings["who_may_add"]) => {
      const settings = { ...KEPT, who_may_add };
      const one = conversationOf({ kind: "group", settings, participants: [{ user: ME, role }] });
      return [mayAdd(one, "ada"), mayChange(one, "ada"), mayWriteAlways(one, "ada")];
    };
    expect(as("owner", "owner")).toEqual([true, true, true]);
    expect(as("admin", "owner")).toEqual([false, true, true]);
    expect(as("moderator", "admins")).toEqual([false, false, true]);
    expect(as("member", "anyone")).toEqual([true, false, false]);
    expect(mayWriteAlways(conversationOf(), "ada")).toBe(true);
  });
});
