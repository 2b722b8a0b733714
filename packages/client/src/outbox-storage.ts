import type { ErrorBody, Mentions, Quote } from "./protocol";

/** One message on its way, as it is kept across reloads. */
export interface StoredEntry {
  readonly id: string;
  readonly user_id: string;
  readonly conversation_id: string;
  readonly body: string;
  readonly reply_to?: Quote;
  readonly mentions?: Mentions;
  readonly created_at: string;
  /** The tab that sends it. Another may take it over when that tab is gone. */
  readonly owner: string;
  /** Why the server will not have it; absent while it may still go through. */
  readonly error?: ErrorBody;
}

/** Where the outbox is kept. Calls come one after another; a rejection costs persistence, never the message. */
export interface OutboxStorage {
  load(user_id: string): Promise<StoredEntry[]>;
  put(entry: StoredEntry): Promise<void>;
  remove(id: string): Promise<void>;
}

/** For places without IndexedDB: what waits is lost with the process. */
export class MemoryOutboxStorage implements OutboxStorage {
  readonly #entries = new Map<string, StoredEntry>();

  async load(user_id: string): Promise<StoredEntry[]> {
    return [...this.#entries.values()].filter((entry) => entry.user_id === user_id);
  }

  async put(entry: StoredEntry): Promise<void> {
    this.#entries.set(entry.id, entry);
  }

  async remove(id: string): Promise<void> {
    this.#entries.delete(id);
  }
}
