// SIGTERM and restarts: clients are told, leave, and come back by themselves.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect, connect3 } from "../lib/clients.mjs";
import { assertSame, send } from "../lib/expect.mjs";
import { Parlor } from "../lib/parlor.mjs";
import { Python } from "../lib/python.mjs";
import { messageId } from "../lib/token.mjs";

/** Longer than any drain of a few local connections takes; far below the 30 s that it may take. */
const AT_ONCE_MS = 3_000;
const COMES_BACK = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 500 };

describe("SIGTERM", () => {
  let python;
  before(() => {
    python = new Python();
  });
  after(() => python?.end());

  it("ends an idle server at once, with 0", async (t) => {
    const parlor = await Parlor.start(t);
    const exit = await parlor.terminate();
    assert.deepEqual([exit.code, exit.signal], [0, null], parlor.log);
    assert.ok(exit.took_ms < AT_ONCE_MS, `took ${exit.took_ms} ms`);
  });

  it("ends a server whose last connection has left at once", async (t) => {
    const parlor = await Parlor.start(t);
    const { id } = await parlor.rest("ada").direct("grace");
    for (const transport of ["websocket", "polling", "upgrade"]) {
      const socket = await connect(t, parlor, "ada", { transport });
      await send(socket, id, "and gone");
      await socket.close();
    }
    const exit = await parlor.terminate();
    assert.deepEqual([exit.code, exit.signal], [0, null], parlor.log);
    assert.ok(exit.took_ms < AT_ONCE_MS, `took ${exit.took_ms} ms`);
  });

  it("tells connected clients, closes their transports and exits 0 with nothing acknowledged lost", async (t) => {
    const parlor = await Parlor.start(t);
    const { id } = await parlor.rest("ada").direct("grace");
    const sockets = await Promise.all([
      connect(t, parlor, "ada"),
      connect(t, parlor, "ada", { transport: "polling" }),
      connect3(t, parlor, "grace", { namespace: "/parlor" }),
      python.connect(parlor, "grace"),
      python.connect(parlor, "grace", { transport: "polling" }),
    ]);
    const acked = [];
    const sending = Array.from({ length: 100 }, () => {
      const message = { conversation_id: id, id: messageId(), body: "while it goes" };
      return sockets[0].emit("message:send", message).then(({ message }) => message && acked.push(message), () => {});
    });
    await sockets[3].inbox.next("message:new"); // it is in the middle of them
    const exit = await parlor.terminate();
    assert.deepEqual([exit.code, exit.signal], [0, null], parlor.log);
    assert.ok(exit.took_ms < 2 * AT_ONCE_MS, `took ${exit.took_ms} ms`);
    await Promise.all(sending);
    // "io server disconnect" would mean: do not come back.
    for (const { inbox } of sockets) assert.match(await inbox.next("disconnect"), /transport (close|error)/, inbox.owner);
    for (const { inbox } of sockets) {
      const told = inbox.all("server:draining");
      // A client that polls is told if a poll of its waits at that moment: nothing new is accepted any more.
      const between_polls = inbox.owner.includes("polling") && told.length === 0;
      assert.ok(told.length === 1 || between_polls, `${inbox.owner} was told once`);
      for (const { reconnect_in_ms } of told) assert.ok(reconnect_in_ms > 0);
    }
    await parlor.restart();
    const stored = new Map((await parlor.rest("ada").history(id)).map((message) => [message.id, message]));
    for (const message of acked) assert.deepEqual(stored.get(message.id), message, "acknowledged and there");
  });

  it("lets official clients come back by themselves, and go on", async (t) => {
    const parlor = await Parlor.start(t);
    const { id } = await parlor.rest("ada").group("Back again", ["grace", "hedy"]);
    const sockets = await Promise.all([
      ...["websocket", "polling", "upgrade"].map((transport) => connect(t, parlor, "ada", { transport, ...COMES_BACK })),
      connect3(t, parlor, "grace", COMES_BACK),
      python.connect(parlor, "hedy", { reconnection: true }),
      python.connect(parlor, "hedy", { reconnection: true, transport: "polling" }),
    ]);
    for (const how of ["terminate", "kill"]) {
      const before = sockets.map(({ inbox }) => inbox.all("connect").length);
      const message = await send(sockets[0], id, `before ${how}`);
      await Promise.all(sockets.map(({ inbox }) => inbox.message(message.id)));
      await parlor[how]();
      await parlor.restart();
      await Promise.all(
        sockets.map(({ inbox }, at) => inbox.until(() => inbox.all("connect").length > before[at], `a connect after ${how}`, 30_000)),
      );
      const next = await send(sockets.at(-1), id, `after ${how}`);
      assert.equal(next.seq, message.seq + 1);
      await Promise.all(sockets.map(({ inbox }) => inbox.message(next.id)));
    }
    const history = await parlor.rest("grace").history(id);
    for (const { inbox } of sockets) assertSame(inbox.messages(id), history, `${inbox.owner}: each once, in order`);
    await Promise.all(sockets.slice(4).map((socket) => socket.close()));
  });
});
