import { checkBody } from "./body";
import { type Clock, systemClock } from "./clock";
import { type ConnectionInput, next } from "./connection";
import { Deliveries } from "./deliveries";
import { Emitter } from "./emitter";
import { ParlorError } from "./errors";
import { History } from "./history";
import { type MakeId, uuidv7Maker } from "./ids";
import { defaultOutboxStorage } from "./indexeddb-storage";
import { Mirror } from "./mirror";
import { type ParlorEvents, type ParlorOptions, tokenSource } from "./options";
import { Outbox } from "./outbox";
import { OutboxShelf } from "./outbox-shelf";
import type {
  Conversation,
  ConversationChange,
  CreateConversation,
  Mentions,
  Message,
  MessageVersion,
  OpenedRequest,
  Page,
  Profile,
  Quote,
  Role,
  SeenBy,
  ServerEvent,
  Settings,
  StateChange,
  User,
} from "./protocol";
import { ReadMarks } from "./read-marks";
import { Receipts } from "./receipts";
import { setOutgoing } from "./reduce";
import { Rest } from "./rest";
import { SocketIoTransport } from "./socket-io-transport";
import { emptyState, type ParlorState } from "./state";
import { Store } from "./store";
import { Synchronizer } from "./synchronizer";
import { defaultTabLocks } from "./tab-locks";
import type { Transport } from "./transport";

const ME_RETRY_MS = 3_000;

/** What a message has beside its text. */
export interface SendOptions {
  /** The message that it answers. */
  readonly reply_to?: Quote;
  /** Whom it names; `findMentions` finds them in the text. */
  readonly mentions?: Mentions;
}

/** One user's chat: connects, mirrors the server, sends. Framework-free; React's hooks are a thin layer over it. */
export class ParlorClient {
  readonly #store: Store;
  readonly #events = new Emitter<ParlorEvents>();
  readonly #clock: Clock;
  readonly #makeId: MakeId;
  readonly #random: () => number;
  readonly #transport: Transport;
  readonly #rest: Rest;
  readonly #mirror: Mirror;
  readonly #synchronizer: Synchronizer;
  readonly #outbox: Outbox;
  readonly #shelf: OutboxShelf;
  readonly #history: History;
  readonly #reads: ReadMarks;
  readonly #receipts: Receipts;
  readonly #deliveries: Deliveries;
  #session: AbortController | undefined;

