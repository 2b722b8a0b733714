// Connection state recovery with the official client: cut anywhere, it misses nothing and gets nothing twice.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { io4, TRANSPORTS } from "../lib/clients.mjs";
import { CuttingProxy, numbers } from "../lib/cutting-proxy.mjs";
import { Parlor } from "../lib/parlor.mjs";
import { mint } from "../lib/token.mjs";

/** Cuts for each way to connect. `make test-full` asks for more. */
const CUTS = Number(process.env.RECOVERY_CUTS ?? 25);
/** A handshake, a replay and some events: a cut is anywhere in them. */
const MOST_BYTES = 2_500;
const GIVE_UP_MS = 60_000 + CUTS * 500;

/** `recovery_window_events`, less what one message is told in. */
const MOST_MISSED = 100;

/** The next event of any name, or the next connect. */
function something(socket) {
  return new Promise((resolve) => {
    const happened = () => {
      socket.offAny(happened).off("connect", happened);
      resolve();
    };
    socket.onAny(happened).on("connect", happened);
  });
}

/** The client has got its own session back each time; otherwise what it missed would never come, nor this test end. */
function assertRecovered({ connects: [first, ...later] }) {
  assert.equal(first, false);
  assert.ok(later.every(Boolean), "every return was a recovery");
}

describe("connection state recovery", { timeout: GIVE_UP_MS }, () => {
  let parlor;
  before(async () => {
    // A polling client that is cut between two requests leaves a session that only a ping shows to be dead.
    parlor = await Parlor.start(undefined, { PARLOR_LIMITS_RECOVERY_PROBE_MS: "200" });
  });
  after(() => parlor?.close());

  /** Grace, who is cut off again and again, in a conversation with Ada, who writes all the time. */
  async function scene(t, name, transports) {
    const [ada, grace] = [`ada-${name}`, `grace-${name}`];
    const conversation_id = (await parlor.rest(ada).direct(grace)).id;
    const proxy = await CuttingProxy.start(t, parlor.url);
    const socket = io4(proxy.url, {
      forceNew: true,
      transports,
      auth: { token: mint(grace), recover: true },
      reconnectionDelay: 1,
      reconnectionDelayMax: 5,
      // A connection that is lost between its upgrade and its first packet is not seen as lost by the client.
      timeout: 500,
    });
    t.after(() => socket.disconnect());
    const seen = { seqs: [], connects: [] };
    socket.on("message:new", ({ seq }) => seen.seqs.push(seq));
    socket.on("connect", () => seen.connects.push(socket.recovered));
    await new Promise((resolve) => socket.once("connect", resolve));
    return { socket, proxy, seen, write: writer(parlor.rest(ada), conversation_id, socket, seen) };
  }

  /** Writes the next word, but not more than a session can be behind. */
  function writer(rest, conversation_id, socket, seen) {
    let count = 0;
    return async () => {
      while (count - (seen.seqs.at(-1) ?? 0) > MOST_MISSED) {
        await something(socket);
        assertRecovered(seen);
      }
      count += 1;
      const { status } = await rest.post(`/conversations/${conversation_id}/messages`, { body: `word ${count}` });
      assert.equal(status, 201);
      return count;
    };
  }

  /** Writes until the last word has come, and says what came. */
  async function settle({ socket, seen, write }) {
    const last = await write();
    const done = () => seen.seqs.at(-1) >= last;
    while (!done()) {
      await something(socket);
      assertRecovered(seen);
    }
    assert.deepEqual(seen.seqs, Array.from({ length: last }, (_, at) => at + 1), "each once, in order");
  }

  for (const [name, transports] of Object.entries(TRANSPORTS)) {
    it(`loses nothing in ${CUTS} cuts over ${name}`, async (t) => {
      const grace = await scene(t, name, transports);
      const below = numbers(CUTS * 7 + name.length);
      while (grace.proxy.cuts < CUTS) {
        const before = grace.proxy.cuts;
        grace.proxy.cutAfter(1 + below(MOST_BYTES));
        while (grace.proxy.cuts === before) await grace.write();
      }
      grace.proxy.cutAfter(Infinity);
      await settle(grace);
      assertRecovered(grace.seen);
      assert.ok(grace.seen.connects.length > 1);
    });
  }

  it("takes the session from a connection that has died without a word", async (t) => {
    const grace = await scene(t, "deaf", ["websocket"]);
    const id = grace.socket.id;
    for (let cuts = 1; cuts <= 2; cuts += 1) {
      grace.proxy.cutAfter(100, { deaf: true });
      while (grace.proxy.cuts < cuts) await grace.write();
      await new Promise((resolve) => grace.socket.once("connect", resolve));
    }
    await settle(grace);
    assert.deepEqual(grace.seen.connects, [false, true, true]);
    assert.equal(grace.socket.id, id);
  });

  it("is not for those who do not ask", async (t) => {
    const socket = io4(parlor.url, { forceNew: true, transports: ["websocket"], auth: { token: mint("ada") } });
    t.after(() => socket.disconnect());
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.io.engine.close();
    await new Promise((resolve) => socket.once("connect", resolve));
    assert.ok(!socket.recovered);
  });
});
