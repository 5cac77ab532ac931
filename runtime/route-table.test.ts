import { describe, expect, it } from 'vitest';
import { routeTable, type Served } from './route-table.ts';

const served: Served = {
  root: '/srv/app',
  url: 'http://127.0.0.1:8080',
  format: 'text',
  publicDirectory: '/srv/app/public',
  routes: [
    { path: '/', worker: 'index.js' },
    {
      path: '/users/[id]',
      worker: 'users/[id].js',
      folders: [
        { path: '/data', writable: true },
        { path: '/lib', writable: false },
      ],
      kv: 'cache',
      hosts: ['example.com'],
      limits: { memory: 64 * 1024 ** 2, time: 500, queue: 2 },
    },
    { path: '/hi', worker: 'hi.py', language: 'python 3.12.0', kv: 'hi' },
    { path: '/bad', worker: 'bad.js', problem: 'bad.toml:3:1: "x" is wrong' },
  ],
};

describe('routeTable()', () => {
  it('says what is served where, and what each worker has', () => {
    expect(routeTable(served)).toBe(`Serving /srv/app at http://127.0.0.1:8080
  /            index.js
  /users/[id]  users/[id].js  /data, /lib (read-only); kv "cache"; http example.com; memory 64 MiB; time 500 ms; queue 2
  /hi          hi.py          python 3.12.0; kv "hi"
  /bad         bad.js         cannot run: bad.toml:3:1: "x" is wrong
  /*           public/
`);
  });

  it('says the same as one line of JSON', () => {
    const { format, ...rest } = served;
    const line = routeTable({ ...served, format: 'json' });
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({ type: 'listening', ...rest });
  });

  it('says that there is nothing', () => {
    expect(routeTable({ ...served, routes: [], publicDirectory: undefined })).toContain('no workers');
  });

  it('does not let names of files drive a terminal', () => {
    const routes = [{ path: '/\u001b[2J', worker: '\u001b[2J.js' }];
    expect(routeTable({ ...served, routes })).not.toContain('\u001b');
    expect(routeTable({ ...served, routes, format: 'colour' })).not.toContain('\u001b[2J');
  });
});
