// Answers with a file of its folder.
import { readFile } from 'node:fs/promises';

export default async () => new Response(await readFile('/data/note.txt', 'utf8'));
