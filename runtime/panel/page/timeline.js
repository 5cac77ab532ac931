import { drawing, milliseconds } from './dom.js';

/** Where the time of requests went, as bars: side by side where requests ran side by side. */

/** Requests with so much rest between them have nothing to do with each other. */
const REST_MS = 200;

const WIDTH = 240;
const HEIGHT = 14;
const LEAST = 2;

export const PARTS = [
  ['body', 'receiving'],
  ['queued', 'queued'],
  ['ran', 'running'],
  ['sending', 'sending'],
];

/** Offset of each request from the first of its burst, and the length of the longest burst, in milliseconds. */
export function scaleOf(requests) {
  const offsets = new Map();
  let longest = 1;
  let first = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const request of [...requests].sort((a, b) => a.began - b.began)) {
    if (request.began > end + REST_MS) first = request.began;
    offsets.set(request.cursor, request.began - first);
    end = Math.max(end, request.began + request.timings.total);
    longest = Math.max(longest, end - first);
  }
  return { offsets, longest };
}

export function partsOf({ body, queued, ran, total }) {
  return { body, queued, ran, sending: Math.max(0, total - body - queued - ran) };
}

export function timeline(request, { offsets, longest }) {
  const parts = partsOf(request.timings);
  const said = PARTS.map(([name, word]) => `${word} ${milliseconds(parts[name])}`).join(', ');
  let x = ((offsets.get(request.cursor) ?? 0) / longest) * (WIDTH - LEAST);
  const room = WIDTH - x;
  const total = Math.max(LEAST, (request.timings.total / longest) * WIDTH);
  const sum = Math.max(request.timings.total, Number.MIN_VALUE);
  const bars = PARTS.map(([name]) => {
    const width = Math.min(room, total) * Math.min(1, parts[name] / sum);
    const bar = drawing('rect', {
      class: `part-${name}`,
      x: x.toFixed(2),
      y: 2,
      width: width.toFixed(2),
      height: HEIGHT - 4,
    });
    x += width;
    return bar;
  });
  return drawing(
    'svg',
    {
      class: 'timeline',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': said,
    },
    drawing('title', {}, said),
    ...bars,
  );
}
