// The published JavaScript clients, behind one face that the Python client (python.mjs) has too.
import { io as io4 } from "socket.io-client";
import { io as io3 } from "socket.io-client-3";
import { Inbox, within } from "./inbox.mjs";
import { mint } from "./token.mjs";

/** The ways to a connection, as `transports` of the official clients. */
export const TRANSPORTS = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrade: ["polling", "websocket"],
};

/** Where the credential goes: `{auth, headers}` of a connection. */
export function credential(way, token) {
  switch (way) {
    case "auth.token":
      return { auth: { token }, headers: {} };
    case "header":
      return { headers: { Authorization: `Bearer ${token}` } };
    case "cookie":
      return { headers: { Cookie: `theme=dark; auth_token=${token}` } };
  }
  throw new Error(`there is no way ${way}`);
}

/** A socket of socket.io-client; connects at once. */
export class JsClient {
  #socket;
  /** Whom to tell that no acknowledgement will come: the official clients keep silent. */
  #unanswered = new Set();

  constructor(io, parlor, options) {
    const { namespace = "/", transport = "websocket", auth, headers = {}, ...others } = options;
    this.inbox = new Inbox(`${options.name ?? "a socket"} (${transport})`);
    this.#socket = io(parlor.url + namespace, {
      forceNew: true,
      reconnection: false,
      transports: TRANSPORTS[transport],
      ...(auth && { auth }),
      extraHeaders: headers,
      ...others,
    });
    const socket = this.#socket;
    socket.on("connect", () => this.inbox.push("connect", socket.id));
    socket.on("connect_error", ({ message, data }) => this.inbox.push("connect_error", { message, data }));
    socket.on("disconnect", (reason) => {
      this.inbox.push("disconnect", reason);
      for (const lost of this.#unanswered) lost(new Error(`disconnected: ${reason}`));
      this.#unanswered.clear();
    });
    socket.onAny((event, ...args) => this.inbox.push(event, ...args));
    this.upgrades = transport === "upgrade";
  }

  /** Waits until it is connected, and upgraded where it may be. */
  async connected() {
    const first = await this.inbox.until(({ items }) =>
      items.find(({ event }) => event === "connect" || event === "connect_error"), "connect");
    if (first.event !== "connect") throw new Error(`refused: ${JSON.stringify(first.data)}`);
    const { engine } = this.#socket.io;
    if (this.upgrades && engine.transport.name !== "websocket") {
      await within(new Promise((resolve) => engine.once("upgrade", resolve)), "no upgrade");
    }
    return this;
  }

  get isConnected() {
    return this.#socket.connected;
  }

  async transport() {
    return this.#socket.io.engine.transport.name;
  }

  /** Emits and gives the acknowledgement's one argument. */
  async emit(event, ...args) {
    let lost;
    const acks = new Promise((resolve, reject) => {
      lost = reject;
      this.#unanswered.add(lost);
      this.#socket.emit(event, ...args, (...ack) => resolve(ack));
    });
    const missing = () => `no acknowledgement of ${event} ${JSON.stringify(args).slice(0, 200)}`;
    const ack = await within(acks, missing).finally(() => this.#unanswered.delete(lost));
    if (ack.length !== 1) throw new Error(`${event} was acknowledged with ${ack.length} arguments`);
    return ack[0];
  }

  /** Emits without asking for an acknowledgement. */
  tell(event, ...args) {
    this.#socket.emit(event, ...args);
  }

  async close() {
    this.#socket.disconnect();
  }
}

/** Connects `user_id` with socket.io-client 4, ended by `t`. */
export function connect(t, parlor, user_id, options = {}) {
  return connectWith(io4, t, parlor, user_id, options);
}

export function connect3(t, parlor, user_id, options = {}) {
  return connectWith(io3, t, parlor, user_id, options);
}

async function connectWith(io, t, parlor, user_id, { way = "auth.token", token = mint(user_id), ...options }) {
  const client = new JsClient(io, parlor, { name: user_id, ...credential(way, token), ...options });
  t.after(() => client.close());
  return client.connected();
}

/** Tries to connect and gives the refusal. */
export async function refusal(t, parlor, options, io = io4) {
  const client = new JsClient(io, parlor, options);
  t.after(() => client.close());
  const first = await client.inbox.until(({ items }) => items[0], "an answer to CONNECT");
  if (first.event !== "connect_error") throw new Error(`${first.event} instead of connect_error`);
  return first.data;
}

export { io3, io4 };
