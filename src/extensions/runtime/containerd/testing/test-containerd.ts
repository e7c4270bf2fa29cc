import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTestImages } from '../../../../../test/fixtures/images/build.ts';
import { containerConfig, sandboxConfig } from '../../../../extension-points/runtime/conformance-configs.ts';
import type { ContainerConfig, PodSandboxConfig } from '../../../../extension-points/runtime/contract.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { containerdMissing } from '../containerd-missing.ts';
import { type Containerd, type ContainerdOptions, startContainerd } from '../start-containerd.ts';

/** The reason why tests with a real containerd are skipped here; false when they run. */
export const skip: string | false = containerdMissing() ?? false;

/** Made of installed packages, once; in the repository's cache, which git ignores. */
export const testImages = (): ReturnType<typeof buildTestImages> => buildTestImages(join(import.meta.dirname, '../../../../../.cache/test-images'));

/** Pods of tests get groups of their own, removed with the rest. */
export const cgroupOf = (directory: string): string => `/${directory.slice(directory.lastIndexOf('/') + 1)}`;

let ranges = 0;
/** Test files run at the same time, each in a process: each containerd takes a range of its own. */
export const newPodCidr = (): string => `10.${128 + (process.pid % 100)}.${ranges++ % 256}.0/24`;

export interface TestContainerd extends AsyncDisposable {
  readonly containerd: Containerd;
  readonly directory: string;
  readonly cgroup: string;
}

/** A containerd with busybox in a new directory; nothing of it is left after disposal. */
export async function testContainerd(options: Partial<ContainerdOptions> = {}): Promise<TestContainerd> {
  const directory = await mkdtemp(join(tmpdir(), 'wherry-cd-'));
  const cgroup = cgroupOf(directory);
  const containerd = await startContainerd({ directory, log: silentLog, podCidr: newPodCidr(), cgroups: [cgroup], ...options });
  await containerd.importImages([testImages().busybox]);
  return { containerd, directory, cgroup, [Symbol.asyncDispose]: () => containerd.removeEverything() };
}

export interface TestPod {
  readonly sandboxId: string;
  readonly containerId: string;
  readonly ip: string;
  readonly config: PodSandboxConfig;
}

/** Starts a pod of one container. */
export async function startPod(
  { containerd, directory, cgroup }: Omit<TestContainerd, typeof Symbol.asyncDispose>,
  name: string,
  options: {
    readonly words?: readonly string[];
    readonly image?: string;
    readonly sandbox?: Partial<PodSandboxConfig>;
    readonly container?: Partial<ContainerConfig>;
  } = {},
): Promise<TestPod> {
  const { runtime } = containerd;
  const config = { ...sandboxConfig(name, join(directory, 'logs', name), { cgroupParent: cgroup }), ...options.sandbox };
  const sandboxId = await runtime.runPodSandbox(config, '');
  const image = await runtime.imageStatus(options.image ?? 'busybox');
  if (!image) throw new Error(`no image ${options.image}`);
  const containerId = await runtime.createContainer(
    sandboxId,
    containerConfig('main', image.id, options.words ?? ['sleep', '3600'], options.container),
    config,
  );
  await runtime.startContainer(containerId);
  return { sandboxId, containerId, config, ip: (await runtime.podSandboxStatus(sandboxId)).ips[0] ?? '' };
}
