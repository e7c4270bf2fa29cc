import { randomInt } from 'node:crypto';
import type { Container, PodSpec, Volume } from '../../../api/generated/core-v1.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumeNamePrefix = 'kube-api-access-';
/** Upstream's alphabet for generated names: no vowels, nothing easily confused. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Mounts the API token, the cluster's CA and the namespace in every container (init containers too) that has nothing mounted there.
 * The volume is added only when a container needs it; one that is already called `kube-api-access-...` is used.
 */
export function withTokenVolume(spec: PodSpec): PodSpec {
  const existing = spec.volumes?.find((volume) => volume.name.startsWith(volumeNamePrefix));
  const name = existing?.name ?? `${volumeNamePrefix}${randomSuffix()}`;
  const needsMount = (container: Container): boolean => !container.volumeMounts?.some((mount) => mount.mountPath === mountPath);
  const mounted = (container: Container): Container =>
    needsMount(container) ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }] } : container;
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  if (!containers.some(needsMount)) return spec;
  return {
    ...spec,
    ...(existing ? {} : { volumes: [...(spec.volumes ?? []), tokenVolume(name)] }),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(mounted) } : {}),
    containers: spec.containers.map(mounted),
  };
}

const randomSuffix = (): string => Array.from({ length: 5 }, () => nameAlphabet[randomInt(nameAlphabet.length)]).join('');

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        // 3607: the API server recognises tokens of this volume by the odd lifetime.
        { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 0o644,
    },
  };
}
