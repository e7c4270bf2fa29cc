import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../test/fixtures/run.ts';
import type { Measurement, Row } from './row.ts';
import { median } from './row.ts';

const entry = join(import.meta.dirname, '../dist/wherry.js');

/** Time from the command to `/readyz` ok, on an empty data directory and on one that was used; the floor is an empty Node program that serves HTTPS. */
export const createRow = (): Row => ({
  name: 'start-up',
  title: 'start-up',
  async measure() {
    const first: number[] = [];
    const second: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < 5; round++) {
      const directory = mkdtempSync(join(tmpdir(), 'wb-'));
      floors.push(await timeBareProgram());
      first.push(await timeStart(directory));
      second.push(await timeStart(directory));
      rmSync(directory, { recursive: true, force: true });
    }
    const floor = median(floors);
    const measurement = (row: string, values: number[], limitMs: number): Measurement => {
      const value = median(values);
      return { row, value, unit: 'ms', floor, ratio: value / floor, target: `within ${limitMs / 1_000} s`, met: value <= limitMs };
    };
    return [measurement('empty data directory to /readyz ok', first, 1_000), measurement('second start to /readyz ok', second, 600)];
  },
});

async function timeStart(directory: string): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [entry, 'up', '--simulate', '--port', '0', '--data-dir', directory, '--kubeconfig', join(directory, 'kubeconfig')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // The API server's own stage line names its address; from then on /readyz is polled.
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const match = /https:\/\/[\d.]+:\d+/.exec(text);
      if (match) resolve(match[0]);
    });
    child.on('exit', (code) => reject(new Error(`wherry up ended with ${code}: ${text}`)));
  });
  while (!(await isReady(url, directory))) await sleep(2);
  const took = performance.now() - started;
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  return took;
}

function isReady(url: string, directory: string): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(`${url}/readyz`, { ca: readFileSync(join(directory, 'certificates', 'ca.crt')), agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.on('error', () => resolve(false));
    outgoing.end();
  });
}

async function timeBareProgram(): Promise<number> {
  const started = performance.now();
  await run(process.execPath, ['-e', "require('node:https').createServer({}).listen(0, () => process.exit())"]);
  return performance.now() - started;
}
