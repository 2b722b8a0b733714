// A group's name, description and settings: changed by who may, seen by all at once; read-only and slow mode where one writes.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("what a group is called and how it is kept", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  const note = (who, text) => who.testid("system-message").filter({ hasText: text });

  async function both(stage, name) {
    await parlor.rest("ada").post("/conversations", { kind: "group", name, user_ids: ["grace"] });
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await Promise.all([ada.goTo(name), grace.goTo(name)]);
    await Promise.all([ada, grace].map((who) => who.testid("details-toggle").click()));
    return [ada, grace];
  }

  it("is renamed and described, everywhere at once", play(async (stage) => {
    const [ada, grace] = await both(stage, "Attic");
    assert.equal(await grace.testid("edit-group").count(), 0, "only owner and admins change it");
    await ada.testid("edit-group").click();
    await ada.testid("edit-name").fill("Workshop");
    await ada.testid("edit-description").fill("Where things are mended");
    await ada.testid("save-group").click();
    await ada.testid("edit-group-dialog").waitFor({ state: "detached" });
    for (const who of [ada, grace]) {
      await who.testid("chat-title").filter({ hasText: "Workshop" }).waitFor();
      await who.conversation("Workshop").waitFor();
      await who.testid("group-description").filter({ hasText: "Where things are mended" }).waitFor();
    }
    await note(grace, "Ada renamed the group to “Workshop” and changed what it is about").waitFor();
    await grace.page.reload();
    await grace.testid("chat-title").filter({ hasText: "Workshop" }).waitFor();
  }));

  it("is made read-only, and opened again", play(async (stage) => {
    const [ada, grace] = await both(stage, "Notices");
    await ada.testid("edit-group").click();
    await ada.testid("edit-read-only").check();
    await ada.testid("save-group").click();
    await grace.testid("read-only-bar").waitFor();
    assert.equal(await grace.testid("composer").count(), 0);
    await ada.write("Meeting at noon");
    await grace.sees("Meeting at noon");
    await ada.testid("edit-group").click();
    await ada.testid("edit-read-only").uncheck();
    await ada.testid("save-group").click();
    await grace.testid("composer").waitFor();
    await grace.write("I will be there");
    await ada.sees("I will be there");
  }));

  it("in slow mode what comes early waits for its turn", play(async (stage) => {
    const [ada, grace] = await both(stage, "Market");
    await ada.testid("edit-group").click();
    await ada.testid("edit-slow").selectOption("3600");
    await ada.testid("save-group").click();
    await grace.testid("slow-mode").filter({ hasText: "one message every hour" }).waitFor();
    await grace.write("First");
    await grace.sees("First");
    await grace.write("Second");
    await grace.message("Second").and(grace.page.locator("[data-delivery=waiting]")).waitFor();
    assert.equal(await ada.message("Second").count(), 0);
    assert.equal(await ada.testid("slow-mode").count(), 0, "the owner does not wait");
  }));
});
