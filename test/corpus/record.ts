/**
 * Records what a Kubernetes API server answers to the corpus: `node test/corpus/record.ts <url> <kubeconfig> [case ...]`. The server has none of the definitions and
 * lets everyone do everything; `answers/` was recorded from upstream's apiextensions-apiserver 0.36.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectlBinary } from '../fixtures/cluster.ts';
import { run } from '../fixtures/run.ts';
import { define, runCase, type Send } from './battery.ts';
import { type CorpusCase, corpus } from './case.ts';
import { runKubectl } from './kubectl-battery.ts';
import { sender } from './send.ts';

const folder = join(import.meta.dirname, 'answers');
const [url, kubeconfig, ...wanted] = process.argv.slice(2);
if (!url || !kubeconfig) throw new Error('usage: record.ts <url> <kubeconfig> [case ...]');
mkdirSync(folder, { recursive: true });
using send = sender(url);
const cases = corpus().filter(({ name }) => wanted.length === 0 || wanted.includes(name) || wanted.includes('kubectl'));

const write = (name: string, value: unknown): void => writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(value, undefined, 1)}\n`);

if (!wanted.includes('kubectl')) {
  for (const corpusCase of cases) await define(send, corpusCase);
  await isServed(send, cases);
  for (const corpusCase of cases) write(corpusCase.name, await runCase(send, corpusCase));
  for (const { definition } of cases)
    await send('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`, undefined, {});
  await isEmpty(send);
}
if (wanted.length === 0 || wanted.includes('kubectl')) {
  for (const version of ['1.27', '1.33']) {
    const cache = join(tmpdir(), `corpus-${process.pid}-${version}`);
    const kubectl = (args: readonly string[]) => run(kubectlBinary(version), ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...args]);
    write(`kubectl-${version}`, await runKubectl(kubectl, cases, () => isServed(send, cases)));
    rmSync(cache, { recursive: true, force: true });
    await isEmpty(send);
  }
}

/** Upstream removes definitions some seconds after it is asked to. */
async function isEmpty(to: Send): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const { text } = await to('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', undefined, {});
    if ((JSON.parse(text) as { items: unknown[] }).items.length === 0) return;
    await sleep(100);
  }
  throw new Error('definitions are not removed');
}

/** Upstream's OpenAPI follows a definition after some time. */
async function isServed(to: Send, definitions: readonly CorpusCase[]): Promise<void> {
  for (const { definition } of definitions) {
    const { group, names, versions } = definition.spec;
    for (const { name } of versions.filter(({ served }) => served)) {
      for (let tries = 0; ; tries++) {
        const { code, text } = await to('GET', `/openapi/v3/apis/${group}/${name}`, undefined, {});
        if (code === 200 && text.includes(`"kind":"${names.kind}"`)) break;
        if (tries > 100) throw new Error(`${definition.metadata.name} is not served: ${text}`);
        await sleep(100);
      }
    }
  }
  await sleep(2_000);
}
