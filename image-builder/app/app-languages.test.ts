import { describe, expect, it } from 'vitest';
import { tempDirectory, writeTree } from '../testing/tree.ts';
import { appLanguages } from './app-languages.ts';

const FILE = `url = "https://example.com/x"
filename = "x.wasm"
checksum = { type = "sha256", value = "${'0'.repeat(64)}" }
`;

/** Two runtimes of which the first is there. */
const METADATA = `version = 1
[[repositories]]
name = "r"
url = "https://example.com/index.toml"
[[repositories.runtimes]]
name = "snake"
version = "1.0"
status = "active"
extensions = ["py", "snake"]
args = []
[repositories.runtimes.binary]
${FILE}[[repositories.runtimes]]
name = "gem"
version = "2.0"
status = "active"
extensions = ["rb"]
args = []
[repositories.runtimes.binary]
${FILE}`;

describe('appLanguages()', () => {
  it('says which installed language runs what, and which is missing', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, {
      '.wws.toml': METADATA,
      '.wws/runtimes/r/snake/1.0/x.wasm': '',
      'a.py': '',
      'b/c.snake': '',
      'd.rb': '',
      'e.js': '',
    });
    expect(await appLanguages(directory.path)).toEqual({
      installed: [{ name: 'snake', version: '1.0', workers: ['a.py', 'b/c.snake'] }],
      warnings: [
        'Cannot run "d.rb": the language "gem" 2.0 is named in .wws.toml, but not installed (run "wws runtimes install")',
      ],
    });
  });
});
