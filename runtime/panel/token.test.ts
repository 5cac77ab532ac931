import { describe, expect, it } from 'vitest';
import { newToken, TokenGate } from './token.ts';

describe('TokenGate', () => {
  it('lets in the token and nothing else', () => {
    const gate = new TokenGate('the-token');
    expect(gate.judge('Bearer the-token', 'a')).toBe('accepted');
    expect(gate.judge('bearer  the-token ', 'a')).toBe('accepted');
    for (const wrong of ['Bearer the-toke', 'Bearer the-token2', 'Bearer THE-TOKEN', 'Bearer é']) {
      expect(gate.judge(wrong, 'a')).toBe('wrong');
    }
    for (const missing of [undefined, '', 'the-token', 'Basic the-token', 'Bearer', 'Bearer the token']) {
      expect(gate.judge(missing, 'a')).toBe('missing');
    }
  });

  it('refuses an address that guesses, with the right token too, until time has passed', () => {
    let now = 0;
    const gate = new TokenGate('the-token', () => now);
    for (let tries = 0; tries < 10; tries += 1) expect(gate.judge(`Bearer ${tries}`, 'a')).toBe('wrong');
    expect(gate.judge('Bearer the-token', 'a')).toBe('too-many');
    expect(gate.judge('Bearer the-token', 'b')).toBe('accepted');
    now += 1_000;
    expect(gate.judge('Bearer the-token', 'a')).toBe('accepted');
    expect(gate.judge('Bearer again', 'a')).toBe('wrong');
    expect(gate.judge('Bearer again', 'a')).toBe('too-many');
  });

  it('does not count requests without a token', () => {
    const gate = new TokenGate('the-token');
    for (let tries = 0; tries < 100; tries += 1) gate.judge(undefined, 'a');
    expect(gate.judge('Bearer the-token', 'a')).toBe('accepted');
  });

  it('makes tokens of 256 bits that go into a URL as they are', () => {
    expect(newToken()).toMatch(/^[\w-]{43}$/);
    expect(newToken()).not.toBe(newToken());
  });
});
