import type { ParlorState } from "@parlor/client";
import { useCallback, useSyncExternalStore } from "react";
import { useParlor } from "./context";

/**
 * One part of the state. `select` must give the same object for the same state, which holds for plain property
 * access: the state is immutable and shares what did not change. So a component renders only when its part changed.
 */
export function useSnapshot<T>(select: (state: ParlorState) => T): T {
  const client = useParlor();
  const snapshot = useCallback(() => select(client.getSnapshot()), [client, select]);
  return useSyncExternalStore(client.subscribe, snapshot, snapshot);
}
