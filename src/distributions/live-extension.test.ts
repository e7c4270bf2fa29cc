import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExtensionPoint } from '../kernel/extension-point.ts';
import { createLog } from '../kernel/log.ts';
import { readExtensionFile } from './extension-file.ts';
import { keepLive } from './live-extension.ts';

interface Greeter {
  greet(): string;
}

describe('a file of extensions that is saved', () => {
  let directory: string;
  let points: { greeters: ExtensionPoint<Greeter> };
  let lines: string[];
  let changes: number;
  const path = (name: string): string => join(directory, name);
  const moduleOf = (word: string, name = 'hello'): string => `export default { greeters: { ${name}: { greet: () => '${word}' } } };`;
  const greetings = (): string[] => [...points.greeters].map(({ name, implementation }) => `${name}: ${implementation.greet()}`);
  const start = async (): Promise<AsyncDisposable> => {
    const file = await readExtensionFile(path('greet.ts'));
    const log = createLog((line) => lines.push(line));
    return keepLive({ path: path('greet.ts'), file, points, onChange: () => void changes++, log });
  };
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    for (let tries = 0; !condition(); tries++) {
      if (tries > 500) throw new Error(`${what} did not come about; ${lines.join('')}`);
      await sleep(20);
    }
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'wl-'));
    points = { greeters: new ExtensionPoint('greeters') };
    lines = [];
    changes = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('takes the place of what it added before', async () => {
    writeFileSync(path('greet.ts'), moduleOf('hello'));
    await using _live = await start();
    assert.deepEqual(greetings(), ['hello: hello']);
    writeFileSync(path('greet.ts'), moduleOf('good day'));
    await until(() => greetings()[0] === 'hello: good day', 'the new greeting');
    await until(() => changes === 1, 'the news');
    writeFileSync(path('greet.tmp'), moduleOf('bye', 'farewell'));
    renameSync(path('greet.tmp'), path('greet.ts'));
    await until(() => greetings()[0] === 'farewell: bye', 'the greeting of the file that was moved there');
    assert.equal(greetings().length, 1);
  });

  it('is read again when a file that it imports is saved', async () => {
    writeFileSync(path('word.ts'), "export const word: string = 'hello';");
    writeFileSync(path('greet.ts'), `import { word } from ${JSON.stringify('./word.ts')};\nexport default { greeters: { hello: { greet: () => word } } };`);
    await using _live = await start();
    assert.deepEqual(greetings(), ['hello: hello']);
    writeFileSync(path('word.ts'), "export const word: string = 'good day';");
    await until(() => greetings()[0] === 'hello: good day', 'the new word');
  });

  it('keeps what it added before when it cannot be loaded, says why, and gets over it', async () => {
    writeFileSync(path('greet.ts'), moduleOf('hello'));
    await using _live = await start();
    writeFileSync(path('greet.ts'), 'export default {');
    await until(() => lines.length === 1, 'a line of log');
    assert.match(lines[0]!, /saved but not loaded; what it added before stays/);
    assert.deepEqual(greetings(), ['hello: hello']);
    writeFileSync(path('greet.ts'), 'export default { painters: {} };');
    await until(() => lines.length === 2, 'a second line');
    assert.match(lines[1]!, /there is no extension point \\?"painters\\?"/);
    assert.deepEqual(greetings(), ['hello: hello']);
    writeFileSync(path('greet.ts'), moduleOf('good day'));
    await until(() => greetings()[0] === 'hello: good day', 'the mended greeting');
  });

  it('is let go of with all it added', async () => {
    writeFileSync(path('greet.ts'), moduleOf('hello'));
    const live = await start();
    await live[Symbol.asyncDispose]();
    assert.deepEqual(greetings(), []);
    writeFileSync(path('greet.ts'), moduleOf('again'));
    await sleep(200);
    assert.deepEqual(greetings(), []);
  });
});
