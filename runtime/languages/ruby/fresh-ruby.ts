import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { compileRestorable } from '#runtime/wasi/compile.ts';
import { InstanceImage, openInstance } from '#runtime/wasi/instance-image.ts';
import { bootFiles } from './boot-files.ts';
import { type RubyWorker, setupOf } from './freeze-ruby.ts';
import type { RubyWay } from './ruby-way.ts';
import { rubyWorld } from './ruby-world.ts';
import { libraryOf, readingOf } from './start-ruby.ts';

/** Takes the texts of the code around the worker, and what that needs to know, as one argument. */
const START = `require "json"
boot, setup = JSON.parse(ARGV.shift)
boot.each { |name, text| RubyVM::InstructionSequence.compile(text, name, nil, 1).eval }
WWS.prepare(setup)
WWS.load_and_answer`;

/** With RubyGems, and whatever else is not needed at once, a start would take three times as long. */
const OPTIONS = ['-EUTF-8', '--disable=gems,did_you_mean,error_highlight,syntax_suggest'];

/**
 * A build of Ruby that can only be started is started for every request, which begins with an instance as it is when
 * it is made. Undefined: such a one is not to be had for this module.
 */
export async function freshRuby(spec: InterpretedSpec, worker: RubyWorker): Promise<RubyWay | undefined> {
  const { module, state } = await compileRestorable(spec.interpreter.binary.file, readingOf(spec));
  if (state === undefined) return undefined;
  const build = { module, state, library: await libraryOf(spec) };
  const setup = JSON.stringify([await bootFiles(), setupOf(worker)]);
  const args = ['ruby', ...OPTIONS, '-e', START, '--', setup];
  const world = rubyWorld({ spec, ...build, args, suspends: false });
  const image = InstanceImage.take(openInstance(world.instantiate(module), state));
  if (image === undefined) return undefined;
  return { ...build, args, image, entryOf, printed: new Uint8Array(), first: undefined };
}

function entryOf({ exports }: WebAssembly.Instance, suspends: boolean): () => unknown {
  const { _start } = exports;
  return suspends ? WebAssembly.promising(_start) : (_start as () => void);
}
