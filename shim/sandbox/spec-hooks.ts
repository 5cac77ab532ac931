import type { JsonValue } from './json-value.ts';

/** A program of the host to be told about the container (OCI runtime-spec config.md#posix-platform-hooks). */
export interface HookSpec {
  readonly path: string;
  /** The whole argument vector, the program's own name first. */
  readonly args: readonly string[];
  /** `NAME=value`; the hook sees nothing else of an environment. */
  readonly env: readonly string[];
  readonly timeoutSeconds: number | undefined;
}

export function parseHooks(list: JsonValue): readonly HookSpec[] {
  return list.items().map((hook) => {
    const path = hook.at('path').string();
    if (!path.startsWith('/')) throw hook.at('path').wrong('an absolute path');
    return {
      path,
      args: hook.at('args').strings(),
      env: hook.at('env').strings(),
      timeoutSeconds: hook.at('timeout').optionalInteger({ min: 1, max: 1_000_000 }),
    };
  });
}
