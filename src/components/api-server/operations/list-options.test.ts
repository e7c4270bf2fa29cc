import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../../api/status.ts';
import { encodeContinueToken } from './continue-token.ts';
import { checkListQuery, rawListQuery } from './list-options.ts';

const token = encodeContinueToken({ revision: 5, after: 'a/b' });
const tokenOf = (fields: object | string): string => Buffer.from(typeof fields === 'string' ? fields : JSON.stringify(fields)).toString('base64url');
const invalid = (list: string): string => `ListOptions.meta.k8s.io "" is invalid: ${list}`;
const match = 'resourceVersionMatch: ';
const needsRevision = `${match}Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`;
const noContinue = `${match}Forbidden: resourceVersionMatch is forbidden when continue is provided`;
const needsInitial = `${match}Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`;
const needsMatch = `${match}Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`;
const onlyNotOlder = (value: string): string => `${match}Unsupported value: "${value}": supported values: "NotOlderThan"`;
const badToken = (why: string): string => `invalid continue token: continue key is not valid${why}`;
const badRevision = (text: string, why = 'invalid syntax'): string =>
  `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": ${why}`;

// What k8s.io/apimachinery and k8s.io/apiserver 0.36 answer.
const refusals: readonly { readonly query: string; readonly code: number; readonly message: string }[] = [
  { query: 'resourceVersionMatch=Exact', code: 422, message: invalid(needsRevision) },
  { query: 'resourceVersionMatch=NotOlderThan', code: 422, message: invalid(needsRevision) },
  {
    query: 'resourceVersionMatch=foo&resourceVersion=5',
    code: 422,
    message: invalid(`${match}Unsupported value: "foo": supported values: "Exact", "NotOlderThan", ""`),
  },
  {
    query: 'resourceVersionMatch=Exact&resourceVersion=0',
    code: 422,
    message: invalid(`${match}Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`),
  },
  { query: 'resourceVersionMatch=Exact&resourceVersion=5&continue=x', code: 422, message: invalid(noContinue) },
  {
    query: 'resourceVersionMatch=foo&continue=x',
    code: 422,
    message: invalid(`[${needsRevision}, ${noContinue}, ${match}Unsupported value: "foo": supported values: "Exact", "NotOlderThan", ""]`),
  },
  { query: 'sendInitialEvents=true', code: 422, message: invalid('sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list') },
  {
    query: 'sendInitialEvents=false&resourceVersionMatch=Exact',
    code: 422,
    message: invalid(`[${needsRevision}, sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]`),
  },
  { query: 'limit=abc', code: 400, message: 'strconv.ParseInt: parsing "abc": invalid syntax' },
  { query: 'limit=', code: 400, message: 'strconv.ParseInt: parsing "": invalid syntax' },
  { query: 'limit=1.5', code: 400, message: 'strconv.ParseInt: parsing "1.5": invalid syntax' },
  { query: 'limit=99999999999999999999', code: 400, message: 'strconv.ParseInt: parsing "99999999999999999999": value out of range' },
  { query: 'timeoutSeconds=x', code: 400, message: 'strconv.ParseInt: parsing "x": invalid syntax' },
  { query: 'resourceVersion=abc', code: 400, message: badRevision('abc') },
  { query: 'resourceVersion=-1', code: 400, message: badRevision('-1') },
  { query: 'resourceVersion=%205', code: 400, message: badRevision(' 5') },
  { query: 'resourceVersion=18446744073709551616', code: 400, message: badRevision('18446744073709551616', 'value out of range') },
  {
    query: 'resourceVersionMatch=foo&labelSelector=a%20b',
    code: 400,
    message: "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  },
  { query: 'resourceVersionMatch=foo&fieldSelector=a', code: 400, message: "invalid selector: 'a'; can't understand 'a'" },
  { query: `continue=${token}&resourceVersion=5`, code: 400, message: 'specifying resource version is not allowed when using continue' },
  { query: `continue=${token}&resourceVersion=abc`, code: 400, message: 'specifying resource version is not allowed when using continue' },
  { query: 'continue=!!!', code: 400, message: badToken(': illegal base64 data at input byte 0') },
  { query: 'continue=YWJ%3D', code: 400, message: badToken(': illegal base64 data at input byte 3') },
  { query: `continue=${tokenOf('abc')}`, code: 400, message: badToken(": invalid character 'a' looking for beginning of value") },
  { query: `continue=${tokenOf('{}')}`, code: 400, message: badToken(': server does not recognize this encoded version ') },
  {
    query: `continue=${tokenOf({ v: 'meta.k8s.io/v2', rv: 5, start: 'a/b' })}`,
    code: 400,
    message: badToken(': server does not recognize this encoded version meta.k8s.io/v2'),
  },
  {
    query: `continue=${tokenOf({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' })}`,
    code: 400,
    message: badToken(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)'),
  },
  {
    query: `continue=${tokenOf({ v: 'meta.k8s.io/v1', rv: 5, start: '' })}`,
    code: 400,
    message: badToken(': encoded start key empty (version meta.k8s.io/v1)'),
  },
  { query: `continue=${tokenOf({ v: 'meta.k8s.io/v1', rv: 5, start: '../a' })}`, code: 400, message: badToken(': ../a') },
  {
    query: `continue=${tokenOf({ v: 'meta.k8s.io/v1', rv: '5', start: 'a/b' })}`,
    code: 400,
    message: badToken(': json: cannot unmarshal string into Go struct field continueToken.rv of type int64'),
  },
  { query: `continue=${'A'.repeat(5_000)}`, code: 400, message: badToken('') },
  { query: 'watch=1&resourceVersionMatch=NotOlderThan', code: 422, message: invalid(needsInitial) },
  { query: 'watch=1&resourceVersionMatch=Exact', code: 422, message: invalid(`[${needsInitial}, ${onlyNotOlder('Exact')}]`) },
  { query: 'watch=1&resourceVersionMatch=foo&resourceVersion=5', code: 422, message: invalid(`[${needsInitial}, ${onlyNotOlder('foo')}]`) },
  { query: 'watch=1&sendInitialEvents=true', code: 422, message: invalid(needsMatch) },
  { query: 'watch=1&sendInitialEvents=true&resourceVersionMatch=Exact', code: 422, message: invalid(`[${needsMatch}, ${onlyNotOlder('Exact')}]`) },
  { query: 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x', code: 422, message: invalid(noContinue) },
  { query: 'watch=1&continue=x', code: 422, message: invalid(noContinue) },
];

const accepted: readonly { readonly query: string; readonly want: object }[] = [
  { query: '', want: {} },
  { query: 'limit=-5', want: {} },
  { query: 'limit=1&limit=2', want: { limit: 1 } },
  { query: 'resourceVersion=5&limit=1', want: { resourceVersion: 5, limit: 1 } },
  { query: 'resourceVersion=0&limit=1', want: { resourceVersion: 0 } },
  { query: 'resourceVersion=5&resourceVersionMatch=Exact', want: { resourceVersion: 5, resourceVersionMatch: 'Exact' } },
  { query: `continue=${token}&limit=3`, want: { continueToken: { revision: 5, after: 'a/b' }, limit: 3 } },
  { query: `continue=${token}&resourceVersion=0`, want: { continueToken: { revision: 5, after: 'a/b' } } },
  { query: `continue=${tokenOf({ v: 'meta.k8s.io/v1', rv: -7, start: 'a' })}`, want: { continueToken: { revision: -1, after: 'a' } } },
  { query: 'watch=1', want: { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } },
  { query: 'watch=1&resourceVersion=0', want: { resourceVersion: 0, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } },
  { query: 'watch=1&resourceVersion=5', want: { resourceVersion: 5 } },
  { query: 'watch=1&resourceVersion=5&continue=x', want: { resourceVersion: 5 } },
  { query: 'watch=1&sendInitialEvents=maybe&resourceVersionMatch=NotOlderThan', want: { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } },
  { query: 'watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan', want: { sendInitialEvents: false, resourceVersionMatch: 'NotOlderThan' } },
  {
    query: 'watch=1&timeoutSeconds=-3&allowWatchBookmarks',
    want: { timeoutSeconds: -3, allowWatchBookmarks: true, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' },
  },
];

const read = (text: string): ReturnType<typeof checkListQuery> => {
  const query = new URLSearchParams(text);
  return checkListQuery(rawListQuery(query), query.has('watch'));
};

describe('the options of lists and watches', () => {
  for (const { query, code, message } of refusals)
    it(`refuse ${query.slice(0, 80)}`, () =>
      assert.throws(
        () => read(query),
        (error) => {
          assert.ok(error instanceof ApiError);
          assert.deepEqual([error.code, error.message], [code, message]);
          return true;
        },
      ));

  for (const { query, want } of accepted)
    it(`take ${query.slice(0, 80) || 'nothing'}`, () =>
      assert.deepEqual(read(query), { labelSelector: '', fieldSelector: '', limit: 0, allowWatchBookmarks: false, ...want }));
});
