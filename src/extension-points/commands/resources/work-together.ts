import { setImmediate as turn } from 'node:timers/promises';
import { ManyErrors } from '../errors/command-errors.ts';
import type { Found, Outcome, ResourceInfo, TogetherWork } from './contract.ts';
import { isDefinition, Unfinished } from './work-order.ts';

/** Requests under way at once. A server that has more to do than it wants to says so, and is asked again. */
const atOnce = 64;
/** So many are read before the first of them is done. */
const maximumRead = 10_000;
/** So far back it is looked for one that may begin. */
const maximumLookedAt = 512;

interface Slot<Result> {
  readonly info: ResourceInfo | undefined;
  isBegun: boolean;
  outcome: Outcome<Result> | undefined;
}

/**
 * Does the work for each that is found, several at once where their order does not matter, and tells of each in its turn, several together. What stands behind a definition is
 * read when that is done. Throws what ends the finding, and the signal's reason when it aborts: what was begun is done and told by then.
 */
export async function workTogether<Result>(found: AsyncIterable<Found>, { work, tell, order, signalOf }: TogetherWork<Result>): Promise<void> {
  const steps = found[Symbol.asyncIterator]();
  const slots: Slot<Result>[] = [];
  const flights = new Set<Promise<void>>();
  let done = 0;
  let isRead = false;
  let definitions = 0;
  const isStopped = (): boolean => signalOf?.(done + slots.length)?.aborted ?? false;

  const begin = (slot: Slot<Result>, info: ResourceInfo): void => {
    slot.isBegun = true;
    const flight: Promise<void> = work(info)
      .then(
        (result) => void (slot.outcome = { info, result }),
        (error: unknown) => void (slot.outcome = { info, error }),
      )
      .finally(() => {
        flights.delete(flight);
        if (isDefinition(info)) definitions--;
      });
    flights.add(flight);
  };
  const beginAllowed = (): void => {
    const unfinished = new Unfinished(order);
    for (const slot of slots.slice(0, maximumLookedAt)) {
      if (flights.size >= atOnce) return;
      if (slot.outcome || !slot.info) continue;
      if (!slot.isBegun && unfinished.allows(slot.info)) begin(slot, slot.info);
      unfinished.add(slot.info);
    }
  };
  const tellDone = (): void => {
    const open = slots.findIndex(({ outcome }) => outcome === undefined);
    const outcomes = slots.splice(0, open < 0 ? slots.length : open).map(({ outcome }) => outcome!);
    done += outcomes.length;
    if (outcomes.length > 0) tell(outcomes, { done, total: done + slots.length, isAll: isRead });
  };
  const read = async (): Promise<void> => {
    const step = await steps.next();
    if (step.done) isRead = true;
    else if ('error' in step.value) slots.push({ info: undefined, isBegun: true, outcome: step.value });
    else {
      slots.push({ info: step.value.info, isBegun: false, outcome: undefined });
      if (isDefinition(step.value.info)) definitions++;
    }
  };

  while (!isRead || slots.length > 0) {
    while (!isRead && definitions === 0 && slots.length < maximumRead && !isStopped()) {
      await read();
      if (flights.size < atOnce) beginAllowed();
    }
    if (!isStopped()) beginAllowed();
    if (flights.size > 0) {
      await Promise.race(flights);
      // Answers come several in a packet: they are told together.
      await turn();
    }
    tellDone();
    if (flights.size === 0 && isStopped()) break;
  }
  if (isRead && slots.length === 0) return;
  await steps.return?.();
  throw signalOf!(done + slots.length)!.reason;
}

/** The same, going on after errors and throwing all at the end, `earlier` ones in front. What is ignored is not told either. */
export async function workOnAll<Result>(
  found: AsyncIterable<Found>,
  work: TogetherWork<Result>,
  { ignores, earlier = [] }: { readonly ignores?: ((error: unknown) => boolean) | undefined; readonly earlier?: readonly unknown[] } = {},
): Promise<void> {
  const errors = [...earlier];
  const unreadable: unknown[] = [];
  await workTogether(found, {
    ...work,
    tell(outcomes, counts) {
      const counted = outcomes.filter((outcome) => !('error' in outcome) || !ignores?.(outcome.error));
      for (const outcome of counted) if ('error' in outcome) (outcome.isUnreadable ? unreadable : errors).push(outcome.error);
      work.tell(counted, counts);
    },
  });
  ManyErrors.throwIfAny([...errors, ...unreadable]);
}
