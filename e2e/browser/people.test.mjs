// A group's people: added, given roles, removed, leaving; each sees it where he is, and who is out is out.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, Stage } from "../lib/browser.mjs";
import { Parlor } from "../lib/parlor.mjs";

describe("the people of a group", () => {
  let browser;
  let parlor;
  before(async () => {
    [browser, parlor] = await Promise.all([launch(), Parlor.start(undefined, { PARLOR_DEMO: "1" })]);
  });
  after(() => Promise.all([browser?.close(), parlor?.close()]));
  const play = (act) => Stage.play(() => browser, () => parlor, act);

  const member = (who, id) => who.page.locator(`[data-testid=member][data-user-id=${id}]`);
  const note = (who, text) => who.testid("system-message").filter({ hasText: text });

  async function group(ada, name) {
    const { id } = (await parlor.rest("ada").post("/conversations", { kind: "group", name, user_ids: ["grace"] })).body;
    await ada.goTo(name);
    await ada.testid("details-toggle").click();
    await ada.testid("details").waitFor();
    return id;
  }

  it("are added, raised and removed", play(async (stage) => {
    const [ada, grace, alan] = await Promise.all([stage.enter("ada"), stage.enter("grace"), stage.enter("alan")]);
    await group(ada, "Attic");
    await grace.goTo("Attic");
    await ada.testid("add-people-open").click();
    await ada.testid("people-query").fill("alan");
    await ada.page.locator("[data-testid=person-option][data-user-id=alan]").click();
    await ada.testid("add-people").click();
    await member(ada, "alan").waitFor();
    await note(grace, "Ada added Alan").waitFor();
    await alan.goTo("Attic");
    await note(alan, "Ada added you").waitFor();
    assert.equal(await alan.badge("Attic").count(), 0, "what the group says is never unread");

    await member(ada, "alan").getByTestId("member-menu").click();
    await ada.testid("make-moderator").click();
    await member(ada, "alan").and(ada.page.locator("[data-role=moderator]")).waitFor();
    await note(alan, "Ada made you a moderator").waitFor();
    await alan.testid("details-toggle").click();
    assert.equal(await alan.testid("add-people-open").count(), 0, "only admins add people");

    await member(alan, "grace").getByTestId("member-menu").click();
    await alan.testid("remove-member").click();
    await alan.testid("confirm").click();
    await grace.conversation("Attic").waitFor({ state: "detached" });
    await grace.page.getByText("This door does not open").waitFor();
    await note(ada, "Alan removed Grace").waitFor();
    await ada.write("Only the two of us");
    await alan.sees("Only the two of us");
    await grace.page.reload();
    await grace.testid("conversation-item").first().waitFor();
    assert.equal(await grace.conversation("Attic").count(), 0);
  }));

  it("hand the group over and leave", play(async (stage) => {
    const [ada, grace] = await Promise.all([stage.enter("ada"), stage.enter("grace")]);
    await group(ada, "Cellar");
    await grace.goTo("Cellar");
    await grace.testid("details-toggle").click();
    assert.equal(await grace.testid("member-menu").count(), 0, "a member can do nothing about others");
    await member(ada, "grace").getByTestId("member-menu").click();
    await ada.testid("make-owner").click();
    await ada.testid("confirm").click();
    await member(ada, "grace").and(ada.page.locator("[data-role=owner]")).waitFor();
    await member(ada, "ada").and(ada.page.locator("[data-role=admin]")).waitFor();
    await note(grace, "Ada made you the owner").waitFor();
    await ada.testid("leave-group").click();
    await ada.testid("confirm").click();
    await ada.conversation("Cellar").waitFor({ state: "detached" });
    await note(grace, "Ada left").waitFor();
    await member(grace, "ada").waitFor({ state: "detached" });
  }));
});
