import { ShimError } from '../errors.ts';

/** A value of a JSON document together with its path, so that whoever reads it can say where it is wrong. */
export class JsonValue {
  /** As in `process.user.uid` or `mounts[3].destination`. */
  readonly path: string;
  readonly #value: unknown;
  readonly #document: string;

  constructor(document: string, value: unknown, path = '') {
    this.#document = document;
    this.#value = value;
    this.path = path;
  }

  /** null is how Go writes an empty list. */
  get absent(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  /** The member `name`, maybe absent. */
  at(name: string): JsonValue {
    const members = this.absent ? {} : this.#object();
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    return new JsonValue(this.#document, value, this.path === '' ? name : `${this.path}.${name}`);
  }

  /** Elements of a list; none when absent. */
  items(): readonly JsonValue[] {
    if (this.absent) return [];
    if (!Array.isArray(this.#value)) throw this.wrong('a list');
    return this.#value.map((value, index) => new JsonValue(this.#document, value, `${this.path}[${index}]`));
  }

  /** Members of an object; none when absent. */
  members(): readonly (readonly [name: string, value: JsonValue])[] {
    return this.absent ? [] : Object.keys(this.#object()).map((name) => [name, this.at(name)] as const);
  }

  string(fallback?: string): string {
    if (this.absent && fallback !== undefined) return fallback;
    if (typeof this.#value !== 'string') throw this.wrong('a string');
    if (this.#value.includes('\0')) throw this.wrong('a string without NUL');
    return this.#value;
  }

  strings(): readonly string[] {
    return this.items().map((item) => item.string());
  }

  boolean(fallback: boolean): boolean {
    if (this.absent) return fallback;
    if (typeof this.#value !== 'boolean') throw this.wrong('true or false');
    return this.#value;
  }

  /** A whole number; what lies beyond 2^53 is rounded, as JSON numbers are. */
  integer(range: { readonly min: number; readonly max: number }, fallback?: number): number {
    if (this.absent && fallback !== undefined) return fallback;
    const value = this.#value;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < range.min || value > range.max) {
      throw this.wrong(`an integer from ${range.min} to ${range.max}`);
    }
    return value;
  }

  optionalInteger(range: { readonly min: number; readonly max: number }): number | undefined {
    return this.absent ? undefined : this.integer(range);
  }

  optionalString(): string | undefined {
    return this.absent ? undefined : this.string();
  }

  wrong(wanted: string): ShimError {
    const shown = this.absent ? 'nothing' : (JSON.stringify(this.#value) ?? '').slice(0, 80);
    return new ShimError(
      'invalid-argument',
      `Cannot use ${this.#document}: ${this.path || 'it'}: expected ${wanted}, found ${shown}`,
    );
  }

  #object(): Readonly<Record<string, unknown>> {
    if (typeof this.#value !== 'object' || this.#value === null || Array.isArray(this.#value)) {
      throw this.wrong('an object');
    }
    return this.#value as Readonly<Record<string, unknown>>;
  }
}
