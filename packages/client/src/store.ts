import type { ParlorState } from "./state";

export type Listener = () => void;

/** Holds the one state and tells who asked when it changed. Fits React's `useSyncExternalStore` as it is. */
export class Store {
  #state: ParlorState;
  readonly #listeners = new Set<Listener>();

  constructor(state: ParlorState) {
    this.#state = state;
  }

  readonly getSnapshot = (): ParlorState => this.#state;

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get listenerCount(): number {
    return this.#listeners.size;
  }

  update(step: (state: ParlorState) => ParlorState): void {
    const after = step(this.#state);
    if (after === this.#state) return;
    this.#state = after;
    for (const listener of [...this.#listeners]) listener();
  }
}
