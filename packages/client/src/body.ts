import { ParlorError } from "./errors";
import { LIMITS } from "./protocol";

/** Refuses what the server would refuse, before anything is shown. */
export function checkBody(body: string): void {
  if (body.trim() === "") throw new ParlorError("invalid", "A message needs a text", { field: "body" });
  const limit = LIMITS.message_body_bytes;
  const size = new TextEncoder().encode(body).length;
  if (size > limit) {
    const message = `The message has ${size} bytes; at most ${limit} are possible`;
    throw new ParlorError("too_large", message, { field: "body", limit });
  }
}
