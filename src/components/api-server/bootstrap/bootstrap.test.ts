import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '../../../api/catalogue.ts';
import type { ClusterRole, PolicyRule, RoleBinding } from '../../../api/generated/rbac-v1.ts';
import { clusterroles, namespaces } from '../../../api/generated/resource-types.ts';
import { deepFreeze, keyText, type ObjectKey, type UntypedObject } from '../../../api/object.ts';
import { aggregateClusterRole } from '../../../extension-points/authorization/aggregate-cluster-role.ts';
import { type Collection, type ObjectStore, type ObjectWrite, type Stored, type StoreEvent, WriteConflict } from '../store/contract.ts';
import { bootstrapObjects } from './bootstrap-objects.ts';
import type { ClusterFacts } from './cluster-objects.ts';
import { ensureBootstrapObjects } from './ensure-bootstrap-objects.ts';
import { clusterRoleBindingObjects, clusterRoleObjects, nodeRules } from './rbac-objects.ts';
import { parseRoles } from './rule-table.ts';
import { createStoreLookup } from './store-lookup.ts';

const facts: ClusterFacts = { nowMs: Date.UTC(2026, 0, 1), apiServerAddress: '192.0.2.1', apiServerPort: 6443, caPem: 'CA', frontProxyCaPem: 'FRONT' };

/** As much of a store as bootstrapping sees: objects by prefix and key, and commits. */
class MemoryStore implements Pick<ObjectStore, 'collection' | 'commit' | 'revision'> {
  readonly commits: (readonly ObjectWrite[])[] = [];
  revision = 0;
  beforeCommit: (() => void) | undefined;
  readonly #objects = new Map<string, Stored>();
  readonly #sinks = new Set<{ prefix: string; sink: (events: readonly StoreEvent[]) => void }>();

