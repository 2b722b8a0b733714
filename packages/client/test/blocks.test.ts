import { describe, expect, it } from "vitest";
import type { ServerEvent } from "../src/protocol";
import { conversationOf, setUp, setUpOnline, syncOf } from "./fakes";

function blockChanged(user_id: string, blocked: boolean, user_rev: number): ServerEvent {
  return { event: "block:changed", data: { user_id, blocked, prev_user_rev: user_rev - 1, user_rev } };
}

type Parts = Pick<Awaited<ReturnType<typeof setUpOnline>>, "client">;
const blocked = ({ client }: Parts) => [...client.getSnapshot().blocked];

describe("blocks", () => {
  it("come with events and go with them", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(blockChanged("grace", true, 2));
    await parts.transport.deliver(blockChanged("alan", true, 3));
    await parts.transport.deliver(blockChanged("grace", false, 4));
    await parts.transport.deliver(blockChanged("alan", true, 3));
    expect(blocked(parts)).toEqual(["alan"]);
    expect(parts.transport.waiting("sync")).toBe(0);
  });

  it("are what a sync says of them, if it says anything", async () => {
    const parts = await setUpOnline();
    await parts.transport.deliver(blockChanged("grace", true, 2));
    for (const [answer, expected] of [
      [{ ...syncOf(2) }, ["grace"]],
      [{ ...syncOf(4), blocked: ["alan", "hedy"] }, ["alan", "hedy"]],
      [{ ...syncOf(5), blocked: [] }, []],
    ] as const) {
      await parts.transport.lose();
      await parts.transport.online();
      await parts.transport.call("sync").answer(answer);
      expect(blocked(parts)).toEqual(expected);
    }
  });

  it("that overtook the answer of a sync stay", async () => {
    const parts = setUp();
    parts.client.connect();
    await parts.transport.online();
    await parts.transport.deliver(blockChanged("grace", true, 6));
    await parts.transport.call("sync").answer({ ...syncOf(5, [conversationOf()]), blocked: ["alan"] });
    expect(blocked(parts)).toEqual(["alan", "grace"]);
  });

  it("are asked for by id", async () => {
    const parts = await setUpOnline();
    const blocking = parts.client.block("grace");
    const call = parts.transport.call("user:block");
    expect(call.request).toEqual({ user_id: "grace" });
    await call.answer({ user: { id: "grace", name: "Grace" }, blocked: true });
    expect(await blocking).toEqual({ id: "grace", name: "Grace" });
  });
});

describe("settings", () => {
  const access = ({ client }: Parts) => client.getSnapshot().settings?.messaging_access;
  const changed = (messaging_access: "mutual" | "nobody", user_rev: number): ServerEvent => ({
    event: "settings:changed",
    data: { messaging_access, receipts: true, prev_user_rev: user_rev - 1, user_rev },
  });

  it("are what a sync says, and then what events say", async () => {
    const parts = setUp();
    parts.client.connect();
    await parts.transport.online();
    expect(access(parts)).toBeUndefined();
    await parts.transport
      .call("sync")
      .answer({ ...syncOf(1), settings: { messaging_access: "everyone", receipts: true } });
    expect(access(parts)).toBe("everyone");
    await parts.transport.deliver(changed("mutual", 2));
    await parts.transport.deliver(changed("mutual", 2));
    expect(access(parts)).toBe("mutual");
  });

  it("that overtook the answer of a sync stay", async () => {
    const parts = setUp();
    parts.client.connect();
    await parts.transport.online();
    await parts.transport.deliver(changed("nobody", 6));
    await parts.transport
      .call("sync")
      .answer({ ...syncOf(5), settings: { messaging_access: "everyone", receipts: true } });
    expect(access(parts)).toBe("nobody");
  });
});
