import type { Trace } from '../trace.ts';
import { namespace, node, pod } from './objects.ts';

const zoneKey = 'topology.kubernetes.io/zone';
const hostKey = 'kubernetes.io/hostname';
const app = (value: string) => ({ labelSelector: { matchLabels: { app: value } } });
const needs = (...terms: object[]) => ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } as never });
const avoids = (...terms: object[]) => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } as never });
const likes = (...terms: [number, object][]) => ({
  affinity: {
    podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, podAffinityTerm]) => ({ weight, podAffinityTerm })) },
  } as never,
});
const dislikes = (...terms: [number, object][]) => ({
  affinity: {
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, podAffinityTerm]) => ({ weight, podAffinityTerm })) },
  } as never,
});
const spread = (topologyKey: string, whenUnsatisfiable: string, more: object = {}) => ({
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable, ...app('w'), ...more }] as never,
});
const w = { labels: { app: 'w' } };
const threeZones = [node('a', { zone: 'x' }), node('b', { zone: 'x' }), node('c', { zone: 'y' }), node('d', { zone: 'z' })];

/** Where pods stand to each other. */
export const topology: readonly Trace[] = [
  {
    name: 'hard-spread',
    steps: [
      { create: [...threeZones, pod('w1', { ...w, on: 'a' }), pod('w2', { ...w, on: 'c' })] },
      { create: [pod('third', { ...w, ...spread(zoneKey, 'DoNotSchedule') })] },
      { look: 'to z' },
      { patch: { kind: 'Node', name: 'd' }, body: { spec: { unschedulable: true } } },
      { create: [pod('fourth', { ...w, ...spread(zoneKey, 'DoNotSchedule'), nodeSelector: { [zoneKey]: 'x' } })] },
      { look: 'in x' },
      {
        create: [pod('fifth', { ...w, ...spread(zoneKey, 'DoNotSchedule', { nodeTaintsPolicy: 'Honor' }), nodeSelector: { [zoneKey]: 'x', [hostKey]: 'b' } })],
      },
      { look: 'selected nodes only' },
      { create: [pod('sixth', { ...w, ...spread(zoneKey, 'DoNotSchedule', { nodeAffinityPolicy: 'Ignore' }), nodeSelector: { [zoneKey]: 'x' } })] },
      { look: 'all zones count' },
      { remove: { kind: 'Pod', name: 'w1' } },
      { look: 'less skew', quietMs: 3_000 },
    ],
  },
  {
    name: 'missing-labels',
    steps: [
      { create: [node('a', { zone: 'x' }), node('b'), pod('w1', { ...w, on: 'a' })] },
      {
        create: [
          pod('no-key', { ...w, ...spread('rack', 'DoNotSchedule') }),
          pod('one', { ...w, ...spread(zoneKey, 'DoNotSchedule'), nodeSelector: { [hostKey]: 'b' } }),
        ],
      },
      { look: 'refused' },
      { patch: { kind: 'Node', name: 'b' }, body: { metadata: { labels: { [zoneKey]: 'y' } } } },
      { look: 'labelled', quietMs: 3_000 },
    ],
  },
  {
    name: 'min-domains',
    steps: [
      { create: [node('a', { zone: 'x' }), node('b', { zone: 'y' }), pod('w1', { ...w, on: 'a' }), pod('w2', { ...w, on: 'b' })] },
      { create: [pod('third', { ...w, ...spread(zoneKey, 'DoNotSchedule', { minDomains: 3 }) })] },
      { look: 'too few zones' },
      { create: [node('c', { zone: 'z' })] },
      { look: 'a third zone', quietMs: 3_000 },
    ],
  },
  {
    name: 'spread-matches-labels',
    steps: [
      {
        create: [
          node('a', { zone: 'x' }),
          node('b', { zone: 'y' }),
          pod('old', { labels: { app: 'w', version: '1' }, on: 'b' }),
          pod('new', { labels: { app: 'w', version: '2' }, on: 'a' }),
        ],
      },
      { create: [pod('next', { labels: { app: 'w', version: '2' }, ...spread(zoneKey, 'DoNotSchedule', { matchLabelKeys: ['version'] }) })] },
      { look: 'of its version' },
      { create: [pod('unmatched', { labels: { app: 'other' }, ...spread(zoneKey, 'DoNotSchedule') })] },
      { look: 'does not count itself' },
    ],
  },
  {
    name: 'soft-spread',
    steps: [
      { create: [...threeZones, pod('w1', { ...w, on: 'a' }), pod('w2', { ...w, on: 'b' }), pod('w3', { ...w, on: 'c' })] },
      { create: [pod('zones', { ...w, ...spread(zoneKey, 'ScheduleAnyway') })] },
      { look: 'zones' },
      { create: [pod('hosts', { ...w, ...spread(hostKey, 'ScheduleAnyway') })] },
      { look: 'hosts' },
      { remove: { kind: 'Pod', name: 'hosts' } },
      {
        create: [
          pod('both', {
            ...w,
            topologySpreadConstraints: [
              { maxSkew: 2, topologyKey: zoneKey, whenUnsatisfiable: 'ScheduleAnyway', ...app('w') },
              { maxSkew: 1, topologyKey: hostKey, whenUnsatisfiable: 'ScheduleAnyway', ...app('w') },
            ],
          }),
        ],
      },
      { look: 'both' },
      { remove: { kind: 'Pod', name: 'both' } },
      { create: [node('e'), pod('nodes-without-key', { ...w, ...spread(zoneKey, 'ScheduleAnyway') })] },
      { look: 'a node without the key' },
    ],
  },
  {
    name: 'default-spread',
    steps: [
      {
        create: [
          ...threeZones,
          { apiVersion: 'v1', kind: 'Service', metadata: { name: 'w' }, spec: { selector: { app: 'w' }, ports: [{ port: 80 }] } } as never,
          ...[pod('w1', { ...w, on: 'a' }), pod('w2', { ...w, on: 'b' }), pod('w3', { ...w, on: 'c' })],
        ],
      },
      { create: [pod('next', w)] },
      { look: 'of the service' },
      { create: [pod('other')] },
      { look: 'of nobody' },
      { remove: { kind: 'Pod', name: 'other' } },
      {
        create: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            metadata: { name: 'r', uid: undefined },
            spec: {
              replicas: 0,
              selector: { matchLabels: { app: 'w', set: 'r' } },
              template: { metadata: { labels: { app: 'w', set: 'r' } }, spec: { containers: [{ name: 'm', image: 'app' }] } },
            },
          } as never,
        ],
      },
      {
        create: [
          pod('owned', {
            labels: { app: 'w', set: 'r' },
            metadata: {
              name: 'owned',
              labels: { app: 'w', set: 'r' },
              ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: '00000000-0000-0000-0000-000000000001', controller: true }],
            },
          }),
        ],
      },
      { look: 'of a set' },
    ],
  },
  {
    name: 'required-affinity',
    steps: [
      { create: [...threeZones, pod('db', { labels: { app: 'db' }, on: 'c' })] },
      { create: [pod('near', needs({ ...app('db'), topologyKey: zoneKey })), pod('nobody', needs({ ...app('nobody'), topologyKey: zoneKey }))] },
      { look: 'near' },
      { create: [pod('first-of-its-kind', { labels: { app: 'self' }, nodeSelector: { [hostKey]: 'b' }, ...needs({ ...app('self'), topologyKey: hostKey }) })] },
      { look: 'the first' },
      { create: [pod('second-of-its-kind', { labels: { app: 'self' }, ...needs({ ...app('self'), topologyKey: hostKey }) })] },
      { look: 'the second' },
      { create: [pod('key-missing', { labels: { app: 'key' }, ...needs({ ...app('key'), topologyKey: 'rack' }) })] },
      { look: 'no such key' },
      { create: [pod('somebody', { labels: { app: 'nobody' }, on: 'd' })] },
      { look: 'somebody came', quietMs: 3_000 },
    ],
  },
  {
    name: 'required-anti-affinity',
    steps: [
      {
        create: [
          ...threeZones,
          pod('hermit', { labels: { app: 'h' }, on: 'a', ...avoids({ ...app('w'), topologyKey: zoneKey }) }),
          pod('w1', { ...w, on: 'c' }),
        ],
      },
      {
        create: [
          pod('avoided', w),
          pod('apart', { labels: { app: 'x' }, ...avoids({ ...app('w'), topologyKey: zoneKey }, { ...app('h'), topologyKey: zoneKey }) }),
        ],
      },
      { look: 'apart' },
      { create: [pod('everywhere', avoids({ labelSelector: {}, topologyKey: zoneKey }))] },
      { look: 'nowhere to go' },
      {
        create: [
          pod('alone', {
            labels: { app: 'alone' },
            ...avoids({ labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['alone', 'w', 'h', 'x'] }] }, topologyKey: hostKey }),
          }),
        ],
      },
      { look: 'only b is free' },
      { create: [pod('avoided-too', { ...w, nodeSelector: { [zoneKey]: 'x' } })] },
      { look: 'the hermit minds' },
    ],
  },
  {
    name: 'affinity-namespaces',
    steps: [
      {
        create: [
          ...[node('a', { zone: 'x' }), node('b', { zone: 'y' }), node('c', { zone: 'z' })],
          ...[namespace('affinity-namespaces-red', { team: 'red' }), namespace('affinity-namespaces-blue', { team: 'blue' })],
          pod('red-db', { namespace: 'affinity-namespaces-red', labels: { app: 'db' }, on: 'a' }),
          pod('blue-db', { namespace: 'affinity-namespaces-blue', labels: { app: 'db' }, on: 'b' }),
          pod('own-db', { labels: { app: 'db' }, on: 'c' }),
        ],
      },
      {
        create: [
          pod('own', needs({ ...app('db'), topologyKey: zoneKey })),
          pod('red', needs({ ...app('db'), topologyKey: zoneKey, namespaces: ['affinity-namespaces-red'] })),
          pod('blue', needs({ ...app('db'), topologyKey: zoneKey, namespaceSelector: { matchLabels: { team: 'blue' } } })),
          pod('none', needs({ ...app('db'), topologyKey: zoneKey, namespaceSelector: { matchLabels: { team: 'green' } } })),
          pod('away-from-all', avoids({ ...app('db'), topologyKey: zoneKey, namespaceSelector: {} })),
        ],
      },
      { look: 'namespaces' },
      { patch: { kind: 'Namespace', name: 'affinity-namespaces-red' }, body: { metadata: { labels: { team: 'green' } } } },
      { create: [pod('green', needs({ ...app('db'), topologyKey: zoneKey, namespaceSelector: { matchLabels: { team: 'green' } } }))] },
      { look: 'relabelled', quietMs: 2_000 },
    ],
  },
  {
    name: 'affinity-label-keys',
    steps: [
      {
        create: [
          ...[node('a', { zone: 'x' }), node('b', { zone: 'y' })],
          pod('v1', { labels: { app: 'db', version: '1' }, on: 'a' }),
          pod('v2', { labels: { app: 'db', version: '2' }, on: 'b' }),
        ],
      },
      {
        create: [
          pod('like', { labels: { version: '2' }, ...needs({ ...app('db'), topologyKey: zoneKey, matchLabelKeys: ['version'] }) }),
          pod('unlike', { labels: { version: '2' }, ...needs({ ...app('db'), topologyKey: zoneKey, mismatchLabelKeys: ['version'] }) }),
          pod('apart', { labels: { version: '1' }, ...avoids({ ...app('db'), topologyKey: zoneKey, matchLabelKeys: ['version'] }) }),
        ],
      },
      { look: 'label keys' },
    ],
  },
  {
    name: 'preferred-affinity',
    steps: [
      {
        create: [
          ...threeZones,
          pod('db', { labels: { app: 'db' }, on: 'c' }),
          pod('noise', { labels: { app: 'noise' }, on: 'd' }),
          pod('fan', { labels: { app: 'fan' }, on: 'a', ...likes([20, { ...app('star'), topologyKey: hostKey }]) }),
          pod('critic', { labels: { app: 'critic' }, on: 'b', ...dislikes([30, { ...app('star'), topologyKey: hostKey }]) }),
          pod('bound', { labels: { app: 'bound' }, on: 'd', ...needs({ ...app('bound'), topologyKey: zoneKey }) }),
        ],
      },
      { create: [pod('likes', likes([10, { ...app('db'), topologyKey: zoneKey }], [5, { ...app('noise'), topologyKey: zoneKey }]))] },
      { look: 'likes' },
      { create: [pod('dislikes', dislikes([10, { ...app('db'), topologyKey: zoneKey }], [5, { ...app('noise'), topologyKey: zoneKey }]))] },
      { look: 'dislikes' },
      { remove: { kind: 'Pod', name: 'dislikes' } },
      { create: [pod('star', { labels: { app: 'star' } })] },
      { look: 'others have an opinion' },
      { create: [pod('wanted', { labels: { app: 'bound' } })] },
      { look: 'required terms of others count' },
    ],
  },
];
