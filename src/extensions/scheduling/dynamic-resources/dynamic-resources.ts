import type { Pod } from '../../../api/generated/core-v1.ts';
import { deviceclasses, nodes, resourceclaims, resourceslices } from '../../../api/generated/resource-types.ts';
import type { Client } from '../../../client/client.ts';
import type { PostFilterResult, SchedulingHandle, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { ExtendedResourceClasses } from '../../../extension-points/scheduling/devices/extended-resource-classes.ts';
import { scaleToMaximum } from '../../../extension-points/scheduling/normalize-scores.ts';
import { podRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import { SliceIndex } from './allocation/slice-index.ts';
import { awaitReadiness } from './await-readiness.ts';
import { bindClaims } from './bind-claims.ts';
import { hasBindingConditions } from './binding-conditions.ts';
import { ClaimLedger } from './claim-ledger.ts';
import { dynamicResourcesOptions } from './dynamic-resources-arguments.ts';
import { filterNode } from './filter-node.ts';
import { pendingClaimsOf } from './pending-claims.ts';
import { noClaims, type PodCycle, readCycle, writeCycle } from './pod-cycle.ts';
import { claimsOf, failure, readPod } from './read-pod.ts';
import { deallocateClaim, deleteClaim, releaseFor, unreserveClaims } from './release-claims.ts';
import { reserveClaims } from './reserve-claims.ts';
import { hasAlternatives, scoreAlternatives } from './score-alternatives.ts';
import { dynamicResourcesEvents } from './wake-up.ts';

type Handle = Pick<SchedulingHandle, 'client' | 'clock' | 'events' | 'informers'>;

/**
 * Gives devices to pods: keeps them to nodes where their resource claims are allocated, or can be, and writes to the claims what was chosen. Extended resources that a
 * device class stands behind become a claim of their own where a node has no device plugin for them. Throws for arguments out of range.
 */
export default function dynamicResources(args: unknown, handle: Handle): SchedulingPlugin {
  const { client, clock, events, informers } = handle;
  const { filterTimeoutMs, bindingTimeoutMs } = dynamicResourcesOptions(args);
  const classes = informers.informer(deviceclasses);
  const ledger = new ClaimLedger(informers.informer(resourceclaims), pendingClaimsOf(client));
  const extendedClasses = new ExtendedResourceClasses(informers);
  const slices = new SliceIndex();
  informers.informer(resourceslices).onChange({
    added: (slice) => slices.set(slice),
    updated: (slice, old) => {
      slices.delete(old);
      slices.set(slice);
    },
    deleted: (slice) => slices.delete(slice),
  });
  informers.informer(nodes).onChange({ deleted: ({ metadata }) => slices.forgetNode(metadata.name ?? '') });
  const classOf = (name: string) => classes.get({ name });
  const lookups = { ledger, classOf, extendedClasses };
  const filtering = { slices, inUse: ledger.inUse, classOf, extendedClasses, filterTimeoutMs, bindingTimeoutMs, nowMs: () => clock.now() };

  return {
    preEnqueue(pod) {
      const own = claimsOf(pod, lookups);
      return typeof own === 'string' ? unresolvable(own) : success;
    },
    preFilter(state, pod) {
      if (!mayNeedDevices(pod)) {
        writeCycle(state, nothing);
        return { status: skip };
      }
      writeCycle(state, noClaims());
      const read = readPod(pod, lookups);
      if (!read) return { status: skip };
      if ('code' in read) return { status: read };
      writeCycle(state, read);
      return { status: success };
    },
    filter(state, pod, node) {
      const cycle = readCycle(state);
      return cycle ? filterNode(cycle, pod, node, filtering) : failure(new Error('not found'));
    },
    postFilter: (state, pod) => release(readCycle(state), pod, client),
    reviewPostFilter: (state, pod) => release(readCycle(state), pod, undefined),
    preScore(state) {
      const cycle = readCycle(state);
      return cycle && hasAlternatives(cycle) ? success : skip;
    },
    score(state, _pod, { name }) {
      const found = readCycle(state)?.byNode.get(name);
      return found ? scoreAlternatives(found) : 0;
    },
    normalizeScores: (_state, _pod, scores) => scaleToMaximum(scores),
    reserve(state, _pod, nodeName) {
      const cycle = readCycle(state);
      return cycle ? reserveClaims(cycle, nodeName, ledger) : success;
    },
    unreserve(state, pod) {
      const cycle = readCycle(state);
      if (cycle) unreserveClaims(cycle, pod, ledger, client);
    },
    preBindPreFlight: (state) => (readCycle(state)?.claims.length ? success : skip),
    async preBind(state, pod, nodeName, signal) {
      const cycle = readCycle(state);
      if (!cycle?.claims.length) return success;
      try {
        await bindClaims(cycle, pod, nodeName, { client, clock, ledger });
        if (!cycle.claims.some(({ claim }) => hasBindingConditions(claim))) return success;
        events.record(pod, 'Normal', 'BindingConditionsPending', `waiting for binding conditions for device on node ${nodeName}`);
        await awaitReadiness(cycle, { ledger, bindingTimeoutMs, clock, informers }, signal);
        return success;
      } catch (error) {
        return failure(error);
      }
    },
    // Which class stands behind an extended resource may change, and with it what the pod waits for.
    sign: (pod) => (mayNeedDevices(pod) ? undefined : ''),
    eventsToRegister: () => dynamicResourcesEvents(lookups),
    [Symbol.dispose]: () => ledger[Symbol.dispose](),
  };
}

/** Of pods without claims: never written to. */
const nothing = noClaims();

const mayNeedDevices = (pod: Pod): boolean => (pod.spec?.resourceClaims?.length ?? 0) > 0 || podRequests(pod).scalar.size > 0;

/** Without a client it only says what would be done. */
async function release(cycle: PodCycle | undefined, pod: Pod, client: Client | undefined): Promise<PostFilterResult> {
  // Another plugin refused the pod as a whole before this one was asked: upstream then has nothing more to say, and nobody preempts.
  if (!cycle) return { status: unresolvable('not found') };
  if (cycle.claims.length === 0) return said('no new claims to deallocate');
  const found = releaseFor(cycle, pod);
  if (found.kind === 'nothing') return said('still not schedulable');
  try {
    if (client) await (found.kind === 'deallocate' ? deallocateClaim(found.claim, client) : deleteClaim(found.claim, client));
  } catch (error) {
    return { status: failure(error) };
  }
  return said(found.kind === 'deallocate' ? 'deallocation of ResourceClaim completed' : 'deletion of ResourceClaim completed');
}

const said = (message: string): { readonly status: Status } => ({ status: unschedulable(message) });
