import { mkdir, realpath, symlink } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tempDirectory, writeTree } from '../testing/tree.ts';
import { LinkGuard } from './link-guard.ts';

describe('LinkGuard', () => {
  it.each([
    ['a link beside its target', { file: 'x', link: '->file' }, 'link', undefined],
    ['a link to a sibling folder', { 'a/link': '->../b', 'b/': '' }, 'a/link', undefined],
    ['a link to nothing', { link: '->nowhere/at/all' }, 'link', undefined],
    ['an absolute target', { link: '->/etc/passwd' }, 'link', 'absolute'],
    ['a target above the root', { 'a/link': '->../../x' }, 'a/link', 'leads outside'],
    ['a way out through nothing', { link: '->nowhere/../..' }, 'link', 'leads outside'],
    ['a chain that ends outside', { a: '->b', b: '->..' }, 'a', 'leads outside'],
    // As text `x` is inside; the kernel goes deep/er/up = deep, then up to the root, then out.
    ['a link whose text lies', { 'deep/er/up': '->..', x: '->deep/er/up/../..' }, 'x', 'leads outside'],
    ['a loop', { a: '->b', b: '->a' }, 'a', 'too many links'],
  ])('judges %s', async (_title, tree, link, problem) => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, tree);
    const found = await new LinkGuard(await realpath(directory.path)).problemOf(link);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });

  it('gives up when links are made to be costly', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'a/': '', link: `->${'a/../'.repeat(100)}a` });
    expect(await new LinkGuard(directory.path, 50).problemOf('link')).toContain('too long');
  });

  it('never calls a link harmless that the kernel follows to the outside', async () => {
    const part = fc.constantFrom('..', '..', '.', 'd', 'e', 'l0', 'l1', 'l2');
    const target = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    const place = fc.constantFrom('', 'd/', 'd/e/');
    const links = fc.array(fc.tuple(place, target), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(links, async (drawn) => {
        await using directory = await tempDirectory();
        const root = path.join(await realpath(directory.path), 'root');
        await mkdir(path.join(root, 'd/e'), { recursive: true });
        for (const [index, [folder, to]] of drawn.entries())
          await symlink(to, path.join(root, folder, `l${index}`));
        const guard = new LinkGuard(root);
        for (const [index, [folder]] of drawn.entries()) {
          const link = `${folder}l${index}`;
          const real = await realpath(path.join(root, link)).catch(() => root);
          const inside = `${real}/`.startsWith(`${root}/`);
          if (!inside) expect(await guard.problemOf(link)).toBeDefined();
        }
      }),
      { numRuns: 150 },
    );
  });
});
