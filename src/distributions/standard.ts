import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Distribution } from '../components/cli/distribution.ts';
import { createLog } from '../kernel/log.ts';
import { startCluster } from './cluster.ts';
import { noteImported } from './imported-images.ts';
import { containerdDirectory } from './machine-runtime.ts';
import { cgroupRootOf } from './nodes.ts';

const warnings = createLog((line) => process.stderr.write(line), 'warn');

/** Everything: the whole control plane and a node of this machine's own, or simulated ones. */
export const standard: Distribution = {
  name: 'standard',
  start: startCluster,
  containerSupport,
  async importImages(dataDirectory, files, onImported) {
    const { importImages } = await import('../extensions/runtime/containerd/import-images.ts');
    for (const file of files) {
      const [imported] = await importImages({ socket: await socketOf(dataDirectory), files: [file], log: warnings });
      noteImported(dataDirectory, imported?.names ?? []);
      onImported(file, imported?.names ?? []);
    }
  },
  async listImages(dataDirectory) {
    const { connectCri } = await import('../extension-points/runtime/cri.ts');
    await using runtime = await connectCri({ endpoint: `unix://${await socketOf(dataDirectory)}`, log: warnings });
    const images = await runtime.listImages();
    return images
      .flatMap(({ id, tags, digests, sizeBytes }) => (tags.length > 0 ? tags : digests.slice(0, 1)).map((name) => ({ name, id, sizeBytes })))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  },
  async cleanUp(dataDirectory, { purge }) {
    const directory = containerdDirectory(dataDirectory);
    if (!existsSync(directory)) return;
    const { removeContainerd, stopContainers } = await import('../extensions/runtime/containerd/remove-containerd.ts');
    await (purge ? removeContainerd : stopContainers)({ directory, log: warnings, cgroups: [`/${cgroupRootOf(dataDirectory)}`] });
    // Volumes of pods: without the agent nobody else unmounts them.
    const { unmountBelow } = await import('../extensions/runtime/containerd/leftovers.ts');
    await unmountBelow(join(dataDirectory, 'nodes'));
  },
  async countContainers(dataDirectory) {
    const directory = containerdDirectory(dataDirectory);
    if (!existsSync(directory)) return 0;
    const { countRunningContainers } = await import('../extensions/runtime/containerd/leftovers.ts');
    const { layoutOf } = await import('../extensions/runtime/containerd/layout.ts');
    return countRunningContainers(layoutOf(directory));
  },
};

async function socketOf(dataDirectory: string): Promise<string> {
  const { layoutOf } = await import('../extensions/runtime/containerd/layout.ts');
  return layoutOf(containerdDirectory(dataDirectory)).socket;
}

/** The question is answered by what is there; what only a try can tell is found out, and said, when containerd starts. */
function containerSupport(): { isSupported: boolean; reason: string } {
  if (process.platform !== 'linux') return { isSupported: false, reason: 'Containers need Linux' };
  if (process.getuid?.() !== 0) return { isSupported: false, reason: 'Containers need root' };
  const missing = ['containerd', 'runc'].filter((program) => !isInstalled(program));
  return missing.length === 0
    ? { isSupported: true, reason: '' }
    : { isSupported: false, reason: `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not installed` };
}

const isInstalled = (program: string): boolean =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((directory) => existsSync(join(directory, program)));
