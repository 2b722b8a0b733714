import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { endWithUs, tied } from "./cleanup.mjs";
import { credential, TRANSPORTS } from "./clients.mjs";
import { Inbox, within } from "./inbox.mjs";
import { mint } from "./token.mjs";

const PYTHON = fileURLToPath(new URL("../.venv/bin/python", import.meta.url));
const BRIDGE = fileURLToPath(new URL("bridge.py", import.meta.url));

/** One Python process with any number of python-socketio clients in it. */
export class Python {
  #child;
  #asked = new Map();
  #inboxes = new Map();
  #count = 0;
  #stderr = "";

  constructor(t) {
    if (!existsSync(PYTHON)) throw new Error("python-socketio is not there: run e2e/setup-python");
    const [program, ...args] = tied([PYTHON, "-u", BRIDGE]);
    this.#child = endWithUs(spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] }));
    this.#child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#stderr += text;
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(JSON.parse(line)));
    t?.after(() => this.end());
  }

  #hear({ ref, result, error, key, event, args }) {
    if (event === "disconnect") this.#lose(key, args[0]);
    if (event) return this.#inboxes.get(key)?.push(event, ...args);
    const asked = this.#asked.get(ref);
    this.#asked.delete(ref);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error));
  }

  /** No acknowledgement will come any more. */
  #lose(key, reason) {
    for (const [ref, { command, reject }] of this.#asked) {
      if (command.key !== key || command.do !== "emit") continue;
      this.#asked.delete(ref);
      reject(new Error(`disconnected: ${reason}`));
    }
  }

  ask(command) {
    const ref = ++this.#count;
    const answer = new Promise((resolve, reject) => this.#asked.set(ref, { command, resolve, reject }));
    this.#child.stdin.write(`${JSON.stringify({ ref, ...command })}\n`);
    return within(answer, () => `python does not answer ${JSON.stringify(command).slice(0, 200)}\n${this.#stderr}`);
  }

  /** Connects and gives the client; throws where it is refused. */
  async connect(parlor, user_id, options = {}) {
    const { transport } = options;
    const client = this.client(transport ? `${user_id}, ${transport}` : user_id);
    await client.open(parlor, { token: mint(user_id), ...options });
    return client;
  }

  client(name) {
    const key = `${name}/${++this.#count}`;
    const inbox = new Inbox(`${name} (Python)`);
    this.#inboxes.set(key, inbox);
    return new PythonClient(this, key, inbox);
  }

  async end() {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }
}

/** A python-socketio client; the same face as JsClient. */
class PythonClient {
  constructor(python, key, inbox) {
    Object.assign(this, { python, key, inbox });
  }

  async open(parlor, options) {
    const { namespace = "/", transport = "websocket", way = "auth.token", token, reconnection = false } = options;
    const { auth = null, headers } = token === undefined ? { headers: {} } : credential(way, token);
    const transports = TRANSPORTS[transport];
    const where = { key: this.key, url: parlor.url, namespace, transports, auth, headers, reconnection };
    await this.python.ask({ do: "connect", ...where });
    await this.inbox.next("connect");
  }

  transport() {
    return this.python.ask({ do: "transport", key: this.key });
  }

  async emit(event, ...args) {
    const ack = await this.python.ask({ do: "emit", key: this.key, event, args });
    if (ack.length !== 1) throw new Error(`${event} was acknowledged with ${ack.length} arguments`);
    return ack[0];
  }

  close() {
    return this.python.ask({ do: "close", key: this.key });
  }
}
