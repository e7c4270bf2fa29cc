import { statfs } from 'node:fs/promises';
import type { Image, Runtime } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';

export interface ImageCollectionDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Log /** Image ids and references that containers use. */;
  readonly inUse: () => ReadonlySet<string>;
}

/** Parts of the disk: above the first, images are removed until the second is reached. */
const highThreshold = 0.85;
const lowThreshold = 0.8;
const minimumAgeMs = 120_000;

/** Removes images that no container uses, the longest unused first, when the disk they are on fills up (upstream's thresholds). */
export class ImageCollector {
  readonly #deps: ImageCollectionDeps;
  /** When an image was first seen, and last seen in use. */
  readonly #seen = new Map<string, { firstMs: number; usedMs: number }>();

  constructor(deps: ImageCollectionDeps) {
    this.#deps = deps;
  }

  async collect(): Promise<void> {
    const { runtime, log } = this.#deps;
    const [filesystem] = await runtime.imageFilesystem();
    const images = await runtime.listImages();
    const unused = this.#unused(images);
    if (!filesystem) return;
    const disk = await statfs(filesystem.mountpoint).catch(() => undefined);
    if (!disk || disk.blocks === 0) return;
    const total = disk.blocks * disk.bsize;
    let surplus = total - disk.bavail * disk.bsize - total * lowThreshold;
    if (1 - disk.bavail / disk.blocks < highThreshold) return;
    for (const image of unused) {
      if (surplus <= 0) return;
      await runtime.removeImage(image.id).then(
        () => (surplus -= image.sizeBytes),
        (error: unknown) => log.debug('unused image not removed', { image: image.id, error }),
      );
    }
  }

  /** Old enough, unused and not pinned; the longest unused first. */
  #unused(images: readonly Image[]): Image[] {
    const nowMs = this.#deps.clock.now();
    const inUse = this.#deps.inUse();
    const present = new Set(images.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id);
    const isUsed = (image: Image): boolean => [image.id, ...image.tags, ...image.digests].some((name) => inUse.has(name));
    for (const image of images) {
      const seen = this.#seen.get(image.id) ?? { firstMs: nowMs, usedMs: 0 };
      this.#seen.set(image.id, isUsed(image) ? { ...seen, usedMs: nowMs } : seen);
    }
    return images
      .filter((image) => !isUsed(image) && !image.pinned && nowMs - this.#seen.get(image.id)!.firstMs >= minimumAgeMs)
      .sort((left, right) => this.#seen.get(left.id)!.usedMs - this.#seen.get(right.id)!.usedMs);
  }
}
