import type { UntypedObject } from '../../../api/object.ts';
import { intervalText } from '../../../extension-points/commands/events/event-interval.ts';
import type { ListedEvent } from './listed-event.ts';

interface EventTableOptions {
  readonly withNamespace: boolean;
  readonly hasNoHeaders: boolean;
}

/** Lines of tab-separated cells for a list of events or one; headings before the first. `now`: milliseconds since the epoch. */
export function eventTable({ withNamespace, hasNoHeaders }: EventTableOptions): (object: UntypedObject, now: number) => string {
  let needsHeadings = !hasNoHeaders;
  return (object, now) => {
    const headings = needsHeadings ? [[...(withNamespace ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']] : [];
    needsHeadings = false;
    const events = (Array.isArray(object['items']) ? object['items'] : [object]) as unknown as ListedEvent[];
    const rows = events.map((event) => [
      ...(withNamespace ? [event.metadata.namespace ?? ''] : []),
      intervalText(event, now),
      ...[event.type, event.reason, `${event.involvedObject.kind ?? ''}/${event.involvedObject.name ?? ''}`, (event.message ?? '').trim()].map(safe),
    ]);
    return [...headings, ...rows].map((cells) => `${cells.join('\t')}\n`).join('');
  };
}

/** Nothing that would command the terminal. */
const safe = (text = ''): string => text.replaceAll('\u001b', '^[').replaceAll('\r', '\\r');
