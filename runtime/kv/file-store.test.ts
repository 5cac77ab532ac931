import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { FileStore } from './file-store.ts';
import { describeStore } from './store.contract.ts';
import { PATIENCE } from './testdata/test-bounds.ts';

const directory = await mkdtemp(path.join(tmpdir(), 'wws-kv-'));
afterAll(async () => await rm(directory, { recursive: true }));

describeStore('FileStore', async () => new FileStore(path.join(directory, 'kv.db'), PATIENCE));
