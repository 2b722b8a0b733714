import { describe, expect, it } from "vitest";
import { findMentions, mentionsOf } from "../src/mentions";
import type { Message, UnreadChanged } from "../src/protocol";
import { conversationOf, messageNew, messageOf, setUpOnline, syncOf, unreadChanged } from "./fakes";

const people = [
  { label: "Ada", user_id: "ada" },
  { label: "Ada Lovelace", user_id: "lovelace" },
  { label: "Zoë (QA)", user_id: "zoe" },
  { label: "all" },
];

describe("mentions in a text", () => {
  const found = (body: string) =>
    findMentions(body, people).map(({ start, end, user_id }) => [body.slice(start, end), user_id]);

  it("are `@` and a name, the longest that fits", () => {
    expect(found("@Ada, ask @ada lovelace and @Zoë (QA)!")).toEqual([
      ["@Ada", "ada"],
      ["@ada lovelace", "lovelace"],
      ["@Zoë (QA)", "zoe"],
    ]);
    expect(found("@all: (@Ada)")).toEqual([
      ["@all", undefined],
      ["@Ada", "ada"],
    ]);
  });

  it("are no addresses, no parts of words and nobody else", () => {
    for (const body of ["me@ada", "@Adam", "@allow", "@ Ada", "@bob", "@", "Ada"]) expect(found(body)).toEqual([]);
  });

  it("name everybody once", () => {
    expect(mentionsOf(findMentions("@Ada @Ada @all", people))).toEqual({ user_ids: ["ada"], all: true });
    expect(mentionsOf(findMentions("nobody", people))).toBeUndefined();
  });
});

type Parts = Awaited<ReturnType<typeof setUpOnline>>;
const state = ({ client }: Parts) => client.getSnapshot();
const mentions = (parts: Parts) => [state(parts).conversations.get("c")?.mentions, state(parts).mentions_total];
const naming = (n: number, given: Partial<Message> = {}) =>
  messageNew(n, { mentions: { user_ids: ["ada"] }, ...given });

describe("unread mentions", () => {
  it("are counted as they come, and gone when they are read", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(naming(1));
    await parts.transport.deliver(messageNew(2));
    await parts.transport.deliver(messageNew(3, { mentions: { all: true } }));
    await parts.transport.deliver(naming(4, { sender_id: "ada" }));
    expect(mentions(parts)).toEqual([2, 2]);
    parts.client.markRead("c", 1);
    expect(mentions(parts)).toEqual([1, 1]);
    const read: Partial<UnreadChanged> = { read_seq: 1, head_seq: 4, head_rev: 4, unread: 2, mentions: 1 };
    await parts.transport.deliver(unreadChanged(read));
    expect(mentions(parts)).toEqual([1, 1]);
    parts.client.markRead("c");
    expect(mentions(parts)).toEqual([0, 0]);
  });

  it("are not those by whom we block", async () => {
    const parts = await setUpOnline();
    const block = { user_id: "grace", blocked: true, prev_user_rev: 1, user_rev: 2 };
    await parts.transport.deliver({ event: "block:changed", data: block });
    await parts.transport.deliver(naming(1));
    expect(mentions(parts)).toEqual([0, 0]);
    await parts.transport.deliver(messageNew(2, { mentions: { all: true } }));
    expect(mentions(parts)).toEqual([1, 1]);
  });

  const unsent = (n: number, rev: number) => {
    const { body: _, ...rest } = messageOf(n, { deleted_at: "2026-11-21T10:00:00.000Z", prev_rev: rev - 1, rev });
    return { event: "message:deleted" as const, data: rest };
  };

  it("are taken off when they are unsent", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(naming(1));
    await parts.transport.deliver(naming(2));
    await parts.transport.deliver(unsent(1, 3));
    expect(mentions(parts)).toEqual([1, 1]);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("are asked for when what is unsent is not held", async () => {
    const parts = await setUpOnline({ head: { seq: 3, rev: 3 }, unread: 3, mentions: 2 });
    await parts.transport.deliver(unsent(2, 4));
    expect(state(parts).unread_total).toBe(2);
    await parts.clock.advance(1_000);
    const call = parts.transport.call("sync");
    expect(call.request.heads).toEqual({ c: 3 });
    const [synced] = syncOf(1, [conversationOf({ head: { seq: 3, rev: 4 }, unread: 2, mentions: 1 })]).conversations;
    if (!synced) throw new Error("one was asked for");
    const { conversation: _, ...known } = synced;
    await call.answer({ ...syncOf(1), conversations: [{ ...known, mentions: 1, changes: [unsent(2, 4)] }] });
    expect(mentions(parts)).toEqual([1, 1]);
    expect(state(parts).unread_total).toBe(2);
  });

  it("go with the message", async () => {
    const parts = await setUpOnline();
    parts.client.send("c", "@Grace look", { mentions: { user_ids: ["grace"] } });
    expect(parts.transport.call("message:send").request).toMatchObject({ mentions: { user_ids: ["grace"] } });
    expect(state(parts).conversations.get("c")?.items[0]?.mentions).toEqual({ user_ids: ["grace"] });
  });
});
