// Whatever a test starts is ended with the test process, however that ends: each child by its own pid.
import { mkdtempSync, rmSync } from "node:fs";
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
