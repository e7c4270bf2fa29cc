import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../fixtures/run.ts';
import type { CorpusCase, CorpusObject } from './case.ts';
import { comparableText } from './comparable.ts';

/** Runs one kubectl against a server. */
export type Kubectl = (args: readonly string[]) => Promise<Outcome>;

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How often kubectl runs beside itself. */
const concurrency = 3;

/**
 * What a kubectl prints while it works with all cases at once, and with each: definitions and objects are applied in both ways from one file, refusals come from
 * one file. Ends with the definitions deleted.
 */
export async function runKubectl(kubectl: Kubectl, cases: readonly CorpusCase[], settled: () => Promise<void>): Promise<Record<string, Printed>> {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  const printed: Record<string, Printed> = {};
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const run = async (line: string, args: readonly string[] = line.split(' ')): Promise<void> => {
    const { code, stdout, stderr } = await kubectl(args);
    printed[line] = {
      code,
      stdout: comparableText(line.startsWith('explain') ? withoutDescriptions(stdout) : stdout),
      stderr: comparableText(stderr.replaceAll(folder, '<folder>')),
    };
  };
  try {
    const definitions = file('definitions.yaml', cases.map(({ text }) => text).join('---\n'));
    const all = cases.flatMap(({ objects }) => objects);
    const objects = file('objects.yaml', listOf(all));
    const labelled = file('labelled.yaml', listOf(all.map((object) => ({ ...object, metadata: { ...object.metadata, labels: { corpus: 'labelled' } } }))));
    await run('apply definitions', ['apply', '-f', definitions]);
    await run('wait for definitions', ['wait', '--for=condition=Established', '--timeout=20s', '-f', definitions]);
    await settled();
    await run('apply definitions server-side', ['apply', '--server-side', '--force-conflicts', '-f', definitions]);
    await run('apply objects in a dry run', ['apply', '--validate=false', '--dry-run=server', '-f', objects]);
    await run('apply objects', ['apply', '--validate=false', '-f', objects]);
    await run('apply objects again', ['apply', '--validate=false', '-f', objects]);
    await run('apply objects server-side', ['apply', '--validate=false', '--server-side', '-f', objects]);
    await run('apply labels as another', ['apply', '--server-side', '--field-manager=labeller', '--validate=false', '-f', labelled]);
    await run('apply objects over the labels', ['apply', '--validate=false', '-f', objects]);
    await run('replace objects', ['replace', '--validate=false', '-f', objects]);
    await run('create what is refused', ['create', '--validate=false', '-f', file('refused.yaml', listOf(cases.flatMap(({ refused }) => refused)))]);
    await sideBySide(cases.map((corpusCase) => () => ofCase(run, corpusCase)));
    await run('delete objects', ['delete', '--ignore-not-found', '-f', objects]);
    await run('delete definitions', ['delete', '-f', definitions]);
    return printed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Wherry describes built-in fields in its own words: the fields and their types remain. */
const withoutDescriptions = (text: string): string => text.replace(/^ {4}.*\n|^ *\n/gm, (line) => (line.includes('\t') ? line : ''));

const listOf = (items: readonly CorpusObject[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('---\n');

async function ofCase(run: (line: string, args?: readonly string[]) => Promise<void>, { explain, kubectl, definition }: CorpusCase): Promise<void> {
  const [root, ...fields] = explain;
  if (root) await run(`explain --recursive ${root} --api-version=${versionOf(definition)}`);
  for (const path of fields) await run(`explain ${path}`);
  for (const line of kubectl) await run(line);
}

const versionOf = ({ spec }: CorpusCase['definition']): string => `${spec.group}/${spec.versions.find(({ storage }) => storage)!.name}`;

async function sideBySide(tasks: (() => Promise<void>)[]): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let task = tasks.shift(); task; task = tasks.shift()) await task();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
