import assert from 'node:assert/strict';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { kubectlBinary, type TestCluster } from '../../fixtures/cluster.ts';
import { type Outcome, run } from '../../fixtures/run.ts';
import type { DetailedCase, GoldenCase } from './golden-case.ts';

const wherry = join(import.meta.dirname, '../../../dist/wherry.js');
/** What is counted in seconds may pass on between the two runs. */
const attempts = 4;

/** Registers a test for each case: both programs run the line on one cluster, in folders of their own with the same files. */
export function goldenTests(cluster: () => TestCluster, cases: readonly GoldenCase[], files: Readonly<Record<string, string>> = {}): void {
  for (const each of cases) {
    const golden: DetailedCase = Array.isArray(each) ? { args: each as readonly string[] } : (each as DetailedCase);
    const title = `kubectl ${golden.args.map((word) => (/^[\w./:=,@-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')}`;
    it(golden.difference ? `${title} (differs: ${golden.difference})` : title, async () => compare(cluster(), golden, files));
  }
}

async function compare(cluster: TestCluster, golden: DetailedCase, files: Readonly<Record<string, string>>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const world = await prepareFolders(cluster, files);
    const expected = await runOnce(cluster, golden, world.kubectl);
    const actual = await runOnce(cluster, golden, world.wherry);
    try {
      check(golden, expected, actual);
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
}

let folders = 0;

async function prepareFolders(cluster: TestCluster, files: Readonly<Record<string, string>>): Promise<{ kubectl: Program; wherry: Program }> {
  const root = join(cluster.directory, 'golden', String(++folders));
  const folder = (name: string): string => {
    const directory = join(root, name);
    mkdirSync(directory, { recursive: true });
    cpSync(cluster.kubeconfig, join(directory, 'kubeconfig'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(directory, path, '..'), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    return directory;
  };
  // Messages hold the name that the program was called by.
  const stock = join(root, 'kubectl');
  mkdirSync(root, { recursive: true });
  symlinkSync(kubectlBinary(), stock);
  return {
    kubectl: { command: stock, args: [], directory: folder('k') },
    wherry: { command: process.execPath, args: [wherry], directory: folder('w') },
  };
}

async function runOnce(cluster: TestCluster, golden: DetailedCase, program: Program): Promise<Outcome> {
  for (const args of golden.before ?? []) await cluster.mustKubectl(args);
  const { directory } = program;
  const outcome = await run(program.command, [...program.args, ...golden.args], {
    cwd: directory,
    environment: {
      PATH: process.env['PATH'],
      HOME: directory,
      KUBECONFIG: join(directory, 'kubeconfig'),
      WHERRY_CALLED_AS: 'kubectl',
      WHERRY_DATA_DIR: join(directory, 'none'),
      ...golden.environment,
    },
    ...(golden.stdin === undefined ? {} : { input: golden.stdin }),
  });
  let shown = '';
  for (const args of golden.shows ?? []) shown += (await cluster.kubectl(args)).stdout;
  for (const args of golden.after ?? []) await cluster.kubectl(args);
  const tidy = (text: string): string => (golden.normalize ?? ((same: string) => same))(withoutNewFormats(text.replaceAll(directory, '/folder')));
  return { code: outcome.code, stdout: tidy(outcome.stdout + shown), stderr: tidy(withoutLogs(outcome.stderr)) };
}

/** Formats that newer ones know stand among those that messages name and completion offers. */
const withoutNewFormats = (text: string): string => text.replace(/(allowed formats are: .*),kyaml,/, '$1,').replace(/^kyaml\n/gm, '');

/** The stock kubectl logs what it tries; wherry says only what came of it. */
const withoutLogs = (text: string): string => text.replace(/^[EWI]\d{4} \d\d:\d\d:.*\n/gm, '').replace(/^WARNING: version difference .*\n/gm, '');

function check(golden: DetailedCase, expected: Outcome, actual: Outcome): void {
  if (golden.differsInCode) return;
  if (golden.difference) return assert.equal(actual.code, expected.code, `exit code\n${actual.stdout}${actual.stderr}`);
  if (golden.ignoresErrors) assert.deepEqual({ code: actual.code, stdout: actual.stdout }, { code: expected.code, stdout: expected.stdout }, actual.stderr);
  else assert.deepEqual(actual, expected);
}
