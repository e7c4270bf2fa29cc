import type { UntypedObject } from '../../../api/object.ts';
import type { CommandContext } from '../contract.ts';

/** `--record`: keep the command line in the object. */
export const recordFlag = {
  type: 'boolean',
  description: 'Keep this command line in an annotation of the object.',
  deprecated: '--record will be removed in the future',
} as const;

export const changeCauseAnnotation = 'kubernetes.io/change-cause';

/** What `--record` keeps: the words of the line, then its flags as they were read. */
export function changeCauseOf({
  commandPath,
  args,
  flags,
  isSet,
}: Pick<CommandContext, 'commandPath' | 'args' | 'isSet'> & { readonly flags: Readonly<Record<string, unknown>> }): string {
  const given = Object.entries(flags)
    .filter(([name]) => isSet(name))
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => ` --${name}=${String(one)}`));
  return [commandPath, ...args].join(' ') + given.join('');
}

/** The object with that line in its annotation. */
export const withChangeCause = (object: UntypedObject, changeCause: string): UntypedObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [changeCauseAnnotation]: changeCause } },
});
