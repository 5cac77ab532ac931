import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installInterpreters } from '#runtime/languages/testdata/interpreters.ts';
import { addKitWorkers } from './kit-workers.ts';
import { LANGUAGES } from './language-table.ts';
import { CHECKOUT } from './machine.ts';

const APPS = path.join(CHECKOUT, 'e2e/apps/languages');

/** Where the workers `http` send their request unless a test says otherwise: a container's name. */
const UPSTREAM = 'http://upstream:3000/';

/**
 * Makes the project in the empty directory `project`, with interpreters and compiled workers: a folder for each
 * language, and there a worker for each feature (`/kv`, `/env`, `/users/[id]`, `/folder`, `/http`), and `/hostile`,
 * which does what its query says. All have the same settings.
 */
export async function languageProject(project: string, upstream: string = UPSTREAM): Promise<void> {
  const settings = path.join(APPS, 'settings');
  const http = (await readFile(path.join(settings, 'http.toml'), 'utf8')).replace(UPSTREAM, upstream);
  for (const { name, folder } of LANGUAGES) {
    const place = path.join(project, folder);
    await cp(settings, place, { recursive: true });
    await writeFile(path.join(place, 'http.toml'), http);
    if (name === 'Go') await addKitWorkers('go', 'prepared', place);
    else if (name === 'Rust') await addKitWorkers('rust', 'command', place);
    else await cp(path.join(APPS, folder), place, { recursive: true });
  }
  await installInterpreters(project, 'python 3.12', 'ruby 3.4');
}
