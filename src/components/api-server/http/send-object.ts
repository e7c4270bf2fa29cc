import type { UntypedObject } from '../../../api/object.ts';
import type { Rendering } from '../rendering.ts';
import { isTrue } from '../request-info.ts';
import type { ServedResource } from '../resource-index.ts';
import { negotiate, type Representation } from './negotiate.ts';
import type { HttpRequest } from './request.ts';
import { sendBytes } from './respond.ts';
import { parseIncludeObject, partialMetadata, tableOf } from './table.ts';

const everyForm: ReadonlySet<Representation['kind']> = new Set(['json', 'yaml', 'table', 'metadata']);
const plainForms: ReadonlySet<Representation['kind']> = new Set(['json', 'yaml']);

/** The form this request's answer takes. Reviews and other answers that are not stored objects have neither tables nor metadata (406). */
export const representationFor = (request: HttpRequest, served: ServedResource | undefined): Representation =>
  negotiate(request.exchange.header('accept'), served && !served.definition.review ? everyForm : plainForms);

/** Answers with one object of a served kind in the form the client wants. */
export async function sendObject(
  request: HttpRequest,
  status: number,
  served: ServedResource,
  { rendering, nowMs }: { rendering: Rendering; nowMs: number },
): Promise<void> {
  const representation = representationFor(request, served);
  switch (representation.kind) {
    case 'json':
      return sendJson(request, status, rendering.bytes);
    case 'yaml':
      return sendYaml(request, status, rendering.object);
    case 'metadata':
      return sendValue(request, status, partialMetadata(rendering.object, representation.version), representation);
    case 'table': {
      const { resourceVersion } = rendering.object.metadata;
      const options = { version: representation.version, includeObject: parseIncludeObject(request.exchange.query), nowMs, withColumns: true };
      return sendValue(request, status, tableOf(served, [rendering.object], resourceVersion === undefined ? {} : { resourceVersion }, options), representation);
    }
  }
}

/** Answers with an object that is not of a served kind (Status, Scale, TokenRequest): JSON or YAML only. */
export async function sendPlain(request: HttpRequest, status: number, value: object): Promise<void> {
  if (representationFor(request, undefined).kind === 'yaml') return sendYaml(request, status, value);
  sendJson(request, status, Buffer.from(JSON.stringify(value)));
}

/** The media type of a representation, parameters included. */
export function contentTypeOf(representation: Representation, isList = false): string {
  switch (representation.kind) {
    case 'json':
      return 'application/json';
    case 'yaml':
      return 'application/yaml';
    case 'table':
      return `application/json;as=Table;g=meta.k8s.io;v=${representation.version}`;
    case 'metadata':
      return `application/json;as=PartialObjectMetadata${isList ? 'List' : ''};g=meta.k8s.io;v=${representation.version}`;
  }
}

export function sendValue(request: HttpRequest, status: number, value: object, representation: Representation, isList = false): void {
  const text = wantsPretty(request) ? JSON.stringify(value, null, 2) : JSON.stringify(value);
  sendBytes(request, status, Buffer.from(text), contentTypeOf(representation, isList));
}

export function sendJson(request: HttpRequest, status: number, bytes: Buffer): void {
  sendBytes(request, status, wantsPretty(request) ? Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), null, 2)) : bytes);
}

export async function sendYaml(request: HttpRequest, status: number, value: object): Promise<void> {
  const { dump } = await import('js-yaml');
  sendBytes(request, status, Buffer.from(dump(value as UntypedObject)), 'application/yaml');
}

/** People with curl get indented JSON unasked, as upstream gives it. */
export function wantsPretty({ exchange }: HttpRequest): boolean {
  const pretty = exchange.query.get('pretty');
  if (pretty !== null) return isTrue(pretty);
  const agent = exchange.header('user-agent');
  return agent !== undefined && (agent.startsWith('curl/') || agent.startsWith('Wget/') || agent.startsWith('Mozilla/'));
}
