import type { Clock } from "./clock";
import { ParlorError } from "./errors";
import type { Mirror } from "./mirror";
import type { SyncAnswer, SyncRequest } from "./protocol";
import type { Transport } from "./transport";

/** Changes may overtake each other by a moment; only what is still missing after this is asked for. */
const GAP_GRACE_MS = 250;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000];
/** How many heads one request holds: some 45 KB, below the server's default `event_bytes`. */
const HEADS_PER_REQUEST = 1_000;

interface Parts {
  transport: Transport;
  mirror: Mirror;
  clock: Clock;
  synced(): void;
}

/** Brings the mirror up to date: on every connect, and when a gap shows. One sync at a time. */
export class Synchronizer {
  readonly #parts: Parts;
  /** Counts connections; an answer that belongs to an earlier one is dropped. */
  #connection = 0;
  #online = false;
  #running = false;
  #again = false;
  #failures = 0;
  #heads_per_request = HEADS_PER_REQUEST;
  #cancelTimer: (() => void) | undefined;
  /** The timer is that of another attempt, which nothing brings forward. */
  #retrying = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  online(): void {
    this.#connection += 1;
    this.#online = true;
    this.#running = false;
    this.#failures = 0;
    void this.#run();
  }

  offline(): void {
    this.#connection += 1;
    this.#online = false;
    this.#running = false;
    this.#stopTimer();
  }

  /** Something is missing, perhaps only for a moment. `surely`: the server said so, or we know nothing of it. */
  gap(surely: boolean): void {
    if (!this.#online) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    if (this.#retrying || (this.#cancelTimer && !surely)) return;
    this.#later(GAP_GRACE_MS, surely);
  }

  #later(delay_ms: number, surely: boolean): void {
    this.#stopTimer();
    this.#cancelTimer = this.#parts.clock.after(delay_ms, () => {
      this.#cancelTimer = undefined;
      if (surely || this.#parts.mirror.hasGap) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#stopTimer();
    this.#running = true;
    this.#again = false;
    const connection = this.#connection;
    try {
      await this.#pages(connection);
      if (connection !== this.#connection) return;
      this.#failures = 0;
      this.#running = false;
      this.#parts.synced();
      if (this.#again || this.#parts.mirror.hasGap) this.#later(GAP_GRACE_MS, this.#again);
    } catch (cause) {
      if (connection !== this.#connection) return;
      this.#running = false;
      this.#later(this.#wait_ms(ParlorError.from(cause)), true);
      this.#retrying = true;
      this.#failures += 1;
    }
  }

  #wait_ms({ code, retry_after_ms }: ParlorError): number {
    if (code === "too_large" && this.#heads_per_request > 1) {
      // This server takes less at a time than we thought.
      this.#heads_per_request = Math.ceil(this.#heads_per_request / 2);
      return 0;
    }
    return retry_after_ms ?? RETRY_MS[this.#failures] ?? RETRY_MS.at(-1) ?? 10_000;
  }

  /** All pages ask from the same position; the first answer's `user_rev` is where we then stand. */
  async #pages(connection: number): Promise<void> {
    const { mirror, transport } = this.#parts;
    let position = mirror.position();
    let first: SyncAnswer | undefined;
    let cursor: string | undefined;
    do {
      const answer = await transport.request("sync", pageOf(position, cursor, this.#heads_per_request));
      if (connection !== this.#connection) return;
      if (answer.reset) {
        mirror.forget();
        [position, first, cursor] = [{}, undefined, undefined];
        continue;
      }
      first ??= answer;
      // From the second page on the server can tell whether it still speaks of the same history.
      position = { ...position, epoch: first.epoch };
      cursor = answer.cursor;
      mirror.absorb(answer);
    } while (cursor || !first);
    mirror.finish(first);
  }

  #stopTimer(): void {
    this.#retrying = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

/** The request for what is beyond `cursor`: with the heads of the conversations there, or of the first so many. */
function pageOf(position: SyncRequest, cursor: string | undefined, most: number): SyncRequest {
  const page = cursor === undefined ? position : { ...position, cursor };
  if (!position.heads) return page;
  const beyond = Object.keys(position.heads)
    .filter((id) => cursor === undefined || id > cursor)
    .sort();
  const ids = beyond.slice(0, most);
  const heads = Object.fromEntries(ids.map((id) => [id, position.heads?.[id] ?? 0]));
  const upto = ids.at(-1);
  return beyond.length > ids.length && upto !== undefined ? { ...page, heads, upto } : { ...page, heads };
}
