import type { Schema } from '../../../api/schema.ts';

const textFields = new Set(['name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'selfLink']);
const mapFields = new Set(['labels', 'annotations']);

/** Throws, in Go's words, for metadata that no object can have: labels that are numbers, as YAML reads them without quotes. */
export async function requireMetadata(metadata: unknown, source: string): Promise<void> {
  if (isPlain(metadata)) return;
  const fail = (problem: string): never => {
    throw new Error(`unable to decode ${JSON.stringify(source)}: ${problem}`);
  };
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    fail(
      `json: cannot unmarshal ${Array.isArray(metadata) ? 'array' : goName(typeof metadata)} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta`,
    );
  // The table of types is large: it is read for what does not look as nearly all metadata does.
  const [{ builtInSchemas }, { compileSchema }] = await Promise.all([import('../../../api/built-in-schemas.ts'), import('../../../api/schema-processor.ts')]);
  const { decodeError } = compileSchema(schema, builtInSchemas).process(
    { metadata: structuredClone(metadata) },
    { prune: false, applyDefaults: false, dialect: 'built-in' },
  );
  if (decodeError !== undefined) fail(decodeError);
}

const goName = (type: string): string => (type === 'boolean' ? 'bool' : type);

const schema: Schema = { type: 'object', properties: { metadata: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } } };

function isPlain(metadata: unknown): boolean {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return metadata === undefined || metadata === null;
  return Object.entries(metadata).every(([name, value]) => {
    if (value === null) return true;
    if (textFields.has(name)) return typeof value === 'string';
    return (
      mapFields.has(name) && typeof value === 'object' && !Array.isArray(value) && Object.values(value as object).every((text) => typeof text === 'string')
    );
  });
}
