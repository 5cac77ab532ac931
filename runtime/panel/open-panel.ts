import type { PanelSettings } from '#runtime/operator.ts';
import type { Log } from '#runtime/server/log.ts';
import type { Panel } from './panel.ts';
import type { LookedAtServer } from './server-source.ts';

/** Opens the panel where the operator wants one; otherwise nothing of it is loaded. */
export async function openPanel(
  settings: PanelSettings | undefined,
  server: LookedAtServer,
  log: Log,
): Promise<Panel | undefined> {
  if (settings === undefined) return undefined;
  const { Panel } = await import('./panel.ts');
  const { serverSource } = await import('./server-source.ts');
  const source = serverSource(server);
  return await Panel.open({ settings, source, onProblem: (message) => log.line(message) });
}
