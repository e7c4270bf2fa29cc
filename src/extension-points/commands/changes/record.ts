import { basename } from 'node:path';
import type { UntypedObject } from '../../../api/object.ts';
import type { CommandContext, FlagTable } from '../contract.ts';

/** `--record`, which is on its way out. */
export const recordFlag = {
  record: {
    type: 'boolean',
    description: 'Keep the command line in an annotation of the object.',
    deprecated: '--record will be removed in the future',
  },
} as const satisfies FlagTable;

export const changeCauseAnnotation = 'kubernetes.io/change-cause';

type Line = Pick<CommandContext, 'args' | 'commandPath' | 'line' | 'isSet'> & {
  readonly flags: { readonly record: boolean } & Readonly<Record<string, unknown>>;
};

/** The object with the command line in its annotation when `--record` was given. */
export function recorded<T extends UntypedObject>(context: Line, object: T): T {
  if (!context.flags.record) return object;
  const annotations = { ...object.metadata.annotations, [changeCauseAnnotation]: changeCause(context) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Short forms of flags that the verbs with `--record` share. */
const letters: Readonly<Record<string, string>> = {
  output: 'o',
  filename: 'f',
  selector: 'l',
  patch: 'p',
  recursive: 'R',
  kustomize: 'k',
  'all-namespaces': 'A',
};

/** The program, what is no flag, then the flags in the order in which they were given, by their long names. */
function changeCause({ args, commandPath, line, flags, isSet }: Line): string {
  const [program = '', ...verbs] = commandPath.split(' ');
  const place = (name: string): number => {
    const letter = line.globalFlags[name]?.shorthand ?? letters[name];
    const isIt = (word: string): boolean => word === `--${name}` || word.startsWith(`--${name}=`) || (letter !== undefined && word.startsWith(`-${letter}`));
    const at = line.arguments.findIndex(isIt);
    return at < 0 ? line.arguments.length : at;
  };
  const given = Object.keys(flags)
    .filter((name) => isSet(name))
    .sort((one, other) => place(one) - place(other));
  return [basename(program), ...verbs, ...args, ...given.map((name) => `--${name}=${String(flags[name])}`)].join(' ');
}
