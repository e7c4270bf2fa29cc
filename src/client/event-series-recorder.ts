import { hostname } from 'node:os';
import type { ObjectReference } from '../api/generated/core-v1.ts';
import type { Event } from '../api/generated/events-v1.ts';
import { events_events_v1 as eventType } from '../api/generated/resource-types.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import { type Clock, microTimeText } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Client } from './client.ts';
import { cutMessage, EventSender, namespaceOf, referenceTo } from './event-sender.ts';
import type { EventRecorder } from './events.ts';

export interface EventSeriesRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** `reportingController`, such as `default-scheduler`. */
  readonly component: string;
  /** The `action` of events, by their reason; the API asks for one. */
  readonly actions: Readonly<Record<string, string>>;
}

/** An event that was sent, and how often it has happened since. */
interface Known {
  event: Event;
  readonly about: ObjectReference;
  readonly startedMs: number;
  count: number;
  lastMs: number;
  /** What the API knows of the count. */
  sentCount: number;
}

// client-go: a series that nothing was added to for 6 minutes is over; one that goes on is written again every 30.
const finishedAfterMs = 6 * 60_000;
const refreshMs = 30 * 60_000;
/** More are forgotten, the oldest first; upstream has no bound. */
const mostKnown = 16_384;

/**
 * Records events.k8s.io/v1 events as client-go's `tools/events` does. An event like one before (the same type, action, reason, reporter and object at the same revision; the
 * words may differ) becomes a series: the second is written, later ones are counted until the series is over. At most 1,000 wait to be sent. Disposing
 * gives up what was not sent yet.
 */
export function createEventSeriesRecorder(options: EventSeriesRecorderOptions): EventRecorder & AsyncDisposable {
  const { client, clock, actions } = options;
  const sender = new EventSender(options);
  const known = new Map<string, Known>();
  const host = hostname();

  const enqueue = (entry: Known, run: () => Promise<void>): void => {
    sender.enqueue({ order: entry, reason: entry.event.reason ?? '', about: entry.about, run });
  };
  const writeCount = (entry: Known): void => enqueue(entry, () => sendSeries(client, sender, entry));
  const forget = (key: string, entry: Known): void => {
    known.delete(key);
    if (entry.count > entry.sentCount) writeCount(entry);
  };

  const recorder = (component: string): EventRecorder => ({
    record(object, type, reason, message, fieldPath) {
      if (sender.isStopped) return;
      const regarding = referenceTo(object, fieldPath);
      const action = actions[reason] ?? reason;
      const key = JSON.stringify([type, action, reason, component, regarding]);
      const nowMs = clock.now();
      const again = known.get(key);
      if (again) {
        again.count++;
        again.lastMs = nowMs;
        if (again.count === 2) writeCount(again);
        return;
      }
      const event: Event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: namespaceOf(regarding) },
        eventTime: microTimeText(nowMs),
        reportingController: component,
        reportingInstance: `${component}-${host}`,
        action,
        reason,
        regarding,
        note: cutMessage(message),
        type,
      };
      const entry: Known = { event, about: regarding, startedMs: nowMs, count: 1, lastMs: nowMs, sentCount: 1 };
      known.set(key, entry);
      if (known.size > mostKnown) forget(...known.entries().next().value!);
      enqueue(entry, () => create(client, sender, entry));
    },
    as: recorder,
    flush: () => sender.idle(),
  });

  const finish = (): void => {
    for (const [key, entry] of known) if (entry.lastMs < clock.now() - finishedAfterMs) forget(key, entry);
  };
  const refresh = (): void => {
    for (const entry of known.values()) if (entry.count > 1) writeCount(entry);
  };
  const timers = [every(clock, finishedAfterMs, finish), every(clock, refreshMs, refresh)];
  return Object.assign(recorder(options.component), {
    async [Symbol.asyncDispose]() {
      for (const timer of timers) timer[Symbol.dispose]();
      await sender[Symbol.asyncDispose]();
    },
  });
}

async function create(client: Client, sender: EventSender, entry: Known): Promise<void> {
  const named = (): Event => ({ ...entry.event, metadata: { ...entry.event.metadata, name: sender.nameFor(entry.about) } });
  const attempt = async (): Promise<void> => {
    const event = named();
    await client.create(eventType, event);
    entry.event = event;
  };
  await attempt().catch(async (error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
    await attempt(); // another recorder hit on the same nanosecond
  });
}

/** The count so far, into the object that is there; into a new one when that has expired. */
async function sendSeries(client: Client, sender: EventSender, entry: Known): Promise<void> {
  const { count, lastMs, event } = entry;
  const series = { count, lastObservedTime: microTimeText(lastMs) };
  const { name, namespace } = event.metadata;
  const isPatched =
    name !== undefined &&
    (await client.patch(eventType, { namespace: namespace ?? '', name }, { type: 'strategic', body: { series } }).then(
      () => true,
      (error: unknown) => {
        if (isNotFound(error)) return false;
        throw error;
      },
    ));
  if (!isPatched) {
    entry.event = { ...event, series };
    await create(client, sender, entry);
  }
  entry.sentCount = count;
}

function every(clock: Clock, intervalMs: number, act: () => void): Disposable {
  let timer: Disposable;
  const arm = (): void => {
    timer = clock.after(intervalMs, () => {
      act();
      arm();
    });
  };
  arm();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
