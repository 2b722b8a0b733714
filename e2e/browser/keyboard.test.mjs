// Everything without a mouse: log in, go somewhere, write, start a group, leave a dialog.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("by keyboard alone", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  const focused = (person) =>
    person.page.evaluate(() => document.activeElement?.dataset.testid ?? document.activeElement?.getAttribute("aria-label"));

  /** Presses Tab until this has the focus; a person would not press it thirty times. */
  async function tabTo(person, testid) {
    const passed = [];
    for (let at = 0; at < 30; at++) {
      await person.page.keyboard.press("Tab");
      const now = await focused(person);
      if (now === testid) return;
      passed.push(now);
    }
    assert.fail(`Tab does not reach ${testid}: ${passed.join(", ")}`);
  }

  it("one logs in", play(async (stage) => {
    const visitor = await stage.enter("ada");
    await visitor.page.evaluate(() => sessionStorage.clear());
    await visitor.page.goto(parlor.url);
    await visitor.testid("login-person").first().waitFor();
    await tabTo(visitor, "login-person");
    await visitor.page.keyboard.press("Enter");
    await visitor.testid("conversation-item").first().waitFor();
  }));

  it("one finds a conversation with Ctrl+K, and writes", play(async (stage) => {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    for (const shortcut of ["Control+k", "Meta+k"]) {
      await ada.page.keyboard.press(shortcut);
      await ada.testid("quick-switcher").waitFor();
      await ada.page.keyboard.press("Escape");
      await ada.testid("quick-switcher").waitFor({ state: "detached" });
    }
    await ada.page.keyboard.press("Control+k");
    await ada.testid("quick-switcher").waitFor();
    await ada.page.keyboard.type("grace hop");
    await ada.page.keyboard.press("Enter");
    await ada.testid("chat-title").filter({ hasText: "Grace Hopper" }).waitFor();
    await ada.until(() => document.activeElement?.dataset.testid === "composer");
    await ada.page.keyboard.type("no mouse");
    await ada.page.keyboard.press("Shift+Enter");
    await ada.page.keyboard.type("second line");
    await ada.page.keyboard.press("Enter");
    await ada.sees("no mouse");
    assert.equal((await ada.texts()).at(-1), "no mouse\nsecond line");
    assert.equal(await ada.testid("composer").inputValue(), "");
    await grace.badge("Ada Lovelace").waitFor();
  }));

  it("one walks the list with Tab and arrows", play(async (stage) => {
    const ada = await stage.enter("ada");
    await tabTo(ada, "conversation-item");
    await ada.page.keyboard.press("ArrowDown");
    assert.equal(await focused(ada), "conversation-item");
    const chosen = await ada.page.evaluate(() => document.activeElement.dataset.conversationId);
    assert.equal(chosen, await ada.testid("conversation-item").nth(1).getAttribute("data-conversation-id"), "the second");
    await ada.page.keyboard.press("Enter");
    await ada.testid("chat").waitFor();
    assert.equal(await ada.testid("chat").getAttribute("data-conversation-id"), chosen);
    await ada.page.keyboard.press("Escape");
    await ada.until(() => document.activeElement?.dataset.testid === "conversation-item");
  }));

  it("one starts a group", play(async (stage) => {
    const ada = await stage.enter("ada");
    await tabTo(ada, "new-conversation");
    await ada.page.keyboard.press("Enter");
    await ada.until(() => document.activeElement?.dataset.testid === "people-query");
    for (const name of ["hedy", "alan"]) {
      await ada.page.keyboard.type(name);
      await ada.page.locator(`[data-testid=person-option][data-user-id=${name}]`).waitFor();
      await ada.until(() => document.querySelectorAll("[data-testid=person-option]").length === 1);
      await ada.page.keyboard.press("Enter");
    }
    await tabTo(ada, "group-name");
    await ada.page.keyboard.type("Keys only");
    await ada.page.keyboard.press("Enter");
    await ada.testid("chat-title").filter({ hasText: "Keys only" }).waitFor();
  }));

  it("the focus stays inside a dialog and returns where it was", play(async (stage) => {
    const ada = await stage.enter("ada");
    await tabTo(ada, "new-conversation");
    await ada.page.keyboard.press("Enter");
    await ada.testid("new-conversation-dialog").waitFor();
    for (let at = 0; at < 12; at++) {
      await ada.page.keyboard.press("Tab");
      // null: the browser's own controls, outside of the page.
      const inside = await ada.page.evaluate(
        () => document.activeElement === document.body || !!document.activeElement?.closest("dialog,[role=dialog]"),
      );
      assert.ok(inside, `Tab ${at + 1} left the dialog to ${await focused(ada)}`);
    }
    await ada.page.keyboard.press("Escape");
    await ada.testid("new-conversation-dialog").waitFor({ state: "detached" });
    await ada.until(() => document.activeElement?.dataset.testid === "new-conversation");
  }));
});
