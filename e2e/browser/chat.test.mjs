// Two people, each in a browser: they write to each other, see what is unread, reload, and start conversations.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("two people in the web app", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  it("write to each other", play(async (stage) => {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await Promise.all([ada.goTo("Grace Hopper"), grace.goTo("Ada Lovelace")]);
    const lines = [
      [ada, "Does the loom run?"],
      [grace, "It does. <b>Nearly</b> & \"fully\" 🧵"],
      [ada, "Two lines\nof text"],
      [grace, "https://example.com/?a=1&b=<script>alert(1)</script>"],
    ];
    for (const [who, text] of lines) {
      await who.testid("composer").fill(text);
      await who.testid("send").click();
      const shown = text.split("\n")[0];
      await Promise.all([ada.sees(shown), grace.sees(shown)]);
    }
    const expected = lines.map(([, text]) => text);
    assert.deepEqual((await ada.texts()).slice(-4), expected, "in order, once, as typed");
    assert.deepEqual((await grace.texts()).slice(-4), expected);
    assert.deepEqual(await ada.page.locator("[data-testid=message][data-own=true]").last().getAttribute("data-delivery"), "sent");
  }));

  it("see what is unread come and go", play(async (stage) => {
    const [ada, alan] = await Promise.all([stage.enter("ada"), stage.enter("alan")]);
    await alan.goTo("Ada Lovelace");
    await ada.goTo("Alan Turing"); // what waits is read
    await ada.badge("Alan Turing").waitFor({ state: "detached" });
    await ada.goTo("Hedy Lamarr");
    for (const [text, count] of [["one", 1], ["two", 2], ["three", 3]]) {
      await alan.write(`unread ${text}`);
      await ada.badge("Alan Turing").and(ada.page.locator(`[data-count="${count}"]`)).waitFor();
    }
    await ada.until(() => /^\(\d+\)/.test(document.title));
    await ada.page.reload();
    await ada.badge("Alan Turing").and(ada.page.locator('[data-count="3"]')).waitFor();
    await ada.goTo("Alan Turing");
    await ada.sees("unread three");
    await ada.badge("Alan Turing").waitFor({ state: "detached" });
    await ada.page.reload();
    await ada.conversation("Alan Turing").waitFor();
    assert.equal(await ada.badge("Alan Turing").count(), 0, "read stays read");
    assert.equal((await parlor.rest("ada").direct("alan")).unread, 0);
  }));

  it("read in one tab, and the other tab knows", play(async (stage) => {
    const [phone, laptop, hedy] = await Promise.all([stage.enter("ada"), stage.enter("ada"), stage.enter("hedy")]);
    await hedy.goTo("Ada Lovelace");
    await hedy.write("on every device");
    await Promise.all([phone, laptop].map((tab) => tab.badge("Hedy Lamarr").waitFor()));
    await phone.goTo("Hedy Lamarr");
    await phone.sees("on every device");
    await laptop.badge("Hedy Lamarr").waitFor({ state: "detached" });
    await phone.write("from the phone");
    await laptop.goTo("Hedy Lamarr");
    await laptop.sees("from the phone");
  }));

  it("find everything again after a reload", play(async (stage) => {
    const [ada, katherine] = await Promise.all([stage.enter("ada"), stage.enter("katherine")]);
    await Promise.all([ada.goTo("Katherine Johnson"), katherine.goTo("Ada Lovelace")]);
    await ada.write("before the reload");
    await katherine.sees("before the reload");
    const seen = await ada.texts();
    await ada.page.reload();
    await ada.sees("before the reload");
    assert.equal(await ada.testid("chat-title").innerText(), "Katherine Johnson", "at the same place");
    assert.deepEqual(await ada.texts(), seen);
    await ada.write("after the reload");
    await katherine.sees("after the reload");
    assert.equal(await ada.message("before the reload").count(), 1);
  }));

  it("start a direct conversation, and it is the one that there is", play(async (stage) => {
    const [alan, katherine] = await Promise.all([stage.enter("alan"), stage.enter("katherine")]);
    await alan.testid("new-conversation").click();
    await alan.testid("people-query").fill("kath");
    await alan.page.locator("[data-testid=person-option][data-user-id=katherine]").click();
    await alan.testid("create-conversation").click();
    await alan.testid("chat-title").filter({ hasText: "Katherine Johnson" }).waitFor();
    await alan.write("A word, Katherine?");
    await katherine.badge("Alan Turing").waitFor();
    await katherine.goTo("Alan Turing");
    await katherine.sees("A word, Katherine?");

    await katherine.testid("new-conversation").click();
    await katherine.testid("people-query").fill("alan");
    await katherine.page.locator("[data-testid=person-option][data-user-id=alan]").click();
    await katherine.testid("create-conversation").click();
    await katherine.testid("new-conversation-dialog").waitFor({ state: "detached" });
    assert.equal(await katherine.conversation("Alan Turing").count(), 1);
    await katherine.sees("A word, Katherine?");
  }));

  it("start a group with a name, and everybody has it", play(async (stage) => {
    const [ada, grace, hedy] = await Promise.all(["ada", "grace", "hedy"].map((id) => stage.enter(id)));
    await ada.testid("new-conversation").click();
    for (const id of ["grace", "hedy"]) {
      await ada.testid("people-query").fill(id);
      await ada.page.locator(`[data-testid=person-option][data-user-id=${id}]`).click();
    }
    await ada.testid("group-name").fill("Loom & Radio");
    await ada.testid("create-conversation").click();
    await ada.testid("chat-title").filter({ hasText: "Loom & Radio" }).waitFor();
    await ada.write("Welcome, both");
    for (const other of [grace, hedy]) {
      await other.badge("Loom & Radio").waitFor();
      await other.goTo("Loom & Radio");
      await other.sees("Welcome, both");
    }
    await hedy.write("Thank you");
    await Promise.all([ada, grace].map((person) => person.sees("Thank you")));
  }));
});
