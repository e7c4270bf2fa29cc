import type { Pod } from '../../api/generated/core-v1.ts';
import type { AttemptRecorder } from '../../extension-points/scheduling/decision.ts';
import type { SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import type { Log } from '../../kernel/log.ts';
import { messageOf } from './failure.ts';
import { podName } from './pod-facts.ts';

export interface BindByExtender {
  readonly pod: Pod;
  readonly nodeName: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly record: AttemptRecorder | undefined;
}

/** Binds a pod through the extender that binds and is interested in it; answers whether one did. Rejects when one fails that must not be passed over. */
export async function bindByExtender(extenders: readonly SchedulingExtender[], { pod, nodeName, signal, log, record }: BindByExtender): Promise<boolean> {
  for (const extender of extenders) {
    if (!extender.bind || !extender.isInterested(pod)) continue;
    const startedMs = performance.now();
    const told = { name: extender.name, verb: 'bind' } as const;
    try {
      await extender.bind(pod, nodeName, signal);
      record?.extended({ ...told, durationMilliseconds: performance.now() - startedMs });
      return true;
    } catch (error) {
      const { isIgnorable } = extender;
      record?.extended({ ...told, durationMilliseconds: performance.now() - startedMs, error: messageOf(error), ...(isIgnorable ? { isIgnored: true } : {}) });
      if (!isIgnorable) throw error;
      log.info('an extender that may be ignored did not bind', { extender: extender.name, pod: podName(pod), error: messageOf(error) });
    }
  }
  return false;
}
