import type { Mark, Receipt, ReceiptState } from "./protocol";
import type { Rest } from "./rest";
import type { ParlorState } from "./state";
import type { Store } from "./store";

/** How far somebody has come in a conversation, as far as he shows it. What is read has been delivered. */
export interface Progress {
  readonly delivered?: Mark;
  readonly read?: Mark;
}

/** Of each who shows it, by user id. */
export type Progresses = ReadonlyMap<string, Progress>;

/** In larger conversations nobody is told; who wants to know asks for a message. The server's word is final. */
const TOLD_MEMBERS = 32;

type Kind = "delivered" | "read";

/** Somebody has come farther. Marks only grow, so of two the greater holds. */
export function applyReceipt(state: ParlorState, kind: Kind, receipt: Receipt): ParlorState {
  const { conversation_id, user_id, seq, at } = receipt;
  if (user_id === state.me?.id || state.settings?.receipts === false) return state;
  const held = state.receipts.get(conversation_id);
  const progress = held?.get(user_id);
  if ((progress?.[kind]?.seq ?? 0) >= seq) return state;
  const progresses = new Map(held).set(user_id, { ...progress, [kind]: { seq, at } });
  return { ...state, receipts: new Map(state.receipts).set(conversation_id, progresses) };
}

/** Loads how far others have come where somebody looks; events go on from there. */
export class Receipts {
  readonly #rest: Rest;
  readonly #store: Store;
  readonly #watched = new Map<string, number>();
  /** What came while a conversation was loaded, by its id. */
  readonly #loading = new Map<string, [Kind, Receipt][]>();

  constructor(rest: Rest, store: Store) {
    this.#rest = rest;
    this.#store = store;
  }

  watch(id: string): () => void {
    this.#watched.set(id, (this.#watched.get(id) ?? 0) + 1);
    void this.#load(id);
    return () => {
      const left = (this.#watched.get(id) ?? 1) - 1;
      if (left > 0) this.#watched.set(id, left);
      else this.#watched.delete(id);
    };
  }

  received(kind: Kind, receipt: Receipt): void {
    this.#loading.get(receipt.conversation_id)?.push([kind, receipt]);
    this.#store.update((state) => applyReceipt(state, kind, receipt));
  }

  /** After a sync, and when we show receipts or no longer: events may have been missed. */
  refresh(): void {
    if (this.#store.getSnapshot().settings?.receipts === false) {
      this.#store.update((state) => (state.receipts.size > 0 ? { ...state, receipts: new Map() } : state));
      return;
    }
    for (const id of this.#watched.keys()) void this.#load(id);
  }

  async #load(id: string): Promise<void> {
    const { connection, conversations, settings } = this.#store.getSnapshot();
    const held = conversations.get(id)?.conversation;
    if (!held || connection.status !== "online" || settings?.receipts === false || this.#loading.has(id)) return;
    if (held.participants.length < 2 || held.participants.length > TOLD_MEMBERS) return;
    const meanwhile: [Kind, Receipt][] = [];
    this.#loading.set(id, meanwhile);
    try {
      const { items } = await this.#rest.receipts(id);
      this.#store.update((state) => {
        const loaded: ParlorState = { ...state, receipts: new Map(state.receipts).set(id, progressesOf(items)) };
        return meanwhile.reduce((before, [kind, receipt]) => applyReceipt(before, kind, receipt), loaded);
      });
    } catch {
      // Nothing is shown then; the next look or sync asks again.
    } finally {
      this.#loading.delete(id);
    }
  }
}

function progressesOf(states: readonly ReceiptState[]): Progresses {
  return new Map(states.map(({ user_id, ...progress }) => [user_id, progress]));
}
