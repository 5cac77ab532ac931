import path from 'node:path';
import { expect, it } from 'vitest';
import { checkApp } from '../app/check-app.ts';
import { type Tree, tempDirectory, writeTree } from '../testing/tree.ts';
import { checkText } from './check-text.ts';

async function textOf(tree: Tree, isUnicode = true): Promise<string> {
  await using directory = await tempDirectory();
  await writeTree(directory.path, tree);
  return checkText('./apps', await checkApp(path.join(directory.path)), { isUnicode });
}

it('checkText() draws where the bytes are', async () => {
  const tree = { 'index.js': 'x'.repeat(500), 'public/a.txt': 'x'.repeat(1000), 'public/b.txt': '' };
  expect(await textOf(tree)).toBe(`app  ./apps

1 route
  /   index.js  javascript
  /*  public/   files

1.5 kB in 3 files, uncompressed
  public/   1.0 kB  2 files  ██████████████████████████████
  index.js   500 B   1 file  ███████████████

It would build and serve. The code of workers was not run.`);
  expect(await textOf(tree, false)).toContain(`index.js   500 B   1 file  ${'#'.repeat(15)}\n`);
});

it('checkText() tells problems last, and nothing that a terminal would act on', async () => {
  const text = await textOf({
    '\x1b[2J\x9b.py': '',
    'a.js': '',
    'a.toml': 'version = "1"\n"\u202e\u0080" = 1\n',
    '.env\x07': '',
  });
  expect(text.split('\n').slice(-2)).toEqual([
    '1 problem',
    '  Cannot run "\\x1b[2J\\x9b.py": the language "python" is not installed (run "wws runtimes install python 3.12")',
  ]);
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
});
