import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EndlessLoop, guardLoops } from './loop-guard.ts';

/** What a guarded text makes of its body, as a function. */
function run(text: string): unknown {
  const guarded = guardLoops(`export function made() { ${text} }`, { system: 'module', hasTypes: false })!;
  return (new Function(`${guarded.replace('export ', '')}; return made;`)() as () => unknown)();
}

describe('loops of modules that are loaded at run time', () => {
  const harmless: readonly { readonly text: string; readonly want: unknown }[] = [
    { text: 'let sum = 0; for (let i = 0; i < 1000; i++) sum += i; return sum;', want: 499_500 },
    { text: 'let n = 0; for (const x of [1, 2, 3]) n += x; return n;', want: 6 },
    { text: 'const keys = []; for (const key in { a: 1, b: 2 }) keys.push(key); return keys.join();', want: 'a,b' },
    { text: 'let n = 0; while (n < 5) n++; return n;', want: 5 },
    { text: 'let n = 0; do n++; while (n < 5); return n;', want: 5 },
    { text: 'let n = 0; do { n++ } while (n < 5) return n;', want: 5 },
    { text: 'let n = 0; for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) n++; return n;', want: 9 },
    { text: 'let n = 0; outer: for (;;) { for (;;) { if (++n > 3) break outer; else continue outer; } } return n;', want: 4 },
    { text: 'let n = 0; if (n) while (n) n--; else n = 7; return n;', want: 7 },
    { text: 'return [...(function* () { for (let i = 0; i < 3; i++) yield i; })()].join();', want: '0,1,2' },
  ];
  for (const { text, want } of harmless) it(`do what they did: ${text}`, () => assert.equal(run(text), want));

  it('keep their lines, types gone', () => {
    const text = guardLoops('const limit: number = 3;\nfor (;;)\n  step();\n', { system: 'module', hasTypes: true })!;
    assert.equal(text.split('\n').length, 4);
    assert.match(text, /^const \$wherryLoop = [^\n]*const limit {9}= 3;\nfor \(;;\)\n {2}\{\$wherryLoop\(\);step\(\);\}\n$/);
  });

  it('stay as they are where there are none, and in texts that cannot be read', () => {
    assert.equal(
      guardLoops('export const word: string = "for (;;) {}";\n', { system: 'module', hasTypes: true }),
      'export const word         = "for (;;) {}";\n',
    );
    assert.equal(guardLoops('for (;;', { system: 'module', hasTypes: false }), undefined);
    assert.equal(guardLoops('const const: = 3;', { system: 'module', hasTypes: true }), undefined);
  });

  for (const text of [
    'for (;;);',
    'while (true) {}',
    'do {} while (true)',
    'for (const _ of (function* () { for (;;) yield 1; })());',
    'for (;;) { try { for (;;); } catch {} }',
  ])
    it(`are broken off when they never end: ${text}`, () => assert.throws(() => run(text), EndlessLoop));

  it('that only await what is there already are broken off, too', async () => {
    await assert.rejects(run('return (async () => { for (;;) await null; })();') as Promise<void>, EndlessLoop);
  });

  it('may go on for as long as they like when others have their turn', async () => {
    const work = run('return async (turn) => { for (let n = 0; n < 2000; n++) await turn(); return "done"; };') as (
      turn: () => Promise<void>,
    ) => Promise<string>;
    assert.equal(await work(() => new Promise((resolve) => void setImmediate(resolve))), 'done');
  });
});
