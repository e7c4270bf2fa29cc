import { createInterface } from 'node:readline';
import type { UntypedObject } from '../../../api/object.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { inOwnOrder } from '../../../extension-points/commands/printers/json-text.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { emptyPreference, type Fields, placeOf, readStored, type StoredPreference, writeStored } from './stored-preference.ts';

export const viewCommand = defineCommand({
  name: 'view',
  short: 'Display the current kuberc configuration',
  long: 'Display what the kuberc file says. Where there is none, one with recommended defaults can be made.',
  usage: 'view',
  examples: `
    # What the file says
    $PROGRAM kuberc view

    # The same as JSON
    $PROGRAM kuberc view --output=json`,
  flags: { ...outputFlags, output: { ...outputFlags.output, default: 'yaml' } },
  async run(context) {
    const { flags, streams, directory } = context;
    const { path, isExplicit } = placeOf(context);
    const stored = readStored(path);
    if (stored) {
      const printer = await createPrinter(flags, { directory });
      return streams.stdout.write(printer.print(inOrder(stored)) + printer.flush());
    }
    if (isExplicit) throw new Error(`kuberc file not found at ${path}`);
    streams.stdout.write(`kuberc file not found at ${path}\nWould you like to generate a default kuberc file with recommended options? (y/N): `);
    if ((await answer(context)).toLowerCase() === 'y') writeStored(path, recommended(), context);
  },
});

async function answer({ streams }: Pick<CommandContext, 'streams'>): Promise<string> {
  const lines = createInterface({ input: streams.stdin.stream });
  try {
    for await (const line of lines) return line.trim();
    return '';
  } finally {
    lines.close();
  }
}

const recommended = (): StoredPreference => ({
  ...emptyPreference(),
  defaults: [
    { command: 'apply', options: [{ name: 'server-side', default: 'true' }] },
    { command: 'delete', options: [{ name: 'interactive', default: 'true' }] },
  ],
});

const orders = {
  entry: ['name', 'command', 'prependArgs', 'appendArgs', 'options'],
  option: ['name', 'default'],
  preference: ['kind', 'apiVersion', 'defaults', 'aliases', 'credentialPluginPolicy', 'credentialPluginAllowlist'],
};

/** As upstream's types stand; a field that they do not have is not shown. */
function inOrder(stored: StoredPreference): UntypedObject {
  const entries = (list: unknown): Fields[] =>
    (Array.isArray(list) ? (list as Fields[]) : []).map((entry) => {
      const options = Array.isArray(entry['options']) ? (entry['options'] as Fields[]).map((option) => picked(option, orders.option)) : undefined;
      return picked({ ...entry, ...(options ? { options } : {}) }, orders.entry);
    });
  return picked({ ...stored, defaults: entries(stored.defaults), aliases: entries(stored.aliases) }, orders.preference) as unknown as UntypedObject;
}

const picked = (fields: Fields, order: readonly string[]): Fields => ({
  ...Object.fromEntries(order.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]])),
  [inOwnOrder as unknown as string]: true,
});
