import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { verbs } from './commands.ts';

describe('the list of verbs', () => {
  for (const verb of verbs)
    it(`says of ${verb.name} what it says itself`, async () => {
      const { name, short, aliases } = await verb.load();
      assert.deepEqual({ name, short, aliases }, { name: verb.name, short: verb.short, aliases: verb.aliases });
    });
  it('names each once', () => assert.equal(new Set(verbs.map(({ name }) => name)).size, verbs.length));
});
