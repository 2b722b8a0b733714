// Whatever a test starts is ended with the test process, however that ends: each child by its own pid.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const undone = new Set();

/** Runs `undo` (synchronously) when this process exits, unless the returned function was called before. */
export function atExit(undo) {
  undone.add(undo);
  return () => undone.delete(undo);
}

/** A folder that is gone when the process is. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `parlor-${name}-`));
  atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/**
 * Where Linux has it: the kernel ends the child should this process be killed outright, when no exit handler runs.
 * The program replaces setpriv, so the pid is the program's own.
 */
export function tied(command, signal = "KILL", as_user = []) {
  const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find(existsSync);
  return setpriv ? [setpriv, ...as_user, "--pdeathsig", signal, ...command] : command;
}

/** Ends a child with this process. */
export function endWithUs(child, signal = "SIGKILL") {
  const forget = atExit(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  });
  child.once("exit", forget);
  return child;
}

process.once("exit", () => {
  // The last started is the first ended: a folder goes after whoever wrote into it.
  for (const undo of [...undone].reverse()) undo();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
