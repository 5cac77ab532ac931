import type { Input } from '#proto/codec.ts';
import type { Messages } from '#proto/gen/registry.ts';

/** The message of each topic containerd and its clients listen to. */
export const TOPICS = {
  '/tasks/create': 'containerd.events.TaskCreate',
  '/tasks/start': 'containerd.events.TaskStart',
  '/tasks/exit': 'containerd.events.TaskExit',
  '/tasks/delete': 'containerd.events.TaskDelete',
  '/tasks/exec-added': 'containerd.events.TaskExecAdded',
  '/tasks/exec-started': 'containerd.events.TaskExecStarted',
  '/tasks/oom': 'containerd.events.TaskOOM',
  '/tasks/paused': 'containerd.events.TaskPaused',
  '/tasks/resumed': 'containerd.events.TaskResumed',
  '/tasks/checkpointed': 'containerd.events.TaskCheckpointed',
} as const;

export type Topic = keyof typeof TOPICS;

/** What is said under a topic. */
export type EventOf<Name extends Topic> = Input<Messages[(typeof TOPICS)[Name]]>;
