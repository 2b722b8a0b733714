import { ParlorError, parseErrorBody } from "./errors";
import type { OpenedRequest, Page, Profile, ReceiptState, SeenBy, Settings, User } from "./protocol";
import type { TokenSource } from "./transport";

export interface RestOptions {
  url?: string;
  token?: TokenSource;
  fetch?: typeof fetch;
}

/** The few REST calls that have no event of their own. Failures are `ParlorError`s, as everywhere. */
export class Rest {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  async me(): Promise<User> {
    const { user } = await this.#get<{ user: User }>("/me");
    return user;
  }

  /** People whose id or name starts with the query. */
  searchUsers(query: string, options: { limit?: number; signal?: AbortSignal } = {}): Promise<Page<User>> {
    const parameters = new URLSearchParams({ query, limit: String(options.limit ?? 20) });
    return this.#get(`/users?${parameters}`, options.signal);
  }

  /** Somebody, and what is between him and us. */
  profile(user_id: string, options: { signal?: AbortSignal } = {}): Promise<Profile> {
    return this.#get(`/users/${encodeURIComponent(user_id)}`, options.signal);
  }

  follow(user_id: string, following: boolean): Promise<Profile> {
    return this.#change(following ? "PUT" : "DELETE", `/users/${encodeURIComponent(user_id)}/follow`);
  }

  changeSettings(settings: Partial<Settings>): Promise<Settings> {
    return this.#change("PATCH", "/me/settings", settings);
  }

  /** Whom we block. */
  blocked(options: { cursor?: string; signal?: AbortSignal } = {}): Promise<Page<User>> {
    const parameters = new URLSearchParams({ limit: "100", ...(options.cursor && { cursor: options.cursor }) });
    return this.#get(`/me/blocks?${parameters}`, options.signal);
  }

  /** A request to us, with what was said. */
  openRequest(conversation_id: string, options: { signal?: AbortSignal } = {}): Promise<OpenedRequest> {
    return this.#get(`/requests/${conversation_id}`, options.signal);
  }

  /** How far the others have come in a small conversation. */
  receipts(conversation_id: string): Promise<Page<ReceiptState>> {
    return this.#get(`/conversations/${conversation_id}/receipts?limit=200`);
  }

  /** Whom a message has reached. */
  seenBy(conversation_id: string, id: string, cursor?: string): Promise<Page<SeenBy>> {
    const parameters = new URLSearchParams({ limit: "100", ...(cursor && { cursor }) });
    return this.#get(`/conversations/${conversation_id}/messages/${id}/receipts?${parameters}`);
  }

  #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#ask(path, signal && { signal });
  }

  #change<T>(method: "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
    if (body === undefined) return this.#ask(path, { method });
    return this.#ask(path, { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  }

  async #ask<T>(path: string, request: RequestInit = {}): Promise<T> {
    const answer = await this.#fetch(path, false, request);
    return answer.status === 401 ? read(await this.#fetch(path, true, request)) : read(answer);
  }

  async #fetch(path: string, fresh: boolean, request: RequestInit): Promise<Response> {
    const { url = "", token, fetch = globalThis.fetch } = this.#options;
    const headers: Record<string, string> = { accept: "application/json", ...(request.headers as object) };
    try {
      if (token) headers.authorization = `Bearer ${await token(fresh)}`;
      return await fetch(`${url}/api/v1${path}`, { ...request, headers, credentials: "same-origin" });
    } catch (cause) {
      if (request.signal?.aborted) throw cause;
      throw new ParlorError("disconnected", "The server cannot be reached");
    }
  }
}

async function read<T>(answer: Response): Promise<T> {
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw ParlorError.fromBody(parseErrorBody(body, `The server answered ${answer.status}`));
  return body as T;
}
