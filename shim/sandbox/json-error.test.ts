import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonErrorPosition } from './json-error.ts';

describe('jsonErrorPosition()', () => {
  it.each([
    ['', 1, 1],
    ['{"a": tru}', 1, 7],
    ['{"a": 1,\n "b" 2}', 2, 6],
    ['{"a": 1,\n}', 2, 1],
    ['[1, 2', 1, 6],
    ['[1, 2}', 1, 6],
    ['[,]', 1, 2],
    ['{"a": "x\ny"}', 1, 7],
    ['{} {}', 1, 4],
    ["{'a': 1}", 1, 2],
    ['{"a": 1]', 1, 8],
  ])('points at the mistake in %j', (text, line, column) => {
    expect(jsonErrorPosition(text)).toEqual({ line, column });
  });

  it('agrees with V8 wherever V8 tells the position of a cut text', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (json, cut) => {
        const text = json.slice(0, cut % json.length);
        const told = /^Expected .* position (\d+)/.exec(messageOf(text))?.[1];
        fc.pre(told !== undefined);
        const { line, column } = jsonErrorPosition(text);
        const lineStart =
          text
            .split('\n')
            .slice(0, line - 1)
            .join('\n').length + (line > 1 ? 1 : 0);
        expect(lineStart + column - 1).toBe(Number(told));
      }),
    );
  });
});

function messageOf(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}
