import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import { TestServer } from './test-server.ts';

/**
 * Gives every test of a file a site of its own, by `use`, and the bytes of a module that answers what its
 * configuration says (`answering`).
 */
export function siteWithModuleForEach(use: (site: TestServer, module: Buffer) => void): void {
  let module: Buffer;
  let site: TestServer | undefined;
  beforeAll(async () => {
    await using scratch = await TestServer.make();
    module = await readFile(await compileC({ source: 'answers', into: scratch.root }));
  });
  beforeEach(async () => {
    site = await TestServer.make();
    use(site, module);
  });
  afterEach(async () => await site?.[Symbol.asyncDispose]());
}

export interface AnsweringOptions {
  readonly mode?: string;
  /** Further tables of its configuration. */
  readonly more?: string;
}

/** Configuration with which the module says `answer`, or does what its mode says. */
export function answering(answer: string, { mode = 'say', more = '' }: AnsweringOptions = {}): string {
  return `version = "1"\n[vars]\nMODE = "${mode}"\nANSWER = ${JSON.stringify(answer)}\n${more}`;
}
