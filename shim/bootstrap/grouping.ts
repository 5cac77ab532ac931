/** Annotations that name the group a container belongs to, the first that is there decides. */
const GROUP_ANNOTATIONS = ['io.containerd.runc.v2.group', 'io.kubernetes.cri.sandbox-id'] as const;

/** Group of a container: containers of one group, such as a pod, live in one shim. */
export function groupOf(id: string, annotations: Readonly<Record<string, unknown>> | undefined): string {
  for (const name of GROUP_ANNOTATIONS) {
    const group = annotations?.[name];
    if (typeof group === 'string' && group !== '') return group;
  }
  return id;
}
