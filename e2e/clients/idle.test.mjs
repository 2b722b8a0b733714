// A server whose clients have left does nothing: the timers of connections that are gone keep nobody awake.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as pass } from "node:timers/promises";
import { connect, connect3 } from "../lib/clients.mjs";
import { send } from "../lib/expect.mjs";
import { Parlor } from "../lib/parlor.mjs";

/** The interval of pings, when the last timer of a connection is due, and a little. */
const PING_MS = 26_000;
/** How long it is watched then. */
const WATCHED_MS = 2_000;
/** A thread that spins uses all of it; one that sleeps, none. */
const AWAKE_MS = 200;

/** The processor time that a process has used (proc(5): utime and stime, in ticks of 10 ms). */
function cpu_ms(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

describe("an idle server", () => {
  it("rests when its clients have left", { skip: process.platform !== "linux" && "reads /proc" }, async (t) => {
    const parlor = await Parlor.start(t);
    const { id } = await parlor.rest("ada").direct("grace");
    for (const transport of ["websocket", "polling", "upgrade"]) {
      const sockets = await Promise.all([connect(t, parlor, "ada", { transport }), connect3(t, parlor, "grace", { transport })]);
      await send(sockets[0], id, "and gone");
      await Promise.all(sockets.map((socket) => socket.close()));
    }
    // What is watched here is time itself: nothing is awaited that could be told.
    await pass(PING_MS);
    const before = cpu_ms(parlor.pid);
    await pass(WATCHED_MS);
    const used = cpu_ms(parlor.pid) - before;
    assert.ok(used < AWAKE_MS, `it used ${used} ms of processor time in ${WATCHED_MS} ms`);
  });
});
