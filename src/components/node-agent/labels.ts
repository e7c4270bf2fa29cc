import { createHash } from 'node:crypto';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import { nameOf } from '../../api/object.ts';
import { podUid } from './directories.ts';

/** What every sandbox and container carries, so that people, `crictl` and a restarted agent know whose it is. */
export const podNameLabel = 'io.kubernetes.pod.name';
export const podNamespaceLabel = 'io.kubernetes.pod.namespace';
export const podUidLabel = 'io.kubernetes.pod.uid';
export const containerNameLabel = 'io.kubernetes.container.name';
/** Whose node: an agent touches nothing that does not carry its own mark, even in a runtime it shares. */
export const agentLabel = 'wherry.dev/agent';

export const hashLabel = 'io.kubernetes.container.hash';
export const restartCountAnnotation = 'io.kubernetes.container.restartCount';
export const terminationPathAnnotation = 'io.kubernetes.container.terminationMessagePath';
export const terminationPolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy';
export const portsAnnotation = 'io.kubernetes.container.ports';
export const preStopAnnotation = 'io.kubernetes.container.preStopHandler';
export const gracePeriodAnnotation = 'io.kubernetes.pod.terminationGracePeriod';

export const podLabels = (pod: Pod, agent: string): Record<string, string> => ({
  [podNameLabel]: nameOf(pod),
  [podNamespaceLabel]: pod.metadata.namespace ?? '',
  [podUidLabel]: podUid(pod),
  [agentLabel]: agent,
});

export function containerAnnotations(pod: Pod, container: Container, restartCount: number): Record<string, string> {
  return {
    [hashLabel]: containerHash(container),
    [restartCountAnnotation]: String(restartCount),
    [terminationPathAnnotation]: container.terminationMessagePath ?? '/dev/termination-log',
    [terminationPolicyAnnotation]: container.terminationMessagePolicy ?? 'File',
    [gracePeriodAnnotation]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    ...(container.ports && container.ports.length > 0 ? { [portsAnnotation]: JSON.stringify(container.ports) } : {}),
    ...(container.lifecycle?.preStop ? { [preStopAnnotation]: JSON.stringify(container.lifecycle.preStop) } : {}),
  };
}

/** Changes when a running container no longer is what its pod asks for. As upstream, only name and image count. */
export const containerHash = (container: Container): string =>
  createHash('sha256')
    .update(`${container.name}\0${container.image ?? ''}`)
    .digest('hex')
    .slice(0, 8);

/** The mark of an agent: stable for its directory. */
export const agentMark = (directory: string): string => createHash('sha256').update(directory).digest('hex').slice(0, 8);