  collection(prefix: string): Collection {
    const items = (): Stored[] => [...this.#objects].filter(([path]) => path.startsWith(`${prefix}//`)).map(([, stored]) => stored);
    return {
      size: 0,
      get: (key) => this.#objects.get(pathOf(prefix, key)),
      list: () => ({ items: items(), revision: this.revision, remaining: 0 }),
      listAt: () => assert.fail('not needed'),
      watch: (_from, sink) => {
        const entry = { prefix, sink };
        this.#sinks.add(entry);
        return { [Symbol.dispose]: () => void this.#sinks.delete(entry) };
      },
    };
  }

  async commit(writes: readonly ObjectWrite[]): Promise<readonly Stored[]> {
    this.beforeCommit?.();
    const conflict = writes.find(({ prefix, key, expectedRevision }) => (this.#objects.get(pathOf(prefix, key))?.revision ?? 0) !== expectedRevision);
    if (conflict) throw new WriteConflict(conflict);
    this.commits.push(writes);
    return writes.map(({ prefix, key, object }) => this.put(prefix, key, object!));
  }

  put(prefix: string, key: ObjectKey, object: UntypedObject): Stored {
    const previous = this.#objects.get(pathOf(prefix, key));
    const stored: Stored = { key, revision: ++this.revision, object: deepFreeze(object), bytes: Buffer.alloc(0) };
    this.#objects.set(pathOf(prefix, key), stored);
    const event: StoreEvent = { type: previous ? 'modified' : 'added', revision: stored.revision, stored, ...(previous ? { previous } : {}) };
    for (const entry of this.#sinks) if (entry.prefix === prefix) entry.sink([event]);
    return stored;
  }
}

const pathOf = (prefix: string, key: ObjectKey): string => `${prefix}//${keyText(key)}`;
const rolesPrefix = 'clusterroles.rbac.authorization.k8s.io';
const bindingsPrefix = 'clusterrolebindings.rbac.authorization.k8s.io';
const objectOf = <T>(store: MemoryStore, prefix: string, key: ObjectKey): T => store.collection(prefix).get(key)!.object as unknown as T;
const edit = (store: MemoryStore, prefix: string, name: string, change: Record<string, unknown>): void =>
  void store.put(prefix, { name }, { ...store.collection(prefix).get({ name })!.object, ...change });

describe('a new cluster', () => {
  it('gets everything in one commit, each object with an identity and a time', async () => {
    const store = new MemoryStore();
    const { created, updated } = await ensureBootstrapObjects(store, facts);
    assert.deepEqual([store.commits.length, updated], [1, 0]);
    assert.equal(created, bootstrapObjects(facts).length);
    const uids = new Set(store.commits[0]!.map(({ object }) => object!.metadata.uid));
    assert.equal(uids.size, created);
    assert.ok(store.commits[0]!.every(({ object }) => object!.metadata.creationTimestamp === '2026-01-01T00:00:00Z'));
  });

  it('keeps each object in a resource of its kind', () => {
    const kinds = new Map(catalogue.map(({ group, resource, kind, namespaced }) => [group ? `${resource}.${group}` : resource, { kind, namespaced }]));
    for (const { prefix, object } of bootstrapObjects(facts))
      assert.deepEqual({ kind: object.kind, namespaced: object.metadata.namespace !== undefined }, kinds.get(prefix), `${prefix} ${object.metadata.name}`);
  });

  it('has each object once', () => {
    const names = bootstrapObjects(facts).map(({ prefix, object }) => `${prefix}/${object.metadata.namespace}/${object.metadata.name}`);
    assert.equal(new Set(names).size, names.length);
  });

  it('is not written to again when nothing changed', async () => {
    const store = new MemoryStore();
    await ensureBootstrapObjects(store, facts);
    assert.deepEqual(await ensureBootstrapObjects(store, facts), { created: 0, updated: 0 });
    assert.equal(store.commits.length, 1);
  });

  it('is completed when another server writes at the same time', async () => {
    const store = new MemoryStore();
    store.beforeCommit = () => {
      store.beforeCommit = undefined;
      store.put('namespaces', { name: 'default' }, { metadata: { name: 'default', uid: 'theirs' } });
    };
    await ensureBootstrapObjects(store, facts);
    assert.equal(objectOf<UntypedObject>(store, 'namespaces', { name: 'default' }).metadata.uid, 'theirs');
    assert.ok(store.collection('namespaces').get({ name: 'kube-system' }));
  });

  it('is reached by the kubernetes service, wherever the API server comes up', async () => {
    const store = new MemoryStore();
    await ensureBootstrapObjects(store, facts);
    await ensureBootstrapObjects(store, { ...facts, apiServerAddress: '192.0.2.2', apiServerPort: 7443 });
    const key = { namespace: 'default', name: 'kubernetes' };
    const service = objectOf<{ spec: { clusterIP: string; ports: unknown[] } }>(store, 'services', key);
    assert.deepEqual([service.spec.clusterIP, service.spec.ports], ['10.96.0.1', [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 7443 }]]);
    assert.deepEqual(objectOf<UntypedObject>(store, 'endpoints', key)['subsets'], [
      { addresses: [{ ip: '192.0.2.2' }], ports: [{ name: 'https', port: 7443, protocol: 'TCP' }] },
    ]);
    assert.deepEqual(objectOf<{ endpoints: { addresses: string[] }[] }>(store, 'endpointslices.discovery.k8s.io', key).endpoints[0]!.addresses, ['192.0.2.2']);
  });
});

describe('default roles, on a later start', () => {
  const extra: PolicyRule = { verbs: ['get'], apiGroups: ['example.org'], resources: ['widgets'] };
  async function restarted(change: (store: MemoryStore) => void): Promise<MemoryStore> {
    const store = new MemoryStore();
    await ensureBootstrapObjects(store, facts);
    change(store);
    await ensureBootstrapObjects(store, facts);
    return store;
  }

  it('get back rules that are missing and keep those that were added', async () => {
    const store = await restarted((made) => edit(made, rolesPrefix, 'system:basic-user', { rules: [extra] }));
    const { rules } = objectOf<ClusterRole>(store, rolesPrefix, { name: 'system:basic-user' });
    assert.deepEqual(rules![0], extra);
    assert.deepEqual(
      rules!.flatMap((rule) => rule.resources),
      ['widgets', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'],
    );
  });

  it('are left alone when they say so', async () => {
    const metadata = { name: 'system:basic-user', annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } };
    const store = await restarted((made) => edit(made, rolesPrefix, 'system:basic-user', { rules: [extra], metadata }));
    assert.deepEqual(objectOf<ClusterRole>(store, rolesPrefix, { name: 'system:basic-user' }).rules, [extra]);
  });

  it('get back missing subjects, and the role they refer to', async () => {
    const store = await restarted((made) => {
      edit(made, bindingsPrefix, 'system:discovery', { subjects: [{ kind: 'User', name: 'ann' }] });
      edit(made, bindingsPrefix, 'system:basic-user', { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' } });
    });
    const binding = (name: string): RoleBinding => objectOf(store, bindingsPrefix, { name });
    assert.deepEqual(
      binding('system:discovery').subjects?.map(({ name }) => name),
      ['ann', 'system:authenticated'],
    );
    assert.equal(binding('system:basic-user').roleRef.name, 'system:basic-user');
  });
});

describe('the default roles', () => {
  const roles = clusterRoleObjects();
  const role = (name: string): ClusterRole => roles.find(({ metadata }) => metadata.name === name)!;
  const resources = (name: string): Set<string> => new Set(role(name).rules!.flatMap((rule) => rule.resources ?? []));

  it("are labelled and annotated as upstream's", () => {
    for (const { metadata } of roles) {
      assert.equal(metadata.labels?.['kubernetes.io/bootstrapping'], 'rbac-defaults');
      assert.equal(metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'], 'true');
    }
  });

  it('let an administrator do everything', () =>
    assert.deepEqual(role('cluster-admin').rules, [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ]));

  it('are aggregated from the start, as the controller would', () => {
    for (const name of ['admin', 'edit', 'view']) assert.equal(aggregateClusterRole(role(name), roles), undefined, name);
    assert.ok(resources('view').has('pods') && !resources('view').has('secrets'));
    assert.ok(resources('edit').has('secrets') && !resources('edit').has('roles'));
    assert.ok(resources('admin').has('roles') && resources('admin').has('pods'));
  });

  it('refer to roles that exist', () => {
    for (const { roleRef } of clusterRoleBindingObjects()) assert.ok(role(roleRef.name), roleRef.name);
  });

  it('give every controller a role and a binding', () => {
    const controllers = roles.filter(({ metadata }) => metadata.name!.startsWith('system:controller:'));
    assert.ok(controllers.length > 30);
    for (const { metadata } of controllers) {
      const binding = clusterRoleBindingObjects().find((candidate) => candidate.metadata.name === metadata.name);
      assert.deepEqual(binding?.subjects, [{ kind: 'ServiceAccount', namespace: 'kube-system', name: metadata.name!.slice('system:controller:'.length) }]);
    }
  });

  it('give nodes what the node authorizer falls back to', () => assert.deepEqual(role('system:node').rules, nodeRules()));
});

describe('the table of roles', () => {
  it('reads names, marks, verbs, groups, resources, object names and URLs', () => {
    assert.deepEqual(parseRoles('one >edit <view\n  read core,apps:pods\n  get core:secrets=a,b\n  get /x,/y/*\n  events\ntwo\n'), [
      {
        name: 'one',
        aggregatedTo: 'edit',
        gathers: 'view',
        rules: [
          { verbs: ['get', 'list', 'watch'], apiGroups: ['', 'apps'], resources: ['pods'] },
          { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] },
          { verbs: ['get'], nonResourceURLs: ['/x', '/y/*'] },
          { verbs: ['create', 'patch', 'update'], apiGroups: ['', 'events.k8s.io'], resources: ['events'] },
        ],
      },
      { name: 'two', rules: [] },
    ]);
  });
  it('refuses a rule without target', () => assert.throws(() => parseRoles('one\n  get'), /nothing to apply the verbs to/));
});

describe('the lookup over a store', () => {
  it('gets, lists and tells of changes, from what is there on', async () => {
    const store = new MemoryStore();
    const lookup = createStoreLookup(store);
    await ensureBootstrapObjects(store, facts);
    const told: string[] = [];
    const listening = lookup.onChange(namespaces, {
      added: ({ metadata }, isInInitialList) => told.push(`${metadata.name} ${isInInitialList}`),
      updated: ({ metadata }, old) =>
        told.push(`${metadata.name} ${old.metadata.labels?.['kubernetes.io/metadata.name']} -> ${metadata.labels?.['kubernetes.io/metadata.name']}`),
    });
    store.put('namespaces', { name: 'new' }, { metadata: { name: 'new' } });
    store.put('namespaces', { name: 'default' }, { metadata: { name: 'default' } });
    listening[Symbol.dispose]();
    store.put('namespaces', { name: 'late' }, { metadata: { name: 'late' } });
    assert.deepEqual(told, ['default true', 'kube-system true', 'kube-public true', 'kube-node-lease true', 'new false', 'default default -> undefined']);
    assert.equal(lookup.get(clusterroles, { name: 'view' })?.metadata.name, 'view');
    assert.equal(lookup.get(clusterroles, { name: 'none' }), undefined);
    assert.equal(lookup.list(namespaces).length, 6);
  });
});
