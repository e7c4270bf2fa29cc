import type { Pod, PodStatus } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import { ApiError, isConflict, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { podKeyText, podUid } from '../directories.ts';
import { statusPatch } from './status-patch.ts';

export interface StatusReporterDeps {
  /** Who writes; one for all pods, or the one of a pod's node. */
  readonly client: Client | ((pod: Pod) => Client);
  readonly clock: Clock;
  readonly log: Log;
  /** The object in the API that shows a pod: itself, or the mirror of a static pod; undefined when there is none. */
  readonly shownAs: (pod: Pod) => Pod | undefined;
  /** A status that is likely to change at once waits this long; if it does change, a write is saved. Default 20 ms. */
  readonly interimDelayMs?: number;
}

interface Entry {
  pod: Pod;
  wanted: PodStatus;
  /** What the API has, as far as is known. */
  reported: PodStatus | undefined;
  /** The version at which `reported` was read. */
  version: number;
  /** Whether something came since the sender last looked. */
  hasNews: boolean;
  sending: Promise<void> | undefined;
  timer: Disposable | undefined;
}

const defaultInterimDelayMs = 20;
/** A server that keeps something else than what it was sent is asked this often, then left in peace until the status changes. */
const maximumSends = 4;
const retryDelaysMs = [500, 1_000, 2_000, 5_000, 10_000, 30_000];

/** Sends pod statuses to the API: at once, one write at a time per pod, always the newest. */
export class StatusReporter implements Disposable {
  readonly #deps: StatusReporterDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #abort = new AbortController();

  constructor(deps: StatusReporterDeps) {
    this.#deps = deps;
  }

  /** The newest status of a pod, sent or not. */
  get(uid: string): PodStatus | undefined {
    return this.#entries.get(uid)?.wanted;
  }

  set(pod: Pod, status: PodStatus, { isInterim = false }: { isInterim?: boolean } = {}): void {
    const uid = podUid(pod);
    const entry = this.#entries.get(uid) ?? this.#createEntry(pod, status);
    entry.pod = pod;
    entry.wanted = status;
    entry.hasNews = true;
    if (entry.sending) return; // looks again when it is done
    entry.timer?.[Symbol.dispose]();
    if (isInterim) entry.timer = this.#deps.clock.after(this.#deps.interimDelayMs ?? defaultInterimDelayMs, () => this.#send(entry));
    else this.#send(entry);
  }

  /** Takes note of what the API shows, and repairs what somebody else wrote over it. */
  observe(shown: Pod, uid: string): void {
    const entry = this.#entries.get(uid);
    const version = versionOf(shown);
    if (!entry || version < entry.version) return;
    entry.reported = shown.status ?? {};
    entry.version = version;
    entry.hasNews = true;
    if (!entry.sending && !entry.timer && statusPatch(entry.reported, entry.wanted)) this.#send(entry);
  }

  /** Waits until the newest status of a pod has been sent (or cannot be). */
  async flush(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    if (entry.timer) this.#send(entry);
    while (entry.sending && !this.#abort.signal.aborted) await entry.sending;
  }

  /** Sends the last status, then removes the pod from the API: nothing of it is left on the node. Does nothing for pods that are not being deleted. */
  async remove(pod: Pod): Promise<void> {
    await this.flush(podUid(pod));
    const options = { gracePeriodSeconds: 0, preconditions: { uid: podUid(pod) } };
    for (const delayMs of [...retryDelaysMs, undefined]) {
      try {
        await this.#clientOf(pod).delete(pods, keyOf(pod), options);
        return;
      } catch (error) {
        if (isNotFound(error) || isConflict(error) || this.#abort.signal.aborted) return; // gone already, or another pod of that name
        if (delayMs === undefined) throw error;
        this.#deps.log.warn('pod not removed from the API; trying again', { pod: podKeyText(pod), error });
        await this.#deps.clock.sleep(delayMs, this.#abort.signal);
      }
    }
  }

  forget(uid: string): void {
    this.#entries.get(uid)?.timer?.[Symbol.dispose]();
    this.#entries.delete(uid);
  }

  [Symbol.dispose](): void {
    this.#abort.abort(new Error('node agent stopped'));
    for (const { timer } of this.#entries.values()) timer?.[Symbol.dispose]();
  }

  #createEntry(pod: Pod, status: PodStatus): Entry {
    const shown = this.#deps.shownAs(pod);
    const entry: Entry = {
      pod,
      wanted: status,
      reported: shown?.status,
      version: shown ? versionOf(shown) : 0,
      hasNews: false,
      sending: undefined,
      timer: undefined,
    };
    this.#entries.set(podUid(pod), entry);
    return entry;
  }

  #send(entry: Entry): void {
    entry.timer?.[Symbol.dispose]();
    entry.timer = undefined;
    if (this.#abort.signal.aborted) return;
    entry.sending = this.#sendAll(entry).finally(() => {
      entry.sending = undefined;
      if (entry.hasNews) this.#send(entry); // it came after the last look, or while a status was refused
    });
  }

  async #sendAll(entry: Entry): Promise<void> {
    let sent: PodStatus | undefined;
    for (let failures = 0, sends = 0; !this.#abort.signal.aborted; ) {
      entry.hasNews = false;
      const shown = this.#deps.shownAs(entry.pod);
      const patch = shown && statusPatch(entry.reported, entry.wanted);
      if (!shown || !patch) return;
      sends = sent === entry.wanted ? sends + 1 : 1;
      if (sends > maximumSends) return this.#deps.log.warn('pod status is not kept as it was sent', { pod: podKeyText(entry.pod), patch });
      sent = entry.wanted;
      try {
        await this.#sendOnce(entry, shown, patch);
        failures = 0;
      } catch (error) {
        if (isNotFound(error) || isConflict(error)) return; // deleted meanwhile
        // A refusal stays one until the status changes; what is out of reach is tried again.
        if (error instanceof ApiError && error.code < 500 && error.code !== 429)
          return this.#deps.log.error('pod status refused', { pod: podKeyText(entry.pod), error });
        this.#deps.log.warn('pod status not sent; trying again', { pod: podKeyText(entry.pod), error });
        await this.#deps.clock.sleep(retryDelaysMs[Math.min(failures++, retryDelaysMs.length - 1)]!, this.#abort.signal).catch(() => {}); // stopped: the loop ends
      }
    }
  }

  #clientOf(pod: Pod): Client {
    const { client } = this.#deps;
    return typeof client === 'function' ? client(pod) : client;
  }

  async #sendOnce(entry: Entry, shown: Pod, patch: Record<string, unknown>): Promise<void> {
    const body = { metadata: { uid: shown.metadata.uid }, status: patch };
    const answer = await this.#clientOf(shown).patch(pods, keyOf(shown), { type: 'strategic', body }, { subresource: 'status' });
    const version = versionOf(answer);
    if (version < entry.version) return;
    entry.reported = answer.status ?? {};
    entry.version = version;
  }
}

const versionOf = (pod: Pod): number => Number(pod.metadata.resourceVersion ?? 0) || 0;
