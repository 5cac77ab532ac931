import { expect, it } from 'vitest';
import { loadProblem } from './load-problem.ts';

it('loadProblem() does not repeat which worker it is about', () => {
  expect(loadProblem('a"b.wasm', new Error('Cannot compile "a"b.wasm": no magic at offset 0'))).toBe(
    'no magic at offset 0',
  );
  expect(loadProblem('a.js', new Error('Cannot load worker "a.js": a.js:3:1: SyntaxError: x\n  y'))).toBe(
    'a.js:3:1: SyntaxError: x\n  y',
  );
});

it('loadProblem() keeps what is about something else', () => {
  for (const message of ['Cannot import "b.js": no', 'Not "a.js": x', 'Cannot load worker']) {
    expect(loadProblem('a.js', new Error(message))).toBe(message);
  }
  expect(loadProblem('a.js', 'text')).toBe('text');
});
