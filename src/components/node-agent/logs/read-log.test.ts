import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readLastLines } from './read-last-lines.ts';
import { type LogOptions, readLog } from './read-log.ts';
import { rotateLog } from './rotation.ts';

const line = (second: number, text: string, tag = 'F', stream = 'stdout'): string => `2026-01-01T00:00:0${second}.123456789Z ${stream} ${tag} ${text}\n`;
const sample = line(1, 'one') + line(2, 'two, ', 'P') + line(2, 'still two') + line(3, 'three', 'F', 'stderr') + line(4, '');

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wherry-logs-'));
});
after(() => rm(directory, { recursive: true }));

let serial = 0;
async function file(content: string): Promise<string> {
  const path = join(directory, `${++serial}.log`);
  await writeFile(path, content);
  return path;
}

async function read(content: string, options: LogOptions): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of readLog({ path: await file(content), isRunning: () => false, signal: new AbortController().signal }, options)) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('reading a log', () => {
  const cases: { name: string; options: LogOptions; want: string; content?: string }[] = [
    { name: 'joins partial lines', options: {}, want: 'one\ntwo, still two\nthree\n\n' },
    { name: 'takes the last records, however many lines they are', options: { tailLines: 3 }, want: 'two, still two\nthree\n\n' },
    { name: 'takes nothing for zero lines', options: { tailLines: 0 }, want: '' },
    { name: 'takes everything when there are fewer lines', options: { tailLines: 100 }, want: 'one\ntwo, still two\nthree\n\n' },
    {
      name: 'stamps records once',
      options: { timestamps: true, tailLines: 3 },
      want: '2026-01-01T00:00:02.123456789Z two, still two\n2026-01-01T00:00:03.123456789Z three\n2026-01-01T00:00:04.123456789Z \n',
    },
    { name: 'starts at a time', options: { sinceMs: Date.parse('2026-01-01T00:00:03Z') }, want: 'three\n\n' },
    { name: 'stops after so many bytes', options: { limitBytes: 6 }, want: 'one\ntw' },
    { name: 'takes one stream', options: { stream: 'stderr' }, want: 'three\n' },
    { name: 'skips what is no log line', options: {}, content: `garbage\n${line(1, 'one')}2026 what ever\n`, want: 'one\n' },
    { name: 'leaves an unfinished line at the end alone', options: {}, content: `${line(1, 'one')}2026-01-01T00:00:02Z stdout F half`, want: 'one\n' },
  ];
  for (const { name, options, want, content } of cases) it(name, async () => assert.equal(await read(content ?? sample, options), want));

  it('finds the last lines of a file of many chunks', async () => {
    const content = Array.from({ length: 5_000 }, (_, index) => line(index % 10, `record ${index}`)).join('');
    assert.equal(await read(content, { tailLines: 2 }), 'record 4998\nrecord 4999\n');
    assert.equal(await readLastLines(await file(content), { lines: 1, bytes: 100 }), 'record 4999\n');
  });
});

describe('following a log', () => {
  it('goes on through a rotation and ends with the container', async () => {
    const path = await file(line(1, 'one'));
    let isRunning = true;
    const seen: string[] = [];
    const following = (async () => {
      for await (const part of readLog({ path, isRunning: () => isRunning, signal: new AbortController().signal }, { follow: true }))
        seen.push(part.toString());
    })();
    const until = async (text: string): Promise<void> => {
      while (!seen.join('').includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until('one');
    await appendFile(path, line(2, 'two'));
    await until('two');
    await rename(path, `${path}.old`);
    await appendFile(`${path}.old`, line(3, 'three'));
    await writeFile(path, line(4, 'four'));
    await until('four');
    await appendFile(path, line(5, 'five'));
    isRunning = false;
    await following;
    assert.equal(seen.join(''), 'one\ntwo\nthree\nfour\nfive\n');
  });

  it('ends when the reader leaves', async () => {
    const path = await file(line(1, 'one'));
    const abort = new AbortController();
    const log = readLog({ path, isRunning: () => true, signal: abort.signal }, { follow: true });
    assert.equal((await log.next()).value?.toString(), 'one\n');
    const rest = log.next();
    abort.abort();
    assert.equal((await rest).done, true);
  });
});

describe('rotating a log', () => {
  it('packs older files and keeps so many', async () => {
    const folder = await mkdtemp(join(directory, 'rotation-'));
    const path = join(folder, '0.log');
    const reopened: string[] = [];
    const runtime = {
      reopenContainerLog: async (id: string) => {
        reopened.push(id);
        await writeFile(path, '');
      },
    };
    for (const stamp of ['20250101-000000', '20250102-000000', '20250103-000000', '20250104-000000']) await writeFile(`${path}.${stamp}`, 'old');
    await writeFile(path, 'x'.repeat(100));
    assert.equal(await rotateLog(path, 'id', runtime, { maximumBytes: 100, maximumFiles: 5 }), true);
    const names = (await readdir(folder)).sort();
    assert.deepEqual(names.slice(0, 4), ['0.log', '0.log.20250102-000000.gz', '0.log.20250103-000000.gz', '0.log.20250104-000000.gz']);
    assert.equal(names.length, 5);
    assert.deepEqual(reopened, ['id']);
  });

  it('leaves small files alone', async () => {
    assert.equal(await rotateLog(await file('small'), 'id', { reopenContainerLog: () => Promise.reject(new Error('not expected')) }), false);
  });
});
