import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../../api/status.ts';
import { readDeleteOptions } from './delete-options.ts';

const invalid = (list: string): string => `DeleteOptions.meta.k8s.io "" is invalid: ${list}`;
const unmarshal = (what: string, field: string, type: string): string =>
  `json: cannot unmarshal ${what} into Go struct field DeleteOptions.${field} of type ${type}`;
const policies = 'supported values: "Foreground", "Background", "Orphan", "nil"';
const headType = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

// What k8s.io/apimachinery 0.36 answers. A string is a query, anything else a body.
const refusals: readonly { readonly given: unknown; readonly code: number; readonly message: string }[] = [
  { given: 'dryRun=x', code: 422, message: invalid('dryRun: Unsupported value: ["x"]: supported values: "All"') },
  { given: 'dryRun=All&dryRun=x', code: 422, message: invalid('dryRun: Unsupported value: ["All","x"]: supported values: "All"') },
  { given: 'dryRun=', code: 422, message: invalid('dryRun: Unsupported value: [""]: supported values: "All"') },
  { given: 'propagationPolicy=foo', code: 422, message: invalid(`propagationPolicy: Unsupported value: "foo": ${policies}`) },
  { given: 'propagationPolicy=', code: 422, message: invalid(`propagationPolicy: Unsupported value: "": ${policies}`) },
  {
    given: 'propagationPolicy=Orphan&orphanDependents=true',
    code: 422,
    message: invalid('propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set'),
  },
  { given: 'gracePeriodSeconds=x', code: 400, message: 'strconv.ParseInt: parsing "x": invalid syntax' },
  { given: 'gracePeriodSeconds=', code: 400, message: 'strconv.ParseInt: parsing "": invalid syntax' },
  { given: { apiVersion: 'v1', kind: 'Pod' }, code: 400, message: 'no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"' },
  { given: { gracePeriodSeconds: 'x' }, code: 400, message: unmarshal('string', 'gracePeriodSeconds', 'int64') },
  { given: { gracePeriodSeconds: 1.5 }, code: 400, message: unmarshal('number 1.5', 'gracePeriodSeconds', 'int64') },
  { given: { dryRun: 'All' }, code: 400, message: unmarshal('string', 'dryRun', '[]string') },
  { given: { propagationPolicy: 5 }, code: 400, message: unmarshal('number', 'propagationPolicy', 'v1.DeletionPropagation') },
  { given: { orphanDependents: 'x' }, code: 400, message: unmarshal('string', 'orphanDependents', 'bool') },
  { given: { preconditions: [] }, code: 400, message: unmarshal('array', 'preconditions', 'v1.Preconditions') },
  { given: [], code: 400, message: `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${headType}` },
  {
    given: { orphanDependents: true, propagationPolicy: 'foo', dryRun: ['y'] },
    code: 422,
    message: invalid(
      `[propagationPolicy: Invalid value: "foo": orphanDependents and deletionPropagation cannot be both set, propagationPolicy: Unsupported value: "foo": ${policies}, dryRun: Unsupported value: ["y"]: supported values: "All"]`,
    ),
  },
];

const accepted: readonly { readonly given: unknown; readonly want: object }[] = [
  { given: '', want: {} },
  { given: null, want: {} },
  { given: {}, want: {} },
  { given: { kind: 'DeleteOptions', apiVersion: 'apps/v1', gracePeriodSeconds: 0 }, want: { gracePeriodSeconds: 0 } },
  { given: { foo: 1 }, want: {} },
  { given: { dryRun: ['All'] }, want: { dryRun: true } },
  { given: 'gracePeriodSeconds=-1', want: { gracePeriodSeconds: 1 } },
  { given: { propagationPolicy: 'Foreground' }, want: { propagationPolicy: 'Foreground' } },
  { given: { orphanDependents: true }, want: { orphanDependents: true, propagationPolicy: 'Orphan' } },
  { given: 'orphanDependents=false', want: { orphanDependents: false, propagationPolicy: 'Background' } },
  { given: { preconditions: { uid: '', resourceVersion: '5' } }, want: { uid: '', resourceVersion: '5' } },
  { given: 'uid=abc&resourceVersion=5', want: { uid: 'abc', resourceVersion: '5' } },
  { given: { ignoreStoreReadErrorWithClusterBreakingPotential: true }, want: {} },
];

const read = (given: unknown): ReturnType<typeof readDeleteOptions> =>
  typeof given === 'string' ? readDeleteOptions(undefined, new URLSearchParams(given)) : readDeleteOptions(given, new URLSearchParams('dryRun=ignored'));

describe('the options of deletes', () => {
  for (const { given, code, message } of refusals)
    it(`refuse ${JSON.stringify(given)}`, () =>
      assert.throws(
        () => read(given),
        (error) => {
          assert.ok(error instanceof ApiError);
          assert.deepEqual([error.code, error.message], [code, message]);
          return true;
        },
      ));

  for (const { given, want } of accepted) it(`take ${JSON.stringify(given)}`, () => assert.deepEqual({ ...read(given) }, { dryRun: false, ...want }));
});
