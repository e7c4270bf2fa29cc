import type { Machinery, Target } from '../operations/context.ts';
import { isTrue } from '../request-info.ts';

/** How many objects a list or the beginning of a watch may have to go through: all of the resource; none for a watch that only wants what comes. */
export function listedObjects({ store }: Machinery, { served, name }: Target, query: URLSearchParams): number {
  if (name !== '') return 0;
  const isWatch = isTrue(query.get('watch'));
  const revision = query.get('resourceVersion') ?? '';
  if (isWatch && query.get('sendInitialEvents') !== 'true' && revision !== '' && revision !== '0') return 0;
  return store.collection(served.prefix).size;
}
