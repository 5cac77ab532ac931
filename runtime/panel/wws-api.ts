import path from 'node:path';
import type { ServedWorker } from '#runtime/server/served-route.ts';
import { MASK } from './mask.ts';
import { workerId } from './project-view.ts';
import type { PanelSource } from './source.ts';

/** `GET /_api/v0/workers` of wws. */
export interface WwsWorker {
  readonly id: string;
  readonly name: string;
  /** Its route. */
  readonly path: string;
  readonly filepath: string;
}

/** `GET /_api/v0/workers/{id}` of wws, but for the values of its variables, which wws showed. */
export interface WwsWorkerDetails {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly data: { readonly kv: string | null };
  readonly folders: readonly { readonly from: string; readonly to: string }[];
  readonly vars: Readonly<Record<string, string>>;
}

/** What wws answers with 404: text, in JSON. */
export const WWS_UNKNOWN = '{}';

export function wwsWorkers({ root, workers }: PanelSource): readonly WwsWorker[] {
  return workers.map((worker) => ({
    id: workerId(root, worker),
    name: worker.name,
    path: worker.path,
    filepath: path.join(root, worker.name),
  }));
}

export function wwsWorkerDetails(worker: ServedWorker, root: string): WwsWorkerDetails {
  const { name, guest } = worker;
  const { vars, folders, kv } = 'problem' in guest ? { vars: {}, folders: [], kv: undefined } : guest;
  return {
    id: workerId(root, worker),
    name,
    version: '1',
    data: { kv: kv?.namespace ?? null },
    folders: folders.map(({ hostPath, guestPath }) => ({ from: hostPath, to: guestPath })),
    vars: Object.fromEntries(Object.keys(vars).map((key) => [key, MASK])),
  };
}
