import { setImmediate as nextTurn } from 'node:timers/promises';
import { deepFreeze, type UntypedObject } from '../../api/object.ts';
import { deepEqual } from './operations/deep-equal.ts';
import { mutableCopy } from './operations/mutable-copy.ts';
import type { ServedResource } from './resource-index.ts';
import type { Stored } from './store/contract.ts';

/** An object in the form one version serves: frozen, with the JSON a GET sends. A stored object is its own rendering in its storage version. */
export interface Rendering {
  readonly object: UntypedObject;
  readonly bytes: Buffer;
}

const caches = new WeakMap<ServedResource, WeakMap<Stored, Rendering | Promise<Rendering>>>();

/**
 * Gives a stored object the form of a served version. Synchronous unless the conversion leaves the process; converted once per stored object. What a webhook makes
 * of an object may be another thing the next time: it is asked again for each request, other than by those that ask while it is being asked.
 */
export function render(served: ServedResource, stored: Stored): Rendering | Promise<Rendering> {
  if (served.isStoredForm(stored)) return stored;
  let cache = caches.get(served);
  if (!cache) caches.set(served, (cache = new WeakMap()));
  const known = cache.get(stored);
  if (known) return known;
  const rendering = convert(served, stored);
  cache.set(stored, rendering);
  if (rendering instanceof Promise) {
    const settled = cache;
    rendering.then(
      (ready) => (stored instanceof RequestedState ? settled.set(stored, ready) : settled.delete(stored)),
      () => settled.delete(stored),
    );
  }
  return rendering;
}

function convert(served: ServedResource, stored: Stored): Rendering | Promise<Rendering> {
  const finish = (object: UntypedObject): Rendering => {
    if (!served.isCustom || object.apiVersion !== stored.object.apiVersion || !deepEqual(object, stored.object))
      return new LazyRendering(deepFreeze(typeFirst(object)));
    if (served.storage === served) stored.shownBy = served.number;
    return stored;
  };
  const converted = served.fromStorage(mutableCopy(stored.object));
  return converted instanceof Promise ? converted.then(finish) : finish(converted);
}

const itemsPerLook = 64;
const millisecondsPerTurn = 5;

/**
 * Renders many custom resources at once, in turns with other work; a conversion which leaves the process takes few requests so. For the states it answers, `render`
 * is synchronous, and quick: they are the given ones, or, where a webhook was asked, states of this request only.
 */
export async function renderAll(served: ServedResource, given: readonly Stored[]): Promise<readonly Stored[]> {
  if (!served.isCustom || served.areStoredForms(given)) return given;
  const items = served.definition.convert ? given.map((stored) => requested(served, stored)) : given;
  const pending: Promise<Rendering>[] = [];
  let turnStartMs = performance.now();
  for (const [index, stored] of items.entries()) {
    const rendering = render(served, stored);
    if (rendering instanceof Promise) pending.push(rendering);
    else if (index % itemsPerLook === itemsPerLook - 1 && performance.now() - turnStartMs > millisecondsPerTurn) {
      await nextTurn();
      turnStartMs = performance.now();
    }
  }
  if (pending.length > 0) await Promise.all(pending);
  return items;
}

const requested = (served: ServedResource, stored: Stored): Stored =>
  stored instanceof RequestedState || served.isStoredForm(stored) ? stored : new RequestedState(stored);

/** A stored object as one request sees it: what was made of it holds until the request is over. */
class RequestedState implements Stored {
  readonly #stored: Stored;

  constructor(stored: Stored) {
    this.#stored = stored;
  }

  get key(): Stored['key'] {
    return this.#stored.key;
  }

  get revision(): number {
    return this.#stored.revision;
  }

  get object(): UntypedObject {
    return this.#stored.object;
  }

  get bytes(): Buffer {
    return this.#stored.bytes;
  }
}

/** Converted objects begin as stored ones do: lists leave the type of their items out by its place. */
const typeFirst = ({ kind, apiVersion, metadata, ...rest }: UntypedObject): UntypedObject => ({ kind, apiVersion, metadata, ...rest }) as UntypedObject;

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
