const KEY = "parlor.drafts";

/** What was begun and not sent, per conversation. In the tab's own storage: two tabs may be two people. */
class Drafts {
  readonly #texts: Map<string, string>;

  constructor() {
    this.#texts = new Map(Object.entries(this.#load()));
  }

  get(conversation_id: string): string | undefined {
    return this.#texts.get(conversation_id);
  }

  set(conversation_id: string, text: string): void {
    if (text) this.#texts.set(conversation_id, text);
    else this.#texts.delete(conversation_id);
    this.#save();
  }

  /** At logout: drafts belong to a person, not to the tab. */
  clear(): void {
    this.#texts.clear();
    this.#save();
  }

  #load(): Record<string, string> {
    try {
      return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, string>;
    } catch {
      return {};
    }
  }

  #save(): void {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(this.#texts)));
    } catch {
      // Without storage drafts last until the next reload.
    }
  }
}

export const drafts = new Drafts();
