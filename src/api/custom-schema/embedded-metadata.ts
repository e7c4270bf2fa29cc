import { decodeProcessor } from '../built-in-decoding.ts';
import { builtInSchemas } from '../built-in-schemas.ts';
import { fieldError } from '../status.ts';
import { canonicalText, sortedFields } from './canonical-text.ts';
import { type Draft, maximumUnknownFields, type ShapeRun } from './shape-run.ts';

const objectMetaId = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
let decode: ReturnType<typeof decodeProcessor> | undefined;

/** Reads the type and metadata of a resource, the whole object's or an embedded one's: metadata has the fields of built-in kinds, and no others. */
export function readEmbedded(object: Draft, run: ShapeRun, isRoot: boolean): void {
  if (!isRoot) readType(object, run);
  if (object['metadata'] === undefined) return;
  // Of a whole object in the store it has been read when it was written.
  if (isRoot && run.isProbe) return;
  const draft = run.isProbe ? structuredClone(object['metadata']) : object['metadata'];
  if (draft === null && !isRoot) return run.fill(object, 'metadata', {});
  decode ??= decodeProcessor({ ref: objectMetaId }, builtInSchemas);
  const { unknownFields, decodeError } = decode(draft, { prune: run.options.prune, applyDefaults: false, dialect: 'built-in' });
  const path = run.place('metadata');
  const unknown = isRoot ? run.unknownMetadata : run.unknownEmbedded;
  for (const field of unknownFields) if (unknown.length < maximumUnknownFields) unknown.push(`${path}.${field}`);
  if (decodeError !== undefined) return refuseMetadata(object, run, { isRoot, decodeError, path });
  if (run.isProbe && canonicalText(draft) !== canonicalText(object['metadata'])) run.hasChanged = true;
}

function readType(object: Draft, run: ShapeRun): void {
  for (const name of ['apiVersion', 'kind']) {
    if (!Object.hasOwn(object, name) || typeof object[name] === 'string') continue;
    if (run.options.dropsMalformed) run.remove(object, name);
    else run.refuse(fieldError.invalid(run.place(name), sortedFields(object[name]), 'must be a string'));
  }
}

function refuseMetadata(object: Draft, run: ShapeRun, { isRoot, decodeError, path }: { isRoot: boolean; decodeError: string; path: string }): void {
  if (isRoot) run.decodeError = decodeError;
  else if (run.options.dropsMalformed) dropMalformed(object, run);
  else run.refuse(fieldError.invalid(path, sortedFields(object['metadata']), decodeError));
}

/** Keeps the fields that can be read one by one. */
function dropMalformed(object: Draft, run: ShapeRun): void {
  const metadata = object['metadata'];
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return;
  const options = { prune: true, applyDefaults: false, dialect: 'built-in' } as const;
  for (const [name, value] of Object.entries(metadata)) {
    if (decode!(structuredClone({ [name]: value }), options).decodeError !== undefined) run.remove(metadata as Draft, name);
  }
}
