import { describe, expect, it } from "vitest";
import type { MessageRequest, ServerEvent } from "../src/protocol";
import { conversationOf, GRACE, ME, setUpOnline, syncOf } from "./fakes";

const request = (conversation_id: string): MessageRequest => ({
  conversation_id,
  user: GRACE,
  created_at: "2026-11-21T10:00:00.000Z",
});

function asked(conversation_id: string, user_rev: number): ServerEvent {
  return { event: "request:new", data: { ...request(conversation_id), prev_user_rev: user_rev - 1, user_rev } };
}

function answered(conversation_id: string, user_rev: number): ServerEvent {
  const data = { conversation_id, accepted: false, prev_user_rev: user_rev - 1, user_rev };
  return { event: "request:updated", data };
}

describe("message requests", () => {
  const ids = ({ client }: Awaited<ReturnType<typeof setUpOnline>>) =>
    client.getSnapshot().requests.map((one) => one.conversation_id);

  it("come and go, the newest first", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(asked("r1", 2));
    await parts.transport.deliver(asked("r2", 3));
    expect(ids(parts)).toEqual(["r2", "r1"]);
    await parts.transport.deliver(answered("r1", 4));
    await parts.transport.deliver(asked("r1", 2));
    expect(ids(parts)).toEqual(["r2"]);
  });

  it("are as a sync says, but for what overtook it", async () => {
    const parts = await setUpOnline();
    await parts.transport.lose();
    await parts.transport.online();
    await parts.transport.deliver(asked("r9", 5));
    await parts.transport.call("sync").answer({ ...syncOf(4), requests: [request("r2")] });
    expect(ids(parts)).toEqual(["r9", "r2"]);
  });

  it("of ours are over when the other one is there", async () => {
    const alone = { request: GRACE, participants: [{ user: ME, role: "member" as const }], head: { seq: 1, rev: 1 } };
    const { client, transport } = await setUpOnline(alone);
    const held = () => client.getSnapshot().conversations.get("c")?.conversation;
    expect(held()?.request?.id).toBe("grace");
    const participant = { user: GRACE, role: "member" as const };
    await transport.deliver({
      event: "participant:joined",
      data: { conversation_id: "c", participant, prev_rev: 1, rev: 2 },
    });
    expect(held()?.request).toBeUndefined();
  });

  it("are accepted, and the conversation is there", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(asked("r1", 2));
    const done = parts.client.acceptRequest("r1");
    await parts.transport.call("request:accept").answer({ conversation: conversationOf({ id: "r1" }) });
    await done;
    expect(parts.client.getSnapshot().conversations.has("r1")).toBe(true);
  });
});
