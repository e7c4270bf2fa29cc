import type { UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import { fieldManagerFlag, fieldValidationOf, requireFlags, saveConfigFlag, validateFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { type Command, type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { messageOf } from '../../../extension-points/commands/errors/error-text.ts';
import { withSavedConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { createObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunFlag, dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';

const commonFlags = { ...outputFlags, ...validateFlag, ...saveConfigFlag, ...fieldManagerFlag('kubectl-create'), 'dry-run': dryRunFlag } as const;

/** The context of a generator: its own flags and those that all of them take. */
export type GeneratorContext<Flags extends FlagTable> = CommandContext<Flags & typeof commonFlags>;

/** A sub-command of `create` that makes one object of its flags. */
export interface Generator<Flags extends FlagTable> extends Pick<Command, 'name' | 'aliases' | 'short' | 'long' | 'examples' | 'usage'> {
  readonly flags: Flags;
  /** Flags that must be given, sorted. */
  readonly required?: readonly string[];
  readonly type: ResourceType;
  /** What stands in front of the server's refusal: `failed to create job: `; absent: nothing, and it is told as a server's. */
  readonly failure?: string;
  /** Makes the object, without type, name and namespace. Throws for flags that make no sense. */
  generate(context: GeneratorContext<Flags>, name: string): Promise<GeneratedParts> | GeneratedParts;
  readonly completeFlag?: Command<Flags & typeof commonFlags>['completeFlag'];
}

/** What a generator says of an object. */
export interface GeneratedParts extends Readonly<Record<string, unknown>> {
  /** More than the name. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The command of a generator: flags, name, dry run, creation, printing. */
export function defineGenerator<const Flags extends FlagTable>(generator: Generator<Flags>): Command {
  const { required = [], generate: _generate, type: _type, failure: _failure, completeFlag, ...summary } = generator;
  return defineCommand<Flags & typeof commonFlags>({
    ...summary,
    flags: { ...commonFlags, ...withRequired(generator.flags, required) },
    ...(completeFlag ? { completeFlag } : {}),
    complete: () => ({ choices: [], also: 'nothing' }),
    async run(context) {
      requireFlags(context, required);
      // What every generator takes is known; what this one takes is the generator's own affair.
      await runGenerator(generator, context as GeneratorContext<Flags>);
    },
  });
}

/** Completion offers what must be given. */
const withRequired = <Flags extends FlagTable>(flags: Flags, required: readonly string[]): Flags =>
  Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, required.includes(name) ? { ...flag, isRequired: true } : flag])) as Flags;

/** The one argument in front of `--`. Throws a usage error for none and for several. */
export function nameArgument({ args, argumentsBeforeDashes, usageError }: Pick<CommandContext, 'args' | 'argumentsBeforeDashes' | 'usageError'>): string {
  const count = argumentsBeforeDashes < 0 ? args.length : argumentsBeforeDashes;
  if (count !== 1) throw usageError(`exactly one NAME is required, got ${count}`);
  return args[0]!;
}

async function runGenerator<Flags extends FlagTable>(generator: Generator<Flags>, context: GeneratorContext<Flags>): Promise<void> {
  const name = nameArgument(context);
  const { cluster, directory, streams } = context;
  const flags = context.flags as CommandContext<typeof commonFlags>['flags'];
  const dryRun = dryRunOf(flags['dry-run']);
  const namespace = cluster.namespace();
  const printer = await createPrinter(flags, { operation: 'created', suffix: dryRunSuffix(dryRun), directory });
  const fieldValidation = fieldValidationOf(flags.validate);
  const { type } = generator;
  const { metadata, ...parts } = await generator.generate(context, name);
  const place = type.namespaced && namespace.isExplicit ? { namespace: namespace.name } : {};
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
  const object = typedForm({ apiVersion, kind: type.kind, metadata: { name, ...place, ...metadata }, ...parts });
  const wanted = withSavedConfiguration(object, flags['save-config']);
  const result = dryRun === 'client' ? wanted : typedForm(await send());
  streams.stdout.write(printer.print(result) + printer.flush());

  async function send(): Promise<UntypedObject> {
    try {
      return await createObject(cluster.client(), { resource: type, namespace: type.namespaced ? namespace.name : undefined }, wanted, {
        dryRun: dryRun === 'server',
        fieldManager: flags['field-manager'],
        fieldValidation,
      });
    } catch (error) {
      if (generator.failure === undefined) throw error;
      throw new Error(generator.failure + (error instanceof ApiError ? error.message : messageOf(error)), { cause: error });
    }
  }
}
