import { type KubeconfigFieldKind, kubeconfigFields } from '../../../client/kubeconfig-shape.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { editEntry, entryOf, mergedConfig, removeEntries, removeEntry, type Section, setCurrentContext } from './kubeconfig-edit.ts';
import { unexpectedArguments } from './unexpected-arguments.ts';

const fieldKinds: Readonly<Record<Section, Readonly<Record<string, KubeconfigFieldKind>>>> = kubeconfigFields;

type Property =
  | { readonly kind: 'current-context' }
  | { readonly kind: 'section'; readonly section: Section }
  | { readonly kind: 'entry'; readonly section: Section; readonly name: string; readonly field: string | undefined };

export const setProperty = defineCommand({
  name: 'set',
  short: 'Set an individual value in a kubeconfig file',
  long: `
    Set one value in a kubeconfig file.

    PROPERTY_NAME is a path with dots: current-context, or clusters, users or contexts, the name of an entry, and a field of it. Fields that hold bytes
    (certificate-authority-data) want base64, or what they are with --set-raw-bytes.`,
  usage: 'set PROPERTY_NAME PROPERTY_VALUE',
  examples: `# Set the server of the cluster my-cluster
$PROGRAM config set clusters.my-cluster.server https://1.2.3.4`,
  flags: { 'set-raw-bytes': { type: 'boolean', description: 'The value of a field of bytes is given as it is.' } },
  run(context) {
    const { args, flags, streams } = context;
    const [path = '', value = ''] = args;
    if (args.length !== 2) throw unexpectedArguments(context, setProperty);
    if (value === '') throw new Error('you cannot use set to unset a property');
    if (path === '') throw new Error('you must specify a property');
    const property = propertyOf(path);
    if (property.kind === 'current-context') setCurrentContext(context, value);
    else if (property.kind === 'section') throw new Error("can't set a map to a value: map[]");
    else {
      const { section, name, field } = property;
      if (field === undefined) throw new Error("can't set a map to a value: map[]");
      editEntry(context, section, name, (fields) => {
        fields[field] = valueOf(value, fieldKinds[section][field]!, flags['set-raw-bytes']);
      });
    }
    streams.stdout.write(`Property ${JSON.stringify(path)} set.\n`);
  },
});

export const unsetProperty = defineCommand({
  name: 'unset',
  short: 'Unset an individual value in a kubeconfig file',
  long: 'Unset one value in a kubeconfig file. PROPERTY_NAME is a path with dots, as for "$PROGRAM config set"; without a field the whole entry goes.',
  usage: 'unset PROPERTY_NAME',
  examples: `# Unset the current-context
$PROGRAM config unset current-context

# Unset the namespace of the context foo
$PROGRAM config unset contexts.foo.namespace`,
  run(context) {
    const { args, streams } = context;
    const [path = ''] = args;
    if (args.length !== 1) throw unexpectedArguments(context, unsetProperty);
    if (path === '') throw new Error('you must specify a property');
    const property = propertyOf(path);
    if (property.kind === 'current-context') setCurrentContext(context, '');
    else if (property.kind === 'section') removeEntries(context, property.section);
    else {
      const { section, name, field } = property;
      const isThere = entryOf(mergedConfig(context), section, name) !== undefined;
      if (field !== undefined && !isThere) throw new Error(`current map key \`${name}\` is invalid`);
      if (field !== undefined) editEntry(context, section, name, (fields) => void delete fields[field]);
      else if (isThere) removeEntry(context, section, name);
    }
    streams.stdout.write(`Property ${JSON.stringify(path)} unset.\n`);
  },
});

/** Reads a path. Names may hold dots: a name ends where a field of its section begins. */
function propertyOf(path: string): Property {
  const [first = '', ...rest] = path.split('.');
  if (first === 'current-context' && rest.length === 0) return { kind: 'current-context' };
  if (!Object.hasOwn(fieldKinds, first)) throw new Error(`unable to parse ${path} after [] at api.Config`);
  const section = first as Section;
  if (rest.length === 0) return { kind: 'section', section };
  const at = rest.findIndex((part, index) => index > 0 && Object.hasOwn(fieldKinds[section], part));
  if (at < 0) return { kind: 'entry', section, name: rest.join('.'), field: undefined };
  if (at < rest.length - 1) throw new Error(`unable to parse one or more field values of ${path}`);
  return { kind: 'entry', section, name: rest.slice(0, at).join('.'), field: rest[at]! };
}

function valueOf(text: string, kind: KubeconfigFieldKind, isRaw: boolean): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'boolean':
      if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
      if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
      throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
    case 'bytes':
      if (isRaw) return Buffer.from(text).toString('base64');
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
        throw new Error('error decoding input value: illegal base64 data at input byte 0');
      return text;
    case 'texts':
    case 'other':
      throw new Error('unrecognized slice type. string');
  }
}
