// What people do with messages that are there: edit them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("messages that change", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  /** Two people in their conversation. */
  const together = async (stage) => {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await Promise.all([ada.goTo("Grace Hopper"), grace.goTo("Ada Lovelace")]);
    return [ada, grace];
  };

  it("are edited in their place, by the menu and by the keyboard", play(async (stage) => {
    const [ada, grace] = await together(stage);
    await ada.write("The looom runs");
    await grace.sees("The looom runs");
    await ada.choose("The looom runs", "edit");
    await ada.testid("message-editor").fill("The loom runs");
    await ada.testid("message-editor").press("Enter");
    for (const person of [ada, grace]) {
      await person.sees("The loom runs");
      await person.message("The loom runs").getByTestId("edited").waitFor();
      assert.equal(await person.message("The looom runs").count(), 0);
    }
    await grace.conversation("Ada Lovelace").filter({ hasText: "The loom runs" }).waitFor();

    // ↑ in the empty composer takes the last one; Esc leaves it as it was.
    await ada.testid("composer").press("ArrowUp");
    await ada.testid("message-editor").fill("thrown away");
    await ada.testid("message-editor").press("Escape");
    await ada.sees("The loom runs");
    assert.equal(await ada.testid("composer").evaluate((field) => field === document.activeElement), true);
    await ada.testid("composer").press("ArrowUp");
    await ada.testid("message-editor").fill("The loom runs well");
    await ada.testid("edit-save").click();
    await grace.sees("The loom runs well");

    await grace.message("The loom runs well").getByTestId("edited").click();
    const earlier = grace.testid("versions").locator("li");
    await earlier.nth(1).waitFor();
    const texts = await earlier.locator("div[dir=auto]").allInnerTexts();
    assert.deepEqual(texts, ["The loom runs", "The looom runs"]);
    await grace.page.keyboard.press("Escape");
    await grace.page.reload();
    await grace.sees("The loom runs well");
    await grace.choose("The loom runs well");
    assert.equal(await grace.testid("menu-edit").count(), 0, "only who wrote it edits it");
  }));

  it("are unsent, and are not unread any more", play(async (stage) => {
    const [ada, grace] = await together(stage);
    await grace.testid("conversation-item").filter({ hasNotText: "Ada Lovelace" }).first().click();
    await ada.write("to be kept");
    await ada.write("to be regretted");
    await grace.badge("Ada Lovelace").and(grace.page.locator('[data-count="2"]')).waitFor();
    await ada.choose("to be regretted", "unsend");
    await ada.testid("unsend-confirm").click();
    await ada.testid("unsent").filter({ hasText: "You unsent a message" }).waitFor();
    await grace.badge("Ada Lovelace").and(grace.page.locator('[data-count="1"]')).waitFor();
    await grace.conversation("Ada Lovelace").filter({ hasText: "Message unsent" }).waitFor();
    await grace.goTo("Ada Lovelace");
    await grace.sees("to be kept");
    await grace.testid("unsent").waitFor();
    for (const person of [ada, grace]) {
      await person.page.reload();
      await person.testid("unsent").waitFor();
      assert.equal(await person.message("to be regretted").count(), 0);
    }
  }));

  it("are deleted for oneself, on all of one's devices, and for nobody else", play(async (stage) => {
    const [ada, grace] = await together(stage);
    const phone = await stage.enter("grace");
    await ada.write("worth keeping");
    await ada.write("not for my eyes");
    await phone.conversation("Ada Lovelace").filter({ hasText: "not for my eyes" }).waitFor();
    await grace.choose("not for my eyes", "hide");
    await grace.testid("confirm").click();
    await grace.message("not for my eyes").waitFor({ state: "detached" });
    await grace.conversation("Ada Lovelace").filter({ hasText: "worth keeping" }).waitFor();
    await phone.conversation("Ada Lovelace").filter({ hasText: "worth keeping" }).waitFor();
    await phone.goTo("Ada Lovelace");
    await phone.sees("worth keeping");
    await grace.page.reload();
    await grace.sees("worth keeping");
    for (const person of [grace, phone]) assert.equal(await person.message("not for my eyes").count(), 0);
    await ada.sees("not for my eyes");
  }));

  it("call somebody by name, and count apart for who is called", play(async (stage) => {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await ada.goTo("Greenhouse");
    await grace.testid("conversation-item").filter({ hasNotText: "Greenhouse" }).first().click();
    await ada.testid("composer").pressSequentially("Look, @gra");
    await ada.testid("mention-option").filter({ hasText: "Grace Hopper" }).waitFor();
    await ada.page.keyboard.press("Enter");
    await ada.until(() => document.querySelector("[data-testid=composer]").value === "Look, @Grace Hopper ");
    await ada.page.keyboard.type("here");
    await ada.page.keyboard.press("Enter");
    await ada.sees("Look, @Grace Hopper here");
    const badge = grace.conversation("Greenhouse").getByTestId("mention-badge");
    await badge.waitFor();
    await grace.goTo("Greenhouse");
    await grace.message("here").locator("[data-testid=mention][data-us=true]").filter({ hasText: "@Grace Hopper" }).waitFor();
    await badge.waitFor({ state: "detached" });
    // What is typed out counts as well; Esc closes the list and keeps what was written.
    await grace.testid("composer").pressSequentially("@al");
    await grace.testid("mention-option").first().waitFor();
    await grace.page.keyboard.press("Escape");
    await grace.testid("mention-picker").waitFor({ state: "detached" });
    await grace.testid("composer").pressSequentially("l come");
    await grace.page.keyboard.press("Enter");
    await ada.message("@all come").locator("[data-testid=mention][data-us=true]").waitFor();
  }));

  it("are answered, and quoted as they are now", play(async (stage) => {
    const [ada, grace] = await together(stage);
    await ada.write("Who mends the loom?");
    await grace.sees("Who mends the loom?");
    await grace.choose("Who mends the loom?", "reply");
    await grace.testid("reply-bar").filter({ hasText: "Who mends the loom?" }).waitFor();
    await grace.testid("composer").press("Escape");
    await grace.testid("reply-bar").waitFor({ state: "detached" });
    await grace.choose("Who mends the loom?", "reply");
    await grace.write("I do");
    await grace.testid("reply-bar").waitFor({ state: "detached" });
    for (const person of [ada, grace]) {
      await person.sees("I do");
      await person.message("I do").getByTestId("quote").filter({ hasText: "Who mends the loom?" }).waitFor();
    }
    await ada.choose("Who mends the loom?", "edit");
    await ada.testid("message-editor").fill("Who mended the loom?");
    await ada.testid("message-editor").press("Enter");
    await grace.message("I do").getByTestId("quote").filter({ hasText: "Who mended the loom?" }).waitFor();
    await grace.page.reload();
    await grace.message("I do").getByTestId("quote").filter({ hasText: "Who mended the loom?" }).waitFor();
  }));

  it("are reacted to", play(async (stage) => {
    const [ada, grace] = await together(stage);
    await ada.write("It runs again");
    await grace.sees("It runs again");
    await grace.choose("It runs again");
    await grace.testid("react-🎉").click();
    const reaction = (person) => person.message("It runs again").getByTestId("reaction");
    await reaction(ada).filter({ hasText: "1" }).click();
    for (const person of [ada, grace]) {
      await reaction(person).and(person.page.locator("[aria-pressed=true]")).filter({ hasText: "2" }).waitFor();
    }
    await reaction(grace).click();
    await reaction(ada).filter({ hasText: "1" }).waitFor();
    await reaction(grace).and(grace.page.locator("[aria-pressed=false]")).waitFor();
    await ada.page.reload();
    await reaction(ada).and(ada.page.locator("[aria-pressed=true]")).waitFor();
  }));

  it("keep a text that the server does not take", play(async (stage) => {
    const [ada] = await together(stage);
    await ada.write("short");
    await ada.sees("short");
    await ada.choose("short", "edit");
    await ada.testid("message-editor").fill("x".repeat(16_385));
    await ada.testid("edit-save").click();
    await ada.page.getByText("Not saved").waitFor();
    assert.equal((await ada.testid("message-editor").inputValue()).length, 16_385);
    await ada.testid("edit-cancel").click();
    await ada.sees("short");
  }));
});
