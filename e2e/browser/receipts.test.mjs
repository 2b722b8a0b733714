// Ticks and "seen by": what one wrote comes to the other, is read, and both can keep that to themselves.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("receipts", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  it("say that a message was sent, delivered and read", play(async (stage) => {
    const ada = await stage.enter("ada");
    await ada.goTo("Alan Turing");
    await ada.write("Is anybody there?");
    await ada.testid("sent").waitFor();
    const alan = await stage.enter("alan");
    await ada.testid("delivered").waitFor();
    await alan.goTo("Ada Lovelace");
    await alan.sees("Is anybody there?");
    await ada.testid("read").waitFor();
    await ada.page.reload();
    await ada.testid("read").waitFor();
    await ada.testid("read").click();
    await ada.testid("seen-by").locator("[data-user-id=alan][data-read=true]").waitFor();
    await ada.page.keyboard.press("Escape");
    await ada.testid("seen-by").waitFor({ state: "detached" });
  }));

  it("say in a group who has seen it", play(async (stage) => {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await parlor.rest("ada").post("/conversations", { kind: "group", name: "Porch", user_ids: ["grace", "alan"] });
    await ada.goTo("Porch");
    await ada.write("Tea at five");
    await grace.goTo("Porch");
    await grace.sees("Tea at five");
    await ada.testid("read").filter({ hasText: "Seen by Grace" }).waitFor();
    await ada.choose("Tea at five", "seen-by");
    await ada.testid("seen-by").locator("[data-user-id=grace]").waitFor();
    assert.equal(await ada.testid("seen-by").locator("[data-user-id]").count(), 1);
  }));

  async function open(who) {
    await who.testid("me").first().click();
    await who.testid("open-settings").click();
    await who.testid("receipts-choice").waitFor();
  }

  it("are kept to oneself by who wishes it, and then of others too", play(async (stage) => {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await open(grace);
    await grace.testid("receipts-choice").uncheck();
    await grace.page.keyboard.press("Escape");
    await ada.goTo("Grace Hopper");
    await grace.goTo("Ada Lovelace");
    await ada.write("Did you see this?");
    await grace.sees("Did you see this?");
    await grace.write("I will not tell");
    await ada.sees("I will not tell");
    assert.equal(await ada.testid("read").count(), 0);
    assert.equal(await grace.testid("read").count(), 0);
    await open(grace);
    await grace.testid("receipts-choice").check();
    await grace.testid("read").waitFor();
  }));
});
