/** A process of its own that loads a worker and prints its answer: what it drew, and when its clock started. */
import { loadWorkerText, request, shown } from '../worker-fixture.ts';

const guest = await loadWorkerText(`
  const atLoad = Math.random();
  export default () => Response.json({ atLoad, now: Math.random(), timeOrigin: performance.timeOrigin });`);
const answer = shown(guest.handle(request()));
process.stdout.write('body' in answer ? answer.body : answer.failure);
