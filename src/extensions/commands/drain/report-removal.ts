import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { createProgress } from '../../../extension-points/commands/progress/progress.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import type { DryRun } from '../../../extension-points/commands/resources/selection-flags.ts';
import { tell } from './change-schedulability.ts';
import type { Removal } from './remove-pods.ts';

/** Where a removal is told; `end` takes the last line of the terminal away. */
export interface RemovalReport extends Pick<Removal, 'out' | 'problem' | 'done'> {
  end(): void;
}

/** Lines as they come; on a terminal one more at the end, for how many of a node's pods are gone. */
export function reportRemoval(
  { streams, clock }: Pick<CommandContext, 'streams' | 'clock'>,
  { node, total, dryRun }: { readonly node: string; readonly total: number; readonly dryRun: DryRun },
): RemovalReport {
  const progress = createProgress(streams, { what: `pods gone from ${node}`, clock, fewest: 1 });
  let gone = 0;
  const telling = (write: () => void): void => {
    progress.pause();
    write();
    progress.show(gone, total);
  };
  return {
    out: (line) => telling(() => streams.stdout.write(`${line}\n`)),
    problem: (line) => telling(() => streams.stderr.write(`${line}\n`)),
    done(pod, operation) {
      gone++;
      telling(() => tell({ streams }, { ...pod, apiVersion: 'v1', kind: 'Pod' } as unknown as ResourceInfo['object'], operation, dryRun));
    },
    end: () => progress.pause(),
  };
}
