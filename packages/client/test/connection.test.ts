import { describe, expect, it, vi } from "vitest";
import { type ConnectionInput, type ConnectionState, IDLE, next } from "../src/connection";
import { messageNew, setUp, setUpOnline } from "./fakes";

const error = { code: "unauthenticated", message: "no", retryable: false } as const;
const connect: ConnectionInput = { type: "connect" };
const opened: ConnectionInput = { type: "opened", socket_id: "s" };
const lost: ConnectionInput = { type: "lost", at_ms: 5 };

const run = (...inputs: ConnectionInput[]) => inputs.reduce<ConnectionState>(next, IDLE);

describe("the connection", () => {
  it("comes online, is lost, counts its attempts, and comes back", () => {
    expect(run(connect)).toEqual({ status: "connecting", failures: 0 });
    expect(run(connect, { type: "failed" })).toEqual({ status: "connecting", failures: 1 });
    expect(run(connect, opened)).toEqual({ status: "online", socket_id: "s" });
    expect(run(connect, opened, lost, { type: "failed" })).toEqual({
      status: "reconnecting",
      failures: 1,
      since_ms: 5,
    });
    expect(run(connect, opened, lost, opened).status).toBe("online");
  });

  it("stays refused or closed until somebody connects again", () => {
    const refused: ConnectionInput = { type: "refused", error };
    expect(run(connect, refused)).toEqual({ status: "refused", error });
    expect(run(connect, refused, opened).status).toBe("refused");
    expect(run(connect, refused, connect).status).toBe("connecting");
    expect(run(connect, opened, { type: "ended" })).toEqual({ status: "closed", by: "server" });
    expect(run(connect, opened, { type: "disconnect" })).toEqual({ status: "closed", by: "client" });
  });

  it("gives back the same object for an input that means nothing", () => {
    const online = run(connect, opened);
    expect(next(online, connect)).toBe(online);
    expect(next(IDLE, lost)).toBe(IDLE);
  });
});

describe("the client", () => {
  it("connects once however often it is asked, and again after a disconnect", async () => {
    const { client, transport } = setUp();
    client.connect();
    const { handlers } = transport;
    client.connect();
    expect(transport.handlers).toBe(handlers);
    client.disconnect();
    expect(client.getSnapshot().connection).toEqual({ status: "closed", by: "client" });
    client.connect();
    await transport.online();
    expect(client.getSnapshot().connection.status).toBe("online");
  });

  it("asks the server who it is, if nobody said, before it syncs", async () => {
    let answer: (response: Response) => void = () => undefined;
    const fetch = () => new Promise<Response>((resolve) => (answer = resolve));
    const { client, transport } = setUp({ anonymous: true, fetch, auth: "token" });
    client.connect();
    expect(() => client.send("c", "too early")).toThrow(expect.objectContaining({ code: "unauthenticated" }));
    await transport.online();
    expect(transport.waiting("sync")).toBe(0);
    answer(Response.json({ user: { id: "ada" }, user_rev: 1 }));
    await vi.waitFor(() => expect(client.getSnapshot().me?.id).toBe("ada"));
    expect(transport.waiting("sync")).toBe(1);
  });

  it("leaves a draining server at a moment of its own within the time it was given", async () => {
    const { transport, clock } = await setUpOnline({}, { random: () => 0.5 });
    await transport.deliver({ event: "server:draining", data: { reconnect_in_ms: 400 } });
    await clock.advance(199);
    expect(transport.renewed).toBe(0);
    await clock.advance(1);
    expect(transport.renewed).toBe(1);
  });

  it("reports changes of its connection and each new message once, until one stops listening", async () => {
    const { client, transport } = await setUpOnline();
    const seen: string[] = [];
    const off = [
      client.on("connection", ({ status }) => seen.push(status)),
      client.on("message", ({ id }) => seen.push(id)),
    ];
    await transport.deliver(messageNew(1));
    await transport.deliver(messageNew(1));
    await transport.lose();
    for (const stop of off) stop();
    await transport.online();
    expect(seen).toEqual(["m1", "reconnecting"]);
  });
});
