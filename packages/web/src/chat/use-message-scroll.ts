import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from "react";
import type { Row } from "./rows";

const NEAR_END_PX = 80;
/** Older messages are asked for this many rows before the oldest comes into sight. */
const AHEAD_ROWS = 15;

export type MessageVirtualizer = Virtualizer<HTMLDivElement, Element>;

interface ScrollOptions {
  rows: readonly Row[];
  scroller: RefObject<HTMLDivElement | null>;
  loadOlder(): void;
}

/**
 * A window over the rows that holds on to the end: it stays at the bottom when it is there, and at the message one
 * reads when older ones come in above.
 */
export function useMessageScroll({ rows, scroller, loadOlder }: ScrollOptions): MessageVirtualizer {
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    estimateSize: (index) => estimate(rows[index]),
    overscan: 10,
    paddingStart: 20,
    paddingEnd: 12,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: NEAR_END_PX,
  });

  useStart(virtualizer, rows);
  useOwnMessages(virtualizer, rows);
  useShrinkingPane(virtualizer, scroller);

  const first = virtualizer.range?.startIndex ?? Number.POSITIVE_INFINITY;
  useEffect(() => {
    if (first < AHEAD_ROWS) loadOlder();
  }, [first, loadOlder]);
  return virtualizer;
}

/** Opens at the first unread message if there is one, at the newest otherwise. */
function useStart(virtualizer: MessageVirtualizer, rows: readonly Row[]): void {
  const started = useRef(false);
  useLayoutEffect(() => {
    if (started.current || rows.length === 0) return;
    started.current = true;
    const line = rows.findIndex(({ kind }) => kind === "unread");
    if (line > 0) virtualizer.scrollToIndex(line, { align: "center" });
    else virtualizer.scrollToEnd();
  }, [virtualizer, rows]);
}

/** Who writes wants to see it, wherever he was reading. */
function useOwnMessages(virtualizer: MessageVirtualizer, rows: readonly Row[]): void {
  const last = rows.at(-1);
  const newest = last?.kind === "message" && last.own ? last.key : undefined;
  const seen = useRef(newest);
  useLayoutEffect(() => {
    if (newest !== undefined && newest !== seen.current) virtualizer.scrollToEnd();
    seen.current = newest;
  }, [virtualizer, newest]);
}

/** A growing composer or a phone's keyboard takes room from below: what was at the bottom stays there. */
function useShrinkingPane(virtualizer: MessageVirtualizer, scroller: RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let height = element.clientHeight;
    const observer = new ResizeObserver(() => {
      const lost = height - element.clientHeight;
      height = element.clientHeight;
      if (lost !== 0 && virtualizer.isAtEnd(NEAR_END_PX + Math.abs(lost))) virtualizer.scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtualizer, scroller]);
}

/** Close to the truth, so that little moves when a row is measured. */
function estimate(row: Row | undefined): number {
  if (!row) return 44;
  if (row.kind === "day") return 46;
  if (row.kind === "unread") return 36;
  const { body } = row.item;
  const lines = body.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 72)), 0);
  return 16 + lines * 22 + (row.first ? 12 : 2) + (row.last ? 24 : 0);
}
