import type { HostCalls } from '#runtime/worker/host-calls.ts';
import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';

/** Makes the values that the guest's promise resolves with, once the host has answered. */
export type Answering = (engine: Engine) => readonly Box[];

/**
 * Reads the arguments, which are the guest's and valid until this returns, and asks the host. Errors, thrown here
 * or later, reject the guest's promise with their message.
 */
export type Question = (engine: Engine, args: readonly Box[], calls: HostCalls) => Promise<Answering>;
