import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';

/** NUL-terminated strings in the two-array form of `args_get` and `environ_get`. */
class StringList {
  readonly #strings: readonly Uint8Array[];
  readonly #size: number;

  constructor(strings: readonly string[]) {
    // A NUL would end the string early and shift what follows.
    this.#strings = strings.map((string) => Buffer.from(`${string.replaceAll('\0', '')}\0`));
    this.#size = this.#strings.reduce((sum, string) => sum + string.length, 0);
  }

  sizes(memory: GuestMemory, count: number, size: number): void {
    memory.setU32(count, this.#strings.length);
    memory.setU32(size, this.#size);
  }

  store(memory: GuestMemory, pointers: number, buffer: number): void {
    let slot = pointers >>> 0;
    let place = buffer >>> 0;
    for (const string of this.#strings) {
      memory.setU32(slot, place);
      memory.bytes(place, string.length).set(string);
      slot += 4;
      place += string.length;
    }
  }
}

/** `args_*` and `environ_*`; `env` holds `NAME=value`. */
export function argsAndEnv(
  memory: GuestMemory,
  args: readonly string[],
  env: readonly string[],
): Pick<Preview1, 'args_get' | 'args_sizes_get' | 'environ_get' | 'environ_sizes_get'> {
  const argList = new StringList(args);
  const envList = new StringList(env);
  return {
    args_sizes_get: (count, size) => argList.sizes(memory, count, size),
    args_get: (pointers, buffer) => argList.store(memory, pointers, buffer),
    environ_sizes_get: (count, size) => envList.sizes(memory, count, size),
    environ_get: (pointers, buffer) => envList.store(memory, pointers, buffer),
  };
}
