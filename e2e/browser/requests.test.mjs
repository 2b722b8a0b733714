// Message requests: who takes first messages of some only is asked, sees what was said, and answers unseen.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("message requests", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  /** A stranger asks Hedy, who takes first messages of followers only. */
  async function ask(name, text) {
    assert.equal((await parlor.rest("hedy").patch("/me/settings", { messaging_access: "followers" })).status, 200);
    const stranger = parlor.rest(name);
    const { body } = await stranger.post("/conversations", { kind: "direct", user_id: "hedy" });
    assert.equal((await stranger.post(`/conversations/${body.id}/messages`, { body: text })).status, 201);
    return body.id;
  }

  it("are seen on every device, and accepted", play(async (stage) => {
    const [hedy, laptop] = await Promise.all([stage.enter("hedy"), stage.enter("hedy")]);
    const id = await ask("a-stranger", "I play the piano too");
    await laptop.testid("requests-open").waitFor();
    await hedy.testid("requests-open").click();
    const item = hedy.page.locator("[data-testid=request][data-user-id=a-stranger]");
    await item.filter({ hasText: "I play the piano too" }).waitFor();
    await item.getByTestId("accept-request").click();
    await hedy.testid("chat-title").filter({ hasText: "a-stranger" }).waitFor();
    await hedy.sees("I play the piano too");
    await hedy.write("Come over");
    await laptop.testid("requests-open").waitFor({ state: "detached" });
    await laptop.conversation("a-stranger").waitFor();
    const held = (await parlor.rest("a-stranger").get(`/conversations/${id}`)).body;
    assert.equal(held.request, undefined);
  }));

  it("are declined, and who asked cannot tell", play(async (stage) => {
    const hedy = await stage.enter("hedy");
    const id = await ask("a-salesman", "Brushes!");
    await hedy.testid("requests-open").click();
    await hedy.testid("decline-request").click();
    await hedy.testid("requests-open").waitFor({ state: "detached" });
    assert.equal((await parlor.rest("a-salesman").get(`/conversations/${id}`)).body.request.id, "hedy");
    await hedy.page.reload();
    await hedy.testid("conversation-item").first().waitFor();
    assert.equal(await hedy.testid("requests-open").count(), 0);
  }));

  it("show who asks what to expect", play(async (stage) => {
    await parlor.rest("katherine").patch("/me/settings", { messaging_access: "mutual" });
    const alan = await stage.enter("alan");
    const { id } = (await parlor.rest("alan").post("/conversations", { kind: "direct", user_id: "katherine" })).body;
    await alan.page.goto(`${parlor.url}/?as=alan#/c/${id}`);
    await alan.testid("request-pending").waitFor();
    for (const text of ["one", "two", "three"]) {
      await alan.write(text);
      await alan.sees(text);
    }
    await alan.write("four");
    await alan.testid("failed").filter({ hasText: "waits for an answer" }).waitFor();
    await alan.testid("discard").click();
    const katherine = await stage.enter("katherine");
    await katherine.testid("requests-open").click();
    await katherine.testid("accept-request").click();
    await alan.testid("request-pending").waitFor({ state: "detached" });
    await katherine.write("Of course");
    await alan.sees("Of course");
  }));
});
