import { ParlorError } from "./errors";
import { ownState } from "./own-state";
import { changeUnread } from "./reduce";
import type { Store } from "./store";
import type { Transport } from "./transport";
import { forgetReading, readLocally, recount } from "./unread";

/** Says what was read: at once here, to the server when it can be reached, at most one call at a time per conversation. */
export class ReadMarks {
  readonly #transport: Transport;
  readonly #store: Store;
  readonly #busy = new Set<string>();

  constructor(transport: Transport, store: Store) {
    this.#transport = transport;
    this.#store = store;
  }

  read(id: string, seq?: number): void {
    const held = this.#store.getSnapshot().conversations.get(id);
    if (!held) return;
    const target = seq ?? held.conversation.head.seq;
    if (target <= held.read_seq) {
      if (ownState(held.conversation).marked_unread) void this.#unmark(id, held.read_seq);
      return;
    }
    this.#store.update((state) => changeUnread(state, id, (unread) => readLocally(unread, target)));
    void this.#tell(id);
  }

  /** All is read, but it was marked as unread: reading takes that away. */
  async #unmark(id: string, seq: number): Promise<void> {
    if (this.#store.getSnapshot().connection.status !== "online" || this.#busy.has(id)) return;
    this.#busy.add(id);
    await this.#transport.request("conversation:read", { id, seq }).catch(() => undefined);
    this.#busy.delete(id);
  }

  /** After a sync: marks that were made while away. */
  flush(): void {
    for (const [id, { unread_parts }] of this.#store.getSnapshot().conversations) {
      if (unread_parts.reading_seq !== undefined) void this.#tell(id);
    }
  }

  async #tell(id: string): Promise<void> {
    const { connection, conversations } = this.#store.getSnapshot();
    const seq = conversations.get(id)?.unread_parts.reading_seq;
    if (seq === undefined || connection.status !== "online" || this.#busy.has(id)) return;
    this.#busy.add(id);
    let told = true;
    try {
      const { read_seq, unread, mentions = 0 } = await this.#transport.request("conversation:read", { id, seq });
      // The answer does not say how far `unread` was counted; the event that follows does.
      this.#store.update((state) =>
        changeUnread(state, id, (u) => {
          const all_read = read_seq >= u.head_seq;
          return recount(u, { ...u, read_seq, counted: all_read ? 0 : unread, mentions: all_read ? 0 : mentions });
        }),
      );
    } catch (cause) {
      told = false;
      if (!ParlorError.from(cause).retryable) this.#store.update((state) => changeUnread(state, id, forgetReading));
    } finally {
      this.#busy.delete(id);
    }
    // It may have been read further meanwhile.
    if (told) void this.#tell(id);
  }
}
