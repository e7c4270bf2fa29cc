import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { AuthorizationAttributes } from '../../../extension-points/authorization/contract.ts';
import type { Exchange } from './exchange.ts';
import { impersonate } from './impersonate.ts';

const exchangeWith = (headers: Record<string, string>): Exchange =>
  ({
    header: (name: string) => headers[name],
    headerValues: (name: string) => (name in headers ? [headers[name]!] : []),
    headers: () => headers,
  }) as unknown as Exchange;

for (const [header, key] of [
  ['%zz', '%zz'],
  ['a%2fb', 'a/b'],
  ['__proto__', '__proto__'],
  ['scopes', 'scopes'],
] as const) {
  it(`reads the key of Impersonate-Extra-${header}`, async () => {
    const asked: (string | undefined)[] = [];
    const requireAllowed = async ({ resource }: AuthorizationAttributes): Promise<void> => void asked.push(resource?.subresource);
    const user = await impersonate(
      exchangeWith({ 'impersonate-user': 'x', [`impersonate-extra-${header}`]: 'q' }),
      { name: 'admin', groups: [] },
      requireAllowed,
    );
    assert.deepEqual(Object.entries(user.extra ?? {}), [[key, ['q']]]);
    assert.ok(asked.includes(key));
  });
}
