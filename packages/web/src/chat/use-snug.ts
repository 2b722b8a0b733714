import { type RefObject, useLayoutEffect, useState } from "react";

/**
 * Makes a box as narrow as its longest line. CSS gives a text that wraps the whole width there is, so a bubble would
 * end far from its words.
 */
export function useSnug(box: RefObject<HTMLElement | null>, text: string, room_px: number): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: other text or other room wraps otherwise
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.width = "";
    const range = document.createRange();
    range.selectNodeContents(element);
    const lines = [...range.getClientRects()];
    if (lines.length < 2) return;
    const left = Math.min(...lines.map((line) => line.left));
    const right = Math.max(...lines.map((line) => line.right));
    const style = getComputedStyle(element);
    const padding = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
    element.style.width = `${Math.ceil(right - left + padding) + 1}px`;
  }, [box, text, room_px]);
}

/** The width of an element, kept up to date. */
export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
