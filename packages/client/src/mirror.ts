import { live, replayed, type Step } from "./changes";
import { ownState, PLAIN } from "./own-state";
import type {
  Conversation,
  Message,
  MessageRequest,
  OwnState,
  ReactionChanged,
  ServerEvent,
  StreamHead,
  SyncAnswer,
  SyncedConversation,
  SyncRequest,
} from "./protocol";
import {
  applyHidden,
  applyMessage,
  applyUpdate,
  batch,
  changeTimeline,
  changeUnread,
  heldMessage,
  putConversation,
  removeConversation,
  setBlocked,
  setOwnState,
  withoutConversations,
} from "./reduce";
import { applyRequest, type RequestChange } from "./requests";
import { RevCursor } from "./rev-cursor";
import type { ParlorState } from "./state";
import type { Store } from "./store";
import { UNLOADED } from "./timeline";
import { countOf, mayBeMention, recount } from "./unread";

/** Whether what arrived fits onto what is held, or a `sync` has to fill a gap: perhaps, or (`lost`) in any case. */
export type Fit = "fits" | "gap" | "lost";

/**
 * Keeps our copy of the server's state: applies changes in whatever order they come, and knows when one is missing.
 * Invariant: the copy plus the changes after its revisions is the server's state (guarantee G6).
 */
export class Mirror {
  readonly #store: Store;
  #user = new RevCursor();
  /** Changes of whom we block, of this connection, in order. */
  #blocks: { user_id: string; blocked: boolean; user_rev: number }[] = [];
  /** Changes of who asks to write to us, of this connection, in order. */
  #requests: RequestChange[] = [];
  /** The number of the last event about our settings. */
  #settings_rev = 0;
  /** By conversation: the number of the last event about what it is for us alone. */
  readonly #own_revs = new Map<string, number>();
  /** Which history of the server's all revisions are of. */
  #epoch: string | undefined;
  readonly #conversations = new Map<string, RevCursor<Step>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Where we stand, as `sync` wants to know it. */
  position(): SyncRequest {
    const user_rev = this.#user.rev;
    if (user_rev === undefined) return {};
    const heads: Record<string, number> = {};
    for (const [id, cursor] of this.#conversations) if (cursor.rev !== undefined) heads[id] = cursor.rev;
    return { ...(this.#epoch !== undefined && { epoch: this.#epoch }), user_rev, heads };
  }

  get hasGap(): boolean {
    return this.#user.hasGap || [...this.#conversations.values()].some((cursor) => cursor.hasGap);
  }

  receive(change: ServerEvent): Fit {
    switch (change.event) {
      case "message:new":
        return this.message(change.data);
      case "message:updated":
      case "conversation:updated":
      case "participant:joined":
      case "participant:left":
      case "participant:updated":
        return this.#follow(change.data, live(change));
      case "message:deleted":
        return this.#deletion(change.data);
      case "reaction:changed":
        return this.#canTell(change.data) ? this.#follow(change.data, live(change)) : "gap";
      case "conversation:new": {
        const { prev_user_rev, user_rev, ...conversation } = change.data;
        const seen = this.#user.observe(prev_user_rev, user_rev);
        if (seen !== "repeated") {
          this.conversation(conversation);
          this.#own(conversation.id, user_rev, conversation.state);
        }
        return seen === "gap" ? "gap" : "fits";
      }
      case "conversation:removed": {
        const { conversation_id, prev_user_rev, user_rev } = change.data;
        const seen = this.#user.observe(prev_user_rev, user_rev);
        if (seen !== "repeated") this.#store.update((state) => this.#drop(state, conversation_id));
        return seen === "gap" ? "gap" : "fits";
      }
      case "unread:changed": {
        const { conversation_id, read_seq, head_seq, head_rev, prev_user_rev, user_rev } = change.data;
        const { unread, mentions = 0 } = change.data;
        const count = { read_seq, head_seq, head_rev, counted: unread, mentions };
        const seen = this.#user.observe(prev_user_rev, user_rev);
        if (seen !== "repeated") {
          this.#store.update((s) => changeUnread(s, conversation_id, (u) => recount(u, count)));
          this.#marked(conversation_id, change.data.marked_unread ?? false, user_rev);
        }
        return seen === "gap" ? "gap" : "fits";
      }
      case "message:hidden": {
        const { conversation_id: id, seq, last_message, unread, prev_user_rev, user_rev } = change.data;
        const { read_seq, head_seq, head_rev, mentions = 0 } = change.data;
        const count = { read_seq, head_seq, head_rev, counted: unread, mentions };
        const seen = this.#user.observe(prev_user_rev, user_rev);
        if (seen !== "repeated") {
          this.#store.update((s) =>
            changeUnread(applyHidden(s, id, [seq], last_message), id, (unread) => recount(unread, count)),
          );
        }
        return seen === "gap" ? "gap" : "fits";
      }
      case "state:changed": {
        const { conversation_id, state, prev_user_rev, user_rev } = change.data;
        const seen = this.#user.observe(prev_user_rev, user_rev);
        if (seen !== "repeated") this.#own(conversation_id, user_rev, state);
        return seen === "gap" ? "gap" : "fits";
      }
      case "block:changed": {
        const { user_id, blocked, prev_user_rev, user_rev } = change.data;
        const seen = this.#user.observe(prev_user_rev, user_rev);
        if (seen !== "repeated") {
          this.#blocks.push({ user_id, blocked, user_rev });
          this.#store.update((state) => setBlocked(state, user_id, blocked));
        }
        return seen === "gap" ? "gap" : "fits";
      }
      case "request:new": {
        const { prev_user_rev, user_rev, ...request } = change.data;
        return this.#asked(prev_user_rev, { user_rev, request });
      }
      case "request:updated": {
        const { prev_user_rev, user_rev, conversation_id } = change.data;
        return this.#asked(prev_user_rev, { user_rev, answered: conversation_id });
      }
      case "settings:changed": {
        const { prev_user_rev, user_rev, ...settings } = change.data;
        const seen = this.#user.observe(prev_user_rev, user_rev);
        if (seen !== "repeated" && user_rev > this.#settings_rev) {
          this.#settings_rev = user_rev;
          this.#store.update((state) => ({ ...state, settings }));
        }
        return seen === "gap" ? "gap" : "fits";
      }
      case "heads:digest":
        return change.data.some((head) => this.#isBehind(head)) ? "gap" : "fits";
      case "receipt:delivered":
      case "receipt:read":
      case "server:draining":
        return "fits";
      case "sync:needed":
        return "gap";
    }
  }

  #asked(prev_user_rev: number, change: RequestChange): Fit {
    const seen = this.#user.observe(prev_user_rev, change.user_rev);
    if (seen !== "repeated") {
      this.#requests.push(change);
      this.#store.update((state) => applyRequest(state, change));
    }
    return seen === "gap" ? "gap" : "fits";
  }

  /** From an event or from the ack of our own send: whichever comes first. */
  message(message: Message): Fit {
    return this.#followAtOnce(message, (state) => applyMessage(state, message));
  }

  /** What is said or unsent shows whatever is missing: no earlier change makes another thing of it. */
  #followAtOnce(change: Followed, step: Step): Fit {
    const fit = this.#follow(change, step);
    if (fit === "gap") this.#store.update(step);
    return fit;
  }

  /** What is unsent does not say any more whether it mentioned us. If we have not read it, a sync counts. */
  #deletion(message: Message): Fit {
    const state = this.#store.getSnapshot();
    const held = state.conversations.get(message.conversation_id);
    const step = live({ event: "message:deleted", data: message });
    if (!held || heldMessage(state, message) || !mayBeMention(held.unread_parts, message.seq)) {
      return this.#followAtOnce(message, step);
    }
    this.#store.update(step);
    return "lost";
  }

