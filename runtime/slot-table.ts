/**
 * Things that come and go, by small numbers that are used again. A `Map` or `Set` with much coming and going is
 * made anew every so often, and each old table refers to the next: as soon as one of them is in the old generation,
 * all that was ever in its successors stays until a full collection, and every quick one copies it.
 */
export class SlotTable<T extends object> implements Iterable<readonly [slot: number, item: T]> {
  readonly #items: (T | undefined)[] = [];
  readonly #free: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Answers its number, which is less than the most items there ever were. */
  add(item: T): number {
    const slot = this.#free.pop() ?? this.#items.length;
    this.#items[slot] = item;
    this.#size += 1;
    return slot;
  }

  get(slot: number): T | undefined {
    return this.#items[slot];
  }

  delete(slot: number): void {
    if (this.#items[slot] === undefined) return;
    this.#items[slot] = undefined;
    this.#free.push(slot);
    this.#size -= 1;
  }

  /** Items may be deleted meanwhile. */
  *[Symbol.iterator](): Generator<readonly [slot: number, item: T]> {
    for (let slot = 0; slot < this.#items.length; slot += 1) {
      const item = this.#items[slot];
      if (item !== undefined) yield [slot, item];
    }
  }

  clear(): void {
    this.#items.length = 0;
    this.#free.length = 0;
    this.#size = 0;
  }
}
