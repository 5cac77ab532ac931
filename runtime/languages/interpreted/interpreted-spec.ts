import type { Interpreter } from '#runtime/languages/interpreter.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';

/** A worker in a language that the project has installed. */
export interface InterpretedSpec extends GuestSpec {
  readonly interpreter: Interpreter;
}
