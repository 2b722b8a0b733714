/** Time from outside, so that tests move it by hand. */
export interface Clock {
  now(): number;
  /** Runs `task` once after `delay_ms`; the returned function cancels it. */
  after(delay_ms: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay_ms, task) {
    const timer = setTimeout(task, delay_ms);
    return () => clearTimeout(timer);
  },
};
