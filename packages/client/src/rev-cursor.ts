/**
 * How far a numbered stream has been followed without a gap. Changes say `prev → rev`; one that does not continue
 * from here is kept, and counts as soon as the missing one arrives.
 */
export class RevCursor {
  #rev: number | undefined;
  readonly #ahead = new Map<number, number>();

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
  observe(prev: number, rev: number): "next" | "repeated" | "gap" {
    if (this.#rev !== undefined && rev <= this.#rev) return "repeated";
    this.#ahead.set(prev, rev);
    this.#drain();
    return this.#rev !== undefined && this.#rev >= rev ? "next" : "gap";
  }

  /** The state as of `rev` is held now. */
  advanceTo(rev: number): void {
    if (this.#rev === undefined || rev > this.#rev) this.#rev = rev;
    this.#drain();
  }

  #drain(): void {
    const { size } = this.#ahead;
    for (let i = 0; i < size && this.#rev !== undefined; i++) {
      const following = this.#ahead.get(this.#rev);
      if (following === undefined) break;
      this.#ahead.delete(this.#rev);
      this.#rev = following;
    }
    for (const [prev, rev] of this.#ahead) {
      if (this.#rev !== undefined && rev <= this.#rev) this.#ahead.delete(prev);
    }
  }
}
