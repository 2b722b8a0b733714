import type { ParlorState } from "@parlor/client";
import { useCallback, useMemo } from "react";
import { useParlor } from "./context";
import { useSnapshot } from "./use-snapshot";

export interface BlockedView {
  isBlocked: boolean;
  block(): Promise<unknown>;
  unblock(): Promise<unknown>;
}

/** Whether we block somebody, on all of our devices alike. */
export function useBlocked(userId: string): BlockedView {
  const client = useParlor();
  const isBlocked = useSnapshot(useCallback((state: ParlorState) => state.blocked.has(userId), [userId]));
  return useMemo(
    () => ({ isBlocked, block: () => client.block(userId), unblock: () => client.unblock(userId) }),
    [client, userId, isBlocked],
  );
}
