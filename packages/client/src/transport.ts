import type { AnswerOf, ClientEventName, ErrorBody, RequestOf, ServerEvent } from "./protocol";

/** Gives the current token. `fresh` asks for a new one, because the server refused the last. */
export type TokenSource = (fresh: boolean) => Promise<string>;

export interface TransportHandlers {
  opened(socket_id: string): void;
  /** An attempt failed on the way; the transport tries again by itself. */
  failed(): void;
  /** An open connection was lost; the transport tries again by itself. */
  lost(): void;
  /** The server said no to who we are; the transport has stopped. */
  refused(error: ErrorBody): void;
  /** The server ended the session; the transport has stopped. */
  ended(): void;
  event(event: ServerEvent): void;
}

/** The one seam to the network. Everything else of the SDK is free of I/O and is tested with a fake of this. */
export interface Transport {
  open(handlers: TransportHandlers): void;
  close(): void;
  /** Leaves the present connection for a new one (the server drains). */
  renew(): void;
  /** One acknowledged event; rejects with a `ParlorError` (`timeout`, `disconnected`, or what the server said). */
  request<E extends ClientEventName>(event: E, request: RequestOf<E>): Promise<AnswerOf<E>>;
}
