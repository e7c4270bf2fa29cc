import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../../api/status.ts';
import { NoAnswer } from '../../../client/no-answer.ts';
import type { Discovery, ServedResource } from '../discovery/contract.ts';
import { NoResourceType } from '../discovery/no-resource-type.ts';
import { ManyErrors } from './command-errors.ts';
import { hintOf } from './hints.ts';

const served = (resource: string, kind: string, ...shortNames: string[]): ServedResource => ({
  group: '',
  version: 'v1',
  resource,
  kind,
  namespaced: true,
  singular: kind.toLowerCase(),
  shortNames,
  categories: [],
  verbs: ['get'],
  subresources: [],
});
const resources = [
  served('pods', 'Pod', 'po'),
  served('deployments', 'Deployment', 'deploy'),
  served('podtemplates', 'PodTemplate'),
  served('nodes', 'Node', 'no'),
];
const discovery: Discovery = { groups: [{ name: '', versions: [{ version: 'v1', resources }] }], problems: [] };

describe('what to do next about an error', () => {
  const refused = new NoAnswer('https://localhost:8080', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
  const cases: readonly (readonly [string, unknown, string | undefined])[] = [
    ['a type with a letter wrong', new NoResourceType('podz', discovery), 'did you mean pods?'],
    ['a type with letters swapped', new NoResourceType('deployemnt', discovery), 'did you mean deployments?'],
    ['a type of capital letters', new NoResourceType('PODSS', discovery), 'did you mean pods?'],
    ['a short name with a letter too many', new NoResourceType('deplopy', discovery), 'did you mean deployments?'],
    ['a type like none', new NoResourceType('widgets', discovery), 'the types that there are: wherry api-resources'],
    ['a word of two letters', new NoResourceType('xy', discovery), 'the types that there are: wherry api-resources'],
    ['several errors: the first', new ManyErrors([new NoResourceType('pdos', discovery), refused]), 'did you mean pods?'],
    ['nothing that listens', refused, 'start a cluster: wherry up; or choose another context: wherry config get-contexts'],
    ['a refusal', new ApiError(403, 'Forbidden', 'no'), 'what you may do: wherry auth can-i --list'],
    ['what is not there', new ApiError(404, 'NotFound', 'no'), undefined],
    ['anything else', new Error('no'), undefined],
  ];
  for (const [name, error, hint] of cases) it(name, () => assert.equal(hintOf(error, 'wherry'), hint));
});
