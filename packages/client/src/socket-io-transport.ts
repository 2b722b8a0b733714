import { io, type Socket } from "socket.io-client";
import { ParlorError, parseErrorBody } from "./errors";
import {
  type Ack,
  type AnswerOf,
  type ClientEventName,
  type RequestOf,
  SERVER_EVENTS,
  type ServerEvent,
} from "./protocol";
import type { TokenSource, Transport, TransportHandlers } from "./transport";

export interface SocketIoOptions {
  /** Origin of the server; the page's own by default. */
  url?: string;
  path?: string;
  namespace?: "/" | "/parlor";
  /** Absent: the server takes the cookie. */
  token?: TokenSource;
  ack_timeout_ms?: number;
}

/** The published Socket.IO client behind our `Transport`; it brings heartbeats, back-off and polling where needed. */
export class SocketIoTransport implements Transport {
  #socket: Socket | undefined;
  readonly #options: SocketIoOptions;
  #wants_fresh_token = false;
  /** Counts packets of any kind from the server: the sign that the line is alive. */
  #heard = 0;

  constructor(options: SocketIoOptions = {}) {
    this.#options = options;
  }

  open(handlers: TransportHandlers): void {
    this.close();
    const { url = "", namespace = "/parlor", path = "/socket.io/" } = this.#options;
    const socket = io(url + namespace, {
      path,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      forceNew: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 8_000,
      auth: (send) => this.#authenticate(socket, send),
    });
    this.#socket = socket;
    this.#listen(socket, handlers);
  }

  close(): void {
    this.#socket?.removeAllListeners();
    this.#socket?.io.removeAllListeners();
    this.#socket?.disconnect();
    this.#socket = undefined;
  }

  renew(): void {
    // Closing below the manager makes it come back by itself, with back-off, unlike `socket.disconnect()`.
    this.#socket?.io.engine.close();
  }

  async request<E extends ClientEventName>(event: E, request: RequestOf<E>): Promise<AnswerOf<E>> {
    const socket = this.#socket;
    if (!socket?.connected) throw new ParlorError("disconnected", "There is no connection");
    const ack = await this.#emit(socket, event, request);
    if (!ack.ok) throw ParlorError.fromBody(parseErrorBody(ack.error));
    return ack;
  }

  /** Settles at the ack, at the time-out, or as soon as the connection is gone: waiting longer would tell nothing. */
  #emit<E extends ClientEventName>(socket: Socket, event: E, request: RequestOf<E>): Promise<Ack<E>> {
    const timeout_ms = this.#options.ack_timeout_ms ?? 10_000;
    const heard = this.#heard;
    return new Promise((resolve, reject) => {
      const gone = () => reject(new ParlorError("disconnected", `The connection was lost during ${event}`));
      socket.once("disconnect", gone);
      socket.timeout(timeout_ms).emit(event, request, (late: Error | null, ack: Ack<E>) => {
        socket.off("disconnect", gone);
        if (!late) return resolve(ack);
        reject(new ParlorError("timeout", `No answer to ${event} within ${timeout_ms} ms`));
        // Not a sound in all that time: the line is dead, and heartbeats would take much longer to say so.
        if (this.#heard === heard) this.renew();
      });
    });
  }

  #listen(socket: Socket, handlers: TransportHandlers): void {
    let open = false;
    socket.io.on("open", () => {
      socket.io.engine.on("packet", () => {
        this.#heard += 1;
      });
    });
    socket.on("connect", () => {
      open = true;
      this.#wants_fresh_token = false;
      handlers.opened(socket.id ?? "");
    });
    socket.on("disconnect", (reason) => {
      const was_open = open;
      open = false;
      if (reason === "io server disconnect") handlers.ended();
      else if (was_open) handlers.lost();
      else handlers.failed();
    });
    socket.on("connect_error", (cause: Error & { data?: unknown }) => {
      if (socket.active) handlers.failed();
      else this.#refused(socket, parseErrorBody(cause.data, cause.message), handlers);
    });
    for (const event of SERVER_EVENTS) {
      socket.on(event, (data) => handlers.event({ event, data } as ServerEvent));
    }
  }

  /** A token may have run out while we were away: one more try with a fresh one before giving up. */
  #refused(socket: Socket, error: ReturnType<typeof parseErrorBody>, handlers: TransportHandlers): void {
    if (error.code === "unauthenticated" && this.#options.token && !this.#wants_fresh_token) {
      this.#wants_fresh_token = true;
      socket.connect();
      return;
    }
    this.#wants_fresh_token = false;
    handlers.refused(error);
  }

  async #authenticate(socket: Socket, send: (auth: object) => void): Promise<void> {
    if (!this.#options.token) return send({ sync: true });
    try {
      send({ sync: true, token: await this.#options.token(this.#wants_fresh_token) });
    } catch {
      // No token to be had just now (its source is offline): back off as for a lost connection.
      socket.io.engine.close();
    }
  }
}
