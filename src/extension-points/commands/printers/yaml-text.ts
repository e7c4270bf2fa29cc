import { compareYamlKeys } from './yaml-keys.ts';
import { scalarText } from './yaml-scalars.ts';

/**
 * YAML as sigs.k8s.io/yaml writes it: sorted keys, lists not indented below their key, long lines folded at 80 columns, texts quoted only where they would be read as something
 * else. (js-yaml quotes, folds and indents otherwise.)
 */
export function yamlText(value: unknown): string {
  const out: string[] = [];
  writeNode(out, value, { indent: 0, column: 0, opening: '', isInMapping: false });
  return out.join('');
}

interface Place {
  /** Of the lines that the node brings. */
  readonly indent: number;
  /** Where the node begins on its first line. */
  readonly column: number;
  /** What stands between what was written and a scalar: a blank behind a colon. */
  readonly opening: string;
  readonly isInMapping: boolean;
}

function writeNode(out: string[], value: unknown, place: Place): void {
  if (Array.isArray(value)) {
    if (value.length === 0) return void out.push(place.opening, '[]\n');
    return writeList(out, value, place);
  }
  if (typeof value === 'object' && value !== null) {
    const fields = value as Record<string, unknown>;
    const names = Object.keys(fields).filter((name) => fields[name] !== undefined);
    if (names.length === 0) return void out.push(place.opening, '{}\n');
    return writeMapping(out, fields, names.sort(compareYamlKeys), place);
  }
  const text = scalarText(value, { column: place.column + place.opening.length, indent: place.indent });
  out.push(place.opening, text, '\n');
}

/** Below a key a list starts on a line of its own, as far left as the key. */
function writeList(out: string[], items: readonly unknown[], { indent, isInMapping }: Place): void {
  const at = isInMapping ? indent - 2 : indent;
  if (isInMapping) out.push('\n');
  for (const [index, item] of items.entries()) {
    if (index > 0 || isInMapping) out.push(' '.repeat(at));
    out.push('- ');
    writeNode(out, item, { indent: at + 2, column: at + 2, opening: '', isInMapping: false });
  }
}

function writeMapping(out: string[], fields: Record<string, unknown>, names: readonly string[], { indent, isInMapping }: Place): void {
  if (isInMapping) out.push('\n');
  for (const [index, name] of names.entries()) {
    if (index > 0 || isInMapping) out.push(' '.repeat(indent));
    const key = scalarText(name, { column: indent, indent: indent + 2, isKey: true });
    if (isSimpleKey(name)) {
      out.push(key, ':');
      writeNode(out, fields[name], { indent: indent + 2, column: indent + key.length + 1, opening: ' ', isInMapping: true });
    } else {
      out.push('? ', key, '\n', ' '.repeat(indent), ': ');
      writeNode(out, fields[name], { indent: indent + 2, column: indent + 2, opening: '', isInMapping: false });
    }
  }
}

/** Longer keys are set apart by a question mark. */
const isSimpleKey = (name: string): boolean => !name.includes('\n') && (name.length <= 42 || Buffer.byteLength(name) <= 128);
