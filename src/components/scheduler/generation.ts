import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import type { SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import type { AttachableHandle } from '../../extension-points/scheduling/handle.ts';
import { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';

/** What pods that name one scheduler are scheduled with. */
export interface SchedulingProfile {
  /** The value of `spec.schedulerName`. */
  readonly schedulerName: string;
  readonly framework: SchedulingFramework;
  /** The handle that the plugins were made with; the scheduler attaches itself to it. */
  readonly handle?: AttachableHandle;
  /** 0 to 100; 0: as upstream adapts it to the size of the cluster. Default 100: every node that fits is scored. */
  readonly percentageOfNodesToScore?: number;
}

/**
 * Everything a scheduler can be given anew while it runs: plugins, profiles, extenders. What began under one generation ends under it; the scheduler disposes of a
 * generation when nothing of it is under way any more.
 */
export interface SchedulingGeneration extends Partial<Disposable> {
  /** Rises with every generation of a process. */
  readonly number: number;
  /** At least one. All have the same queue order. */
  readonly profiles: readonly SchedulingProfile[];
  /** In the order in which they are asked. */
  readonly extenders?: readonly SchedulingExtender[];
  /** How long a refused pod rests at first, and at most. Default: 1 s, 10 s. */
  readonly initialBackoffMs?: number;
  readonly maximumBackoffMs?: number;
}

/** A generation of every plugin of a roster, at every point that it implements, for each of the names. */
export function generationOfRoster(roster: {
  readonly plugins?: ExtensionPoint<SchedulingPlugin>;
  readonly handle?: AttachableHandle;
  readonly schedulerNames?: readonly string[];
  readonly weights?: Readonly<Record<string, number>>;
  readonly percentageOfNodesToScore?: number;
  readonly clock: Clock;
}): SchedulingGeneration {
  const { plugins, handle, schedulerNames = ['default-scheduler'], weights, percentageOfNodesToScore, clock } = roster;
  if (!plugins) throw new Error('a scheduler needs a generation or plugins');
  const framework = new SchedulingFramework(plugins, { clock, ...(weights ? { weights } : {}) });
  const common = { framework, ...(handle ? { handle } : {}), ...(percentageOfNodesToScore === undefined ? {} : { percentageOfNodesToScore }) };
  return { number: 1, profiles: schedulerNames.map((schedulerName) => ({ schedulerName, ...common })) };
}
