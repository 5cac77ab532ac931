import { describe, expect, it } from 'vitest';
import { EventQueue } from './queue.ts';
import type { Topic } from './topics.ts';

function fill(
  limit: number,
  topics: readonly Topic[],
): { queue: EventQueue; dropped: (Topic | undefined)[] } {
  const queue = new EventQueue(limit);
  const dropped = topics.map((topic) => queue.push({ topic, payload: new Uint8Array() })?.topic);
  return { queue, dropped };
}

function drain(queue: EventQueue): Topic[] {
  const topics: Topic[] = [];
  for (let event = queue.first; event; event = queue.first) {
    topics.push(event.topic);
    queue.removeFirst();
  }
  return topics;
}

describe('EventQueue', () => {
  it('keeps order and drops nothing up to its limit', () => {
    const { queue, dropped } = fill(3, ['/tasks/create', '/tasks/start', '/tasks/exit']);
    expect(dropped).toEqual([undefined, undefined, undefined]);
    expect(drain(queue)).toEqual(['/tasks/create', '/tasks/start', '/tasks/exit']);
  });

  it('drops the oldest event that is neither exit nor delete, but not the first', () => {
    const { queue, dropped } = fill(3, ['/tasks/create', '/tasks/exit', '/tasks/start', '/tasks/delete']);
    expect(dropped.at(-1)).toBe('/tasks/start');
    expect(drain(queue)).toEqual(['/tasks/create', '/tasks/exit', '/tasks/delete']);
  });

  it('drops deletes when nothing else is left to drop', () => {
    const { queue, dropped } = fill(2, ['/tasks/exit', '/tasks/delete', '/tasks/exit']);
    expect(dropped.at(-1)).toBe('/tasks/delete');
    expect(drain(queue)).toEqual(['/tasks/exit', '/tasks/exit']);
  });

  it('drops a new event when all others are worth more', () => {
    const { dropped } = fill(2, ['/tasks/exit', '/tasks/exit', '/tasks/start']);
    expect(dropped.at(-1)).toBe('/tasks/start');
  });

  it('grows over its limit rather than drop an exit', () => {
    const { queue, dropped } = fill(1, ['/tasks/exit', '/tasks/exit', '/tasks/exit']);
    expect(dropped).toEqual([undefined, undefined, undefined]);
    expect(queue.length).toBe(3);
  });
});
