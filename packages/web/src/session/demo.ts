import { ParlorError, type User } from "@parlor/client";
import type { Session } from "./session";

/** The people of the demo, or null where the server is not in demo mode. */
export async function demoPeople(signal: AbortSignal): Promise<User[] | null> {
  const answer = await fetch("/api/v1/demo/people", { signal });
  if (answer.status >= 500) throw new Error(`The server answered ${answer.status}`);
  const is_json = answer.headers.get("content-type")?.includes("json");
  if (!answer.ok || !is_json) return null;
  const { items } = (await answer.json()) as { items: User[] };
  return items;
}

export async function demoLogin(user_id: string): Promise<Session> {
  const answer = await fetch("/api/v1/demo/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id }),
  });
  if (!answer.ok) throw new ParlorError("unauthenticated", `Nobody here is called “${user_id}”.`);
  const { token, user } = (await answer.json()) as { token: string; user: User };
  return { token, user, demo: true };
}
