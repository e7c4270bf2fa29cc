import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInSchemas } from './built-in-schemas.ts';
import { deepFreeze } from './object.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const podSpec = { ref: 'io.k8s.api.core.v1.PodSpec' };
const apply = (original: object, patch: unknown, schema = podSpec): object =>
  applyStrategicMergePatch(deepFreeze(original), deepFreeze(patch), schema, builtInSchemas);
const containers = (...names: string[]): { name: string; image: string }[] => names.map((name) => ({ name, image: `${name}:1` }));

describe('strategic merge patch', () => {
  const cases: readonly { name: string; original: object; patch: unknown; result: object; schema?: { ref: string } }[] = [
    {
      name: 'merges lists by key',
      original: { containers: containers('a', 'b') },
      patch: { containers: [{ name: 'b', image: 'b:2' }] },
      result: {
        containers: [
          { name: 'a', image: 'a:1' },
          { name: 'b', image: 'b:2' },
        ],
      },
    },
    {
      name: 'puts new items before those of the server',
      original: { containers: containers('a') },
      patch: { containers: containers('z') },
      result: { containers: containers('z', 'a') },
    },
    {
      name: 'deletes an item',
      original: { containers: containers('a', 'b') },
      patch: { containers: [{ name: 'a', $patch: 'delete' }] },
      result: { containers: containers('b') },
    },
    {
      name: 'replaces a list',
      original: { containers: containers('a', 'b') },
      patch: { containers: [{ $patch: 'replace' }, ...containers('c')] },
      result: { containers: containers('c') },
    },
    {
      name: 'orders a list',
      original: { containers: containers('a', 'b', 'c') },
      patch: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }, { name: 'b' }] },
      result: { containers: containers('c', 'a', 'b') },
    },
    {
      name: 'orders a list that it also merges, keeping items of the server in place',
      original: { containers: containers('a', 'server', 'b') },
      patch: { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }, { name: 'c' }], containers: [{ name: 'c', image: 'c:1' }] },
      result: { containers: containers('a', 'server', 'b', 'c') },
    },
    {
      name: 'merges lists of primitives without duplicates',
      original: { finalizers: ['a', 'b'] },
      patch: { finalizers: ['b', 'c'] },
      schema: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      result: { finalizers: ['a', 'b', 'c'] },
    },
    {
      name: 'deletes primitives',
      original: { finalizers: ['a', 'b'] },
      patch: { '$deleteFromPrimitiveList/finalizers': ['a'] },
      schema: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      result: { finalizers: ['b'] },
    },
    {
      name: 'replaces atomic lists',
      original: { tolerations: [{ key: 'a' }] },
      patch: { tolerations: [{ key: 'b' }] },
      result: { tolerations: [{ key: 'b' }] },
    },
    { name: 'removes with null', original: { nodeName: 'n', hostNetwork: true }, patch: { nodeName: null, subdomain: null }, result: { hostNetwork: true } },
    {
      name: 'merges maps',
      original: { nodeSelector: { a: '1', b: '2' } },
      patch: { nodeSelector: { b: null, c: '3' } },
      result: { nodeSelector: { a: '1', c: '3' } },
    },
    {
      name: 'replaces an object',
      original: { securityContext: { runAsUser: 1 } },
      patch: { securityContext: { $patch: 'replace', runAsGroup: 2 } },
      result: { securityContext: { runAsGroup: 2 } },
    },
    {
      name: 'empties an object',
      original: { securityContext: { runAsUser: 1 } },
      patch: { securityContext: { $patch: 'delete' } },
      result: { securityContext: {} },
    },
    {
      name: 'retains only the named keys',
      original: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      patch: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      schema: { ref: 'io.k8s.api.apps.v1.DeploymentSpec' },
      result: { strategy: { type: 'Recreate' } },
    },
    {
      name: 'cleans what is new of directives and nulls',
      original: {},
      patch: {
        containers: [
          { name: 'a', image: null, '$setElementOrder/ports': [] },
          { name: 'b', $patch: 'delete' },
        ],
        '$setElementOrder/containers': [{ name: 'a' }],
      },
      result: { containers: [{ name: 'a' }] },
    },
    {
      name: 'merges volumes by name and retains one source',
      original: { volumes: [{ name: 'v', emptyDir: {} }] },
      patch: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] },
      result: { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
    },
    {
      name: 'merges nested lists',
      original: {
        containers: [
          {
            name: 'a',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
          },
        ],
      },
      patch: { containers: [{ name: 'a', env: [{ name: 'X', value: '3' }] }] },
      result: {
        containers: [
          {
            name: 'a',
            env: [
              { name: 'X', value: '3' },
              { name: 'Y', value: '2' },
            ],
          },
        ],
      },
    },
    {
      name: 'merges ports by number',
      original: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http' }] }] },
      patch: { containers: [{ name: 'a', ports: [{ containerPort: 80, hostPort: 80 }, { containerPort: 81 }] }] },
      result: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http', hostPort: 80 }, { containerPort: 81 }] }] },
    },
  ];
  for (const { name, original, patch, result, schema } of cases) it(name, () => assert.deepEqual(apply(original, patch, schema), result));

  const refusals: readonly { name: string; patch: unknown; code: number; message?: RegExp }[] = [
    { name: 'an unknown directive', patch: { $patch: 'swap' }, code: 422 },
    { name: 'an unknown directive of an item', patch: { containers: [{ name: 'a', $patch: 'swap' }] }, code: 422 },
    { name: 'an item without its key', patch: { containers: [{ image: 'x' }] }, code: 400, message: /does not contain declared merge key: name/ },
    { name: 'an item that is no object', patch: { containers: ['a'] }, code: 400, message: /list element types are not identical/ },
    { name: 'an order that is no list', patch: { '$setElementOrder/containers': {} }, code: 400, message: /invalid patch format of \$setElementOrder list/ },
    {
      name: 'an order that lacks an item',
      patch: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] },
      code: 400,
      message: /doesn't match \$setElementOrder list/,
    },
    {
      name: 'keys to retain that lack one of the patch',
      patch: { securityContext: { $retainKeys: [], runAsUser: 1 } },
      code: 400,
      message: /invalid patch format of retainKeys/,
    },
    { name: 'a patch that is no object', patch: [], code: 400 },
  ];
  for (const { name, patch, code, message = /./ } of refusals) {
    it(`refuses ${name}`, () => assert.throws(() => apply({ containers: containers('a'), securityContext: { runAsUser: 2 } }, patch), { code, message }));
  }
});
