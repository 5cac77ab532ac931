import { InterpreterWorld } from '#runtime/languages/frozen/interpreter-world.ts';
import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { Clock } from '#runtime/wasi/clocks.ts';
import type { WasiOptions } from '#runtime/wasi/host.ts';
import { rubyImports } from './ruby-instance.ts';
import type { RubyBuild } from './ruby-way.ts';
import type { SourcesBeside } from './sources-beside.ts';

export interface RubyWorldOptions extends RubyBuild {
  readonly spec: InterpretedSpec;
  readonly args?: readonly string[];
  readonly witness?: WasiOptions['witness'];
  /** Sources beside the worker. */
  readonly beside?: SourcesBeside;
  /** Whether instances are entered in a way that lets them wait for the host. */
  readonly suspends: boolean;
  /** Whether clocks and randomness are the same in every run. */
  readonly still?: boolean;
}

/** All that Ruby imports for one worker. */
export function rubyWorld(options: RubyWorldOptions): InterpreterWorld {
  const { spec, module, state, library, args = [], witness, beside, suspends, still = false } = options;
  const { folders, http, limits } = spec;
  return new InterpreterWorld({
    wasi: { args, env: [], descriptors: limits.files, still, ...(witness === undefined ? {} : { witness }) },
    refusals: state.refusals,
    library,
    folders,
    http,
    suspends,
    imports: rubyImports(module),
    fleeting,
    ...(beside === undefined ? {} : { readBeside: (path) => beside.read(path) }),
  });
}

/** The time of day, not the other clocks: garbage collection asks those for itself. */
function fleeting(name: string, args: readonly unknown[]): string | undefined {
  if (name === 'random_get') return 'randomness';
  return name === 'clock_time_get' && args[0] === Clock.realtime ? 'the time' : undefined;
}
