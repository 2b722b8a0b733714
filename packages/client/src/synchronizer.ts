import type { Clock } from "./clock";
import { ParlorError } from "./errors";
import type { Mirror } from "./mirror";
import type { Transport } from "./transport";

/** Changes may overtake each other by a moment; only what is still missing after this is asked for. */
const GAP_GRACE_MS = 250;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000];

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
  #cancelTimer: (() => void) | undefined;

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
    if (this.#cancelTimer && !surely) return;
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
      const wait_ms = ParlorError.from(cause).retry_after_ms ?? RETRY_MS[this.#failures] ?? RETRY_MS.at(-1) ?? 10_000;
      this.#failures += 1;
      this.#later(wait_ms, true);
    }
  }

  /** All pages ask from the same position; the first answer's `user_rev` is where we then stand. */
  async #pages(connection: number): Promise<void> {
    const position = this.#parts.mirror.position();
    let user_rev: number | undefined;
    let cursor: string | undefined;
    do {
      const answer = await this.#parts.transport.request("sync", cursor ? { ...position, cursor } : position);
      if (connection !== this.#connection) return;
      user_rev ??= answer.user_rev;
      cursor = answer.cursor;
      this.#parts.mirror.absorb(answer);
    } while (cursor);
    this.#parts.mirror.finish(user_rev);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
