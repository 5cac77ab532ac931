import { describe, expect, it } from 'vitest';
import { isOwnHost } from './host-check.ts';

describe('isOwnHost()', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:9090',
    '192.168.1.7:80',
    '[::1]',
    '[::1]:9090',
    'localhost',
    'LOCALHOST:1',
    'panel.internal:9090',
  ])('takes "%s"', (host) => {
    expect(isOwnHost(host, 'Panel.Internal')).toBe(true);
  });

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:9090',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '0x7f.1',
    '2130706433',
    '[evil]',
    '[127.0.0.1]',
    '127.0.0.1:9090:1',
    'a@localhost',
    'localhost:port',
  ])('refuses "%s", to which a name of the web may be bound', (host) => {
    expect(isOwnHost(host, 'panel.internal')).toBe(false);
  });
});
