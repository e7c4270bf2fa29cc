import { randomBytes } from 'node:crypto';
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

const suffixLength = 5;
/** Random bytes are drawn for many names at once: each draw costs as much as hundreds of bytes. */
let drawn = Buffer.alloc(0);
let used = 0;

function randomSuffix(): string {
  let suffix = '';
  while (suffix.length < suffixLength) {
    if (used === drawn.length) [drawn, used] = [randomBytes(512), 0];
    const byte = drawn[used++]!;
    // Bytes above the last multiple of 27 are left out, so that every character is equally likely.
    if (byte < 243) suffix += nameAlphabet[byte % nameAlphabet.length];
  }
  return suffix;
}

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
