import { MemoryOutboxStorage, type OutboxStorage, type StoredEntry } from "./outbox-storage";

const STORE = "entries";
const BY_USER = "by_user";

export class IndexedDbOutboxStorage implements OutboxStorage {
  readonly #open: Promise<IDBDatabase>;

  constructor(name = "parlor-outbox", factory: IDBFactory = indexedDB) {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(STORE, { keyPath: "id" });
      store.createIndex(BY_USER, "user_id");
    };
    this.#open = settled(request);
    // Reported by the calls that need it.
    this.#open.catch(() => undefined);
  }

  async load(user_id: string): Promise<StoredEntry[]> {
    const db = await this.#open;
    return settled(db.transaction(STORE).objectStore(STORE).index(BY_USER).getAll(user_id));
  }

  async put(entry: StoredEntry): Promise<void> {
    const db = await this.#open;
    const transaction = db.transaction(STORE, "readwrite");
    transaction.objectStore(STORE).put(entry);
    await committed(transaction);
  }

  async remove(id: string): Promise<void> {
    const db = await this.#open;
    const transaction = db.transaction(STORE, "readwrite");
    transaction.objectStore(STORE).delete(id);
    await committed(transaction);
  }
}

/** IndexedDB where there is one, memory elsewhere. */
export function defaultOutboxStorage(): OutboxStorage {
  return typeof indexedDB === "undefined" ? new MemoryOutboxStorage() : new IndexedDbOutboxStorage();
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}
