import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { comparable } from './comparable.ts';
import { configurationWith, startExtender } from './extender.ts';
import { play, quiet, see } from './play.ts';
import { startStage } from './stage.ts';
import type { Answers, Seen, Trace } from './trace.ts';
import { groups } from './traces/index.ts';
import { startWherry, type WherryScheduler } from './wherry-scheduler.ts';

const giveUpMs = 60_000;
/** What comes too late for one look is seen at the next: events stay. */
const quietMs = 200;

for (const [group, traces] of Object.entries(groups)) {
  describe(`what upstream's scheduler made of traces about ${group}`, () => {
    const answers = JSON.parse(readFileSync(join(import.meta.dirname, 'answers', `${group}.json`), 'utf8')) as Record<string, Answers>;
    const byConfiguration = Map.groupBy(traces, ({ configuration, extender }) => JSON.stringify([configuration, extender]));
    for (const alike of byConfiguration.values()) {
      it(`is what wherry's makes of ${alike.map(({ name }) => name).join(', ')}`, async (test) => {
        await using stage = await startStage();
        const [first] = alike as [Trace, ...Trace[]];
        await using extender = first.extender && (await startExtender(first.extender));
        await using scheduler: WherryScheduler = await startWherry(stage, configurationWith(first, extender));
        for (const trace of alike) {
          await test.test(trace.name, async () => {
            await play(stage, trace, async (text) => {
              const expected = answers[trace.name]?.[text];
              assert.ok(expected, `nothing was recorded for ${trace.name}/${text}`);
              const now = (): Seen => see(stage, trace, scheduler.scoresOf);
              const untilMs = Date.now() + giveUpMs;
              do await quiet(stage, quietMs);
              while (Date.now() < untilMs && !isDeepStrictEqual(...comparable(now(), expected)));
              assert.deepEqual(...comparable(now(), expected), text);
            });
          });
        }
      });
    }
  });
}
