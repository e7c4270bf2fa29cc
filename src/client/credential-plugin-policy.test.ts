import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CredentialPluginPolicy, policyProblem } from './credential-plugin-policy.ts';

describe('policyProblem', () => {
  const cases: readonly (readonly [policy: CredentialPluginPolicy, problem: string | undefined])[] = [
    [{ type: '' }, undefined],
    [{ type: 'AllowAll' }, undefined],
    [{ type: 'DenyAll' }, undefined],
    [{ type: 'Allowlist', allowlist: ['a', '/b/c'] }, undefined],
    [{ type: 'Foo' }, 'unknown plugin policy: "Foo"'],
    [{ type: 'Allowlist' }, 'credential plugin policy set to "Allowlist", but allowlist is unspecified'],
    [{ type: 'Allowlist', allowlist: [] }, 'credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead'],
    [{ type: 'DenyAll', allowlist: ['a'] }, 'misconfigured credential plugin allowlist: plugin policy is "DenyAll" but allowlist is non-nil'],
    [{ type: 'Allowlist', allowlist: ['./a'] }, 'non-normalized file path: "./a" vs "a"'],
    [{ type: 'Allowlist', allowlist: ['a', ''] }, 'misconfigured credential plugin allowlist: empty allowlist entry #2'],
  ];
  for (const [policy, problem] of cases)
    it(`${JSON.stringify(policy)}: ${problem ?? 'nothing'}`, () => {
      assert.equal(policyProblem(policy), problem);
    });
});
