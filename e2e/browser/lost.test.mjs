// An event is lost on a connection that lives: nobody says so, and the page finds out by itself.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { within } from "../lib/inbox.mjs";
import { LosingProxy } from "../lib/losing-proxy.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("a page that lost an event", () => {
  let browser;
  let parlor;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  const play = (env, act) => async (t) => {
    parlor = await Parlor.start(t, { PARLOR_DEMO: "1", ...env });
    return Stage.play(() => browser, () => parlor, act)(t);
  };

  /** Ada reads by way of the proxy, which loses what Grace writes next. */
  async function lose(stage, t) {
    const proxy = await LosingProxy.start(t, parlor.url);
    const [ada, grace] = await Promise.all([stage.enter("ada", { by: proxy }), stage.enter("grace")]);
    await Promise.all([ada.goTo("Grace Hopper"), grace.goTo("Ada Lovelace")]);
    let connections = 0;
    ada.page.on("websocket", () => {
      connections += 1;
    });
    await grace.write("before");
    await ada.sees("before");
    const lost = proxy.loseNext("is lost");
    await grace.write("this one is lost");
    assert.match(await within(lost, "nothing was lost"), /message:new/);
    return { ada, grace, connections: () => connections };
  }

  it("has it soon, on the same connection", play({ PARLOR_LIMITS_HEADS_DIGEST_MS: "500" }, async (stage, t) => {
    const { ada, grace, connections } = await lose(stage, t);
    await ada.sees("this one is lost");
    await grace.write("after");
    await ada.sees("after");
    assert.deepEqual((await ada.texts()).slice(-3), ["before", "this one is lost", "after"]);
    assert.equal(connections(), 0, "no other connection was made");
  }));

  it("has it with the next one, where no digests are sent", play({ PARLOR_LIMITS_HEADS_DIGEST_MS: "0" }, async (stage, t) => {
    const { ada, grace } = await lose(stage, t);
    const alan = await stage.enter("alan");
    await alan.goTo("Ada Lovelace");
    await alan.write("meanwhile");
    await ada.badge("Alan Turing").waitFor();
    assert.equal(await ada.message("this one is lost").count(), 0);
    await grace.write("after");
    await ada.sees("this one is lost");
    assert.deepEqual((await ada.texts()).slice(-3), ["before", "this one is lost", "after"]);
  }));
});
