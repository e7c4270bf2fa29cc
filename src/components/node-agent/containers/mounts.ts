import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, Pod, VolumeMount } from '../../../api/generated/core-v1.ts';
import type { Mount } from '../../../extension-points/runtime/contract.ts';
import type { Log } from '../../../kernel/log.ts';
import { type AgentDirectories, podKeyText, podUid } from '../directories.ts';
import { expandReferences } from '../expansion.ts';
import { writeHostsFile } from '../pod/hosts-file.ts';
import type { MountedVolume } from '../volumes/contract.ts';
import { systemMounter } from '../volumes/mounter.ts';
import { bindSubPath } from '../volumes/sub-path.ts';
import { ContainerConfigError } from './environment.ts';

export interface MountsInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly environment: readonly { name: string; value: string }[];
  readonly podIps: readonly string[];
  readonly directories: AgentDirectories;
  readonly clusterDomain: string;
  readonly isSimulated: boolean;
  readonly log: Log;
}

const hostsPath = '/etc/hosts';

/**
 * All mounts of a container: its volumes, its hosts file and the file it may leave a last message in. Throws `ContainerConfigError` or `VolumeError`.
 * The small files are written synchronously: a thread pool would only make every pod's start slower.
 */
export async function containerMounts(input: MountsInput): Promise<Mount[]> {
  const { container } = input;
  const mounts: Mount[] = [];
  for (const [index, volumeMount] of (container.volumeMounts ?? []).entries()) mounts.push(await volumeMountOf(input, volumeMount, index));
  if (input.isSimulated) return mounts;
  if (!mounts.some(({ containerPath }) => containerPath === hostsPath)) mounts.push(hostsMount(input));
  if (container.terminationMessagePath !== '') mounts.push(terminationMount(input));
  return mounts;
}

const plainMount = (containerPath: string, hostPath: string): Mount => ({
  containerPath,
  hostPath,
  readonly: false,
  propagation: 'private',
  seLinuxRelabel: false,
});

async function volumeMountOf(input: MountsInput, mount: VolumeMount, index: number): Promise<Mount> {
  const volume = input.volumes.get(mount.name);
  if (!volume) throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container "${input.container.name}"`);
  const isReadOnly = mount.readOnly === true || volume.isReadOnly === true;
  const subPath = mount.subPathExpr ? expandedSubPath(input, mount.subPathExpr) : (mount.subPath ?? '');
  const hostPath =
    subPath === '' || input.isSimulated
      ? volume.path
      : await bindSubPath({
          volumePath: volume.path,
          subPath,
          mounter: systemMounter,
          mayCreate: !volume.isReadOnly,
          target: join(input.directories.subPaths(podUid(input.pod)), mount.name, input.container.name, String(index)),
        }).catch((cause: unknown) => {
          // Why is for whoever runs the node: it may name paths of the machine.
          input.log.warn('subPath not prepared', { pod: podKeyText(input.pod), volumeMount: mount.name, container: input.container.name, error: cause });
          throw new ContainerConfigError(
            `failed to prepare subPath for volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(input.container.name)}`,
            { cause },
          );
        });
  return {
    containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
    hostPath,
    readonly: isReadOnly,
    seLinuxRelabel: false,
    propagation: mount.mountPropagation === 'Bidirectional' ? 'bidirectional' : mount.mountPropagation === 'HostToContainer' ? 'host-to-container' : 'private',
  };
}

/** Unlike elsewhere, a name that is not known is an error here. */
function expandedSubPath({ environment }: MountsInput, expression: string): string {
  const missing: string[] = [];
  const text = expandReferences(expression, (name) => {
    const value = environment.find((variable) => variable.name === name)?.value;
    if (value === undefined) missing.push(name);
    return value;
  });
  if (missing.length > 0) throw new ContainerConfigError(`missing value for ${missing.map((name) => JSON.stringify(name)).join(', ')}`);
  return text;
}

function hostsMount({ pod, podIps, directories, clusterDomain }: MountsInput): Mount {
  const path = directories.hostsFile(podUid(pod));
  writeHostsFile(path, pod, podIps, clusterDomain);
  return plainMount(hostsPath, path);
}

/** A fresh file for each start, so that an old message is never read as a new one. */
function terminationMount({ pod, container, directories }: MountsInput): Mount {
  const directory = directories.container(podUid(pod), container.name);
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  const path = join(directory, randomBytes(4).toString('hex'));
  // Whoever the container runs as must be able to write it.
  writeFileSync(path, '', { mode: 0o666 });
  chmodSync(path, 0o666); // the umask took bits away
  return plainMount(container.terminationMessagePath ?? '/dev/termination-log', path);
}
