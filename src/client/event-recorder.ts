import type { Event } from '../api/generated/core-v1.ts';
import { events as eventType } from '../api/generated/resource-types.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import { type Clock, timeText } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Client } from './client.ts';
import { type CorrelatedEvent, EventCorrelator } from './event-correlator.ts';
import { cutMessage, EventSender, namespaceOf, referenceTo } from './event-sender.ts';
import type { EventRecorder } from './events.ts';

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** `source.component` and `reportingComponent`, such as `deployment-controller`. */
  readonly component: string;
  readonly host?: string;
}

/**
 * Records core/v1 events as client-go does: equal ones are counted in one object, many similar ones are combined, an object may have a burst of 25 and then one event
 * every 5 minutes, and at most 1,000 wait to be sent. What is counted in one object is sent in order, other events side by side. Disposing gives up what was not
 * sent yet.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder & AsyncDisposable {
  const { client, clock } = options;
  const sender = new EventSender(options);
  const correlator = new EventCorrelator(clock);
  const recorder = (component: string, host: string | undefined): EventRecorder => ({
    record(object, type, reason, message, fieldPath) {
      if (sender.isStopped) return;
      const source = { component, ...(host ? { host } : {}) };
      const event = correlator.correlate({ source, object: referenceTo(object, fieldPath), type, reason, message: cutMessage(message) });
      if (event) sender.enqueue({ order: event.entry, reason, about: event.object, run: () => send(client, sender, event) });
    },
    as: recorder,
    flush: () => sender.idle(),
  });
  return Object.assign(recorder(options.component, options.host), { [Symbol.asyncDispose]: () => sender[Symbol.asyncDispose]() });
}

async function send(client: Client, sender: EventSender, event: CorrelatedEvent): Promise<void> {
  const known = event.entry;
  if (known.name && event.count > 1) {
    const body = { count: event.count, message: event.message, lastTimestamp: timeText(event.atMs) };
    const isPatched = await client.patch(eventType, { namespace: namespaceOf(event.object), name: known.name }, { type: 'merge', body }).then(
      () => true,
      (error: unknown) => {
        if (isNotFound(error)) return false; // expired meanwhile
        throw error;
      },
    );
    if (isPatched) return;
  }
  known.name = sender.nameFor(event.object);
  await client.create(eventType, wireForm(event, known.name)).catch(async (error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
    known.name = sender.nameFor(event.object); // another recorder hit on the same nanosecond
    await client.create(eventType, wireForm(event, known.name));
  });
}

const wireForm = (event: CorrelatedEvent, name: string): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: namespaceOf(event.object) },
  involvedObject: event.object,
  reason: event.reason,
  message: event.message,
  source: event.source,
  firstTimestamp: timeText(event.firstMs),
  lastTimestamp: timeText(event.atMs),
  count: event.count,
  type: event.type,
  reportingComponent: event.source.component ?? '',
  reportingInstance: event.source.host ?? '',
});
