import type { MessageRequest, OpenedRequest, ParlorState } from "@parlor/client";
import { useMemo } from "react";
import { useParlor } from "./context";
import { useSnapshot } from "./use-snapshot";

export interface RequestsView {
  /** What waits for an answer of ours, the newest first. */
  requests: readonly MessageRequest[];
  /** What was said so far. Who said it is not told that we look. */
  open(conversationId: string, options?: { signal?: AbortSignal }): Promise<OpenedRequest>;
  /** The two are in conversation then. Fails with a `ParlorError`. */
  accept(conversationId: string): Promise<unknown>;
  /** Nobody is told. */
  decline(conversationId: string): Promise<unknown>;
}

const select = (state: ParlorState) => state.requests;

/** Requests of people who may not write to us without asking; alike on all of our devices. */
export function useRequests(): RequestsView {
  const client = useParlor();
  const requests = useSnapshot(select);
  return useMemo(
    () => ({
      requests,
      open: (id, options) => client.openRequest(id, options),
      accept: (id) => client.acceptRequest(id),
      decline: (id) => client.declineRequest(id),
    }),
    [client, requests],
  );
}
