import type { FlagTable } from '../contract.ts';

/** Flags that choose among resources; verbs take those they know. */
export const selectionFlags = {
  'all-namespaces': { type: 'boolean', shorthand: 'A', description: 'In all namespaces, whatever --namespace and the context say.' },
  'chunk-size': { type: 'integer', default: 500, description: 'Ask for so many objects at a time; 0 for all at once.' },
  'field-selector': { type: 'string', description: "Fields that objects must have: '=', '==' and '!='. Which fields a server knows depends on the type." },
  selector: {
    type: 'string',
    shorthand: 'l',
    description: "Labels that objects must have, all of them: '=', '==', '!=', 'in', 'notin' (-l key1=value1,key2 in (value2,value3)).",
  },
} as const satisfies FlagTable;

/** What `--subresource` is completed with. */
export const commonSubresources = ['status', 'scale', 'resize'] as const;

/** `--dry-run`; bare it means what its deprecated form did. */
export const dryRunFlag = {
  type: 'string',
  default: 'none',
  bareValue: 'unchanged',
  description: "'none', 'server' or 'client'. client: print what would be sent. server: send it and keep nothing of it.",
} as const;

export type DryRun = 'none' | 'client' | 'server';

/** Reads `--dry-run`; bare, and with the booleans of old, it still works. Throws with kubectl's words. */
export function dryRunOf(text: string): DryRun {
  if (text === 'none' || text === 'client' || text === 'server') return text;
  if (text === 'unchanged' || ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return 'client';
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return 'none';
  throw new Error(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
}

/** What stands behind an operation that was only tried. */
export const dryRunSuffix = (dryRun: DryRun): string => (dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '');
