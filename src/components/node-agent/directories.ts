import { join } from 'node:path';
import type { Pod } from '../../api/generated/core-v1.ts';
import { nameOf } from '../../api/object.ts';

/** Where an agent keeps what it keeps, laid out as upstream's kubelet root so that people find their way. */
export class AgentDirectories {
  readonly root: string;
  readonly logs: string;

  constructor(root: string, logs: string) {
    this.root = root;
    this.logs = logs;
  }

  get pods(): string {
    return join(this.root, 'pods');
  }
  get podLogs(): string {
    return join(this.logs, 'pods');
  }
  get containerLogLinks(): string {
    return join(this.logs, 'containers');
  }

  pod(uid: string): string {
    return join(this.pods, uid);
  }
  podVolumes(uid: string): string {
    return join(this.pod(uid), 'volumes');
  }
  /** `plugin` is `kubernetes.io~configmap` and the like. */
  volume(uid: string, plugin: string, name: string): string {
    return join(this.podVolumes(uid), plugin, name);
  }
  subPaths(uid: string): string {
    return join(this.pod(uid), 'volume-subpaths');
  }
  container(uid: string, name: string): string {
    return join(this.pod(uid), 'containers', name);
  }
  hostsFile(uid: string): string {
    return join(this.pod(uid), 'etc-hosts');
  }
  /** Log collectors look for all logs in one folder, by names that say whose they are. */
  containerLogLink(pod: { namespace: string; name: string }, containerName: string, id: string): string {
    return join(this.containerLogLinks, `${pod.name}_${pod.namespace}_${containerName}-${id}.log`);
  }
  podLog(pod: Pod): string {
    return join(this.podLogs, `${pod.metadata.namespace}_${nameOf(pod)}_${podUid(pod)}`);
  }
}

/** Static pods carry their own identity in this annotation; mirror pods in the API have another uid. */
export const hashAnnotation = 'kubernetes.io/config.hash';
export const mirrorAnnotation = 'kubernetes.io/config.mirror';
export const sourceAnnotation = 'kubernetes.io/config.source';
export const seenAnnotation = 'kubernetes.io/config.seen';

export const podUid = (pod: Pod): string => pod.metadata.uid ?? '';
export const podKeyText = (pod: Pod): string => `${pod.metadata.namespace}/${nameOf(pod)}`;
/** `name_namespace(uid)`, as upstream prints pods in events. */
export const podText = (pod: Pod): string => `${nameOf(pod)}_${pod.metadata.namespace}(${podUid(pod)})`;
export const isStaticPod = (pod: Pod): boolean => {
  const source = pod.metadata.annotations?.[sourceAnnotation];
  return source !== undefined && source !== 'api';
};
export const isMirrorPod = (pod: Pod): boolean => pod.metadata.annotations?.[mirrorAnnotation] !== undefined;
