import { notAcceptable } from '../../../api/status.ts';

/** The form a client wants objects in. */
export type Representation =
  | { readonly kind: 'json' }
  | { readonly kind: 'yaml' }
  | { readonly kind: 'table'; readonly version: string }
  /** PartialObjectMetadata, or its list. */
  | { readonly kind: 'metadata'; readonly version: string };

const json: Representation = { kind: 'json' };
const yaml: Representation = { kind: 'yaml' };
const known = new Map<string, readonly Representation[]>();
const longestAccept = 4_096;
const rememberedHeaders = 256;

/** Chooses by the Accept header. `allowed` are the forms the resource can take. Throws ApiError 406 when none will do. */
export function negotiate(accept: string | undefined, allowed: ReadonlySet<Representation['kind']>): Representation {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return json;
  let wanted = known.get(accept);
  if (!wanted) {
    wanted = parseAccept(accept.slice(0, longestAccept));
    if (known.size >= rememberedHeaders) known.clear();
    known.set(accept, wanted);
  }
  const chosen = wanted.find((representation) => allowed.has(representation.kind));
  if (!chosen) throw notAcceptable(['application/json', 'application/yaml']);
  return chosen;
}

/** Clauses in order of preference: by quality, then as they stand. */
function parseAccept(accept: string): Representation[] {
  return accept
    .split(',')
    .map((clause, index) => ({ ...parseClause(clause), index }))
    .filter(({ quality, representation }) => quality > 0 && representation !== undefined)
    .sort((left, right) => right.quality - left.quality || left.index - right.index)
    .map(({ representation }) => representation!);
}

function parseClause(clause: string): { quality: number; representation: Representation | undefined } {
  const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
  const parameters = new Map(rest.map((part) => [part.slice(0, part.indexOf('=')).toLowerCase(), part.slice(part.indexOf('=') + 1)]));
  const quality = Number(parameters.get('q') ?? 1);
  return { quality: Number.isNaN(quality) ? 0 : quality, representation: representationOf(type.toLowerCase(), parameters) };
}

function representationOf(type: string, parameters: ReadonlyMap<string, string>): Representation | undefined {
  const as = parameters.get('as');
  if (type === 'application/yaml') return as === undefined ? yaml : undefined;
  if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') return undefined;
  if (as === undefined) return json;
  const version = parameters.get('v') ?? '';
  if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  if (as === 'Table') return { kind: 'table', version };
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? { kind: 'metadata', version } : undefined;
}
