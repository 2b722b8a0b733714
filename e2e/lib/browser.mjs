import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { PATIENCE_MS } from "./inbox.mjs";

const ARTIFACTS = fileURLToPath(new URL("../artifacts/", import.meta.url));
const BINARIES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** What the browser itself logs while a server is away; nothing a page could keep it from. */
const SERVER_AWAY = /net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|INTERNET_DISCONNECTED|EMPTY_RESPONSE)|WebSocket connection to .* failed/;

export async function launch() {
  const executablePath = BINARIES.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("chromium is not installed: apt-get install chromium");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...QUIET] });
}

/** People in front of one server, each with a browser of his own; who fails leaves a screenshot in artifacts/. */
export class Stage {
  people = [];

  constructor(browser, parlor) {
    Object.assign(this, { browser, parlor });
  }

  /** Runs a test with a stage, and looks at the end whether any page complained. */
  static play(browser, parlor, act, { server_goes_away = false } = {}) {
    return async (t) => {
      const stage = new Stage(browser(), parlor());
      try {
        await act(stage, t);
        for (const person of stage.people) person.assertNoComplaint({ server_goes_away });
      } catch (error) {
        await stage.#keepPictures(t.name);
        throw error;
      } finally {
        await Promise.all(stage.people.map(({ context }) => context.close()));
      }
    };
  }

  async #keepPictures(name) {
    mkdirSync(ARTIFACTS, { recursive: true });
    const file = (person, at) => `${ARTIFACTS}${name.replace(/\W+/g, "-")}-${at}-${person.id}.png`;
    await Promise.all(this.people.map((person, at) => person.page.screenshot({ path: file(person, at) }).catch(() => {})));
  }

  /** Somebody of the demo, logged in and connected; by another way than to the server itself, if `by` has its `url`. */
  async enter(id, { by = this.parlor, ...options } = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`CSP violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}`);
      });
    });
    const person = new Person(id, context, by);
    this.people.push(person);
    await person.open();
    return person;
  }
}

/** Someone at a page: does what people do, sees what they see. */
export class Person {
  complaints = [];

  constructor(id, context, parlor) {
    Object.assign(this, { id, context, parlor });
  }

  async open() {
    this.page = await this.context.newPage();
    this.page.on("console", (message) => message.type() === "error" && this.complaints.push(`${message.text()} ${message.location().url}`));
    this.page.on("pageerror", (error) => this.complaints.push(`uncaught: ${error.stack ?? error}`));
    await this.page.goto(`${this.parlor.url}/?as=${this.id}`);
    await this.testid("conversation-item").first().waitFor();
  }

  testid(id) {
    return this.page.getByTestId(id);
  }

  conversation(title) {
    return this.testid("conversation-item").filter({ hasText: title });
  }

  badge(title) {
    return this.conversation(title).getByTestId("unread-badge");
  }

  async goTo(title) {
    await this.conversation(title).click();
    await this.testid("chat-title").filter({ hasText: title }).waitFor();
  }

  async write(text) {
    await this.testid("composer").fill(text);
    await this.testid("composer").press("Enter");
  }

  message(text) {
    return this.testid("message").filter({ hasText: text });
  }

  /** Waits until the message is on the screen, as sent (with its number). */
  async sees(text) {
    await this.message(text).and(this.page.locator("[data-delivery=sent]")).waitFor();
  }

  /** Opens the menu of a message, and takes something from it. */
  async choose(text, item) {
    const message = this.message(text).first();
    await message.hover();
    await message.getByTestId("message-more").click();
    if (item) await this.testid(`menu-${item}`).click();
  }

  /** The texts on the screen, from top to bottom. */
  texts() {
    return this.page.locator("[data-testid=message] div[dir=auto]").allInnerTexts();
  }

  get banner() {
    return this.testid("connection-banner");
  }

  /** Waits for what the page computes. */
  until(look, argument) {
    return this.page.waitForFunction(look, argument);
  }

  assertNoComplaint({ server_goes_away }) {
    const left = this.complaints.filter((text) => !(server_goes_away && SERVER_AWAY.test(text)));
    if (left.length > 0) throw new Error(`${this.id}'s console: ${left.join("\n")}`);
  }
}
