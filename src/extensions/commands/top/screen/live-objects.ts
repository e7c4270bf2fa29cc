import type { Event, Node, Pod } from '../../../../api/generated/core-v1.ts';
import { events, nodes, pods } from '../../../../api/generated/resource-types.ts';
import { type KubernetesObject, keyOf, keyText } from '../../../../api/object.ts';
import type { ResourceType } from '../../../../api/resource-type.ts';
import type { Client } from '../../../../client/client.ts';
import { reflect } from '../../../../client/reflector.ts';
import type { Clock } from '../../../../kernel/clock.ts';
import { errorText, type Log } from '../../../../kernel/log.ts';

/** What the screen is about, kept current by watches. */
export interface LiveObjects {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly pods: ReadonlyMap<string, Pod>;
  readonly events: ReadonlyMap<string, Event>;
  /** Why something is not shown, or no longer current; by resource. */
  readonly problems: ReadonlyMap<string, string>;
  /** Resources whose first list is in. */
  readonly synced: ReadonlySet<string>;
}

const maximumEvents = 1_000;

/** Follows nodes, pods and events until the signal aborts. `onChange` is called after each change. */
export function followObjects(options: {
  readonly client: Client;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}): LiveObjects {
  const problems = new Map<string, string>();
  const synced = new Set<string>();
  const follow = <T extends KubernetesObject>(type: ResourceType<T>, trim?: (objects: Map<string, T>) => void): Map<string, T> => {
    const objects = new Map<string, T>();
    const isCurrent = (): void => {
      problems.delete(type.resource);
      synced.add(type.resource);
      trim?.(objects);
      options.onChange();
    };
    void reflect<T>(
      {
        replace(items) {
          objects.clear();
          for (const item of items) objects.set(keyText(keyOf(item)), item);
          isCurrent();
          return Promise.resolve();
        },
        apply({ type: what, object }) {
          if (what === 'DELETED') objects.delete(keyText(keyOf(object)));
          else objects.set(keyText(keyOf(object)), object);
          isCurrent();
        },
      },
      { ...options, type, selection: {}, log: problemLog((text) => (problems.set(type.resource, text), options.onChange())) },
    ).catch((error: unknown) => (problems.set(type.resource, errorText(error)), options.onChange()));
    return objects;
  };
  return { nodes: follow(nodes), pods: follow(pods), events: follow(events, keepNewest), problems, synced };
}

/** Oldest first out; a map keeps the order of arrival. */
function keepNewest(objects: Map<string, Event>): void {
  for (const key of objects.keys()) {
    if (objects.size <= maximumEvents) return;
    objects.delete(key);
  }
}

/** What goes wrong is told on the screen. */
function problemLog(tell: (text: string) => void): Log {
  const warn: Log['warn'] = (message, fields) => tell(fields?.['error'] instanceof Error ? errorText(fields['error']) : message);
  const log: Log = { debug: () => undefined, info: () => undefined, warn, error: warn, scope: () => log };
  return log;
}
