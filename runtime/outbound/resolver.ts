import { lookup } from 'node:dns/promises';

/** Finds the addresses of a name. */
export interface Resolver {
  /** In the order they are to be tried. Rejects when there is none. */
  resolve(name: string): Promise<readonly string[]>;
}

/** By the system's own rules: /etc/hosts, then the name servers it is set up with. */
export const systemResolver: Resolver = {
  resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
};
