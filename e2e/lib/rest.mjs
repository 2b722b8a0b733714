import assert from "node:assert/strict";

/** REST with a credential. Every method gives `{status, body, headers}`. */
export class Rest {
  constructor(url, token, headers = {}) {
    this.url = url;
    this.headers = { ...(token && { authorization: `Bearer ${token}` }), ...headers };
  }

  async ask(method, path, body, headers = {}) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(new URL(path, this.url), {
      method,
      headers: { ...this.headers, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: text }),
    });
    const type = answer.headers.get("content-type") ?? "";
    return {
      status: answer.status,
      headers: answer.headers,
      body: type.includes("json") ? await answer.json() : await answer.text(),
    };
  }

  get(path) {
    return this.ask("GET", `/api/v1${path}`);
  }

  post(path, body) {
    return this.ask("POST", `/api/v1${path}`, body);
  }

  patch(path, body) {
    return this.ask("PATCH", `/api/v1${path}`, body);
  }

  put(path, body) {
    return this.ask("PUT", `/api/v1${path}`, body);
  }

  /** The whole history of a conversation, oldest first, page by page. */
  async history(conversation_id) {
    const pages = [];
    let cursor = "";
    do {
      const { status, body } = await this.get(`/conversations/${conversation_id}/messages?limit=200${cursor}`);
      assert.equal(status, 200, JSON.stringify(body));
      pages.push(...body.items);
      cursor = body.next_cursor ? `&cursor=${encodeURIComponent(body.next_cursor)}` : "";
    } while (cursor);
    return pages.reverse();
  }

  /** The direct conversation with somebody; made if need be. */
  async direct(user_id) {
    const { status, body } = await this.post("/conversations", { kind: "direct", user_id });
    assert.ok(status === 200 || status === 201, JSON.stringify(body));
    return body;
  }

  async group(name, user_ids) {
    const { status, body } = await this.post("/conversations", { kind: "group", name, user_ids });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  }
}
