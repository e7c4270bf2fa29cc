import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { schedulingConformance } from './conformance.ts';
import type { SchedulingPlugin } from './contract.ts';
import { NodeRecord } from './node-record.ts';
import { SchedulingState } from './scheduling-state.ts';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!.replaceAll(/from '(\.[^']+)'/g, (_, path: string) => `from '${new URL(path, import.meta.url).href}'`);
const folder = mkdtempSync(join(tmpdir(), 'scheduling-readme-'));
writeFileSync(join(folder, 'example.ts'), code);
const { default: fewPodsOnSmallNodes } = (await import(pathToFileURL(join(folder, 'example.ts')).href)) as { default: (args: unknown) => SchedulingPlugin };
rmSync(folder, { recursive: true });

it('runs the example of the README', () => {
  const pod = { metadata: { name: 'a' }, spec: { containers: [] } };
  const small = NodeRecord.of({ metadata: { name: 'n', labels: { size: 'small' } }, spec: {} }, [pod]);
  const filter = (most: number): string => fewPodsOnSmallNodes({ most }).filter!(new SchedulingState(), pod, small).code;
  assert.deepEqual([filter(1), filter(2)], ['unschedulable', 'success']);
});

schedulingConformance('fewPodsOnSmallNodes', () => fewPodsOnSmallNodes({}));
