import type { JsonValue } from './json-value.ts';

/** A filter profile of the container's own (OCI runtime-spec config-linux.md#seccomp). */
export interface SeccompSpec {
  readonly defaultAction: string;
  readonly defaultErrno: number | undefined;
  readonly rules: readonly SeccompRule[];
}

export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errno: number | undefined;
  /** All of them must hold, except that several on one argument are alternatives. */
  readonly conditions: readonly SeccompCondition[];
}

export interface SeccompCondition {
  /** Which argument, from 0. */
  readonly index: number;
  readonly operator: string;
  readonly value: bigint;
  /** What the masked argument is compared with, for `SCMP_CMP_MASKED_EQ`. */
  readonly valueTwo: bigint;
}

const ERRNO = { min: 0, max: 4095 };
const WORD = { min: 0, max: 2 ** 64 };

export function parseSeccomp(seccomp: JsonValue): SeccompSpec {
  return {
    defaultAction: seccomp.at('defaultAction').string(),
    defaultErrno: seccomp.at('defaultErrnoRet').optionalInteger(ERRNO),
    rules: seccomp
      .at('syscalls')
      .items()
      .map((rule) => ({
        names: rule.at('names').strings(),
        action: rule.at('action').string(),
        errno: rule.at('errnoRet').optionalInteger(ERRNO),
        conditions: rule
          .at('args')
          .items()
          .map((condition) => ({
            index: condition.at('index').integer({ min: 0, max: 5 }),
            operator: condition.at('op').string(),
            value: toWord(condition.at('value').integer(WORD, 0)),
            valueTwo: toWord(condition.at('valueTwo').integer(WORD, 0)),
          })),
      })),
  };
}

/** JSON numbers beyond 2^53 are rounded, all ones to 2^64. */
function toWord(value: number): bigint {
  const max = (1n << 64n) - 1n;
  const word = BigInt(value);
  return word > max ? max : word;
}
