import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { readConfiguration } from './configuration/read-configuration.ts';
import { schedulingConformance } from './conformance.ts';
import type { SchedulingPlugin } from './contract.ts';
import { NodeRecord } from './node-record.ts';
import { SchedulingState } from './scheduling-state.ts';

const example = new URL('../../../examples/scheduling-plugin/', import.meta.url);
const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
const shown = (language: string): string => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme)![1]!;
const { default: fewPods } = (await import(new URL('few-pods.ts', example).href)) as { default: (args: unknown) => SchedulingPlugin };

it('shows the files of the example', () => {
  assert.equal(shown('ts'), readFileSync(new URL('few-pods.ts', example), 'utf8'));
  assert.equal(shown('yaml'), readFileSync(new URL('scheduler.yaml', example), 'utf8'));
});

it('shows an example that works', () => {
  const pod = { metadata: { name: 'a' }, spec: { containers: [] } };
  const small = NodeRecord.of({ metadata: { name: 'n', labels: { size: 'small' } }, spec: {} }, [pod]);
  const filter = (most: number): string => fewPods({ most }).filter!(new SchedulingState(), pod, small).code;
  assert.deepEqual([filter(1), filter(2)], ['unschedulable', 'success']);
  const { profiles } = readConfiguration(shown('yaml'), () => false);
  assert.deepEqual(profiles[0]!.pluginConfig.get('./few-pods.ts'), { most: 2 });
});

schedulingConformance('FewPods', () => fewPods({}));
