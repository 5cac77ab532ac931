import type { WorkerLimits } from './worker-limits.ts';

/** Groups of addresses that no worker reaches unless the operator says so. */
export type EgressGroup = 'loopback' | 'link-local' | 'metadata';

/**
 * What only the operator may say, by flags of `wws` or by annotations of a container: all that gives a project
 * more than it has by itself. Nothing of it comes from an image.
 */
export interface OperatorSettings {
  /** In place of the defaults: larger ones too. */
  readonly limits: Partial<WorkerLimits>;
  /** What workers may reach beside public and private addresses. */
  readonly egress: readonly EgressGroup[];
}

export const NO_OPERATOR: OperatorSettings = { limits: {}, egress: [] };
