import type { Difference } from './compare.ts';
import { covers, type Intended } from './intended.ts';

/** Tells differences that nobody intends from those that shall be, and remembers which of these occurred. */
export class Judge {
  readonly #intended: readonly Intended[];
  readonly #names: ReadonlySet<string>;
  /** Names of the rows that showed an intended difference. */
  readonly #shown = new Map<Intended, Set<string>>();
  readonly #played = new Set<string>();

  /** `names` are those of all rows. */
  constructor(intended: readonly Intended[], names: Iterable<string>) {
    this.#intended = intended;
    this.#names = new Set(names);
  }

  /** What is left of the differences of row `name`. */
  unintended(name: string, differences: readonly Difference[]): readonly Difference[] {
    this.#played.add(name);
    return differences.filter((difference) => {
      const fitting = this.#intended.filter((each) => covers(each, difference));
      for (const each of fitting) {
        this.#shown.set(each, (this.#shown.get(each) ?? new Set()).add(name));
      }
      return fitting.length === 0;
    });
  }

  /** Intended differences that did not occur, as far as their rows were played. */
  stale(): readonly Intended[] {
    return this.#intended.filter((each) => {
      const there = this.#shown.get(each) ?? new Set();
      if (each.rows === undefined) {
        return there.size === 0 && this.#played.size === this.#names.size;
      }
      return each.rows.some(
        (name) => !this.#names.has(name) || (this.#played.has(name) && !there.has(name)),
      );
    });
  }
}
