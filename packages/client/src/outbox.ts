import type { Clock } from "./clock";
import { ParlorError } from "./errors";
import type { OutboxShelf } from "./outbox-shelf";
import type { StoredEntry } from "./outbox-storage";
import type { ErrorBody, Message } from "./protocol";
import type { OutboxEntry } from "./state";

const BACKOFF_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

interface Parts {
  clock: Clock;
  shelf: OutboxShelf;
  send(entry: OutboxEntry): Promise<Message>;
  /** The entries of a conversation, oldest first, after any change. */
  changed(conversation_id: string, entries: readonly OutboxEntry[]): void;
  accepted(message: Message): void;
}

/** One conversation's queue: strictly one at a time, so that messages keep the order in which they were written. */
interface Lane {
  entries: readonly OutboxEntry[];
  busy: boolean;
  failures: number;
  not_before_ms: number;
}

/** Carries messages to the server, however long that takes. An entry leaves by being accepted or discarded. */
export class Outbox {
  readonly #parts: Parts;
  readonly #lanes = new Map<string, Lane>();
  #online = false;
  /** A rate limit holds for the user, so for all lanes. */
  #not_before_ms = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  add(entry: OutboxEntry): void {
    this.#parts.shelf.put(stored(entry));
    const lane = this.#lane(entry.conversation_id);
    this.#set(entry.conversation_id, lane, [...lane.entries, entry]);
    this.#pump(entry.conversation_id);
  }

  /** Entries from before a reload, or from a tab that is gone. They were written earlier than those that are here. */
  adopt(found: readonly StoredEntry[]): void {
    for (const entry of found.toSorted((a, b) => a.id.localeCompare(b.id))) {
      const lane = this.#lane(entry.conversation_id);
      if (lane.entries.some(({ id }) => id === entry.id)) continue;
      const entries = [...lane.entries, restored(entry)].sort((a, b) => a.id.localeCompare(b.id));
      this.#set(entry.conversation_id, lane, entries);
    }
    for (const id of this.#lanes.keys()) this.#pump(id);
  }

  online(): void {
    this.#online = true;
    for (const [id, lane] of this.#lanes) {
      lane.failures = 0;
      lane.not_before_ms = 0;
      this.#pump(id);
    }
  }

  offline(): void {
    this.#online = false;
  }

  retry(id: string): void {
    this.#each(id, (conversation_id, lane, entry) => {
      const { error: _, ...rest } = entry;
      const waiting: OutboxEntry = { ...rest, status: "waiting" };
      this.#parts.shelf.put(stored(waiting));
      this.#replace(conversation_id, lane, waiting);
      this.#pump(conversation_id);
    });
  }

  discard(id: string): void {
    this.#each(id, (conversation_id, lane) => this.#drop(conversation_id, lane, id));
  }

  /** The message was seen on the server: by its ack, by its broadcast, or in the history. */
  confirm(message: Message): void {
    const lane = this.#lanes.get(message.conversation_id);
    if (lane?.entries.some(({ id }) => id === message.id)) this.#drop(message.conversation_id, lane, message.id);
  }

  #pump(conversation_id: string): void {
    const lane = this.#lane(conversation_id);
    const entry = lane.entries.find(({ status }) => status !== "failed");
    if (!entry || !this.#online || lane.busy) return;
    const wait_ms = Math.max(lane.not_before_ms, this.#not_before_ms) - this.#parts.clock.now();
    if (wait_ms > 0) {
      this.#parts.clock.after(wait_ms, () => this.#pump(conversation_id));
      return;
    }
    void this.#sendOne(conversation_id, lane, entry);
  }

  async #sendOne(conversation_id: string, lane: Lane, entry: OutboxEntry): Promise<void> {
    lane.busy = true;
    this.#replace(conversation_id, lane, { ...entry, status: "sending" });
    try {
      const message = await this.#parts.send(entry);
      lane.failures = 0;
      this.#parts.accepted(message);
      this.#drop(conversation_id, lane, entry.id);
    } catch (cause) {
      this.#failed(conversation_id, lane, entry, ParlorError.from(cause));
    } finally {
      lane.busy = false;
    }
    this.#pump(conversation_id);
  }

  #failed(conversation_id: string, lane: Lane, entry: OutboxEntry, error: ParlorError): void {
    // Confirmed or discarded while the call was under way.
    if (!lane.entries.some(({ id }) => id === entry.id)) return;
    if (!error.retryable) {
      const failed: OutboxEntry = { ...entry, status: "failed", error };
      this.#parts.shelf.put(stored(failed));
      this.#replace(conversation_id, lane, failed);
      return;
    }
    const backoff_ms = BACKOFF_MS[lane.failures] ?? BACKOFF_MS.at(-1) ?? 30_000;
    const until_ms = this.#parts.clock.now() + (error.retry_after_ms ?? backoff_ms);
    lane.failures += 1;
    if (error.code === "rate_limited") this.#not_before_ms = until_ms;
    else if (error.code !== "disconnected" || this.#online) lane.not_before_ms = until_ms;
    this.#replace(conversation_id, lane, { ...entry, status: "waiting" });
  }

  #lane(conversation_id: string): Lane {
    let lane = this.#lanes.get(conversation_id);
    if (!lane) {
      lane = { entries: [], busy: false, failures: 0, not_before_ms: 0 };
      this.#lanes.set(conversation_id, lane);
    }
    return lane;
  }

  #each(id: string, act: (conversation_id: string, lane: Lane, entry: OutboxEntry) => void): void {
    for (const [conversation_id, lane] of this.#lanes) {
      const entry = lane.entries.find((candidate) => candidate.id === id);
      if (entry) act(conversation_id, lane, entry);
    }
  }

  #drop(conversation_id: string, lane: Lane, id: string): void {
    this.#parts.shelf.remove(id);
    if (!lane.entries.some((entry) => entry.id === id)) return;
    this.#set(
      conversation_id,
      lane,
      lane.entries.filter((entry) => entry.id !== id),
    );
  }

  #replace(conversation_id: string, lane: Lane, entry: OutboxEntry): void {
    this.#set(
      conversation_id,
      lane,
      lane.entries.map((other) => (other.id === entry.id ? entry : other)),
    );
  }

  #set(conversation_id: string, lane: Lane, entries: readonly OutboxEntry[]): void {
    lane.entries = entries;
    this.#parts.changed(conversation_id, entries);
  }
}

function stored(entry: OutboxEntry): Omit<StoredEntry, "owner"> {
  const { id, sender_id, conversation_id, body, created_at, reply_to, mentions } = entry;
  const error = entry.error && toBody(entry.error);
  return {
    id,
    user_id: sender_id,
    conversation_id,
    body,
    created_at,
    ...(reply_to && { reply_to }),
    ...(mentions && { mentions }),
    ...(error && { error }),
  };
}

function restored(entry: StoredEntry): OutboxEntry {
  const { id, user_id: sender_id, conversation_id, body, created_at, reply_to, mentions, error } = entry;
  const given = { ...(reply_to && { reply_to }), ...(mentions && { mentions }) };
  const base = { id, sender_id, conversation_id, body, created_at, ...given };
  if (!error) return { ...base, status: "waiting" };
  return { ...base, status: "failed", error: ParlorError.fromBody(error) };
}

function toBody(error: ParlorError): ErrorBody {
  const code =
    error.code === "timeout" || error.code === "disconnected" || error.code === "closed" ? "internal" : error.code;
  const limit = error.limit === undefined ? {} : { limit: error.limit };
  return { code, message: error.message, retryable: error.retryable, ...limit };
}
