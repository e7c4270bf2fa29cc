import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, compile } from '../compile.ts';
import { AuthorizerValue, authorizerType, type ExpressionQuestion } from './authorizer-values.ts';
import { kubernetesEnvironment } from './environment.ts';
import { shown } from './upstream-facts.fixture.ts';

const environment = kubernetesEnvironment().extend({ variables: { authorizer: authorizerType } });

function evaluate(expression: string, kind: 'allow' | 'deny' | 'no-opinion' = 'allow') {
  const asked: ExpressionQuestion[] = [];
  const authorizer = new AuthorizerValue(
    (question) => {
      asked.push(question);
      return { kind, reason: 'because', ...(kind === 'no-opinion' && { error: 'webhook failed' }) };
    },
    { name: 'jane', groups: ['devs'] },
  );
  const checked = check(expression, environment);
  assert.ok(checked.kind === 'checked', checked.kind === 'rejected' ? checked.message : '');
  const { value, error, cost } = compile(checked).evaluate({ authorizer }, { budget: 1_000_000 });
  return { asked, value: error ? error.message : shown(value), cost };
}

describe('the authorizer in expressions', () => {
  it('is asked about a resource', () => {
    const expression =
      "authorizer.group('apps').resource('deployments').subresource('scale').namespace('ns').name('web').fieldSelector('a=b').labelSelector('c').check('update').allowed()";
    const { asked, value } = evaluate(expression);
    assert.equal(value, true);
    assert.deepEqual(asked, [
      {
        user: { name: 'jane', groups: ['devs'] },
        verb: 'update',
        path: '',
        resource: {
          group: 'apps',
          version: '*',
          resource: 'deployments',
          subresource: 'scale',
          namespace: 'ns',
          name: 'web',
          fieldSelector: 'a=b',
          labelSelector: 'c',
        },
      },
    ]);
  });

  it('is asked about a path, and on behalf of a service account', () => {
    const { asked } = evaluate("authorizer.serviceAccount('ns', 'robot').path('/healthz').check('get').allowed()");
    const user = { name: 'system:serviceaccount:ns:robot', groups: ['system:serviceaccounts', 'system:serviceaccounts:ns'] };
    assert.deepEqual(asked, [{ user, verb: 'get', path: '/healthz' }]);
  });

  it('tells its reason and its error', () => {
    const check = "authorizer.path('/').check('get')";
    assert.equal(evaluate(`${check}.reason()`, 'deny').value, 'because');
    assert.equal(evaluate(`${check}.allowed()`, 'deny').value, false);
    assert.equal(evaluate(`${check}.errored()`, 'no-opinion').value, true);
    assert.equal(evaluate(`${check}.error()`, 'no-opinion').value, 'webhook failed');
    assert.equal(evaluate(`${check}.error()`).value, '');
  });

  const refusals = [
    ["authorizer.path(' ').check('get').allowed()", 'path must not be empty'],
    ["authorizer.group('').resource('').check('get').allowed()", 'resource must not be empty'],
    ["authorizer.serviceAccount('ns', 'A').path('/').check('get').allowed()", 'Invalid service account name'],
    ["authorizer.serviceAccount('a.b', 'a').path('/').check('get').allowed()", 'Invalid service account namespace'],
  ] as const;
  for (const [expression, message] of refusals) it(`refuses ${expression}: ${message}`, () => assert.equal(evaluate(expression).value, message));

  it('may be asked twice in one expression, and not three times', () => {
    const allowed = "authorizer.path('/').check('get').allowed()";
    assert.equal(evaluate([allowed, allowed].join(' && ')).value, true);
    const { value, asked } = evaluate([allowed, allowed, allowed].join(' && '));
    assert.equal(value, 'operation cancelled: actual cost limit exceeded');
    assert.equal(asked.length, 2);
  });
});
