import type { UntypedObject } from '../../../api/object.ts';
import { notAcceptable } from '../../../api/status.ts';
import type { Machinery, Target } from '../operations/context.ts';
import type { ListQuery } from '../operations/list-options.ts';
import { render } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import { type EventLines, eventLine, type LineEncoder } from '../watch/event-lines.ts';
import { serveWatch } from '../watch/watch-stream.ts';
import type { Metrics } from './metrics.ts';
import type { Representation } from './negotiate.ts';
import type { HttpRequest } from './request.ts';
import { openBody } from './respond.ts';
import { contentTypeOf, representationFor } from './send-object.ts';
import { parseIncludeObject, partialMetadata, tableOf } from './table.ts';

export interface WatchDeps {
  readonly machinery: Machinery;
  readonly lines: EventLines;
  readonly metrics: Metrics;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** Answers a watch in the form the client wants: whole objects, tables of one row, or metadata. */
export function sendWatch({ machinery, lines, metrics, stopping }: WatchDeps, request: HttpRequest, target: Target, query: ListQuery): Promise<void> {
  const { served } = target;
  const representation = representationFor(request, served);
  if (representation.kind === 'yaml') throw notAcceptable(['application/json']);
  const transform = transformFor(representation, served, request, machinery);
  const counted =
    (encode: LineEncoder): LineEncoder =>
    (delivery) => {
      metrics.countWatchEvents(1);
      return encode(delivery);
    };
  const encode = transform ? transformedLines(served, transform) : undefined;
  return serveWatch(machinery, target, query, {
    open: () => openBody(request, 200, contentTypeOf(representation), false),
    encode: counted(encode ?? lines.encoder(served)),
    encodeInitial: encode ?? lines.encoder(served, false),
    bookmark: (revision, endsInitialEvents) => bookmarkLine(served, { revision, endsInitialEvents, transform }),
    signal: AbortSignal.any([request.signal, stopping]),
  });
}

/** What stands in an event's place of the object. A bookmark has nothing to print. */
type Transform = (object: UntypedObject, isBookmark: boolean) => object;

/** Absent for whole objects, whose bytes are ready. */
function transformFor(representation: Representation, served: ServedResource, request: HttpRequest, { clock }: Machinery): Transform | undefined {
  if (representation.kind === 'metadata') return (object) => partialMetadata(object, representation.version);
  if (representation.kind !== 'table') return undefined;
  const includeObject = parseIncludeObject(request.exchange.query);
  let withColumns = true;
  return (object, isBookmark) => {
    const { resourceVersion = '' } = object.metadata;
    if (isBookmark)
      return {
        ...tableOf(served, [], { resourceVersion }, { version: representation.version, includeObject, nowMs: 0, withColumns: false }),
        rows: [{ cells: [], object: partialMetadata(object, representation.version) }],
      };
    const table = tableOf(served, [object], { resourceVersion }, { version: representation.version, includeObject, nowMs: clock.now(), withColumns });
    withColumns = false;
    return table;
  };
}

function transformedLines(served: ServedResource, transform: Transform): LineEncoder {
  return ({ type, stored }) => {
    const line = (object: UntypedObject): Buffer => eventLine(type, Buffer.from(JSON.stringify(transform(object, false))));
    const rendering = render(served, stored);
    return rendering instanceof Promise ? rendering.then((ready) => line(ready.object)) : line(rendering.object);
  };
}

/** A bookmark is an empty object of the kind with the revision reached. */
function bookmarkLine(
  served: ServedResource,
  { revision, endsInitialEvents, transform }: { revision: number; endsInitialEvents: boolean; transform: Transform | undefined },
): Buffer {
  const annotations = endsInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const object: UntypedObject = { kind: served.kind, apiVersion: served.apiVersion, metadata: { resourceVersion: String(revision), ...annotations } };
  return Buffer.from(`{"type":"BOOKMARK","object":${JSON.stringify(transform ? transform(object, true) : object)}}\n`);
}
