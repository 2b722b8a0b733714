// Published clients of two languages and three versions exchange messages, over every transport, namespace and credential.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect, connect3 } from "../lib/clients.mjs";
import { assertExactlyOnce, send } from "../lib/expect.mjs";
import { Parlor } from "../lib/parlor.mjs";
import { Python } from "../lib/python.mjs";

describe("published clients", () => {
  let parlor;
  let python;
  before(async () => {
    parlor = await Parlor.start();
    python = new Python();
  });
  after(() => Promise.all([parlor?.close(), python?.end()]));

  let runs = 0;
  for (const transport of ["websocket", "polling", "upgrade"]) {
    for (const namespace of ["/", "/parlor"]) {
      for (const way of ["auth.token", "header", "cookie"]) {
        it(`talk over ${transport} on ${namespace} with ${way}`, async (t) => {
          // People of their own for each run, so that runs do not see each other's messages.
          const [ada, grace, hedy] = ["ada", "grace", "hedy"].map((name) => `${name}-${++runs}`);
          const group = await parlor.rest(ada).group("Everybody", [grace, hedy]);
          const options = { transport, namespace, way };
          const sockets = await Promise.all([
            connect(t, parlor, ada, options),
            connect(t, parlor, ada, options),
            connect3(t, parlor, grace, options),
            python.connect(parlor, hedy, options),
            python.connect(parlor, hedy, options),
          ]);
          const [ada1, ada2, grace1, hedy1] = sockets;
          const spoken = transport === "polling" ? "polling" : "websocket";
          for (const socket of sockets) assert.equal(await socket.transport(), spoken);

          const messages = [];
          for (const [who, body] of [
            [ada1, "from socket.io-client 4"],
            [grace1, "from socket.io-client 3: ünïcödé 👩‍🔬 \u2028 \" \\ </script>"],
            [hedy1, "from python-socketio: ünïcödé 👩‍🔬\nand a second line"],
            [ada2, "x".repeat(16 * 1024)],
          ]) {
            messages.push(await send(who, group.id, body));
          }
          assert.deepEqual(messages.map(({ sender_id }) => sender_id), [ada, grace, hedy, ada]);
          assert.deepEqual(messages.map(({ seq }) => seq), [1, 2, 3, 4]);
          await assertExactlyOnce(hedy1, sockets, group.id, messages);
          await Promise.all([hedy1.close(), sockets[4].close()]);
        });
      }
    }
  }

  it("of different namespaces and transports share a conversation", async (t) => {
    const group = await parlor.rest("alan").group("Mixed", ["joan", "mary"]);
    const sockets = await Promise.all([
      connect(t, parlor, "alan", { namespace: "/", transport: "polling" }),
      connect(t, parlor, "alan", { namespace: "/parlor", transport: "websocket" }),
      connect3(t, parlor, "joan", { namespace: "/parlor", transport: "polling" }),
      python.connect(parlor, "mary", { namespace: "/", transport: "upgrade" }),
    ]);
    // All at once: the order is the server's, and the same for everybody.
    const messages = await Promise.all(
      Array.from({ length: 40 }, (_, at) => send(sockets[at % sockets.length], group.id, `message ${at}`)),
    );
    assert.deepEqual(
      messages.map(({ seq }) => seq).sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, at) => at + 1),
    );
    await assertExactlyOnce(sockets[0], sockets, group.id, messages);
    await sockets[3].close();
  });

  it("do not hear what is not theirs", async (t) => {
    const theirs = await parlor.rest("u1").direct("u2");
    const ours = await parlor.rest("u2").direct("u3");
    const sockets = await Promise.all([connect(t, parlor, "u1"), connect(t, parlor, "u2"), connect(t, parlor, "u3")]);
    await send(sockets[0], theirs.id, "for u2 only");
    const message = await send(sockets[1], ours.id, "for u3 only");
    await assertExactlyOnce(sockets[1], [sockets[1], sockets[2]], ours.id, [message]);
    assert.deepEqual(sockets[2].inbox.messages(theirs.id), []);
    assert.deepEqual(sockets[0].inbox.messages(ours.id), []);
  });
});
