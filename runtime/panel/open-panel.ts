import type { PanelSettings } from '#runtime/operator.ts';
import type { Log } from '#runtime/server/log.ts';
import type { Panel, PanelOptions } from './panel.ts';

/** Opens the panel where the operator wants one; otherwise nothing of it is loaded. */
export async function openPanel(
  settings: PanelSettings | undefined,
  source: PanelOptions['source'],
  log: Log,
): Promise<Panel | undefined> {
  if (settings === undefined) return undefined;
  const { Panel } = await import('./panel.ts');
  return await Panel.open({ settings, source, onProblem: (message) => log.line(message) });
}
