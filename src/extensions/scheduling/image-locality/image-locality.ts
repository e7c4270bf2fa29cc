import type { Container, Node, Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, PlacementObserver, SchedulingHandle, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success } from '../../../extension-points/scheduling/contract.ts';

const mebibyte = 2 ** 20;
/** Below this much of images on a node the score is 0; this much per container gives 100. Upstream's bounds. */
const leastBytes = 23 * mebibyte;
const mostBytesPerContainer = 1_000 * mebibyte;

const stateKey = 'PreScoreImageLocality';

/** Prefers nodes that already have the pod's images, the larger the better; an image that few nodes have counts less, so that not all pods gather there. */
export default function imageLocality(_args: unknown, handle: Pick<SchedulingHandle, 'observe'>): SchedulingPlugin {
  const spread = new ImageSpread();
  handle.observe(spread);
  return {
    preScore(state, pod) {
      state.write(stateKey, new Map(imagesOf(pod).map((image) => [image, spread.of(image)])));
      return success;
    },
    score(state, pod, { node }) {
      const shares = state.read<ReadonlyMap<string, number>>(stateKey);
      const images = imagesOf(pod);
      let bytes = 0;
      for (const image of images) bytes += Math.trunc((sizesOn(node).get(image) ?? 0) * (shares?.get(image) ?? 0));
      return scoreOf(bytes, images.length);
    },
    sign: imagesOf,
    epoch: (pod) =>
      imagesOf(pod)
        .map((image) => spread.of(image))
        .join(),
  };
}

/** By the containers, which pods of one template share. */
const knownImages = new WeakMap<readonly Container[], { readonly initContainers: readonly Container[] | undefined; readonly images: readonly string[] }>();

/** The images of a pod; remembered for its frozen containers. */
function imagesOf({ spec }: Pod): readonly string[] {
  if (!spec?.containers) return [];
  const { containers, initContainers } = spec;
  const known = knownImages.get(containers);
  if (known && known.initContainers === initContainers) return known.images;
  const images = [...(initContainers ?? []), ...containers].map(({ image }) => normalized(image ?? ''));
  if (Object.isFrozen(containers)) knownImages.set(containers, { initContainers, images });
  return images;
}

/** How many nodes have each image. */
class ImageSpread implements PlacementObserver {
  readonly #counts = new Map<string, number>();
  #nodes = 0;

  /** The share of nodes that have an image. */
  of(image: string): number {
    return (this.#counts.get(image) ?? 0) / Math.max(1, this.#nodes);
  }

  nodeAdded({ node }: NodeInfo): void {
    this.#nodes++;
    this.#count(node, 1);
  }

  nodeChanged({ node }: NodeInfo, { node: old }: NodeInfo): void {
    if (node.status?.images === old.status?.images) return;
    this.#count(old, -1);
    this.#count(node, 1);
  }

  nodeRemoved({ node }: NodeInfo): void {
    this.#nodes--;
    this.#count(node, -1);
  }

  #count(node: Node, amount: number): void {
    for (const image of sizesOn(node).keys()) {
      const count = (this.#counts.get(image) ?? 0) + amount;
      if (count === 0) this.#counts.delete(image);
      else this.#counts.set(image, count);
    }
  }
}

function scoreOf(bytes: number, containers: number): number {
  const mostBytes = mostBytesPerContainer * containers;
  const bounded = Math.min(Math.max(bytes, leastBytes), Math.max(mostBytes, leastBytes));
  return mostBytes <= leastBytes ? 0 : Math.trunc((100 * (bounded - leastBytes)) / (mostBytes - leastBytes));
}

const knownSizes = new WeakMap<Node, ReadonlyMap<string, number>>();

/** The images of a node, by every name they have there; remembered per node object. */
function sizesOn(node: Node): ReadonlyMap<string, number> {
  let sizes = knownSizes.get(node);
  if (!sizes) {
    const found = new Map<string, number>();
    for (const { names = [], sizeBytes = 0 } of node.status?.images ?? []) for (const name of names) found.set(name, sizeBytes);
    sizes = found;
    knownSizes.set(node, sizes);
  }
  return sizes;
}

/** A name without tag or digest means `latest`. */
const normalized = (image: string): string => (image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image);
