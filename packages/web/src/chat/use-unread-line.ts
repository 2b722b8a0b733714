import { useEffect, useState } from "react";

/**
 * After which message the "new messages" line stands. It is drawn where one came in, and stays there while one reads;
 * leaving the page draws it anew at what had been read by then.
 */
export function useUnreadLine(readSeq: number, visible: boolean): number {
  const [after_seq, setAfterSeq] = useState(readSeq);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only leaving the page moves the line, not reading on
  useEffect(() => {
    if (!visible) setAfterSeq(readSeq);
  }, [visible]);
  return after_seq;
}
