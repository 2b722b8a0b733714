import type { Page, ParlorState, Progresses, SeenBy } from "@parlor/client";
import { useCallback, useEffect, useMemo } from "react";
import { useParlor } from "./context";
import { useSnapshot } from "./use-snapshot";

export interface ReceiptsView {
  /** How far others have come, by user id, of those who show it; kept up in small conversations only. */
  progresses: Progresses;
  /** Whether we show others how far we have come, and so are shown it. */
  isOn: boolean;
  /** Whom a message has reached; in conversations of any size. */
  seenBy(messageId: string, cursor?: string): Promise<Page<SeenBy>>;
}

const NONE: Progresses = new Map();
const shown = (state: ParlorState) => state.settings?.receipts !== false;

/** How far others have come in a conversation, for as long as the component is mounted. */
export function useReceipts(conversationId: string): ReceiptsView {
  const client = useParlor();
  const isOn = useSnapshot(shown);
  const exists = useSnapshot(
    useCallback((state: ParlorState) => state.conversations.has(conversationId), [conversationId]),
  );
  const held = useSnapshot(useCallback((state: ParlorState) => state.receipts.get(conversationId), [conversationId]));
  useEffect(() => (exists ? client.watchReceipts(conversationId) : undefined), [client, conversationId, exists]);
  return useMemo(
    () => ({
      progresses: (isOn && held) || NONE,
      isOn,
      seenBy: (id: string, cursor?: string) => client.seenBy(conversationId, id, cursor),
    }),
    [client, conversationId, held, isOn],
  );
}
