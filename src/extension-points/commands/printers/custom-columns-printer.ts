import type { UntypedObject } from '../../../api/object.ts';
import { ExitCode } from '../errors/command-errors.ts';
import type { ResourcePrinter } from './contract.ts';
import { goText } from './go-values.ts';
import { findResults } from './jsonpath/evaluate-jsonpath.ts';
import type { TemplateNode } from './jsonpath/nodes.ts';
import { parseJsonPath } from './jsonpath/parse-jsonpath.ts';
import { relaxedPath } from './relaxed-path.ts';
import { TabWriter } from './tab-writer.ts';

interface Column {
  readonly header: string;
  readonly nodes: readonly TemplateNode[];
}

/** Columns of `HEADER:PATH,…`. Throws with kubectl's words. */
export function columnsOfSpec(spec: string): Column[] {
  if (spec === '') throw new Error('custom-columns format specified but no custom columns given');
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0) throw new Error(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return column(part.slice(0, colon), part.slice(colon + 1));
  });
}

/** Columns of a file: a line of headers, a line of paths, separated by blanks. Throws with kubectl's words. */
export function columnsOfTemplate(template: string): Column[] {
  const [headerLine, pathLine] = template.split('\n');
  const problem = (what: string): Error =>
    new Error(`invalid template, missing ${what} line. Expected format is one line of space separated headers, one line of space separated column specs.`);
  if (!headerLine) throw problem('header');
  if (!pathLine) throw problem('spec');
  const [headers, paths] = [words(headerLine), words(pathLine)];
  if (headers.length !== paths.length) throw new Error(`number of headers (${headers.length}) and field specifications (${paths.length}) don't match`);
  return headers.map((header, index) => column(header, paths[index]!));
}

const words = (line: string): string[] => line.split(/\s+/).filter((word) => word !== '');
const column = (header: string, path: string): Column => ({ header, nodes: parseJsonPath(relaxedPath(path)) });

/** Objects as lines of chosen fields below headings; several values of a field are joined by commas. */
export function customColumnsPrinter(columns: readonly Column[], { hasNoHeaders }: { readonly hasNoHeaders: boolean }): ResourcePrinter {
  let needsHeaders = !hasNoHeaders;
  const line = (object: UntypedObject): string => `${columns.map(({ nodes }) => cell(nodes, object)).join('\t')}\n`;
  return {
    print(object) {
      const writer = new TabWriter();
      if (needsHeaders) writer.write(`${columns.map(({ header }) => header).join('\t')}\n`);
      needsHeaders = false;
      const items = object['items'];
      try {
        for (const item of Array.isArray(items) ? (items as UntypedObject[]) : [object]) writer.write(line(item));
      } catch (error) {
        // What fits is shown up to the first that does not.
        throw new ExitCode(1, `error: ${(error as Error).message}\n`, writer.flush());
      }
      return writer.flush();
    },
    flush: () => '',
  };
}

function cell(nodes: readonly TemplateNode[], object: UntypedObject): string {
  const results = findResults(nodes, object, { allowsMissingKeys: true });
  const texts = results.flat().map((value) => goText(value).replaceAll('\u001b', '^[').replaceAll('\r', '\\r'));
  return (results[0] ?? []).length === 0 ? ['<none>', ...texts].join(',') : texts.join(',');
}