  /** Somebody reacted. What we cannot tell by ourselves, a sync will. */
  #canTell(change: ReactionChanged): boolean {
    const timeline = this.#store.getSnapshot().conversations.get(change.conversation_id)?.timeline;
    const loading = timeline?.status === "loading" || timeline?.older === "loading";
    return change.user_id !== undefined && !loading;
  }

  /** Does what the change says when its turn has come: what it is about may be among what is still missing. */
  #follow(change: Followed, step: Step): Fit {
    const cursor = this.#conversations.get(change.conversation_id);
    if (!cursor) return "gap";
    const seen = cursor.observe(change.prev_rev, change.rev, step);
    const due = cursor.takeDue();
    if (due.length > 0) this.#store.update((state) => inOrder(state, due));
    return seen === "gap" ? "gap" : "fits";
  }

  /** The answer to a change of our own, which knows what is ours. */
  answered(message: Message): Fit {
    return this.#follow(message, (state) => applyUpdate(state, message));
  }

  /** What a conversation is for us alone, as of this number of our own stream. */
  #own(id: string, user_rev: number, own: OwnState = PLAIN): void {
    this.#own_revs.set(id, user_rev);
    this.#store.update((state) => setOwnState(state, id, own));
  }

  #marked(id: string, marked_unread: boolean, user_rev: number): void {
    const held = this.#store.getSnapshot().conversations.get(id);
    if (!held) return;
    const { marked_unread: was = false, ...rest } = ownState(held.conversation);
    if (was !== marked_unread) this.#own(id, user_rev, { ...rest, ...(marked_unread && { marked_unread }) });
    else this.#own_revs.set(id, user_rev);
  }

  /** From an event or an answer. What we hold already is described anew, but not taken as followed up to its head. */
  conversation(conversation: Conversation): void {
    this.#store.update((state) => this.#describe(state, conversation));
  }

  /** What was followed farther than the description goes is not described by it: only the count is taken. */
  #describe(state: ParlorState, conversation: Conversation): ParlorState {
    const { id, head } = conversation;
    const cursor = this.#conversations.get(id);
    if (!cursor) this.#conversations.set(id, new RevCursor(head.rev));
    if ((cursor?.rev ?? 0) <= head.rev) return putConversation(state, conversation);
    return changeUnread(state, id, (unread) => recount(unread, countOf(conversation)));
  }

  /** One page of a sync. All of it becomes visible at once. */
  absorb(answer: SyncAnswer): void {
    const { settings } = answer;
    // An event may have overtaken the answer.
    if (settings && answer.user_rev >= this.#settings_rev) this.#store.update((state) => ({ ...state, settings }));
    if (answer.blocked) this.#absorbBlocked(answer.blocked, answer.user_rev);
    if (answer.requests) this.#absorbRequests(answer.requests, answer.user_rev);
    const { conversations, removed = [] } = answer;
    if (conversations.length === 0 && removed.length === 0) return;
    this.#store.update((state) => {
      const left = removed.reduce((s, id) => this.#drop(s, id), state);
      const { user_rev } = answer;
      return batch(left, (draft) => conversations.reduce((s, synced) => this.#absorbOne(s, synced, user_rev), draft));
    });
  }

  /** An event may have overtaken the answer: what it said stands. */
  #absorbBlocked(blocked: readonly string[], user_rev: number): void {
    this.#blocks = this.#blocks.filter((change) => change.user_rev > user_rev);
    this.#store.update((state) => {
      const told: ParlorState = { ...state, blocked: new Set(blocked) };
      return this.#blocks.reduce((s, change) => setBlocked(s, change.user_id, change.blocked), told);
    });
  }

  /** As for blocks. */
  #absorbRequests(requests: readonly MessageRequest[], user_rev: number): void {
    this.#requests = this.#requests.filter((change) => change.user_rev > user_rev);
    this.#store.update((state) => this.#requests.reduce(applyRequest, { ...state, requests }));
  }

  /** The last page is in: from here on the user's stream is followed from `user_rev`. */
  finish({ user_rev, epoch }: SyncAnswer): void {
    this.#epoch = epoch;
    this.#user.advanceTo(user_rev);
    this.#store.update((state) => (state.synced ? state : { ...state, synced: true }));
  }

  /** The server's history is not the one that we followed: nothing that we hold counts. */
  forget(): void {
    this.#epoch = undefined;
    this.#user = new RevCursor();
    this.#blocks = [];
    this.#requests = [];
    this.#settings_rev = 0;
    this.#own_revs.clear();
    this.#conversations.clear();
    this.#store.update(withoutConversations);
  }

  /** We are not in it any more: nothing of it is held. */
  #drop(state: ParlorState, id: string): ParlorState {
    this.#conversations.delete(id);
    this.#own_revs.delete(id);
    return removeConversation(state, id);
  }

  /** A head was told after the change that it is of: if we do not have that, it is lost. */
  #isBehind(head: StreamHead): boolean {
    const [cursor, number] =
      "user_rev" in head ? [this.#user, head.user_rev] : [this.#conversations.get(head.conversation_id), head.rev];
    return cursor?.rev === undefined || cursor.rev < number;
  }

  /** What overtook the answer comes after all that the answer says. */
  #absorbOne(before: ParlorState, synced: SyncedConversation, user_rev: number): ParlorState {
    const { id, head, conversation, changes = [], hidden = [] } = synced;
    const cursor = this.#conversations.get(id);
    const stale = synced.reset || (changes.length === 0 && (cursor?.rev ?? head.rev) < head.rev);
    let state = conversation ? this.#describe(before, conversation) : before;
    state = applyHidden(state, id, hidden, conversation?.last_message);
    if (cursor && stale) {
      state = changeTimeline(state, id, () => UNLOADED);
      cursor.advanceTo(head.rev);
    }
    for (const change of changes) {
      if (isRevision(change.data)) cursor?.observe(change.data.prev_rev, change.data.rev, replayed(change));
    }
    state = changeUnread(state, id, (unread) => recount(unread, countOf(synced)));
    // Before what happened since: what is deleted for us does not come back. An event may have overtaken the answer.
    if ((this.#own_revs.get(id) ?? 0) <= user_rev) state = setOwnState(state, id, synced.state ?? PLAIN);
    return inOrder(state, cursor?.takeDue() ?? []);
  }
}

interface Followed {
  readonly conversation_id: string;
  readonly prev_rev: number;
  readonly rev: number;
}

function inOrder(state: ParlorState, steps: readonly Step[]): ParlorState {
  return steps.reduce((before, step) => step(before), state);
}

/** Changes that this version does not know still count as followed. */
function isRevision(data: unknown): data is { prev_rev: number; rev: number } {
  if (typeof data !== "object" || data === null || !("prev_rev" in data) || !("rev" in data)) return false;
  return typeof data.prev_rev === "number" && typeof data.rev === "number";
}
