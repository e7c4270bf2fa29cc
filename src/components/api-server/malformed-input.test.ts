import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type CallOptions, podNamed, startTestServer, type TestServer } from './test-server.fixture.ts';

const pods = '/api/v1/namespaces/default/pods';
const json = { 'content-type': 'application/json' };
const mergePatch = { 'content-type': 'application/merge-patch+json' };

interface Case extends CallOptions {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly code: number;
  readonly reason: string;
  readonly message?: RegExp;
}

const notKept = 'json: number 9007199254740993 cannot be kept exactly: integers must lie between -9007199254740991 and 9007199254740991';

const largePatches = (type: string, body: string, prefix: string): Case[] => [
  {
    name: `integers that it could not keep by ${type}`,
    method: 'PATCH',
    path: `${pods}/here?fieldManager=test`,
    body,
    headers: { 'content-type': `application/${type}` },
    code: 400,
    reason: 'BadRequest',
    message: new RegExp(`^${prefix}${notKept}$`),
  },
];

const cases: Case[] = [
  {
    name: 'what is not JSON',
    body: '{"a"',
    headers: json,
    code: 400,
    reason: 'BadRequest',
    message: /the object provided is unrecognized \(must be of type Pod\)/,
  },
  { name: 'an empty body', body: '', headers: json, code: 400, reason: 'BadRequest' },
  { name: 'a list instead of an object', body: [], code: 400, reason: 'BadRequest' },
  {
    name: 'another kind',
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } },
    code: 400,
    reason: 'BadRequest',
    message: /ConfigMap in version "v1" cannot be handled as a Pod/,
  },
  {
    name: 'another version',
    body: { ...podNamed('x'), apiVersion: 'v2' },
    code: 400,
    reason: 'BadRequest',
    message: /the API version in the data \(v2\) does not match the expected API version \(v1\)/,
  },
  {
    name: 'a field of a wrong type',
    body: podNamed('x', { spec: { nodeName: 7 } }),
    code: 400,
    reason: 'BadRequest',
    message: /json: cannot unmarshal number into Go struct field/,
  },
  { name: 'wrong metadata', body: { ...podNamed('x'), metadata: 'x' }, code: 400, reason: 'BadRequest' },
  {
    name: 'bodies over 3 MiB',
    body: podNamed('x', { metadata: { annotations: { a: 'x'.repeat(3 * 1024 * 1024) } } }),
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: /^Request entity too large: limit is 3145728$/,
  },
  {
    name: '1,000 levels of nesting',
    body: `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`,
    headers: json,
    code: 400,
    reason: 'BadRequest',
    message: /exceeded max depth/,
  },
  { name: 'names with capitals', body: podNamed('X'), code: 422, reason: 'Invalid', message: /Pod "X" is invalid: metadata\.name: Invalid value: "X"/ },
  {
    name: 'objects without a name',
    body: { ...podNamed('x'), metadata: {} },
    code: 422,
    reason: 'Invalid',
    message: /metadata\.name: Required value: name or generateName is required/,
  },
  {
    name: 'another namespace',
    body: podNamed('x', { metadata: { namespace: 'other' } }),
    code: 400,
    reason: 'BadRequest',
    message: /^the namespace of the provided object does not match the namespace sent on the request$/,
  },
  {
    name: 'integers that it could not keep',
    body: JSON.stringify(podNamed('x', { spec: { activeDeadlineSeconds: 5 } })).replace(':5', ':9007199254740993'),
    headers: json,
    code: 400,
    reason: 'BadRequest',
    message: new RegExp(`^Pod in version "v1" cannot be handled as a Pod: ${notKept}$`),
  },
  {
    name: 'integers of YAML that it could not keep',
    body: 'metadata: {name: x}\nspec: {activeDeadlineSeconds: 9007199254740993}',
    headers: { 'content-type': 'application/yaml' },
    code: 400,
    reason: 'BadRequest',
    message: new RegExp(`^Pod in version "v1" cannot be handled as a Pod: ${notKept}$`),
  },
  ...largePatches('merge-patch+json', '{"spec":{"activeDeadlineSeconds":9007199254740993}}', 'error decoding patch: '),
  ...largePatches('strategic-merge-patch+json', '{"spec":{"activeDeadlineSeconds":9007199254740993}}', ''),
  ...largePatches('json-patch+json', '[{"op":"add","path":"/spec/activeDeadlineSeconds","value":9007199254740993}]', 'error decoding patch: '),
  ...largePatches('apply-patch+yaml', 'spec: {activeDeadlineSeconds: 9007199254740993}', 'error decoding YAML: '),
  { name: 'unknown media types', body: 'x', headers: { 'content-type': 'text/plain' }, code: 415, reason: 'UnsupportedMediaType' },
  {
    name: 'CBOR, which is not enabled',
    body: podNamed('x'),
    headers: { 'content-type': 'application/cbor' },
    code: 415,
    reason: 'UnsupportedMediaType',
  },
  {
    name: 'protobuf that is none',
    body: 'xxxxxxxx',
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    code: 400,
    reason: 'BadRequest',
    message: /expected prefix \[107 56 115 0\]/,
  },
  {
    name: 'unknown fields when strict',
    path: `${pods}?fieldValidation=Strict`,
    body: podNamed('x', { spec: { foo: 1 } }),
    code: 400,
    reason: 'BadRequest',
    message: /strict decoding error: unknown field "spec\.foo"$/,
  },
  {
    name: 'duplicate fields when strict',
    path: `${pods}?fieldValidation=Strict`,
    body: '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","name":"b"},"spec":{"containers":[{"name":"c"}]}}',
    headers: json,
    code: 400,
    reason: 'BadRequest',
    message: /strict decoding error: duplicate field "metadata\.name"$/,
  },
  {
    name: 'duplicate keys of YAML when strict',
    path: `${pods}?fieldValidation=Strict`,
    body: 'kind: Pod\nmetadata:\n  name: a\n  name: b\nspec: {foo: 1}\n',
    headers: { 'content-type': 'application/yaml' },
    code: 400,
    reason: 'BadRequest',
    message: /strict decoding error: yaml: unmarshal errors:\n {2}line 4: key "name" already set in map, unknown field "spec\.foo"$/,
  },
  {
    name: 'duplicate keys of a configuration when strict',
    method: 'PATCH',
    path: `${pods}/here?fieldManager=test&fieldValidation=Strict`,
    body: 'apiVersion: v1\nkind: Pod\nmetadata: {name: here}\nkind: Pod\n',
    headers: { 'content-type': 'application/apply-patch+yaml' },
    code: 400,
    reason: 'BadRequest',
    message: /^error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n {2}line 4: key "kind" already set in map$/,
  },
  {
    name: 'unknown options',
    path: `${pods}?dryRun=Some`,
    body: podNamed('x'),
    code: 422,
    reason: 'Invalid',
    message: /CreateOptions\.meta\.k8s\.io "" is invalid: dryRun: Unsupported value/,
  },
  {
    name: 'paths that nothing serves',
    path: '/apis/nope.io/v1/things',
    body: {},
    code: 404,
    reason: 'NotFound',
    message: /^the server could not find the requested resource$/,
  },
  { name: 'creating in all namespaces', path: '/api/v1/pods', body: podNamed('x'), code: 405, reason: 'MethodNotAllowed' },
  { name: 'creating custom resources in all namespaces', path: '/apis/example.com/v1/widgets', body: {}, code: 404, reason: 'NotFound' },
  {
    name: 'stale updates',
    method: 'PUT',
    path: `${pods}/here`,
    body: podNamed('here', { metadata: { resourceVersion: '1' } }),
    code: 409,
    reason: 'Conflict',
    message: /the object has been modified; please apply your changes to the latest version and try again$/,
  },
  {
    name: 'updates under another uid',
    method: 'PUT',
    path: `${pods}/here`,
    body: podNamed('here', { metadata: { uid: 'nope' } }),
    code: 409,
    reason: 'Conflict',
    message: /Precondition failed: UID in precondition: nope/,
  },
  {
    name: 'updates under another name',
    method: 'PUT',
    path: `${pods}/here`,
    body: podNamed('there'),
    code: 400,
    reason: 'BadRequest',
    message: /^the name of the object \(there\) does not match the name on the URL \(here\)$/,
  },
  {
    name: 'changing a name by patch',
    method: 'PATCH',
    path: `${pods}/here`,
    body: { metadata: { name: 'there' } },
    headers: mergePatch,
    code: 400,
    reason: 'BadRequest',
    message: /^the name of the object \(there\) does not match the name on the URL \(here\)$/,
  },
  {
    name: 'changing a namespace by patch',
    method: 'PATCH',
    path: `${pods}/here`,
    body: { metadata: { namespace: 'there' } },
    headers: mergePatch,
    code: 400,
    reason: 'BadRequest',
    message: /^the namespace of the provided object does not match the namespace sent on the request$/,
  },
  {
    name: 'patches that are not JSON',
    method: 'PATCH',
    path: `${pods}/here`,
    body: '{"a":',
    headers: mergePatch,
    code: 400,
    reason: 'BadRequest',
    message: /^error decoding patch: unexpected end of JSON input$/,
  },
  {
    name: 'patches of other media types',
    method: 'PATCH',
    path: `${pods}/here`,
    body: {},
    headers: json,
    code: 415,
    reason: 'UnsupportedMediaType',
    message: /application\/strategic-merge-patch\+json/,
  },
  { name: 'patches that are no object', method: 'PATCH', path: `${pods}/here`, body: '"x"', headers: mergePatch, code: 400, reason: 'BadRequest' },
  {
    name: 'strategic patches of custom resources',
    method: 'PATCH',
    path: '/apis/example.com/v1/namespaces/default/widgets/w',
    body: {},
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    code: 415,
    reason: 'UnsupportedMediaType',
  },
  {
    name: 'strict unknown fields of a patch',
    method: 'PATCH',
    path: `${pods}/here?fieldValidation=Strict`,
    body: { spec: { foo: 1 } },
    headers: mergePatch,
    code: 422,
    reason: 'Invalid',
    message: /strict decoding error: unknown field "spec\.foo"/,
  },
  {
    name: 'custom resources against their schema',
    path: '/apis/example.com/v1/namespaces/default/widgets',
    body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 11 } },
    code: 422,
    reason: 'Invalid',
    message: /Widget\.example\.com "w" is invalid: spec\.size/,
  },
  { name: 'unreadable label selectors', method: 'GET', path: '/api/v1/pods?labelSelector=a%3D%3D%3D', code: 400, reason: 'BadRequest' },
  {
    name: 'field selectors on unknown fields',
    method: 'GET',
    path: '/api/v1/pods?fieldSelector=spec.foo%3Dx',
    code: 400,
    reason: 'BadRequest',
    message: /^field label not supported: spec\.foo$/,
  },
  { name: 'unreadable revisions', method: 'GET', path: '/api/v1/pods?resourceVersion=abc', code: 400, reason: 'BadRequest' },
  {
    name: 'unreadable continue tokens',
    method: 'GET',
    path: '/api/v1/pods?limit=1&continue=abc',
    code: 400,
    reason: 'BadRequest',
    message: /continue key is not valid/,
  },
  {
    name: 'matches without a revision',
    method: 'GET',
    path: '/api/v1/pods?resourceVersionMatch=Exact',
    code: 422,
    reason: 'Invalid',
    message: /resourceVersionMatch is forbidden unless resourceVersion is provided/,
  },
  { name: 'unacceptable answers', method: 'GET', path: `${pods}/here`, headers: { accept: 'text/html' }, code: 406, reason: 'NotAcceptable' },
  {
    name: 'tables of reviews',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { spec: {} },
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    code: 406,
    reason: 'NotAcceptable',
  },
  { name: 'impossible paths', method: 'GET', path: '/api/v1/pods/%zz', code: 400, reason: 'BadRequest' },
  {
    name: 'wrong delete options',
    method: 'DELETE',
    path: `${pods}/here`,
    body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Sideways' },
    code: 422,
    reason: 'Invalid',
  },
];

describe('malformed input is refused and the server goes on', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
    assert.equal((await test.call('POST', pods, { body: podNamed('other') })).status, 201);
    assert.equal((await test.call('POST', pods, { body: podNamed('here') })).status, 201);
  });
  after(() => test[Symbol.asyncDispose]());

  for (const { name, method = 'POST', path = pods, code, reason, message, ...options } of cases) {
    it(`refuses ${name}`, async () => {
      const answer = await test.call(method, path, options);
      const status = answer.json;
      assert.deepEqual(
        { code: answer.status, kind: status['kind'], status: status['status'], reason: status['reason'], inBody: status['code'] },
        { code, kind: 'Status', status: 'Failure', reason, inBody: code },
      );
      if (message) assert.match(String(status['message']), message);
      assert.equal((await test.call('GET', '/healthz')).text, 'ok');
    });
  }

  it('warns of unknown fields by default', async () => {
    const answer = await test.call('POST', pods, { body: podNamed('warned', { spec: { foo: 1 } }) });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['warning'], '299 - "unknown field \\"spec.foo\\""');
    assert.equal(answer.json['spec'].foo, undefined);
  });
});
