import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestProject } from './project-fixture.ts';
import { request, shown } from './worker-fixture.ts';

const MEBIBYTE = 1024 * 1024;
const MEMORY = 32 * MEBIBYTE;
/** Of 1 MiB each. */
const PIECES = 100;

let project: TestProject;

beforeAll(async () => {
  project = await TestProject.make({ 'data/large.txt': Buffer.alloc(MEBIBYTE, 'x') });
});

afterAll(() => project[Symbol.asyncDispose]());

describe('a request to which the host gives, and from which it takes, more than its memory holds', () => {
  it.each([
    ['prints', 'console.log(text);'],
    ['encodes', 'new TextEncoder().encode(text);'],
    ['decodes', 'new TextDecoder().decode(bytes);'],
    ['digests', `await crypto.subtle.digest('SHA-256', bytes);`],
    ['draws random bytes', 'for (let i = 0; i < 16; i++) crypto.getRandomValues(new Uint8Array(1 << 16));'],
    ['reads files', `readFileSync('/data/large.txt');`],
    ['reads files as text', `readFileSync('/data/large.txt', 'utf8');`],
    ['writes files', `writeFileSync('/data/new.txt', bytes); writeFileSync('/data/new.txt', text);`],
  ])('%s', async (_, code) => {
    await project.write(
      'worker.js',
      `import { readFileSync, writeFileSync } from 'node:fs';
      export default async () => {
        for (let piece = 0; piece < ${PIECES}; piece++) {
          const text = 'x'.repeat(${MEBIBYTE});
          const bytes = new Uint8Array(${MEBIBYTE}).fill(120);
          ${code}
        }
        return new Response('fine');
      };`,
    );
    const guest = await project.loadImmediate('worker.js', {
      limits: { memory: MEMORY },
      folders: [{ guestPath: '/data', hostPath: path.join(project.root, 'data'), writable: true }],
    });
    expect(shown(guest.handle(request()))).toMatchObject({ body: 'fine' });
  });
});
