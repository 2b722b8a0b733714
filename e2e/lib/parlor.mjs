import { spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { endWithUs, temporaryFolder, tied } from "./cleanup.mjs";
import { within } from "./inbox.mjs";
import { Rest } from "./rest.mjs";
import { mint, SECRET } from "./token.mjs";

const BINARY = process.env.PARLOR_BIN ?? fileURLToPath(new URL("../../target/debug/parlor", import.meta.url));
const START_MS = 60_000;
export const API_KEY = "the key of the server API in end-to-end tests";

/** Ours alone: what the caller's shell has of Parlor's settings must not leak into a test. */
function environment(env) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PARLOR_"));
  return {
    ...Object.fromEntries(inherited),
    PARLOR_AUTH_JWT_SECRET: SECRET,
    PARLOR_API_KEY: API_KEY,
    PARLOR_LIMITS_SEND_RATE: "off",
    ...env,
  };
}

/** Runs a command of the binary to its end: `{code, stdout, stderr}`. */
export function run(args, env = {}) {
  const done = spawnSync(BINARY, args, { env: environment(env), encoding: "utf8", timeout: START_MS });
  if (done.error) throw done.error;
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** A running server: the real binary on a free port with a data folder of its own. */
export class Parlor {
  #child;
  #exited;
  #log = "";

  /** Starts one; `t` (a test or a suite's context) ends it. Without, call `close`. */
  static async start(t, env = {}) {
    const parlor = new Parlor();
    parlor.env = env;
    parlor.data_dir = temporaryFolder("data");
    t?.after(() => parlor.close());
    await parlor.#spawn("127.0.0.1:0");
    return parlor;
  }

  async #spawn(listen) {
    const [program, ...args] = tied([BINARY, "serve", "--listen", listen, "--data-dir", this.data_dir]);
    const child = endWithUs(spawn(program, args, { env: environment(this.env), stdio: ["ignore", "pipe", "pipe"] }));
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once("error", (error) => resolve({ error: error.message }));
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#log = (this.#log + text).slice(-100_000);
    });
    const address = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const found = /^Parlor is at (http:\S+)$/.exec(line)?.[1];
        if (found) resolve(found);
      });
    });
    const gone = this.#exited.then((exit) => {
      throw new Error(`parlor serve ended before it was up: ${JSON.stringify(exit)}\n${this.#log}`);
    });
    this.url = await within(Promise.race([address, gone]), () => `parlor serve is not up\n${this.#log}`, START_MS);
    await Promise.race([this.#ready(), gone]);
    gone.catch(() => {});
    return this;
  }

  async #ready() {
    for (;;) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await delay(20);
    }
  }

  /** What it logged. */
  get log() {
    return this.#log;
  }

  get pid() {
    return this.#child.pid;
  }

  /** `{code, signal}` once it is gone. */
  get exited() {
    return this.#exited;
  }

  rest(user_id) {
    return new Rest(this.url, mint(user_id));
  }

  /** `kill -9`: no chance to say anything. */
  async kill() {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** SIGTERM, to its end: `{code, signal, took_ms}`. */
  async terminate() {
    const begun = performance.now();
    this.#child.kill("SIGTERM");
    const exit = await within(this.#exited, () => `parlor does not end\n${this.#log}`, 40_000);
    return { ...exit, took_ms: performance.now() - begun };
  }

  /** Starts again where it was: same port, same data. */
  async restart() {
    await this.#spawn(new URL(this.url).host);
  }

  async close() {
    await this.kill();
    rmSync(this.data_dir, { recursive: true, force: true });
  }
}
