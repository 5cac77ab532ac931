import type { ServedWorker } from '#runtime/server/served-route.ts';
import type { Telemetry } from '#runtime/telemetry/telemetry.ts';
import type { KvContents } from './kv-contents.ts';

/** What the panel looks at. It asks anew for each answer, since a project may be swapped while it is served. */
export interface PanelSource {
  /** Of the project, absolute. */
  readonly root: string;
  /** In the order they are asked; another list once the project was read anew. */
  readonly workers: readonly ServedWorker[];
  /** Why workers could not be loaded, by name, as far as it was tried. */
  readonly problems: ReadonlyMap<string, string>;
  readonly publicDirectory: string | undefined;
  /** Not asked as long as no worker has a namespace. */
  readonly kv: KvContents;
}

/** The same, with what tells of requests. */
export interface ObservedSource extends PanelSource {
  readonly telemetry: Telemetry;
}
