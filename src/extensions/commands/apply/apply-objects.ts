import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { mayOverlap } from './apply-order.ts';
import type { Applied } from './apply-work.ts';

const requestsAtOnce = 64;

interface Flight {
  readonly info: ResourceInfo;
  readonly end: Promise<void>;
}

export type Outcome = { readonly applied: Applied } | { readonly error: unknown };

/**
 * Applies objects in their order, many at a time where no order is needed, and tells of each in its turn. Several may be told of at once. An error does not keep the others back.
 */
export async function applyObjects(
  infos: readonly ResourceInfo[],
  apply: (info: ResourceInfo) => Promise<Applied>,
  tell: (outcomes: readonly Outcome[]) => void,
): Promise<void> {
  const outcomes: (Outcome | undefined)[] = infos.map(() => undefined);
  const flights = new Set<Flight>();
  let told = 0;
  const tellFinished = (): void => {
    const start = told;
    while (told < outcomes.length && outcomes[told]) told++;
    if (told > start) tell(outcomes.slice(start, told) as Outcome[]);
  };
  for (const [index, info] of infos.entries()) {
    while (flights.size >= requestsAtOnce || [...flights].some((flight) => mustFollow(flight.info, info))) {
      await Promise.race([...flights].map(({ end }) => end));
      tellFinished();
    }
    const flight: Flight = {
      info,
      end: apply(info)
        .then(
          (applied) => void (outcomes[index] = { applied }),
          (error: unknown) => void (outcomes[index] = { error }),
        )
        .finally(() => flights.delete(flight)),
    };
    flights.add(flight);
  }
  while (flights.size > 0) {
    await Promise.race([...flights].map(({ end }) => end));
    tellFinished();
  }
  tellFinished();
}

/** One object twice in a file is changed twice. */
const mustFollow = (earlier: ResourceInfo, later: ResourceInfo): boolean =>
  !mayOverlap(earlier.resource, later.resource) ||
  (earlier.name === later.name && earlier.namespace === later.namespace && earlier.resource.resource === later.resource.resource);
