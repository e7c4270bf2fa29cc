import type { Pod } from '../../../src/api/generated/core-v1.ts';
import { pods } from '../../../src/api/generated/resource-types.ts';
import { makeObject, type ScoresOf } from './play.ts';
import { type ProbeAnswer, probe } from './probe.ts';
import { randomCluster } from './random-cluster.ts';
import { type Stage, startStage } from './stage.ts';

/** Makes the cluster of a number and tries its pods, one after the other. `start` starts the scheduler that is asked. */
export async function playRandom(
  { seed, probes }: { readonly seed: number; readonly probes: number },
  start: (stage: Stage) => Promise<AsyncDisposable & { readonly scoresOf: ScoresOf }>,
): Promise<{ readonly pod: Pod; readonly answer: ProbeAnswer }[]> {
  const cluster = randomCluster(seed, probes);
  await using stage = await startStage();
  stage.informers.informer(pods);
  await stage.informers.synced();
  for (const object of cluster.objects) await makeObject(stage, object);
  await using scheduler = await start(stage);
  const answers: { pod: Pod; answer: ProbeAnswer }[] = [];
  for (const pod of cluster.probes) answers.push({ pod, answer: await probe(stage, pod, scheduler.scoresOf) });
  return answers;
}
