import { readFileSync } from 'node:fs';

export default {
  async fetch(_request, env) {
    const visit = Number(Cache.get('visits') ?? 0) + 1;
    Cache.set('visits', visit);
    const greeting = readFileSync('/data/greeting.txt', 'utf8').trim();
    const news = await (await fetch(env.NEWS)).text();
    return new Response(`${greeting} from JavaScript, visit ${visit}. ${news}`);
  },
};
