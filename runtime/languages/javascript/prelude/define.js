/** Puts names on the global object the way the platform does: not enumerable, and replaceable. */
export function defineGlobals(values) {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}
