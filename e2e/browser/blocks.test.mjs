// One person blocks another: in the conversation, on another device, in a group, in the settings.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("blocks in the web app", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  it("are set from the conversation, known on every device, and lifted in the settings", play(async (stage) => {
    const [ada, phone, grace] = await Promise.all([stage.enter("ada"), stage.enter("ada"), stage.enter("grace")]);
    await Promise.all([ada, phone].map((device) => device.goTo("Grace Hopper")));
    await grace.goTo("Ada Lovelace");
    await ada.testid("person-menu").click();
    await ada.testid("block").click();
    await ada.testid("confirm-block").click();
    await Promise.all([ada, phone].map((device) => device.testid("blocked-bar").waitFor()));
    assert.equal(await ada.testid("composer").count(), 0);

    await grace.write("are you there?");
    const failed = grace.testid("failed");
    await failed.waitFor();
    assert.match(await failed.innerText(), /you cannot write to this person/);
    assert.doesNotMatch(await failed.innerText(), /block/i);

    await ada.page.reload();
    await ada.testid("blocked-bar").waitFor();
    await ada.testid("me").first().click();
    await ada.testid("open-settings").click();
    const listed = ada.testid("blocked-people").getByText("Grace Hopper");
    await listed.waitFor();
    await ada.testid("unblock-person").click();
    await listed.waitFor({ state: "detached" });
    await ada.page.keyboard.press("Escape");
    await Promise.all([ada, phone].map((device) => device.testid("composer").waitFor()));
    await grace.testid("retry").click();
    await Promise.all([ada, phone].map((device) => device.sees("are you there?")));
  }));

  it("fold what the other writes in groups, until it is asked for", play(async (stage) => {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await parlor.rest("grace").group("Block party", ["ada"]);
    await parlor.rest("ada").ask("PUT", "/api/v1/users/grace/block");
    await Promise.all([ada.goTo("Block party"), grace.goTo("Block party")]);
    await grace.write("for everybody");
    await grace.sees("for everybody");
    await ada.testid("folded").waitFor();
    assert.equal(await ada.message("for everybody").count(), 0);
    await ada.testid("folded").click();
    await ada.sees("for everybody");
    await parlor.rest("ada").ask("DELETE", "/api/v1/users/grace/block");
  }));

  it("and who may write first is set for all devices, and keeps strangers out", play(async (stage) => {
    const [ada, laptop] = await Promise.all([stage.enter("ada"), stage.enter("ada")]);
    const open = async (device) => {
      await device.testid("me").first().click();
      await device.testid("open-settings").click();
      await device.testid("messaging-access").waitFor();
    };
    const choice = (device, name) => device.testid("messaging-access").getByRole("radio", { name });
    await Promise.all([open(ada), open(laptop)]);
    await choice(ada, /^Nobody/).check();
    await laptop.until(() => document.querySelector("input[name=messaging-access][value=nobody]")?.checked);
    const stranger = parlor.rest("a-stranger");
    const begin = { kind: "direct", user_id: "ada" };
    assert.equal((await stranger.post("/conversations", begin)).body.code, "not_allowed");
    await choice(laptop, /^People who follow you/).check();
    await ada.until(() => document.querySelector("input[name=messaging-access][value=followers]")?.checked);
    assert.equal((await stranger.put("/users/ada/follow", {})).status, 200);
    assert.equal((await stranger.post("/conversations", begin)).status, 201);
    await choice(ada, /^Everyone/).check();

    await ada.page.keyboard.press("Escape");
    await ada.goTo("Grace Hopper");
    await ada.testid("person-menu").click();
    await ada.testid("follow").click();
    await ada.testid("person-menu").click();
    await ada.testid("unfollow").click();
  }));
});
