// axe-core finds nothing serious on the main screens, in light and in dark, wide and on a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** Whatever is still fading in would be judged by its colours of the moment. */
async function atRest(page) {
  await page.waitForFunction(() =>
    document.getAnimations().every(({ effect, playState }) => playState === "finished" || effect.getTiming().iterations === Infinity),
  );
}

/** What axe finds that is serious, in words. */
async function examine(person, screen) {
  await atRest(person.page);
  // Evaluated by the debugger, so the page's own content security policy stays in force.
  const found = await person.page.evaluate(`(() => { ${AXE}; return axe.run(document, { resultTypes: ["violations"] }); })()`);
  const serious = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = (nodes) => nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} — ${failureSummary}`).join(" | ");
  return serious.map(({ id, impact, nodes }) => `${screen}: ${impact} ${id}: ${told(nodes.slice(0, 4))}`);
}

describe("axe-core", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));

  for (const colorScheme of ["light", "dark"]) {
    for (const [size, options] of [["wide", {}], ["phone", PHONE]]) {
      it(`is content in ${colorScheme}, ${size}`, Stage.play(() => browser, () => parlor, async (stage) => {
        const [ada, grace] = [await stage.enter("ada", { colorScheme, ...options }), await stage.enter("grace")];
        const found = [];
        const look = async (screen) => found.push(...(await examine(ada, screen)));
        await look("the list");
        await grace.goTo("Greenhouse");
        await grace.write(`A message for ${colorScheme} ${size}`);
        await ada.badge("Greenhouse").waitFor();
        await look("the list with something unread");
        await ada.goTo("Greenhouse");
        await ada.sees(`A message for ${colorScheme} ${size}`);
        await ada.write(`Mine for ${colorScheme} ${size}, and a link: https://example.com`);
        await ada.sees(`Mine for ${colorScheme} ${size}`);
        await look("a group");
        await ada.testid("details-toggle").click();
        await ada.testid("details").waitFor();
        await look("a group's details");
        await ada.page.keyboard.press("Escape");
        await ada.page.keyboard.press("Control+k");
        await ada.testid("quick-switcher").waitFor();
        await look("the quick switcher");
        await ada.page.keyboard.press("Escape");
        await ada.testid("quick-switcher").waitFor({ state: "detached" });
        await ada.page.goto(`${parlor.url}/#/`);
        await ada.testid("new-conversation").click();
        await ada.testid("person-option").first().click();
        await ada.testid("person-option").nth(1).click();
        await ada.testid("group-name").waitFor();
        await look("a new conversation");
        await ada.page.evaluate(() => sessionStorage.clear());
        await ada.page.goto(parlor.url);
        await ada.testid("login-person").first().waitFor();
        await look("the login");
        assert.deepEqual(found, []);
      }));
    }
  }
});
