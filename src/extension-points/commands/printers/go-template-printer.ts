import { ExitCode } from '../errors/command-errors.ts';
import type { ResourcePrinter } from './contract.ts';
import { executeTemplate, TemplateFailure } from './go-template/execute-template.ts';
import type { ParsedTemplate } from './go-template/nodes.ts';
import { parseTemplate } from './go-template/parse-template.ts';
import { goText } from './go-values.ts';
import { compactJson } from './json-text.ts';

const name = 'output';

/** Fills a Go template in for each object. Throws for a template that is none, and for objects that it does not fit. */
export function goTemplatePrinter(text: string, { allowsMissingKeys }: { readonly allowsMissingKeys: boolean }): ResourcePrinter {
  let template: ParsedTemplate;
  try {
    template = parseTemplate(text, name);
  } catch (cause) {
    throw new Error(`error parsing template ${text}, ${(cause as Error).message}\n`, { cause });
  }
  return {
    print(object) {
      try {
        return executeTemplate(template, object, { name, allowsMissingKeys });
      } catch (cause) {
        if (!(cause instanceof TemplateFailure)) throw cause;
        throw notFitting(text, cause, object);
      }
    },
    flush: () => '',
  };
}

/** Besides the error, what helps to mend the template goes to standard output, behind what had been printed. */
function notFitting(text: string, { message, written }: TemplateFailure, object: unknown): ExitCode {
  const hint = `Error executing template: ${message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${text}\n\traw data was:\n\t\t${compactJson(object)}\n\tobject given to template engine was:\n\t\t${goText(object)}\n\n`;
  return new ExitCode(1, `error: error executing template ${JSON.stringify(text)}: ${message}\n`, written + hint);
}
