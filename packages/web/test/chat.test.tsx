import type { ChatItem } from "@parlor/client";
import { cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { isJumbo, MessageText } from "../src/chat/message-text";
import { rowsOf } from "../src/chat/rows";
import { hueOf, initials, matches, titleOf } from "../src/lib/names";
import { dayLabel, shortTime } from "../src/lib/time";

afterEach(cleanup);

const START = new Date(2026, 10, 21, 12, 0).getTime();

function item(seq: number, minute: number, given: Partial<ChatItem> = {}): ChatItem {
  const created_at = new Date(START + minute * 60_000).toISOString();
  return { id: `m${seq}`, sender_id: "grace", kind: "text", body: "x", created_at, seq, delivery: "sent", ...given };
}

const outline = (items: ChatItem[], after = 99) =>
  rowsOf(items, "ada", after).map((row) =>
    row.kind === "message" ? `${row.first ? "[" : ""}${row.item.id}${row.last ? "]" : ""}` : row.kind,
  );

describe("rows", () => {
  it("group by sender and five minutes", () => {
    const items = [item(1, 0), item(2, 4), item(3, 9), item(4, 10, { sender_id: "ada" })];
    expect(outline(items)).toEqual(["day", "[m1", "m2]", "[m3]", "[m4]"]);
  });

  it("part days and never group across them", () => {
    const midnight = 12 * 60;
    expect(outline([item(1, midnight - 1), item(2, midnight)])).toEqual(["day", "[m1]", "day", "[m2]"]);
  });

  it("draw the line before the first unread message of somebody else", () => {
    const items = [item(1, 0), item(2, 1, { sender_id: "ada" }), item(3, 2), item(4, 3)];
    expect(outline(items, 1)).toEqual(["day", "[m1]", "[m2]", "unread", "[m3", "m4]"]);
    expect(outline(items, 4)).not.toContain("unread");
  });

  it("keep system messages apart", () => {
    expect(outline([item(1, 0), item(2, 0, { kind: "system" }), item(3, 0)])).toEqual(["day", "[m1]", "[m2]", "[m3]"]);
  });
});

describe("message text", () => {
  const html = (body: string) => render(<MessageText body={body} />).container.innerHTML;
  const links = (body: string) =>
    [...render(<MessageText body={body} />).container.querySelectorAll("a")].map((a) => a.getAttribute("href"));

  it("never becomes markup", () => {
    expect(html("<img src=x onerror=alert(1)> & <b>hi</b>")).toBe(
      "&lt;img src=x onerror=alert(1)&gt; &amp; &lt;b&gt;hi&lt;/b&gt;",
    );
  });

  it("links addresses without the sentence's own marks, and nothing that is no web address", () => {
    expect(links("See https://example.org/a?b=1. (Or http://example.org/c)!")).toEqual([
      "https://example.org/a?b=1",
      "http://example.org/c",
    ]);
    expect(links("https://en.example.org/wiki/A_(b)")).toEqual(["https://en.example.org/wiki/A_(b)"]);
    expect(links('javascript:alert(1) data:text/html,x https://a"onclick="b')).toEqual(["https://a"]);
  });

  it("keeps every character", () => {
    const body = "a https://x.org, b https://y.org. c";
    expect(render(<MessageText body={body} />).container.textContent).toBe(body);
  });

  it("enlarges up to three emoji alone", () => {
    expect([
      isJumbo("🎉"),
      isJumbo("👍🏽 ❤️"),
      isJumbo("👩‍👩‍👧"),
      isJumbo("🎉🎉🎉🎉"),
      isJumbo("12"),
      isJumbo("ok 🎉"),
    ]).toEqual([true, true, true, false, false, false]);
  });
});

describe("names", () => {
  const conversation = {
    id: "c",
    kind: "direct",
    settings: { who_may_add: "admins", history: "all", read_only: false, slow_mode_s: 0 } as const,
    created_by: "ada",
    created_at: "",
    participants: [
      { user: { id: "ada", name: "Ada" }, role: "owner" },
      { user: { id: "grace", name: "Grace Hopper" }, role: "member" },
    ],
    head: { seq: 0, rev: 0 },
    last_activity_at: "",
    unread: 0,
    read_seq: 0,
  } as const;

  it("call a direct conversation after the other one", () => {
    const copy = { ...conversation, participants: [...conversation.participants] };
    expect(titleOf(copy, "ada")).toBe("Grace Hopper");
    expect(titleOf(copy, "grace")).toBe("Ada");
  });

  it("have initials, a lasting hue, and are found without accents", () => {
    expect([initials("Ada King Lovelace"), initials("omar"), initials("")]).toEqual(["AL", "O", "?"]);
    expect(hueOf("ada")).toBe(hueOf("ada"));
    expect(matches("Tomás Rivera", "tomas")).toBe(true);
  });
});

describe("times", () => {
  const now = new Date(2026, 10, 21, 15, 0);
  const at = (days: number) => new Date(2026, 10, 21 - days, 9, 30).toISOString();

  it("are as short as they can be", () => {
    expect(shortTime(at(0), now)).toMatch(/9[:.]30/);
    expect(shortTime(at(1), now)).toBe("Yesterday");
    expect(shortTime(at(3), now)).toBe("Wed");
    expect(shortTime(at(400), now)).toContain("2025");
    expect(dayLabel(at(0), now)).toBe("Today");
  });
});
