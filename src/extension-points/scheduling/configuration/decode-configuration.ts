import { compileSchema } from '../../../api/schema-processor.ts';
import { ApiError } from '../../../api/status.ts';
import { parseYaml } from '../../../api/yaml.ts';
import type { GivenPluginSets } from './default-plugins.ts';
import { argumentsKind } from './plugin-arguments.ts';
import { configurationSchema, configurationSchemas } from './schemas.ts';

const apiVersion = 'kubescheduler.config.k8s.io/v1';
const group = 'kubescheduler.config.k8s.io';
const longestText = 1024 * 1024;

/** What a file says, its fields and their types checked, nothing filled in. Fields are those of upstream's v1 struct. */
export interface GivenConfiguration {
  readonly parallelism?: number;
  readonly leaderElection?: GivenLeaderElection;
  readonly clientConnection?: { readonly burst?: number };
  readonly percentageOfNodesToScore?: number;
  readonly podInitialBackoffSeconds?: number;
  readonly podMaxBackoffSeconds?: number;
  readonly profiles?: readonly GivenProfile[];
  readonly extenders?: readonly GivenExtender[];
}
export interface GivenLeaderElection {
  readonly leaderElect?: boolean;
  readonly leaseDuration?: string;
  readonly renewDeadline?: string;
  readonly retryPeriod?: string;
  readonly resourceLock?: string;
}
export interface GivenProfile {
  readonly schedulerName?: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins?: GivenPluginSets;
  /** `args` of upstream's plugins are decoded too. */
  readonly pluginConfig?: readonly { readonly name?: string; readonly args?: unknown }[];
}
export type GivenExtender = Readonly<Record<string, unknown>>;

/** Reads text as upstream's strict decoder does, in its words. Throws an Error. */
export function decodeConfiguration(text: string): GivenConfiguration {
  if (text.length > longestText) throw new Error(`a KubeSchedulerConfiguration may have at most ${longestText} characters, this has ${text.length}`);
  const { value, duplicateMessage, duplicateFields } = parsed(text);
  const kind = requireKind(value);
  if (kind !== 'KubeSchedulerConfiguration') throw new Error(`couldn't decode as KubeSchedulerConfiguration, got ${apiVersion}, Kind=${kind}: `);
  const repeated = duplicateMessage === undefined ? duplicateFields.map((field) => `duplicate field ${JSON.stringify(field)}`) : [duplicateMessage];
  const problems = [...repeated, ...decode(value, kind), ...decodeArguments(value as GivenConfiguration)];
  if (problems.length > 0) throw new Error(strictError(problems));
  return value as GivenConfiguration;
}

function parsed(text: string): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new Error(error.message.replace('error converting YAML to JSON', "couldn't get version/kind; json parse error"), { cause: error });
  }
}

/** The kind, when it is one of the configuration's. */
function requireKind(value: unknown): string {
  const { apiVersion: version = '', kind = '' } = (typeof value === 'object' && value !== null ? value : {}) as { apiVersion?: unknown; kind?: unknown };
  if (typeof kind !== 'string' || kind === '') throw new Error("Object 'Kind' is missing in the configuration");
  if (typeof version !== 'string' || version === '') throw new Error("Object 'apiVersion' is missing in the configuration");
  if (version !== apiVersion || !configurationSchema(kind)) throw new Error(`no kind "${kind}" is registered for version "${version}"`);
  return kind;
}

/** Unknown fields, worded. Throws for values of a wrong type. */
function decode(draft: unknown, kind: string): string[] {
  const compiled = compileSchema(configurationSchema(kind)!, configurationSchemas);
  const { unknownFields, decodeError } = compiled.process(draft, { prune: false, applyDefaults: false, dialect: 'built-in' });
  if (decodeError !== undefined) throw new Error(decodeError);
  return unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`);
}

/** The arguments of upstream's plugins, in place; others are for their plugins to read. */
function decodeArguments({ profiles = [] }: GivenConfiguration): string[] {
  const problems: string[] = [];
  for (const [index, { pluginConfig = [] }] of profiles.entries()) {
    for (const [position, { name = '', args }] of pluginConfig.entries()) {
      const kind = argumentsKind(name);
      if (kind === undefined || args === undefined) continue;
      const at = `decoding .profiles[${index}].pluginConfig[${position}]: `;
      const unknown = decodeOne(args, { kind, plugin: name, at });
      if (unknown.length > 0) problems.push(`${at}${strictError([`decoding args for plugin ${name}: ${strictError(unknown)}`])}`);
    }
  }
  return problems;
}

function decodeOne(args: unknown, { kind, plugin, at }: { kind: string; plugin: string; at: string }): string[] {
  const given = (args as { kind?: unknown } | null)?.kind ?? kind;
  if (given !== kind) {
    const isKnown = typeof given === 'string' && configurationSchema(given);
    const why = isKnown
      ? `args for plugin ${plugin} were not of type ${kind}.${group}, got ${given}.${group}`
      : `decoding args for plugin ${plugin}: no kind "${String(given)}" is registered for version "${apiVersion}"`;
    throw new Error(at + why);
  }
  try {
    return decode(args, kind);
  } catch (error) {
    throw new Error(`${at}decoding args for plugin ${plugin}: ${(error as Error).message}`, { cause: error });
  }
}

const strictError = (problems: readonly string[]): string => `strict decoding error: ${problems.join(', ')}`;
