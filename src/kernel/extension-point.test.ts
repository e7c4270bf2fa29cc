import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExtensionError, ExtensionPoint } from './extension-point.ts';

interface Greeter {
  greet?(name: string): string;
  greetLater?(name: string): Promise<string>;
}

const polite: Greeter = { greet: (name) => `good day ${name}`, greetLater: async (name) => `later ${name}` };
const broken: Greeter = {
  greet: () => {
    throw new Error('lost my voice');
  },
};

describe('an extension point', () => {
  it('keeps extensions in the order they were added and forgets disposed ones', () => {
    const point = new ExtensionPoint<Greeter>('greeting');
    point.add({ name: 'polite', origin: 'built-in', implementation: polite });
    const added = point.add({ name: 'broken', origin: 'built-in', implementation: broken });
    assert.deepEqual(
      [...point].map(({ name }) => name),
      ['polite', 'broken'],
    );
    added[Symbol.dispose]();
    assert.deepEqual(
      [...point].map(({ name }) => name),
      ['polite'],
    );
  });

  it('refuses a name twice', () => {
    const point = new ExtensionPoint<Greeter>('greeting');
    point.add({ name: 'polite', origin: 'built-in', implementation: polite });
    assert.throws(() => point.add({ name: 'polite', origin: 'file', implementation: polite }), /greeting: an extension called "polite" is already there/);
  });

  it('answers only those that implement a method, and notices changes', () => {
    const point = new ExtensionPoint<Greeter>('greeting');
    point.add({ name: 'polite', origin: 'built-in', implementation: polite });
    assert.equal(point.implementing('greetLater').length, 1);
    point.add({ name: 'broken', origin: 'built-in', implementation: broken });
    assert.equal(point.implementing('greet').length, 2);
    assert.equal(point.implementing('greetLater').length, 1);
  });

  it('keeps synchronous calls synchronous', () => {
    const point = new ExtensionPoint<Greeter>('greeting');
    point.add({ name: 'polite', origin: 'built-in', implementation: polite });
    assert.equal(point.call(point.implementing('greet')[0]!, 'greet', 'Ada'), 'good day Ada');
  });

  it('wraps a throw, names the extension, keeps the cause, and counts it', async () => {
    const point = new ExtensionPoint<Greeter>('greeting');
    point.add({ name: 'broken', origin: 'built-in', implementation: { ...broken, greetLater: () => Promise.reject(new Error('asleep')) } });
    assert.throws(
      () => point.call(point.implementing('greet')[0]!, 'greet', 'Ada'),
      (error: unknown) => error instanceof ExtensionError && error.message === 'greeting/broken: greet failed: lost my voice' && error.cause instanceof Error,
    );
    await assert.rejects(point.call(point.implementing('greetLater')[0]!, 'greetLater', 'Ada'), /greeting\/broken: greetLater failed: asleep/);
    assert.equal(point.statistics('broken')?.errors, 2);
    assert.equal(point.statistics('broken')?.calls, 2);
  });

  it('tells observers of every call', async () => {
    const point = new ExtensionPoint<Greeter>('greeting');
    const seen: string[] = [];
    using _ = point.observe((call) => seen.push(`${call.extension}.${call.method}`));
    point.add({ name: 'polite', origin: 'built-in', implementation: polite });
    point.call(point.implementing('greet')[0]!, 'greet', 'Ada');
    await point.call(point.implementing('greetLater')[0]!, 'greetLater', 'Ada');
    assert.deepEqual(seen, ['polite.greet', 'polite.greetLater']);
  });
});
