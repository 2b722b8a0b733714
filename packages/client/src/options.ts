import type { Clock } from "./clock";
import type { ConnectionState } from "./connection";
import type { MakeId } from "./ids";
import type { OutboxStorage } from "./outbox-storage";
import type { Message, User } from "./protocol";
import type { TabLocks } from "./tab-locks";
import type { TokenSource, Transport } from "./transport";

export interface ParlorOptions {
  /** Origin of the server, e.g. `https://chat.example.org`; the page's own by default. */
  url?: string;
  /** A token, or a function that gives one (`fresh`: the last was refused). Absent: the cookie counts. */
  auth?: string | ((fresh: boolean) => string | Promise<string>);
  /** Who the token is for, if known; otherwise the server is asked. */
  user?: User;
  storage?: OutboxStorage;
  locks?: TabLocks;
  transport?: Transport;
  clock?: Clock;
  makeId?: MakeId;
  /** From 0 to 1; by default `Math.random`. */
  random?: () => number;
  fetch?: typeof fetch;
}

export interface ParlorEvents {
  connection: ConnectionState;
  /** A message of somebody (ourselves on another device included) that has just arrived. */
  message: Message;
}

export function tokenSource(auth: ParlorOptions["auth"]): TokenSource | undefined {
  if (auth === undefined) return undefined;
  return typeof auth === "string" ? async () => auth : async (fresh) => auth(fresh);
}
