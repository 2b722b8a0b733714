import type { MessageRequest, RequestUpdated } from "./protocol";
import type { ParlorState } from "./state";

/** A change of what waits for us, in our own stream. */
export type RequestChange =
  | { readonly user_rev: number; readonly request: MessageRequest }
  | { readonly user_rev: number; readonly answered: RequestUpdated["conversation_id"] };

/** What waits for us afterwards, the newest first. */
export function applyRequest(state: ParlorState, change: RequestChange): ParlorState {
  const id = "request" in change ? change.request.conversation_id : change.answered;
  const others = state.requests.filter(({ conversation_id }) => conversation_id !== id);
  return { ...state, requests: "request" in change ? [change.request, ...others] : others };
}
