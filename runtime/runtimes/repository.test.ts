import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { KNOWN_LANGUAGES } from '#runtime/project/languages.ts';
import { filesOf, parseIndex, type Runtime } from '#runtime/project/metadata.ts';
import { Downloads } from './downloads.ts';
import { BUILT_IN_URL } from './repository-url.ts';

async function repository(): Promise<{ downloads: Downloads; runtimes: readonly Runtime[] }> {
  const downloads = await Downloads.make({ project: tmpdir(), environment: {} });
  return { downloads, runtimes: await parseIndex(await downloads.readIndex(BUILT_IN_URL), BUILT_IN_URL) };
}

describe('the repository that wws comes with', () => {
  it('has two versions of Python and of Ruby, each by its tags', async () => {
    const { runtimes } = await repository();
    expect(runtimes.map(({ name, version, tags }) => `${name} ${version} ${tags.join(' ')}`)).toEqual([
      'python 3.12.0 latest 3.12',
      'python 3.11.3 3.11',
      'ruby 3.4.1 latest 3.4',
      'ruby 3.2.0 3.2',
    ]);
  });

  it('has the texts it names, with the checksums it gives', async () => {
    const { downloads, runtimes } = await repository();
    const texts = runtimes.flatMap(filesOf).filter(({ url }) => !url.startsWith('npm:'));
    expect(texts).toHaveLength(8);
    for (const { url, sha256 } of texts) {
      const bytes = await buffer(await downloads.open(url, BUILT_IN_URL));
      expect([url, createHash('sha256').update(bytes).digest('hex')]).toEqual([url, sha256]);
    }
  });

  it('has the runtime that a worker in a missing language is advised to install', async () => {
    const { runtimes } = await repository();
    for (const [extension, language] of KNOWN_LANGUAGES) {
      if (language.kind !== 'missing') continue;
      const found = runtimes.find(
        ({ name, tags }) =>
          tags.includes('latest') && tags.some((tag) => `${name} ${tag}` === language.install),
      );
      expect(found?.extensions).toEqual([extension.slice(1)]);
    }
  });
});
