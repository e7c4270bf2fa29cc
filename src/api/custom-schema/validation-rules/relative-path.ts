import type { Schema } from '../../schema.ts';

/**
 * The `fieldPath` of a rule as paths in errors are written: `.spec.replicas` is `spec.replicas`, `.labels['a.b']` is `labels[a.b]` where `labels` is a map and `labels.a.b` where it
 * is an object. Undefined when the schema has no such field; definitions with such paths are refused.
 */
export function relativePath(fieldPath: string, root: Schema): string | undefined {
  let schema: Schema | undefined = root;
  let path = '';
  let rest = fieldPath;
  while (rest !== '') {
    const step: readonly string[] | null = /^(?:\.([^.[\]']+)|\['((?:[^'\\]|\\.)*)'\])/s.exec(rest);
    const name: string | undefined = step?.[1] ?? (step?.[2] === undefined ? undefined : unescaped(step[2]));
    if (!step || name === undefined || !schema) return undefined;
    if (schema.properties) {
      if (!Object.hasOwn(schema.properties, name)) return undefined;
      path += path === '' ? name : `.${name}`;
      schema = schema.properties[name];
    } else {
      if (schema.additionalProperties === undefined) return undefined;
      path += `[${name}]`;
      schema = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    }
    rest = rest.slice(step[0]!.length);
  }
  return path;
}

const escapes: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', "'": "'", '\\': '\\' };

/** What a quoted name says; undefined when an escape in it is none. */
function unescaped(quoted: string): string | undefined {
  let isSound = true;
  const name = quoted.replace(/\\(.)/gs, (_, letter: string) => {
    const character = escapes[letter];
    isSound &&= character !== undefined;
    return character ?? '';
  });
  return isSound ? name : undefined;
}
