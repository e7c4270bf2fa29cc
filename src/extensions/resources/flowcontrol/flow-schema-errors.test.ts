import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldErrorText } from '../../../api/status.ts';
import { flowSchemaErrors } from './flow-schema-errors.ts';

const subject = { kind: 'User', user: { name: '*' } };
const resource = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] };
const errorsOf = (rule: object): string[] =>
  flowSchemaErrors({ metadata: { name: 'f' }, spec: { matchingPrecedence: 9, priorityLevelConfiguration: { name: 'l' }, rules: [rule as never] } }).map(
    fieldErrorText,
  );

describe('a rule of a flow schema', () => {
  const cases: [string, object, string[]][] = [
    ['is good', { subjects: [subject], resourceRules: [resource] }, []],
    ['is about somebody', { resourceRules: [resource] }, ['spec.rules[0].subjects: Required value: subjects must contain at least one value']],
    ['is about something', { subjects: [subject] }, ['spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty']],
    [
      'names a user by its kind',
      { subjects: [{ kind: 'User' }], resourceRules: [resource] },
      ["spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'"],
    ],
    [
      'names nothing else',
      { subjects: [{ ...subject, group: { name: 'g' } }], resourceRules: [resource] },
      ["spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'"],
    ],
    [
      'knows three kinds',
      { subjects: [{ kind: 'Robot' }], resourceRules: [resource] },
      ['spec.rules[0].subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"'],
    ],
    [
      'names the namespace of a service account',
      { subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: '*' } }], resourceRules: [resource] },
      ['spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account'],
    ],
    [
      'has all verbs or some',
      { subjects: [subject], resourceRules: [{ ...resource, verbs: ['*', 'get'] }] },
      ['spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs'],
    ],
    [
      'has verbs that are some',
      { subjects: [subject], resourceRules: [{ ...resource, verbs: ['post'] }] },
      [
        'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["post"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      ],
    ],
    [
      'has namespaces unless it is about the cluster',
      { subjects: [subject], resourceRules: [{ ...resource, namespaces: [] }] },
      ['spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace'],
    ],
    [
      'has paths that are some',
      { subjects: [subject], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['a', '/a*', '/a//b', '/a/*'] }] },
      [
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a": must start with slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a*": wildcard can only do suffix matching',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a//b": must not contain double slash',
      ],
    ],
  ];
  for (const [name, rule, want] of cases) it(name, () => assert.deepEqual(errorsOf(rule), want));
});
