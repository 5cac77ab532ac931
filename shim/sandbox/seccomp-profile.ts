import { constants } from 'node:os';
import {
  ALLOW,
  type ArgumentCondition,
  assemble,
  type Comparison,
  type FilterRule,
  LOG,
  refuse,
  type SeccompAction,
} from './seccomp-program.ts';
import type { SeccompCondition, SeccompRule, SeccompSpec } from './spec-seccomp.ts';
import type { SyscallTable } from './syscall-numbers.ts';

const { EPERM, ENOSYS } = constants.errno;

export interface CompiledProfile {
  readonly program: Uint8Array;
  /** Where the filter is not what the profile says, and why. */
  readonly warnings: readonly string[];
}

/**
 * Compiles a container's own profile (OCI runtime-spec config-linux.md#seccomp). It is installed beside ours,
 * so that the stricter of the two decides. Actions that kill become refusals: the filter covers the
 * spawning thread before it covers the container, and that thread belongs to the shim.
 */
export function compileProfile(profile: SeccompSpec, table: SyscallTable): CompiledProfile {
  const warnings = new Set<string>();
  const action = (name: string, errno: number | undefined): SeccompAction => {
    switch (name) {
      case 'SCMP_ACT_ALLOW':
        return ALLOW;
      case 'SCMP_ACT_LOG':
        return LOG;
      case 'SCMP_ACT_ERRNO':
        return refuse(errno ?? EPERM);
      case 'SCMP_ACT_TRACE':
        return refuse(ENOSYS);
      default:
        warnings.add(`Seccomp action "${name}" is not available: calls are refused with EPERM instead`);
        return refuse(EPERM);
    }
  };
  const rules = profile.rules.flatMap((rule) =>
    alternatives(rule).map(
      (conditions): FilterRule => ({
        names: rule.names,
        conditions: conditions.map((condition) => translate(condition, warnings)),
        action: action(rule.action, rule.errno),
      }),
    ),
  );
  // What depends on arguments is more particular than what does not.
  const ordered = [...rules.filter(hasConditions), ...rules.filter((rule) => !hasConditions(rule))];
  const otherwise = action(profile.defaultAction, profile.defaultErrno);
  const unknown = otherwise === ALLOW ? ALLOW : refuse(ENOSYS);
  return { program: assemble({ rules: ordered, otherwise, unknown }, table), warnings: [...warnings] };
}

function hasConditions(rule: FilterRule): boolean {
  return (rule.conditions?.length ?? 0) > 0;
}

/** Several conditions on one argument are alternatives, as runc reads them. */
function alternatives({ conditions }: SeccompRule): readonly (readonly SeccompCondition[])[] {
  const arguments_ = new Set(conditions.map(({ index }) => index));
  return arguments_.size === conditions.length ? [conditions] : conditions.map((condition) => [condition]);
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  SCMP_CMP_EQ: '==',
  SCMP_CMP_NE: '!=',
  SCMP_CMP_LT: '<',
  SCMP_CMP_LE: '<=',
  SCMP_CMP_GT: '>',
  SCMP_CMP_GE: '>=',
};

function translate(condition: SeccompCondition, warnings: Set<string>): ArgumentCondition {
  const { index, operator, value, valueTwo } = condition;
  if (operator === 'SCMP_CMP_MASKED_EQ') return { index, is: '==', value: valueTwo, mask: value };
  const is = COMPARISONS[operator];
  if (is === undefined) warnings.add(`Seccomp operator "${operator}" is unknown: taken for equality`);
  return { index, is: is ?? '==', value };
}
