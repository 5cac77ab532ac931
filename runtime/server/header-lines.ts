import type { OutgoingHttpHeader } from 'node:http';

/** Lines of an answer, names and values in turn: node:http sends them sooner than an object's. */
export type HeaderLines = OutgoingHttpHeader[];
