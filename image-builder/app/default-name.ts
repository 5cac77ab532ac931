import path from 'node:path';
import { isPathComponent } from '../image/reference.ts';

/**
 * Makes an image's name of the folder's: `./apps` gives `apps`, `/srv/My App` gives `my-app`. What no repository
 * name may hold becomes a dash; `app` stands in where nothing is left.
 */
export function defaultName(directory: string): string {
  const folder = path.basename(path.resolve(directory)).toLowerCase();
  if (isPathComponent(folder)) return folder;
  const words = folder.split(/[^a-z0-9]+/).filter((word) => word !== '');
  return words.join('-') || 'app';
}
