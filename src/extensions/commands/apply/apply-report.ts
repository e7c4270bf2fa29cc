import type { UntypedObject } from '../../../api/object.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import type { ResourcePrinter } from '../../../extension-points/commands/printers/contract.ts';
import { inOwnOrder } from '../../../extension-points/commands/printers/json-text.ts';
import { createPrinter, type OutputFlags } from '../../../extension-points/commands/printers/output-flags.ts';

/** Tells of what was done: line by line, or, for -o, as objects when all is done. */
export interface ApplyReport {
  line(object: UntypedObject, operation: string): string;
  /** What is printed at the end; `''` when lines were. */
  end(objects: readonly UntypedObject[]): string;
}

const operations = ['created', 'configured', 'unchanged', 'serverside-applied', 'pruned'];

/** Throws for an output format that it does not know. */
export async function createApplyReport(
  flags: OutputFlags,
  { suffix, directory }: { readonly suffix: string } & Pick<CommandContext, 'directory'>,
): Promise<ApplyReport> {
  const whole = flags.output !== '' && flags.output !== 'name' ? await createPrinter(flags, { suffix, directory }) : undefined;
  const printers = new Map<string, ResourcePrinter>();
  for (const operation of operations) printers.set(operation, await createPrinter(flags, { operation, suffix, directory }));
  const printed = (printer: ResourcePrinter, object: UntypedObject): string => printer.print(object) + printer.flush();
  return {
    line: (object, operation) => (whole && operation !== 'pruned' ? '' : printed(printers.get(operation)!, object)),
    end(objects) {
      if (!whole || objects.length === 0) return '';
      const [only] = objects;
      // kubectl's own type writes the list, in the order of its fields.
      const list = (): UntypedObject => ({ kind: 'List', apiVersion: 'v1', metadata: {}, items: objects, [inOwnOrder]: true }) as unknown as UntypedObject;
      return printed(whole, objects.length === 1 ? only! : list());
    },
  };
}
