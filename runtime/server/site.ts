import type { WorkerProblem } from '#runtime/project/load.ts';
import type { Router } from '#runtime/router/match.ts';
import type { Limits } from '#runtime/settings.ts';
import type { Telemetry } from '#runtime/telemetry/telemetry.ts';
import type { GuestRunner } from '#runtime/worker/outcome.ts';
import type { Assets } from './assets.ts';
import type { Log } from './log.ts';

/** A worker behind a route: its guest in the runner, or why it cannot run. */
export interface SiteWorker {
  readonly name: string;
  readonly path: string;
  readonly guest: number | WorkerProblem;
  /** It can be given a body that is no text. */
  readonly takesBytes: boolean;
}

/** All that is served. */
export interface Site {
  readonly router: Router<SiteWorker>;
  /** Decoded segments that every path starts with. */
  readonly prefix: readonly string[];
  readonly assets: Assets | undefined;
  readonly runner: GuestRunner;
  readonly cors: readonly string[];
  readonly limits: Limits;
  readonly log: Log;
  readonly telemetry: Telemetry;
}
