import { createHash } from 'node:crypto';
import { type FilesystemUsage, type Image, type Runtime, RuntimeError } from '../../../extension-points/runtime/contract.ts';

type ImageCalls = Pick<Runtime, 'listImages' | 'imageStatus' | 'pullImage' | 'removeImage' | 'imageFilesystem'>;

/** Images whose names begin with this are never present and cannot be pulled, to try out what a node does then. */
export const missingImagePrefix = 'missing.simulate.wherry.dev/';
const imageBytes = 1_000_000;

/** Every image is there; a list names those that were asked for. */
export function simulatedImages(): ImageCalls {
  const known = new Map<string, Image>();
  const find = (reference: string): Image => {
    const found = known.get(reference) ?? [...known.values()].find(({ id }) => id === reference);
    if (found) return found;
    const digest = `sha256:${createHash('sha256').update(reference).digest('hex')}`;
    const image: Image = {
      id: digest,
      tags: [reference],
      digests: [`${reference.replace(/(:[^/]*)?(@.*)?$/, '')}@${digest}`],
      sizeBytes: imageBytes,
      username: '',
      pinned: false,
    };
    known.set(reference, image);
    return image;
  };
  return {
    listImages: async () => [...known.values()],
    imageStatus: async (reference) => (reference.startsWith(missingImagePrefix) ? undefined : find(reference)),
    async pullImage(reference) {
      if (reference.startsWith(missingImagePrefix)) throw new RuntimeError('NOT_FOUND', `failed to pull and unpack image "${reference}": not found`);
      return find(reference).id;
    },
    async removeImage(reference) {
      for (const [name, { id }] of known) if (name === reference || id === reference) known.delete(name);
    },
    async imageFilesystem(): Promise<readonly FilesystemUsage[]> {
      return [{ mountpoint: '/simulated', usedBytes: known.size * imageBytes, inodesUsed: known.size }];
    },
  };
}
