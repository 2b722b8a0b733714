/** More of them are a sync's to bring. */
const MOST_AHEAD = 100;

/**
 * How far a numbered stream has been followed without a gap. Changes say `prev → rev`; one that does not continue
 * from here is kept, with what came with it, until its turn has come.
 */
export class RevCursor<T = undefined> {
  #rev: number | undefined;
  readonly #ahead = new Map<number, { rev: number; change: T | undefined }>();
  #due: T[] = [];

  constructor(rev?: number) {
    this.#rev = rev;
  }

  /** Undefined: nothing is known yet, a sync will tell. */
  get rev(): number | undefined {
    return this.#rev;
  }

  get hasGap(): boolean {
    return this.#ahead.size > 0;
  }

  /** Takes note of one change; a repeated one changes nothing. */
  observe(prev: number, rev: number, change?: T): "next" | "repeated" | "gap" {
    if (this.#rev !== undefined && rev <= this.#rev) return "repeated";
    this.#ahead.set(prev, { rev, change });
    this.#drain();
    // The last one stays, so that the gap before it stays known.
    if (this.#ahead.size > MOST_AHEAD) this.#ahead.delete(Math.min(...this.#ahead.keys()));
    return this.#rev !== undefined && this.#rev >= rev ? "next" : "gap";
  }

  /** The state as of `rev` is held now. */
  advanceTo(rev: number): void {
    if (this.#rev === undefined || rev > this.#rev) this.#rev = rev;
    this.#drain();
  }

  /** The changes whose turn has come since this was last asked, in order. */
  takeDue(): readonly T[] {
    const due = this.#due;
    this.#due = [];
    return due;
  }

  #drain(): void {
    const { size } = this.#ahead;
    for (let i = 0; i < size && this.#rev !== undefined; i++) {
      const following = this.#ahead.get(this.#rev);
      if (following === undefined) break;
      this.#ahead.delete(this.#rev);
      this.#rev = following.rev;
      if (following.change !== undefined) this.#due.push(following.change);
    }
    for (const [prev, { rev }] of this.#ahead) {
      if (this.#rev !== undefined && rev <= this.#rev) this.#ahead.delete(prev);
    }
  }
}
