import type { ResourcePrinter } from './contract.ts';
import { goSyntax } from './go-syntax.ts';
import { evaluateTemplate, type JsonPathOptions } from './jsonpath/evaluate-jsonpath.ts';
import { parseJsonPath } from './jsonpath/parse-jsonpath.ts';

/** Fills a jsonpath template in for each object. Throws for a template that is none, and for objects that it does not fit. */
export function jsonPathPrinter(template: string, options: JsonPathOptions): ResourcePrinter {
  let nodes: ReturnType<typeof parseJsonPath>;
  try {
    nodes = parseJsonPath(template);
  } catch (cause) {
    throw new Error(`error parsing jsonpath ${template}, ${(cause as Error).message}\n`, { cause });
  }
  return {
    print(object) {
      try {
        return evaluateTemplate(nodes, object, options);
      } catch (cause) {
        throw new Error(
          `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${(cause as Error).message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n\n`,
          { cause },
        );
      }
    },
    flush: () => '',
  };
}
