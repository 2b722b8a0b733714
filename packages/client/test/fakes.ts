import { ParlorClient } from "../src/client";
import type { Clock } from "../src/clock";
import { ParlorError } from "../src/errors";
import type { ParlorOptions } from "../src/options";
import { MemoryOutboxStorage } from "../src/outbox-storage";
import type {
  AnswerOf,
  ClientEventName,
  Conversation,
  Message,
  RequestOf,
  ServerEvent,
  SyncAnswer,
  UnreadChanged,
} from "../src/protocol";
import type { TabLocks } from "../src/tab-locks";
import type { Transport, TransportHandlers } from "../src/transport";

/** Time that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now = Date.parse("2026-11-21T09:00:00.000Z");
  #timers: { at: number; task: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delay_ms: number, task: () => void): () => void {
    const timer = { at: this.#now + delay_ms, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = due.at;
      due.task();
      await settle();
    }
    this.#now = until;
  }
}

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

interface Call<E extends ClientEventName> {
  request: RequestOf<E>;
  answer(value: AnswerOf<E>): Promise<void>;
  fail(error: ParlorError): Promise<void>;
}

interface Pending {
  event: ClientEventName;
  request: unknown;
  resolve(value: unknown): void;
  reject(error: ParlorError): void;
}

/** The network in the hands of the test: nothing arrives, and nothing is answered, by itself. */
export class FakeTransport implements Transport {
  handlers: TransportHandlers | undefined;
  renewed = 0;
  #pending: Pending[] = [];

  open(handlers: TransportHandlers): void {
    this.handlers = handlers;
  }

  close(): void {
    this.handlers = undefined;
    this.#failAll();
  }

  renew(): void {
    this.renewed += 1;
  }

  request<E extends ClientEventName>(event: E, request: RequestOf<E>): Promise<AnswerOf<E>> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ event, request, resolve: (value) => resolve(value as AnswerOf<E>), reject });
    });
  }

  waiting(event: ClientEventName): number {
    return this.#pending.filter((call) => call.event === event).length;
  }

  /** The oldest unanswered call of this event. */
  call<E extends ClientEventName>(event: E): Call<E> {
    const call = this.#pending.find((pending) => pending.event === event);
    if (!call)
      throw new Error(`no ${event} is waiting; there is ${this.#pending.map((p) => p.event).join(", ") || "nothing"}`);
    this.#pending = this.#pending.filter((pending) => pending !== call);
    return {
      request: call.request as RequestOf<E>,
      answer: (value) => {
        call.resolve(value);
        return settle();
      },
      fail: (error) => {
        call.reject(error);
        return settle();
      },
    };
  }

  async online(): Promise<void> {
    this.handlers?.opened("socket");
    await settle();
  }

  async lose(): Promise<void> {
    this.handlers?.lost();
    this.#failAll();
    await settle();
  }

  async deliver(event: ServerEvent): Promise<void> {
    this.handlers?.event(event);
    await settle();
  }

  #failAll(): void {
    for (const { reject } of this.#pending.splice(0)) reject(new ParlorError("disconnected", "gone"));
  }
}

/** Tabs' locks in one process: free by name when the holder's signal aborts. */
export class FakeLocks implements TabLocks {
  readonly #held = new Map<string, AbortSignal>();

  hold(name: string, signal: AbortSignal): void {
    this.#held.set(name, signal);
  }

  whenFree(name: string, signal: AbortSignal, task: () => Promise<void>): void {
    const holder = this.#held.get(name);
    if (!holder || holder.aborted) void task();
    else holder.addEventListener("abort", () => !signal.aborted && void task());
  }
}

export const ME = { id: "ada", name: "Ada" };
export const GRACE = { id: "grace", name: "Grace" };

let made = 0;
export const fakeId = () => `id-${String(++made).padStart(6, "0")}`;

/** `anonymous`: the client is not told who it is. */
export function setUp({ anonymous, ...options }: ParlorOptions & { anonymous?: true } = {}) {
  const transport = new FakeTransport();
  const user = anonymous ? {} : { user: ME };
  const clock = new FakeClock();
  const storage = options.storage ?? new MemoryOutboxStorage();
  const locks = new FakeLocks();
  const client = new ParlorClient({ ...user, transport, clock, storage, locks, makeId: fakeId, ...options });
  return { client, transport, clock, storage, locks };
}

/** Connected and synced, with one conversation "c" of Ada and Grace. */
export async function setUpOnline(conversation: Partial<Conversation> = {}, options: ParlorOptions = {}) {
  const parts = setUp(options);
  parts.client.connect();
  await parts.transport.online();
  await parts.transport.call("sync").answer(syncOf(1, [conversationOf(conversation)]));
  return parts;
}

export function conversationOf(given: Partial<Conversation> = {}): Conversation {
  return {
    id: "c",
    kind: "direct",
    settings: { who_may_add: "admins", history: "all", read_only: false, slow_mode_s: 0 },
    created_by: "ada",
    created_at: "2026-11-21T08:00:00.000Z",
    participants: [
      { user: ME, role: "owner" },
      { user: GRACE, role: "member" },
    ],
    head: { seq: 0, rev: 0 },
    last_activity_at: "2026-11-21T08:00:00.000Z",
    unread: 0,
    read_seq: 0,
    ...given,
  };
}

/** A message whose seq and rev are `n`. */
export function messageOf(n: number, given: Partial<Message> = {}): Message {
  return {
    id: `m${n}`,
    conversation_id: "c",
    seq: n,
    prev_rev: n - 1,
    rev: n,
    sender_id: "grace",
    kind: "text",
    body: `message ${n}`,
    created_at: new Date(Date.parse("2026-11-21T08:00:00.000Z") + n * 1000).toISOString(),
    ...given,
  };
}

export function messageNew(n: number, given: Partial<Message> = {}): ServerEvent {
  return { event: "message:new", data: messageOf(n, given) };
}

export function unreadChanged(given: Partial<UnreadChanged>): ServerEvent {
  const data = { conversation_id: "c", read_seq: 0, head_seq: 0, unread: 0, total: 0, head_rev: given.head_seq ?? 0 };
  return { event: "unread:changed", data: { ...data, prev_user_rev: 1, user_rev: 2, ...given } };
}

export function syncOf(user_rev: number, conversations: Conversation[] = []): SyncAnswer {
  return {
    epoch: "e1",
    user_rev,
    conversations: conversations.map((conversation) => {
      const { id, head, read_seq, unread, mentions, state } = conversation;
      const given = { ...(mentions !== undefined && { mentions }), ...(state && { state }) };
      return { id, head, read_seq, unread, conversation, ...given };
    }),
  };
}
