import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Note } from './note.ts';

/** The folder that the configuration of each worker gives it. */
const FOLDER = '/notes';

function fileOf(id: string): string {
  return `${FOLDER}/${encodeURIComponent(id)}.json`;
}

export async function listNotes(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => decodeURIComponent(file.slice(0, -'.json'.length)));
}

export async function readNote(id: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(id), 'utf8')) as Note;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function writeNote(id: string, note: Note): Promise<void> {
  await writeFile(fileOf(id), JSON.stringify(note));
}

export async function removeNote(id: string): Promise<void> {
  await rm(fileOf(id), { force: true });
}
