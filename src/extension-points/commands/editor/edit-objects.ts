import { existsSync } from 'node:fs';
import type { UntypedObject } from '../../../api/object.ts';
import { groupResource } from '../../../api/resource-type.ts';
import type { CommandContext } from '../contract.ts';
import { ExitCode } from '../errors/command-errors.ts';
import type { ResourceInfo } from '../resources/contract.ts';
import { itemsOf } from '../resources/find-resources.ts';
import { readDocuments } from '../resources/object-documents.ts';
import { type EditProblems, type EditReason, headerText, noProblems } from './edit-problems.ts';
import { type EditFormat, hasLines, problemOf, saysTheSame, textOf, withoutComments } from './edited-text.ts';
import { editText, removeFile } from './launch-editor.ts';

/** What is edited, and what becomes of it. */
export interface Editing {
  readonly infos: readonly ResourceInfo[];
  readonly format: EditFormat;
  readonly hasWindowsLineEndings: boolean;
  /** The text is what was applied last, not the objects. */
  readonly isLastApplied?: boolean;
  /** Refuse texts that are no objects before anything is done with them. */
  readonly validates: boolean;
  /** Sends what was edited; what the server refuses is added to `problems`. A throw ends the editing. */
  save(edited: readonly ResourceInfo[], problems: EditProblems): Promise<void>;
}

type Host = Pick<CommandContext, 'cluster' | 'streams' | 'environment' | 'directory' | 'program'>;

/**
 * Opens the user's editor on objects and saves what was made of them. What the server refuses is opened again, with the reasons above it, until it is good or nothing is changed
 * any more. Whatever is lost otherwise stays in a file, and is told of.
 */
export async function editObjects(host: Host, editing: Editing): Promise<void> {
  const { stderr } = host.streams;
  const original = textOf(
    editing.infos.map(({ object }) => object!),
    editing.format,
  );
  let text = original;
  let reasons: readonly EditReason[] = [];
  let path = '';
  let isAgain = false;
  try {
    for (;;) {
      const edited = await openEditor(host, editing, { text, reasons });
      if (path !== '') removeFile(path);
      path = edited.path;
      if (isAgain && saysTheSame(text, edited.text)) throw new Error('Edit cancelled, no valid changes were saved.');
      text = withoutComments(edited.text);
      const problem = editing.validates ? problemOf(edited.text) : undefined;
      if (problem !== undefined) {
        reasons = [invalidText(editing.infos[0]!, problem)];
        stderr.write(`error: ${subjectOf(editing.infos[0]!)} is invalid\n`);
        isAgain = true;
        continue;
      }
      if (saysTheSame(original, edited.text)) return finish('Edit cancelled, no changes made.\n');
      if (!hasLines(edited.text)) return finish('Edit cancelled, saved file was empty.\n');
      const problems = noProblems();
      const infos = await infosOf(host, edited.text).catch((error: unknown) => {
        problems.reasons.push({ head: `The edited file had a syntax error: ${error instanceof Error ? error.message : String(error)}`, causes: [] });
        return undefined;
      });
      if (infos) await editing.save(infos, problems);
      if (problems.retryable > 0) throw new ExitCode(1, `You can run \`${host.program} replace -f ${path}\` to try this update again.\n`);
      if (problems.missing > 0) throw new ExitCode(1, `The edits you made on deleted resources have been saved to ${JSON.stringify(path)}\n`);
      if (problems.reasons.length === 0) return finish('');
      reasons = problems.reasons;
      isAgain = true;
    }
  } catch (error) {
    if (!(error instanceof ExitCode) && path !== '' && existsSync(path)) stderr.write(`A copy of your changes has been stored to ${JSON.stringify(path)}\n`);
    throw error;
  }

  function finish(message: string): void {
    removeFile(path);
    stderr.write(message);
  }
}

/** JSON has no place for comments. */
function openEditor(
  host: Host,
  { format, hasWindowsLineEndings, isLastApplied = false }: Editing,
  { text, reasons }: { readonly text: string; readonly reasons: readonly EditReason[] },
): ReturnType<typeof editText> {
  const whole = (format === 'json' ? '' : headerText(isLastApplied, reasons)) + text;
  return editText(hasWindowsLineEndings ? whole.replaceAll('\n', '\r\n') : whole, host, {
    name: host.program,
    extension: format === 'json' ? '.json' : '.yaml',
  });
}

const subjectOf = ({ resource, name }: ResourceInfo): string => `${groupResource(resource)} ${JSON.stringify(name)}`;

const invalidText = (info: ResourceInfo, problem: string): EditReason => ({
  head: `${subjectOf(info)} was not valid`,
  causes: [`<nil>: Invalid value: "The edited file failed validation": ${problem}`],
});

async function infosOf({ cluster }: Host, text: string): Promise<ResourceInfo[]> {
  const infos: ResourceInfo[] = [];
  for await (const document of readDocuments({ source: 'edited-file', text: async () => text }))
    for (const object of itemsOf(document)) {
      const resource = await cluster.mapper().resourceForKind(object.apiVersion ?? '', object.kind ?? '');
      const { name = '', namespace } = object.metadata;
      const place = resource.namespaced ? namespace || cluster.namespace().name : undefined;
      infos.push({ resource, name, namespace: place, source: 'edited-file', object });
    }
  return infos;
}

/** What was edited belongs to the object with its UID; what the text did not show of it comes back. Throws for an object that was not there before. */
export function originalOf(infos: readonly ResourceInfo[], edited: ResourceInfo): { readonly original: ResourceInfo; readonly object: UntypedObject } {
  const original = infos.find(({ object }) => object!.metadata.uid === edited.object!.metadata.uid);
  if (!original) throw new Error(`no original object found for ${groupResource(edited.resource)} ${JSON.stringify(edited.name)}`);
  const { managedFields } = original.object!.metadata;
  const object = edited.object!;
  return { original, object: managedFields === undefined ? object : { ...object, metadata: { ...object.metadata, managedFields } } };
}
