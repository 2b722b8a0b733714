import type { OutboxStorage, StoredEntry } from "./outbox-storage";
import type { TabLocks } from "./tab-locks";

/**
 * The outbox's memory beyond this page: writes in order, and the taking over of what other tabs left behind.
 * An entry is sent by the tab that owns it; a tab that died (or was reloaded) leaves its entries to the first to ask.
 */
export class OutboxShelf {
  readonly #storage: OutboxStorage;
  readonly #locks: TabLocks;
  readonly #owner: string;
  #writes: Promise<void> = Promise.resolve();

  constructor(storage: OutboxStorage, locks: TabLocks, owner: string) {
    this.#storage = storage;
    this.#locks = locks;
    this.#owner = owner;
  }

  /** Calls `adopt` with what is ours already, then with each dead tab's entries as they become free. */
  async open(user_id: string, signal: AbortSignal, adopt: (entries: StoredEntry[]) => void): Promise<void> {
    this.#locks.hold(lockName(this.#owner), signal);
    const stored = await this.#load(user_id);
    if (signal.aborted) return;
    adopt(stored.filter((entry) => entry.owner === this.#owner));
    const others = new Set(stored.map((entry) => entry.owner).filter((owner) => owner !== this.#owner));
    for (const owner of others) {
      this.#locks.whenFree(lockName(owner), signal, async () => adopt(await this.#takeOver(user_id, owner)));
    }
  }

  put(entry: Omit<StoredEntry, "owner">): void {
    this.#write(() => this.#storage.put({ ...entry, owner: this.#owner }));
  }

  remove(id: string): void {
    this.#write(() => this.#storage.remove(id));
  }

  /** Read again under the lock: another tab may have been first. */
  async #takeOver(user_id: string, owner: string): Promise<StoredEntry[]> {
    const left = (await this.#load(user_id)).filter((entry) => entry.owner === owner);
    const ours = left.map((entry) => ({ ...entry, owner: this.#owner }));
    for (const entry of ours) await this.#storage.put(entry);
    return ours;
  }

  async #load(user_id: string): Promise<StoredEntry[]> {
    await this.#writes;
    return this.#storage.load(user_id).catch(() => []);
  }

  #write(write: () => Promise<void>): void {
    // A full disk or a private window costs the persistence of this entry, not the entry: memory still has it.
    this.#writes = this.#writes.then(write).catch(() => undefined);
  }
}

function lockName(owner: string): string {
  return `parlor-tab:${owner}`;
}
