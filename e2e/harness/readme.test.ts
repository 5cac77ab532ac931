import { describe, expect, it } from 'vitest';
import { shownCommands } from './readme.ts';

describe('shownCommands()', () => {
  it('takes commands with their output from blocks of console, and from no others', () => {
    const markdown = [
      '# Title',
      '```sh',
      '$ not this',
      '```',
      '```console',
      '$ first | second',
      'one',
      '  $ two',
      '$ third',
      '```',
      'text',
      '```console',
      '$ fourth',
      '```',
    ].join('\n');
    expect(shownCommands(`${markdown}\n`)).toEqual([
      { command: 'first | second', output: 'one\n  $ two\n' },
      { command: 'third', output: '' },
      { command: 'fourth', output: '' },
    ]);
  });
});
