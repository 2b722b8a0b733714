import type { Clock } from "./clock";
import type { Message } from "./protocol";
import type { Store } from "./store";
import type { Transport } from "./transport";

/** What is read within this is not said to be delivered first. */
const DELAY_MS = 1_000;
/** How many conversations are looked at after a sync, the latest first. */
const CONVERSATIONS = 50;

/** Says what has reached this device in direct conversations, unless it was read at once. One call at a time. */
export class Deliveries {
  readonly #transport: Transport;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #told = new Map<string, number>();
  readonly #waiting = new Set<string>();
  #busy = false;

  constructor(transport: Transport, store: Store, clock: Clock) {
    this.#transport = transport;
    this.#store = store;
    this.#clock = clock;
  }

  arrived(message: Message): void {
    if (message.sender_id !== this.#store.getSnapshot().me?.id) this.#tell([message.conversation_id]);
  }

  /** What came while we were away. */
  synced(): void {
    const { list } = this.#store.getSnapshot();
    this.#tell(list.slice(0, CONVERSATIONS).map(({ conversation }) => conversation.id));
  }

  #tell(ids: readonly string[]): void {
    const due = ids.filter((id) => this.#seqOf(id) !== undefined);
    if (due.length === 0) return;
    const scheduled = this.#waiting.size > 0;
    for (const id of due) this.#waiting.add(id);
    if (!scheduled) this.#clock.after(DELAY_MS, () => void this.#run());
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (const id of this.#waiting) {
      this.#waiting.delete(id);
      const seq = this.#seqOf(id);
      if (seq === undefined) continue;
      try {
        await this.#transport.request("conversation:delivered", { id, seq });
        this.#told.set(id, seq);
      } catch {
        // The next message or sync says it again.
      }
    }
    this.#busy = false;
  }

  /** What is to be told of a conversation, if anything is. */
  #seqOf(id: string): number | undefined {
    const { connection, conversations, settings } = this.#store.getSnapshot();
    const held = conversations.get(id);
    if (held?.conversation.kind !== "direct" || held.unread === 0) return undefined;
    if (connection.status !== "online" || settings?.receipts === false) return undefined;
    const { seq } = held.conversation.head;
    return seq > Math.max(held.read_seq, this.#told.get(id) ?? 0) ? seq : undefined;
  }
}
