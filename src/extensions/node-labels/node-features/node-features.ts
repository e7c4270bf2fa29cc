import { isDeepStrictEqual } from 'node:util';
import type { Informer, Informers } from '../../../client/informer.ts';
import { featureDomain, type Labels, type NodeLabelSource } from '../../../extension-points/node-labels/contract.ts';
import { type NodeFeature, nodefeatures, nodeNameLabel } from './node-feature-type.ts';

const index = 'node';
const maximumObjects = 256;

/** The labels in the NodeFeature objects of a node, wherever they are, as NFD's master would set them. Nothing while their definition is not installed. */
export function nodeFeatures(informers: Informers): NodeLabelSource {
  let informer: Informer<NodeFeature> | undefined;
  const shared = (): Informer<NodeFeature> => {
    informer ??= informers.informer(nodefeatures, { mayBeMissing: true });
    informer.addIndex(index, nodeNamesOf);
    return informer;
  };
  return {
    async *labels({ name }, signal) {
      const objects = shared();
      await objects.synced();
      using changes = new Changes(objects, name, signal);
      let last: Labels | undefined;
      while (!signal.aborted) {
        const labels = labelsOf(objects.byIndex(index, name));
        if (!isDeepStrictEqual(labels, last)) yield { labels: (last = labels) };
        await changes.next();
      }
    },
  };
}

const nodeNamesOf = ({ metadata: { labels } }: NodeFeature): readonly string[] => (labels?.[nodeNameLabel] === undefined ? [] : [labels[nodeNameLabel]]);

/** Tells when an object of a node came, changed or went. */
class Changes implements Disposable {
  readonly #watching: Disposable;
  #hasChanged = false;
  #wake: (() => void) | undefined;

  constructor(informer: Informer<NodeFeature>, nodeName: string, signal: AbortSignal) {
    const isOf = (object: NodeFeature): boolean => nodeNamesOf(object).includes(nodeName);
    const look = (...objects: readonly NodeFeature[]): void => {
      if (objects.some(isOf)) this.#notice();
    };
    this.#watching = informer.onChange({ added: (object) => look(object), updated: (object, old) => look(object, old), deleted: (object) => look(object) });
    signal.addEventListener('abort', () => this.#notice(), { once: true });
  }

  async next(): Promise<void> {
    if (!this.#hasChanged) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#hasChanged = false;
  }

  [Symbol.dispose](): void {
    this.#watching[Symbol.dispose]();
  }

  #notice(): void {
    this.#hasChanged = true;
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** In the order of their names; later ones have their way. A value `@domain.feature.element` stands for an attribute that some object tells. */
function labelsOf(objects: readonly NodeFeature[]): Labels {
  const sorted = [...objects].sort((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1)).slice(0, maximumObjects);
  const labels = new Map<string, string>();
  for (const { spec } of sorted) {
    const own = spec.labels ?? {};
    for (const [name, value] of Object.entries(own)) {
      const full = name.includes('/') ? name : `${featureDomain}/${name}`;
      if (full === name || !Object.hasOwn(own, full)) labels.set(full, value);
    }
  }
  const told = [...labels].map(([name, value]) => [name, value.startsWith('@') ? attributeOf(sorted, value.slice(1)) : value] as const);
  return Object.fromEntries(told.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

const orderOf = ({ metadata: { name, namespace } }: NodeFeature): string => `${name}/${namespace}`;

function attributeOf(objects: readonly NodeFeature[], path: string): string | undefined {
  const [, feature, element] = /^([^.]*\.[^.]*)\.(.*)$/s.exec(path) ?? [];
  if (feature === undefined || element === undefined) return undefined;
  return objects.findLast(({ spec }) => elementsOf(spec, feature)[element] !== undefined)?.spec.features?.attributes?.[feature]?.elements?.[element];
}

const elementsOf = ({ features }: NodeFeature['spec'], feature: string): Readonly<Record<string, string>> => features?.attributes?.[feature]?.elements ?? {};
