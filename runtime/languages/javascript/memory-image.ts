import { type Engine, STACK_TOP } from './engine.ts';

const WASM_PAGE_BYTES = 65_536;
const PAGE_BYTES = 4096;
const STACK_STEP = 16 * 1024;
const ZEROES = Buffer.alloc(STACK_STEP);

/** A shorter run of zeroes is copied like everything else: one long copy beats several short ones. */
const ZERO_RUN_BYTES = 64 * 1024;

/** A run of pages: `bytes` belong at `start`, or nothing but zeroes up to `end`. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly bytes?: Uint8Array;
}

/**
 * The state of an engine at rest: its memory. At rest the C stack is empty, so the one global, the stack
 * pointer, is `STACK_TOP`, and what lies below it is dead.
 */
export class MemoryImage {
  /** Size of the memory in bytes. */
  readonly length: number;
  /** Cover everything above the stack, in order. */
  readonly segments: readonly Segment[];

  private constructor(length: number, segments: readonly Segment[]) {
    this.length = length;
    this.segments = segments;
  }

  /** An image that was taken elsewhere. */
  static of(length: number, segments: readonly Segment[]): MemoryImage {
    return new MemoryImage(length, segments);
  }

  /**
   * `dataStart` is where the linker put static data: the end of the room it gave to the stack.
   *
   * @throws Error when the engine is not at rest
   */
  static take({ memory, exports }: Engine, dataStart: number): MemoryImage {
    if (exports.__stack_pointer.value !== STACK_TOP) {
      throw new Error('Cannot take an image of a running engine');
    }
    return new MemoryImage(memory.length, segmentsOf(memory, dataStart));
  }

  /**
   * Puts the state into `engine`, whose memory may be of another size. Of the dead stack only what was used
   * is cleared, found by going down until a stretch is clean; `thoroughly` clears it whole.
   */
  restore(engine: Engine, thoroughly: boolean): void {
    const missing = this.length - engine.memory.length;
    if (missing > 0) engine.exports.memory.grow(missing / WASM_PAGE_BYTES);
    const view = engine.memory;
    clearStack(view, thoroughly);
    for (const { start, end, bytes } of this.segments) {
      if (bytes) view.set(bytes, start);
      else view.fill(0, start, end);
    }
    if (view.length > this.length) view.fill(0, this.length);
    engine.exports.__stack_pointer.value = STACK_TOP;
  }
}

function segmentsOf(view: Buffer, dataStart: number): Segment[] {
  const segments: Segment[] = [];
  let start = dataStart;
  const copyUpTo = (end: number): void => {
    if (end > start) segments.push({ start, end, bytes: new Uint8Array(view.subarray(start, end)) });
  };
  for (let page = dataStart; page < view.length; page += PAGE_BYTES) {
    let end = page;
    while (end < view.length && isZero(view, end)) end += PAGE_BYTES;
    if (end - page < ZERO_RUN_BYTES) continue;
    copyUpTo(page);
    segments.push({ start: page, end });
    start = end;
    page = end;
  }
  copyUpTo(view.length);
  return segments;
}

function isZero(view: Buffer, page: number): boolean {
  return view.compare(ZEROES, 0, PAGE_BYTES, page, page + PAGE_BYTES) === 0;
}

function clearStack(view: Buffer, thoroughly: boolean): void {
  if (thoroughly) {
    view.fill(0, 0, STACK_TOP);
    return;
  }
  for (let start = STACK_TOP - STACK_STEP; start >= 0; start -= STACK_STEP) {
    if (view.compare(ZEROES, 0, STACK_STEP, start, start + STACK_STEP) === 0) return;
    view.fill(0, start, start + STACK_STEP);
  }
}
