import type { ErrorBody } from "./protocol";

/**
 * The connection as one value. Its only way to change is `next`:
 *
 *           connect          opened
 *   idle ───────────▶ connecting ─────▶ online ◀──────┐
 *                      │  ▲  failed       │           │ opened
 *                      │  └──┘            │ lost      │
 *                      │                  ▼           │
 *                      │ refused     reconnecting ────┘
 *                      ▼                │  ▲  failed
 *   refused ◀──────────┴────────────────┘  └──┘
 *
 *   any state ── disconnect (by us) or ended (by the server) ──▶ closed
 *   closed, refused ── connect ──▶ connecting
 *
 * `online` means that the server accepted who we are. `lost` and `failed` heal by themselves; `refused` and
 * `closed` do not: somebody has to call connect again.
 */
export type ConnectionState =
  | { status: "idle" }
  | { status: "connecting"; failures: number }
  | { status: "online"; socket_id: string }
  | { status: "reconnecting"; failures: number; since_ms: number }
  | { status: "refused"; error: ErrorBody }
  | { status: "closed"; by: "client" | "server" };

export type ConnectionStatus = ConnectionState["status"];

export type ConnectionInput =
  | { type: "connect" }
  | { type: "opened"; socket_id: string }
  | { type: "failed" }
  | { type: "lost"; at_ms: number }
  | { type: "refused"; error: ErrorBody }
  | { type: "ended" }
  | { type: "disconnect" };

export const IDLE: ConnectionState = { status: "idle" };

/** The pure machine. An input that means nothing in a state leaves it as it is (the same object). */
export function next(state: ConnectionState, input: ConnectionInput): ConnectionState {
  switch (input.type) {
    case "connect":
      return isActive(state) ? state : { status: "connecting", failures: 0 };
    case "opened":
      return isActive(state) ? { status: "online", socket_id: input.socket_id } : state;
    case "failed":
      if (state.status === "connecting") return { ...state, failures: state.failures + 1 };
      if (state.status === "reconnecting") return { ...state, failures: state.failures + 1 };
      return state;
    case "lost":
      return state.status === "online" ? { status: "reconnecting", failures: 0, since_ms: input.at_ms } : state;
    case "refused":
      return isActive(state) ? { status: "refused", error: input.error } : state;
    case "ended":
      return isActive(state) ? { status: "closed", by: "server" } : state;
    case "disconnect":
      return { status: "closed", by: "client" };
  }
}

/** Whether a transport is at work: it is connected, or it is trying. */
export function isActive(state: ConnectionState): boolean {
  switch (state.status) {
    case "connecting":
    case "online":
    case "reconnecting":
      return true;
    case "idle":
    case "refused":
    case "closed":
      return false;
  }
}
