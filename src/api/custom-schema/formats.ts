import { knowsFormat } from '../string-formats.ts';

const integerFormats: ReadonlySet<string> = new Set(['int32', 'int64']);
const numberFormats: ReadonlySet<string> = new Set(['float', 'double']);

/** The format that a schema's values are held against: `''` when upstream does not know it for the type, and so ignores it. */
export function checkedFormat(format: string | undefined, types: readonly string[]): string {
  if (format === undefined || format === '') return '';
  return isKnownFormat(format, types.length === 1 ? types[0]! : '') ? format : '';
}

/** Whether a format means something for a type; `''` stands for none and for several. */
export function isKnownFormat(format: string, type: string): boolean {
  if (type === '' || type === 'string') return knowsFormat(format);
  if (type === 'integer') return integerFormats.has(format);
  return type === 'number' && numberFormats.has(format);
}
