import type { Pod } from '../../api/generated/core-v1.ts';
import type { SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import type { Log } from '../../kernel/log.ts';
import { messageOf } from './failure.ts';
import { podName } from './pod-facts.ts';

/** Binds a pod through the extender that binds and is interested in it; answers whether one did. Rejects when one fails that must not be passed over. */
export async function bindByExtender(
  extenders: readonly SchedulingExtender[],
  { pod, nodeName, signal, log }: { readonly pod: Pod; readonly nodeName: string; readonly signal: AbortSignal; readonly log: Log },
): Promise<boolean> {
  for (const extender of extenders) {
    if (!extender.bind || !extender.isInterested(pod)) continue;
    try {
      await extender.bind(pod, nodeName, signal);
      return true;
    } catch (error) {
      if (!extender.isIgnorable) throw error;
      log.info('an extender that may be ignored did not bind', { extender: extender.name, pod: podName(pod), error: messageOf(error) });
    }
  }
  return false;
}
