import type { InterpreterWorld } from '#runtime/languages/frozen/interpreter-world.ts';
import { Fleeting } from '#runtime/languages/frozen/interpreter-world.ts';
import { MemoryInput, MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import type { RubyInstance } from './ruby-instance.ts';

/** Beyond this, what is printed while a worker is loaded is dropped. */
const PRINTED_BYTES = 64 * 1024;

/** Takes the texts of the code around the worker on stdin. */
const BOOT = `require "json"
JSON.parse($stdin.read).each { |name, text| RubyVM::InstructionSequence.compile(text, name, nil, 1).eval }`;

/** Starts Ruby and gives it the code around workers. @throws Error naming the worker it is started for */
export function bootRuby(
  world: InterpreterWorld,
  vm: RubyInstance,
  worker: string,
  files: readonly (readonly [name: string, text: string])[],
): void {
  during(world, 'booting', worker, files, () => {
    vm.initialize();
    vm.evaluate(vm.store(guarded(BOOT)));
    vm.evaluate(vm.store(guarded('WWS.settle')));
  });
}

/** Looks whether it does as it is told, in an instance that is not used any further. */
export function answersProbe(world: InterpreterWorld, vm: RubyInstance): boolean {
  const value = String(Math.random());
  const said = during(world, 'booting', 'probe', value, () => {
    vm.evaluate(vm.store(guarded('$stderr.write(JSON.parse($stdin.read))')));
  });
  return Buffer.from(said).toString() === value;
}

/** Code that lets no exception out. */
export function guarded(code: string): string {
  return `begin
${code}
rescue Exception => e
$stderr.write(e.full_message(highlight: false))
Process.exit!(1)
end`;
}

/** Runs a part of the way to the image, with `input` on stdin. Returns what it printed on stderr. */
export function during(
  world: InterpreterWorld,
  phase: 'booting' | 'loading',
  name: string,
  input: unknown,
  run: () => void,
): Uint8Array {
  const stdout = new MemoryOutput({ name: 'stdout', limit: PRINTED_BYTES, beyond: 'drop' });
  const stderr = new MemoryOutput({ name: 'stderr', limit: PRINTED_BYTES, beyond: 'drop' });
  using _ = world;
  world.openFor(phase, {
    stdin: new MemoryInput(Buffer.from(JSON.stringify(input ?? null))),
    stdout,
    stderr,
  });
  try {
    run();
    return stderr.contents();
  } catch (cause) {
    if (cause instanceof Fleeting) throw cause;
    const said = [stdout, stderr].map((stream) => Buffer.from(stream.contents()).toString().trimEnd());
    throw loadError(name, said[0] ?? '', said[1] ?? '', cause);
  }
}

function loadError(name: string, failure: string, printed: string, cause: unknown): Error {
  const reason = failure === '' ? (cause instanceof Error ? cause.message : String(cause)) : failure;
  const output = printed === '' ? '' : `\nIt printed:\n${printed}`;
  return new Error(`Cannot load worker "${name}": ${reason}${output}`, { cause });
}
