import type { JsonValue } from './json-value.ts';

/** Limits of a container (OCI runtime-spec config-linux.md#control-groups); -1 means none, absent as it is. */
export interface ResourcesSpec {
  readonly memory: {
    /** Bytes. */
    readonly limit: number | undefined;
    readonly reservation: number | undefined;
    /** Bytes of memory and swap together. */
    readonly swap: number | undefined;
  };
  readonly cpu: {
    readonly shares: number | undefined;
    /** Microseconds of CPU time in each period. */
    readonly quota: number | undefined;
    /** Microseconds. */
    readonly period: number | undefined;
    readonly cpus: string;
    readonly mems: string;
  };
  readonly pids: { readonly limit: number | undefined };
  /** Files of cgroup v2 and what to write into them. */
  readonly unified: Readonly<Record<string, string>>;
}

const ANY = { min: -1, max: 2 ** 63 };
const COUNT = { min: 0, max: 2 ** 63 };

export function parseResources(resources: JsonValue): ResourcesSpec {
  const memory = resources.at('memory');
  const cpu = resources.at('cpu');
  return {
    memory: {
      limit: memory.at('limit').optionalInteger(ANY),
      reservation: memory.at('reservation').optionalInteger(ANY),
      swap: memory.at('swap').optionalInteger(ANY),
    },
    cpu: {
      shares: cpu.at('shares').optionalInteger(COUNT),
      quota: cpu.at('quota').optionalInteger(ANY),
      period: cpu.at('period').optionalInteger(COUNT),
      cpus: cpu.at('cpus').string(''),
      mems: cpu.at('mems').string(''),
    },
    pids: { limit: resources.at('pids').at('limit').optionalInteger(ANY) },
    unified: Object.fromEntries(
      resources
        .at('unified')
        .members()
        .map(([file, value]) => {
          // The name becomes part of a path.
          if (!/^[a-z0-9_]+(\.[a-z0-9_]+)+$/i.test(file)) throw value.wrong('a cgroup file as its name');
          return [file, value.string()] as const;
        }),
    ),
  };
}
