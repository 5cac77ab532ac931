import { toTimestamp } from '#proto/timestamp.ts';
import { writeExit } from '../bootstrap/exit-file.ts';
import type { EventPublisher } from '../events/publisher.ts';
import type { Log } from '../log.ts';
import type { Exit } from '../sandbox/sandbox.ts';

/** The process that ended, and who must hear of it. */
export interface ExitReport {
  readonly id: string;
  readonly bundle: string;
  readonly pid: number;
  readonly publish: EventPublisher['publish'];
  readonly log: Log;
}

/**
 * Makes an exit known: on disk first, so that whatever containerd learns from the event, `delete` says the
 * same even if this shim is killed a moment later.
 */
export function reportExit({ id, bundle, pid, publish, log }: ExitReport, exit: Exit): void {
  try {
    writeExit(bundle, pid, exit);
  } catch (cause) {
    log.warn(`Cannot record the exit: ${cause instanceof Error ? cause.message : String(cause)}`, {
      id,
      pid,
    });
  }
  const exitedAt = toTimestamp(exit.at);
  publish('/tasks/exit', { containerId: id, id, pid, exitStatus: exit.status, exitedAt });
}
