import { createHmac, randomUUID } from "node:crypto";

/** What the host app and the server under test share. */
export const SECRET = "end-to-end tests share this secret with the server";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs claims as a host app would: HS256. */
export function sign(claims, { secret = SECRET, header = { alg: "HS256", typ: "JWT" }, hash = "sha256" } = {}) {
  const content = `${encode(header)}.${encode(claims)}`;
  return `${content}.${createHmac(hash, secret).update(content).digest("base64url")}`;
}

/** A login for an hour. */
export function mint(user_id, claims = {}) {
  return sign({ sub: user_id, exp: Math.floor(Date.now() / 1000) + 3600, ...claims });
}

/** A UUIDv7 (RFC 9562), as clients name their messages. */
export function messageId() {
  const time = Date.now().toString(16).padStart(12, "0");
  const random = randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
