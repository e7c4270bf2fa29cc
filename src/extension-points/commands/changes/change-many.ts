import type { CommandContext } from '../contract.ts';
import { ManyErrors } from '../errors/command-errors.ts';
import { failureOf } from '../errors/error-text.ts';
import { createProgress, fewestOfLongWork } from '../progress/progress.ts';
import type { ResourceInfo, ResourceSelection, WorkCounts, WorkOrder } from '../resources/contract.ts';

/** A change of many objects. */
export interface ManyChanges<Result> {
  readonly order: WorkOrder;
  /** What has become of those that are done: `created`. */
  readonly what: string;
  change(info: ResourceInfo): Promise<Result>;
  /** What is told of one, in order: lines for standard output, and warnings for standard error in front of them. */
  tell(result: Result, info: ResourceInfo): { readonly line: string; readonly warnings?: string };
}

/**
 * Changes everything that was found, several at once (see `ResourceSelection.visitTogether`). A terminal shows how far it has come. Who stops it while there is much to do is told
 * what was done until then; what was begun is waited for.
 */
export async function changeMany<Result>(
  context: Pick<CommandContext, 'streams' | 'clock'> & Partial<Pick<CommandContext, 'signal'>>,
  selection: Pick<ResourceSelection, 'visitTogether'>,
  { order, what, change, tell }: ManyChanges<Result>,
): Promise<void> {
  const { stdout, stderr } = context.streams;
  const progress = createProgress(context.streams, { what, clock: context.clock });
  const errors: unknown[] = [];
  let counts: WorkCounts = { done: 0, total: 0, isAll: false };
  // Reading the signal takes Ctrl-C's usual effect away: it is left to those who change few things.
  const signalOf = (total: number): AbortSignal | undefined => (total >= fewestOfLongWork ? context.signal : undefined);
  try {
    await selection.visitTogether<Result>({
      work: change,
      order,
      signalOf,
      tell(outcomes, now) {
        let lines = '';
        let warnings = '';
        for (const outcome of outcomes) {
          if ('error' in outcome) errors.push(outcome.error);
          else {
            const told = tell(outcome.result, outcome.info);
            warnings += told.warnings ?? '';
            lines += told.line;
          }
        }
        progress.pause();
        if (warnings !== '') stderr.write(warnings);
        if (lines !== '') stdout.write(lines);
        counts = now;
        progress.show(now.done, now.total);
      },
    });
  } catch (error) {
    progress.pause();
    if (signalOf(counts.total)?.aborted && error === context.signal?.reason) {
      if (errors.length > 0) stderr.write(failureOf(errors.length === 1 ? errors[0] : new ManyErrors(errors)).text);
      stderr.write(stoppedText(what, counts, errors.length));
    }
    throw error;
  } finally {
    progress.pause();
  }
}

function stoppedText(what: string, { done, total, isAll }: WorkCounts, failed: number): string {
  const refused = failed > 0 ? `, ${failed} failed` : '';
  const rest = isAll ? `${total - done} left as they were` : 'the rest left as it was';
  return `Stopped: ${done - failed}${isAll ? ` of ${total}` : ''} ${what}${refused}, ${rest}.\n`;
}
