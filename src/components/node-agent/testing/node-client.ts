import type { KubernetesObject, ObjectKey } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { Patch, WriteOptions } from '../../../client/client.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';

type Conditions = { type: string }[];
type WithConditions = KubernetesObject & { status?: { conditions?: Conditions } };

/** The fake API, with the two things a node agent needs beyond it: conditions merged by type, and tokens. */
export class NodeClient extends FakeClient {
  tokens = 0;

  override async patch<T extends KubernetesObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions & { subresource?: string } = {},
  ): Promise<T> {
    const body = patch.body as { status?: { conditions?: Conditions } };
    const added = patch.type === 'strategic' ? body.status?.conditions : undefined;
    if (!added) return super.patch(type, key, patch, options);
    const current = (await this.get(type, key)) as WithConditions;
    const names = new Set(added.map((condition) => condition.type));
    const conditions = [
      ...(current.status?.conditions ?? []).filter((condition) => !names.has(condition.type)),
      ...added.filter((condition) => !('$patch' in condition)).map(withoutNulls),
    ];
    return super.patch(type, key, { type: 'merge', body: { ...body, status: { ...body.status, conditions } } }, options);
  }

  override async createSubresource<Answer>(_type: ResourceType, _key: ObjectKey, subresource: string): Promise<Answer> {
    if (subresource !== 'token') throw new Error(`unexpected ${subresource}`);
    return { status: { token: `token-${++this.tokens}` } } as Answer;
  }
}

/** What a merge does to a field that is null. */
const withoutNulls = (condition: { type: string }): { type: string } =>
  Object.fromEntries(Object.entries(condition).filter(([, value]) => value !== null)) as { type: string };
