import type { UntypedObject } from '../../../api/object.ts';
import type { ServedResource } from '../resource-index.ts';
import { trackWrite } from '../server-side-apply/track-write.ts';
import type { Machinery, RequestContext } from './context.ts';
import { deepEqual } from './deep-equal.ts';

const manager = 'kube-apiserver';
const context: RequestContext = {
  user: { name: 'system:apiserver', groups: ['system:masters'] },
  requestId: '',
  signal: new AbortController().signal,
  warn: () => {},
};
const options = { dryRun: false, fieldManager: manager, fieldValidation: 'Ignore', force: false } as const;

/** Records what the server itself has made of the `status` of a draft, by the manager name upstream's server has. `before` is the object without that. */
export async function trackOwnStatus(machinery: Machinery, served: ServedResource, draft: UntypedObject, before: UntypedObject): Promise<void> {
  if (deepEqual(draft['status'], before['status'])) return;
  const target = { served, namespace: draft.metadata.namespace ?? '', name: draft.metadata.name ?? '', subresource: 'status' };
  await trackWrite(machinery, context, target, { draft, old: before, options });
}
