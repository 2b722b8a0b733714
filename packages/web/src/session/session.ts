import type { User } from "@parlor/client";

/** Who this tab is. Per tab, so that two tabs may be two people. */
export interface Session {
  token: string;
  /** Known after the demo login, or once the server said so. */
  user?: User;
  /** Demo people may get a new token by themselves. */
  demo: boolean;
}

const KEY = "parlor.session";

export function loadSession(): Session | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    return text ? (JSON.parse(text) as Session) : undefined;
  } catch {
    return undefined;
  }
}

export function saveSession(session: Session | undefined): void {
  try {
    if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the session lasts until the next reload.
  }
}

/** What the address asks for: `?as=ada` or `?token=…`. Taken out at once, so that it is not shared or kept. */
export function takeFromAddress(): { as?: string; token?: string } {
  const url = new URL(location.href);
  const as = url.searchParams.get("as");
  const token = url.searchParams.get("token");
  if (!as && !token) return {};
  url.searchParams.delete("as");
  url.searchParams.delete("token");
  history.replaceState(history.state, "", url);
  return { ...(as && { as }), ...(token && { token }) };
}
