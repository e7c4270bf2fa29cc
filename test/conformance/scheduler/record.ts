/**
 * Writes down what upstream's scheduler makes of the traces: `node test/conformance/scheduler/record.ts <kube-scheduler> [file or trace ...]`. The answers that are kept
 * are those of kube-scheduler 1.36.0.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationWith, startExtender } from './extender.ts';
import { play, quiet, see } from './play.ts';
import { startStage } from './stage.ts';
import type { Answers, Seen } from './trace.ts';
import { groups } from './traces/index.ts';
import { startUpstream, type UpstreamScheduler } from './upstream-scheduler.ts';

const folder = join(import.meta.dirname, 'answers');
const [binary, ...wanted] = process.argv.slice(2);
if (!binary) throw new Error('usage: record.ts <kube-scheduler> [file or trace ...]');
mkdirSync(folder, { recursive: true });
for (const [group, traces] of Object.entries(groups)) {
  const path = join(folder, `${group}.json`);
  const answers: Record<string, Answers> = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, Answers>) : {};
  const chosen = traces.filter(({ name }) => wanted.length === 0 || wanted.includes(group) || wanted.includes(name));
  if (chosen.length === 0) continue;
  await using stage = await startStage();
  let scheduler: UpstreamScheduler | undefined;
  let last: string | undefined;
  for (const trace of chosen) {
    await using extender = trace.extender && (await startExtender(trace.extender));
    const key = JSON.stringify([trace.configuration, trace.extender]);
    if (!scheduler || key !== last) {
      await scheduler?.[Symbol.asyncDispose]();
      scheduler = await startUpstream(binary, stage, configurationWith(trace, extender));
      last = key;
    }
    const { scoresOf } = scheduler;
    const seen: Record<string, Seen> = {};
    await play(stage, trace, async (text, quietMs) => {
      await quiet(stage, quietMs);
      seen[text] = see(stage, trace, scoresOf);
    });
    answers[trace.name] = seen;
    process.stderr.write(`${group}/${trace.name}\n`);
  }
  await scheduler?.[Symbol.asyncDispose]();
  for (const line of new Set(scheduler?.complaints)) process.stderr.write(`  ${line}\n`);
  const known = traces.filter(({ name }) => answers[name]).map(({ name }) => [name, answers[name]]);
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(known), undefined, 1)}\n`);
}
