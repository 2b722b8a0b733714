import { ParlorError } from "./errors";
import type { Message } from "./protocol";
import { changeTimeline } from "./reduce";
import type { Store } from "./store";
import { mergeMessages, replaceMessages, type Timeline } from "./timeline";
import type { Transport } from "./transport";

const PAGE = 50;

/** Loads the newest page of a conversation that is looked at, and older ones on demand. */
export class History {
  readonly #transport: Transport;
  readonly #store: Store;
  readonly #watched = new Map<string, number>();

  constructor(transport: Transport, store: Store) {
    this.#transport = transport;
    this.#store = store;
  }

  /** Somebody looks at the conversation until the returned function is called. */
  watch(id: string): () => void {
    this.#watched.set(id, (this.#watched.get(id) ?? 0) + 1);
    void this.load(id);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const left = (this.#watched.get(id) ?? 1) - 1;
      if (left > 0) this.#watched.set(id, left);
      else this.#watched.delete(id);
    };
  }

  /** After a sync: what is looked at and was reset, or never came, is loaded now. */
  refresh(): void {
    for (const id of this.#watched.keys()) void this.load(id);
  }

  async load(id: string): Promise<void> {
    const { connection, conversations } = this.#store.getSnapshot();
    const status = conversations.get(id)?.timeline.status;
    if (connection.status !== "online" || (status !== "unloaded" && status !== "failed")) return;
    this.#change(id, () => ({ status: "loading", messages: [], older: "more" }));
    try {
      const page = await this.#transport.request("message:list", { conversation_id: id, limit: PAGE });
      this.#change(id, (timeline) => ({
        ...withPage(timeline, page.items, page.next_cursor !== undefined),
        status: "ready",
      }));
    } catch (cause) {
      const error = ParlorError.from(cause);
      // Without a connection it is not a failure: `refresh` comes back to it.
      if (error.code === "disconnected") this.#change(id, (timeline) => ({ ...timeline, status: "unloaded" }));
      else this.#change(id, (timeline) => ({ ...timeline, status: "failed", error }));
    }
  }

  async loadOlder(id: string): Promise<void> {
    const timeline = this.#store.getSnapshot().conversations.get(id)?.timeline;
    const oldest = timeline?.messages[0];
    if (timeline?.status !== "ready" || !oldest || timeline.older === "loading" || timeline.older === "end") return;
    this.#change(id, (held) => ({ ...held, older: "loading" }));
    try {
      const page = await this.#transport.request("message:list", {
        conversation_id: id,
        before_seq: oldest.seq,
        limit: PAGE,
      });
      this.#change(id, (held) => withPage(held, page.items, page.next_cursor !== undefined));
    } catch {
      this.#change(id, (held) => ({ ...held, older: "failed" }));
    }
  }

  #change(id: string, step: (timeline: Timeline) => Timeline): void {
    this.#store.update((state) => changeTimeline(state, id, step));
  }
}

/** Pages come newest first. */
function withPage(timeline: Timeline, items: readonly Message[], more: boolean): Timeline {
  // A reset in between has emptied the timeline; a page of the old one would leave a hole.
  if (timeline.status === "unloaded") return timeline;
  const oldest_first = items.toReversed();
  const held = timeline.messages;
  const joins_front = (oldest_first.at(-1)?.seq ?? 0) < (held[0]?.seq ?? 0);
  const joined = joins_front ? [...oldest_first, ...held] : mergeMessages(held, oldest_first);
  const { changed = [], ...rest } = timeline;
  const messages = replaceMessages(joined, changed);
  const at_start = !more || messages[0]?.seq === 1;
  return { ...rest, messages, older: at_start ? "end" : "more" };
}
