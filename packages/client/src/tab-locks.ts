/**
 * How tabs know of each other's life. Each tab holds a lock under its own name for as long as it lives; whoever gets
 * that lock knows that the tab is gone and may take over what it left.
 */
export interface TabLocks {
  hold(name: string, signal: AbortSignal): void;
  /** Runs `task` alone, once nobody holds `name`; not at all if aborted before. */
  whenFree(name: string, signal: AbortSignal, task: () => Promise<void>): void;
}

class WebTabLocks implements TabLocks {
  readonly #locks: LockManager;

  constructor(locks: LockManager) {
    this.#locks = locks;
  }

  hold(name: string, signal: AbortSignal): void {
    const until_aborted = () =>
      new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
    this.#locks.request(name, { signal }, until_aborted).catch(ignoreAbort);
  }

  whenFree(name: string, signal: AbortSignal, task: () => Promise<void>): void {
    this.#locks.request(name, { signal }, task).catch(ignoreAbort);
  }
}

/** Without locks every tab takes over everything at once: ids keep a message from being stored twice. */
class NoTabLocks implements TabLocks {
  hold(): void {}

  whenFree(_name: string, signal: AbortSignal, task: () => Promise<void>): void {
    if (!signal.aborted) task().catch(() => undefined);
  }
}

export function defaultTabLocks(): TabLocks {
  const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
  return locks ? new WebTabLocks(locks) : new NoTabLocks();
}

function ignoreAbort(): void {}
