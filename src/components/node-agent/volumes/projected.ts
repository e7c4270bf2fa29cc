import type { Pod, ServiceAccountTokenProjection, VolumeProjection } from '../../../api/generated/core-v1.ts';
import { type FileContent, writeAtomically } from './atomic-writer.ts';
import { ownershipOf } from './config-map.ts';
import { type MountedVolume, VolumeError, type VolumePlugin, type VolumeRequest } from './contract.ts';
import { downwardApiContent } from './downward-api.ts';
import { configMapContent, secretContent } from './object-content.ts';

/** Several sources in one folder. */
export const projectedVolumes: VolumePlugin = {
  name: 'kubernetes.io~projected',
  isSecret: true,
  isReadOnly: true,
  isUpdated: true,
  supports: (volume) => volume.projected !== undefined,
  async setUp(request: VolumeRequest): Promise<MountedVolume> {
    const { sources = [], defaultMode = 0o644 } = request.volume.projected!;
    const parts = await Promise.all(sources.map((source) => partOf(request, source, defaultMode)));
    const content = new Map<string, FileContent>();
    for (const part of parts) for (const [path, file] of part.content) content.set(path, file);
    writeAtomically(request.directory, content, ownershipOf(request));
    const refreshAtMs = Math.min(...parts.map((part) => part.refreshAtMs ?? Infinity));
    return {
      path: request.directory,
      isReadOnly: true,
      ...(Number.isFinite(refreshAtMs) ? { refreshAtMs } : {}),
    };
  },
};

interface Part {
  readonly content: ReadonlyMap<string, FileContent>;
  readonly refreshAtMs?: number;
}

async function partOf(request: VolumeRequest, source: VolumeProjection, defaultMode: number): Promise<Part> {
  if (source.configMap) {
    const { name = '', items, optional } = source.configMap;
    return { content: await configMapContent(request, name, { items, optional, defaultMode }) };
  }
  if (source.secret) {
    const { name = '', items, optional } = source.secret;
    return { content: await secretContent(request, name, { items, optional, defaultMode }) };
  }
  if (source.downwardAPI) return { content: downwardApiContent(request, source.downwardAPI.items ?? [], defaultMode) };
  if (source.serviceAccountToken) return tokenPart(request, source.serviceAccountToken, defaultMode);
  throw new VolumeError(`projected source ${Object.keys(source).join(', ') || '(none)'} is not supported by this node agent`);
}

async function tokenPart(
  request: VolumeRequest,
  { audience, expirationSeconds = 3600, path }: ServiceAccountTokenProjection,
  defaultMode: number,
): Promise<Part> {
  const { pod, services } = request;
  const token = await services.tokens.get(pod, { audience, expirationSeconds });
  const uid = commonUser(pod);
  // A token is for its pod alone; where nothing says who the pod runs as, it must stay readable for anyone inside.
  const mode = uid !== undefined || pod.spec.securityContext?.fsGroup !== undefined ? 0o600 : defaultMode;
  return { content: new Map([[path, { data: Buffer.from(token.text), mode, ...(uid === undefined ? {} : { uid }) }]]), refreshAtMs: token.refreshAtMs };
}

/** The user that all containers run as, when they agree on one. */
function commonUser(pod: Pod): number | undefined {
  const inherited = pod.spec.securityContext?.runAsUser;
  const users = new Set([...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.securityContext?.runAsUser ?? inherited));
  return users.size === 1 ? [...users][0] : undefined;
}
