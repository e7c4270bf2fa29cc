import type { ContainerEvent } from '../../../extension-points/runtime/contract.ts';

// A subscriber that reads nothing loses the oldest; events are hints, and the agent relists.
const maximumWaiting = 20_000;

/** Passes container events to whoever listens at the time. */
export class EventHub {
  readonly #subscribers = new Set<{ waiting: ContainerEvent[]; wake: () => void }>();

  emit(event: ContainerEvent): void {
    for (const subscriber of this.#subscribers) {
      subscriber.waiting.push(event);
      if (subscriber.waiting.length > maximumWaiting) subscriber.waiting.shift();
      subscriber.wake();
    }
  }

  /** Events from now on, until the signal aborts. */
  subscribe(signal: AbortSignal): AsyncIterable<ContainerEvent> {
    const subscriber = { waiting: [] as ContainerEvent[], wake: (): void => {} };
    this.#subscribers.add(subscriber);
    const end = (): void => {
      this.#subscribers.delete(subscriber);
      subscriber.wake();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return drain(subscriber, signal, end);
  }
}

async function* drain(subscriber: { waiting: ContainerEvent[]; wake: () => void }, signal: AbortSignal, end: () => void): AsyncIterable<ContainerEvent> {
  try {
    while (!signal.aborted) {
      for (let event = subscriber.waiting.shift(); event; event = subscriber.waiting.shift()) yield event;
      if (signal.aborted) return;
      await new Promise<void>((resolve) => (subscriber.wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}
