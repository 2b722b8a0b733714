// The REST twin of everything on the socket, the server API, the documentation and the health checks.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect } from "../lib/clients.mjs";
import { assertBareConversation, assertBareMessage, assertProblem, send } from "../lib/expect.mjs";
import { API_KEY, Parlor, run } from "../lib/parlor.mjs";
import { Rest } from "../lib/rest.mjs";
import { messageId, mint } from "../lib/token.mjs";

describe("REST", () => {
  let parlor;
  before(async () => {
    parlor = await Parlor.start();
  });
  after(() => parlor?.close());

  it("does what the socket does, and sockets hear of it", async (t) => {
    const [ada, grace] = [parlor.rest("ada"), new Rest(parlor.url, undefined, { cookie: `auth_token=${mint("grace")}` })];
    const socket = await connect(t, parlor, "grace");
    const { status, body: conversation } = await ada.post("/conversations", { kind: "direct", user_id: "grace" });
    assert.equal(status, 201);
    assertBareConversation(conversation, { kind: "direct", unread: 0, head: { seq: 0, rev: conversation.head.rev } });
    await socket.inbox.next("conversation:new", ({ id }) => id === conversation.id);

    const path = `/conversations/${conversation.id}`;
    const posted = await ada.post(`${path}/messages`, { id: messageId(), body: "by REST" });
    assert.equal(posted.status, 201);
    assertBareMessage(posted.body, { seq: 1, sender_id: "ada", body: "by REST", conversation_id: conversation.id });
    assert.deepEqual(await socket.inbox.message(posted.body.id), posted.body);
    const repeated = await ada.post(`${path}/messages`, { id: posted.body.id, body: "by REST" });
    assert.deepEqual([repeated.status, repeated.body], [201, posted.body]);
    const unnamed = await ada.post(`${path}/messages`, { body: "the server names it" });
    assertBareMessage(unnamed.body, { seq: 2 });

    const page = await grace.get(`${path}/messages?limit=1`);
    assert.deepEqual(page.body.items, [unnamed.body]);
    const rest = await grace.get(`${path}/messages?limit=1&cursor=${encodeURIComponent(page.body.next_cursor)}`);
    assert.deepEqual(rest.body, { items: [posted.body] });
    const read = await grace.post(`${path}/read`, { seq: 2 });
    assert.deepEqual([read.status, read.body], [200, { read_seq: 2, unread: 0 }]);
    await socket.inbox.next("unread:changed", (change) => change.conversation_id === conversation.id && change.unread === 0);
    const list = await grace.get("/conversations");
    assert.deepEqual(list.body.items.map(({ id, unread, read_seq }) => ({ id, unread, read_seq })), [
      { id: conversation.id, unread: 0, read_seq: 2 },
    ]);
    assert.deepEqual((await grace.get(path)).body, list.body.items[0]);
    const synced = await grace.post("/sync", {});
    assert.deepEqual(synced.body.conversations[0].conversation, list.body.items[0]);
  });

  it("pages the list of conversations", async () => {
    const rest = parlor.rest("b0");
    for (let at = 1; at <= 5; at++) await rest.group(`Group ${at}`, []);
    const first = await rest.get("/conversations?limit=3");
    assert.deepEqual(first.body.items.map(({ name }) => name), ["Group 5", "Group 4", "Group 3"]);
    const second = await rest.get(`/conversations?limit=3&cursor=${encodeURIComponent(first.body.next_cursor)}`);
    assert.deepEqual(second.body.items.map(({ name }) => name), ["Group 2", "Group 1"]);
    assert.ok(!("next_cursor" in second.body));
  });

  it("answers wrong requests with problem details that name the field and the limit", async () => {
    const rest = parlor.rest("c0");
    const { id } = await rest.direct("c1");
    const messages = `/api/v1/conversations/${id}/messages`;
    const cases = [
      ["POST", messages, "{", 400, "invalid"],
      ["POST", messages, "", 400, "invalid"],
      ["POST", messages, "null", 400, "invalid"],
      ["POST", messages, "[]", 400, "invalid"],
      ["POST", messages, { body: "x".repeat(16_385) }, 413, "too_large", { field: "body", limit: 16_384 }],
      ["POST", messages, { body: "x".repeat(70_000) }, 413, "too_large", { limit: 65_536 }],
      ["POST", "/api/v1/conversations", { kind: "direct" }, 400, "invalid", { field: "user_id" }],
      ["POST", "/api/v1/conversations", { kind: "group", name: "x".repeat(101), user_ids: [] }, 400, "invalid", { field: "name", limit: 100 }],
      ["POST", `/api/v1/conversations/${id}/read`, {}, 400, "invalid", { field: "seq" }],
      ["GET", "/api/v1/conversations/nonsense", undefined, 400, "invalid", { field: "id" }],
      ["GET", `${messages}?limit=many`, undefined, 400, "invalid", { field: "limit" }],
      ["GET", `${messages}?before_seq=x`, undefined, 400, "invalid", { field: "before_seq" }],
      ["GET", `${messages}?cursor=x`, undefined, 400, "invalid", { field: "cursor" }],
      ["POST", "/api/v1/sync", { heads: 5 }, 400, "invalid", { field: "heads" }],
      ["GET", "/api/v1/nothing/here", undefined, 404, "not_found"],
    ];
    for (const [method, path, body, status, code, details] of cases) {
      const answer = await rest.ask(method, path, body);
      assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)?.slice(0, 60)}: ${JSON.stringify(answer.body)}`);
      assertProblem(answer, status, code, details ?? {});
    }
    assert.equal((await rest.ask("DELETE", "/api/v1/me")).status, 405);
    assert.equal((await rest.get("/me")).status, 200);
  });

  it("finds people by id and name", async () => {
    const host = new Rest(parlor.url, API_KEY);
    for (const [id, name] of [["zeno", "Zeno of Elea"], ["zuse", "Konrad Zuse"], ["komp", "Zesar"]]) {
      await host.put(`/server/users/${id}`, { name });
    }
    const find = async (query) => (await parlor.rest("ada").get(`/users?query=${query}`)).body.items.map(({ id }) => id).sort();
    assert.deepEqual(await find("z"), ["komp", "zeno", "zuse"]);
    assert.deepEqual(await find("Zeno%20of"), ["zeno"]);
    assert.deepEqual(await find("%25"), [], "a wildcard is a letter");
  });

  it("lets the host app announce users by its key only", async (t) => {
    const host = new Rest(parlor.url, API_KEY);
    const user = { name: "Hedy Lamarr", email: "hedy@example.com", avatar_url: "https://example.com/h.png" };
    const made = await host.put("/server/users/hedy", user);
    const shown = { id: "hedy", name: user.name, avatar_url: user.avatar_url };
    assert.deepEqual([made.status, made.body], [201, shown], "new, and the address is nobody's business");
    const again = await host.put("/server/users/hedy", { name: "Hedy" });
    assert.equal(again.status, 200);
    assert.equal(again.body.name, "Hedy");
    const { participants } = await parlor.rest("d1").direct("hedy");
    assert.equal(participants.find(({ user }) => user.id === "hedy").user.name, "Hedy");
    await connect(t, parlor, "hedy");

    const refused = [undefined, "wrong key", mint("hedy")].map((key) => new Rest(parlor.url, key));
    for (const rest of refused) assertProblem(await rest.put("/server/users/x", { name: "x" }), 401, "unauthenticated");
    assertProblem(await new Rest(parlor.url, API_KEY).get("/me"), 401, "unauthenticated");
    assertProblem(await host.put("/server/users/x", { name: 5 }), 400, "invalid", { field: "name" });
    assertProblem(await host.put("/server/users/x", { name: "x".repeat(101) }), 400, "invalid", { field: "name", limit: 100 });
    assertProblem(await host.put("/server/users/x", { avatar_url: "javascript:alert(1)" }), 400, "invalid", { field: "avatar_url" });
    const closed = await Parlor.start(t, { PARLOR_API_KEY: "" });
    for (const key of ["", "x"]) {
      assertProblem(await new Rest(closed.url, key).put("/server/users/x", {}), 401, "unauthenticated");
    }
  });

  it("is described, healthy, and says what it may not load", async () => {
    const document = await new Rest(parlor.url).ask("GET", "/api/openapi.json");
    assert.equal(document.status, 200);
    assert.match(document.body.openapi, /^3\./);
    for (const path of ["/me", "/users", "/conversations", "/conversations/{id}", "/conversations/{id}/messages", "/conversations/{id}/read", "/sync", "/server/users/{id}"]) {
      assert.ok(document.body.paths[`/api/v1${path}`], `${path} is described`);
    }
    for (const [path, type] of [["/api/docs", "text/html"], ["/healthz", "text/plain"], ["/readyz", "text/plain"]]) {
      const answer = await fetch(parlor.url + path);
      assert.equal(answer.status, 200, path);
      assert.match(answer.headers.get("content-type"), new RegExp(type));
    }
    const { headers } = await fetch(parlor.url);
    assert.match(headers.get("content-security-policy"), /default-src 'self'/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });

  it("takes the tokens that `parlor token` prints", async (t) => {
    const { code, stdout } = run(["token", "--user", "printed", "--name", "Printed Name", "--ttl", "1h"]);
    assert.equal(code, 0);
    const token = stdout.trim();
    assert.deepEqual((await new Rest(parlor.url, token).get("/me")).body.user, { id: "printed", name: "Printed Name" });
    const socket = await connect(t, parlor, "printed", { token });
    const { id } = await parlor.rest("printed").direct("e2");
    await send(socket, id, "with a printed token");
  });
});
