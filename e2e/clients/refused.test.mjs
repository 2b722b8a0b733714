// Who may not come in: connect_error with data.code on the socket, 401 with problem details over REST.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connect, credential, io3, io4, refusal } from "../lib/clients.mjs";
import { assertError, assertProblem, send } from "../lib/expect.mjs";
import { Parlor } from "../lib/parlor.mjs";
import { Python } from "../lib/python.mjs";
import { Rest } from "../lib/rest.mjs";
import { mint, sign } from "../lib/token.mjs";

const now_s = () => Math.floor(Date.now() / 1000);

/** Tokens that must not open anything. */
const FOREIGN = {
  "no token": () => undefined,
  "an empty token": () => "",
  "no JWT": () => "not.a.token",
  "an expired token": () => mint("ada", { exp: now_s() - 1 }),
  "a token without expiry": () => sign({ sub: "ada" }),
  "a token that expires in words": () => sign({ sub: "ada", exp: "tomorrow" }),
  "a token that is not valid yet": () => mint("ada", { nbf: now_s() + 600 }),
  "a token of a foreign secret": () => sign({ sub: "ada", exp: now_s() + 600 }, { secret: "another server's secret" }),
  "a token without a signature": () => `${mint("ada").split(".").slice(0, 2).join(".")}.`,
  "a token that says alg none": () => {
    const [, claims] = mint("ada").split(".");
    return `${Buffer.from('{"alg":"none"}').toString("base64url")}.${claims}.`;
  },
  "a token of another algorithm": () =>
    sign({ sub: "ada", exp: now_s() + 600 }, { header: { alg: "HS512", typ: "JWT" }, hash: "sha512" }),
  "a token with changed claims": () => {
    const [header, , signature] = mint("ada").split(".");
    return `${header}.${mint("grace").split(".")[1]}.${signature}`;
  },
  "a token that names nobody": () => sign({ exp: now_s() + 600 }),
  "a token with an empty subject": () => mint(""),
};

describe("credentials that are refused", () => {
  let parlor;
  let python;
  before(async () => {
    parlor = await Parlor.start();
    python = new Python();
  });
  after(() => Promise.all([parlor?.close(), python?.end()]));

  for (const [name, make] of Object.entries(FOREIGN)) {
    it(`${name}: connect_error and 401`, async (t) => {
      const token = make();
      const ways = token === undefined ? [{}] : ["auth.token", "header", "cookie"].map((way) => credential(way, token));
      for (const options of ways) {
        for (const namespace of ["/", "/parlor"]) {
          const { message, data } = await refusal(t, parlor, { namespace, ...options });
          assertError(data, "unauthenticated");
          assert.equal(message, data.message);
          if (token) assert.ok(!message.includes(token), "the token is not repeated");
        }
        const { headers = {} } = options;
        const rest = new Rest(parlor.url, undefined, headers);
        const answers = [
          await rest.get("/me"),
          await rest.post("/sync", {}),
          await rest.get("/conversations/no-uuid"),
          await rest.post("/conversations", { kind: "nonsense" }),
        ];
        for (const answer of answers) {
          assertProblem(answer, 401, "unauthenticated");
          assert.match(answer.headers.get("www-authenticate"), /^Bearer/);
        }
      }
    });
  }

  it("reach every client over every transport", async (t) => {
    const options = credential("auth.token", FOREIGN["an expired token"]());
    for (const transport of ["websocket", "polling", "upgrade"]) {
      for (const io of [io4, io3]) assertError((await refusal(t, parlor, { transport, ...options }, io)).data, "unauthenticated");
      const client = python.client("ada");
      await assert.rejects(client.open(parlor, { transport, token: options.auth.token }), /ConnectionError/);
      const { data } = await client.inbox.next("connect_error");
      assertError(data, "unauthenticated");
    }
  });

  it("are never taken from the query", async (t) => {
    const { data } = await refusal(t, parlor, { query: { token: mint("ada"), auth_token: mint("ada") } });
    assertError(data, "unauthenticated");
    assertProblem(await new Rest(parlor.url).get(`/me?token=${mint("ada")}`), 401, "unauthenticated");
  });

  it("that are bad are not made good by a later one", async (t) => {
    const headers = { Authorization: `Bearer ${mint("ada")}`, Cookie: `auth_token=${mint("ada")}` };
    const { data } = await refusal(t, parlor, { auth: { token: "bad" }, headers });
    assertError(data, "unauthenticated");
  });

  it("of wrong types are refused, and the server goes on", async (t) => {
    for (const auth of [{ token: 5 }, { token: null }, { token: ["a"] }, { token: {} }, {}, { Token: mint("ada") }]) {
      assertError((await refusal(t, parlor, { auth })).data, "unauthenticated");
    }
    const { id } = await parlor.rest("ada").direct("grace");
    await send(await connect(t, parlor, "ada"), id, "still here");
  });

  it("by cookie from a page of a foreign origin are refused", async (t) => {
    const headers = { Cookie: `auth_token=${mint("ada")}`, Origin: "https://evil.example" };
    // Either way: told by CONNECT_ERROR, or not even let into the handshake.
    const { message, data } = await refusal(t, parlor, { headers });
    assert.match(data?.code ?? message, /^(forbidden|unauthenticated|websocket error)$/);
    const answer = await new Rest(parlor.url, undefined, headers).get("/me");
    assert.ok([401, 403].includes(answer.status), `${answer.status}`);
  });

  it("do not keep a namespace that nobody serves from answering", async (t) => {
    const { message } = await refusal(t, parlor, { namespace: "/nowhere", auth: { token: mint("ada") } });
    assert.equal(message, "Invalid namespace");
  });

  it("take the claims id, name and picture, a number as subject, and a cookie of a configured name", async (t) => {
    const own = await Parlor.start(t, { PARLOR_AUTH_COOKIE: "session" });
    const claims = { exp: now_s() + 600, name: "Ada Lovelace", picture: "https://example.com/ada.png" };
    const token = sign({ id: 42, ...claims });
    const socket = await connect(t, own, "", { headers: { Cookie: `session=${token}` }, way: "auth.token", token: undefined, auth: undefined });
    assert.equal((await socket.emit("conversation:list", {})).ok, true);
    const { body } = await new Rest(own.url, token).get("/me");
    assert.deepEqual(body.user, { id: "42", name: claims.name, avatar_url: claims.picture });
    const old = new Rest(own.url, undefined, { cookie: `auth_token=${token}` });
    assertProblem(await old.get("/me"), 401, "unauthenticated");
  });
});
