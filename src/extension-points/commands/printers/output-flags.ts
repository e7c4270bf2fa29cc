import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { FlagTable } from '../contract.ts';
import type { ResourcePrinter } from './contract.ts';
import { inOwnOrder } from './json-text.ts';
import { jsonPrinter, namePrinter, yamlPrinter } from './plain-printers.ts';

const templateFormats = ['go-template', 'go-template-file', 'template', 'templatefile', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file'] as const;
/** What `-o` may name in commands that print objects. */
export const outputFormats = ['json', 'yaml', 'kyaml', 'name', ...templateFormats] as const;

/** `-o` and what belongs to it. */
export const outputFlags = {
  'allow-missing-template-keys': {
    type: 'boolean',
    default: true,
    description: 'Take fields that a template names and that are missing for nothing. For Go templates and jsonpath.',
  },
  output: { type: 'string', shorthand: 'o', description: `Output format. One of: (${outputFormats.join(', ')}).` },
  'show-managed-fields': { type: 'boolean', description: 'Keep managedFields in JSON and YAML.' },
  template: { type: 'string', description: 'The template, or the file it is in, for -o=go-template and -o=go-template-file.' },
} as const satisfies FlagTable;

export interface OutputFlags {
  readonly output: string;
  readonly template: string;
  readonly 'allow-missing-template-keys': boolean;
  readonly 'show-managed-fields': boolean;
}

export interface PrinterOptions {
  /** What was done, told when no format is asked for: `created`. */
  readonly operation?: string;
  /** Behind the operation: ` (dry run)`. */
  readonly suffix?: string;
  /** Where files of templates are. */
  readonly directory: string;
}

/**
 * The printer that the flags ask for; without `-o` it tells what was done. Throws `unable to match a printer …` for a format that it does not know.
 * Templates are loaded only when one is used.
 */
export async function createPrinter(flags: OutputFlags, options: PrinterOptions): Promise<ResourcePrinter> {
  const printer = await formatPrinter(flags, options);
  if (printer) return printer;
  if (flags.output === '') return namePrinter(options);
  throw noPrinter(flags.output, outputFormats);
}

export const noPrinter = (format: string, allowed: readonly string[]): Error =>
  new Error(
    `unable to match a printer suitable for the output format ${JSON.stringify(format)}, allowed formats are: ${allowed.filter(isSwitchedOn).sort().join(',')}`,
  );

/** KYAML can be turned off, as in kubectl. */
const isSwitchedOn = (format: string): boolean => format !== 'kyaml' || process.env['KUBECTL_KYAML']?.toLowerCase() !== 'false';

/** The printer of a format that every command knows; undefined for another one, or none. A template alone means Go's. */
export async function formatPrinter(flags: OutputFlags, { directory, operation = '' }: PrinterOptions): Promise<ResourcePrinter | undefined> {
  const format = flags.output === '' && flags.template !== '' ? 'go-template' : flags.output;
  const plain = { showsManagedFields: flags['show-managed-fields'] };
  switch (format.toLowerCase()) {
    case 'json':
      return jsonPrinter(plain);
    case 'yaml':
      return yamlPrinter(plain);
    case 'name':
      return namePrinter({ operation, isShort: true });
    case 'kyaml':
      return isSwitchedOn('kyaml') ? (await import('./kyaml-printer.ts')).kyamlPrinter(plain) : undefined;
  }
  return templatePrinter(format, flags, directory);
}

/** `go-template=…`, `jsonpath=…`: the template stands behind the format, or in `--template`. */
async function templatePrinter(format: string, flags: OutputFlags, directory: string): Promise<ResourcePrinter | undefined> {
  // With --template the format stands alone.
  const equals = flags.template === '' ? format.indexOf('=') : -1;
  const name = equals < 0 ? format : format.slice(0, equals);
  if (!(templateFormats as readonly string[]).includes(name)) return undefined;
  const argument = equals < 0 ? flags.template : format.slice(equals + 1);
  if (argument === '') throw new Error('template format specified but no template given');
  const text = name.endsWith('file') ? readTemplate(argument, directory, name) : argument;
  const allowsMissingKeys = flags['allow-missing-template-keys'];
  if (name.startsWith('jsonpath')) {
    const { jsonPathPrinter } = await import('./jsonpath-printer.ts');
    const printer = jsonPathPrinter(text, { allowsMissingKeys, asJson: name === 'jsonpath-as-json' });
    // What a path finds is always written with sorted keys.
    return { ...printer, print: (object) => printer.print(inOwnOrder in object ? (JSON.parse(JSON.stringify(object)) as typeof object) : object) };
  }
  const { goTemplatePrinter } = await import('./go-template-printer.ts');
  return goTemplatePrinter(text, { allowsMissingKeys });
}

function readTemplate(path: string, directory: string, format: string): string {
  try {
    return readFileSync(isAbsolute(path) ? path : join(directory, path), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? `open ${path}: no such file or directory` : message;
    throw new Error(`error reading --template ${path}, ${reason}\n`, { cause: format });
  }
}
