import { deepFreeze, type UntypedObject } from '../../api/object.ts';
import { mutableCopy } from './operations/mutable-copy.ts';
import type { ServedResource } from './resource-index.ts';
import type { Stored } from './store/contract.ts';

/** An object in the form one version serves: frozen, with the JSON a GET sends. A stored object is its own rendering in its storage version. */
export interface Rendering {
  readonly object: UntypedObject;
  readonly bytes: Buffer;
}

const caches = new WeakMap<ServedResource, WeakMap<Stored, Rendering>>();

/** Gives a stored object the form of a served version. Synchronous unless the conversion leaves the process; converted once per stored object. */
export function render(served: ServedResource, stored: Stored): Rendering | Promise<Rendering> {
  if (served.storage === served) return stored;
  let cache = caches.get(served);
  if (!cache) caches.set(served, (cache = new WeakMap()));
  const known = cache.get(stored);
  if (known) return known;
  const remember = (object: UntypedObject): Rendering => {
    const rendering = new LazyRendering(deepFreeze(object));
    cache.set(stored, rendering);
    return rendering;
  };
  const converted = served.fromStorage(mutableCopy(stored.object));
  return converted instanceof Promise ? converted.then(remember) : remember(converted);
}

/** An object that is serialised when first sent. */
export class LazyRendering implements Rendering {
  readonly object: UntypedObject;
  #bytes: Buffer | undefined;

  constructor(object: UntypedObject) {
    this.object = object;
  }

  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(JSON.stringify(this.object));
    return this.#bytes;
  }
}
