import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { ParlorError, parseErrorBody } from "../src/errors";
import { uuidv7Maker } from "../src/ids";
import { IndexedDbOutboxStorage } from "../src/indexeddb-storage";
import { RevCursor } from "../src/rev-cursor";
import { mergeMessages } from "../src/timeline";
import { FakeClock, messageOf } from "./fakes";

describe("ids", () => {
  it("are UUIDv7, carry the time, and grow", () => {
    const clock = new FakeClock();
    const make = uuidv7Maker(clock);
    const ids = Array.from({ length: 10_000 }, make);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(`${ids[0]?.slice(0, 8)}${ids[0]?.slice(9, 13)}`, 16)).toBe(clock.now());
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the revision cursor", () => {
  it("follows what is contiguous and remembers what ran ahead", () => {
    const cursor = new RevCursor(1);
    expect(cursor.observe(1, 2)).toBe("next");
    expect(cursor.observe(1, 2)).toBe("repeated");
    expect(cursor.observe(3, 4)).toBe("gap");
    expect(cursor.observe(2, 3)).toBe("next");
    expect([cursor.rev, cursor.hasGap]).toEqual([4, false]);
  });

  it("forgets what a sync has overtaken", () => {
    const cursor = new RevCursor();
    cursor.observe(4, 5);
    cursor.observe(8, 9);
    cursor.advanceTo(8);
    expect([cursor.rev, cursor.hasGap]).toEqual([9, false]);
  });
});

describe("merging messages", () => {
  it("keeps the later revision of a message, whichever comes first", () => {
    const first = messageOf(1);
    const edited = { ...first, rev: 7, body: "edited" };
    expect(mergeMessages([first], [edited])).toEqual([edited]);
    expect(mergeMessages([edited], [first])).toEqual([edited]);
    const held = [first];
    expect(mergeMessages(held, [{ ...first }])).toBe(held);
  });
});

describe("error bodies", () => {
  it("are read from acks and from problems alike, and never trusted", () => {
    expect(parseErrorBody({ code: "not_found", detail: "No such thing", status: 404, retryable: false })).toMatchObject(
      {
        code: "not_found",
        message: "No such thing",
      },
    );
    expect(parseErrorBody({ code: "made up" }, "oops")).toEqual({ code: "internal", message: "oops", retryable: true });
    expect(ParlorError.from(new TypeError("x"))).toMatchObject({ code: "internal", message: "x" });
  });
});

describe("the outbox in IndexedDB", () => {
  it("keeps entries by person, across openings", async () => {
    const factory = new IDBFactory();
    const entry = { id: "1", user_id: "ada", conversation_id: "c", body: "hi", created_at: "now", owner: "tab" };
    const storage = new IndexedDbOutboxStorage("test", factory);
    await storage.put(entry);
    await storage.put({ ...entry, id: "2", user_id: "grace" });
    await storage.put({ ...entry, owner: "other tab" });
    const again = new IndexedDbOutboxStorage("test", factory);
    expect(await again.load("ada")).toEqual([{ ...entry, owner: "other tab" }]);
    await again.remove("1");
    expect(await storage.load("ada")).toEqual([]);
  });
});
