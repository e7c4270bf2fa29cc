import { readFileSync, statSync } from 'node:fs';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import type { LabelSelector } from '../../../../api/generated/meta-v1.ts';
import { parseYaml } from '../../../../api/yaml.ts';
import { FieldReader } from './field-reader.ts';
import type { FileOperation, Platform, Plugin, Receipt } from './plugin.ts';
import { defaultIndex } from './plugin.ts';
import { requireValidPlugin } from './validate-plugin.ts';

/** No manifest comes near it. */
const maximumBytes = 4 * 1024 * 1024;

/** Reads a manifest and checks it. Throws the file system's error when there is no file, else one that names it. */
export function readPluginFile(path: string): Plugin {
  return validated(readFileAs(path, pluginOf));
}

/** The same from text. */
export function readPluginText(text: string): Plugin {
  let plugin: Plugin;
  try {
    plugin = pluginOf(new FieldReader(parseYaml(text).value));
  } catch (error) {
    throw new Error(`failed to decode plugin manifest: ${(error as Error).message}`, { cause: error });
  }
  return validated(plugin);
}

/** Reads a manifest as it is, for those who write one. */
export const readUncheckedPluginFile = (path: string): Plugin => readFileAs(path, pluginOf);

/** Reads a receipt. One without an index is of the default one. Throws the file system's error when there is none. */
export function readReceiptFile(path: string): Receipt {
  return readFileAs(path, (fields) => ({
    ...pluginOf(fields),
    status: { source: { name: fields.object('status').object('source').text('name') || defaultIndex } },
  }));
}

function validated(plugin: Plugin): Plugin {
  try {
    requireValidPlugin(plugin.metadata.name, plugin);
  } catch (error) {
    throw new Error(`plugin manifest validation error: ${(error as Error).message}`, { cause: error });
  }
  return plugin;
}

function readFileAs<Document>(path: string, documentOf: (fields: FieldReader) => Document): Document {
  const information = statSync(path);
  // An index is others' work: a link in it may lead to a device that never ends.
  if (!information.isFile()) throw new Error(`failed to parse yaml file ${goQuote(path)}: it is no file`);
  if (information.size > maximumBytes) throw new Error(`failed to parse yaml file ${goQuote(path)}: it is larger than ${maximumBytes} bytes`);
  const text = readFileSync(path, 'utf8');
  try {
    return documentOf(new FieldReader(parseYaml(text).value));
  } catch (error) {
    throw new Error(`failed to parse yaml file ${goQuote(path)}: ${(error as Error).message}`, { cause: error });
  }
}

function pluginOf(fields: FieldReader): Plugin {
  const metadata = fields.object('metadata');
  const spec = fields.object('spec');
  const platforms = spec.list('platforms')?.map(platformOf);
  return {
    apiVersion: fields.text('apiVersion'),
    kind: fields.text('kind'),
    metadata: {
      name: metadata.text('name'),
      ...metadata.texts('namespace', 'creationTimestamp'),
      ...metadata.textMaps('labels', 'annotations'),
    },
    spec: {
      ...spec.texts('version', 'shortDescription', 'description', 'caveats', 'homepage'),
      ...(platforms && platforms.length > 0 ? { platforms } : {}),
    },
  };
}

function platformOf(fields: FieldReader): Platform {
  const selector = fields.optionalObject('selector');
  return {
    ...fields.texts('uri', 'sha256'),
    ...(selector ? { selector: selectorOf(selector) } : {}),
    files: fields.list('files')?.map((operation): FileOperation => operation.texts('from', 'to')) ?? null,
    bin: fields.text('bin'),
  };
}

function selectorOf(fields: FieldReader): LabelSelector {
  const expressions = fields.list('matchExpressions')?.map((expression) => {
    const values = expression.textList('values');
    return { key: expression.text('key'), operator: expression.text('operator'), ...(values ? { values } : {}) };
  });
  return { ...fields.textMaps('matchLabels'), ...(expressions ? { matchExpressions: expressions } : {}) };
}
