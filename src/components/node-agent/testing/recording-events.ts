import type { EventRecorder } from '../../../client/events.ts';

/** Keeps events instead of sending them: `Normal Pulled spec.containers{web} Container image ...`. */
export class RecordingEvents implements EventRecorder {
  readonly recorded: { readonly object: string; readonly type: string; readonly reason: string; readonly message: string }[] = [];

  record: EventRecorder['record'] = (object, type, reason, message) => void this.recorded.push({ object: object.metadata.name ?? '', type, reason, message });
  as = (): EventRecorder => this;
  flush = async (): Promise<void> => {};

  /** `reason: message` of all events about an object. */
  of(name: string): string[] {
    return this.recorded.filter(({ object }) => object === name).map(({ reason, message }) => `${reason}: ${message}`);
  }
}
