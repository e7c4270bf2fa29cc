import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { cells, definitionOf, named, texts } from '../testing/kinds.ts';

describe('columns', () => {
  const wanted: Record<string, string[]> = {
    validatingwebhookconfigurations: ['Name', 'Webhooks', 'Age'],
    mutatingwebhookconfigurations: ['Name', 'Webhooks', 'Age'],
    validatingadmissionpolicies: ['Name', 'Validations', 'ParamKind', 'Age'],
    validatingadmissionpolicybindings: ['Name', 'PolicyName', 'ParamRef', 'Age'],
    mutatingadmissionpolicies: ['Name', 'Mutations', 'ParamKind', 'Age'],
    mutatingadmissionpolicybindings: ['Name', 'PolicyName', 'ParamRef', 'Age'],
  };
  for (const [resource, names] of Object.entries(wanted))
    it(`of ${resource} are upstream's`, () => assert.deepEqual(Object.keys(cells(resource, named('x', {}))), names));
});

describe('defaults', () => {
  const service = { name: 's', namespace: 'n' };
  const cases: { name: string; resource: string; given: Record<string, unknown>; want: Record<string, unknown> }[] = [
    {
      name: 'a mutating webhook',
      resource: 'mutatingwebhookconfigurations',
      given: { webhooks: [{ name: 'a.b.c', clientConfig: { service }, rules: [{}] }] },
      want: {
        webhooks: [
          {
            name: 'a.b.c',
            clientConfig: { service: { ...service, port: 443 } },
            rules: [{ scope: '*' }],
            failurePolicy: 'Fail',
            matchPolicy: 'Equivalent',
            namespaceSelector: {},
            objectSelector: {},
            timeoutSeconds: 10,
            reinvocationPolicy: 'Never',
          },
        ],
      },
    },
  ];
  for (const { name, resource, given, want } of cases) {
    it(`fill ${name}`, () => {
      const draft = named('x', structuredClone(given));
      definitionOf(resource).applyDefaults?.(draft, 'v1');
      assert.deepEqual(draft, named('x', want));
    });
  }
});

describe('validation', () => {
  const webhook = { name: 'a.example.com', clientConfig: { url: 'https://example.com/a' }, sideEffects: 'None', admissionReviewVersions: ['v1'] };
  const webhooks = (...changes: Record<string, unknown>[]): UntypedObject => named('w', { webhooks: changes.map((change) => ({ ...webhook, ...change })) });
  const cases: { name: string; resource: string; object: UntypedObject; want: (string | RegExp)[] }[] = [
    { name: 'accepts a webhook', resource: 'validatingwebhookconfigurations', object: webhooks({}), want: [] },
    {
      name: 'wants three segments in the name of a webhook',
      resource: 'validatingwebhookconfigurations',
      object: webhooks({ name: 'a.b' }),
      want: ['webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots'],
    },
    {
      name: 'wants each webhook once',
      resource: 'validatingwebhookconfigurations',
      object: webhooks({}, {}),
      want: ['webhooks[1].name: Duplicate value: "a.example.com"'],
    },
    {
      name: 'refuses side effects',
      resource: 'validatingwebhookconfigurations',
      object: webhooks({ sideEffects: 'Some' }),
      want: ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    },
    {
      name: 'bounds the timeout',
      resource: 'mutatingwebhookconfigurations',
      object: webhooks({ timeoutSeconds: 31 }),
      want: ['webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    },
    {
      name: 'wants one way to reach a webhook',
      resource: 'mutatingwebhookconfigurations',
      object: webhooks({ clientConfig: {} }),
      want: ['webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
    },
  ];
  for (const { name, resource, object, want } of cases) {
    it(name, () => {
      const found = texts(resource, object);
      assert.equal(found.length, want.length, found.join('\n'));
      for (const [index, text] of want.entries()) typeof text === 'string' ? assert.equal(found[index], text) : assert.match(found[index] ?? '', text);
    });
  }
});