  constructor(options: ParlorOptions = {}) {
    const { url, clock = systemClock } = options;
    const token = tokenSource(options.auth);
    const reach = { ...(url !== undefined && { url }), ...(token && { token }) };
    this.#clock = clock;
    this.#random = options.random ?? Math.random;
    this.#makeId = options.makeId ?? uuidv7Maker(clock);
    this.#store = new Store(emptyState(options.user));
    this.#transport = options.transport ?? new SocketIoTransport(reach);
    this.#rest = new Rest({ ...reach, ...(options.fetch && { fetch: options.fetch }) });
    this.#mirror = new Mirror(this.#store);
    this.#history = new History(this.#transport, this.#store);
    this.#reads = new ReadMarks(this.#transport, this.#store);
    this.#receipts = new Receipts(this.#rest, this.#store);
    this.#deliveries = new Deliveries(this.#transport, this.#store, clock);
    this.#synchronizer = new Synchronizer({
      transport: this.#transport,
      mirror: this.#mirror,
      clock,
      synced: () => this.#synced(),
    });
    this.#shelf = new OutboxShelf(
      options.storage ?? defaultOutboxStorage(),
      options.locks ?? defaultTabLocks(),
      this.#makeId(),
    );
    this.#outbox = new Outbox({
      clock,
      shelf: this.#shelf,
      send: async ({ conversation_id, id, body, reply_to, mentions }) => {
        const given = { ...(reply_to && { reply_to: reply_to.id }), ...(mentions && { mentions }) };
        return (await this.#transport.request("message:send", { conversation_id, id, body, ...given })).message;
      },
      changed: (id, entries) => this.#store.update((state) => setOutgoing(state, id, entries)),
      accepted: (message) => this.#received({ event: "message:new", data: message }),
    });
  }

  readonly getSnapshot = (): ParlorState => this.#store.getSnapshot();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  on<E extends keyof ParlorEvents>(event: E, listener: (value: ParlorEvents[E]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /** Starts, and stays connected until `disconnect`. Calling it again changes nothing. */
  connect(): void {
    if (this.#session) {
      const { status } = this.getSnapshot().connection;
      if (status !== "refused" && status !== "closed") return;
      this.#session.abort();
    }
    this.#session = new AbortController();
    this.#move({ type: "connect" });
    if (this.getSnapshot().me) this.#openShelf(this.#session.signal);
    this.#transport.open({
      opened: (socket_id) => this.#opened(socket_id),
      failed: () => this.#move({ type: "failed" }),
      lost: () => this.#gone({ type: "lost", at_ms: this.#clock.now() }),
      refused: (error) => this.#gone({ type: "refused", error }),
      ended: () => this.#gone({ type: "ended" }),
      event: (event) => this.#received(event),
    });
  }

  /** Leaves the network. What is held stays; `connect` goes on from there. */
  disconnect(): void {
    this.#session?.abort();
    this.#session = undefined;
    this.#transport.close();
    this.#gone({ type: "disconnect" });
  }

  /** Shows the message at once and brings it to the server whenever that is possible. Returns its id. */
  send(conversation_id: string, body: string, options: SendOptions = {}): string {
    checkBody(body);
    const { me } = this.getSnapshot();
    if (!me) throw new ParlorError("unauthenticated", "Nobody is logged in yet");
    const id = this.#makeId();
    const created_at = new Date(this.#clock.now()).toISOString();
    this.#outbox.add({ id, conversation_id, sender_id: me.id, body, created_at, status: "waiting", ...options });
    return id;
  }

  /** Tries a failed message once more, under the same id. */
  retry(id: string): void {
    this.#outbox.retry(id);
  }

  /** Gives a message up that has not been accepted. */
  discard(id: string): void {
    this.#outbox.discard(id);
  }

  /** Gives a message of one's own another text. Needs the server: what it refuses is thrown. */
  async edit(conversation_id: string, id: string, body: string): Promise<void> {
    checkBody(body);
    const { message } = await this.#transport.request("message:edit", { conversation_id, id, body });
    this.#received({ event: "message:updated", data: message });
  }

  /** Reacts to a message, or does no longer. */
  async react(conversation_id: string, id: string, emoji: string, on: boolean): Promise<void> {
    const { message } = await this.#transport.request("message:react", { conversation_id, id, emoji, on });
    if (this.#mirror.answered(message) === "gap") this.#synchronizer.gap(false);
  }

  /** Takes a message of one's own back, for everyone. */
  async unsend(conversation_id: string, id: string): Promise<void> {
    const { message } = await this.#transport.request("message:delete", { conversation_id, id, for: "everyone" });
    if (message) this.#received({ event: "message:deleted", data: message });
  }

  /** Deletes a message for oneself, on all of one's devices. Others do not notice. */
  async hide(conversation_id: string, id: string): Promise<void> {
    await this.#transport.request("message:delete", { conversation_id, id, for: "me" });
  }

  /** What a message said before, newest first. */
  versions(conversation_id: string, id: string, cursor?: string): Promise<Page<MessageVersion>> {
    return this.#transport.request("message:versions", { conversation_id, id, ...(cursor && { cursor }) });
  }

  /** Keeps a conversation's newest messages loaded until the returned function is called. */
  watch(conversation_id: string): () => void {
    return this.#history.watch(conversation_id);
  }

  /** Loads the newest messages again after a failure. */
  reload(conversation_id: string): Promise<void> {
    return this.#history.load(conversation_id);
  }

  loadOlder(conversation_id: string): Promise<void> {
    return this.#history.loadOlder(conversation_id);
  }

  /** Everything up to `seq` (by default: all there is) has been read. */
  markRead(conversation_id: string, seq?: number): void {
    this.#reads.read(conversation_id, seq);
  }

  /** Keeps it known how far others have come in a small conversation, until the returned function is called. */
  watchReceipts(conversation_id: string): () => void {
    return this.#receipts.watch(conversation_id);
  }

  /** Whom a message has reached, of those who show it, if we do. */
  seenBy(conversation_id: string, id: string, cursor?: string): Promise<Page<SeenBy>> {
    return this.#rest.seenBy(conversation_id, id, cursor);
  }

  /** Archives, mutes, pins a conversation or marks it as unread, for us alone. */
  async setState(conversation_id: string, change: StateChange): Promise<void> {
    await this.#transport.request("state:set", { conversation_id, ...change });
  }

  /** Deletes a conversation for us alone: it is empty then, and comes back with the next message. */
  async deleteConversation(id: string): Promise<void> {
    await this.#transport.request("conversation:delete", { id });
  }

  async createConversation(request: CreateConversation): Promise<Conversation> {
    const { conversation } = await this.#transport.request("conversation:create", request);
    this.#mirror.conversation(conversation);
    return conversation;
  }

  /** A request to us, with what was said. Who said it is not told that we look. */
  openRequest(conversation_id: string, options?: { signal?: AbortSignal }): Promise<OpenedRequest> {
    return this.#rest.openRequest(conversation_id, options);
  }

  /** Takes a request: the two are in conversation then. */
  async acceptRequest(conversation_id: string): Promise<Conversation> {
    const { conversation } = await this.#transport.request("request:accept", { conversation_id });
    this.#mirror.conversation(conversation);
    return conversation;
  }

  /** Refuses a request. Who made it is not told. */
  async declineRequest(conversation_id: string): Promise<void> {
    await this.#transport.request("request:decline", { conversation_id });
  }

  /** Nothing more of this person. He is not told; in groups his messages stay. */
  async block(user_id: string): Promise<User> {
    return (await this.#transport.request("user:block", { user_id })).user;
  }

  async unblock(user_id: string): Promise<User> {
    return (await this.#transport.request("user:unblock", { user_id })).user;
  }

  /** Somebody, and what is between him and us. */
  profile(user_id: string, options?: { signal?: AbortSignal }): Promise<Profile> {
    return this.#rest.profile(user_id, options);
  }

  follow(user_id: string): Promise<Profile> {
    return this.#rest.follow(user_id, true);
  }

  unfollow(user_id: string): Promise<Profile> {
    return this.#rest.follow(user_id, false);
  }

  /** What is absent stays as it is. All of our devices are told. */
  changeSettings(settings: Partial<Settings>): Promise<Settings> {
    return this.#rest.changeSettings(settings);
  }

  /** Whom we block, with names to show. */
  listBlocked(options?: { cursor?: string; signal?: AbortSignal }): Promise<Page<User>> {
    return this.#rest.blocked(options);
  }

  /** Changes a group's name, description, picture or settings. */
  async updateConversation(id: string, change: ConversationChange): Promise<void> {
    const { conversation } = await this.#transport.request("conversation:update", { id, ...change });
    this.#mirror.conversation(conversation);
  }

  /** Adds people to a group. */
  async addParticipants(conversation_id: string, user_ids: readonly string[]): Promise<void> {
    const request = { conversation_id, user_ids: [...user_ids] };
    const { conversation } = await this.#transport.request("participant:add", request);
    this.#mirror.conversation(conversation);
  }

  /** Takes somebody out of a group. */
  async removeParticipant(conversation_id: string, user_id: string): Promise<void> {
    await this.#transport.request("participant:remove", { conversation_id, user_id });
  }

  /** Leaves a group. It is gone here when the server says so. */
  async leave(conversation_id: string): Promise<void> {
    const { me } = this.getSnapshot();
    if (!me) throw new ParlorError("unauthenticated", "Nobody is logged in yet");
    await this.removeParticipant(conversation_id, me.id);
  }

  /** Gives somebody another role; `owner` gives the group away. */
  async setRole(conversation_id: string, user_id: string, role: Role): Promise<void> {
    const { conversation } = await this.#transport.request("participant:update", { conversation_id, user_id, role });
    this.#mirror.conversation(conversation);
  }

  async searchUsers(query: string, options?: { limit?: number; signal?: AbortSignal }): Promise<readonly User[]> {
    return (await this.#rest.searchUsers(query, options)).items;
  }

  #opened(socket_id: string): void {
    this.#move({ type: "opened", socket_id });
    if (this.getSnapshot().me) this.#start();
    else void this.#askWhoWeAre();
  }

  /** Order matters: unread needs to know who we are, the outbox whose messages it may carry. */
  #start(): void {
    this.#synchronizer.online();
    this.#outbox.online();
  }

  async #askWhoWeAre(): Promise<void> {
    const signal = this.#session?.signal;
    if (!signal || signal.aborted) return;
    try {
      const me = await this.#rest.me();
      if (signal.aborted) return;
      this.#store.update((state) => ({ ...state, me }));
      this.#openShelf(signal);
      if (this.getSnapshot().connection.status === "online") this.#start();
    } catch {
      if (signal.aborted) return;
      this.#clock.after(ME_RETRY_MS, () => {
        const { connection, me } = this.getSnapshot();
        if (connection.status === "online" && !me) void this.#askWhoWeAre();
      });
    }
  }

  #openShelf(signal: AbortSignal): void {
    const { me } = this.getSnapshot();
    if (me) void this.#shelf.open(me.id, signal, (entries) => this.#outbox.adopt(entries));
  }

  #gone(input: ConnectionInput): void {
    this.#outbox.offline();
    this.#synchronizer.offline();
    this.#move(input);
  }

  #synced(): void {
    this.#history.refresh();
    this.#reads.flush();
    this.#receipts.refresh();
    this.#deliveries.synced();
  }

  #received(event: ServerEvent): void {
    if (event.event === "server:draining") {
      this.#renewWithin(event.data.reconnect_in_ms);
      return;
    }
    if (event.event === "receipt:delivered" || event.event === "receipt:read") {
      this.#receipts.received(event.event === "receipt:read" ? "read" : "delivered", event.data);
      return;
    }
    const known = event.event === "message:new" && this.#isKnown(event.data);
    const fit = this.#mirror.receive(event);
    if (fit !== "fits") this.#synchronizer.gap(fit === "lost" || isSurelyMissing(event, this.getSnapshot()));
    if (event.event === "settings:changed") this.#receipts.refresh();
    if (event.event !== "message:new") return;
    this.#deliveries.arrived(event.data);
    this.#outbox.confirm(event.data);
    if (!known) this.#events.emit("message", event.data);
  }

  /** The server drains: leave at a moment of our own, so that not all come back at once, unless it ends before. */
  #renewWithin(limit_ms: number): void {
    const { connection } = this.getSnapshot();
    this.#clock.after(this.#random() * limit_ms, () => {
      if (this.getSnapshot().connection === connection) this.#transport.renew();
    });
  }

  #isKnown({ conversation_id, seq }: Message): boolean {
    const held = this.getSnapshot().conversations.get(conversation_id);
    return held !== undefined && seq <= held.conversation.head.seq;
  }

  #move(input: ConnectionInput): void {
    const before = this.getSnapshot().connection;
    const connection = next(before, input);
    if (connection === before) return;
    this.#store.update((state) => ({ ...state, connection }));
    this.#events.emit("connection", connection);
  }
}

/** Not a mere overtaking: the server asks for a sync, or speaks of what we should have had for long, or do not have. */
function isSurelyMissing(event: ServerEvent, state: ParlorState): boolean {
  if (event.event === "sync:needed" || event.event === "heads:digest") return true;
  return isOfConversation(event) && !state.conversations.has(event.data.conversation_id);
}

function isOfConversation(
  event: ServerEvent,
): event is Extract<ServerEvent, { data: { conversation_id: string; rev: number } }> {
  return "conversation_id" in event.data && "rev" in event.data;
}
