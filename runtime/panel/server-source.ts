import type { ServedWorker } from '#runtime/server/served-route.ts';
import type { Telemetry } from '#runtime/telemetry/telemetry.ts';
import type { ObservedSource } from './source.ts';
import { StoreContents, type StoreToOpen } from './store-contents.ts';

/** A project's server, as far as the panel looks into it. */
export interface LookedAtServer {
  readonly root: string;
  readonly workers: readonly ServedWorker[];
  readonly problems: ReadonlyMap<string, string>;
  readonly publicDirectory: string | undefined;
  readonly telemetry: Telemetry;
  readonly store: StoreToOpen;
}

/** Always what is served now: a reload swaps it. */
export function serverSource(server: LookedAtServer): ObservedSource {
  return {
    telemetry: server.telemetry,
    kv: new StoreContents(server.store),
    get root() {
      return server.root;
    },
    get workers() {
      return server.workers;
    },
    get problems() {
      return server.problems;
    },
    get publicDirectory() {
      return server.publicDirectory;
    },
  };
}
