// The server goes away in the middle: the banner says so, what is typed waits, and arrives once and in order.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("when the server goes away", () => {
  let browser;
  let parlor;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  const play = (act) => async (t) => {
    parlor = await Parlor.start(t, { PARLOR_DEMO: "1" });
    return Stage.play(() => browser, () => parlor, act, { server_goes_away: true })(t);
  };

  /** What the database holds of these texts, in order. */
  async function stored(user, other, texts) {
    const { id } = await parlor.rest(user).direct(other);
    const bodies = (await parlor.rest(user).history(id)).map(({ body }) => body);
    return bodies.filter((body) => texts.includes(body));
  }

  async function meet(stage) {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await Promise.all([ada.goTo("Grace Hopper"), grace.goTo("Ada Lovelace")]);
    await ada.write("before");
    await grace.sees("before");
    return [ada, grace];
  }

  for (const how of ["kill", "terminate"]) {
    it(`says so, keeps what is typed, and delivers it once and in order after a restart (${how})`, play(async (stage) => {
      const [ada, grace] = await meet(stage);
      await parlor[how]();
      await Promise.all([ada.banner.waitFor(), grace.banner.waitFor()]);
      const hers = ["ada waits 1", "ada waits 2", "ada waits 3", "ada waits 4", "ada waits 5"];
      const other = ["grace waits 1", "grace waits 2"];
      for (const text of hers) await ada.write(text);
      for (const text of other) await grace.write(text);
      await ada.message("ada waits 5").waitFor();
      assert.deepEqual((await ada.texts()).slice(-5), hers, "shown at once");
      await ada.page.locator("[data-testid=message]:not([data-delivery=sent])").nth(4).waitFor();

      await parlor.restart();
      await Promise.all([...hers, ...other].flatMap((text) => [ada.sees(text), grace.sees(text)]));
      await Promise.all([ada, grace].map((person) => person.banner.waitFor({ state: "detached" })));
      assert.deepEqual(await stored("ada", "grace", hers), hers);
      assert.deepEqual(await stored("ada", "grace", other), other);
      for (const person of [ada, grace]) {
        const texts = await person.texts();
        assert.deepEqual(texts.filter((text) => hers.includes(text)), hers, `${person.id} sees each once, in order`);
        assert.deepEqual(texts.filter((text) => other.includes(text)), other, `${person.id} sees each once, in order`);
      }
      await grace.write("and on we go");
      await ada.sees("and on we go");
    }));
  }

  it("keeps what waits over a reload of the page", play(async (stage) => {
    const [ada, grace] = await meet(stage);
    await parlor.kill();
    await ada.banner.waitFor();
    const texts = ["kept 1", "kept 2", "kept 3"];
    for (const text of texts) await ada.write(text);
    await ada.message("kept 3").waitFor();
    // The page comes from the server, so it is back only with it.
    const away = ada.page.waitForEvent("framenavigated");
    await assert.rejects(ada.page.reload(), /ERR_CONNECTION_REFUSED/);
    await away;
    await parlor.restart();
    await ada.page.goto(parlor.url);
    await Promise.all(texts.map((text) => grace.sees(text)));
    await ada.goTo("Grace Hopper");
    await Promise.all(texts.map((text) => ada.sees(text)));
    assert.deepEqual(await stored("ada", "grace", texts), texts);
    assert.deepEqual((await ada.texts()).filter((text) => texts.includes(text)), texts);
    assert.deepEqual((await grace.texts()).filter((text) => texts.includes(text)), texts);
  }));

  it("keeps what waits when the tab is closed, for the next tab", play(async (stage) => {
    const [ada, grace] = await meet(stage);
    await parlor.kill();
    await ada.banner.waitFor();
    const texts = ["left behind 1", "left behind 2"];
    for (const text of texts) await ada.write(text);
    await ada.message("left behind 2").waitFor();
    await ada.page.close();
    await parlor.restart();
    await ada.open();
    await Promise.all(texts.map((text) => grace.sees(text)));
    assert.deepEqual(await stored("ada", "grace", texts), texts);
    await ada.goTo("Grace Hopper");
    await ada.sees("left behind 2");
  }));

  it("sends once when it is killed while messages are on their way", play(async (stage) => {
    const [ada, grace] = await meet(stage);
    const texts = Array.from({ length: 20 }, (_, at) => `on the way ${at + 1}.`);
    for (const text of texts) {
      await ada.write(text);
      if (text === texts[9]) await parlor.kill();
    }
    await parlor.restart();
    await Promise.all([ada, grace].map((person) => person.sees(texts.at(-1))));
    assert.deepEqual(await stored("ada", "grace", texts), texts);
    await grace.page.reload();
    await grace.sees(texts.at(-1));
  }));

  it("catches up with what was said while one page could not reach the server", play(async (stage) => {
    const [ada, grace] = await meet(stage);
    await ada.context.setOffline(true);
    await ada.banner.waitFor();
    await ada.write("typed without a network");
    const said = ["missed 1", "missed 2", "missed 3"];
    for (const text of said) await grace.write(text);
    await grace.sees("missed 3");
    await ada.context.setOffline(false);
    await ada.sees("missed 3");
    await grace.sees("typed without a network");
    await ada.banner.waitFor({ state: "detached" });
    assert.deepEqual((await ada.texts()).filter((text) => said.includes(text)), said);
    assert.deepEqual(await stored("ada", "grace", ["typed without a network"]), ["typed without a network"]);
  }));
});
