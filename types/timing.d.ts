declare function setTimeout<T extends unknown[]>(
  callback: (...args: T) => unknown,
  milliseconds?: number,
  ...args: T
): number;
declare function setInterval<T extends unknown[]>(
  callback: (...args: T) => unknown,
  milliseconds?: number,
  ...args: T
): number;
declare function clearTimeout(id: number | undefined): void;
declare function clearInterval(id: number | undefined): void;
declare function queueMicrotask(callback: () => unknown): void;

declare const performance: {
  /** Milliseconds since `timeOrigin`. */
  now(): number;
  /** Milliseconds since 1970. */
  readonly timeOrigin: number;
  toJSON(): { timeOrigin: number };
};
