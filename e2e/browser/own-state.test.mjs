// What a conversation is for oneself: pinned, muted, marked as unread, archived, deleted; on all of one's devices.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("a conversation, for oneself", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  const group = (name, who = ["grace"]) =>
    parlor.rest("ada").post("/conversations", { kind: "group", name, user_ids: who });
  const say = async (who, id, body) => parlor.rest(who).post(`/conversations/${id}/messages`, { body });

  /** By the button on an item of the list. */
  async function choose(person, title, item) {
    const row = person.conversation(title).locator("..");
    await row.hover();
    await row.getByTestId("conversation-more").click();
    await person.testid(`menu-${item}`).click();
  }

  it("is pinned, muted and marked as unread on every device", play(async (stage) => {
    const { id } = (await group("Attic")).body;
    await group("Cellar");
    const [desk, phone] = await Promise.all([
      stage.enter("ada"),
      stage.enter("ada", { viewport: { width: 390, height: 800 } }),
    ]);
    const first = (who) => who.testid("conversation-item").first();
    await choose(desk, "Attic", "pin");
    for (const device of [desk, phone]) {
      await first(device).filter({ hasText: "Attic" }).getByTestId("pinned").waitFor();
    }
    await choose(desk, "Attic", "mute");
    await phone.conversation("Attic").getByTestId("muted").waitFor();
    const before = await desk.page.title();
    await say("grace", id, "Anybody here?");
    await desk.badge("Attic").waitFor();
    assert.equal(await desk.page.title(), before, "what is muted asks for nothing");
    await choose(desk, "Attic", "mark-read");
    await phone.badge("Attic").waitFor({ state: "detached" });
    await choose(desk, "Attic", "mark-unread");
    await phone.conversation("Attic").getByTestId("unread-dot").waitFor();
    await phone.goTo("Attic");
    await desk.conversation("Attic").getByTestId("unread-dot").waitFor({ state: "detached" });
    await desk.page.reload();
    await first(desk).filter({ hasText: "Attic" }).getByTestId("muted").waitFor();
    await choose(desk, "Attic", "unmute");
    await choose(desk, "Attic", "unpin");
    await phone.testid("back").click();
    await phone.conversation("Attic").getByTestId("pinned").waitFor({ state: "detached" });
  }));

  it("is put out of the way and brought back, by keyboard", play(async (stage) => {
    await group("Shed");
    const ada = await stage.enter("ada");
    await ada.conversation("Shed").focus();
    await ada.page.keyboard.press("Shift+F10");
    await ada.testid("menu-archive").focus();
    await ada.page.keyboard.press("Enter");
    await ada.conversation("Shed").waitFor({ state: "detached" });
    await ada.testid("open-archive").click();
    await ada.goTo("Shed");
    await ada.testid("conversation-menu").click();
    await ada.testid("menu-unarchive").click();
    await ada.testid("open-archive").waitFor({ state: "detached" });
    await ada.conversation("Shed").waitFor();
  }));

  it("is deleted for oneself, and comes back with the next message", play(async (stage) => {
    const { id } = (await group("Loft")).body;
    await say("grace", id, "Old news");
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await ada.goTo("Loft");
    await ada.sees("Old news");
    await choose(ada, "Loft", "delete");
    await ada.testid("confirm").click();
    await ada.conversation("Loft").waitFor({ state: "detached" });
    await grace.goTo("Loft");
    await grace.sees("Old news");
    await grace.write("Fresh news");
    await ada.conversation("Loft").waitFor();
    assert.equal(await ada.badge("Loft").getAttribute("data-count"), "1");
    await ada.goTo("Loft");
    await ada.sees("Fresh news");
    assert.equal(await ada.message("Old news").count(), 0);
    await ada.page.reload();
    await ada.sees("Fresh news");
    assert.equal(await ada.message("Old news").count(), 0);
    await grace.sees("Old news");
  }));
});
