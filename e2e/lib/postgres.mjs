import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { endWithUs, temporaryFolder, tied } from "./cleanup.mjs";
import { within } from "./inbox.mjs";
import { run } from "./parlor.mjs";

/** The program, from PATH or from where Debian keeps the newest. */
function find(name) {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...process.env.PATH.split(delimiter)];
  const found = folders.map((folder) => join(folder, name)).find(existsSync);
  if (!found) throw new Error(`${name} is not installed: apt-get install postgresql`);
  return found;
}

/** PostgreSQL refuses to run as root, so root becomes the user that the package made for it. */
function asUser(folder) {
  if (process.getuid() !== 0) return [];
  const id = (which) => Number(execFileSync("id", [which, "postgres"], { encoding: "utf8" }));
  const [user, group] = [id("-u"), id("-g")];
  chownSync(folder, user, group);
  return ["--reuid", String(user), "--regid", String(group), "--clear-groups"];
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A cluster of its own in a temporary folder, gone with the test process. */
export class Postgres {
  #child;
  #exited;

  static async start(t) {
    const postgres = new Postgres();
    const folder = temporaryFolder("postgres");
    const user = asUser(folder);
    const data = join(folder, "data");
    const [initdb, ...given] = tied([find("initdb"), "--no-sync", "--auth=trust", "--username=postgres"], "KILL", user);
    const options = { cwd: folder, stdio: ["ignore", "pipe", "pipe"] };
    execFileSync(initdb, [...given, "--encoding=UTF8", "--no-locale", "--pgdata", data], options);
    t?.after(() => postgres.stop());
    postgres.port = await freePort();
    const where = ["-D", data, "-p", String(postgres.port), "-h", "127.0.0.1", "-k", folder];
    const [program, ...args] = tied([find("postgres"), ...where, "-c", "fsync=off"], "QUIT", user);
    await postgres.#spawn(program, args, options);
    return postgres;
  }

  async #spawn(program, args, options) {
    // setpriv becomes the server, so this pid is the server's. SIGQUIT: at once, with its own children.
    const child = endWithUs(spawn(program, args, options), "SIGQUIT");
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("exit", resolve));
    let log = "";
    const up = new Promise((resolve, reject) => {
      child.stderr.setEncoding("utf8").on("data", (text) => {
        log = (log + text).slice(-20_000);
        if (log.includes("ready to accept connections")) resolve();
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`postgres ended with ${code}\n${log}`)));
    });
    await within(up, () => `postgres does not start\n${log}`, 60_000);
  }

  /** An empty database of this name: its URL. */
  create(database) {
    const where = ["-h", "127.0.0.1", "-p", String(this.port), "-U", "postgres"];
    execFileSync(find("psql"), [...where, "-qc", `CREATE DATABASE ${database}`, "postgres"], { encoding: "utf8" });
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** A database with the schema that the binary brings: its URL. */
  migrated(database) {
    const url = this.create(database);
    const { code, stderr } = run(["migrate", "up"], { PARLOR_DATABASE_URL: url });
    if (code !== 0) throw new Error(`parlor migrate up ended with ${code}: ${stderr}`);
    return url;
  }

  async stop() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGQUIT");
    await this.#exited;
  }
}
