import type { KubernetesObject } from '../api/object.ts';

/** Records Kubernetes events about objects. Never throws and never waits: events are sent in the background, repeated ones are counted together. */
export interface EventRecorder {
  /** `type` is Normal or Warning; `reason` is CamelCase; `message` is free text (cut at 1,024 bytes). `fieldPath` becomes involvedObject.fieldPath. */
  record(object: KubernetesObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void;
  /** The same recorder with another `source.component` (and host). */
  as(component: string, host?: string): EventRecorder;
  /** Waits until everything recorded so far was sent or given up. */
  flush(): Promise<void>;
}
