import { inspect } from "node:util";

/** How long an event may take before its absence is a failure. Nothing ever waits this long when all is well. */
export const PATIENCE_MS = Number(process.env.E2E_PATIENCE_MS ?? 15_000);

/** Rejects when `promise` takes too long; `describe` says what was missed. */
export function within(promise, describe, patience_ms = PATIENCE_MS) {
  const missed = new Error(`after ${patience_ms} ms: `);
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => {
      missed.message += typeof describe === "function" ? describe() : describe;
      reject(missed);
    }, patience_ms);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

/** What arrived at a socket, in order; one waits for what is to come. */
export class Inbox {
  /** `{event, data, args}` */
  items = [];
  #waiting = new Set();

  constructor(owner) {
    this.owner = owner;
  }

  push(event, ...args) {
    this.items.push({ event, data: args[0], args });
    for (const look of [...this.#waiting]) look();
  }

  /** The payloads of every event of this name. */
  all(event) {
    return this.items.filter((item) => item.event === event).map(({ data }) => data);
  }

  messages(conversation_id) {
    return this.all("message:new").filter((message) => message.conversation_id === conversation_id);
  }

  /** Waits until `find(this)` gives something true, and gives it. */
  until(find, what = find.toString(), patience_ms = PATIENCE_MS) {
    const arrival = new Promise((resolve) => {
      const look = () => {
        const found = find(this);
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
    return within(arrival, () => `${this.owner} misses ${what}; it has ${inspect(this.#short(), { depth: 2 })}`, patience_ms);
  }

  /** Waits for an event of this name whose payload fits. */
  next(event, fits = () => true, patience_ms = PATIENCE_MS) {
    return this.until((inbox) => inbox.all(event).find(fits), `${event} ${fits}`, patience_ms);
  }

  message(id) {
    return this.next("message:new", (message) => message.id === id);
  }

  #short() {
    return this.items.slice(-12).map(({ event, data }) => `${event} ${JSON.stringify(data)?.slice(0, 160)}`);
  }
}
